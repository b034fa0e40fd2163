package translator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Kea takes the lifetimes of a lease from the first class of the client that has
// some, else from the subnet. Pools and conditions of a subnet have none, hosts
// only by their classes, and what a class sets is not joined with what the subnet
// sets. Where that differs from what dhcpd gives, classes that hold nothing but
// lifetimes are made, in dhcpd's order: each is for the clients of a place (see
// [location]) that fulfil a condition. Kea has to evaluate them after it has
// found the reservation, whose classes come first then.

// lifetimeRank is the place in the order of precedence.
type lifetimeRank uint8

const (
	rankHost lifetimeRank = iota
	rankClass
	rankPoolCondition
	rankPool
	rankSubnetCondition
	rankNetworkCondition
	rankReserved // the subnet's own, for reservations where the pools' were hoisted
	rankGlobalCondition
)

// lifetimeEntry is the lifetimes of some clients.
type lifetimeEntry struct {
	rank  lifetimeRank
	name  string
	where string // test of the place; "" is everywhere
	who   string // test of the client; "" is everybody
	// order among those of one rank; a class's entry for everywhere comes last.
	order     int
	general   bool
	lifetimes keaconf.Lifetimes
}

// settled is true for every client, once Kea has looked for its reservation.
const settled = "(" + isKnown + " or " + isUnknown + ")"

// lifetimeClasses writes the lifetimes that classes of their own must hold.
func (t *translation) lifetimeClasses() {
	t.joinedLifetimes()
	t.classesInPlaces()
	t.fixedClasses()
	if len(t.lifetimeEntries) == 0 && !t.hostsBeforeClasses() {
		return
	}
	// All lifetimes of classes move, so that they keep their order.
	t.moveLifetimes()
	slices.SortStableFunc(t.lifetimeEntries, func(a, b lifetimeEntry) int {
		last := map[bool]int{true: 1}
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.order, b.order), cmp.Compare(last[a.general], last[b.general]))
	})
	names := map[string]bool{}
	for _, c := range t.classes {
		names[c.Name] = true
	}
	for _, e := range joinPlaces(t.lifetimeEntries) {
		tests := []string{settled}
		for _, test := range []string{e.where, e.who} {
			if test != "" {
				tests = append(tests, "("+test+")")
			}
		}
		t.classes = append(t.classes, keaconf.ClientClass{
			Name: uniqueName(e.name+"-lifetime", names), Test: strings.Join(tests, " and "), Lifetimes: e.lifetimes,
		})
	}
}

// joinPlaces makes one entry of neighbours that differ in their places only.
func joinPlaces(entries []lifetimeEntry) []lifetimeEntry {
	var joined []lifetimeEntry
	places := map[string][]string{}
	at := map[string]int{}
	for _, e := range entries {
		key := fmt.Sprint(e.rank, "\x00", e.name, "\x00", e.who, "\x00", e.general, "\x00", lifetimeText(e.lifetimes))
		if i, ok := at[key]; ok && e.where != "" && joined[i].where != "" {
			if !slices.Contains(places[key], e.where) {
				places[key] = append(places[key], e.where)
				joined[i].where = anyTest(places[key])
			}
			continue
		}
		at[key] = len(joined)
		places[key] = []string{e.where}
		joined = append(joined, e)
	}
	return joined
}

func lifetimeText(l keaconf.Lifetimes) string {
	var text []string
	for _, n := range []*uint32{l.MinValidLifetime, l.ValidLifetime, l.MaxValidLifetime, l.MinPreferredLifetime, l.PreferredLifetime, l.MaxPreferredLifetime} {
		if n == nil {
			text = append(text, "-")
		} else {
			text = append(text, fmt.Sprint(*n))
		}
	}
	return strings.Join(text, " ")
}

// hostsBeforeClasses reports whether hosts and classes have lifetimes: dhcpd
// prefers those of the host, but a class that Kea tests early comes before the
// classes of a reservation.
func (t *translation) hostsBeforeClasses() bool {
	hosts, tested := false, false
	for _, c := range t.classes {
		if c.ValidLifetime == nil {
			continue
		}
		hosts = hosts || c.Test == "" && strings.HasPrefix(c.Name, hostLifetimePrefix) || t.hostBranches[c.Name]
		tested = tested || t.classScope(c.Name) != nil
	}
	return hosts && tested
}

