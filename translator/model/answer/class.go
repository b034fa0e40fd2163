package answer

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// class is a class or a subclass.
type class struct {
	decl  *model.Class
	sub   *model.Subclass // nil: a class, or a spawned one
	super *class          // of a subclass
	group *group
	limit uint32 // leases; 0: no limit

	conditions []dhcpdconf.Expr // "match if"; the last one counts
	match      dhcpdconf.Expr   // "match"; nil: none
	spawning   bool
	subclasses map[string]*class
	value      []byte // what a subclass is for
}

// maxClasses is how many classes dhcpd remembers of a message.
const maxClasses = 5

func (s *Server) makeClasses() {
	for _, decl := range s.conf.Classes {
		c := &class{decl: decl, group: s.group(decl.Scope), subclasses: map[string]*class{}}
		for _, m := range decl.Matches {
			if m.If {
				c.conditions = append(c.conditions, m.Expr)
			} else {
				c.match = m.Expr
			}
		}
		for _, m := range decl.Spawn {
			c.match, c.spawning = m.Expr, true
		}
		for _, l := range decl.Limits {
			c.limit = l.Limit
		}
		s.limited = s.limited || c.limit > 0
		s.classes[decl.Name] = c
		s.ordered = append(s.ordered, c)
		for _, sub := range decl.Subclasses {
			s.addSubclass(c, sub)
		}
	}
}

func (s *Server) addSubclass(c *class, sub *model.Subclass) {
	if sub.Stmt.Value == nil {
		return
	}
	v, ok := model.Fold(sub.Stmt.Value)
	if !ok || v.Numeric || len(v.Data) == 0 {
		return
	}
	d := c.subclasses[string(v.Data)]
	if d == nil {
		d = &class{decl: c.decl, sub: sub, super: c, limit: c.limit, value: v.Data}
		d.group = &group{parent: c.group, scope: &sub.Scope}
		c.subclasses[string(v.Data)] = d
	}
	d.group.body = append(d.group.body[:len(d.group.body):len(d.group.body)], sub.Scope.Own...)
	s.prepare(&sub.Scope, sub.Scope.Own)
	for _, l := range sub.Limits {
		d.limit = l.Limit
	}
	s.limited = s.limited || d.limit > 0
}

func (s *Server) class(name string) *class { return s.classes[name] }

// classify finds the classes of a message.
func (r *State) classify(q *query) {
	e := &env{run: r, query: q, in: q.options, vars: &r.global}
	for _, c := range r.server.ordered {
		if n := len(c.conditions); n > 0 {
			if !e.isTrue(c.conditions[n-1]) {
				continue
			}
			if c.match == nil {
				r.join(q, c)
				continue
			}
		}
		if c.match == nil {
			continue
		}
		v, ok := e.data(c.match)
		if !ok || len(v) == 0 {
			continue
		}
		switch sub := c.subclasses[string(v)]; {
		case sub != nil:
			r.join(q, sub)
		case c.spawning:
			r.join(q, r.spawn(c, v))
		}
	}
}

// spawned is a subclass that came to be by "spawn with".
type spawned struct {
	class *class
	value string
}

func (r *State) spawn(c *class, v []byte) *class {
	key := spawned{c, string(v)}
	sub := r.spawned[key]
	if sub == nil {
		sub = &class{decl: c.decl, super: c, group: c.group, limit: c.limit, value: append([]byte{}, v...)}
		r.spawned[key] = sub
	}
	return sub
}

func (r *State) join(q *query, c *class) {
	if len(q.classes) < maxClasses {
		q.classes = append(q.classes, c)
	}
}

// permitted reports whether one of the permits is for the client, and which.
func (r *State) permitted(q *query, list []permit) (by *permit, ok bool) {
	for i := range list {
		p := &list[i]
		match := false
		switch p.kind {
		case dhcpdconf.PermitKnown:
			match = q.known
		case dhcpdconf.PermitUnknown:
			match = !q.known
		case dhcpdconf.PermitUnauthenticated, dhcpdconf.PermitAll:
			match = true
		case dhcpdconf.PermitDynamicBootp:
			match = !q.optionsValid || q.kind == 0
		case dhcpdconf.PermitMembers:
			for _, c := range q.classes {
				match = match || p.class != nil && (c == p.class || c.super == p.class)
			}
		case dhcpdconf.PermitAfter:
			match = r.now > p.after
		}
		if match {
			return p, true
		}
	}
	return nil, false
}

// allows reports whether a client may have an address of a pool.
func (r *State) allows(p *pool, q *query) bool {
	if by, denied := r.permitted(q, p.deny); denied {
		q.refused(p, by)
		return false
	}
	if len(p.allow) > 0 {
		if _, ok := r.permitted(q, p.allow); !ok {
			q.refused(p, nil)
			return false
		}
	}
	return true
}

// bill gives a lease to a class with a limit; false when the class is full.
func (r *State) bill(l *lease, c *class) bool {
	if l.billing != nil {
		r.unbill(l)
	}
	if r.billed[c] >= c.limit {
		return false
	}
	r.billed[c]++
	l.billing = c
	return true
}

func (r *State) unbill(l *lease) {
	if l.billing != nil {
		r.billed[l.billing]--
		l.billing = nil
	}
}
