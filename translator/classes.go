package translator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// class is a class of the file on its way into Kea.
type class struct {
	from *model.Class
	name string // as Kea writes it
	// parts are the classes that it becomes, in the order in which Kea must
	// read them: subclasses with settings of their own, then the class itself.
	parts []classPart
	// translated: the test is exact. Otherwise the class exists only for the
	// guards that name it, and nobody is in it.
	translated bool
	guards     bool // some pool is reserved for its members
	reserved   bool // its members are found by reservations, not by a test
}

// classPart is one of Kea's classes.
type classPart struct {
	name     string
	test     string
	template string       // instead of test: a class for each value is spawned
	limit    uint32       // leases of all members together; 0: no limit
	scope    *model.Scope // whose settings, and those around it, the class has
}

// classTests translates the conditions of all classes. dhcpd keeps classes in
// the order of their declaration and the first wins, as in Kea.
func (t *translation) classTests() {
	x := t.expressions(nil)
	x.ofClass = true
	taken := map[string]bool{}
	for _, c := range t.conf.Classes {
		k := &class{from: c, name: className(c.Name, taken)}
		t.classByName[c.Name] = k
		t.fileClasses = append(t.fileClasses, k)
		t.classTest(k, x)
	}
}

// expressions translates those that dhcpd evaluates where a statement stands;
// nil: before it executes any.
func (t *translation) expressions(at dhcpdconf.Statement) expressions {
	return expressions{
		v6: t.v6(), target: t.opts.Target, scope: &variables{names: t.names(), at: at}, outer: t.lookedInto(),
		unseen:  func(field string) { t.unseenField(at, field) },
		offered: func() { t.offeredAddress(at) },
	}
}

// reservedClasses are names that Kea gives a meaning of its own (Kea manual,
// chapter Client Classification).
var reservedClasses = []string{"ALL", "KNOWN", "UNKNOWN", "BOOTP", "DROP", "REJECT", "SKIP_DDNS"}

// className returns a name for a class that Kea's expressions can hold and
// that has no meaning of its own there.
func className(name string, taken map[string]bool) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '\'' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, name)
	for _, word := range reservedClasses {
		if clean == word {
			clean = "class-" + clean
		}
	}
	for _, prefix := range []string{"VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_", "SPAWN_"} {
		if strings.HasPrefix(clean, prefix) {
			clean = "class-" + clean
		}
	}
	if clean == "" {
		clean = "class"
	}
	return uniqueName(clean, taken)
}

// classTest translates what makes a client a member.
func (t *translation) classTest(k *class, x expressions) {
	c := k.from
	var guard, match *dhcpdconf.Match
	for _, m := range c.Matches {
		if m.If {
			guard = m
		} else {
			match = m
		}
	}
	test := ""
	x.offered = func() { t.offeredToClass(c) }
	if guard != nil {
		var err error
		if test, err = x.boolean(guard.Expr); err != nil {
			t.untranslatedClass(k, guard, err)
			return
		}
	}
	switch {
	case len(c.Spawn) > 0:
		part, ok := t.spawnTemplate(k, c.Spawn[len(c.Spawn)-1], test, x)
		if !ok {
			return
		}
		k.parts = append(k.parts, part)
	case match != nil && t.membersByReservation(k, match, guard != nil):
	case match != nil:
		tests, ok := t.subclassTests(k, match, test, x)
		if !ok {
			return
		}
		k.parts = append(k.parts, classPart{name: k.name, test: anyTest(tests), scope: c.Scope})
	case guard != nil:
		k.parts = append(k.parts, classPart{name: k.name, test: test, scope: c.Scope})
	default: // nothing puts a client into it but "add"
		k.parts = append(k.parts, classPart{name: k.name, scope: c.Scope})
	}
	k.translated = true
	for _, st := range c.Stmts {
		t.ledger.mark(st, Translated)
	}
	for _, m := range c.Matches {
		t.ledger.mark(m, Translated)
	}
	for _, st := range c.State {
		t.ledger.mark(st, Translated)
	}
	t.limits(k)
}