// classScope returns the scopes that became a class or a global condition, the
// global scope left aside; nil for other classes.
func (t *translation) classScope(name string) model.Chain {
	if t.scopesOfClass == nil {
		t.scopesOfClass = map[string]model.Chain{}
		global := model.Chain{t.conf.Global}
		for _, k := range t.fileClasses {
			for _, part := range k.parts {
				t.scopesOfClass[part.name] = model.ChainOf(part.scope).Until(global)
			}
		}
		for name, chain := range t.classBranches {
			t.scopesOfClass[name] = chain
		}
		for name, scope := range t.globalBranches {
			t.scopesOfClass[name] = model.Chain{scope}
		}
	}
	return t.scopesOfClass[name]
}

// moveLifetimes takes the lifetimes out of the classes of the file and out of
// conditions of the global scope.
func (t *translation) moveLifetimes() {
	t.classes = slices.DeleteFunc(t.classes, func(c keaconf.ClientClass) bool {
		if !strings.HasPrefix(c.Name, hostLifetimePrefix) || !strings.HasSuffix(c.Name, hostSubnetSuffix) {
			return false
		}
		t.lifetimeEntries = append(t.lifetimeEntries, lifetimeEntry{
			rank: rankReserved, name: strings.TrimSuffix(c.Name, hostSubnetSuffix), who: c.Test, lifetimes: c.Lifetimes,
		})
		return true
	})
	for i := range t.classes {
		c := &t.classes[i]
		if c.ValidLifetime == nil || t.classScope(c.Name) == nil {
			continue
		}
		rank := rankClass
		if t.globalBranches[c.Name] != nil {
			rank = rankGlobalCondition
		}
		t.lifetimeEntries = append(t.lifetimeEntries, lifetimeEntry{
			rank: rank, order: i, name: c.Name, who: "member('" + c.Name + "')", general: true, lifetimes: c.Lifetimes,
		})
		c.Lifetimes = keaconf.Lifetimes{}
	}
}

// classesInPlaces finds what a class gives where a subnet or shared network sets
// lifetimes too: dhcpd joins the settings, of the class before those of the
// subnet, but a condition of the global scope comes after it.
func (t *translation) classesInPlaces() {
	for i := range t.classes {
		c := &t.classes[i]
		own := t.classScope(c.Name)
		if own == nil || c.ValidLifetime == nil {
			continue
		}
		t.classInPlaces(i, own)
	}
}

func (t *translation) classInPlaces(order int, own model.Chain) {
	c := &t.classes[order]
	e := lifetimeEntry{rank: rankClass, order: order, name: c.Name, who: "member('" + c.Name + "')"}
	if t.globalBranches[c.Name] != nil {
		e.rank = rankGlobalCondition
	}
	if l, ok := t.inPlaces(e, own, fmt.Sprintf("members of %q", c.Name)); ok {
		c.Lifetimes = l
	}
}

// inPlaces adds the entries for places where scopes give their clients other
// lifetimes than in most subnets, and returns those of most; false when no subnet
// serves anybody.
func (t *translation) inPlaces(e lifetimeEntry, own model.Chain, clients string) (keaconf.Lifetimes, bool) {
	global := model.Chain{t.conf.Global}
	late := e.rank == rankGlobalCondition
	type outcome struct {
		lifetimes keaconf.Lifetimes
		subnets   []*model.Subnet
	}
	var outcomes []outcome
	index := map[string]int{}
	for _, s := range t.conf.Subnets {
		k := t.subnetOf[s]
		if k == nil || len(k.Pools)+len(k.PDPools)+len(k.Reservations) == 0 {
			continue
		}
		inner := s.Chain().Until(global)
		if pool := t.hoisted[s]; pool != nil {
			inner = slices.Insert(slices.Clone(inner), 0, pool)
		}
		chain := slices.Concat(own.Until(inner), inner, global)
		if late {
			chain = slices.Concat(inner, own, global)
		}
		l := t.lifetimesOf(chain)
		text := lifetimeText(l)
		j, ok := index[text]
		if !ok {
			j = len(outcomes)
			index[text] = j
			outcomes = append(outcomes, outcome{lifetimes: l})
		}
		outcomes[j].subnets = append(outcomes[j].subnets, s)
	}
	if len(outcomes) == 0 {
		return keaconf.Lifetimes{}, false
	}
	most := 0
	for j, o := range outcomes {
		if len(o.subnets) > len(outcomes[most].subnets) {
			most = j
		}
	}
	st := settingIn(own, lifetimeSettings)
	if !late {
		t.inPools(e, own, st, clients)
	}
	for j, o := range outcomes {
		if j == most {
			continue
		}
		for _, s := range o.subnets {
			if where, ok := t.placeTest(s, st, clients); ok {
				e := e
				e.where, e.lifetimes = where, o.lifetimes
				t.lifetimeEntries = append(t.lifetimeEntries, e)
			}
		}
	}
	return outcomes[most].lifetimes, true
}

