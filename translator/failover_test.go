package translator

import (
	"cmp"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

const (
	octetsOn  = "ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff"
	octetsOff = "0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0"
)

// pairOf returns a configuration with a relationship of the given settings.
func pairOf(settings string) string {
	return `failover peer "p" { address 10.0.0.2; peer address 10.0.0.3; ` + settings + ` }
subnet 10.0.0.0 netmask 255.255.255.0 { pool { failover peer "p"; range 10.0.0.10 10.0.0.14; } }
`
}

func parsed(text string) (*dhcpdconf.File, dhcpdconf.Diagnostics) {
	return dhcpdconf.Parse("dhcpd.conf", []byte(text), dhcpdconf.Options{})
}

// relation returns the relationship in a result, nil when there is none.
func relation(c *keaconf.DHCP4) keaconf.Object {
	for _, hook := range c.HooksLibraries {
		if list, ok := hook.Parameters.Get("high-availability"); ok {
			return list.([]any)[0].(keaconf.Object)
		}
	}
	return nil
}

func TestFailoverMode(t *testing.T) {
	const primary = "primary; mclt 60; load balance max seconds 3; "
	for _, tt := range []struct {
		name, own, other string
		wanted           HAMode
		mode             HAMode
		pools            string
	}{
		{"halves", primary + "split 128;", "", "", HALoadBalancing, "10.0.0.10 - 10.0.0.11, 10.0.0.12 - 10.0.0.14"},
		{"octets", primary + "hba " + octetsOn + ":" + octetsOff + ";", "", "", HALoadBalancing, "10.0.0.10 - 10.0.0.11, 10.0.0.12 - 10.0.0.14"},
		{"all octets", primary + "hba " + octetsOn + ":" + octetsOn + ";", "", "", HAHotStandby, "10.0.0.10 - 10.0.0.14"},
		{"all", primary + "split 255;", "", "", HAHotStandby, "10.0.0.10 - 10.0.0.14"},
		{"none", primary + "split 0;", "", "", HAHotStandby, "10.0.0.10 - 10.0.0.14"},
		{"least", primary + "split 96;", "", "", HALoadBalancing, "10.0.0.10 - 10.0.0.11, 10.0.0.12 - 10.0.0.14"},
		{"less", primary + "split 95;", "", "", HAHotStandby, "10.0.0.10 - 10.0.0.14"},
		{"no balancing", "primary; mclt 60; split 128;", "", "", HAHotStandby, "10.0.0.10 - 10.0.0.14"},
		{"chosen", primary + "split 128;", "", HAHotStandby, HAHotStandby, "10.0.0.10 - 10.0.0.14"},
		{"other way", primary + "split 255;", "", HALoadBalancing, HALoadBalancing, "10.0.0.10 - 10.0.0.11, 10.0.0.12 - 10.0.0.14"},
		{"secondary", "secondary; load balance max seconds 3;", "", "", HALoadBalancing, "10.0.0.10 - 10.0.0.11, 10.0.0.12 - 10.0.0.14"},
		{"the primary decides", "secondary; load balance max seconds 3;", primary + "split 255;", "", HAHotStandby, "10.0.0.10 - 10.0.0.14"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, diags := parsed(pairOf(tt.own))
			opts := Options{Target: keaversion.Default, HAMode: cmp.Or(tt.wanted, HAByFile)}
			if tt.other != "" {
				opts.Partner, _ = parsed(pairOf(tt.other))
			}
			c := Translate(file, diags, opts).DHCP4
			if mode, _ := relation(c).Get("mode"); mode != string(tt.mode) {
				t.Errorf("the mode is %v, want %v", mode, tt.mode)
			}
			var pools []string
			for _, p := range c.Subnet4[0].Pools {
				pools = append(pools, p.Pool)
				if divided := tt.mode == HALoadBalancing; divided != (len(p.ClientClasses) == 1) {
					t.Errorf("pool %s has the classes %v", p.Pool, p.ClientClasses)
				}
			}
			if have := strings.Join(pools, ", "); have != tt.pools {
				t.Errorf("the pools are %s, want %s", have, tt.pools)
			}
		})
	}
}

