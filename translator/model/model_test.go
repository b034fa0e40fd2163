package model

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func build(t *testing.T, text string) *Config {
	t.Helper()
	file, diags := dhcpdconf.Parse("test", []byte(text), dhcpdconf.Options{})
	if diags.HasErrors() {
		t.Fatalf("%v", diags)
	}
	return Build(file, file.Protocol)
}

// What dhcpd 4.4.3-P1 answers to clients that ask for nothing, for 1 second
// and for 10 million.
func TestLifetimes4(t *testing.T) {
	for _, test := range []struct {
		conf          string
		def, low, top uint32
	}{
		{``, 43200, 300, 86400},
		{`default-lease-time 60;`, 300, 300, 86400},
		{`default-lease-time 7200; max-lease-time 3600;`, 3600, 300, 3600},
		{`max-lease-time 60;`, 60, 60, 60},
		{`min-lease-time 900; max-lease-time 600;`, 900, 900, 900},
		{`min-lease-time 0; default-lease-time 60;`, 60, 1, 86400},
		{`default-lease-time 010; min-lease-time 1;`, 8, 1, 86400},
		{`max-lease-time infinite;`, 43200, 300, Infinite},
		{`default-lease-time -1; max-lease-time -1;`, Infinite, 300, Infinite},
		{`default-lease-time 600; default-lease-time 700;`, 700, 300, 86400},
	} {
		l := ChainOf(build(t, test.conf).Global).Lifetimes4()
		if l.Default != test.def || l.Min != test.low || l.Max != test.top {
			t.Errorf("%s: got %d (%d to %d), want %d (%d to %d)", test.conf, l.Default, l.Min, l.Max, test.def, test.low, test.top)
		}
	}
}

func TestScopes(t *testing.T) {
	c := build(t, `
		default-lease-time 1000;
		group outer {
			default-lease-time 2000;
			shared-network n {
				max-lease-time 5000;
				subnet 10.0.0.0 netmask 255.255.0.0 { }
				subnet 10.0.5.0 netmask 255.255.255.0 { default-lease-time 3000; range 10.0.5.7; }
				pool { range 10.0.5.20 10.0.5.10; range 10.0.9.1 10.0.9.2; default-lease-time 4000; }
			}
			host a { hardware ethernet 02:00:00:00:00:01; }
		}
		host b { group outer; fixed-address 10.0.5.3; }
		class "c" { match if known; }
		subclass "c" 1:2;
	`)
	if len(c.Networks) != 1 || len(c.Subnets) != 2 || len(c.Hosts) != 2 || len(c.Classes) != 1 {
		t.Fatalf("%d networks, %d subnets, %d hosts, %d classes", len(c.Networks), len(c.Subnets), len(c.Hosts), len(c.Classes))
	}
	if s := c.SubnetOf(netip.MustParseAddr("10.0.5.3")); s != c.Subnets[1] {
		t.Errorf("10.0.5.3 is not in the more specific subnet")
	}
	if s := c.SubnetAround(c.Subnets[1].Prefix); s != c.Subnets[0] {
		t.Errorf("the subnet around 10.0.5.0/24 is not found")
	}
	pools := c.Networks[0].Pools
	if len(pools) != 2 || len(pools[1].Ranges) != 2 {
		t.Fatalf("pools: %v", pools)
	}
	if r := pools[1].Ranges[0]; r.Subnet != c.Subnets[1] || !r.Swapped || r.Low.String() != "10.0.5.10" {
		t.Errorf("first range: %+v", r)
	}
	if r := pools[1].Ranges[1]; r.Subnet != c.Subnets[0] {
		t.Errorf("the second range is not in the wider subnet")
	}
	for _, test := range []struct {
		place string
		chain Chain
		want  uint32
	}{
		{"wide subnet", c.Subnets[0].Chain(), 2000},
		{"narrow subnet", c.Subnets[1].Chain(), 3000},
		{"pool in the narrow subnet", pools[1].Chain(c.Subnets[1]), 4000},
		{"host in the group", c.Hosts[0].Chain(nil, c.Global), 2000},
		{"host that names the group", append(c.Hosts[1].Chain(nil, c.Global), c.Global), 2000},
	} {
		if got := test.chain.Lifetimes4().Default; got != test.want {
			t.Errorf("%s: default-lease-time %d, want %d", test.place, got, test.want)
		}
	}
	if chain := c.Hosts[1].Chain(c.Subnets[1], c.Global); len(chain) != 1 {
		t.Errorf("a host in a subnet inside its group repeats the group's settings: %d scopes", len(chain))
	}
}

// A subnet in a group in a shared network is not part of that network, but has
// its settings (dhcpd 4.4.3-P1 calls a shared network that holds nothing but
// such a group empty).
func TestGroupInNetwork(t *testing.T) {
	c := build(t, `shared-network n {
		default-lease-time 2000;
		subnet 10.0.0.0 netmask 255.255.255.0 { }
		group { subnet 10.0.1.0 netmask 255.255.255.0 { } }
	}`)
	if len(c.Networks) != 2 || len(c.Networks[0].Subnets) != 1 || c.Networks[1].Explicit() {
		t.Fatalf("networks: %+v", c.Networks)
	}
	if got := c.Subnets[1].Chain().Lifetimes4().Default; got != 2000 {
		t.Errorf("default-lease-time %d, want the network's 2000", got)
	}
}

