package translator

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// pools makes Kea's pools: one for each range, in the subnet that holds it,
// and one or more for each span of delegated prefixes.
func (t *translation) pools() {
	ranges := 0
	for _, n := range t.conf.Networks {
		for _, p := range n.Pools {
			ranges += len(p.Ranges)
		}
	}
	t.poolPlaces = make([]poolPlace, 0, ranges)
	for _, n := range t.conf.Networks {
		for _, p := range n.Pools {
			if p.Home != nil && t.subnetOf[p.Home] == nil {
				continue // the subnet was left out, and the pool with it
			}
			if p.Stmt != nil {
				t.ledger.mark(p.Stmt, Translated)
			}
			for _, r := range p.Ranges {
				t.addressPool(p, r)
			}
			for _, d := range p.Delegations {
				t.prefixPools(p, d)
			}
		}
	}
	t.separatePools()
	t.separatePrefixPools()
	t.permits()
	t.poolOrder()
}

func (t *translation) addressPool(p *model.Pool, r *model.Range) {
	if r.Temporary {
		t.ledger.add(r.Stmt, Finding{
			Code: "range-temporary", Severity: S3, Verdict: Manual,
			Fields:  []string{"IA_TA"},
			Clients: "clients that ask for temporary addresses (IA_TA)",
			Message: "Kea gives out no temporary addresses.",
			Remedy:  "let clients make temporary addresses themselves (RFC 8981); remove the range",
		}, "")
		return
	}
	s := r.Subnet
	if s == nil || t.subnetOf[s] == nil || !s.Prefix.Contains(r.Low) || !s.Prefix.Contains(r.High) {
		t.ledger.add(r.Stmt, Finding{
			Code: "range-outside-subnet", Severity: S3, Verdict: Invalid,
			Fields:  []string{"address", "answered"},
			Message: "the range does not lie in one subnet of its network; it was left out.",
			Remedy:  "correct the range",
		}, "")
		return
	}
	in := t.subnetOf[s]
	text := r.Low.String() + " - " + r.High.String()
	if r.Prefix.IsValid() {
		text = r.Prefix.String()
	}
	pointer := fmt.Sprintf("%s/pools/%d", t.pointers.subnet[s], len(in.Pools))
	t.poolPlaces = append(t.poolPlaces, poolPlace{
		place: t.poolPlace(p, s, pointer), from: p, span: r, in: in, index: len(in.Pools),
	})
	in.Pools = append(in.Pools, keaconf.Pool{Pool: text})
	t.ledger.mark(r.Stmt, Translated)
	if r.Swapped {
		t.ledger.add(r.Stmt, Finding{
			Code: "range-swapped", Severity: S0, Verdict: Translated,
			Message: "the range is written from the higher to the lower address; dhcpd takes that, Kea does not, so the ends were swapped.",
		}, pointer)
	}
}

// separatePools cuts overlapping pools of a subnet apart, because Kea refuses
// them. dhcpd refuses overlapping ranges in DHCPv4, but not in DHCPv6.
func (t *translation) separatePools() {
	bySubnet := map[*keaconf.Subnet][]*poolPlace{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.span != nil {
			bySubnet[p.in] = append(bySubnet[p.in], p)
		}
	}
	dropped := map[*poolPlace]bool{}
	for _, pools := range bySubnet {
		slices.SortStableFunc(pools, func(a, b *poolPlace) int {
			return cmp.Or(a.span.Low.Compare(b.span.Low), cmp.Compare(a.index, b.index))
		})
		end := netip.Addr{}
		for _, p := range pools {
			low, high := p.span.Low, p.span.High
			if end.IsValid() && !end.Less(low) {
				if !end.Less(high) {
					dropped[p] = true
				} else {
					low = end.Next()
					p.in.Pools[p.index].Pool = low.String() + " - " + high.String()
				}
				t.ledger.add(p.span.Stmt, Finding{
					Code: "range-overlap", Severity: S2, Verdict: Approximated,
					Fields:  []string{"address", "options"},
					Message: "the range overlaps another one of the subnet, which Kea refuses; the addresses stay in the pool that begins first.",
				}, p.pointer)
			}
			if !end.IsValid() || end.Less(high) {
				end = high
			}
		}
	}
	if len(dropped) > 0 {
		t.removePools(dropped)
	}
}

// removePools takes pools out of their subnets again and renumbers the rest.
func (t *translation) removePools(gone map[*poolPlace]bool) {
	var keep []poolPlace
	counts := map[*keaconf.Subnet]int{}
	pools := map[*keaconf.Subnet][]keaconf.Pool{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if !p.pd {
			if gone[p] {
				continue
			}
			pools[p.in] = append(pools[p.in], p.in.Pools[p.index])
			p.index = counts[p.in]
			counts[p.in]++
			p.pointer = fmt.Sprintf("%s/pools/%d", t.pointers.subnet[p.subnet], p.index)
		}
		keep = append(keep, *p)
	}
	t.poolPlaces = keep
	for s, list := range pools {
		s.Pools = list
	}
}

