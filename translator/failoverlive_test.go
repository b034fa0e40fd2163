package translator_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// pairConf is one of the two files of a pair; %s: the declaration.
const pairConf = `%s
ping-check false;
subnet 198.18.0.0 netmask 255.255.0.0 {
  option routers 198.18.0.1;
  pool {
    failover peer "pair";
    allow known-clients;
    range 198.18.1.1 198.18.1.200;
  }
}
host client { hardware ethernet 02:00:00:00:00:02; }
`

const (
	pairPrimary = `failover peer "pair" {
  primary; address 198.18.0.2; port 519; peer address 198.18.0.3; peer port 520;
  max-response-delay 3; mclt 600; split %d; load balance max seconds 3; auto-partner-down 5;
}`
	pairSecondary = `failover peer "pair" {
  secondary; address 198.18.0.3; port 520; peer address 198.18.0.2; peer port 519;
  max-response-delay 3; load balance max seconds 3; auto-partner-down 5;
}`
)

// pairFile translates one file of a pair, with the other known. Where that is
// empty, mirrored makes the configuration of the other server from own.
func pairFile(t *testing.T, own, other string, mirrored bool, v keaversion.Version) []byte {
	t.Helper()
	parse := func(decl string) (*dhcpdconf.File, dhcpdconf.Diagnostics) {
		return dhcpdconf.Parse("dhcpd.conf", fmt.Appendf(nil, pairConf, decl), dhcpdconf.Options{})
	}
	file, diags := parse(own)
	for _, d := range diags {
		t.Fatalf("%s: %s", d.Span, d.Summary)
	}
	opts := translator.Options{Target: v, Interfaces: []string{"eth0"}, HAMode: translator.HAByFile, Mirrored: mirrored}
	if other != "" {
		opts.Partner, _ = parse(other)
	}
	d := translator.Translate(file, diags, opts).DHCP4
	d.LeaseDatabase = &keaconf.Database{Type: "memfile", Persist: new(false)}
	d.ControlSocket, d.ControlSockets = nil, nil
	var out strings.Builder
	if err := keaconf.Write(&out, d, v); err != nil {
		t.Fatal(err)
	}
	return []byte(out.String())
}

// The hooks are loaded and take their parameters where the version can try
// that out. (2.6 with -T starts no threads, and then refuses the listener.)
func TestPairChecked(t *testing.T) {
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		for _, split := range []int{128, 255} {
			primary := fmt.Sprintf(pairPrimary, split)
			for name, files := range map[string][2]string{"primary": {primary, pairSecondary}, "secondary": {pairSecondary, primary}} {
				t.Run(fmt.Sprintf("%s %d %s", v, split, name), func(t *testing.T) {
					kea := oracle.Kea(t, v, "dhcp4")
					file := filepath.Join(t.TempDir(), "kea.conf")
					if err := os.WriteFile(file, pairFile(t, files[0], files[1], false, v), 0o600); err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
					defer cancel()
					check := kea.Check
					if v >= keaversion.V3_0 {
						check = kea.CheckHooks
					}
					ok, out, err := check(ctx, file, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{
						netip.MustParsePrefix("198.18.0.2/16"), netip.MustParsePrefix("198.18.0.3/16"),
					}})
					if err != nil || !ok {
						t.Errorf("accepted: %t, %v\n%s", ok, err, out)
					}
				})
			}
		}
	}
}

// waitLog waits until a server has logged a text after the first bytes.
func waitLog(ctx context.Context, t *testing.T, s *oracle.Server, after int, text string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(s.Log()[after:], text) {
		select {
		case <-ctx.Done():
			t.Fatalf("no %q in the log:\n%s", text, s.Log())
		case <-tick.C:
		}
	}
}

// Two servers made from a failover pair find each other, reach their normal
// state, and the one that is left takes over and gives a client an address,
// whichever of them stops, and whether both files were known or only one.
func TestPairServes(t *testing.T) {
	for _, tt := range []struct {
		state    string
		split    int
		survivor int
		derived  bool
	}{
		{"LOAD-BALANCING", 128, 0, false}, {"LOAD-BALANCING", 128, 1, true},
		{"HOT-STANDBY", 255, 0, true}, {"HOT-STANDBY", 255, 1, false},
	} {
		for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
			t.Run(fmt.Sprintf("%s %s left %d", tt.state, v, tt.survivor), func(t *testing.T) {
				t.Parallel() // it is mostly waiting
				kea := oracle.Kea(t, v, "dhcp4")
				if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
					t.Skip("joining two namespaces needs root")
				}
				ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
				defer cancel()
				primary := fmt.Sprintf(pairPrimary, tt.split)
				addresses := [2]netip.Addr{netip.MustParseAddr("198.18.0.2"), netip.MustParseAddr("198.18.0.3")}
				var servers [2]*oracle.Server
				texts := [][]byte{pairFile(t, primary, pairSecondary, false, v), pairFile(t, pairSecondary, primary, false, v)}
				if tt.derived {
					texts = [][]byte{pairFile(t, primary, "", false, v), pairFile(t, primary, "", true, v)}
				}
				for i, text := range texts {
					file := filepath.Join(t.TempDir(), "kea.conf")
					if err := os.WriteFile(file, text, 0o600); err != nil {
						t.Fatal(err)
					}
					s, err := kea.Serve(ctx, file, false, oracle.Interface{
						Name: "eth0", Addresses: []netip.Prefix{netip.PrefixFrom(addresses[i], 16)},
					})
					if err != nil {
						t.Fatal(err)
					}
					servers[i] = s
				}
				alive, dead := servers[tt.survivor], servers[1-tt.survivor]
				defer alive.Close()
				end := sync.OnceFunc(dead.Close)
				defer end()
				if err := servers[0].Join(ctx, servers[1], addresses[0], addresses[1]); err != nil {
					t.Fatal(err)
				}
				for _, s := range servers {
					waitLog(ctx, t, s, 0, "to "+tt.state)
					for line := range strings.Lines(s.Log()) {
						// Kea reads the wire before its filter is there: what it
						// finds can be anything.
						if strings.Contains(line, " ERROR ") && !strings.Contains(line, "DHCP4_BUFFER_RECEIVE_FAIL") {
							t.Errorf("a server complains:\n%s", s.Log())
						}
					}
				}
				seen := len(alive.Log())
				end()
				waitLog(ctx, t, alive, seen, "to PARTNER-DOWN")
				if got := lease(t, alive, linkOf(t, alive)); !netip.MustParsePrefix("198.18.1.0/24").Contains(got) {
					t.Errorf("the server that is left gives the address %s:\n%s", got, alive.Log())
				}
			})
		}
	}
}
