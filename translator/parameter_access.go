package translator

import (
	"slices"
	"strings"

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
		for _, b := range t.branchesIn[scope] {
			if b.scope.Setting(name) != nil {
				return true
			}
		}
	}
	return name == "boot-unknown-clients" && len(t.unknownBranches) > 0
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
		allowed := t.flagAt("boot-unknown-clients", p.chain(), true)
		if allowed.constant && allowed.on {
			continue
		}
		if allowed = allowed.either(test); strings.Contains(allowed.test, " or ") {
			allowed.test = "(" + allowed.test + ")"
		}
		t.guardPool(i, allowed.test)
		if st := denied(p.chain(), "boot-unknown-clients"); st != nil {
			t.ledger.add(st, Finding{
				Code: "unknown-clients", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
				Message: "each pool that this applies to is kept for known clients: those with a reservation in the subnet, or a global one.",
			}, p.pointer)
			t.refusedLate(p, st, Finding{
				Code: "unknown-clients", Clients: "unknown clients of this network",
				Remedy: "write \"deny unknown-clients;\" into the pools, so that dhcpd too looks for another one",
			})
		}
	}
}

// refusedLate speaks for networks with other pools that are open: dhcpd chooses
// an address first and then refuses the client, Kea looks at the other pools.
func (t *translation) refusedLate(p *poolPlace, st dhcpdconf.Statement, f Finding) {
	n := p.from.Network
	for _, q := range n.Pools {
		places := t.placesOf(q)
		if q == p.from || len(places) == 0 || denied(t.poolPlaces[places[0]].chain(), model.SettingName(st)) != nil {
			continue
		}
		var scopes []*model.Scope
		for _, s := range n.Subnets {
			scopes = append(scopes, s.Scope)
		}
		f.Severity, f.Verdict, f.Fields = S2, Approximated, []string{"answered", "address"}
		f.Audience.Scopes = scopes
		f.Message = "dhcpd chooses an address, of the first pool that has one, and then refuses the client if the flag is off there; it does not look at the other pools of the network, where the flag is on. Kea gives an address of those."
		t.ledger.add(st, f, p.pointer)
		return
	}
}

// booting translates "deny booting": pools in scope are given to nobody, and
// hosts in scope get the class DROP, so that their requests are not answered.
func (t *translation) booting() {
	somewhere := t.deniedSomewhere("allow-booting") || len(t.dropTests) > 0 || len(t.classFlags("allow-booting")) > 0
	for _, r := range t.hosts {
		p := t.placeOf(r)
		if st := denied(p.chain(), "allow-booting"); st != nil {
			res := t.reservation(r)
			res.ClientClasses = append(res.ClientClasses, "DROP")
			t.ledger.mark(st, Translated)
			continue
		}
		if p.setting("allow-booting") != nil && somewhere || r.subnet == nil && denied(model.Chain{t.conf.Global}, "allow-booting") != nil {
			res := t.reservation(r)
			res.ClientClasses = append(res.ClientClasses, bootingAllowed)
			t.exempt = true
		}
	}
	if t.exempt {
		t.needClass(keaconf.ClientClass{Name: bootingAllowed})
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		allowed := t.flagAt("allow-booting", p.chain(), false)
		if allowed.constant && allowed.on {
			continue // the class DROP refuses members of classes
		}
		allowed = t.flagAt("allow-booting", p.chain(), true)
		if t.exempt {
			// The test mentions KNOWN so that Kea evaluates it after it has found
			// the reservation.
			allowed = allowed.either(isKnown + " and member('" + bootingAllowed + "')")
		}
		switch {
		case !allowed.constant:
			t.guardPool(i, allowed.test)
		case !allowed.on:
			t.guardPool(i, never)
		}
		if st := denied(p.chain(), "allow-booting"); st != nil {
			t.ledger.add(st, Finding{
				Code: "booting", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
				Message: "nobody may boot here but hosts, classes and conditions that say so, so the pool is kept for a class that no other client is in.",
			}, p.pointer)
			t.refusedLate(p, st, Finding{
				Code: "booting", Clients: "clients of this network",
				Remedy: "leave the ranges out whose addresses nobody shall get",
			})
		}
	}
}

// bootingAllowed is the class of hosts that may boot although others may not.
const bootingAllowed = "booting-allowed"

