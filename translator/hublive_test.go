package translator_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// The files of a server with two partners, and of these. The two partners use
// the same port of the hub, as dhcpd allows in a file.
const (
	hubPeer = `failover peer "%[1]s" { secondary; address 198.18.0.2; port 519; peer address %[2]s; peer port 520; max-response-delay 3; auto-partner-down 5; }
`
	spokePeer = `failover peer "%[1]s" { primary; address %[2]s; port 520; peer address 198.18.0.2; peer port 519; max-response-delay 3; auto-partner-down 5; mclt 600; split 255; }
`
	hubSubnets = `ping-check false;
subnet 198.18.0.0 netmask 255.255.0.0 { pool { failover peer "north"; range 198.18.1.1 198.18.1.200; } }
subnet 198.19.0.0 netmask 255.255.0.0 { pool { failover peer "south"; range 198.19.1.1 198.19.1.200; } }
`
	northSubnet = `ping-check false;
subnet 198.18.0.0 netmask 255.255.0.0 { pool { failover peer "north"; range 198.18.1.1 198.18.1.200; } }
`
	southSubnet = `ping-check false;
subnet 198.19.0.0 netmask 255.255.0.0 { pool { failover peer "south"; range 198.19.1.1 198.19.1.200; } }
`
)

// A hub and its two spokes, each made from its own file, find each other, and the
// hub serves the clients of a spoke that stops.
func TestHubServes(t *testing.T) {
	north, south := "198.18.0.3", "198.18.0.4"
	hub := fmt.Sprintf(hubPeer, "north", north) + fmt.Sprintf(hubPeer, "south", south) + hubSubnets
	files := []string{hub, fmt.Sprintf(spokePeer, "north", north) + northSubnet, fmt.Sprintf(spokePeer, "south", south) + southSubnet}
	addresses := []string{"198.18.0.2", north, south}
	for _, v := range []keaversion.Version{keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel() // it is mostly waiting
			kea := oracle.Kea(t, v, "dhcp4")
			if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
				t.Skip("joining namespaces needs root")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			var ids *translator.SubnetIDs
			var servers []*oracle.Server
			for i, text := range files {
				file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(text), dhcpdconf.Options{})
				if diags.HasErrors() {
					t.Fatal(diags)
				}
				opts := translator.Options{Target: v, Interfaces: []string{"eth0"}, SubnetIDs: ids, HAMode: translator.HAByFile}
				if i > 0 {
					opts.Partner, _ = dhcpdconf.Parse("hub.conf", []byte(hub), dhcpdconf.Options{})
				}
				result := translator.Translate(file, diags, opts)
				ids = &result.SubnetIDs
				d := result.DHCP4
				d.LeaseDatabase = &keaconf.Database{Type: "memfile", Persist: new(false)}
				d.ControlSocket, d.ControlSockets = nil, nil
				var out strings.Builder
				if err := keaconf.Write(&out, d, v); err != nil {
					t.Fatal(err)
				}
				conf := filepath.Join(t.TempDir(), "kea.conf")
				if err := os.WriteFile(conf, []byte(out.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				s, err := kea.Serve(ctx, conf, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{
					netip.PrefixFrom(netip.MustParseAddr(addresses[i]), 16),
				}})
				if err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
				servers = append(servers, s)
				if i != 1 {
					t.Cleanup(s.Close)
				}
			}
			for i := 1; i < 3; i++ {
				if err := servers[0].Join(ctx, servers[i], netip.MustParseAddr(addresses[0]), netip.MustParseAddr(addresses[i])); err != nil {
					t.Fatal(err)
				}
			}
			waitLog(ctx, t, servers[0], 0, "to HOT-STANDBY")
			first := strings.Index(servers[0].Log(), "to HOT-STANDBY")
			waitLog(ctx, t, servers[0], first+len("to HOT-STANDBY"), "to HOT-STANDBY") // the other relationship
			seen := len(servers[0].Log())
			servers[1].Close()
			waitLog(ctx, t, servers[0], seen, "to PARTNER-DOWN")
			if got := lease(t, servers[0], linkOf(t, servers[0])); !netip.MustParsePrefix("198.18.1.0/24").Contains(got) {
				t.Errorf("the hub gives the address %s:\n%s", got, servers[0].Log())
			}
		})
	}
}