// inPools is inPlaces for pools with lifetimes of their own.
func (t *translation) inPools(e lifetimeEntry, own model.Chain, st dhcpdconf.Statement, clients string) {
	global := model.Chain{t.conf.Global}
	done := map[*model.Pool]bool{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if done[p.from] || !t.setsLifetimes(p.place) || t.hoisted[p.subnet] != nil {
			continue
		}
		done[p.from] = true
		l := t.lifetimesOf(slices.Concat(own.Until(p.chain()), p.chain().Until(global), global))
		if outside := t.lifetimesOf(slices.Concat(own.Until(p.outer), p.outer)); lifetimeText(l) == lifetimeText(outside) {
			continue
		}
		if where, ok := t.poolTest(p, st, clients, false); ok {
			e := e
			e.where, e.lifetimes = where, l
			t.lifetimeEntries = append(t.lifetimeEntries, e)
		}
	}
}

// lifetimesSet says which of lifetimeSettings a chain of scopes sets, as bits.
func (t *translation) lifetimesSet(own model.Chain) (set uint8) {
	for i, name := range lifetimeSettings {
		if t.v6() && (name == "max-lease-time" || name == "min-lease-time") || !t.v6() && name == "preferred-lifetime" {
			continue
		}
		if own.Setting(name) != nil {
			set |= 1 << i
		}
	}
	return set
}

// joinedLifetimes speaks for clients that get one setting from their host or
// class and another from a second class: Kea takes all from the first. The
// branches of one condition count as excluding each other.
func (t *translation) joinedLifetimes() {
	type source struct {
		set       uint8
		condition int          // the id of that of the global scope; -1: none
		inside    *model.Scope // the network, subnet or pool of a branch; nil: anywhere
	}
	var first []source
	for _, set := range t.hostSets {
		first = append(first, source{set, -1, nil})
	}
	next := func(s source, own model.Chain, name string) {
		var places []*model.Scope
		everywhere, some := false, false
		for _, other := range first {
			if s.set&^other.set == 0 || s.condition >= 0 && s.condition == other.condition || s.inside != nil && s.inside == other.inside {
				continue
			}
			some = true
			switch {
			case s.inside != nil:
				places = append(places, s.inside)
			case other.inside != nil:
				places = append(places, other.inside)
			default:
				everywhere = true
			}
		}
		if some {
			if everywhere {
				places = nil
			}
			slices.SortFunc(places, func(a, b *model.Scope) int { return cmp.Compare(a.Stmt.ID(), b.Stmt.ID()) })
			t.ledger.add(settingIn(own, lifetimeSettings), Finding{
				Code: "lifetime-joined", Severity: S2, Verdict: Approximated, Fields: lifetimeFields(t.v6()),
				Audience: Audience{Scopes: slices.Compact(places)},
				Clients:  fmt.Sprintf("members of %q that a host declaration, a condition or another class gives lifetimes too", name),
				Message:  "dhcpd takes each of default-, max- and min-lease-time from the innermost scope that sets it. Kea takes all from the first class, so what this class sets beyond the host or the class before it has no effect for their clients.",
				Remedy:   "set all of default-lease-time, max-lease-time and min-lease-time in each host and class that sets one of them",
			}, "")
		}
		if !slices.Contains(first, s) {
			first = append(first, s)
		}
	}
	for _, global := range []bool{false, true} {
		for _, c := range t.classes {
			own := t.classScope(c.Name)
			branch := t.globalBranches[c.Name]
			if own == nil || c.ValidLifetime == nil || global != (branch != nil) {
				continue
			}
			s := source{t.lifetimesSet(own), -1, nil}
			if branch != nil {
				s.condition = t.conditionAround(branch.Stmt)
			}
			next(s, own, c.Name)
		}
		if !global {
			for _, b := range t.branchLifetimes {
				next(source{t.lifetimesSet(model.Chain{b}), -1, b.Parent}, model.Chain{b}, b.Stmt.Keyword())
			}
		}
	}
}

// conditionAround returns the id of the condition of the global scope that a
// statement stands in.
func (t *translation) conditionAround(inner dhcpdconf.Statement) int {
	id := -1
	for _, st := range t.conf.Global.Own {
		if isCondition(st) && st.ID() <= inner.ID() {
			id = st.ID()
		}
	}
	return id
}