// prefixPools makes the pools for "prefix6 LO HI /len": the span is cut into
// blocks that are themselves prefixes, because Kea's pools are.
func (t *translation) prefixPools(p *model.Pool, d *dhcpdconf.Prefix6) {
	home := p.Home
	if home == nil && len(p.Network.Subnets) > 0 {
		home = p.Network.Subnets[0]
	}
	if home == nil || t.subnetOf[home] == nil {
		t.ledger.mark(d, Manual)
		return
	}
	in := t.subnetOf[home]
	blocks := prefixBlocks(d.Low, d.High, d.Length)
	if len(blocks) == 0 {
		t.ledger.add(d, Finding{
			Code: "prefix-range", Severity: S3, Verdict: Invalid,
			Fields:  []string{"IA_PD"},
			Message: fmt.Sprintf("%s to %s is no span of /%d prefixes; it was left out.", d.Low, d.High, d.Length),
			Remedy:  "correct the range of prefixes",
		}, "")
		return
	}
	for _, b := range blocks {
		pointer := fmt.Sprintf("%s/pd-pools/%d", t.pointers.subnet[home], len(in.PDPools))
		t.poolPlaces = append(t.poolPlaces, poolPlace{
			place: t.poolPlace(p, home, pointer), from: p, in: in, index: len(in.PDPools), pd: true,
			delegation: d, block: b,
		})
		in.PDPools = append(in.PDPools, keaconf.PDPool{
			Prefix: b.Addr().String(), PrefixLen: uint8(b.Bits()), DelegatedLen: uint8(d.Length),
		})
	}
	t.ledger.mark(d, Translated)
}

// prefixBlocks returns the fewest prefixes that together hold the prefixes of
// the given length from low to high, in order.
func prefixBlocks(low, high netip.Addr, length int) []netip.Prefix {
	if !low.Is6() || !high.Is6() || length < 1 || length > 128 {
		return nil
	}
	if high.Less(low) {
		low, high = high, low
	}
	first, err := low.Prefix(length)
	if err != nil {
		return nil
	}
	last, err := high.Prefix(length)
	if err != nil {
		return nil
	}
	end := model.LastAddr(last)
	var blocks []netip.Prefix
	for at := first.Addr(); at.IsValid() && !end.Less(at); {
		block := netip.PrefixFrom(at, length)
		for block.Bits() > 1 {
			wider, err := at.Prefix(block.Bits() - 1)
			if err != nil || wider.Addr() != at || end.Less(model.LastAddr(wider)) {
				break
			}
			block = wider
		}
		blocks = append(blocks, block)
		at = model.LastAddr(block).Next()
	}
	return blocks
}

var poolCodes = []CodeInfo{
	{"range-temporary", S3, "Temporary addresses (IA_TA)",
		"Kea has pools for non-temporary addresses and for prefixes, none for temporary addresses. Clients make temporary addresses by themselves (RFC 8981) where they want privacy. The range was left out."},
	{"range-outside-subnet", S3, "A range outside its subnet",
		"The range does not lie within one subnet of the network it is written in. dhcpd refuses this too."},
	{"range-swapped", S0, "A range written from high to low",
		"dhcpd takes \"range HIGH LOW\" as \"range LOW HIGH\". Kea refuses it, so the ends were swapped; nothing differs."},
	{"range-dynamic-bootp", S1, "A range for BOOTP clients",
		"With \"range dynamic-bootp\" dhcpd gives addresses to BOOTP clients, too. Kea does so with its bootp hook (libdhcp_bootp.so), which is loaded; pools without the mark are closed to BOOTP clients. Their leases do not end. With \"deny bootp\" the mark decides nothing."},
	{"prefix-overlap", S2, "Overlapping delegated prefixes",
		"dhcpd accepts spans of delegated prefixes that overlap; Kea refuses overlapping pools. Prefixes that two pools hold stay in the larger one, with its options, guards and delegated length."},
	{"range-overlap", S2, "Overlapping ranges",
		"dhcpd accepts overlapping DHCPv6 ranges; Kea refuses overlapping pools. Addresses that two ranges hold stay in the pool that begins at the lower address, with that pool's options and guards."},
	{"prefix-range", S3, "A span of prefixes that cannot be read",
		"The addresses and the length of a prefix6 statement do not give any prefix."},
	{"permit-class", S4, "A pool permit names a class that is not translated",
		"The pool serves only (or serves not) the members of a class whose condition could not be translated. A pool that is open to everybody would break the policy, so nobody gets its addresses until you write the test of the class that guards it."},
	{"permit-nobody", S1, "A pool that nobody may use",
		"The permits let no client use this pool (deny all clients, or allow authenticated clients, which dhcpd never recognises). The pool is kept and guarded by a class that nobody is in."},
	{"permit-ignored", S1, "A permit without effect",
		"The permit is about clients that do not exist: dhcpd never treats a client as authenticated, and clients without BOOTP support in Kea never reach a pool."},
	{"permit-date", S3, "A permit with a date",
		"dhcpd opens or closes the pool at a date and shortens leases so that they end by then. Kea has no such rule. The permit was decided by the time of the conversion: change the pool by hand when the date comes."},
	{"known-elsewhere", S2, "Known clients away from their own subnet",
		"For dhcpd a client is known wherever it is, if any host declaration fits it. Kea looks in the selected subnet and among the global reservations. Each host with an address therefore also has a global reservation without address or options, so that pools for known and unknown clients decide as before."},
}
