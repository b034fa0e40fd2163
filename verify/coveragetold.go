package verify

import (
	"cmp"
	"fmt"
	"net"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// tally counts the things of one kind.
type tally struct {
	list  []Coverage
	index map[string]int
}

func (t *tally) add(kind string, touched bool, missed func() Missed) {
	if t.index == nil {
		t.index = map[string]int{}
	}
	i, ok := t.index[kind]
	if !ok {
		i = len(t.list)
		t.index[kind] = i
		t.list = append(t.list, Coverage{Kind: kind})
	}
	t.list[i].All++
	if touched {
		t.list[i].Touched++
	} else {
		t.list[i].Missed = append(t.list[i].Missed, missed())
	}
}

// untouched are the numbers of the statements that clients are made for and that none has
// touched: hosts, ranges, classes, conditions, and the scopes of options.
func (c *coverage) untouched() map[int]bool {
	list := map[int]bool{}
	for _, t := range c.originalThings() {
		for _, m := range t.Missed {
			list[m.statement] = true
			if scope := c.conf.ScopeOf(m.statement); scope != nil && scope.Stmt != nil {
				list[scope.Stmt.ID()] = true
			}
		}
	}
	return list
}

// untouchedOptions are the numbers of the hosts and subnets of the original whose options
// in the result none has touched: an option may need a client that is this host and
// fulfils a condition.
func (c *coverage) untouchedOptions() map[int]bool {
	list := map[int]bool{}
	hosts := map[string]int{} // by hardware address or fixed address, as Kea has them
	for _, h := range c.conf.Hosts {
		if h.Hardware != nil {
			hosts[net.HardwareAddr(h.Hardware.Address).String()] = h.Stmt.ID()
		}
		for _, f := range h.Fixed {
			for _, a := range f.Addresses {
				hosts[a.Addr.String()] = h.Stmt.ID()
			}
		}
	}
	subnets := map[string]int{}
	for _, s := range c.conf.Subnets {
		subnets[s.Prefix.String()] = s.Stmt.ID()
	}
	note := func(e element, id int, known bool) {
		for _, o := range e.get("option-data").items() {
			if known && o.get("client-classes").node != nil && !c.elements[o.pointer] {
				list[id] = true
			}
		}
	}
	reservations := func(e element) {
		for _, r := range e.get("reservations").items() {
			id, known := hosts[r.text("hw-address")]
			if !known {
				id, known = hosts[r.text("ip-address")]
			}
			note(r, id, known)
		}
	}
	all := c.places.server.get("subnet4").items()
	for _, n := range c.places.server.get("shared-networks").items() {
		all = append(all, n.get("subnet4").items()...)
	}
	for _, s := range all {
		id, known := subnets[s.text("subnet")]
		note(s, id, known)
		reservations(s)
	}
	reservations(c.places.server)
	return list
}

func (c *coverage) originalThings() []Coverage {
	var t tally
	miss := func(st dhcpdconf.Statement, why string) func() Missed {
		return func() Missed { return Missed{c.places.statement(st, ""), why, st.ID()} }
	}
	for _, s := range c.conf.Subnets {
		why := "no client gets an address of it"
		switch {
		case c.conf.HiddenBy(s) != nil:
			why = "dhcpd takes another subnet wherever its clients are"
		case !hasPool(c.conf, s):
			why = "it has no pool, and no host has an address in it"
		}
		t.add("subnets", c.statements[s.Stmt.ID()], miss(s.Stmt, why))
	}
	for _, n := range c.conf.Networks {
		for _, p := range n.Pools {
			for _, r := range p.Ranges {
				why := "no client may use it"
				if len(p.Permits) == 0 {
					why = "no client needs it, others of the network come first"
				}
				t.add("ranges of pools", c.statements[r.Stmt.ID()], miss(r.Stmt, why))
			}
		}
	}
	for _, h := range c.conf.Hosts {
		why := "no derived client is recognised as it"
		if h.Hardware == nil && h.UID == nil && h.ClientID == nil && len(h.Identifiers) == 0 {
			why = "it says nothing by which a client is recognised"
		} else if c.nameless(h) {
			why = "its fixed-address is a name that has no address here (--resolve)"
		}
		t.add("hosts", c.statements[h.Stmt.ID()], miss(h.Stmt, why))
	}
	for _, k := range c.conf.Classes {
		st := firstStatement(k)
		if st == nil {
			continue
		}
		why := "no client fulfils its condition"
		switch {
		case len(k.Matches) == 0 && len(k.Spawn) == 0:
			why = "it has no condition: nobody is a member"
		case len(k.Spawn) == 0 && len(k.Subclasses) == 0 && !slices.ContainsFunc(k.Matches, func(m *dhcpdconf.Match) bool { return m.If }):
			why = "it has no subclass: nobody is a member"
		}
		t.add("classes with a member", c.members[st.ID()], miss(st, why))
		t.add("classes that a client is not in", c.strangers[st.ID()], miss(st, "every client fulfils its condition"))
		for _, s := range k.Subclasses {
			t.add("subclasses", c.statements[s.Stmt.ID()], miss(s.Stmt, "no client has its value, or an earlier subclass has the same"))
		}
	}
	for st := range dhcpdconf.Preorder(c.conf.File) {
		switch st := st.(type) {
		case *dhcpdconf.If:
			for b := st; b != nil; b = b.Next {
				if b.Cond == nil {
					continue
				}
				t.add("conditions that are true for a client", c.branches[branch{b.ID(), true}], miss(b, c.unreached(b, "no client fulfils it where it counts")))
				t.add("conditions that are false for a client", c.branches[branch{b.ID(), false}], miss(b, c.unreached(b, "every client fulfils it where it counts")))
			}
		case *dhcpdconf.OptionSet:
			t.add("options", c.statements[st.ID()], miss(st, c.unreached(st, "another statement comes first for every client, or the value is never sent")))
		case *dhcpdconf.Param:
			if lifetimes[model.SettingName(st)] {
				t.add("lifetimes and boot fields", c.statements[st.ID()], miss(st, c.unreached(st, "another statement comes first for every client")))
			}
		}
	}
	return t.list
}

// nameless reports whether a host has fixed addresses, and all of them are names that
// nobody knows.
func (c *coverage) nameless(h *model.Host) bool {
	names := 0
	for _, f := range h.Fixed {
		for _, a := range f.Addresses {
			if a.Host == "" || c.places.job.Resolve != nil && len(c.places.job.Resolve(a.Host)) > 0 {
				return false
			}
			names++
		}
	}
	return names > 0
}

// lifetimes are the parameters that decide on fields of answers.
var lifetimes = map[string]bool{
	"default-lease-time": true, "max-lease-time": true, "min-lease-time": true, "next-server": true, "filename": true, "server-name": true,
}

// unreached says why a statement is not reached: by the scope around it, if that is
// not reached either.
func (c *coverage) unreached(st dhcpdconf.Statement, otherwise string) string {
	scope := c.conf.ScopeOf(st.ID())
	for s := scope; s != nil && s.Stmt != nil; s = s.Parent {
		id := s.Stmt.ID()
		switch s.Kind {
		case model.ClassScope:
			if !c.members[id] {
				return "its class has no member"
			}
		case model.HostScope, model.SubnetScope, model.SubclassScope:
			if !c.statements[id] {
				return fmt.Sprintf("its %s is not reached", s.Kind)
			}
		}
	}
	return otherwise
}

func hasPool(conf *model.Config, s *model.Subnet) bool {
	for _, p := range s.Network.Pools {
		for _, r := range p.Ranges {
			if r.Subnet == s {
				return true
			}
		}
	}
	for _, h := range conf.Hosts {
		for _, f := range h.Fixed {
			for _, a := range f.Addresses {
				if conf.SubnetOf(a.Addr) == s {
					return true
				}
			}
		}
	}
	return false
}

func (c *coverage) resultThings() []Coverage {
	var t tally
	p := c.places
	thing := func(kind string, e element, name, why string) {
		t.add(kind, c.elements[e.pointer], func() Missed { return Missed{p.element(e, name), why, -1} })
	}
	options := func(e element) {
		for _, o := range e.get("option-data").items() {
			if space := o.text("space"); space != "" && space != "dhcp4" {
				continue // inside another option
			}
			why := "another one comes first for every client, or its scope is not reached"
			if o.text("name") == "subnet-mask" || o.text("code") == "1" {
				why = "Kea sends the mask of the subnet itself"
			}
			thing("options", o, "option "+cmp.Or(o.text("name"), o.text("code")), why)
		}
		if l := e.get("valid-lifetime"); l.node != nil {
			thing("lifetimes", l, "valid-lifetime", "another one comes first for every client, or its scope is not reached")
		}
	}
	reservations := func(e element) {
		for _, r := range e.get("reservations").items() {
			thing("reservations", r, "reservation", "no derived client is recognised by it")
			options(r)
		}
	}
	options(p.server)
	reservations(p.server)
	for _, k := range p.server.get("client-classes").items() {
		name := "class " + k.text("name")
		thing("classes with a member", k, name, "no client fulfils its test")
		t.add("classes that a client is not in", c.without[k.pointer], func() Missed { return Missed{p.element(k, name), "every client fulfils its test", -1} })
		options(k)
	}
	subnets := func(list element) {
		for _, s := range list.items() {
			thing("subnets", s, "subnet "+s.text("subnet"), "no client is on its link")
			options(s)
			reservations(s)
			for _, pool := range s.get("pools").items() {
				thing("pools", pool, "pool "+pool.text("pool"), "no client may use it, or others of the network come first")
				options(pool)
			}
		}
	}
	subnets(p.server.get("subnet4"))
	for _, n := range p.server.get("shared-networks").items() {
		options(n)
		subnets(n.get("subnet4"))
	}
	slices.SortStableFunc(t.list, func(a, b Coverage) int { return cmp.Compare(a.Kind, b.Kind) })
	return t.list
}
