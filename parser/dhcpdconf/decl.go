package dhcpdconf

import (
	"fmt"
	"net/netip"
)

// ---- networks ----

func (p *parser) subnet(b Base, sc *scope) Statement {
	s := p.mem.subnets.one()
	s.Base = b
	p.next()
	var at, maskAt Span
	var ok bool
	if s.Network, at, ok = p.ipv4(); !ok {
		return nil
	}
	if !p.acceptWord("netmask") {
		p.expected("netmask", `expected "netmask"`)
		return nil
	}
	if s.Netmask, maskAt, ok = p.ipv4(); !ok {
		return nil
	}
	n := &network{network: s.Network.As4(), mask: s.Netmask.As4()}
	if !n.contains(s.Network) {
		p.fail("bad-subnet", p.span(at.Off, maskAt.End), fmt.Sprintf("%s has bits that the netmask %s has not", s.Network, s.Netmask),
			"Write the first address of the network.")
	}
	inner := p.subnetScope(sc, n)
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	return s
}

func (p *parser) subnet6(b Base, sc *scope) Statement {
	s := &Subnet6{Base: b}
	p.next()
	prefix, at, ok := p.prefix()
	if !ok {
		return nil
	}
	s.Prefix = prefix
	if prefix.Masked() != prefix {
		p.fail("bad-subnet", at, fmt.Sprintf("%s has bits behind the prefix", prefix), fmt.Sprintf("Write %s.", prefix.Masked()))
	}
	inner := p.subnetScope(sc, &network{v6: true, prefix: prefix.Masked()})
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	return s
}

// subnetScope is the scope of a subnet. A subnet of its own is a network of its
// own.
func (p *parser) subnetScope(sc *scope, n *network) *scope {
	if sc.subnets != nil {
		*sc.subnets = append(*sc.subnets, n)
	}
	inner := sc.sub(scopeSubnet)
	inner.net = n
	if sc.links == nil {
		inner.links = new(int)
	}
	return inner
}

// prefix reads "ADDRESS/LENGTH" of IPv6.
func (p *parser) prefix() (netip.Prefix, Span, bool) {
	a, at, ok := p.ipv6()
	if !ok {
		return netip.Prefix{}, at, false
	}
	bits, end, ok := p.slashLength()
	return netip.PrefixFrom(a, bits), p.span(at.Off, end), ok
}

// slashLength reads "/N", a length of 0 to 128 bits.
func (p *parser) slashLength() (bits int, end uint32, ok bool) {
	if !p.accept('/') {
		return 0, 0, p.expected("slash", `expected "/"`)
	}
	if p.tok.kind != tokNumber {
		return 0, 0, p.expected("number", "expected the length of a prefix")
	}
	t := p.next()
	bits = smallNumber(p.word(t))
	if bits < 0 || bits > 128 {
		return 0, 0, p.fail("bad-prefix-length", p.tokenSpan(t), "a prefix has 0 to 128 bits", "")
	}
	return bits, t.end, true
}

func (p *parser) sharedNetwork(b Base, sc *scope) Statement {
	s := &SharedNetwork{Base: b}
	p.next()
	if p.tok.kind == tokString {
		t := p.next()
		text, ok := p.stringText(t)
		if !ok {
			return nil
		}
		s.Name = Name{p.tokenSpan(t), text}
		if text == "" {
			p.fail("empty-name", s.Name.Span, "a shared network without a name", "")
		}
	} else if s.Name = p.hostName(); s.Name.Text == "" {
		p.expected("name", "expected the name of the shared network")
		return nil
	}
	inner := sc.sub(scopeShared)
	inner.subnets, inner.links = new([]*network), new(int)
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	if len(*inner.subnets) == 0 {
		p.fail("empty-shared-network", s.Head(), "a shared network without a subnet", "Remove it, or move subnets into it.")
	}
	return s
}

func (p *parser) group(b Base, sc *scope) Statement {
	p.next()
	if sc.kind == scopeHost {
		return p.hostGroup(b, sc)
	}
	s := &Group{Base: b}
	if p.tok.isName() || p.tok.kind == tokString {
		var ok bool
		if s.Name, ok = p.nameOrString(); !ok {
			return nil
		}
		// dhcpd knows a group from its end on: hosts in it cannot name it.
		defer func() { p.declareGroup(s) }()
	}
	inner := sc.sub(scopeGroup)
	// A subnet in a group is not part of a shared network around the group.
	inner.subnets, inner.links, inner.net = nil, nil, nil
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	return s
}

// nameOrString reads one word or text.
func (p *parser) nameOrString() (Name, bool) {
	t := p.next()
	if t.kind != tokString {
		return Name{p.tokenSpan(t), p.word(t)}, true
	}
	text, ok := p.stringText(t)
	return Name{p.tokenSpan(t), text}, ok
}

func (p *parser) interfaceStatement(b Base, sc *scope) Statement {
	s := &Interface{Base: b}
	p.next()
	if p.tok.kind == tokEOF || p.tok.is('{') || p.tok.is('}') {
		p.expected("name", "expected the name of an interface")
		return nil
	}
	var ok bool // dhcpd takes any token for a name
	if s.Name, ok = p.nameOrString(); !ok {
		return nil
	}
	if sc.links != nil {
		if *sc.links++; *sc.links > 1 {
			p.fail("duplicate-interface", s.Name.Span, "a network can be connected to one interface only", "")
		}
	}
	if !p.semi() {
		return nil
	}
	return s
}

func (p *parser) authoritative(b Base, sc *scope) Statement {
	s := &Authoritative{Base: b}
	if p.acceptWord("not") {
		s.Not = true
		if !p.isWord("authoritative") {
			p.expected("authoritative", `expected "authoritative"`)
			return nil
		}
	}
	at := p.tokenSpan(p.next())
	if sc.kind == scopeHost {
		p.fail("not-allowed-here", at, "authoritative makes no sense in a host", "")
	}
	if !p.semi() {
		return nil
	}
	return s
}
