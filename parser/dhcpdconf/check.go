package dhcpdconf

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// checkAtEnd makes the checks that need the whole configuration.
func (p *parser) checkAtEnd() {
	p.checkRanges()
	p.checkPeers()
	if !p.names.adHoc.IsZero() {
		p.fail("unsupported-value", p.names.adHoc, "dhcpd has no ad-hoc updates any more", "Write interim, standard or none.")
	}
	if key := p.names.omapiKey; key.Text != "" {
		if _, ok := p.names.keys[keyID(key.Text)]; !ok {
			p.fail("unknown-key", key.Span, fmt.Sprintf("no key named %s is declared", key.Text), "")
		}
	}
}

// checkRanges finds addresses that are in two ranges.
func (p *parser) checkRanges() {
	ranges := p.names.ranges
	slices.SortFunc(ranges, func(a, b addressRange) int {
		return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(a.high, b.high))
	})
	for i := 1; i < len(ranges); i++ {
		before, r := ranges[i-1], ranges[i]
		if r.low <= before.high {
			a := netip.AddrFrom4([4]byte{byte(r.low >> 24), byte(r.low >> 16), byte(r.low >> 8), byte(r.low)})
			p.fail("address-declared-twice", r.at, fmt.Sprintf("%s is in the range of %s as well", a, before.at),
				"An address can be in one range only.")
		}
		if before.high > r.high {
			ranges[i].high = before.high
		}
	}
}

// checkPeers finds failover peers that no pool refers to.
func (p *parser) checkPeers() {
	var unused []*peerState
	for _, peer := range p.names.peers {
		if !peer.used {
			unused = append(unused, peer)
		}
	}
	slices.SortFunc(unused, func(a, b *peerState) int { return cmp.Compare(a.name.Span.Off, b.name.Span.Off) })
	for _, peer := range unused {
		p.fail("unused-failover-peer", peer.name.Span, fmt.Sprintf("no pool refers to the failover peer %q", peer.name.Text),
			`Add failover peer to a pool, or remove the declaration.`)
	}
}
