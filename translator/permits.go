package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Conditions on clients that guards are made of, in Kea's expression language.
const (
	isKnown   = "member('KNOWN')"
	isUnknown = "member('UNKNOWN')"
	never     = "" // no client fulfils it: a class without a test
)

// permits turns the allow and deny lists of pools into guards. dhcpd lets a
// client use a pool when no deny fits and, if there is any allow, one of them
// fits; the order does not matter.
func (t *translation) permits() {
	t.permitsOfEmptyPools()
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if len(p.from.Permits) == 0 {
			continue
		}
		var allow, deny []string
		allowAny, hasAllow, closed := false, false, false
		for _, permit := range p.from.Permits {
			test, verdict := t.permit(permit, p)
			switch {
			case permit.Allow:
				hasAllow = true
				switch verdict {
				case permitTest:
					allow = append(allow, test)
				case permitEverybody:
					allowAny = true
				case permitUnclear:
					closed = true
				}
			case verdict == permitTest:
				deny = append(deny, test)
			case verdict == permitEverybody, verdict == permitUnclear:
				closed = true
			}
		}
		// An allow whose class is unclear may still be one of several; the
		// others can be served. A deny that is unclear closes the pool.
		switch {
		case closed && !(len(allow) > 0 && len(deny) == 0 && onlyAllows(p.from.Permits)):
			t.guardPool(i, never)
			continue
		case hasAllow && !allowAny && len(allow) == 0:
			t.ledger.add(p.from.Permits[0], Finding{
				Code: "permit-nobody", Severity: S1, Verdict: Translated,
				Message: "no client can fulfil these permits, in dhcpd as in Kea.",
			}, p.pointer)
			t.guardPool(i, never)
			continue
		}
		if hasAllow && !allowAny {
			test := anyOf(allow)
			if t.alternatives == nil {
				t.alternatives = map[string][]string{}
			}
			t.alternatives[test] = allow
			t.guardPool(i, test)
		}
		for _, d := range deny {
			t.guardPool(i, negate(d))
		}
	}
}

// permitsOfEmptyPools speaks for the permits of pools that gave no pool of
// Kea's, because all their ranges were left out.
func (t *translation) permitsOfEmptyPools() {
	used := map[*model.Pool]bool{}
	for i := range t.poolPlaces {
		used[t.poolPlaces[i].from] = true
	}
	for _, n := range t.conf.Networks {
		for _, p := range n.Pools {
			if used[p] {
				continue
			}
			for _, permit := range p.Permits {
				t.ledger.add(permit, Finding{
					Code: "no-effect", Severity: S0, Verdict: Ignored,
					Message: "the pool has no range that could be translated, so the permit decides nothing.",
				}, "")
			}
		}
	}
}

func onlyAllows(permits []*dhcpdconf.Permit) bool {
	return !slices.ContainsFunc(permits, func(p *dhcpdconf.Permit) bool { return !p.Allow })
}

// permitMeaning says which clients a permit is about.
type permitMeaning uint8

const (
	permitNobody permitMeaning = iota
	permitEverybody
	permitTest    // those that fulfil a test
	permitUnclear // those of a class that is not translated
)

func (t *translation) permit(permit *dhcpdconf.Permit, p *poolPlace) (string, permitMeaning) {
	t.ledger.mark(permit, Translated)
	switch permit.Kind {
	case dhcpdconf.PermitKnown:
		t.knownTested = true
		return isKnown, permitTest
	case dhcpdconf.PermitUnknown:
		t.knownTested = true
		return isUnknown, permitTest
	case dhcpdconf.PermitAll:
		return "", permitEverybody
	case dhcpdconf.PermitUnauthenticated:
		return "", permitEverybody
	case dhcpdconf.PermitAuthenticated:
		t.ledger.add(permit, Finding{
			Code: "permit-ignored", Severity: S1, Verdict: Translated,
			Message: "dhcpd never recognises a client as authenticated, so this permit is about nobody.",
		}, p.pointer)
		return "", permitNobody
	case dhcpdconf.PermitDynamicBootp:
		return "member('BOOTP')", permitTest // the class is the bootp hook's
	case dhcpdconf.PermitAfter:
		return t.permitAfter(permit, p)
	case dhcpdconf.PermitMembers:
		return t.permitMembers(permit, p)
	}
	return "", permitNobody
}

