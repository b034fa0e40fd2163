package oracle_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

var binaries = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheckDhcpd(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for _, tt := range []struct {
		name, text string
		v6         bool
		want       string // part of the output; "" if accepted
	}{
		{"accepted", "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }\n", false, ""},
		{"accepted v6", "subnet6 2001:db8::/64 { }\n", true, ""},
		{"refused", "subnet 192.0.2.0 { }\n", false, "line 1"},
		{"wrong protocol", "subnet6 2001:db8::/64 { }\n", false, "subnet6"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok, out, err := dhcpd.CheckDhcpd(t.Context(), write(t, "dhcpd.conf", tt.text), tt.v6)
			if err != nil {
				t.Fatal(err)
			}
			if ok != (tt.want == "") || !strings.Contains(out, tt.want) {
				t.Errorf("ok = %v, want output with %q, got:\n%s", ok, tt.want, out)
			}
		})
	}
}

const conf4 = `{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "en0" ] }, // a comment
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
  "lease-database": { "type": "memfile", "name": "/var/lib/kea/kea-leases4.csv" },
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "/var/log/kea/kea-dhcp4.log" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.20" } ] } ]
} }
`

var en0 = oracle.Interface{Name: "en0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}}

func TestCheckKea(t *testing.T) {
	for _, v := range binaries {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			kea := oracle.Kea(t, v, "dhcp4")
			good := write(t, "kea-dhcp4.conf", conf4)
			check := func(ok bool, out string, err error, wantOK bool, want string) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				if ok != wantOK || !strings.Contains(out, want) {
					t.Errorf("ok = %v, want %v and output with %q, got:\n%s", ok, wantOK, want, out)
				}
			}
			ok, out, err := kea.Check(t.Context(), good, en0)
			check(ok, out, err, true, "")
			ok, out, err = kea.Check(t.Context(), good)
			check(ok, out, err, false, "en0")
			bad := write(t, "kea-dhcp4.conf", strings.Replace(conf4, "pools", "poules", 1))
			ok, out, err = kea.Check(t.Context(), bad, en0)
			check(ok, out, err, false, bad+":6")
			if v >= keaversion.V2_6 {
				ok, out, err = kea.CheckHooks(t.Context(), good, en0)
				check(ok, out, err, true, "")
			}
		})
	}
}
