package memfile_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

func openLive(t *testing.T, name string) *memfile.Live4 {
	t.Helper()
	d, err := memfile.OpenLive4(t.Context(), name, memfile.LiveOptions{Persist: true, OpenOptions: memfile.OpenOptions{Version: keaversion.V3_0, Proc: "/proc"}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A live database does what a map does, also after it was closed and opened.
func TestLive4(t *testing.T) {
	name := write(t, nil)
	d := openLive(t, name)
	r := rand.New(rand.NewPCG(3, 4))
	want := map[netip.Addr]lease.Lease4{}
	id := func() []byte { return []byte{1, byte(r.IntN(40)), byte(r.IntN(2))} }
	check := func() {
		t.Helper()
		if d.Len() != len(want) {
			t.Fatalf("%d leases, want %d", d.Len(), len(want))
		}
		some := id()
		byClient, byHWAddr := map[netip.Addr]bool{}, map[netip.Addr]bool{}
		counts := map[memfile.Count]int{}
		type poolCount struct {
			memfile.Count
			pool uint32
		}
		pools := map[poolCount]int{}
		for a, l := range want {
			pools[poolCount{memfile.Count{SubnetID: l.SubnetID, State: l.State}, l.PoolID}]++
			counts[memfile.Count{SubnetID: l.SubnetID, State: l.State}]++
			if bytes.Equal(l.ClientID, some) {
				byClient[a] = true
			}
			if bytes.Equal(l.HWAddr, some) {
				byHWAddr[a] = true
			}
		}
		for c, n := range counts {
			if d.Count(c) != n {
				t.Fatalf("%+v: %d leases, want %d", c, d.Count(c), n)
			}
		}
		for _, tally := range d.Tallies() {
			n := counts[tally.Count]
			if c := (poolCount{tally.Count, tally.Pool}); !tally.All {
				n = pools[c]
				delete(pools, c)
			} else {
				delete(counts, tally.Count)
			}
			if tally.Leases != n {
				t.Fatalf("%+v, want %d", tally, n)
			}
		}
		if len(pools)+len(counts) > 0 {
			t.Fatalf("nothing is said about %v and %v", counts, pools)
		}
		got := map[netip.Addr]bool{}
		d.ByClientID(some, func(l *lease.Lease4) bool { got[l.Address] = true; return true })
		if !maps.Equal(got, byClient) {
			t.Fatalf("client %x has %v, want %v", some, got, byClient)
		}
		got = map[netip.Addr]bool{}
		d.ByHWAddr(some, func(l *lease.Lease4) bool { got[l.Address] = true; return true })
		if !maps.Equal(got, byHWAddr) {
			t.Fatalf("hardware address %x has %v, want %v", some, got, byHWAddr)
		}
	}
	for i := range 6000 {
		a := netip.AddrFrom4([4]byte{10, 0, byte(r.IntN(2)), byte(r.IntN(256))})
		if r.IntN(4) == 0 {
			delete(want, a)
			d.Delete(a)
		} else {
			l := lease.Lease4{Address: a, HWAddr: id(), Terms: lease.Terms{SubnetID: r.Uint32N(3) + 1, Valid: 1 + r.Uint32N(1000), CLTT: r.Int64N(1000), State: lease.State(r.IntN(3))}}
			l.PoolID = r.Uint32N(3)
			if r.IntN(2) == 0 {
				l.ClientID = id()
			}
			want[a] = l
			d.Put(&l)
		}
		if i%10 == 0 {
			if err := d.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		if i%20 == 0 {
			check()
		}
		if i%1500 == 1499 {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = openLive(t, name)
			check()
		}
	}
	// The leases end in the order of their ends.
	var wantEnds, ends []int64
	for _, l := range want {
		if (l.State == lease.Assigned || l.State == lease.Declined) && l.Expire() <= 900 {
			wantEnds = append(wantEnds, l.Expire())
		}
	}
	slices.Sort(wantEnds)
	for {
		l, ok := d.NextEnded(900)
		if !ok {
			break
		}
		ends = append(ends, l.Expire())
		if r.IntN(2) == 0 {
			l.State = lease.Reclaimed
			d.Put(&l)
		} else {
			d.Delete(l.Address)
		}
	}
	if diff := cmp.Diff(wantEnds, ends); diff != "" {
		t.Error(diff)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
