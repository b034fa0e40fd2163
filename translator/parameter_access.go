package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// accessParameters decide which clients are served at all. The functions below
// translate them, because they become guards of pools and classes of
// reservations and not keys.
var accessParameters = []parameter{
	{name: "boot-unknown-clients", only: only4, initial: "on", access: true, key: accessKey, lack: Finding{Severity: S3, Fields: []string{"answered"}}},
	{name: "allow-booting", only: only4, initial: "on", access: true, key: accessKey, lack: Finding{Severity: S3, Fields: []string{"answered"}}},
	{name: "allow-bootp", only: only4, initial: "on", access: true, key: accessKey, lack: Finding{Severity: S2, Fields: []string{"answered"}}},
}

// accessKey gives the verdict on a flag where nothing else is to be said;
// classAccess speaks for classes.
func accessKey(_ *translation, s setting) Verdict {
	if s.value.on {
		return Default
	}
	return Translated
}

// access translates the flags unknown-clients, booting and bootp. They have no
// meaning in DHCPv6 (asked of dhcpd 4.4.3-P1: it answers in spite of them).
func (t *translation) access() {
	if t.v6() {
		return
	}
	if t.setAnywhere("boot-unknown-clients") {
		t.unknownClients()
	}
	if t.setAnywhere("allow-booting") {
		t.booting()
	}
	t.bootp()
	t.classAccess()
}

// setAnywhere reports whether some scope sets a parameter.
func (t *translation) setAnywhere(name string) bool {
	for _, scope := range t.conf.Scopes {
		if scope.Setting(name) != nil {
			return true
		}
	}
	return false
}

// denied returns the statement that switches a flag off at a place, or nil. A
// value that is computed for each packet counts as off: what is not certain
// stays closed.
func denied(c model.Chain, name string) dhcpdconf.Statement {
	st := c.Setting(name)
	if on, ok := model.Truth(st); st == nil || on && ok {
		return nil
	}
	return st
}

// unknownClients translates "deny unknown-clients" outside pools: such a client
// gets no dynamic address, so each pool in scope is kept for known clients.
// Reserved addresses are given by their own subnets as before.
func (t *translation) unknownClients() {
	test := isKnown
	if slices.ContainsFunc(t.classes, func(c keaconf.ClientClass) bool { return c.Name == knownHostClass }) {
		// Permits made hosts known away from their own subnet. This flag asks
		// for a host that is usable here.
		test += " and not member('" + knownHostClass + "')"
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		st := denied(p.chain(), "boot-unknown-clients")
		if st == nil {
			continue
		}
		t.guardPool(i, test)
		t.ledger.add(st, Finding{
			Code: "unknown-clients", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
			Message: "each pool that this applies to is kept for known clients: those with a reservation in the subnet, or a global one.",
		}, p.pointer)
	}
}

// booting translates "deny booting": pools in scope are given to nobody, and
// hosts in scope get the class DROP, so that their requests are not answered.
func (t *translation) booting() {
	exempt := false
	for _, r := range t.hosts {
		p := t.placeOf(r)
		if st := denied(p.chain(), "allow-booting"); st != nil {
			res := t.reservation(r)
			res.ClientClasses = append(res.ClientClasses, "DROP")
			t.ledger.mark(st, Translated)
			continue
		}
		if r.subnet == nil && denied(model.Chain{t.conf.Global}, "allow-booting") != nil {
			res := t.reservation(r)
			res.ClientClasses = append(res.ClientClasses, bootingAllowed)
			exempt = true
		}
	}
	test := never
	if exempt {
		t.needClass(keaconf.ClientClass{Name: bootingAllowed})
		// The test mentions KNOWN so that Kea evaluates it after it has found
		// the reservation.
		test = isKnown + " and member('" + bootingAllowed + "')"
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		st := denied(p.chain(), "allow-booting")
		if st == nil {
			continue
		}
		t.guardPool(i, test)
		t.ledger.add(st, Finding{
			Code: "booting", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
			Message: "nobody may boot here, so the pool is kept for a class that no client is in.",
		}, p.pointer)
	}
}