// permitMembers translates a permit about a class. When the class's condition
// is not translated, a pool reserved for its members names the class, which
// nobody is in until the operator gives it a test; a pool closed to its members
// is closed to everybody.
func (t *translation) permitMembers(permit *dhcpdconf.Permit, p *poolPlace) (string, permitMeaning) {
	k := t.classByName[permit.Class.Text]
	if k != nil && k.translated {
		return k.isMember(), permitTest
	}
	f := Finding{
		Code: "permit-class", Severity: S4, Verdict: Manual,
		Fields: []string{"answered", "address"}, Clients: "all clients of this pool",
		Message: fmt.Sprintf("the pool is closed to members of class %q, whose condition is not translated. So as not to open the pool to them it is given to nobody.", permit.Class.Text),
		Remedy:  "write a class for these clients by hand and guard the pool with its opposite",
	}
	if permit.Allow {
		f.Message = fmt.Sprintf("the pool is for members of class %q, whose condition is not translated. So as not to open the pool to others it is given to nobody until the class has a test.", permit.Class.Text)
		f.Remedy = "write the test of the class by hand"
	}
	t.ledger.add(permit, f, p.pointer)
	if permit.Allow && k != nil {
		k.guards = true
		return "member('" + k.name + "')", permitTest
	}
	return "", permitUnclear
}

// isMember returns the test for members of a class. When reservations make the
// members, the test mentions KNOWN, so that Kea evaluates it after it has found
// the reservation.
func (k *class) isMember() string {
	test := "member('" + k.name + "')"
	if k.reserved {
		test = isKnown + " and " + test
	}
	return test
}

// permitAfter decides a permit with a date by the time of the conversion.
func (t *translation) permitAfter(permit *dhcpdconf.Permit, p *poolPlace) (string, permitMeaning) {
	f := Finding{
		Code: "permit-date", Severity: S3, Verdict: Approximated,
		Fields: []string{"answered", "address", "lease-time"},
		Remedy: "change the pool by hand when the date comes",
	}
	passed := !t.opts.Now.IsZero() && t.opts.Now.After(permit.After)
	if passed {
		f.Severity = S2
		f.Message = fmt.Sprintf("the date %s has passed; Kea has no dates, so the permit counts as fulfilled.", permit.After.Format("2006-01-02 15:04:05"))
		f.Remedy = ""
	} else {
		f.Message = fmt.Sprintf("the date %s lies in the future, or the time of conversion is not known; Kea has no dates, so the permit counts as not fulfilled.", permit.After.Format("2006-01-02 15:04:05"))
	}
	t.ledger.add(permit, f, p.pointer)
	if passed {
		return "", permitEverybody
	}
	return "", permitNobody
}

func anyOf(tests []string) string {
	tests = slices.Compact(slices.Clone(tests))
	if len(tests) == 1 {
		return tests[0]
	}
	return "(" + strings.Join(tests, " or ") + ")"
}

func negate(test string) string {
	switch test {
	case isKnown:
		return isUnknown
	case isUnknown:
		return isKnown
	}
	return "not (" + test + ")"
}

// guardPool demands that clients of a pool fulfil a test, in addition to what
// was demanded before; never closes the pool.
func (t *translation) guardPool(pool int, test string) {
	if t.guards == nil {
		t.guards = map[int][]string{}
	}
	if !slices.Contains(t.guards[pool], test) {
		t.guards[pool] = append(t.guards[pool], test)
	}
}

// applyGuards writes the guards into the pools: a built-in class where one
// says it, else a generated class for each different demand.
func (t *translation) applyGuards() {
	names := map[string]string{isKnown: "KNOWN", isUnknown: "UNKNOWN"}
	for i := range t.poolPlaces {
		tests := t.guards[i]
		if len(tests) == 0 {
			continue
		}
		var name string
		if slices.Contains(tests, never) {
			name = t.classFor(names, never, "nobody")
		} else {
			test := tests[0]
			if len(tests) > 1 {
				parts := make([]string, len(tests))
				for i, one := range tests {
					parts[i] = "(" + one + ")"
				}
				test = strings.Join(parts, " and ")
			}
			name = t.classFor(names, test, fmt.Sprintf("pool-permit-%d", len(names)-1))
		}
		p := &t.poolPlaces[i]
		if p.pd {
			guard(&p.in.PDPools[p.index].ClassGuards, name, t.opts.Target)
		} else {
			guard(&p.in.Pools[p.index].ClassGuards, name, t.opts.Target)
		}
	}
}

// classFor returns the name of the class with a test, making it when there is
// none yet.
func (t *translation) classFor(names map[string]string, test, name string) string {
	if have, ok := names[test]; ok {
		return have
	}
	if inner, ok := strings.CutPrefix(strings.TrimPrefix(test, isKnown+" and "), "member('"); ok && strings.Count(inner, "'") == 1 {
		return strings.TrimSuffix(inner, "')")
	}
	names[test] = name
	t.classes = append(t.classes, keaconf.ClientClass{Name: name, Test: test})
	return name
}

// guard ties a pool to a class the way the target version writes it.
func guard(g *keaconf.ClassGuards, class string, target keaversion.Version) {
	if target >= keaversion.V3_0 {
		g.ClientClasses = []string{class}
	} else {
		g.ClientClass = class
	}
}
