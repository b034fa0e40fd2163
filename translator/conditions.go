package translator

import (
	"errors"
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// branch is one branch of an if statement on its way into Kea: the clients
// that take it, and what it sets. The branches of one scope exclude each other.
type branch struct {
	name  string
	test  string
	scope *model.Scope // its own statements, inside the scope that it stands in
}

// conditions turns the if statements of each scope into classes. dhcpd
// evaluates them in place: what a branch sets has the rank of the scope that it
// stands in, and a plain statement further down overrides it.
func (t *translation) conditions() {
	c := conditioner{translation: t, scopes: map[*model.Scope][]branch{}}
	for _, s := range t.conf.Scopes {
		c.scope(s)
	}
	c.hosts()
	if len(c.scopes) == 0 {
		return
	}
	t.branchesIn = c.scopes
	c.global()
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			c.inside(t.networkPlace(n), &k.OptionData, &k.ClassGuards)
		}
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			c.inside(t.subnetPlace(s), &k.OptionData, &k.ClassGuards)
		}
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if !p.pd {
			k := &p.in.Pools[p.index]
			c.inside(p.place, &k.OptionData, &k.ClassGuards)
		}
	}
	c.globalBootLast()
}

type conditioner struct {
	*translation
	scopes map[*model.Scope][]branch
}

// scope translates the if statements of one scope into branches; those of hosts
// and classes are done with them.
func (c *conditioner) scope(s *model.Scope) {
	if s.Kind == model.HostScope {
		return
	}
	if branches := c.branchesOf(s, ""); len(branches) > 0 {
		c.scopes[s] = branches
	}
}

// branchesOf returns the branches of all if statements of a scope whose clients
// fulfil the test outer ("": all clients), in order of precedence.
func (t *translation) branchesOf(s *model.Scope, outer string) []branch {
	var list []branch
	for _, st := range s.Own {
		if !isCondition(st) {
			continue
		}
		branches, err := t.branches(st, s, outer, 0)
		if err != nil {
			t.inexpressible(st, err)
			continue
		}
		// The last of several is executed last, so it wins.
		list = append(branches, list...)
	}
	return list
}

// conditionsOfClass returns the classes for the conditions inside a class, whose
// members pass the test. A class that stands in a subnet or group has what is set
// there wherever its members are, conditions too.
func (t *translation) conditionsOfClass(part classPart, members string) []keaconf.ClientClass {
	var list []keaconf.ClientClass
	if members == "" {
		return nil
	}
	chain := model.ChainOf(part.scope)
	for i, s := range chain.Until(model.Chain{t.conf.Global}) {
		if i > 0 && s.Kind == model.ClassScope {
			break // of a subclass: the class has them
		}
		for _, b := range t.branchesOf(s, members) {
			b.scope.Own = slices.DeleteFunc(b.scope.Own, func(st dhcpdconf.Statement) bool {
				return slices.ContainsFunc(chain[:i], func(inner *model.Scope) bool { return sameSetting(inner, st) != nil })
			})
			p := place{kind: atClass, pointer: t.root() + "/client-classes", own: model.Chain{b.scope}, outer: chain[i:], class: b.name, test: b.test}
			class := t.classOf(b, p)
			t.rest(b, true)
			t.unknownInClass(part, b)
			if holdsSomething(class) || t.optionPass.isVendorClass(class.Name) {
				t.classBranches[class.Name] = slices.Concat(p.own, p.outer).Until(model.Chain{t.conf.Global})
				list = append(list, class)
			}
		}
	}
	return list
}

// isCondition reports whether a statement is an if or a switch.
func isCondition(st dhcpdconf.Statement) bool {
	switch st.(type) {
	case *dhcpdconf.If, *dhcpdconf.Switch:
		return true
	}
	return false
}