// bootingAllowed is the class of hosts that may boot although others may not.
const bootingAllowed = "booting-allowed"

// bootp translates "allow bootp". dhcpd answers BOOTP requests unless told not
// to, but has an address for them only in hosts with a fixed address and in
// ranges with dynamic-bootp. Kea answers them with its bootp hook only, and
// then from any pool: those of dhcpd's other ranges are closed to them. The
// hook is loaded when the file speaks of BOOTP.
func (t *translation) bootp() {
	var asked, refused []dhcpdconf.Statement
	for _, scope := range t.conf.Scopes {
		if scope.Kind == model.ClassScope || scope.Kind == model.SubclassScope {
			continue
		}
		st := scope.Setting("allow-bootp")
		if st == nil {
			continue
		}
		if on, ok := model.Truth(st); !ok || on {
			asked = append(asked, st)
		} else {
			refused = append(refused, st)
		}
	}
	dynamic := t.hasDynamicBootp()
	loaded := false
	fixed := t.hasFixedHardware()
	everywhere := denied(model.Chain{t.conf.Global}, "allow-bootp") == nil
	switch {
	case len(asked) > 0 && (dynamic || fixed), dynamic && everywhere:
		t.loadBootp(asked, refused)
		loaded = true
	case fixed && everywhere:
		t.ledger.add(nil, Finding{
			Code: "bootp", Severity: S2, Verdict: Approximated, Fields: []string{"answered"},
			Clients: "BOOTP clients with a fixed address", Audience: Audience{Messages: bootpMessages},
			Message: "dhcpd answers BOOTP requests of hosts with a fixed address unless told not to; Kea does not answer them without its bootp hook, which was not loaded because the file does not speak of BOOTP.",
			Remedy:  "if there are BOOTP clients left, write \"allow bootp;\" at the top of the file and convert again; if not, \"deny bootp;\" says so",
		}, "")
	}
	t.bootpRanges(loaded)
}

// bootpRanges speaks for ranges with dynamic-bootp.
func (t *translation) bootpRanges(loaded bool) {
	f := Finding{
		Code: "range-dynamic-bootp", Severity: S1, Verdict: Translated, Fields: []string{"lease-time"}, Clients: "BOOTP clients without a reservation", Audience: Audience{Messages: bootpMessages},
		Message: "BOOTP clients get addresses of this range, with leases that do not end; the bootp hook is loaded.",
	}
	if !loaded {
		f.Severity = S0
		f.Message = "dhcpd is told not to answer BOOTP requests, so dynamic-bootp decides nothing."
	}
	for i := range t.poolPlaces {
		if p := &t.poolPlaces[i]; p.span != nil && p.span.Bootp {
			t.ledger.add(p.span.Stmt, f, p.pointer)
		}
	}
}

func (t *translation) loadBootp(asked, refused []dhcpdconf.Statement) {
	t.hook(hookBootp, nil)
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.span == nil || p.span.Bootp && denied(p.chain(), "allow-bootp") == nil {
			continue
		}
		t.guardPool(i, "not member('BOOTP')")
	}
	f := Finding{
		Code: "bootp", Severity: S1, Verdict: Translated, Fields: []string{"answered", "lease-time"}, Clients: "BOOTP clients", Audience: Audience{Messages: bootpMessages},
		Message: "the bootp hook is loaded; pools without dynamic-bootp are closed to BOOTP clients, as in dhcpd. Their leases do not end.",
	}
	for _, st := range asked {
		t.ledger.add(st, f, t.hookPointer(hookBootp))
	}
	for _, st := range refused {
		f := f
		f.Severity, f.Verdict = S2, Approximated
		f.Message = "the bootp hook answers BOOTP requests of every host with a reservation; it cannot be switched off for a scope."
		t.ledger.add(st, f, "")
	}
}

