package lease_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/server/lease"
)

func random4(r *rand.Rand, addresses int) lease.Lease4 {
	n := r.IntN(addresses)
	l := lease.Lease4{Address: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), HWAddr: []byte{2, 0, 0, 0, byte(r.Int()), byte(r.Int())}}
	if r.IntN(3) > 0 {
		l.ClientID = append([]byte{1}, l.HWAddr...)
	}
	l.Terms = randomTerms(r)
	return l
}

func random6(r *rand.Rand, addresses int) lease.Lease6 {
	n := r.IntN(addresses)
	l := lease.Lease6{PrefixLen: 128, IAID: r.Uint32(), DUID: []byte{0, 1, 0, 1, 9, 9, byte(n), 2, 0, 0, 0, 0, byte(r.Int())}, Preferred: r.Uint32(), Terms: randomTerms(r)}
	l.Address = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)})
	if r.IntN(2) == 0 {
		l.Type, l.PrefixLen = lease.PD, 56
	}
	if r.IntN(2) == 0 {
		l.HWAddr, l.HWType, l.HWSource = []byte{2, 0, 0, 0, 0, 1}, 1, 4
	}
	return l
}

func randomTerms(r *rand.Rand) lease.Terms {
	t := lease.Terms{SubnetID: r.Uint32N(1000), PoolID: r.Uint32N(2), Valid: r.Uint32(), CLTT: 1700000000 + r.Int64N(1e7) - 5e6, State: lease.State(r.IntN(5)),
		FQDNFwd: r.IntN(2) == 0, FQDNRev: r.IntN(2) == 0, Hostname: strings.Repeat("x", r.IntN(30))}
	switch r.IntN(5000) {
	case 0:
		t.CLTT = -t.CLTT
	case 1:
		t.UserContext = strings.Repeat("c", 1<<20+r.IntN(1<<20)) // larger than a chunk
	case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12:
		t.UserContext = strings.Repeat("c", r.IntN(1<<14))
	}
	return t
}

// A table does what a map does.
func TestTable(t *testing.T) {
	t.Run("DHCPv4", func(t *testing.T) {
		testTable(t, lease.NewTable4(), func(r *rand.Rand) (netip.Addr, lease.Lease4) {
			l := random4(r, 500)
			return l.Address, l
		})
	})
	t.Run("DHCPv6", func(t *testing.T) {
		testTable(t, lease.NewTable6(), func(r *rand.Rand) (netip.Addr, lease.Lease6) {
			l := random6(r, 500)
			return l.Address, l
		})
	})
}

func testTable[L lease.Lease](t *testing.T, table *lease.Table[L], random func(*rand.Rand) (netip.Addr, L)) {
	r := rand.New(rand.NewPCG(1, 2))
	want := map[netip.Addr]L{}
	for range 20000 {
		a, l := random(r)
		if r.IntN(3) == 0 {
			_, there := want[a]
			delete(want, a)
			if table.Delete(a) != there {
				t.Fatalf("deleting %v: there %v", a, !there)
			}
		} else {
			want[a] = l
			table.Put(&l)
		}
		if table.Len() != len(want) {
			t.Fatalf("%d leases, want %d", table.Len(), len(want))
		}
		a, _ = random(r)
		got, ok := table.Get(a)
		if l, there := want[a]; ok != there || !cmp.Equal(got, l, cmp.Comparer(compareAddresses)) {
			t.Fatalf("lease of %v: %v", a, cmp.Diff(l, got, cmp.Comparer(compareAddresses)))
		}
	}
	addresses := slices.SortedFunc(maps.Keys(want), netip.Addr.Compare)
	i := 0
	for l := range table.All() {
		if !cmp.Equal(l, want[addresses[i]], cmp.Comparer(compareAddresses)) {
			t.Fatalf("lease %d: %s", i, cmp.Diff(want[addresses[i]], l, cmp.Comparer(compareAddresses)))
		}
		i++
	}
	if i != len(want) {
		t.Errorf("%d leases yielded, want %d", i, len(want))
	}
}

// A lease takes little memory, also when it is put many times.
func TestTableMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	const leases = 200_000
	before := heap()
	table := lease.NewTable4()
	for round := range 5 {
		for i := range leases {
			l := lease.Lease4{Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), HWAddr: []byte{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)},
				ClientID: []byte{1, 2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)},
				Terms:    lease.Terms{SubnetID: 1, Valid: 3600, CLTT: 1700000000, Hostname: fmt.Sprintf("host-%d%s", i, strings.Repeat("x", 4*round))}}
			table.Put(&l)
		}
	}
	each := (heap() - before) / leases
	if each > 200 {
		t.Errorf("%d bytes a lease", each)
	}
	t.Logf("%d bytes a lease", each)
	runtime.KeepAlive(table)
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
