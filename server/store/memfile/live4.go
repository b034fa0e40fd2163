package memfile

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"math"
	"net/netip"
	"path/filepath"
	"slices"

	"github.com/keamigrate/keamigrate/server/lease"
)

// Live4 is the lease database of a running server of DHCPv4: all leases in memory,
// found by address, client identifier and hardware address, and the lease file to
// which every change goes before it is acknowledged. It belongs to one goroutine.
type Live4 struct {
	leases   *lease.Table[lease.Lease4]
	byClient index4
	byHWAddr index4
	ends     endHeap
	journal  *journal[lease.Lease4] // nil: nothing is kept
	sync     bool
	staged   []byte // rows that are not yet written
	counts   map[Count]int
	pools    map[Count]map[uint32]int // by the ids of pools that have one
	old      lease.Lease4             // that is about to be changed
	found    lease.Lease4             // that is looked at by what it is found by
}

// Count is what leases are counted by.
type Count struct {
	SubnetID uint32
	State    lease.State
}

// LiveOptions say how a lease database is opened.
type LiveOptions struct {
	OpenOptions
	// Persist: changes are kept in the lease file.
	Persist bool
	// Sync: a change is on the disk, and not only with the operating system,
	// before it is acknowledged.
	Sync bool
}

// OpenLive4 reads a lease file, if there is one, and opens it for changes.
func OpenLive4(ctx context.Context, name string, opts LiveOptions) (*Live4, error) {
	d := &Live4{leases: lease.NewTable4(), counts: map[Count]int{}, pools: map[Count]map[uint32]int{}, sync: opts.Sync,
		byClient: newIndex4(), byHWAddr: newIndex4()}
	if !opts.Persist {
		return d, nil
	}
	s, err := Open4(ctx, name, opts.OpenOptions)
	if err != nil {
		return nil, err
	}
	d.journal = s.(*journal[lease.Lease4])
	d.leases = d.journal.leases
	d.byClient.room(d.leases.Len())
	d.byHWAddr.room(d.leases.Len())
	for l := range d.leases.Unordered() {
		d.index(l)
		d.count(l, 1)
	}
	d.gatherEnds()
	return d, nil
}

// Get returns the lease of an address.
func (d *Live4) Get(a netip.Addr) (lease.Lease4, bool) { return d.leases.Get(a) }

// Look is Get without a copy: the slices and texts of the lease are valid until the
// database is changed.
func (d *Live4) Look(a netip.Addr, l *lease.Lease4) bool { return d.leases.Look(a, l) }

// All gives the leases in the order of their addresses. The database must not be
// changed meanwhile.
func (d *Live4) All() iter.Seq[lease.Lease4] { return d.leases.All() }

// Unordered gives all leases in whatever order takes the least time, without
// copies: a lease is valid until the next one. The database must not be changed
// meanwhile.
func (d *Live4) Unordered() iter.Seq[*lease.Lease4] { return d.leases.Unordered() }

// Len is how many leases there are, ended ones included.
func (d *Live4) Len() int { return d.leases.Len() }

// Count returns how many leases of a subnet are in a state.
func (d *Live4) Count(c Count) int { return d.counts[c] }

// A Tally says how many leases of a subnet are in a state: all of them, or those that
// name a pool. Pools without an id of their own have 0.
type Tally struct {
	Count
	All    bool
	Pool   uint32
	Leases int
}

// Tallies are the tallies that are not 0, ordered by subnet, state and pool.
func (d *Live4) Tallies() (list []Tally) {
	for c, n := range d.counts {
		if n == 0 {
			continue
		}
		list = append(list, Tally{Count: c, All: true, Leases: n})
		for pool, m := range d.pools[c] {
			n -= m
			if m != 0 {
				list = append(list, Tally{Count: c, Pool: pool, Leases: m})
			}
		}
		if n != 0 {
			list = append(list, Tally{Count: c, Leases: n})
		}
	}
	slices.SortFunc(list, func(a, b Tally) int {
		all := func(t Tally) int {
			if t.All {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.SubnetID, b.SubnetID), cmp.Compare(a.State, b.State), cmp.Compare(all(a), all(b)), cmp.Compare(a.Pool, b.Pool))
	})
	return list
}

// ByClientID calls f with each lease of a client identifier, until f returns
// false. The lease is no copy: it is valid until f returns, and its slices and texts
// until the database is changed, which must not be meanwhile.
func (d *Live4) ByClientID(id []byte, f func(*lease.Lease4) bool) {
	if len(id) == 0 {
		return
	}
	d.byClient.find(id, func(a netip.Addr) bool {
		l := &d.found
		return !d.leases.Look(a, l) || !bytes.Equal(l.ClientID, id) || f(l)
	})
}