// hasDynamicBootp reports whether some range serves BOOTP clients.
func (t *translation) hasDynamicBootp() bool {
	for i := range t.poolPlaces {
		if s := t.poolPlaces[i].span; s != nil && s.Bootp {
			return true
		}
	}
	return false
}

// hasFixedHardware reports whether a BOOTP client, which has no client
// identifier, can be some host with an address.
func (t *translation) hasFixedHardware() bool {
	for _, h := range t.conf.Hosts {
		if h.Hardware != nil && len(h.Fixed) > 0 {
			return true
		}
	}
	return false
}

// classAccess translates the flags of classes. Members of a class that may not
// boot are in Kea's class DROP, whose requests are not answered; unknown
// members of one that denies unknown clients get nothing from any pool. What
// cannot be said is said in a finding: a class that is shut out must not come
// back in silence.
func (t *translation) classAccess() {
	drop := t.dropTests
	for _, k := range t.fileClasses {
		scopes := []*model.Scope{k.from.Scope}
		for _, sub := range k.from.Subclasses {
			scopes = append(scopes, &sub.Scope)
		}
		for _, scope := range scopes {
			for _, name := range []string{"allow-booting", "boot-unknown-clients"} {
				if st := scope.Setting(name); st != nil {
					drop = append(drop, t.classFlag(k, scope, st, name)...)
				}
			}
		}
	}
	if len(drop) > 0 {
		t.needClass(keaconf.ClientClass{Name: "DROP", Test: anyTest(drop)})
	}
}

// classFlag translates one flag of a class and returns the test of those whose
// requests are not answered.
func (t *translation) classFlag(k *class, scope *model.Scope, st dhcpdconf.Statement, name string) (drop []string) {
	on, constant := model.Truth(st)
	if on && constant {
		if denied(model.Chain{t.conf.Global}, name) == nil && !t.deniedSomewhere(name) {
			t.ledger.mark(st, Default)
			return nil
		}
		t.ledger.add(st, Finding{
			Code: "class-access", Severity: S3, Verdict: Manual, Fields: []string{"answered"}, Clients: "members of the class",
			Message: "dhcpd serves members of this class although others are shut out; in the result they are shut out too.",
			Remedy:  "allow the class in the guards of the pools that its members may use",
		}, "")
		return nil
	}
	part := k.name
	if scope != k.from.Scope {
		part = ""
		for _, p := range k.parts {
			if p.scope == scope {
				part = p.name
			}
		}
	}
	if !k.translated || part == "" {
		t.ledger.add(st, Finding{
			Code: "class-access", Severity: S4, Verdict: Manual, Fields: []string{"answered"}, Clients: "members of the class",
			Message: "dhcpd does not serve members of this class; its condition could not be translated, so Kea serves them.",
			Remedy:  "add the class's condition to the test of a class named DROP, which Kea does not answer",
		}, "")
		return nil
	}
	member := "member('" + part + "')"
	f := Finding{
		Code: "class-access", Severity: S1, Verdict: Translated, Fields: []string{"answered"}, Clients: "members of the class",
		Message: "members of this class are in the class DROP, whose requests Kea does not answer.",
	}
	if name == "boot-unknown-clients" {
		for i := range t.poolPlaces {
			t.guardPool(i, "("+isKnown+" or not "+member+")")
		}
		f.Message = "members of this class that have no reservation get no address from any pool."
	} else {
		drop = append(drop, member)
	}
	t.ledger.add(st, f, t.root()+"/client-classes")
	return drop
}

// deniedSomewhere reports whether a flag is off in some scope that is no class.
func (t *translation) deniedSomewhere(name string) bool {
	for _, scope := range t.conf.Scopes {
		if scope.Kind != model.ClassScope && scope.Kind != model.SubclassScope && denied(model.Chain{scope}, name) != nil {
			return true
		}
	}
	return false
}
