package exchange_test

import (
	"net/netip"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// FuzzModel lets clients ask the model with any configuration, even one that
// dhcpd would not start with: there are answers or an error, never a panic.
func FuzzModel(f *testing.F) {
	files, err := filepath.Glob("../../golden/exchanges/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		text, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		a := &archive{Archive: text}
		f.Add(string(a.file(confFile)), string(a.file(clientsFile)))
	}
	f.Fuzz(func(t *testing.T, conf, clients string) {
		list, err := client.ParseList(clients)
		if err != nil || len(list) == 0 || len(list) > 16 {
			return
		}
		network := exchange.Network{V6: list[0].V6, Address: netip.MustParseAddr("10.0.0.1")}
		protocol := dhcpdconf.DHCP4
		if network.V6 {
			protocol, network.Address = dhcpdconf.DHCP6, netip.MustParseAddr("2001:db8::1")
		}
		for _, c := range list {
			if c.V6 != network.V6 {
				return
			}
		}
		file, _ := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{Protocol: protocol})
		built := model.Build(file, protocol)
		if address, err := exchange.ServerAddress(built); err == nil {
			network.Address = address
		}
		server := answer.New(built, exchange.ModelSettings(network))
		_ = exchange.Explain(t.Context(), server, modelTime, list, func(exchange.Message, answer.Reply) {})
	})
}