// ByHWAddr is ByClientID for a hardware address.
func (d *Live4) ByHWAddr(hw []byte, f func(*lease.Lease4) bool) {
	if len(hw) == 0 {
		return
	}
	d.byHWAddr.find(hw, func(a netip.Addr) bool {
		l := &d.found
		return !d.leases.Look(a, l) || !bytes.Equal(l.HWAddr, hw) || f(l)
	})
}

// Put keeps a lease, in memory; Commit writes it.
func (d *Live4) Put(l *lease.Lease4) {
	if d.leases.Look(l.Address, &d.old) {
		d.leave(&d.old, l)
	} else {
		d.count(l, 1)
	}
	d.leases.Put(l)
	d.enter(l)
	if d.journal != nil {
		d.staged = d.journal.append(d.staged, l, d.journal.version)
	}
}

// Delete takes a lease away, in memory; Commit writes that.
func (d *Live4) Delete(a netip.Addr) {
	old := &d.old
	if !d.leases.Look(a, old) {
		return
	}
	d.leave(old, nil)
	if d.journal != nil {
		old.Valid = 0
		d.staged = d.journal.append(d.staged, old, d.journal.version)
	}
	d.leases.Delete(a)
}

// Commit writes all changes since the last time, in one write. An error means that
// none of them is in the file: what they would acknowledge must not be sent. The
// next Commit tries to write them, too.
func (d *Live4) Commit() error {
	if len(d.staged) == 0 {
		return nil
	}
	if err := d.journal.write(d.staged, d.sync); err != nil {
		return err
	}
	d.staged = d.staged[:0]
	return nil
}

// Close closes the lease file.
func (d *Live4) Close() error {
	if d.journal == nil {
		return nil
	}
	return errors.Join(d.Commit(), d.journal.Close())
}

// NextEnded returns a lease that has ended by a time, in seconds since 1970, and
// was not taken back yet; the one that ended first. It stays where it is:
// whoever takes it back puts or deletes it.
func (d *Live4) NextEnded(now int64) (lease.Lease4, bool) {
	for len(d.ends) > 0 && int64(d.ends[0].at) <= now {
		next := d.ends[0]
		l, ok := d.leases.Get(next.address())
		if ok && pending(&l) && endOf(&l) == next && l.Expire() <= now {
			return l, true
		}
		heap.Pop(&d.ends) // it was renewed, or is gone
	}
	return lease.Lease4{}, false
}

// pending reports whether the end of a lease still matters.
func pending(l *lease.Lease4) bool {
	return l.Valid != lease.Infinite && l.State != lease.Reclaimed
}

// enter puts a lease into the indexes; it may be there already.
func (d *Live4) enter(l *lease.Lease4) {
	d.index(l)
	if !pending(l) {
		return
	}
	// heap.Push would make a copy on the heap of the other kind.
	d.ends = append(d.ends, endOf(l))
	heap.Fix(&d.ends, len(d.ends)-1)
	// Renewals leave their old ends behind.
	if len(d.ends) > 2*d.leases.Len()+1024 {
		d.gatherEnds()
	}
}

func (d *Live4) index(l *lease.Lease4) {
	d.byClient.add(l.ClientID, l.Address)
	d.byHWAddr.add(l.HWAddr, l.Address)
}

// count counts a lease, or with -1 no longer.
func (d *Live4) count(l *lease.Lease4, n int) {
	c := Count{l.SubnetID, l.State}
	if d.counts[c] += n; d.counts[c] == 0 {
		delete(d.counts, c)
	}
	if l.PoolID == 0 {
		return
	}
	if d.pools[c] == nil {
		d.pools[c] = map[uint32]int{}
	}
	if d.pools[c][l.PoolID] += n; d.pools[c][l.PoolID] == 0 {
		delete(d.pools[c], l.PoolID)
	}
}

// gatherEnds finds all ends anew.
func (d *Live4) gatherEnds() {
	count := 0
	for l := range d.leases.Unordered() {
		if pending(l) {
			count++
		}
	}
	if count > cap(d.ends) {
		d.ends = make(endHeap, 0, count)
	}
	d.ends = d.ends[:0]
	for l := range d.leases.Unordered() {
		if pending(l) {
			d.ends = append(d.ends, endOf(l))
		}
	}
	heap.Init(&d.ends)
}

// leave takes a lease out of the indexes, but for what its successor has too, and
// counts the successor in its place.
func (d *Live4) leave(old, successor *lease.Lease4) {
	if successor == nil || !bytes.Equal(old.ClientID, successor.ClientID) {
		d.byClient.remove(old.ClientID, old.Address)
	}
	if successor == nil || !bytes.Equal(old.HWAddr, successor.HWAddr) {
		d.byHWAddr.remove(old.HWAddr, old.Address)
	}
	if successor != nil && old.SubnetID == successor.SubnetID && old.State == successor.State && old.PoolID == successor.PoolID {
		return
	}
	d.count(old, -1)
	if successor != nil {
		d.count(successor, 1)
	}
}

