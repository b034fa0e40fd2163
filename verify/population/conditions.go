package population

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// conditions gives each class and each if and switch clients that fulfil it and
// clients that miss it, on a link where it counts and on another.
func (p *planner) conditions() []subject {
	var list []subject
	for _, k := range p.conf.Classes {
		var hits, near []change
		for _, m := range k.Matches {
			if m.If {
				hits = append(hits, p.fulfil(m.Expr, true, 0)...)
				near = append(near, p.fulfil(m.Expr, false, 0)...)
			}
		}
		for _, s := range k.Spawn {
			if c, ok := p.solve(s.Expr, []byte("spawned-1"), false, 0); ok {
				hits = append(hits, c)
			}
		}
		list = append(list, p.about(p.tries(p.conf.Global, k.Name, hits, near), "class", k.Name, statementOf(k)))
	}
	scopes := p.conf.Scopes
	for _, k := range p.conf.Classes {
		if !slices.Contains(scopes, k.Scope) {
			scopes = append(slices.Clip(scopes), k.Scope)
		}
	}
	for _, s := range scopes {
		for _, st := range s.Own {
			list = append(list, p.branches(s, st)...)
		}
	}
	return slices.DeleteFunc(list, func(s subject) bool { return len(s) == 0 })
}

// tries makes a client for each change: hits first, one near miss after each.
func (p *planner) tries(scope *model.Scope, class string, hits, near []change) (s subject) {
	for i := range max(len(hits), len(near)) {
		for _, from := range [][]change{hits, near} {
			if i >= len(from) {
				continue
			}
			l := p.place(scope, class, i)
			c := p.at(l)
			if !from[i](c) && (!l.relay.IsValid() || p.v6) {
				// Relay agents' options need a relay.
				if l = p.relayed(); !l.relay.IsValid() {
					continue
				}
				if c = p.at(l); !from[i](c) {
					continue
				}
			}
			s = append(s, c)
		}
	}
	return s
}

// place returns a link for the n-th client of a condition: first where it
// counts, such as in a pool that is for the class.
func (p *planner) place(scope *model.Scope, class string, n int) link {
	if n%2 == 0 && class != "" {
		for _, network := range p.conf.Networks {
			for _, pool := range network.Pools {
				if !slices.ContainsFunc(pool.Permits, func(m *dhcpdconf.Permit) bool { return m.Class.Text == class }) {
					continue
				}
				for _, r := range pool.Ranges {
					if l, ok := p.linkOf(r.Subnet); ok {
						return l
					}
				}
			}
		}
	}
	return p.linkWithin(scope)
}

func (p *planner) relayed() link {
	for _, l := range p.links {
		if l.relay.IsValid() {
			return l
		}
	}
	return link{}
}

// branches makes the clients of one statement of a scope, and of those inside it.
func (p *planner) branches(scope *model.Scope, st dhcpdconf.Statement) (list []subject) {
	dhcpdconf.Walk([]dhcpdconf.Statement{st}, func(st dhcpdconf.Statement) bool {
		switch st := st.(type) {
		case *dhcpdconf.If:
			if st.Cond != nil {
				s := p.tries(scope, "", p.inside(scope, p.fulfil(st.Cond, true, 0)), p.inside(scope, p.fulfil(st.Cond, false, 0)))
				list = append(list, p.about(p.forHosts(scope, s), "condition", oneLine(st), st))
			}
		case *dhcpdconf.Switch:
			list = append(list, p.about(p.forHosts(scope, p.cases(scope, st)), "condition", oneLine(st), st))
		case *dhcpdconf.OptionSet:
			list = append(list, p.about(p.computed(scope, st.Data.Expr), "condition", oneLine(st), st))
		case *dhcpdconf.Param:
			list = append(list, p.about(p.computed(scope, st.Data.Expr), "condition", oneLine(st), st))
		}
		return true
	})
	return list
}

// inside makes the clients of a condition in a class members of the class as well.
func (p *planner) inside(scope *model.Scope, changes []change) []change {
	for _, k := range p.conf.Classes {
		if k.Scope != scope || scope.Kind != model.ClassScope {
			continue
		}
		if hits := p.hits(k); len(hits) > 0 && len(changes) > 0 {
			return product(hits, changes)
		}
	}
	return changes
}

