package server_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/packet"
)

// TestBindingVariables: what leases remember is what the real Kea remembers of the same
// client.
func TestBindingVariables(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	address := netip.MustParseAddr("10.0.0.10")
	message := func(kind uint8, class string) *server.Packet {
		m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, CHAddr: []byte{2, 0, 0, 0, 0, 1}, GIAddr: netip.MustParseAddr("10.0.0.1")})
		m[0] = packet.BootRequest
		m = packet.AppendOption(m, 53, []byte{kind})
		if kind == packet.Request {
			a := address.As4()
			m = packet.AppendOption(packet.AppendOption(m, 50, a[:]), 54, []byte{10, 0, 0, 1})
		}
		if class != "" {
			m = packet.AppendOption(m, 60, []byte(class))
		}
		return &server.Packet{Raw: packet.AppendEnd(m, 0, 300), Interface: "eth0", Local: netip.MustParseAddr("10.0.0.1")}
	}
	variables := func(class string) string {
		return `{ "ISC": { "binding-variables": { "bin": "A\u00c3\u00a9\u00ff,\"", "class": "` + class + `", "dom": "example.org", "yi": "10.0.0.10" } } }`
	}
	for _, kept := range []bool{false, true} {
		offer, offered := "", ""
		if kept {
			offer, offered = `"offer-lifetime": 60,`, variables("abc")
		}
		s, leases := newServer(t, `{ "Dhcp4": { `+offer+` "hooks-libraries": [ { "library": "libdhcp_lease_cmds.so", "parameters": { "binding-variables": [
    { "name": "class", "expression": "option[60].text", "source": "query" }, { "name": "bin", "expression": "0x41c3a9ff2c22", "source": "query" },
    { "name": "dom", "expression": "option[15].text", "source": "response" }, { "name": "yi", "expression": "addrtotext(pkt4.yiaddr)", "source": "response" } ] } } ],
  "valid-lifetime": 4000, "option-data": [ { "name": "domain-name", "data": "example.org" } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10 - 10.0.0.10" } ] } ] } }`, server.Options{Clock: func() time.Time { return now }})
		for _, step := range []struct {
			what  string
			kind  uint8
			class string
			after time.Duration
			want  string
		}{
			{"an offer", packet.Discover, "abc", 0, offered},
			{"a lease", packet.Request, "abc", 0, variables("abc")},
			{"a lease that is left as it is", packet.Request, "def", time.Second, variables("abc")},
			{"a lease that is renewed", packet.Request, "", 2000 * time.Second, variables("")},
		} {
			now = now.Add(step.after)
			if _, ok := s.Handle(message(step.kind, step.class), nil); !ok {
				t.Fatalf("%s: no answer", step.what)
			}
			if l, _ := leases.Get(address); l.UserContext != step.want {
				t.Errorf("%s, kept %v: %s, want %s", step.what, kept, l.UserContext, step.want)
			}
		}
	}
}
