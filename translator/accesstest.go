package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// accessTest says for which clients a flag such as unknown-clients is on.
type accessTest struct {
	constant bool // the same for all: on says which
	on       bool
	test     string // otherwise: whom it is on for
}

// override puts a later statement over what holds so far: clients that pass the
// test get its value.
func (a accessTest) override(test string, on bool) accessTest {
	if a.constant && a.on == on {
		return a
	}
	switch {
	case on && a.constant:
		return accessTest{test: test}
	case on:
		return accessTest{test: anyTest([]string{test, a.test})}
	case a.constant:
		return accessTest{test: negate(test)}
	}
	return accessTest{test: all([]string{negate(test), a.test})}
}

// either adds clients for whom it does not matter.
func (a accessTest) either(test string) accessTest { return a.override(test, true) }

// flagAt executes what scopes set a flag to: a chain of scopes with their
// conditions, the outermost first, then the classes, the first of which wins.
// A value that is computed for each packet counts as off.
func (t *translation) flagAt(name string, chain model.Chain, classes bool) accessTest {
	a := accessTest{constant: true, on: true}
	for _, s := range slices.Backward(chain) {
		if st := s.Setting(name); st != nil {
			on, ok := model.Truth(st)
			a = accessTest{constant: true, on: on && ok}
		}
		for _, b := range slices.Backward(t.branchesIn[s]) {
			if st := b.scope.Setting(name); st != nil {
				on, ok := model.Truth(st)
				a = a.override(b.test, on && ok)
			}
		}
	}
	if !classes {
		return a
	}
	for _, f := range slices.Backward(t.classFlags(name)) {
		a = a.override(f.test, f.on)
	}
	return a
}

// classFlag is a flag that a class sets, the first of which wins.
type classFlag struct {
	test string
	on   bool
}

// classFlags returns the flags of the classes that could be translated.
func (t *translation) classFlags(name string) []classFlag {
	var list []classFlag
	for _, k := range t.fileClasses {
		if !k.translated {
			continue
		}
		for _, part := range k.parts {
			if name == "boot-unknown-clients" {
				list = append(list, t.unknownBranches[part.name]...)
			}
			if st := part.scope.Setting(name); st != nil {
				on, ok := model.Truth(st)
				test := "member('" + part.name + "')"
				if k.reserved {
					test = isKnown + " and " + test
				}
				list = append(list, classFlag{test, on && ok})
			}
		}
	}
	return list
}

// unknownInClass keeps what a condition in a class says about unknown clients, for
// the guards of pools.
func (t *translation) unknownInClass(part classPart, b branch) {
	st := b.scope.Setting("boot-unknown-clients")
	if st == nil || t.v6() {
		return
	}
	on, ok := model.Truth(st)
	if t.unknownBranches == nil {
		t.unknownBranches = map[string][]classFlag{}
	}
	t.unknownBranches[part.name] = append(t.unknownBranches[part.name], classFlag{b.test, on && ok})
	t.markAccess(b)
}

// markAccess gives the verdict on flags in the branches of a scope that the
// guards of its pools take into account.
func (t *translation) markAccess(branches ...branch) {
	for _, b := range branches {
		for _, st := range b.scope.Own {
			name := model.SettingName(st)
			if name != "boot-unknown-clients" && name != "allow-booting" || t.ledger.verdicts[st.ID()] != Unset {
				continue
			}
			t.ledger.add(st, Finding{
				Code: "condition-access", Severity: S1, Verdict: Translated, Fields: []string{"answered"}, Clients: "clients that take this branch",
				Message: "the condition decides who gets an address here, so it stands in the guards of the pools.",
			}, "")
		}
	}
}

// dropHere refuses clients with a reserved address who take a branch with "deny
// booting" inside a network: the guards of pools are not asked for them.
func (t *translation) dropHere(b branch, st dhcpdconf.Statement, n *model.Network, s *model.Subnet) {
	reserved := func(s *model.Subnet) bool { k := t.subnetOf[s]; return k != nil && len(k.Reservations) > 0 }
	if s != nil && !reserved(s) || s == nil && !slices.ContainsFunc(n.Subnets, reserved) {
		return
	}
	l := t.at(n)
	scope := n.Scope
	if s != nil {
		scope = s.Scope
	}
	if s != nil && len(n.Subnets) > 1 {
		t.ledger.add(st, Finding{
			Code: "condition-access", Severity: S2, Verdict: Approximated, Fields: []string{"answered"},
			Clients: "hosts with an address in this subnet that take the branch", Audience: Audience{Scopes: []*model.Scope{scope}},
			Message: "hosts get their addresses although they take this branch, because the guards of pools are not asked for them, and a class cannot tell the subnets of a shared network apart.",
			Remedy:  "write \"deny booting\" into the hosts themselves",
		}, t.pointers.subnet[s])
		return
	}
	test := b.test
	if l.test != "" {
		test = all([]string{l.test, test})
	}
	t.dropTests = append(t.dropTests, test)
	if l.relayed {
		t.ledger.add(st, Finding{
			Code: "condition-access", Severity: S2, Verdict: Approximated, Fields: []string{"answered"},
			Clients: "hosts with an address here that reach the server without a relay agent", Audience: Audience{Scopes: []*model.Scope{scope}, From: Direct},
			Message: "hosts that take this branch are refused by a class with a test on the address of the relay agent, because the guards of pools are not asked for them. Without a relay they get their address.",
			Remedy:  "if the network is on an interface of the server, write \"interface NAME;\" into its subnet and convert again",
		}, "")
	}
}

var accessTestCodes = []CodeInfo{
	{"condition-access", S1, "A condition that decides who is served",
		"A condition inside a network, subnet or pool says \"deny booting\" or \"deny unknown-clients\", or allows what a scope around it denies. It became a part of the guards of the pools. Guards are not asked for reserved addresses; for them the class DROP has a test on the relay agent in addition."},
}