// subclassTests translates the values of the subclasses and returns their
// tests. Subclasses with settings of their own become classes of their own.
func (t *translation) subclassTests(k *class, match *dhcpdconf.Match, guard string, x expressions) ([]string, bool) {
	var tests []string
	taken := map[string]bool{k.name: true}
	for i, sub := range k.from.Subclasses {
		if sub.Stmt.Value == nil {
			t.ledger.mark(sub.Stmt, Ignored)
			continue
		}
		same := &dhcpdconf.Binary{ExprBase: dhcpdconf.ExprBase{At: sub.Stmt.Value.Span()}, Op: "=", X: match.Expr, Y: sub.Stmt.Value}
		test, err := x.boolean(same)
		if err != nil {
			t.untranslatedClass(k, match, err)
			return nil, false
		}
		if guard != "" {
			test = all([]string{guard, test})
		}
		tests = append(tests, test)
		t.ledger.mark(sub.Stmt, Translated)
		if len(sub.Scope.Own) > 0 {
			name := uniqueName(k.name+"-"+strconv.Itoa(i+1), taken)
			k.parts = append(k.parts, classPart{name: name, test: test, scope: &sub.Scope})
		}
	}
	return tests, true
}

// untranslatedClass speaks for a class whose condition has no exact
// counterpart.
func (t *translation) untranslatedClass(k *class, at dhcpdconf.Statement, why error) {
	c := k.from
	scopes := slices.Clone(model.ChainOf(c.Scope).Until(model.Chain{t.conf.Global}))
	for _, sub := range c.Subclasses {
		scopes = append(scopes, &sub.Scope)
	}
	f := Finding{
		Code: "class-condition", Severity: S3, Verdict: Manual,
		Fields:  t.fieldsOf(scopes...),
		Clients: fmt.Sprintf("members of class %q", c.Name),
		Message: fmt.Sprintf("the condition of class %q has no exact counterpart in Kea %s: %s. Its members are served like everybody else.", c.Name, t.opts.Target, why),
		Remedy:  "write the test of the class by hand, or divide the clients in another way",
	}
	var cannot *inexpressible
	if errors.As(why, &cannot) {
		f.Span = cannot.at
	}
	t.ledger.add(at, f, "")
	for _, st := range c.Stmts {
		t.ledger.mark(st, Manual)
		t.markInside(st, Manual)
	}
	for _, sub := range c.Subclasses {
		t.ledger.mark(sub.Stmt, Manual)
		t.markInside(sub.Stmt, Manual)
	}
	k.parts = nil
}

// classSettings gives the classes what their blocks set, and lets it win over
// subnets and pools, as it does in dhcpd.
func (t *translation) classSettings() {
	var made []keaconf.ClientClass
	t.countClasses() // before the tests have BOOTP in them
	t.classesWithoutBootp()
	for _, k := range t.fileClasses {
		if !k.translated {
			if k.guards {
				made = append(made, keaconf.ClientClass{Name: k.name})
			}
			continue
		}
		for _, part := range k.parts {
			// What a condition in the class sets comes on top, so it comes first.
			made = append(made, t.conditionsOfClass(part, part.test)...)
			out := keaconf.ClientClass{Name: part.name, Test: part.test, TemplateTest: part.template}
			out.Comments = t.commentsOf(part.scope.Stmt)
			if part.limit > 0 {
				out.UserContext = keaconf.Object{{Key: "limits", Value: keaconf.Object{{Key: "address-limit", Value: part.limit}}}}
			}
			p := place{
				kind:    atClass,
				pointer: fmt.Sprintf("%s/client-classes/%d", t.root(), len(made)),
				own:     model.ChainOf(part.scope).Until(model.Chain{t.conf.Global}),
				outer:   model.Chain{t.conf.Global},
				class:   part.name,
			}
			t.placeLifetimes(p, &out.Lifetimes, false)
			if !t.v6() {
				t.placeBootFields(p, &out.BootFields)
			}
			out.OptionData = t.optionsOf(p)
			for _, st := range part.scope.Own {
				if sp, ok := st.(*dhcpdconf.SpaceParam); ok && t.ledger.verdicts[sp.ID()] == Unset {
					t.ledger.mark(sp, Translated) // the options pass has looked at it
				}
			}
			made = append(made, out)
			if !k.reserved {
				continue
			}
			// Their tests name the class, so it has to come before them.
			made = append(made, t.conditionsOfClass(part, isKnown+" and member('"+part.name+"')")...)
		}
	}
	t.preferClasses(made)
	// A class of the file beats a condition, and a guard may name either.
	t.classes = slices.Concat(t.hostsFirst(made), t.classes)
}

