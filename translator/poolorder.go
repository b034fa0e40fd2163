package translator

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// poolOrder speaks for pools of one subnet that the same clients may use and that
// set different things: which of them gives the next address is not the same in
// dhcpd, which takes the address that was free for the longest time, and in Kea,
// which goes on where it gave the last one.
func (t *translation) poolOrder() {
	for _, n := range t.conf.Networks {
		if len(n.Pools) < 2 || len(n.Subnets) > 1 {
			continue // of several subnets "shared-network-order" speaks
		}
		byPermits := map[string][]*model.Scope{}
		differ := map[string]bool{}
		for _, p := range n.Pools {
			if len(p.Ranges) == 0 {
				continue
			}
			key := permitText(p)
			if list := byPermits[key]; len(list) > 0 && (len(p.Scope.Own) > 0 || len(list[0].Own) > 0) {
				differ[key] = differ[key] || ownText(p.Scope) != ownText(list[0])
			}
			byPermits[key] = append(byPermits[key], p.Scope)
		}
		for _, p := range n.Pools {
			key := permitText(p)
			if !differ[key] {
				continue
			}
			differ[key] = false
			fields := []string{"address"}
			for _, f := range t.fieldsOf(byPermits[key]...) {
				if f != "answered" {
					fields = append(fields, f)
				}
			}
			var st dhcpdconf.Statement = p.Stmt
			if p.Stmt == nil {
				st = p.Ranges[0].Stmt
			}
			t.ledger.add(st, Finding{
				Code: "pool-order", Severity: S2, Verdict: Approximated, Fields: fields,
				Clients:  "clients that may use several pools of this subnet",
				Audience: Audience{Scopes: byPermits[key]},
				Message:  fmt.Sprintf("%d pools of this subnet are for the same clients and set different things. dhcpd gives the address that was free for the longest time, those never used first; Kea goes on after the last address that it gave. So a client can get an address of another pool, with what that pool sets.", len(byPermits[key])),
				Remedy:   "set the same in all of them, or give each pool clients of its own",
			}, "")
		}
	}
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
	{"pool-order", S2, "Pools for the same clients with different settings",
		"Several pools of one subnet are for the same clients and set different things. dhcpd gives the address that was free for the longest time, those never used first and of the first pool before those of the second; Kea goes on after the last address that it gave, and a new Kea begins with the pool that holds the last address of the subnet, if one does. So clients can get an address of another pool than before, with what that pool sets."},
}
