package dhcpdconf

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

func (p *parser) pool(b Base, sc *scope) Statement {
	return p.poolBlock(&Pool{Base: b}, sc)
}

func (p *parser) pool6(b Base, sc *scope) Statement {
	return p.poolBlock(&Pool{Base: b, V6: true}, sc)
}

func (p *parser) poolBlock(s *Pool, sc *scope) Statement {
	p.next()
	inner := sc.sub(scopePool)
	inner.pool = &poolState{v6: s.V6}
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	if inner.pool.ranges == 0 {
		p.fail("pool-without-range", s.Head(), "a pool without addresses", "Add a range statement, or remove the pool.")
	}
	return s
}

func (p *parser) rangeStatement(b Base, sc *scope) Statement {
	if !p.rangeAllowed(sc, false) {
		return nil
	}
	s := p.mem.ranges.one()
	s.Base = b
	p.next()
	if p.acceptWord("dynamic-bootp") {
		s.DynamicBootp = true
	}
	low, at, ok := p.ipv4()
	if !ok {
		return nil
	}
	s.Low, s.High = low, low
	if !p.tok.is(';') {
		var end Span
		if s.High, end, ok = p.ipv4(); !ok {
			return nil
		}
		at.End = end.End
	}
	p.insideNetwork(sc, s, at)
	p.addRange(s, at)
	if sc.pool != nil {
		sc.pool.ranges++
		if sc.pool.peer && s.DynamicBootp {
			p.fail("dynamic-bootp-failover", at, "dynamic-bootp is not possible in a pool with a failover peer", "")
		}
	}
	if !p.semi() {
		return nil
	}
	return s
}

// insideNetwork demands that a range is in the subnet around it, or in one of
// the subnets that the shared network around it has so far.
func (p *parser) insideNetwork(sc *scope, s *Range, at Span) {
	n := sc.net
	if n == nil && sc.subnets != nil {
		for _, subnet := range *sc.subnets {
			if subnet.contains(s.Low) {
				n = subnet
				break
			}
		}
		if n == nil {
			p.fail("range-outside-subnet", at, fmt.Sprintf("%s is in no subnet of the shared network", s.Low),
				"The pools of a shared network stand behind its subnets.")
			return
		}
	}
	if n == nil {
		return
	}
	for _, a := range []netip.Addr{s.Low, s.High} {
		if !n.contains(a) {
			p.fail("range-outside-subnet", at, fmt.Sprintf("%s is not in the subnet", a), "")
			return
		}
	}
}

func (p *parser) addRange(s *Range, at Span) {
	low, high := s.Low.As4(), s.High.As4()
	// dhcpd keeps a record of each address, all of a range in one piece of memory.
	const most = 14_128_180
	r := addressRange{binary.BigEndian.Uint32(low[:]), binary.BigEndian.Uint32(high[:]), at}
	if r.low > r.high {
		r.low, r.high = r.high, r.low
	}
	if r.high-r.low >= most {
		p.fail("range-too-large", at, fmt.Sprintf("a range of %d addresses, dhcpd takes at most %d", uint64(r.high-r.low)+1, most), "")
	}
	p.names.ranges = append(p.names.ranges, r)
}

// rangeAllowed reports whether a range may stand here: a pool takes those of
// its own kind, and only in its own block.
func (p *parser) rangeAllowed(sc *scope, v6 bool) bool {
	switch {
	case sc.kind == scopePool && sc.included:
		return p.fail("not-allowed-here", p.tokenSpan(p.tok), "a range is not allowed in a file that is included in a pool",
			"dhcpd takes it only in the block itself.")
	case sc.kind == scopePool && sc.pool != nil && sc.pool.v6 != v6:
		return p.fail("not-allowed-here", p.tokenSpan(p.tok), "this range is for the other kind of pool", "")
	case sc.kind == scopeSubnet && sc.net == nil:
		return p.fail("not-allowed-here", p.tokenSpan(p.tok), "a range stands in a subnet", "")
	}
	return true
}

func (p *parser) range6(b Base, sc *scope) Statement {
	if !p.rangeAllowed(sc, true) {
		return nil
	}
	s := &Range6{Base: b}
	p.next()
	low, at, ok := p.ipv6()
	if !ok {
		return nil
	}
	p.insideSubnet(sc, low, at, "range6")
	switch {
	case p.tok.is('/'):
		bits, end, ok := p.slashLength()
		if !ok {
			return nil
		}
		s.Prefix = netip.PrefixFrom(low, bits)
		at.End = end
		p.wholePrefix(s.Prefix, at)
		if sc.net != nil && sc.net.v6 && bits < sc.net.prefix.Bits() {
			p.fail("range-outside-subnet", at, fmt.Sprintf("%s is larger than the subnet %s", s.Prefix, sc.net.prefix), "")
		}
		if p.acceptWord("temporary") {
			s.Temporary = true
			if bits < 64 || bits == 128 {
				p.fail("bad-prefix-length", at, "temporary addresses take a prefix of 64 to 127 bits", "")
			}
		}
	case p.acceptWord("temporary"):
		s.Temporary = true
		s.Prefix = netip.PrefixFrom(low, 64)
		p.wholePrefix(s.Prefix, at)
	default:
		high, at, ok := p.ipv6()
		if !ok {
			return nil
		}
		s.Low, s.High = low, high
		p.insideSubnet(sc, high, at, "range6")
	}
	if sc.pool != nil {
		sc.pool.ranges++
	}
	if !p.semi() {
		return nil
	}
	return s
}

// insideSubnet demands that an address is in the subnet around it.
func (p *parser) insideSubnet(sc *scope, a netip.Addr, at Span, what string) {
	if sc.net != nil && sc.net.v6 && !sc.net.contains(a) {
		p.fail("range-outside-subnet", at, fmt.Sprintf("%s %s is outside the subnet %s", what, a, sc.net.prefix), "")
	}
}

// wholePrefix demands that no bit behind the prefix is set.
func (p *parser) wholePrefix(prefix netip.Prefix, at Span) {
	if prefix.Masked() != prefix {
		p.fail("bad-prefix-length", at, fmt.Sprintf("%s has bits behind the prefix", prefix), "")
	}
}

func (p *parser) prefix6(b Base, sc *scope) Statement {
	if !p.rangeAllowed(sc, true) {
		return nil
	}
	s := &Prefix6{Base: b}
	p.next()
	var lowAt Span
	var ok bool
	if s.Low, lowAt, ok = p.ipv6(); !ok {
		return nil
	}
	if s.High, _, ok = p.ipv6(); !ok {
		return nil
	}
	bits, end, ok := p.slashLength()
	if !ok {
		return nil
	}
	s.Length = bits
	for _, a := range []netip.Addr{s.Low, s.High} {
		if prefix := netip.PrefixFrom(a, bits); prefix.Masked() != prefix {
			p.fail("bad-prefix-length", p.span(lowAt.Off, end), fmt.Sprintf("%s has bits behind the prefix", prefix), "")
			break
		}
	}
	if sc.pool != nil {
		sc.pool.ranges++
	}
	if !p.semi() {
		return nil
	}
	return s
}
