package storetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// A Place is one place for leases, empty at first.
type Place[L lease.Lease] struct {
	Version keaversion.Version
	Open    func(context.Context) (store.Store[L], error)
	Create  func(ctx context.Context, replace bool) (store.Bulk[L], error)
	// Alone says that nobody may fill the place while a Store of it is open.
	Alone bool
	// Check, if given, looks at what else has to be right when the place has
	// these leases, such as statistics.
	Check func(t *testing.T, leases []L)
}

// Run4 tests places for leases of DHCPv4. empty makes one.
func Run4(t *testing.T, empty func(*testing.T) Place[lease.Lease4]) {
	run(t, empty, protocol[lease.Lease4]{
		random:  random4,
		address: func(l *lease.Lease4) netip.Addr { return l.Address },
		terms:   func(l *lease.Lease4) *lease.Terms { return &l.Terms },
		row:     func(l *lease.Lease4) []byte { return lease.Append4(nil, l, keaversion.V3_0) },
		absent:  netip.MustParseAddr("192.0.2.1"),
	})
}

// Run6 is Run4 for DHCPv6.
func Run6(t *testing.T, empty func(*testing.T) Place[lease.Lease6]) {
	run(t, empty, protocol[lease.Lease6]{
		random:  random6,
		address: func(l *lease.Lease6) netip.Addr { return l.Address },
		terms:   func(l *lease.Lease6) *lease.Terms { return &l.Terms },
		row:     func(l *lease.Lease6) []byte { return lease.Append6(nil, l, keaversion.V3_0) },
		absent:  netip.MustParseAddr("3fff::1"),
	})
}

type protocol[L lease.Lease] struct {
	random  func(*rand.Rand, keaversion.Version) L
	address func(*L) netip.Addr
	terms   func(*L) *lease.Terms
	row     func(*L) []byte
	absent  netip.Addr
}

// tester holds a place against a map.
type tester[L lease.Lease] struct {
	protocol[L]
	Place[L]
	rand  *rand.Rand
	model map[netip.Addr]L
}

func run[L lease.Lease](t *testing.T, empty func(*testing.T) Place[L], p protocol[L]) {
	begin := func(t *testing.T, seed uint64) *tester[L] {
		return &tester[L]{protocol: p, Place: empty(t), rand: rand.New(rand.NewPCG(seed, 1)), model: map[netip.Addr]L{}}
	}
	t.Run("Bulk", func(t *testing.T) { begin(t, 1).bulk(t) })
	t.Run("Store", func(t *testing.T) { begin(t, 2).store(t) })
	t.Run("Mixed", func(t *testing.T) { begin(t, 3).mixed(t) })
}

// bulk goes through what an import meets.
func (x *tester[L]) bulk(t *testing.T) {
	many := x.leases(9000) // which some places take by another way than few
	x.giveUp(t, many)
	x.fill(t, "many into an empty place", false, many)
	x.fill(t, "many again", false, many)
	x.fill(t, "nothing in place of many", true, nil)

	first := x.leases(2000)
	x.fill(t, "into an empty place", false, first)
	x.fill(t, "again", false, first)
	later := slices.Clone(first[:1500])
	for i := range later {
		x.terms(&later[i]).CLTT++
	}
	x.fill(t, "later ones", false, x.distinct(append(later, x.leases(20)...)))
	x.fill(t, "older ones", false, first)
	x.fill(t, "older ones, replacing", true, first[:1000])
	x.fill(t, "nothing", false, nil)
	x.fill(t, "replacing by nothing", true, nil)

	x.giveUp(t, first[:1])
	b, err := x.Create(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(t.Context(), &first[0]); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit with a context that has ended: %v", err)
	}
	x.verify(t, "after a Commit that was called off")
}

