package server_test

import (
	"flag"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

var malformed = flag.Int("malformed", 50_000, "how many malformed messages TestMalformed sends")

const robustConf = `{ "Dhcp4": { "valid-lifetime": 4000, "store-extended-info": true, "stash-agent-options": true, "ddns-qualifying-suffix": "example.org",
  "client-classes": [ { "name": "a", "test": "substring(option[60].text,0,3) == 'abc' and relay4[1].exists" }, { "name": "t", "template-test": "option[61].hex" } ],
  "option-data": [ { "name": "domain-name-servers", "data": "10.9.9.1" }, { "name": "vivso-suboptions", "data": "4491", "always-send": true }, { "code": 2, "space": "vendor-4491", "name": "tftp-servers", "data": "10.9.9.7" } ],
  "subnet4": [ { "id": 1, "subnet": "10.1.0.0/16", "pools": [ { "pool": "10.1.0.10 - 10.1.250.250" } ], "reservations": [ { "circuit-id": "'port'", "ip-address": "10.1.0.77", "hostname": "x" } ] } ] } }`

func robustServer(t testing.TB, now func() time.Time) (*server.Server4, *memfile.Live4) {
	t.Helper()
	s, leases := newServer(t, robustConf, server.Options{Clock: now})
	for i := range 100 {
		l := lease.Lease4{Address: netip.AddrFrom4([4]byte{10, 1, 1, byte(i)}), HWAddr: []byte{2, 0, 0, 0, 1, byte(i)}, Terms: lease.Terms{SubnetID: 1, Valid: 4000, CLTT: now().Unix()}}
		leases.Put(&l)
	}
	return s, leases
}

// goodMessage is a message of one of the clients that have a lease.
func goodMessage(kind, client byte) []byte {
	m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, XID: uint32(client), CHAddr: []byte{2, 0, 0, 0, 1, client}, GIAddr: netip.AddrFrom4([4]byte{10, 1, 0, 1})})
	m[0] = packet.BootRequest
	for code, content := range map[uint8][]byte{53: {kind}, 50: {10, 1, 1, client}, 55: {1, 3, 6, 12, 15, 81, 125}, 60: []byte("abcdef"), 61: {1, 2, 3, 4, client},
		12: []byte("host"), 81: []byte("\x05\x00\x00\x03foo\x00"), 82: []byte("\x01\x04port\x02\x03abc"), 125: {0, 0, 0x11, 0x8b, 3, 1, 1, 2}} {
		m = packet.AppendOption(m, code, content)
	}
	return packet.AppendEnd(m, 0, 0)
}

// broken makes a message of a good one that cannot be read.
func broken(r *rand.Rand, good []byte) []byte {
	var m packet.Message4
	for {
		bad := slices.Clone(good)
		for range 1 + r.IntN(4) {
			switch r.IntN(4) {
			case 0:
				bad = bad[:r.IntN(len(bad)+1)]
			case 1:
				if len(bad) > 0 {
					bad[r.IntN(len(bad))] = byte(r.Uint32())
				}
			case 2:
				if len(bad) > 240 {
					bad[240+r.IntN(len(bad)-240)] ^= byte(1 << r.IntN(8))
				}
			case 3:
				at := r.IntN(len(bad) + 1)
				bad = slices.Insert(bad, at, byte(r.Uint32()))
			}
		}
		if m.Parse(bad) != nil {
			return bad
		}
	}
}

// TestMalformed sends messages that cannot be read: no lease changes, and nothing
// is left behind.
func TestMalformed(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s, leases := robustServer(t, func() time.Time { return noon })
	before := slices.Collect(leases.All())
	r := rand.New(rand.NewPCG(7, 7))
	kinds := []byte{1, 3, 4, 7, 8}
	send := func(n int) {
		for range n {
			in := server.Packet{Raw: broken(r, goodMessage(kinds[r.IntN(len(kinds))], byte(r.IntN(100)))), Interface: "eth0", Local: netip.MustParseAddr("10.1.0.2")}
			if _, ok := s.Handle(&in, nil); ok {
				t.Fatalf("an answer to %x", in.Raw)
			}
		}
	}
	send(1000)
	goroutines, memory := runtime.NumGoroutine(), heap()
	send(*malformed)
	after := slices.Collect(leases.All())
	if !slices.EqualFunc(before, after, func(a, b lease.Lease4) bool { return lease.Equal(&a, &b) }) {
		t.Error("leases have changed")
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, and %d before", n, goroutines)
	}
	const slack = 1 << 20
	if now := heap(); now > memory+slack {
		t.Errorf("%d bytes in use, and %d before", now, memory)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMutated sends messages that were changed and may still be read: nothing
// panics, and what is answered can be read.
func TestMutated(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s, _ := robustServer(t, func() time.Time { return noon })
	r := rand.New(rand.NewPCG(8, 8))
	kinds := []byte{1, 3, 4, 7, 8}
	var m packet.Message4
	for range 20_000 {
		raw := goodMessage(kinds[r.IntN(len(kinds))], byte(r.IntN(100)))
		for range r.IntN(4) {
			raw[240+r.IntN(len(raw)-240)] ^= byte(1 << r.IntN(8))
		}
		in := server.Packet{Raw: raw, Interface: "eth0", Local: netip.MustParseAddr("10.1.0.2")}
		if a, ok := s.Handle(&in, nil); ok && m.Parse(a.Raw) != nil {
			t.Fatalf("the answer to %x cannot be read: %x", raw, a.Raw)
		}
	}
}
