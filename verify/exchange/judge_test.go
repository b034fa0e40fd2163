package exchange_test

import (
	"net/netip"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// A finding explains a difference in its fields for its clients, and no other.
func TestJudge(t *testing.T) {
	parse := func() *model.Config {
		file, _ := dhcpdconf.Parse("dhcpd.conf", []byte(`
subnet 10.0.1.0 netmask 255.255.255.0 { pool { range 10.0.1.10 10.0.1.19; } pool { range 10.0.1.20 10.0.1.29; } }
class "c" { match if option vendor-class-identifier = "v"; }
class "d" { match hardware; }
subclass "d" 1:02:00:00:00:00:0b;
group { host a { hardware ethernet 02:00:00:00:00:0a; } }
subnet 10.0.2.0 netmask 255.255.255.0 { range 10.0.2.10 10.0.2.19; }
host b { option dhcp-client-identifier "two"; }
`), dhcpdconf.Options{})
		return model.Build(file, file.Protocol)
	}
	conf := parse()
	clients, err := client.ParseList(`mac=02:00:00:00:00:0a client-id=74:77:6f relay=10.0.1.1
mac=02:00:00:00:00:0b relay=10.0.2.1
mac=02:00:00:00:00:0c vendor-class=v
`)
	if err != nil {
		t.Fatal(err)
	}
	first := exchange.Message{Client: 0, Step: "discover", Sent: true, Answer: exchange.Answer{Type: "OFFER", Fields: map[string]string{"address": "10.0.1.15"}}}
	judge := exchange.NewJudge(conf, netip.MustParseAddr("10.0.1.2"), clients, []exchange.Message{first})
	scopes := func(s ...*model.Scope) translator.Audience { return translator.Audience{Scopes: s} }
	one, two := conf.Subnets[0], conf.Subnets[1]
	group := conf.Hosts[0].Scope.Parent
	for _, test := range []struct {
		name     string
		audience translator.Audience
		concerns [3]bool
	}{
		{"everybody", translator.Audience{}, [3]bool{true, true, true}},
		{"a subnet", scopes(one.Scope), [3]bool{true, false, true}},
		{"the other subnet", scopes(two.Scope), [3]bool{false, true, false}},
		{"the pool of the address", scopes(one.Network.Pools[0].Scope), [3]bool{true, false, true}},
		{"another pool", scopes(one.Network.Pools[1].Scope), [3]bool{false, false, true}}, // the third client was given no address
		{"a host", scopes(&conf.Hosts[0].Scope), [3]bool{true, false, false}},
		{"a group of hosts", scopes(group), [3]bool{true, false, false}},
		{"one of two", scopes(&conf.Hosts[0].Scope, two.Scope), [3]bool{true, true, false}},
		{"a class", scopes(conf.Class("c").Scope), [3]bool{false, false, true}},
		{"a class with subclasses", scopes(conf.Class("d").Scope), [3]bool{false, true, false}},
		{"a subclass", scopes(&conf.Class("d").Subclasses[0].Scope), [3]bool{false, true, false}},
		{"the same model, built again", scopes(parse().Subnets[0].Scope), [3]bool{}}, // of another file
		{"clients behind a relay", translator.Audience{From: translator.Relayed}, [3]bool{true, true, false}},
		{"clients on the server's link", translator.Audience{From: translator.Direct}, [3]bool{false, false, true}},
		{"clients that are two hosts", translator.Audience{SeveralHosts: true}, [3]bool{true, false, false}},
		{"other messages", translator.Audience{Messages: []string{"bootp", "renew"}}, [3]bool{}},
		{"this message", translator.Audience{Messages: []string{"discover"}}, [3]bool{true, true, true}},
	} {
		for n, want := range test.concerns {
			f := translator.Finding{Severity: translator.S2, Verdict: translator.Approximated, Fields: []string{"option 3"}, Audience: test.audience}
			d := exchange.Difference{Client: n, Step: "discover", Field: "option 3"}
			if got := judge.Explains(f, d); got != want {
				t.Errorf("%s, client %d: explained %v, want %v", test.name, n+1, got, want)
			}
			d.Field = "option 6"
			if judge.Explains(f, d) {
				t.Errorf("%s, client %d: another field is explained", test.name, n+1)
			}
		}
	}
}

// Members of classes are told from others in DHCPv6 too.
func TestJudge6(t *testing.T) {
	file, _ := dhcpdconf.Parse("dhcpd6.conf", []byte(`
class "c" { match if option dhcp6.subscriber-id = "x"; }
subnet6 2001:db8::/64 { range6 2001:db8::100 2001:db8::1ff; }
`), dhcpdconf.Options{Protocol: dhcpdconf.DHCP6})
	conf := model.Build(file, file.Protocol)
	clients, err := client.ParseList("duid=00:03:00:01:02:00:00:00:00:01 iaid=1 ia-na opt38=78\nduid=00:03:00:01:02:00:00:00:00:02 iaid=1 ia-na\n")
	if err != nil {
		t.Fatal(err)
	}
	judge := exchange.NewJudge(conf, netip.MustParseAddr("2001:db8::1"), clients)
	f := translator.Finding{
		Severity: translator.S2, Verdict: translator.Approximated, Fields: []string{"option 23"},
		Audience: translator.Audience{Scopes: []*model.Scope{conf.Class("c").Scope}},
	}
	for n, want := range []bool{true, false} {
		if got := judge.Explains(f, exchange.Difference{Client: n, Step: client.Solicit, Field: "option 23"}); got != want {
			t.Errorf("client %d: explained %v, want %v", n+1, got, want)
		}
	}
}