// giveUp begins to import leases and does not end it.
func (x *tester[L]) giveUp(t *testing.T, leases []L) {
	t.Helper()
	b, err := x.Create(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range leases {
		if err := b.Add(t.Context(), &leases[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Abort(); err != nil {
		t.Error(err)
	}
	if _, err := b.Commit(t.Context()); err == nil {
		t.Error("Commit after Abort went through")
	}
	x.verify(t, "after an abort")
}

// store goes through what a server does.
func (x *tester[L]) store(t *testing.T) {
	s := x.open(t)
	leases := x.leases(5000) // two pages
	x.apply(t, s, puts(leases))
	x.verify(t, "many put")
	if _, err := s.Get(t.Context(), x.absent); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an address without a lease: %v", err)
	}
	n := 0
	for _, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 5 {
			break
		}
	}
	same := leases[0]
	other := same
	x.terms(&other).Hostname = "another."
	x.apply(t, s, []store.Change[L]{{Lease: same}, {Lease: same, Delete: true}, {Lease: other}})
	x.apply(t, s, []store.Change[L]{{Lease: leases[1], Delete: true}, {Lease: leases[1], Delete: true}})
	x.apply(t, s, nil)
	x.verify(t, "one address several times")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Apply(ctx, puts(leases[:3])); !errors.Is(err, context.Canceled) {
		t.Errorf("Apply with a context that has ended: %v", err)
	}
	x.verify(t, "after a change that was called off")
}

// mixed does things in no order.
func (x *tester[L]) mixed(t *testing.T) {
	s := x.open(t)
	for range 25 {
		switch x.rand.IntN(5) {
		case 0:
			if x.Alone {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			x.fill(t, "mixed", x.rand.IntN(3) == 0, x.leases(x.rand.IntN(700)))
			if x.Alone {
				s = x.open(t)
			}
		default:
			changes := puts(x.leases(x.rand.IntN(50)))
			for i := range changes {
				changes[i].Delete = x.rand.IntN(3) == 0
			}
			x.apply(t, s, changes)
		}
		l := x.random(x.rand, x.Version)
		got, err := s.Get(t.Context(), x.address(&l))
		want, there := x.model[x.address(&l)]
		switch {
		case !there && !errors.Is(err, store.ErrNotFound):
			t.Fatalf("%v: %v, want none", x.address(&l), err)
		case there && err != nil:
			t.Fatalf("%v: %v", x.address(&l), err)
		case there && !bytes.Equal(x.row(&got), x.row(&want)):
			t.Fatalf("got  %swant %s", x.row(&got), x.row(&want))
		}
	}
	x.verify(t, "mixed")
}

func (x *tester[L]) open(t *testing.T) store.Store[L] {
	t.Helper()
	s, err := x.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// leases makes n leases with different addresses.
func (x *tester[L]) leases(n int) []L {
	var leases []L
	for len(leases) < n {
		for len(leases) < n {
			leases = append(leases, x.random(x.rand, x.Version))
		}
		leases = x.distinct(leases)
	}
	return leases
}

// distinct leaves out the leases whose address an earlier one has.
func (x *tester[L]) distinct(leases []L) []L {
	seen := map[netip.Addr]bool{}
	return slices.DeleteFunc(leases, func(l L) bool {
		a := x.address(&l)
		defer func() { seen[a] = true }()
		return seen[a]
	})
}

func puts[L lease.Lease](leases []L) []store.Change[L] {
	changes := make([]store.Change[L], len(leases))
	for i, l := range leases {
		changes[i].Lease = l
	}
	return changes
}

func (x *tester[L]) apply(t *testing.T, s store.Store[L], changes []store.Change[L]) {
	t.Helper()
	if err := s.Apply(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		if a := x.address(&changes[i].Lease); changes[i].Delete {
			delete(x.model, a)
		} else {
			x.model[a] = changes[i].Lease
		}
	}
}

// fill imports leases and expects what the map says.
func (x *tester[L]) fill(t *testing.T, what string, replace bool, leases []L) {
	t.Helper()
	b, err := x.Create(t.Context(), replace)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for i := range leases {
		if err := b.Add(t.Context(), &leases[i]); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	given := map[netip.Addr]L{}
	for i := range leases {
		given[x.address(&leases[i])] = leases[i]
	}
	outcome, newer := x.expect(given, replace)
	got, err := b.Commit(t.Context())
	var e *store.NewerError
	switch {
	case newer != nil && (!errors.As(err, &e) || e.Count != newer.Count || !x.isNewer(e, given)):
		t.Fatalf("%s: error %v, want %v", what, err, newer)
	case newer == nil && err != nil:
		t.Fatalf("%s: %v", what, err)
	case newer == nil && got != outcome:
		t.Errorf("%s: outcome %+v, want %+v", what, got, outcome)
	}
	if newer == nil {
		if replace {
			clear(x.model)
		}
		maps.Copy(x.model, given)
	}
	x.verify(t, what)
}

// isNewer reports whether what a NewerError says of its first lease is so.
func (x *tester[L]) isNewer(e *store.NewerError, given map[netip.Addr]L) bool {
	old, there := x.model[e.Address]
	l, wanted := given[e.Address]
	return there && wanted && x.terms(&old).CLTT == e.Have && x.terms(&l).CLTT == e.Given && e.Have > e.Given
}

// expect says what an import does to the map.
func (x *tester[L]) expect(given map[netip.Addr]L, replace bool) (o store.Outcome, newer *store.NewerError) {
	for a, l := range given {
		old, there := x.model[a]
		switch {
		case !there:
			o.Added++
		case bytes.Equal(x.row(&old), x.row(&l)):
			o.Unchanged++
		default:
			o.Replaced++
			if x.terms(&old).CLTT > x.terms(&l).CLTT && !replace {
				if newer == nil {
					newer = &store.NewerError{Address: a, Have: x.terms(&old).CLTT, Given: x.terms(&l).CLTT}
				}
				newer.Count++
			}
		}
	}
	if rest := len(x.model) - o.Unchanged - o.Replaced; replace {
		o.Removed = rest
	} else {
		o.Kept = rest
	}
	return o, newer
}

// verify compares the place with the map.
func (x *tester[L]) verify(t *testing.T, what string) {
	t.Helper()
	s, err := x.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := slices.SortedFunc(maps.Keys(x.model), netip.Addr.Compare)
	var all []L
	for l, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(all) >= len(want) {
			t.Fatalf("%s: more than %d leases: %s", what, len(want), x.row(&l))
		}
		if m := x.model[want[len(all)]]; !bytes.Equal(x.row(&l), x.row(&m)) {
			t.Fatalf("%s: lease %d is\n%swant\n%s", what, len(all), x.row(&l), x.row(&m))
		}
		all = append(all, l)
	}
	if len(all) != len(want) {
		t.Fatalf("%s: %d leases, want %d", what, len(all), len(want))
	}
	if x.Check != nil {
		x.Check(t, all)
	}
}
