package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// fixedAddressClass is the class of reservations with an address in subnets
// whose pools have lifetimes: for dhcpd a fixed address belongs to no pool.
const fixedAddressClass = "fixed-address"

// poolLifetimes: Kea's pools have no lifetimes. Where all pools of a subnet
// agree, the subnet takes them over. Else a class gives them to the clients that
// can only get an address of this pool.
func (t *translation) poolLifetimes() {
	if !slices.ContainsFunc(t.poolPlaces, func(p poolPlace) bool { return t.setsLifetimes(p.place) }) {
		return
	}
	pools := map[*keaconf.Subnet][]*poolPlace{}
	var order []*keaconf.Subnet
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if pools[p.in] == nil {
			order = append(order, p.in)
		}
		pools[p.in] = append(pools[p.in], p)
	}
	done := map[*model.Pool]bool{}
	for _, k := range order {
		list := pools[k]
		if !slices.ContainsFunc(list, func(p *poolPlace) bool { return t.setsLifetimes(p.place) }) {
			continue
		}
		first := t.lifetimesAt(list[0].place)
		if !slices.ContainsFunc(list, func(p *poolPlace) bool { return !t.lifetimesAt(p.place).Same(first) }) {
			t.hoistLifetimes(list, k)
			continue
		}
		for _, p := range list {
			if done[p.from] || !t.setsLifetimes(p.place) {
				continue
			}
			done[p.from] = true
			t.poolLifetime(p)
		}
	}
}

// hoistLifetimes gives the lifetimes of all pools of a subnet to the subnet.
func (t *translation) hoistLifetimes(list []*poolPlace, k *keaconf.Subnet) {
	for _, p := range list {
		for _, st := range p.from.Scope.Own {
			if isLifetime(st) {
				t.ledger.add(st, Finding{
					Code: "pool-lifetime", Severity: S1, Verdict: Translated,
					Fields:  []string{"lease-time"},
					Message: "Kea's pools have no lifetimes; the subnet takes them over, since all its pools agree. Its reservations keep their own by a class.",
				}, p.pointer)
			}
		}
	}
	p := list[0].place
	t.hoisted[p.subnet] = list[0].from.Scope
	t.placeLifetimes(place{kind: atSubnet, pointer: t.pointers.subnet[p.subnet], own: p.own, outer: p.outer, subnet: p.subnet}, &k.Lifetimes, false)
}

// poolLifetime gives the lifetimes of a pool to those who get an address of it.
func (t *translation) poolLifetime(p *poolPlace) {
	var l keaconf.Lifetimes
	t.placeLifetimes(p.place, &l, false)
	st := settingIn(p.own, lifetimeSettings)
	test, ok := t.poolTest(p, st, "clients of this pool", false)
	if !ok {
		return
	}
	line, _ := p.from.Stmt.Span().Src.Position(p.from.Stmt.Span().Off)
	t.lifetimeEntries = append(t.lifetimeEntries, lifetimeEntry{
		rank: rankPool, name: fmt.Sprintf("pool-line-%d", line), where: test, lifetimes: l,
	})
	for _, st := range p.from.Scope.Own {
		if isLifetime(st) && !t.ledger.has(st, "pool-lifetime") {
			t.ledger.add(st, Finding{
				Code: "pool-lifetime", Severity: S1, Verdict: Translated,
				Fields:  []string{"lease-time"},
				Message: "Kea's pools have no lifetimes; a class gives them to the clients that the permits of the pool let in, and those of the other pools do not.",
			}, p.pointer)
		}
	}
}

// poolTest returns a test for the clients that get addresses of a pool, and says
// for the statement when it is not exact; false when the permits do not tell the
// pool from others. Pools with the same lifetimes count as others only if every
// is set.
func (t *translation) poolTest(p *poolPlace, st dhcpdconf.Statement, clients string, every bool) (string, bool) {
	own := t.guardsOf(p.from)
	tests := slices.Clone(own)
	var overlap []*model.Scope
	for _, q := range p.from.Network.Pools {
		if q == p.from || !t.gives(q) || !every && t.sameLifetimes(p, q) {
			continue
		}
		others := t.guardsOf(q)
		if t.disjoint(own, others) {
			continue
		}
		overlap = append(overlap, q.Scope)
		if slices.Equal(own, others) || len(others) == 0 && before(q, p.from) {
			t.ledger.add(st, Finding{
				Code: "pool-lifetime", Severity: S3, Verdict: Manual,
				Fields: lifetimeFields(t.v6()), Clients: clients,
				Message: "Kea's pools have no lifetimes, and the permits of the pools in this network let the same clients in, so that no class can tell who gets an address of which pool. The subnet's lifetime applies to all.",
				Remedy:  "give the pools the same lifetimes, or permits that exclude each other",
			}, p.pointer)
			return "", false
		}
		if before(q, p.from) { // dhcpd tries it first
			tests = append(tests, "not ("+all(others)+")")
		}
	}
	if len(overlap) > 0 {
		t.ledger.add(st, Finding{
			Code: "pool-lifetime", Severity: S2, Verdict: Approximated,
			Audience: Audience{Scopes: append(overlap, p.from.Scope), SeveralPools: true},
			Fields:   lifetimeFields(t.v6()), Clients: clients + " whom another pool of the network with other lifetimes lets in, too",
			Message: "Kea's pools have no lifetimes; a class gives them to the clients that the permits let in. Those that several pools let in get the lifetimes of the pool that is written first, whichever pool their address is from.",
			Remedy:  "give the pools permits that exclude each other",
		}, p.pointer)
	}
	if where := t.networkTest(p.from.Network, st, clients); where != "" {
		tests = append([]string{where}, tests...)
	}
	if t.markFixed(p.from.Network) {
		tests = append(tests, "not member('"+fixedAddressClass+"')")
	}
	if len(tests) == 0 {
		return "", true
	}
	return all(tests), true
}

