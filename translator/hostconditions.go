package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// hosts translates the conditions in hosts and in groups around them. The
// reservations of such a scope have a class in common, and the branches ask for
// it: so they concern a client only where its reservation is in use. The tests
// mention KNOWN, because Kea evaluates tests that do after it has found the
// reservation.
func (c *conditioner) hosts() {
	if !slices.ContainsFunc(c.conf.Scopes, hasCondition) {
		return
	}
	done := map[*model.Scope][]branch{}
	for _, r := range c.translation.hosts {
		if r.plain(c.translation) {
			continue
		}
		p := c.placeOf(r)
		var tagged []keaconf.OptionData
		for _, s := range p.own {
			if !hasCondition(s) {
				continue
			}
			branches, known := done[s]
			marker := c.marker(s)
			if !known {
				// Tests may name only classes that stand before them.
				c.branchClasses = append(c.branchClasses, keaconf.ClientClass{Name: marker})
				branches = c.branchesOf(s, isKnown+" and member('"+marker+"')")
				done[s] = branches
			}
			res := c.reservation(r)
			res.ClientClasses = append(res.ClientClasses, marker)
			for _, b := range branches {
				tagged = append(tagged, c.hostBranch(b, r, p)...)
			}
		}
		if len(tagged) > 0 {
			res := c.reservation(r)
			res.OptionData = slices.Concat(tagged, res.OptionData)
			c.shiftPlaces(map[string]int{p.pointer + "/option-data/": len(tagged)})
		}
	}
}

func hasCondition(s *model.Scope) bool { return slices.ContainsFunc(s.Own, isCondition) }

// marker is the name of the class that the reservations of a scope share.
func (c *conditioner) marker(s *model.Scope) string {
	if s.Stmt == nil {
		return "hosts"
	}
	line, _ := s.Stmt.Span().Src.Position(s.Stmt.Span().Off)
	return fmt.Sprintf("%s-line-%d", s.Stmt.Keyword(), line)
}

// hostBranch writes one branch for one reservation and returns the options for
// it, tagged with the branch's class.
func (c *conditioner) hostBranch(b branch, r hostReservation, p place) []keaconf.OptionData {
	at := place{kind: atClass, pointer: p.pointer, own: model.Chain{b.scope}, outer: p.chain(), subnet: p.subnet, test: b.test}
	class := c.classOf(b, at)
	c.rest(b, true)
	var tagged []keaconf.OptionData
	if c.opts.Target >= keaversion.V3_0 {
		for _, o := range class.OptionData {
			o.ClientClasses = []string{b.name}
			tagged = append(tagged, o)
		}
		class.OptionData = nil
	}
	c.hostOutranks(b, r)
	class.Name = c.nameFor(class)
	for i := range tagged {
		tagged[i].ClientClasses = []string{class.Name}
	}
	known := slices.ContainsFunc(c.branchClasses, func(have keaconf.ClientClass) bool { return have.Name == class.Name })
	if !known && (len(tagged) > 0 || holdsSomething(class)) {
		c.branchClasses = append(c.branchClasses, class)
		c.hostBranches[class.Name] = true
	}
	return tagged
}

// hostOutranks speaks for what the host itself sets as well: in Kea the
// reservation wins over the class of the branch.
func (c *conditioner) hostOutranks(b branch, r hostReservation) {
	for _, st := range b.scope.Own {
		plain := sameSetting(&r.from.Scope, st)
		option := false
		if _, ok := st.(*dhcpdconf.OptionSet); ok {
			option = true
		}
		if plain == nil || plain == st || option && c.opts.Target >= keaversion.V3_0 {
			continue
		}
		c.ledger.add(st, Finding{
			Code: "condition-host", Severity: S3, Verdict: Approximated,
			Fields:  []string{"options", "siaddr", "file", "lease-time"},
			Clients: fmt.Sprintf("host %q when it takes this branch", r.from.Stmt.Name.Text),
			Message: "the host sets this for all cases too, and in Kea a reservation wins over a class.",
			Remedy:  "move the plain setting of the host into an else branch",
		}, "")
	}
}