// bootp translates "allow bootp". dhcpd answers BOOTP requests unless told not
// to, with the fixed addresses of hosts and with addresses of pools: of every
// range that is written in a pool declaration, unless a permit denies it, and
// of a range written in a subnet only when it says dynamic-bootp. Kea answers
// them with its bootp hook only, and then from any pool: the others are closed
// to them.
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
	loaded := t.answersBootp()
	if loaded {
		t.loadBootp(asked, refused)
	}
	t.bootpRanges(loaded)
}

// answersBootp reports whether dhcpd answers BOOTP clients somewhere, so that
// the hook is loaded.
func (t *translation) answersBootp() bool {
	if t.v6() || !t.hasDynamicBootp() && !t.hasFixedHardware() {
		return false
	}
	return slices.ContainsFunc(t.conf.Scopes, func(s *model.Scope) bool {
		if s.Kind == model.ClassScope || s.Kind == model.SubclassScope {
			return false
		}
		st := s.Setting("allow-bootp")
		on, known := model.Truth(st)
		return st == nil && s == t.conf.Global || st != nil && (on || !known)
	})
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

// loadBootp loads the hook. Where it has no address for a BOOTP client it answers
// without one, and dhcpd does not answer, so those clients are in the class DROP.
func (t *translation) loadBootp(asked, refused []dhcpdconf.Statement) {
	t.hook(hookBootp, nil)
	if len(refused) == 0 && !t.hasDynamicBootp() && !t.hasRoamingHost() && !t.knownTested {
		// Nobody is known without having an address there, and no pool is for them.
		t.dropTests = append(t.dropTests, isBootp+" and "+isUnknown)
	} else {
		t.guardFromBootp()
	}
	t.sayBootp(asked, refused)
}

// guardFromBootp closes the ranges that are not for BOOTP clients, and refuses
// the clients where no range and no host is for them.
func (t *translation) guardFromBootp() {
	var served []string // tests of the networks that have addresses
	places := map[*model.Network]bool{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.span == nil {
			continue
		}
		if !servesBootp(p) {
			t.guardPool(i, "not "+isBootp)
			if st := denied(p.chain(), "allow-bootp"); st != nil {
				t.refusedLate(p, st, Finding{
					Code: "bootp", Clients: "BOOTP clients of this network", Audience: Audience{Messages: bootpMessages},
					Remedy: "write \"deny dynamic bootp clients;\" into the pools, so that dhcpd too looks for another one",
				})
			}
			continue
		}
		if places[p.from.Network] || !t.disjoint(t.guards[i], []string{"not (" + isBootp + ")"}) && t.disjoint(t.guards[i], []string{isBootp}) {
			continue
		}
		places[p.from.Network] = true
		l := t.at(p.from.Network)
		if l.test == "" {
			l.test = truth(true)
		}
		if l.relayed { // those without a relay may be there
			l.test = anyTest([]string{l.test, "pkt4.giaddr == 0.0.0.0"})
		}
		served = append(served, "("+l.test+")")
	}
	var hosts, refusedHosts bool
	for _, r := range t.hosts {
		res := t.reservation(r)
		switch {
		case res.IPAddress == "":
		case denied(t.placeOf(r).chain(), "allow-bootp") != nil:
			res.ClientClasses = append(res.ClientClasses, bootpRefused)
			refusedHosts = true
		default:
			res.ClientClasses = append(res.ClientClasses, bootpHost)
			hosts = true
		}
	}
	if hosts {
		t.needClass(keaconf.ClientClass{Name: bootpHost})
		served = append(served, "member('"+bootpHost+"')")
	}
	refuse := settled + " and " + isBootp
	if len(served) > 0 {
		refuse += " and not (" + strings.Join(served, " or ") + ")"
	}
	if refusedHosts {
		t.needClass(keaconf.ClientClass{Name: bootpRefused})
		t.dropTests = append(t.dropTests, settled+" and "+isBootp+" and member('"+bootpRefused+"')")
	}
	t.dropTests = append(t.dropTests, refuse)
}

// sayBootp is the findings about the hook.
func (t *translation) sayBootp(asked, refused []dhcpdconf.Statement) {
	f := Finding{
		Code: "bootp", Severity: S1, Verdict: Translated, Fields: []string{"lease-time"}, Clients: "BOOTP clients", Audience: Audience{Messages: bootpMessages},
		Message: "the bootp hook is loaded; ranges that are not for BOOTP clients are closed to them, as in dhcpd. Their leases do not end.",
	}
	for _, st := range slices.Concat(asked, refused) {
		t.ledger.add(st, f, t.hookPointer(hookBootp))
	}
	if len(asked) == 0 {
		f.Message = "dhcpd answers BOOTP requests unless told not to; the bootp hook is loaded for that."
		f.Remedy = "if no BOOTP clients are left, write \"deny bootp;\" at the top of the file and convert again: Kea then does without the hook"
		t.ledger.add(nil, f, t.hookPointer(hookBootp))
	}
	var scopes []*model.Scope
	for _, r := range t.hosts {
		c := t.placeOf(r).chain()
		if t.reservation(r).IPAddress != "" && denied(c, "allow-bootp") == nil && maySet(c, "filename") && c.Setting("next-server") == nil {
			scopes = append(scopes, &r.from.Scope)
		}
	}
	if len(scopes) == 0 {
		return
	}
	if len(scopes) > mostScopes {
		scopes = nil
	}
	t.ledger.add(nil, Finding{
		Code: "bootp-server", Severity: S2, Verdict: Approximated, Fields: []string{"siaddr"},
		Clients: "BOOTP clients with a fixed address and a boot file, without next-server", Audience: Audience{Scopes: scopes, Messages: bootpMessages},
		Message: "dhcpd puts its own address into siaddr for BOOTP clients with a fixed address when no next-server is set; Kea leaves the field empty.",
		Remedy:  "set next-server to the address of the server that has the boot files",
	}, "")
}

// maySet reports whether scopes set something, perhaps in a condition only.
func maySet(c model.Chain, name string) bool {
	found := false
	for _, s := range c {
		dhcpdconf.Walk(s.Own, func(st dhcpdconf.Statement) bool {
			found = found || model.SettingName(st) == name
			return !found
		})
	}
	return found
}

// isBootp is the test for BOOTP clients; the class is the bootp hook's.
const isBootp = "member('BOOTP')"

// bootpHost is the class of hosts with an address that BOOTP clients get too.
const bootpHost = "bootp-host"

// bootpRefused is the class of hosts with an address that BOOTP clients do not get.
const bootpRefused = "bootp-refused"

// servesBootp reports whether a range serves BOOTP clients, as far as permits
// do not say otherwise.
func servesBootp(p *poolPlace) bool {
	return p.span != nil && (p.span.Bootp || p.from.Stmt != nil) && denied(p.chain(), "allow-bootp") == nil
}

// hasDynamicBootp reports whether some range serves BOOTP clients.
func (t *translation) hasDynamicBootp() bool {
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if servesBootp(p) && !slices.ContainsFunc(p.from.Permits, func(m *dhcpdconf.Permit) bool {
			return !m.Allow && (m.Kind == dhcpdconf.PermitDynamicBootp || m.Kind == dhcpdconf.PermitAll)
		}) {
			return true
		}
	}
	return false
}