// markFixed puts the reservations with an address in a network into a class, and
// reports whether there are any.
func (t *translation) markFixed(n *model.Network) bool {
	if t.fixedMarked == nil {
		t.fixedMarked = map[*model.Network]bool{}
	}
	t.fixedMarked[n] = true
	for _, h := range t.conf.Hosts {
		if len(h.Fixed) > 0 {
			return true
		}
	}
	return false
}

// fixedClasses gives reservations their mark.
func (t *translation) fixedClasses() {
	if len(t.fixedMarked) == 0 {
		return
	}
	t.needClass(keaconf.ClientClass{Name: fixedAddressClass})
	for _, r := range t.hosts {
		if r.subnet == nil || !t.fixedMarked[r.subnet.Network] {
			continue
		}
		if res := t.reservation(r); res.IPAddress != "" || len(res.IPAddresses) > 0 {
			res.ClientClasses = append(res.ClientClasses, fixedAddressClass)
		}
	}
}

// before reports whether a pool is written before another of its network.
func before(p, q *model.Pool) bool {
	return slices.Index(p.Network.Pools, p) < slices.Index(p.Network.Pools, q)
}

// gives reports whether a pool became one of Kea's.
func (t *translation) gives(p *model.Pool) bool { return len(t.placesOf(p)) > 0 }

// placesOf returns what became of a pool.
func (t *translation) placesOf(p *model.Pool) []int {
	if t.poolIndex == nil {
		t.poolIndex = map[*model.Pool][]int{}
		for i := range t.poolPlaces {
			from := t.poolPlaces[i].from
			t.poolIndex[from] = append(t.poolIndex[from], i)
		}
	}
	return t.poolIndex[p]
}

// guardsOf returns the tests that the clients of a pool must all pass.
func (t *translation) guardsOf(p *model.Pool) []string {
	for _, i := range t.placesOf(p) {
		return t.guards[i]
	}
	return nil
}

func (t *translation) sameLifetimes(p *poolPlace, q *model.Pool) bool {
	for _, i := range t.placesOf(q) {
		other := t.poolPlaces[i].place
		if !t.lifetimesAt(p.place).Same(t.lifetimesAt(other)) || t.v6() && lifetimeText(t.lifetimesOf(p.chain())) != lifetimeText(t.lifetimesOf(other.chain())) {
			return false
		}
	}
	return true
}

// disjoint reports whether no client can pass all tests of both lists, as far as
// that can be seen: one demands what the other forbids.
func (t *translation) disjoint(a, b []string) bool {
	excludes := func(a, b []string) bool {
		for _, test := range a {
			if test == never {
				return true
			}
			alternatives := t.alternatives[test]
			if alternatives == nil {
				alternatives = []string{test}
			}
			if !slices.ContainsFunc(alternatives, func(one string) bool { return !slices.Contains(b, negate(one)) }) {
				return true
			}
		}
		return false
	}
	return excludes(a, b) || excludes(b, a)
}

// poolAt returns the pool of a place.
func (t *translation) poolAt(p place) *poolPlace {
	for i := range t.poolPlaces {
		if t.poolPlaces[i].pointer == p.pointer {
			return &t.poolPlaces[i]
		}
	}
	return nil
}

var poolLifetimeCodes = []CodeInfo{
	{"pool-lifetime", S3, "A lifetime in a pool",
		strings.Join([]string{
			"Kea's pools have no lifetimes. When all pools of a subnet give the same lifetimes, the subnet gets them, and its reservations, which in dhcpd belong to no pool, keep those of the subnet by a class.",
			"When the pools differ, a class gives the lifetimes to the clients that the permits of the pool let in.",
			"That is exact where the permits of the pools exclude each other, such as known and unknown clients, or members of a class and all others.",
			"Clients that several pools let in get the lifetimes of the pool that is written first. Pools with the same permits cannot be told apart.",
		}, " ")},
}