func (p *planner) cases(scope *model.Scope, st *dhcpdconf.Switch) subject {
	var hits []change
	for _, inner := range st.Body {
		c, ok := inner.(*dhcpdconf.Case)
		if !ok || c.Value == nil {
			continue
		}
		hits = append(hits, p.equal(st.Value, c.Value, true, 0)...)
	}
	return p.tries(scope, "", hits, nil)
}

// computed gives a value that is computed from the packet something to work on.
func (p *planner) computed(scope *model.Scope, e dhcpdconf.Expr) subject {
	if e == nil {
		return nil
	}
	if _, ok := model.Fold(e); ok {
		return nil
	}
	var hits []change
	operands(e, 0, func(e dhcpdconf.Expr) {
		switch e := e.(type) {
		case *dhcpdconf.OptionValue:
			if !e.Config {
				hits = append(hits, p.assign(e.Option, p.plausible(e.Option)))
			}
		case *dhcpdconf.Exists:
			hits = append(hits, p.assign(e.Option, p.plausible(e.Option)))
		}
	})
	return p.forHosts(scope, p.tries(scope, "", hits, nil))
}

// operands visits an expression and all in it.
func operands(e dhcpdconf.Expr, depth int, visit func(dhcpdconf.Expr)) {
	if depth > maxDepth || e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case *dhcpdconf.Binary:
		operands(e.X, depth+1, visit)
		operands(e.Y, depth+1, visit)
	case *dhcpdconf.Not:
		operands(e.X, depth+1, visit)
	case *dhcpdconf.Call:
		for _, a := range e.Args {
			operands(a, depth+1, visit)
		}
	}
}

// forHosts gives the clients of a condition in a host or group of hosts the
// identity of one of its hosts.
func (p *planner) forHosts(scope *model.Scope, s subject) subject {
	if scope.Kind != model.HostScope && scope.Kind != model.GroupScope {
		return s
	}
	for _, h := range p.conf.Hosts {
		if !(&h.Scope).Within(scope) {
			continue
		}
		home, _ := p.linksOf(h)
		if len(home) == 0 {
			home = p.links[:1]
		}
		for _, c := range p.hostClients(h, home[0]) {
			for _, have := range s {
				if have.MAC == nil {
					have.MAC, have.Relay = c.MAC, c.Relay
				}
				if have.DUID == nil {
					have.DUID = c.DUID
				}
				if id, ok := c.Option(code4ClientID); ok && !p.v6 {
					setOption(&have.Options, code4ClientID, id)
				}
				if !have.Relay.IsValid() {
					have.Agent = nil
				}
			}
			return s
		}
	}
	return s
}

// members gives each subclass a client that is in it, and one that just is not.
func (p *planner) members() []subject {
	var list []subject
	for _, k := range p.conf.Classes {
		for _, sub := range k.Subclasses {
			if len(list) >= p.options.Most {
				break
			}
			var hits, near []change
			for _, m := range k.Matches {
				if !m.If && sub.Stmt.Value != nil {
					hits = append(hits, p.equal(m.Expr, sub.Stmt.Value, true, 0)...)
					near = append(near, p.equal(m.Expr, sub.Stmt.Value, false, 0)...)
				}
			}
			for _, m := range k.Spawn {
				if sub.Stmt.Value != nil {
					hits = append(hits, p.equal(m.Expr, sub.Stmt.Value, true, 0)...)
				}
			}
			if guard := p.guard(k); len(guard) > 0 && len(hits) > 0 {
				hits = append(product(guard, hits), hits...)
			}
			s := p.tries(p.conf.Global, k.Name, append(hits, hits...), near)
			list = append(list, p.about(s, "subclass", k.Name, sub.Stmt))
		}
	}
	return list
}

// statementOf returns the first declaration of a class; nil: there is none.
func statementOf(k *model.Class) dhcpdconf.Statement {
	if len(k.Stmts) == 0 {
		return nil
	}
	return k.Stmts[0]
}

// oneLine is the head of a statement, shortened.
func oneLine(st dhcpdconf.Statement) string {
	const most = 80
	text := []rune(strings.TrimRight(strings.Join(strings.Fields(st.Head().Text()), " "), " {;"))
	if len(text) > most {
		text = append(text[:most], []rune(" ...")...)
	}
	return string(text)
}