// write adds rows to the end of the file. When that fails the file is cut to what
// it was.
func (j *journal[L]) write(rows []byte, sync bool) error {
	if j.broken != nil {
		return j.broken
	}
	_, err := j.file.WriteAt(rows, j.size)
	if err == nil && sync {
		err = j.file.Sync()
	}
	if err != nil {
		err = fmt.Errorf("lease file %s: %w", filepath.Base(j.file.Name()), err)
		if cutErr := j.file.Truncate(j.size); cutErr != nil {
			j.broken = errors.Join(err, cutErr)
			return j.broken
		}
		return err
	}
	j.size += int64(len(rows))
	return nil
}

// end is when a lease ends, in seconds since 1970; later than in 2106 is then.
type end struct {
	at   uint32
	addr [4]byte
}

func endOf(l *lease.Lease4) end {
	return end{at: uint32(max(0, min(l.Expire(), math.MaxUint32))), addr: l.Address.As4()}
}

func (e end) address() netip.Addr { return netip.AddrFrom4(e.addr) }

// endHeap has the lease that ends first at its top (container/heap).
type endHeap []end

func (h endHeap) Len() int           { return len(h) }
func (h endHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h endHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *endHeap) Push(x any)        { *h = append(*h, x.(end)) }
func (h *endHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// index4 finds addresses by an identifier. It keeps a hash of the identifier and
// not the identifier itself: whoever asks has to look at the lease.
type index4 struct {
	seed  maphash.Seed
	slots []slot4
	count int // used slots
}

// slot4 is a pair of a hash and an address; the address 0.0.0.0 is an empty slot.
type slot4 struct{ hash, address uint32 }

func newIndex4() index4 { return index4{seed: maphash.MakeSeed(), slots: make([]slot4, 16)} }

func (x *index4) hash(id []byte) uint32 { return uint32(maphash.Bytes(x.seed, id)) }

func number(a netip.Addr) uint32 {
	four := a.As4()
	return binary.BigEndian.Uint32(four[:])
}

func (x *index4) find(id []byte, f func(netip.Addr) bool) {
	hash, mask := x.hash(id), uint32(len(x.slots)-1)
	for i := hash & mask; x.slots[i].address != 0; i = (i + 1) & mask {
		if x.slots[i].hash == hash {
			var four [4]byte
			binary.BigEndian.PutUint32(four[:], x.slots[i].address)
			if !f(netip.AddrFrom4(four)) {
				return
			}
		}
	}
}

// room makes room for so many identifiers.
func (x *index4) room(n int) {
	size := len(x.slots)
	for 3*(n+1) > 2*size {
		size *= 2
	}
	x.resize(size)
}

func (x *index4) resize(size int) {
	if size == len(x.slots) {
		return
	}
	old := x.slots
	x.slots = make([]slot4, size)
	// Those of one identifier stay in their order: what is found first is what a client
	// with several leases is known by. So no row of slots is begun in its middle.
	first := 0
	for first < len(old) && old[first].address != 0 {
		first++
	}
	for i := range old {
		if s := old[(first+i)%len(old)]; s.address != 0 {
			x.place(s)
		}
	}
}

func (x *index4) add(id []byte, a netip.Addr) {
	if len(id) == 0 {
		return
	}
	if 3*(x.count+1) > 2*len(x.slots) {
		x.resize(2 * len(x.slots))
	}
	if x.place(slot4{x.hash(id), number(a)}) {
		x.count++
	}
}

// place puts a pair into a free slot, and reports whether it was not there.
func (x *index4) place(s slot4) bool {
	mask := uint32(len(x.slots) - 1)
	i := s.hash & mask
	for ; x.slots[i].address != 0; i = (i + 1) & mask {
		if x.slots[i] == s {
			return false
		}
	}
	x.slots[i] = s
	return true
}

func (x *index4) remove(id []byte, a netip.Addr) {
	if len(id) == 0 {
		return
	}
	want, mask := slot4{x.hash(id), number(a)}, uint32(len(x.slots)-1)
	hole := want.hash & mask
	for ; x.slots[hole] != want; hole = (hole + 1) & mask {
		if x.slots[hole].address == 0 {
			return
		}
	}
	x.count--
	// What stands behind moves up, so that no search ends too early.
	for i := (hole + 1) & mask; ; i = (i + 1) & mask {
		s := x.slots[i]
		if s.address == 0 {
			x.slots[hole] = slot4{}
			return
		}
		if (i-s.hash)&mask >= (i-hole)&mask {
			x.slots[hole] = s
			hole = i
		}
	}
}
