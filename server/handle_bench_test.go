package server_test

import (
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/server/stats"
)

// BenchmarkExchange is what the four messages of a new client cost the server,
// without sockets and files.
func BenchmarkExchange(b *testing.B) { exchanges(b, func(n int) int { return n }) }

// BenchmarkReturn is BenchmarkExchange for clients that come again, of which there
// are so many.
func BenchmarkReturn(b *testing.B) { exchanges(b, func(n int) int { return n % 10_000 }) }

func exchanges(b *testing.B, client func(int) int) {
	const conf = `{ "Dhcp4": { "valid-lifetime": 4000, "option-data": [ { "name": "domain-name-servers", "data": "10.9.9.1" } ],
		"subnet4": [ { "id": 1, "subnet": "10.0.0.0/8", "pools": [ { "pool": "10.1.0.0-10.255.255.255" } ] } ] } }`
	s, _ := newServer(b, conf, server.Options{Clock: time.Now, Stats: stats.NewRegistry(stats.DefaultCount, 0),
		Log: logging.New("kea-dhcp4", io.Discard, logging.Warn, time.Now)})
	var m packet.Message4
	buffer := make([]byte, 0, 1<<10)
	message := func(kind byte, n int, wish []byte) []byte {
		raw := packet.AppendHeader(buffer, &packet.Header4{HType: 1, HLen: 6, XID: uint32(n), CHAddr: []byte{2, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, GIAddr: netip.AddrFrom4([4]byte{10, 0, 0, 1})})
		raw[0] = packet.BootRequest
		raw = packet.AppendOption(raw, 53, []byte{kind})
		if wish != nil {
			raw = packet.AppendOption(packet.AppendOption(raw, 50, wish), 54, []byte{10, 0, 0, 2})
		}
		return packet.AppendEnd(packet.AppendOption(raw, 55, []byte{1, 3, 6, 15}), 0, 0)
	}
	in := server.Packet{Interface: "eth0", Local: netip.AddrFrom4([4]byte{10, 0, 0, 2})}
	b.ReportAllocs()
	for i := range b.N {
		n := client(i)
		in.Raw = message(1, n, nil)
		a, ok := s.Handle(&in, nil)
		if !ok || m.Parse(a.Raw) != nil {
			b.Fatal("no offer")
		}
		wish := m.YIAddr().As4()
		in.Raw = message(3, n, wish[:])
		if _, ok := s.Handle(&in, nil); !ok {
			b.Fatal("no acknowledgement")
		}
	}
}