// inexpressible speaks for a condition that Kea cannot test.
func (t *translation) inexpressible(st dhcpdconf.Statement, why error) {
	f := Finding{
		Code: "condition-inexpressible", Severity: S3,
		Fields:  t.addFields(nil, []dhcpdconf.Statement{st}),
		Clients: "clients that fulfil the condition, or that do not",
		Message: fmt.Sprintf("the condition has no exact counterpart in Kea %s: %s. Nothing of what it decides is in the result.", t.opts.Target, why),
		Remedy:  "write a client class by hand",
	}
	var cannot *inexpressible
	if errors.As(why, &cannot) {
		f.Span = cannot.at
	}
	t.laterWhole(st, f)
	chain, ok := st.(*dhcpdconf.If)
	for ok && chain.Next != nil {
		chain = chain.Next
		t.ledger.mark(chain, Manual)
		t.markInside(chain, Manual)
	}
}

// global writes the branches of the global scope: classes, whose options Kea
// ranks just above the global ones.
func (c *conditioner) global() {
	for _, b := range c.scopes[c.conf.Global] {
		p := place{kind: atClass, pointer: c.root() + "/client-classes", own: model.Chain{b.scope}, outer: model.Chain{c.conf.Global}, class: b.name, test: b.test}
		class := c.classOf(b, p)
		c.rest(b, true)
		c.markAccess(b)
		if holdsSomething(class) || c.optionPass.isVendorClass(class.Name) {
			c.branchClasses = append(c.branchClasses, class)
			c.globalBranches[class.Name] = b.scope
		}
	}
}

// classOf writes what a branch sets into a class.
func (t *translation) classOf(b branch, p place) keaconf.ClientClass {
	t.dropOverridden(b)
	class := keaconf.ClientClass{Name: b.name, Test: b.test}
	t.placeLifetimes(p, &class.Lifetimes, false)
	if !t.v6() {
		t.placeBootFields(p, &class.BootFields)
	}
	class.OptionData = t.optionsOf(p)
	return class
}

// holdsSomething reports whether members of a class get anything from it.
func holdsSomething(c keaconf.ClientClass) bool {
	return c.ValidLifetime != nil || c.NextServer != nil || c.ServerHostname != nil || c.BootFileName != nil || len(c.OptionData) > 0
}

// dropOverridden takes out of a branch what a plain statement of the same
// scope, further down, sets again.
func (t *translation) dropOverridden(b branch) {
	in := b.scope.Parent
	b.scope.Own = slices.DeleteFunc(b.scope.Own, func(st dhcpdconf.Statement) bool {
		later := sameSetting(in, st)
		if later == nil || later.ID() < st.ID() {
			return false
		}
		t.overridden(st)
		return true
	})
}

// sameSetting returns the last plain statement of a scope that sets what st
// sets, or nil.
func sameSetting(s *model.Scope, st dhcpdconf.Statement) dhcpdconf.Statement {
	if name := model.SettingName(st); name != "" {
		return s.Setting(name)
	}
	o, ok := st.(*dhcpdconf.OptionSet)
	if !ok {
		return nil
	}
	for _, other := range slices.Backward(s.Own) {
		if p, ok := other.(*dhcpdconf.OptionSet); ok && p.Option == o.Option {
			return p
		}
	}
	return nil
}

// inside writes the branches of a network, subnet or pool.
func (c *conditioner) inside(p place, data *[]keaconf.OptionData, guards *keaconf.ClassGuards) {
	var tagged []keaconf.OptionData
	plain := *guards
	if p.kind == atPool {
		// What a pool sets plainly is in a class, too; the branches come before it.
		guards.EvaluateAdditionalClasses, guards.RequireClientClasses = nil, nil
	}
	for _, s := range p.own {
		for _, b := range c.scopes[s] {
			tagged = append(tagged, c.insideBranch(b, s, p, data, guards)...)
		}
	}
	if p.kind == atPool {
		guards.EvaluateAdditionalClasses = append(guards.EvaluateAdditionalClasses, plain.EvaluateAdditionalClasses...)
		guards.RequireClientClasses = append(guards.RequireClientClasses, plain.RequireClientClasses...)
	}
	if len(tagged) > 0 {
		*data = slices.Concat(tagged, *data)
		c.shiftPlaces(map[string]int{p.pointer + "/option-data/": len(tagged)})
	}
}