func TestFailoverTimes(t *testing.T) {
	for _, tt := range []struct {
		settings string
		want     map[string]int64
	}{
		{"", map[string]int64{"heartbeat-delay": 10000, "max-response-delay": 60000, "max-ack-delay": 10000, "max-unacked-clients": 10}},
		{"max-response-delay 9; load balance max seconds 4; auto-partner-down 0;", map[string]int64{"heartbeat-delay": 3000, "max-response-delay": 9000, "max-ack-delay": 4000, "max-unacked-clients": 10}},
		{"max-response-delay 0; auto-partner-down 5;", map[string]int64{"heartbeat-delay": 1000, "max-response-delay": 1000, "max-unacked-clients": 0}},
		{"max-response-delay 4294967295; load balance max seconds 4294967295;", map[string]int64{"heartbeat-delay": 10000, "max-response-delay": 86400000, "max-ack-delay": 3600000}},
	} {
		file, diags := parsed(pairOf("primary; mclt 60; split 255; " + tt.settings))
		have := relation(Translate(file, diags, Options{Target: keaversion.Default, HAMode: HAByFile}).DHCP4)
		for key, want := range tt.want {
			if n, _ := have.Get(key); n != want {
				t.Errorf("%q: %s is %v, want %d", tt.settings, key, n, want)
			}
		}
	}
}

// Whatever a file says of failover, each statement gets a verdict.
func TestFailoverAccounts(t *testing.T) {
	const sub = "subnet 10.0.0.0 netmask 255.255.255.0 { pool { %s range 10.0.0.10 10.0.0.14; } }\n"
	for _, text := range []string{
		pairOf("secondary;"),
		`failover peer "p" { primary; peer address 10.0.0.3; split 1; mclt 1; }` + "\n" + strings.Replace(sub, "%s", `failover peer "p";`, 1),
		`failover peer "p" { primary; address 10.0.0.2; peer address 10.0.0.3; split 1; mclt 1; }` + "\n" + strings.Replace(sub, "%s", "", 1),
		strings.Replace(sub, "%s", `failover peer "p";`, 1),
		strings.Replace(sub, "%s", "no failover peer\n", 1),
		`failover peer "p" { primary; bogus 3; address 10.0.0.2; peer address 10.0.0.3; split 1; mclt 1; }` + "\n" + strings.Replace(sub, "%s", `failover peer "p";`, 1),
		`failover peer "p" { }` + "\n" + strings.Replace(sub, "%s", `failover peer "p";`, 1),
	} {
		file, diags := parsed(text)
		r := Translate(file, diags, Options{Target: keaversion.Default, HAMode: HAByFile})
		for _, f := range r.Report.Findings {
			if f.Code == "unaccounted" {
				t.Errorf("%s\nno pass speaks for %s at %s", text, f.Keyword, f.Span)
			}
		}
	}
}

func TestComparePartners(t *testing.T) {
	result := func(text string) *keaconf.DHCP4 {
		file, diags := parsed(text)
		return Translate(file, diags, Options{Target: keaversion.Default, HAMode: HAByFile}).DHCP4
	}
	const subnet = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.14; }\n"
	for _, tt := range []struct {
		name, a, b string
		want       []string // parts of the messages
	}{
		{"the same", subnet, "# a comment\n" + subnet + "log-facility local3;\n", nil},
		{"a subnet more", subnet, subnet + "subnet 10.1.0.0 netmask 255.255.255.0 { }\n", []string{"only the secondary has the subnet 10.1.0.0/24"}},
		{"a subnet less", subnet + "subnet 10.1.0.0 netmask 255.255.255.0 { }\n", subnet, []string{"only the primary has the subnet 10.1.0.0/24"}},
		{"another range", subnet, strings.Replace(subnet, "14;", "15;", 1), []string{"10.0.0.0/24: pools."}},
		{"a network", subnet, "shared-network n { " + subnet + " }\n", []string{"10.0.0.0/24: shared-network."}},
		{"outside", subnet, "max-lease-time 100;\n" + subnet, []string{"outside of the subnets: min-valid-lifetime"}},
		{"addresses", pairOf("primary; split 255; mclt 1;"), strings.ReplaceAll(pairOf("primary; split 255; mclt 1;"), "10.0.0.3", "10.0.0.4"), []string{"do not agree on the addresses"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			findings := ComparePartners(result(tt.a), result(tt.b))
			if len(findings) != len(tt.want) {
				t.Fatalf("findings %v, want %q", findings, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(findings[i].Message, want) {
					t.Errorf("%q, want %q in it", findings[i].Message, want)
				}
			}
		})
	}
}
