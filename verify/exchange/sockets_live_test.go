package exchange_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

const socketsConf = `{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0", "eth1" ] KEYS },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/sockets" }, "lease-database": { "type": "memfile", "persist": false },
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "stdout" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "10.9.0.0/24", "pools": [ { "pool": "10.9.0.20 - 10.9.0.30" } ] } ] } }`

// serveSockets starts a server on two interfaces, of which the second may have no address.
func serveSockets(t *testing.T, program *oracle.Program, keys string, second ...netip.Prefix) (*oracle.Server, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kea-dhcp4.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(socketsConf, "KEYS", keys)), 0o644); err != nil {
		t.Fatal(err)
	}
	return program.Serve(t.Context(), file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}, oracle.Interface{Name: "eth1", Addresses: second})
}

// waitForLog waits until a text has been logged.
func waitForLog(t *testing.T, s *oracle.Server, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(s.Log(), text); time.Sleep(5 * time.Millisecond) { // it is the server's time that has to pass
		if time.Now().After(deadline) {
			t.Fatalf("no %s in\n%s", text, s.Log())
		}
	}
}

// TestSockets has the real Kea and keasrv serve on interfaces of which one has no
// address.
func TestSockets(t *testing.T) {
	own := robustProgram(t)
	for _, program := range []*oracle.Program{oracle.Kea(t, keaversion.V3_0, "dhcp4"), own} {
		t.Run(program.Version, func(t *testing.T) {
			t.Parallel()
			const failed = "failed to open socket: the interface eth1 has no usable IPv4 addresses configured"
			for _, one := range []struct {
				keys    string
				tries   int
				attempt string
				serves  bool
			}{
				{``, 1, "attempts: 0,", true},
				{`, "service-sockets-max-retries": 2, "service-sockets-retry-wait-time": 50`, 3, "attempts: 2,", true},
				{`, "service-sockets-require-all": true, "service-sockets-max-retries": 1, "service-sockets-retry-wait-time": 50`, 2, "attempts: 1,", false},
			} {
				s, err := serveSockets(t, program, one.keys)
				if err != nil {
					t.Fatal(err)
				}
				waitForLog(t, s, "DHCP4_OPEN_SOCKETS_FAILED maximum number of open service sockets "+one.attempt)
				if n := strings.Count(s.Log(), failed); n != one.tries {
					t.Errorf("%s: %d tries, want %d", one.keys, n, one.tries)
				}
				if !one.serves {
					waitForLog(t, s, "DHCP4_SHUTDOWN")
					s.Close()
					continue
				}
				answer, err := s.Control("/run/kea/sockets", `{ "command": "status-get" }`)
				var status struct {
					Arguments struct {
						Sockets map[string]any `json:"sockets"`
					} `json:"arguments"`
				}
				if err == nil {
					err = json.Unmarshal(answer, &status)
				}
				want := map[string]any{"status": "failed", "errors": []any{strings.TrimPrefix(failed, "failed to open socket: ")}}
				if err != nil || !reflect.DeepEqual(status.Arguments.Sockets, want) {
					t.Errorf("%s: %v, %v; want %v", one.keys, status.Arguments.Sockets, err, want)
				}
				s.Close()
			}
			// All of them at once, or none.
			s, err := serveSockets(t, program, `, "service-sockets-require-all": true`)
			log := ""
			if err != nil {
				log = err.Error() // it may have ended before it was seen to serve
			} else {
				waitForLog(t, s, "DHCP4_SHUTDOWN")
				log = s.Log()
				s.Close()
			}
			if !strings.Contains(log, "attempts: 0,") || !strings.Contains(log, "DHCP4_SHUTDOWN") {
				t.Errorf("the server does not end:\n%s", log)
			}
		})
	}
}

// TestRouting has both answer a relay agent that is behind another interface than the
// one that its message came in on.
func TestRouting(t *testing.T) {
	own := robustProgram(t)
	for _, program := range []*oracle.Program{oracle.Kea(t, keaversion.V3_0, "dhcp4"), own} {
		t.Run(program.Version, func(t *testing.T) {
			t.Parallel()
			s, err := serveSockets(t, program, `, "dhcp-socket-type": "udp", "outbound-interface": "use-routing"`, netip.MustParsePrefix("10.9.0.1/24"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			cmd, err := s.PeerCommand(t.Context(), netip.MustParsePrefix("10.0.0.250/24"), "ip", "address", "add", "10.9.0.9/24", "dev", "keapeer1")
			if err == nil {
				err = cmd.Run()
			}
			if err != nil {
				t.Fatal(err)
			}
			in, err := s.Link(0)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			out, err := s.Link(1)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			relay := netip.MustParseAddr("10.9.0.9")
			m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, XID: 7, CHAddr: []byte{2, 0, 0, 0, 0, 9}, GIAddr: relay, Hops: 1})
			m[0] = packet.BootRequest
			m = packet.AppendEnd(packet.AppendOption(m, 53, []byte{packet.Discover}), 0, 300)
			if err := in.Send(oracle.Datagram{From: netip.AddrPortFrom(relay, 67), To: netip.MustParseAddrPort("10.0.0.1:67"), Message: m}); err != nil {
				t.Fatal(err)
			}
			answer, err := out.Await(20*time.Second, func(b []byte) bool { return len(b) > 8 && b[0] == packet.BootReply && string(b[4:8]) == string(m[4:8]) })
			var offer packet.Message4
			if err != nil || answer == nil || offer.Parse(answer) != nil || offer.YIAddr() != netip.MustParseAddr("10.9.0.20") {
				t.Errorf("%x, %v\n%s", answer, err, s.Log())
			}
		})
	}
}
