package server_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/packet"
)

// TestAllocators fills pools to the last address, with each allocator.
func TestAllocators(t *testing.T) {
	for _, allocator := range []string{"iterative", "random", "flq"} {
		s, _ := newServer(t, fmt.Sprintf(`{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "10.0.0.0/16", "allocator": %q, "pools": [ { "pool": "10.0.0.0-10.0.1.255" }, { "pool": "10.0.3.0-10.0.3.9" } ] } ] } }`, allocator), server.Options{Clock: func() time.Time { return time.Unix(1700000000, 0) }})
		const addresses = 512 + 10
		got := map[netip.Addr]bool{}
		for n := range addresses + 1 {
			m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, XID: 1, CHAddr: []byte{2, 0, 0, 0, byte(n >> 8), byte(n)}, GIAddr: netip.MustParseAddr("10.0.0.1")})
			m[0] = packet.BootRequest
			a, ok := s.Handle(&server.Packet{Raw: packet.AppendEnd(packet.AppendOption(m, 53, []byte{3}), 0, 0), Interface: "eth0", Local: netip.MustParseAddr("10.0.0.1")}, nil)
			var answer packet.Message4
			if !ok || answer.Parse(a.Raw) != nil {
				t.Fatalf("%s: client %d gets no answer", allocator, n)
			}
			kind, _ := answer.Option(53)
			const ack, nak = 5, 6
			want := byte(ack)
			if n == addresses {
				want = nak
			}
			if kind[0] != want || want == ack && got[answer.YIAddr()] {
				t.Fatalf("%s: client %d gets %v (type %d)", allocator, n, answer.YIAddr(), kind[0])
			}
			got[answer.YIAddr()] = true
		}
	}
}