func TestPrefixOf(t *testing.T) {
	for mask, want := range map[string]string{
		"255.255.255.0":   "10.1.2.0/24",
		"255.255.255.255": "10.1.2.0/32",
		"0.0.0.0":         "0.0.0.0/0",
		"255.0.255.0":     "invalid Prefix",
	} {
		st := &dhcpdconf.Subnet{Network: netip.MustParseAddr("10.1.2.0"), Netmask: netip.MustParseAddr(mask)}
		if got := PrefixOf(st).String(); got != want {
			t.Errorf("netmask %s: got %s, want %s", mask, got, want)
		}
	}
}

func TestLastAddr(t *testing.T) {
	for prefix, want := range map[string]string{
		"10.0.0.0/24":    "10.0.0.255",
		"10.0.0.4/30":    "10.0.0.7",
		"10.0.0.4/32":    "10.0.0.4",
		"0.0.0.0/0":      "255.255.255.255",
		"2001:db8::/33":  "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff",
		"2001:db8::/128": "2001:db8::",
	} {
		if got := LastAddr(netip.MustParsePrefix(prefix)).String(); got != want {
			t.Errorf("%s: got %s, want %s", prefix, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		`concat("a", 62:63)`:                      "abc",
		`substring("abcdef", 2, 3)`:               "cde",
		`substring("abc", 5, 3)`:                  "",
		`suffix("abcdef", 2)`:                     "ef",
		`lcase("ABC")`:                            "abc",
		`encode-int(258, 16)`:                     "\x01\x02",
		`reverse(1, "abc")`:                       "cba",
		`binary-to-ascii(10, 8, ".", 0a:00:01)`:   "10.0.1",
		`pick-first-value("x", option host-name)`: "x",
	} {
		c := build(t, "option root-path = "+text+";")
		set, ok := c.Global.Own[0].(*dhcpdconf.OptionSet)
		if !ok {
			t.Fatalf("%s: %T", text, c.Global.Own[0])
		}
		got, ok := Fold(set.Data.Expr)
		if !ok || string(got.Data) != want {
			t.Errorf("%s: got %q %v, want %q", text, got.Data, ok, want)
		}
	}
	c := build(t, `option root-path = concat("a", option host-name);`)
	if _, ok := Fold(c.Global.Own[0].(*dhcpdconf.OptionSet).Data.Expr); ok {
		t.Errorf("a value from the packet was taken for a constant")
	}
}

// dhcpd takes the subnet that is declared last of those that hold an address.
// golden/exchanges/overlaps.txtar and v6-overlaps.txtar have its answers.
func TestSubnetOfOverlaps(t *testing.T) {
	file, _ := dhcpdconf.Parse("dhcpd.conf", []byte(`
subnet 10.1.5.0 netmask 255.255.255.0 { }
subnet 10.1.0.0 netmask 255.255.0.0 { }
subnet 10.1.6.0 netmask 255.255.255.0 { }
subnet 10.3.0.0 netmask 255.255.0.0 { }
subnet 10.3.1.0 netmask 255.255.255.0 { option domain-name "first"; }
subnet 10.3.1.0 netmask 255.255.255.0 { option domain-name "second"; }
shared-network both {
  subnet 10.4.1.0 netmask 255.255.255.0 { }
  subnet 10.4.1.0 netmask 255.255.255.0 { }
}
shared-network back {
  subnet 10.5.1.0 netmask 255.255.255.0 { }
}
subnet 10.5.1.0 netmask 255.255.255.0 { }
`), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	c := Build(file, dhcpdconf.DHCP4)
	for _, test := range []struct {
		address, prefix string
		line            int
	}{
		{"10.1.5.1", "10.1.0.0/16", 3},
		{"10.1.6.1", "10.1.6.0/24", 4},
		{"10.1.7.1", "10.1.0.0/16", 3},
		{"10.3.1.1", "10.3.1.0/24", 7},
		{"10.4.1.1", "10.4.1.0/24", 9},
		{"10.5.1.1", "10.5.1.0/24", 15},
	} {
		s := c.SubnetOf(netip.MustParseAddr(test.address))
		span := s.Stmt.Head()
		if line, _ := span.Src.Position(span.Off); s.Prefix.String() != test.prefix || line != test.line {
			t.Errorf("%s: %s of line %d, want %s of line %d", test.address, s.Prefix, line, test.prefix, test.line)
		}
	}
	var hidden []string
	for _, s := range c.Subnets {
		if by := c.HiddenBy(s); by != nil {
			hidden = append(hidden, s.Stmt.Head().String()+" by "+by.Stmt.Head().String())
		}
	}
	want := []string{
		"dhcpd.conf:2:1 by dhcpd.conf:3:1",
		"dhcpd.conf:6:1 by dhcpd.conf:7:1",
		"dhcpd.conf:13:3 by dhcpd.conf:15:1",
	}
	if !slices.Equal(hidden, want) {
		t.Errorf("hidden: %q, want %q", hidden, want)
	}
	if len(c.Repeated) != 1 || !c.Repeats {
		t.Errorf("%d subnets repeated on one network, repeats %v, want 1 and true", len(c.Repeated), c.Repeats)
	}
}