func settingIn(c model.Chain, names []string) dhcpdconf.Statement {
	for _, name := range names {
		if st := c.Setting(name); st != nil {
			return st
		}
	}
	return nil
}

// lifetimesOf returns the lifetimes of a chain of scopes as Kea writes them.
func (t *translation) lifetimesOf(chain model.Chain) keaconf.Lifetimes {
	var into keaconf.Lifetimes
	var l model.Lifetimes
	if t.v6() {
		l = chain.Lifetimes6()
	} else {
		l = chain.Lifetimes4()
	}
	into.MinValidLifetime, into.ValidLifetime, into.MaxValidLifetime = &l.Min, &l.Default, &l.Max
	if t.v6() {
		t.preferredLifetimes(place{own: chain}, l, &into)
	}
	return into
}

// placeTest returns the test for the clients of a subnet, and says for the
// statement which clients it misses; false when there is no such test.
func (t *translation) placeTest(s *model.Subnet, st dhcpdconf.Statement, clients string) (string, bool) {
	served := 0
	for _, other := range s.Network.Subnets {
		if t.subnetOf[other] != nil {
			served++
		}
	}
	if served > 1 {
		t.ledger.add(st, Finding{
			Code: "lifetime-place", Severity: S3, Verdict: Approximated, Fields: lifetimeFields(t.v6()),
			Clients: clients + fmt.Sprintf(" in %s", s.Prefix), Audience: Audience{Scopes: []*model.Scope{s.Scope}},
			Message: "dhcpd gives other lifetimes in this subnet than in the others of its shared network. Kea has no lifetimes for some clients of a subnet, and a class cannot tell the subnets of one link apart.",
			Remedy:  "give the subnets of the shared network the same lifetimes",
		}, t.pointers.subnet[s])
		return "", false
	}
	return t.networkTest(s.Network, st, clients), true
}

// networkTest returns the test for the clients on the link of a network, and
// says for the statement which clients it misses.
func (t *translation) networkTest(n *model.Network, st dhcpdconf.Statement, clients string) string {
	l := t.at(n)
	if l.relayed {
		name := n.Name
		if !n.Explicit() && len(n.Subnets) > 0 {
			name = n.Subnets[0].Prefix.String()
		}
		audience := Audience{From: Direct}
		for _, s := range n.Subnets {
			audience.Scopes = append(audience.Scopes, s.Scope)
		}
		t.ledger.add(st, Finding{
			Code: "lifetime-direct", Severity: S2, Verdict: Approximated, Fields: lifetimeFields(t.v6()),
			Clients:  fmt.Sprintf("%s in %s that reach the server without a relay agent, if there are any", clients, name),
			Audience: audience,
			Message:  "a class with a test on the address of the relay agent gives the lifetimes, because Kea has none for pools and conditions. Clients on a link of the server itself have no relay, and the file does not say which interface the network is on; they get the subnet's lifetimes.",
			Remedy:   "if the network is on an interface of the server, write \"interface NAME;\" into its subnet and convert again",
		}, "")
	}
	return l.test
}

func lifetimeFields(v6 bool) []string {
	if v6 {
		return []string{"lease-time", "preferred-lifetime", "T1", "T2"}
	}
	return []string{"lease-time"}
}

var lifetimeClassCodes = []CodeInfo{
	{"lifetime-direct", S2, "Lifetimes that Kea finds by the relay agent",
		"Kea has lifetimes for subnets and for classes, none for pools, and none for some clients of a subnet. They became classes whose test looks at what Kea chooses the subnet by: the address of the relay agent, the link selection in its stead, or the client's own address when it renews. A client on a link of the server itself has nothing of this in its first messages, only the interface, which the test names when the file ties the network to one (\"interface NAME;\")."},
	{"lifetime-joined", S2, "Lifetimes from several classes",
		"dhcpd looks for default-lease-time, max-lease-time and min-lease-time one by one, each in the host, then the classes, then the pool and the subnet. Kea takes all of them from the first class of the client that has lifetimes. The settings of subnets and pools are joined with those of each class in the result, but not those of two classes, or of a host and a class, where each sets something that the other does not."},
	{"lifetime-place", S3, "Lifetimes that differ within a shared network",
		"A class or condition gives other lifetimes in one subnet of a shared network than in another. Kea's classes can tell links apart by the relay agent, not the subnets of one link."},
}
