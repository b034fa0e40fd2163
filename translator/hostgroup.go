package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/translator/model"
)

// aroundAll returns the scopes that stand around all subnets that are served, the
// innermost first. What they set all subnets have, so that reservations that serve
// everywhere need not.
func (t *translation) aroundAll() model.Chain {
	if t.outermost == nil {
		for _, s := range t.conf.Subnets {
			switch {
			case t.subnetOf[s] == nil:
			case t.outermost == nil:
				t.outermost = model.ChainOf(s.Scope.Parent)
			default:
				for !s.Scope.Within(t.outermost[0]) {
					t.outermost = t.outermost[1:]
				}
			}
		}
		if t.outermost == nil {
			t.outermost = model.Chain{t.conf.Global}
		}
	}
	return t.outermost
}

// inGroup speaks for a host without an address in a group that has some of the
// subnets in it.
func (r *reserver) inGroup(h *model.Host) {
	for _, g := range model.ChainOf(h.Scope.Parent).Until(r.aroundAll()) {
		if g.Kind == model.GroupScope && !r.groupsSaid[g] {
			r.groupsSaid[g] = true
			r.groupWithSubnets(g)
		}
	}
}

func (r *reserver) groupWithSubnets(g *model.Scope) {
	t := r.translation
	of := map[*model.Scope]bool{}
	var subnets, inner []*model.Scope
	for _, s := range t.conf.Subnets {
		if t.subnetOf[s] == nil || !s.Scope.Within(g) {
			continue
		}
		subnets = append(subnets, s.Scope)
		for _, scope := range s.Chain().Until(model.ChainOf(g)) {
			if !of[scope] {
				of[scope] = true
				inner = append(inner, scope)
			}
		}
		for _, p := range s.Network.Pools {
			if !of[p.Scope] {
				of[p.Scope] = true
				inner = append(inner, p.Scope)
			}
		}
	}
	own := t.fieldsOf(g)
	fields := slices.DeleteFunc(t.fieldsOf(inner...), func(field string) bool { return !slices.Contains(own, field) })
	if len(fields) == 0 {
		return
	}
	if len(subnets) > mostScopes {
		subnets = nil
	}
	t.ledger.add(g.Stmt, Finding{
		Code: "host-group", Severity: S2, Verdict: Approximated, Fields: fields,
		Clients: "hosts without an address of this group, in its subnets", Audience: Audience{Scopes: subnets},
		Message: "what the group sets is in the reservations of its hosts, which win over subnets. In the subnets of the group dhcpd lets those win.",
		Remedy:  "give the hosts fixed addresses, or move them out of the group",
	}, "")
}
