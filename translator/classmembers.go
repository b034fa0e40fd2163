package translator

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// manySubclasses is from how many subclasses on their members are found by
// reservations. Kea evaluates tests one after the other for each packet, but
// finds a reservation by its hash, as dhcpd finds a subclass.
const manySubclasses = 64

// member puts the clients with an identity into a class.
type member struct {
	id    identity
	class string
}

// membersByReservation turns the subclasses of a class that matches the
// hardware address into reservations that hold nothing but the class. It does
// not when the file asks whether clients are known, because a reservation
// makes a client known.
func (t *translation) membersByReservation(k *class, match *dhcpdconf.Match, guarded bool) bool {
	c := k.from
	if t.v6() || guarded || len(c.Subclasses) < manySubclasses || t.asksKnown() {
		return false
	}
	skip, ok := matchesHardware(match.Expr)
	if !ok {
		return false
	}
	members := make([]member, 0, len(c.Subclasses))
	var parts []classPart
	taken := map[string]bool{k.name: true}
	for i, sub := range c.Subclasses {
		if sub.Stmt.Value == nil {
			continue
		}
		value, ok := model.Fold(sub.Stmt.Value)
		if !ok || value.Numeric || len(value.Data) != 6+skip || skip == 1 && value.Data[0] != 1 {
			return false
		}
		id := identity{"hw-address", colonHex(value.Data[skip:])}
		if len(sub.Scope.Own) > 0 { // first: of a reservation's classes the first wins
			name := uniqueName(fmt.Sprintf("%s-%d", k.name, i+1), taken)
			parts = append(parts, classPart{name: name, scope: &sub.Scope})
			members = append(members, member{id, name})
		}
		members = append(members, member{id, k.name})
	}
	for _, sub := range c.Subclasses {
		t.ledger.mark(sub.Stmt, Translated)
	}
	k.parts = append(parts, classPart{name: k.name, scope: c.Scope})
	k.reserved = true
	t.members = append(t.members, members...)
	t.ledger.add(match, Finding{
		Code: "class-by-reservation", Severity: S1, Verdict: Translated,
		Message: fmt.Sprintf("the %d subclasses of %q became reservations that put the client into the class, because Kea finds those by their hash and would evaluate tests one after the other.", len(c.Subclasses), c.Name),
	}, t.root()+"/reservations")
	return true
}

// matchesHardware reports whether an expression is the hardware address, and
// how many bytes come before the address itself: the type, or nothing.
func matchesHardware(e dhcpdconf.Expr) (skip int, ok bool) {
	switch e := e.(type) {
	case *dhcpdconf.Atom:
		return 1, e.Name == "hardware"
	case *dhcpdconf.Call:
		if e.Name != "substring" || len(e.Args) != 3 {
			return 0, false
		}
		of, isAtom := e.Args[0].(*dhcpdconf.Atom)
		off, ok1 := model.Fold(e.Args[1])
		n, ok2 := model.Fold(e.Args[2])
		return 0, isAtom && of.Name == "hardware" && ok1 && ok2 && off.Num == 1 && n.Num == 6
	}
	return 0, false
}

// asksKnown reports whether the file asks anywhere whether a client is known.
func (t *translation) asksKnown() bool {
	for st := range dhcpdconf.Preorder(t.file) {
		switch st := st.(type) {
		case *dhcpdconf.Permit:
			if st.Kind == dhcpdconf.PermitKnown || st.Kind == dhcpdconf.PermitUnknown {
				return true
			}
		case *dhcpdconf.Match, *dhcpdconf.If:
			if strings.Contains(strings.ToLower(st.Head().Text()), "known") {
				return true
			}
		}
		if model.SettingName(st) == "boot-unknown-clients" {
			return true
		}
	}
	return false
}

// reserveMembers writes the reservations of class members. A client that has a
// reservation already gets the class there too, since Kea uses the one in the
// subnet alone.
func (r *reserver) reserveMembers() {
	t := r.translation
	if len(t.members) == 0 {
		return
	}
	have := map[identity][]hostReservation{}
	for _, h := range t.hosts {
		if hw := t.reservation(h).HWAddress; hw != "" {
			id := identity{"hw-address", hw}
			have[id] = append(have[id], h)
		}
	}
	made := map[identity]int{}
	for _, m := range t.members {
		global := r.identities[nil][m.id] != nil
		for _, h := range have[m.id] {
			res := t.reservation(h)
			res.ClientClasses = append(res.ClientClasses, m.class)
		}
		if global {
			continue
		}
		list := &t.dhcp4.Reservations
		if at, ok := made[m.id]; ok {
			(*list)[at].ClientClasses = append((*list)[at].ClientClasses, m.class)
			continue
		}
		made[m.id] = len(*list)
		res := keaconf.Reservation{ClientClasses: []string{m.class}}
		m.id.set(&res)
		*list = append(*list, res)
	}
}
