package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// poolOrder speaks for pools of one subnet that some client may use both of and
// that differ in what they set or in whom else they let in: which of them gives the
// next address is not the same in dhcpd, which takes the address that was free for
// the longest time, and in Kea, which goes on where it gave the last one.
func (t *translation) poolOrder() {
	for _, n := range t.conf.Networks {
		if len(n.Pools) < 2 || len(n.Subnets) > 1 {
			continue // of several subnets "shared-network-order" speaks
		}
		for _, group := range t.poolsInCommon(n) {
			t.poolsDiffer(group)
		}
	}
}

// poolsInCommon divides the pools of a network into groups that have no clients in
// common.
func (t *translation) poolsInCommon(n *model.Network) [][]*model.Pool {
	var groups [][]*model.Pool
	for _, p := range n.Pools {
		guards := t.guardsOf(p)
		if !t.gives(p) || slices.Contains(guards, never) {
			continue
		}
		joined := []*model.Pool{p}
		groups = slices.DeleteFunc(groups, func(group []*model.Pool) bool {
			common := slices.ContainsFunc(group, func(q *model.Pool) bool { return !t.disjoint(guards, t.guardsOf(q)) })
			if common {
				joined = append(slices.Clone(group), joined...)
			}
			return common
		})
		groups = append(groups, joined)
	}
	return groups
}

func (t *translation) poolsDiffer(group []*model.Pool) {
	differ := func(p *model.Pool) bool {
		return permitText(p) != permitText(group[0]) || ownText(p.Scope) != ownText(group[0].Scope)
	}
	if !slices.ContainsFunc(group, differ) {
		return
	}
	var scopes []*model.Scope
	for _, p := range group {
		scopes = append(scopes, p.Scope)
	}
	fields := []string{"address"}
	for _, f := range t.fieldsOf(scopes...) {
		if f != "answered" {
			fields = append(fields, f)
		}
	}
	p := group[0]
	var st dhcpdconf.Statement = p.Stmt
	if p.Stmt == nil {
		st = p.Ranges[0].Stmt
	}
	severity := S2
	if len(fields) == 1 {
		severity = S1 // no client can rely on an address that was free
	}
	t.ledger.add(st, Finding{
		Code: "pool-order", Severity: severity, Verdict: Approximated, Fields: fields,
		Clients:  "clients that may use several pools of this subnet",
		Audience: Audience{Scopes: scopes, SeveralPools: true},
		Message:  fmt.Sprintf("%d pools of this subnet have clients in common, and differ in what they set or in whom else they let in. dhcpd gives the address that was free for the longest time, those never used first; Kea goes on after the last address that it gave. So a client that may use several can get an address of another pool, with what that pool sets.", len(group)),
		Remedy:   "set the same in all of them, or give each pool clients of its own",
	}, "")
}

// permitText tells pools apart by the clients that they are for.
func permitText(p *model.Pool) string {
	var b strings.Builder
	for _, m := range p.Permits {
		fmt.Fprintln(&b, m.Allow, m.Kind, m.Class.Text, m.After)
	}
	return b.String()
}

// ownText tells scopes apart by what they set.
func ownText(s *model.Scope) string {
	var b strings.Builder
	for _, st := range s.Own {
		switch st.(type) {
		case *dhcpdconf.Permit, *dhcpdconf.Range, *dhcpdconf.Range6, *dhcpdconf.Prefix6:
			continue
		}
		b.WriteString(strings.Join(strings.Fields(st.Span().Text()), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

var poolOrderCodes = []CodeInfo{
	{"pool-order", S2, "Pools with clients in common",
		"Several pools of one subnet let the same clients in, and set different things or let different other clients in. dhcpd gives the address that was free for the longest time, those never used first and of the first pool before those of the second; Kea goes on after the last address that it gave, and a new Kea begins with the pool that holds the last address of the subnet, if one does. So clients can get an address of another pool than before, with what that pool sets."},
}
