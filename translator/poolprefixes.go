package translator

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// separatePrefixPools takes out the pools of prefixes that lie in another one of
// their subnet: dhcpd accepts that, Kea refuses it. As the pools are prefixes
// themselves, two of them overlap only when one holds the other.
func (t *translation) separatePrefixPools() {
	bySubnet := map[*keaconf.Subnet][]*poolPlace{}
	for i := range t.poolPlaces {
		if p := &t.poolPlaces[i]; p.pd {
			bySubnet[p.in] = append(bySubnet[p.in], p)
		}
	}
	gone := map[*poolPlace]bool{}
	for _, pools := range bySubnet {
		slices.SortFunc(pools, func(a, b *poolPlace) int {
			return cmp.Or(a.block.Addr().Compare(b.block.Addr()), cmp.Compare(a.block.Bits(), b.block.Bits()), cmp.Compare(a.index, b.index))
		})
		outer := netip.Prefix{}
		for _, p := range pools {
			if !outer.IsValid() || !outer.Contains(p.block.Addr()) {
				outer = p.block
				continue
			}
			gone[p] = true
			t.ledger.add(p.delegation, Finding{
				Code: "prefix-overlap", Severity: S2, Verdict: Approximated,
				Fields:  []string{"IA_PD", "options"},
				Clients: "clients that would get a prefix from the smaller pool",
				Message: fmt.Sprintf("the prefixes of %s are also in the pool %s of the subnet, which Kea refuses; they stay in the larger pool.", p.block, outer),
				Remedy:  "give the two pools prefixes of their own",
			}, "")
		}
	}
	if len(gone) > 0 {
		t.removePrefixPools(gone)
	}
}

// removePrefixPools takes pools of prefixes out of their subnets again and
// renumbers the rest.
func (t *translation) removePrefixPools(gone map[*poolPlace]bool) {
	keep := make([]poolPlace, 0, len(t.poolPlaces)-len(gone))
	pools := map[*keaconf.Subnet][]keaconf.PDPool{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if gone[p] {
			continue
		}
		if p.pd {
			list := append(pools[p.in], p.in.PDPools[p.index])
			p.index = len(list) - 1
			p.pointer = fmt.Sprintf("%s/pd-pools/%d", t.pointers.subnet[p.subnet], p.index)
			pools[p.in] = list
		}
		keep = append(keep, *p)
	}
	t.poolPlaces = keep
	for s, list := range pools {
		s.PDPools = list
	}
}
