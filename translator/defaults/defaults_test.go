package defaults

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		v4, v6     []string
		findings   []string
	}{
		{"Debian", `# Defaults for isc-dhcp-server (sourced by /etc/init.d/isc-dhcp-server)
#DHCPDv4_CONF=/etc/dhcp/dhcpd.conf
OPTIONS=""
INTERFACESv4="eth0 eth1"
INTERFACESv6=''
`, []string{"eth0", "eth1"}, nil, []string{"4:15 defaults-interfaces S1"}},
		{"Debian before 9", "INTERFACES=\"br0\"\n", []string{"br0"}, []string{"br0"}, []string{"1:13 defaults-interfaces S1"}},
		{"Red Hat", "DHCPDARGS=eth0\n", []string{"eth0"}, []string{"eth0"}, []string{"1:11 defaults-interfaces S1"}},
		{"SUSE", "DHCPD_INTERFACE=\"eth0,eth1\"\nDHCPD6_INTERFACE=\"eth2\"\nDHCPD_RUN_CHROOTED=\"yes\"\n", []string{"eth0", "eth1"}, []string{"eth2"}, []string{"1:18 defaults-interfaces S1"}},
		{"Alpine", "DHCPD_IFACE=\"eth0\"", []string{"eth0"}, []string{"eth0"}, []string{"1:14 defaults-interfaces S1"}},
		{"arguments", `OPTIONS="-4 -q -cf /etc/d.conf -p 1067 -s 192.0.2.255 -lf /var/d.leases eth0 -x eth0"`, []string{"eth0"}, []string{"eth0"},
			[]string{"1:32 defaults-port S3", "1:40 defaults-argument S2", "1:55 defaults-argument S1", "1:78 defaults-argument S2", "1:73 defaults-interfaces S1"}},
		{"the usual port", `OPTIONS="-p 67"`, nil, nil, nil},
		{"an argument without its value", `OPTIONS="-p"`, nil, nil, []string{"1:10 defaults-port S3"}},
		{"shell", "export INTERFACESv4=eth0\nif true; then\nX=\"$Y\"\nINTERFACESv4=\"$NICS\"\nOPTIONS=\"-q\nA=b # c\n", []string{"eth0"}, nil,
			[]string{"2:1 defaults-line S1", "3:1 defaults-line S1", "4:1 defaults-line S1", "5:1 defaults-line S1", "1:21 defaults-interfaces S1"}},
		{"nothing", "", nil, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Read("f", []byte(tt.text))
			if diff := cmp.Diff(tt.v4, s.Interfaces(dhcpdconf.DHCP4)); diff != "" {
				t.Errorf("DHCPv4: %s", diff)
			}
			if diff := cmp.Diff(tt.v6, s.Interfaces(dhcpdconf.DHCP6)); diff != "" {
				t.Errorf("DHCPv6: %s", diff)
			}
			var findings []string
			for _, f := range s.Findings(dhcpdconf.DHCP4, true) {
				line, column := f.Span.Src.Position(f.Span.Off)
				findings = append(findings, fmt.Sprintf("%d:%d %s %s", line, column, f.Code, f.Severity))
			}
			if diff := cmp.Diff(tt.findings, findings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInterfacesNotUsed(t *testing.T) {
	if f := Read("f", []byte("INTERFACES=eth0")).Findings(dhcpdconf.DHCP4, false); len(f) != 0 {
		t.Errorf("findings about interfaces that were not used: %v", f)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("OPTIONS=\"-p 67 eth0\"\nINTERFACESv4='a b'\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := Read("f", []byte(text))
		for _, finding := range s.Findings(dhcpdconf.DHCP4, true) {
			if int(finding.Span.End) > len(text) || finding.Span.Off > finding.Span.End {
				t.Fatalf("span %d..%d of %d bytes", finding.Span.Off, finding.Span.End, len(text))
			}
		}
	})
}