func (c *conditioner) insideBranch(b branch, s *model.Scope, p place, data *[]keaconf.OptionData, guards *keaconf.ClassGuards) []keaconf.OptionData {
	t := c.translation
	at := place{kind: atClass, pointer: p.pointer, own: model.Chain{b.scope}, outer: p.chain(), subnet: p.subnet, test: b.test}
	class := c.classOf(b, at)
	if class.ValidLifetime != nil {
		t.lifetimeInside(b, s, p)
		class.Lifetimes = keaconf.Lifetimes{}
	}
	class.Name = c.nameFor(class)
	t.rest(b, len(c.subnetOf) == 1)
	if on, ok := model.Truth(b.scope.Setting("allow-booting")); ok && !on && len(c.subnetOf) > 1 {
		switch p.kind {
		case atNetwork:
			t.dropHere(b, b.scope.Setting("allow-booting"), t.networkAt(p), nil)
		case atSubnet:
			t.dropHere(b, b.scope.Setting("allow-booting"), p.subnet.Network, p.subnet)
		}
	}
	t.markAccess(b)
	var tagged []keaconf.OptionData
	boots := class.NextServer != nil || class.ServerHostname != nil || class.BootFileName != nil
	// One subnet has all clients, but a pool never has: not those with fixed addresses.
	additional := boots && (len(c.subnetOf) > 1 || p.kind == atPool)
	for _, o := range class.OptionData {
		if t.setFurtherIn(s, p, o) {
			continue
		}
		o.ClientClasses = []string{class.Name}
		tagged = append(tagged, o)
	}
	class.OptionData = nil
	if additional {
		if t.opts.Target >= keaversion.V3_0 {
			class.OnlyInAdditionalList = new(true)
			guards.EvaluateAdditionalClasses = append(guards.EvaluateAdditionalClasses, class.Name)
		} else {
			class.OnlyIfRequired = new(true)
			guards.RequireClientClasses = append(guards.RequireClientClasses, class.Name)
		}
	}
	known := slices.ContainsFunc(c.branchClasses, func(have keaconf.ClientClass) bool { return have.Name == class.Name })
	if !known && (len(tagged) > 0 || holdsSomething(class) || c.optionPass.isVendorClass(class.Name)) {
		c.branchClasses = append(c.branchClasses, class)
	}
	return tagged
}

// nameFor returns the class's name, or another when a branch that stands in a
// group became different classes in different subnets.
func (c *conditioner) nameFor(class keaconf.ClientClass) string {
	name := class.Name
	for i := 2; ; i++ {
		at := slices.IndexFunc(c.branchClasses, func(have keaconf.ClientClass) bool { return have.Name == name })
		if at < 0 || sameClass(c.branchClasses[at], class) {
			return name
		}
		name = fmt.Sprintf("%s-%d", class.Name, i)
	}
}

func sameClass(a, b keaconf.ClientClass) bool {
	same := func(a, b *uint32) bool { return a == b || a != nil && b != nil && *a == *b }
	return a.Test == b.Test && same(a.ValidLifetime, b.ValidLifetime) && same(a.MinValidLifetime, b.MinValidLifetime) &&
		same(a.MaxValidLifetime, b.MaxValidLifetime) && same(a.PreferredLifetime, b.PreferredLifetime)
}

// rest translates "deny booting" in a branch that concerns clients of all
// subnets; the parameters pass speaks for other parameters in conditions.
func (t *translation) rest(b branch, everywhere bool) {
	for _, st := range b.scope.Own {
		on, ok := model.Truth(st)
		if model.SettingName(st) != "allow-booting" || !ok || !everywhere {
			continue
		}
		if on {
			t.ledger.mark(st, Default)
			continue
		}
		t.dropTests = append(t.dropTests, b.test)
		t.ledger.add(st, Finding{
			Code: "booting", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
			Message: "clients that take this branch are in the class DROP, whose requests Kea does not answer.",
		}, t.root()+"/client-classes")
	}
}

