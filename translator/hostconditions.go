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
			if s == &r.from.Scope {
				c.plainBehind(branches, r, marker)
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
	if b.scope.Parent != &r.from.Scope {
		return // that of a group, and dhcpd executes the host after it
	}
	for _, st := range b.scope.Own {
		plain := sameSetting(&r.from.Scope, st)
		option := false
		if slices.ContainsFunc(bootSettings, func(s bootSetting) bool { return s.name == model.SettingName(st) }) {
			continue // see plainBehind
		}
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

// plainBehind moves the boot fields that a host sets both plainly and in a
// condition out of its reservation, where they would win over the classes of the
// branches, into a class behind those.
func (c *conditioner) plainBehind(branches []branch, r hostReservation, marker string) {
	res := c.reservation(r)
	if res.Extra == nil {
		return
	}
	var moved keaconf.BootFields
	fields := &res.Extra.BootFields
	for _, s := range bootSettings {
		if !slices.ContainsFunc(branches, func(b branch) bool { return b.scope.Setting(s.name) != nil }) {
			continue
		}
		from, to := s.of(fields), s.of(&moved)
		*to, *from = *from, nil
	}
	if moved == (keaconf.BootFields{}) {
		return
	}
	class := keaconf.ClientClass{Name: marker + "-plain", Test: isKnown + " and member('" + marker + "')", BootFields: moved}
	if !c.hostBranches[class.Name] {
		c.branchClasses = append(c.branchClasses, class)
		c.hostBranches[class.Name] = true
	}
}

// hostsFirst returns the classes in an order in which the boot fields of hosts'
// conditions win over those of classes and other conditions, as in dhcpd. Kea
// takes them from the first class that has some, in the order in which it has
// found the classes of the client: those whose tests ask for the reservation come
// last, so that all that compete with them have to ask too.
func (t *translation) hostsFirst(made []keaconf.ClientClass) []keaconf.ClientClass {
	var hosts, others []keaconf.ClientClass
	sets := map[string]bool{}
	for _, class := range t.branchClasses {
		if !t.hostBranches[class.Name] && class.Test != "" {
			others = append(others, class)
			continue
		}
		hosts = append(hosts, class)
		for _, s := range bootSettings {
			sets[s.name] = sets[s.name] || *s.of(&class.BootFields) != nil
		}
	}
	others = slices.Concat(made, others)
	competing := func(class *keaconf.ClientClass) bool {
		return class.Test != "" && class.OnlyIfRequired == nil && class.OnlyInAdditionalList == nil &&
			slices.ContainsFunc(bootSettings, func(s bootSetting) bool { return sets[s.name] && *s.of(&class.BootFields) != nil })
	}
	if !slices.ContainsFunc(others, func(class keaconf.ClientClass) bool { return competing(&class) }) {
		return slices.Concat(made, t.branchClasses)
	}
	for i := range others {
		if competing(&others[i]) {
			others[i].Test = all([]string{settled, others[i].Test})
		}
	}
	t.shiftClasses(len(hosts))
	return slices.Concat(hosts, others)
}
