package exchange_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// BenchmarkModel is how long the model takes with 10,000 clients, each of which
// gets a lease, in a configuration of 50 subnets with classes and hosts.
func BenchmarkModel(b *testing.B) {
	const subnets, clients = 50, 10_000
	var text strings.Builder
	text.WriteString("option domain-name \"example.org\";\nauthoritative;\n")
	for i := range 8 {
		fmt.Fprintf(&text, "class \"c%d\" { match if substring(option vendor-class-identifier, 0, 2) = \"v%d\"; default-lease-time %d; }\n", i, i, 600+i)
	}
	for i := range subnets {
		fmt.Fprintf(&text, "subnet 10.%d.0.0 netmask 255.255.0.0 { option routers 10.%d.0.1; pool { range 10.%d.1.0 10.%d.3.255; deny members of \"c7\"; } pool { range 10.%d.4.0 10.%d.4.255; allow members of \"c7\"; } }\n", i, i, i, i, i, i)
	}
	for i := range 1000 {
		fmt.Fprintf(&text, "host h%d { hardware ethernet 02:00:00:00:%02x:%02x; fixed-address 10.%d.9.%d; }\n", i, i>>8, i&255, i%subnets, 1+i/subnets)
	}
	var list []*client.Client
	for i := range clients {
		c, err := client.Parse(fmt.Sprintf("mac=02:00:00:00:%02x:%02x relay=10.%d.0.1 prl=1,3,6,15 vendor-class=v%d do=discover,request", i>>8, i&255, i%subnets, i%8))
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, c)
	}
	file, diagnostics := dhcpdconf.Parse("dhcpd.conf", []byte(text.String()), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	for _, d := range diagnostics {
		b.Fatal(d.Summary)
	}
	conf := model.Build(file, dhcpdconf.DHCP4)
	network := exchange.Network{}
	var err error
	if network.Address, err = exchange.ServerAddress(conf); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		messages, err := exchange.Model(answer.New(conf, exchange.ModelSettings(network)), modelTime).Run(b.Context(), list)
		if err != nil {
			b.Fatal(err)
		}
		if m := messages[len(messages)-1]; m.Answer.Fields["address"] == "" {
			b.Fatalf("no lease at the end: %+v", m)
		}
	}
}