// lifetimeInside gives the lifetimes of a branch inside a network, subnet or pool
// to the clients there. What an inner scope sets plainly wins over it.
func (t *translation) lifetimeInside(b branch, s *model.Scope, p place) {
	at := slices.Index(p.own, s)
	chain := slices.Concat(p.own[:at], model.Chain{b.scope}, p.own[at:], p.outer)
	if pool := t.hoisted[p.subnet]; pool != nil && p.kind == atSubnet {
		chain = slices.Insert(chain, 0, pool)
	}
	e := lifetimeEntry{name: b.name, who: b.test, lifetimes: t.lifetimesOf(chain)}
	t.branchLifetimes = append(t.branchLifetimes, b.scope)
	st := settingIn(model.Chain{b.scope}, lifetimeSettings)
	clients := "clients that take this branch"
	ok := true
	switch p.kind {
	case atNetwork:
		// Subnets of the network may set lifetimes themselves.
		n := t.networkAt(p)
		e.rank = rankNetworkCondition
		for i, sub := range n.Subnets {
			inner := sub.Chain().Until(chain)
			if l := t.lifetimesOf(slices.Concat(inner, chain)); i == 0 {
				e.lifetimes = l
			} else if lifetimeText(l) != lifetimeText(e.lifetimes) {
				_, ok = t.placeTest(sub, st, clients)
			}
		}
		if ok {
			e.where = t.networkTest(n, st, clients)
		}
	case atSubnet:
		e.rank = rankSubnetCondition
		e.where, ok = t.placeTest(p.subnet, st, clients)
	case atPool:
		e.rank = rankPoolCondition
		e.where, ok = t.poolTest(t.poolAt(p), st, clients, true)
	}
	if ok {
		t.lifetimeEntries = append(t.lifetimeEntries, e)
	}
}

// networkAt returns the shared network of a place.
func (t *translation) networkAt(p place) *model.Network {
	for n, pointer := range t.pointers.network {
		if pointer == p.pointer {
			return n
		}
	}
	return nil
}

// setFurtherIn reports whether a scope between a branch's scope and the place
// sets an option plainly: dhcpd executes it later, so it wins over the branch.
func (t *translation) setFurtherIn(s *model.Scope, p place, o keaconf.OptionData) bool {
	for _, inner := range p.own {
		if inner == s {
			return false
		}
		for _, st := range inner.Own {
			set, ok := st.(*dhcpdconf.OptionSet)
			if ok && set.Option != nil && t.optionPass.field(t.optionPass.key(set.Option)) == t.optionField(o) {
				return true
			}
		}
	}
	return false
}

var conditionCodes = []CodeInfo{
	{"address-read", S1, "Something goes by the address that the client asks for",
		"A condition or a value reads dhcp-requested-address. Kea tests the same, but a client that has no address yet asks for the one that it was offered, and of the free addresses of a pool Kea offers others than dhcpd does. So another client can be concerned."},
	{"field-taken-for-empty", S1, "The name of a file or server in the client's own message",
		"In expressions filename and server-name are those fields of the client's message. Kea's expressions have no counterpart. Servers write into these fields, and clients leave them empty, apart from BOOTP clients that ask for a certain file; so they are taken for empty, which makes a condition such as substring(filename, 0, 1) = null true."},
	{"condition-inexpressible", S3, "A condition that Kea cannot test",
		"dhcpd's expressions can do more than Kea's. This condition has no exact counterpart in the target version, and neither a weaker nor a stronger one was chosen: nothing that its branches set is in the result. Write client classes by hand."},
	{"condition-rank", S3, "A condition and a scope further in set the same boot field",
		"What a condition sets has the rank of the scope that it stands in, so that a subnet or pool further in wins in dhcpd. Conditions that set file names and servers become classes which Kea evaluates late, and the first class wins. From Kea 3.0 on those of pools come first, then those of subnets and networks, as in dhcpd, and the finding is about clients that ask for options only. Earlier versions evaluate them the other way round: the condition of a network wins over its subnets, and those of subnets, and at the top of the file, over pools."},
	{"condition-host", S3, "A host sets what its condition sets too",
		"A condition in a host became a class that asks for the host's reservation. In Kea what a reservation sets beats classes, before 3.0 its options too, so the plain setting of the host wins in all cases."},
}