// hasRoamingHost reports whether some host is known without having an address.
func (t *translation) hasRoamingHost() bool {
	return slices.ContainsFunc(t.conf.Hosts, func(h *model.Host) bool { return len(h.Fixed) == 0 })
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
					drop = append(drop, t.classAccessFlag(k, scope, st, name)...)
				}
			}
		}
	}
	if len(drop) > 0 {
		test := anyTest(drop)
		if t.exempt {
			test = all([]string{settled + " and not member('" + bootingAllowed + "')", test})
		}
		t.needClass(keaconf.ClientClass{Name: "DROP", Test: test})
	}
}

// classAccessFlag translates one flag of a class and returns the test of those whose
// requests are not answered.
func (t *translation) classAccessFlag(k *class, scope *model.Scope, st dhcpdconf.Statement, name string) (drop []string) {
	on, constant := model.Truth(st)
	if on && constant {
		if denied(model.Chain{t.conf.Global}, name) == nil && !t.deniedSomewhere(name) {
			t.ledger.mark(st, Default)
			return nil
		}
		if k.translated {
			t.ledger.add(st, Finding{
				Code: "class-access", Severity: S1, Verdict: Translated, Fields: []string{"answered"}, Clients: "members of the class",
				Message: "members of this class are served although others are not: the guards of the pools let them in.",
			}, t.root()+"/client-classes")
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
	if name == "boot-unknown-clients" { // in the guards of the pools already
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