// classesWithoutBootp keeps BOOTP clients out of the classes: dhcpd finds the
// classes of DHCP clients only.
func (t *translation) classesWithoutBootp() {
	if !t.answersBootp() {
		return
	}
	for _, k := range t.fileClasses {
		for i := range k.parts {
			switch part := &k.parts[i]; {
			case part.template != "":
				part.template = "ifelse(" + isBootp + ", '', " + part.template + ")"
			case part.test != "":
				part.test = all([]string{"not " + isBootp, part.test})
			}
		}
		if k.reserved {
			t.ledger.add(k.from.Stmts[0], Finding{
				Code: "class-bootp", Severity: S1, Verdict: Approximated, Fields: []string{"options", "siaddr", "sname", "file"},
				Clients: "BOOTP clients with the hardware address of a subclass", Audience: Audience{Messages: bootpMessages},
				Message: "dhcpd puts DHCP clients into classes and no BOOTP clients. The members of this class are found by reservations, which BOOTP clients have too.",
			}, t.root()+"/reservations")
		}
	}
}

// classScopes returns the scopes that became classes: those of the file's
// classes, of their subclasses, and the branches of conditions.
func (t *translation) classScopes() []*model.Scope {
	var list []*model.Scope
	for _, k := range t.fileClasses {
		if !k.translated {
			continue
		}
		list = append(list, k.from.Scope)
		for _, sub := range k.from.Subclasses {
			list = append(list, &sub.Scope)
		}
	}
	return append(list, t.branchScopes...)
}

var classCodes = []CodeInfo{
	{"class-condition", S3, "A class whose condition Kea cannot test",
		"dhcpd's expressions can do more than Kea's. The condition of this class has no exact counterpart in the target version, and neither a weaker nor a stronger one was chosen. The class is left out, or, when a pool is reserved for its members, kept without a test, so that nobody is in it until you write one."},
	{"class-by-reservation", S1, "Many subclasses became reservations",
		"dhcpd finds the subclass of a client by a hash of its hardware address. Kea evaluates the tests of all classes for each packet, which is slow with hundreds of them, but finds reservations by a hash. The members are therefore global reservations that hold nothing but the class. In Kea a client with a reservation is known, so this is done only when the file does not ask for that."},
	{"class-bootp", S1, "BOOTP clients in a class",
		"dhcpd puts DHCP clients into classes and no BOOTP clients. Where many subclasses became reservations Kea cannot make the difference, so a BOOTP client with the hardware address of a subclass gets what the class sets."},
	{"lease-limit", S2, "A limit on the leases of a class",
		"dhcpd gives the members of a class, or of each spawned subclass, no more leases than the limit, and counts a lease for one class only. Kea's limits hook, open source from 3.0, counts a lease for every limited class that the client is in, and can give one too many under load. Where the target version has no such hook, or where the limit holds for each subclass of a class by itself, there is no limit in the result and the severity is higher."},
}
