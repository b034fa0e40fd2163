package answer

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Reply is what dhcpd does with a message.
type Reply struct {
	// Message is what dhcpd sends; nil: nothing. For DHCPv6 it is the message
	// to the client, without what relays put around it.
	Message []byte
	Explanation
}

// Explanation says why dhcpd answers as it does.
type Explanation struct {
	// Reason says why there is no answer, or why it is a refusal; empty for
	// other answers.
	Reason string
	// Decision is the statement behind the reason; nil: dhcpd's own rules.
	Decision dhcpdconf.Statement

	Network *model.Network // the link that the client is on
	Subnet  *model.Subnet  // that holds the address given
	Pool    *model.Pool    // nil: a fixed address, or none
	Host    *model.Host    // whose settings apply
	Static  bool           // the address is the host's
	Known   bool           // some host declaration is the client's
	Address netip.Addr
	Classes []Membership
	Refused []Refusal // pools that the client may not have
	// Origins say what made each option and parameter of the answer, those of
	// which there is a statement.
	Origins []Origin
	// Branches are the conditions of if statements that were looked at.
	Branches []Branch

	trace bool
}

// Branch is a condition that was looked at.
type Branch struct {
	Statement *dhcpdconf.If
	Taken     bool
}

// Membership is a class that a client belongs to.
type Membership struct {
	Class    *model.Class
	Subclass *model.Subclass // nil: the class itself, or a subclass that was spawned
	Spawned  []byte          // what a spawned subclass is for
}

// Refusal is a pool that a client may not have an address of.
type Refusal struct {
	Pool *model.Pool
	By   *dhcpdconf.Permit // that excludes it; nil: no permit allows it
}

// Origin is what made an option or a parameter.
type Origin struct {
	Option *option.Def
	Sent   bool // an option of the answer; otherwise a parameter, or nobody asked for it
	// Statements are those that made the value; more than one where they
	// append and prepend.
	Statements []dhcpdconf.Statement
	Scope      *model.Scope // of the first
	Failed     bool         // the expression has no value, so that nothing is sent
}

// refused notes that a client may not use a pool.
func (q *query) refused(p *pool, by *permit) {
	if !q.why.trace {
		return
	}
	for _, decl := range p.decls {
		known := false
		for _, r := range q.why.Refused {
			known = known || r.Pool == decl
		}
		if !known {
			r := Refusal{Pool: decl}
			if by != nil {
				r.By = by.st
			}
			q.why.Refused = append(q.why.Refused, r)
		}
	}
}

// silent notes why nothing is sent.
func (q *query) silent(reason string, by *setting) {
	q.why.Reason = reason
	if by != nil {
		if list := by.statements(); len(list) > 0 {
			q.why.Decision = list[0]
		}
	}
}

func (r *State) explainClient(q *query) {
	if !q.why.trace {
		return
	}
	if q.network != nil {
		q.why.Network = q.network.decl
	}
	for _, c := range q.classes {
		m := Membership{Class: c.decl, Subclass: c.sub}
		if c.super != nil && c.sub == nil {
			m.Spawned = c.value
		}
		q.why.Classes = append(q.why.Classes, m)
	}
}

func (r *State) explainLease(q *query, l *lease, h *host) {
	q.why.Known = q.known
	if l != nil {
		q.why.Address, q.why.Static = l.address, l.static
		if l.subnet != nil {
			q.why.Subnet = l.subnet.decl
		}
		if l.pool != nil {
			q.why.Pool = l.pool.declOf(l.address)
		}
	}
	if h != nil {
		q.why.Host = h.decl
	}
}

// declOf returns the declaration that gave a pool an address.
func (p *pool) declOf(a netip.Addr) *model.Pool {
	for _, d := range p.decls {
		for _, r := range d.Ranges {
			if r.Low.Compare(a) <= 0 && a.Compare(r.High) <= 0 {
				return d
			}
		}
	}
	return nil
}

// explainOptions notes where the options and parameters come from.
func (e *env) explainOptions(q *query, sent map[*setting]bool) {
	if !q.why.trace {
		return
	}
	for _, set := range e.out.sets {
		for _, v := range set.list {
			list := v.statements()
			if len(list) == 0 {
				continue
			}
			_, ok := e.setting(v)
			o := Origin{Option: v.def, Sent: sent[v], Statements: list, Failed: !ok}
			if id := list[0].ID(); id >= 0 && id < len(e.run.server.scopes) {
				o.Scope = e.run.server.scopes[id]
			}
			q.why.Origins = append(q.why.Origins, o)
		}
	}
}
