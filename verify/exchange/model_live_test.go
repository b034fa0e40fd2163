package exchange_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/population"
	"github.com/keamigrate/keamigrate/verify/randomconf"
)

var (
	generated = flag.Int("generated", 10, "configurations to write at random for each protocol")
	firstSeed = flag.Uint64("seed", 1, "seed of the first of them")
)

// The model answers as the real dhcpd does, for clients made for each sample
// that dhcpd accepts.
func TestModelAgainstSamples(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	needRoot(t)
	const most = 60
	for _, dir := range []string{"v4", "v6"} {
		files, err := filepath.Glob("../../testdata/dhcpd-samples/" + dir + "/*.conf")
		if err != nil || len(files) == 0 {
			t.Fatalf("no samples: %v", err)
		}
		for _, file := range files {
			t.Run(dir+"/"+strings.TrimSuffix(filepath.Base(file), ".conf"), func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				protocol := dhcpdconf.DHCP4
				if dir == "v6" {
					protocol = dhcpdconf.DHCP6
				}
				parsed, _ := dhcpdconf.Parse(filepath.Base(file), text, dhcpdconf.Options{Protocol: protocol, ReadFile: func(name string) ([]byte, error) {
					return os.ReadFile(filepath.Join(filepath.Dir(file), name))
				}})
				text, _ = exchange.Adapt(parsed, dir == "v6")
				conf := build(text, protocol)
				network := exchange.Network{V6: dir == "v6", Patience: patience}
				if network.Address, err = exchange.ServerAddress(conf); err != nil {
					t.Skip(err)
				}
				clients := population.Derive(conf, population.Options{Seed: 7, Most: most, Server: network.Address})
				compareModel(t, dhcpd, text, conf, network, clients)
			})
		}
	}
}

// The model answers as the real dhcpd does, for configurations and clients
// written at random. -generated and -seed give others.
func TestModelAgainstGenerated(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	needRoot(t)
	const clients = 40
	for i := range uint64(*generated) {
		for _, v6 := range []bool{false, true} {
			seed := *firstSeed + i
			name, address, protocol := "v4", randomconf.ServerAddress, dhcpdconf.DHCP4
			if v6 {
				name, address, protocol = "v6", randomconf.ServerAddress6, dhcpdconf.DHCP6
			}
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Parallel()
				list, err := client.ParseList(randomconf.Clients(seed, v6, clients))
				if err != nil {
					t.Fatal(err)
				}
				text := randomconf.Write(seed, v6)
				network := exchange.Network{V6: v6, Patience: patience, Address: netip.MustParseAddr(address)}
				compareModel(t, dhcpd, text, build(text, protocol), network, list)
			})
		}
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
}

func build(text []byte, protocol dhcpdconf.Protocol) *model.Config {
	parsed, _ := dhcpdconf.Parse("dhcpd.conf", text, dhcpdconf.Options{Protocol: protocol})
	return model.Build(parsed, protocol)
}

func compareModel(t *testing.T, dhcpd *oracle.Program, text []byte, conf *model.Config, network exchange.Network, clients []*client.Client) {
	t.Helper()
	atOnce <- struct{}{}
	want, err := exchange.Dhcpd(dhcpd, text, network).Run(t.Context(), clients)
	<-atOnce
	target := exchange.ModelAlike(answer.New(conf, exchange.ModelSettings(network)), want)
	if err != nil {
		target = exchange.Model(answer.New(conf, exchange.ModelSettings(network)), time.Now())
	}
	got, ended := target.Run(t.Context(), clients)
	if err != nil || ended != nil {
		// Some configurations are the end of dhcpd.
		if err == nil || ended == nil {
			t.Fatalf("dhcpd: %v; the model: %v", err, ended)
		}
		t.Logf("dhcpd: %v; the model: %v", err, ended)
		return
	}
	list, err := exchange.Deviations(conf, want, got)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		t.Errorf("%s\n%s", strings.Replace(d.String(), "Kea", "model", 1), clients[d.Client])
	}
}
