package dhcpdconf

import (
	"fmt"
	"strings"
)

func (p *parser) host(b Base, sc *scope) Statement {
	s := p.mem.hosts.one()
	s.Base = b
	p.next()
	if s.Name = p.hostName(); s.Name.Text == "" {
		p.expected("name", "expected the name of the host")
		return nil
	}
	// Hosts cannot be in hosts, so that all share one scope.
	inner := &p.hostScope
	*inner = *sc
	inner.kind, inner.included = scopeHost, false
	inner.class, inner.pool = nil, nil
	p.hostData = hostState{name: s.Name.Text}
	inner.host = &p.hostData
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	p.declareHost(s)
	return s
}

// hardwareTypes are the names of hardware types with their ARP numbers.
var hardwareTypes = []struct {
	name  string
	htype uint8
}{{"ethernet", 1}, {"token-ring", 6}, {"fddi", 8}, {"infiniband", 32}}

// maxHardware is the length of the longest hardware address that dhcpd keeps.
const maxHardware = 20

func (p *parser) hardware(b Base, sc *scope) Statement {
	s := p.mem.hardware.one()
	s.Base = b
	p.next()
	if !p.hardwareType(s) {
		return nil
	}
	start := p.tok.off
	var buf [maxHardware + 12]byte
	list, ok := buf[:0], true
	if !p.tok.is(';') { // dhcpd takes a type without an address
		list, ok = p.octets(list)
	}
	if !ok {
		return nil
	}
	if len(list) > maxHardware {
		p.fail("bad-hardware", p.span(start, p.prev), fmt.Sprintf("a hardware address has at most %d octets", maxHardware), "")
	}
	s.Address = p.mem.bytes.take(len(list))
	copy(s.Address, list)
	if sc.host == nil {
		p.fail("not-allowed-here", b.span, "hardware is not allowed in a file that is included in a host",
			"dhcpd takes it only in the block itself.")
	} else {
		if sc.host.hardware {
			p.fail("duplicate-hardware", b.span, fmt.Sprintf("the host %s has a hardware address already", sc.host.name), "")
		}
		sc.host.hardware = true
	}
	if !p.semi() {
		return nil
	}
	return s
}

func (p *parser) hardwareType(s *Hardware) bool {
	for _, h := range hardwareTypes {
		if p.isWord(h.name) {
			s.Type, s.HType = h.name, h.htype
			p.next()
			return true
		}
	}
	if p.tok.isName() {
		word := foldWord(p.word(p.tok))
		if digits, ok := strings.CutPrefix(word, "unknown-"); ok {
			s.Type, s.HType = word, uint8(smallNumber(digits))
			p.next()
			return true
		}
	}
	return p.expected("hardware-type", "expected a hardware type such as ethernet")
}

func (p *parser) fixedAddress(b Base, sc *scope) Statement {
	s := p.mem.fixed.one()
	s.Base = b
	s.V6 = b.keyword == "fixed-address6"
	p.next()
	s.Addresses = p.mem.addresses.take(1)[:0]
	for {
		var a Address
		var ok bool
		if s.V6 {
			a.Addr, a.Span, ok = p.ipv6()
		} else {
			a, ok = p.address()
		}
		if !ok {
			return nil
		}
		s.Addresses = append(s.Addresses, a)
		if !p.accept(',') {
			break
		}
	}
	if sc.host == nil {
		p.fail("not-allowed-here", b.span, s.keyword+" is not allowed in a file that is included in a host",
			"dhcpd takes it only in the block itself.")
	} else {
		if sc.host.address {
			p.fail("duplicate-fixed-address", b.span, "a host has one fixed-address statement only",
				"Write the addresses behind each other, with commas between them.")
		}
		sc.host.address = true
	}
	if !p.semi() {
		return nil
	}
	return s
}

func (p *parser) fixedPrefix6(b Base, _ *scope) Statement {
	s := &FixedPrefix6{Base: b}
	p.next()
	var at Span
	var ok bool
	if s.Prefix, at, ok = p.prefix(); !ok {
		return nil
	}
	p.wholePrefix(s.Prefix, at)
	if !p.semi() {
		return nil
	}
	return s
}

func (p *parser) uid(b Base, sc *scope) Statement {
	s := &UID{Base: b}
	p.next()
	if sc.host.uid {
		p.fail("duplicate-uid", b.span, fmt.Sprintf("the host %s has a uid already", sc.host.name), "")
	}
	sc.host.uid = true
	ok := false
	if p.tok.kind == tokString {
		var text string
		text, ok = p.stringText(p.next())
		s.Value = []byte(text)
	} else {
		s.Value, ok = p.octets(nil)
	}
	if !ok || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) hostIdentifier(b Base, sc *scope) Statement {
	s := &HostIdentifier{Base: b, V6Relay: -1}
	p.next()
	if sc.host.ident {
		p.fail("duplicate-host-identifier", b.span, "a host has one host-identifier only", "")
	}
	sc.host.ident = true
	switch {
	case p.acceptWord("option"):
	case p.acceptWord("v6relopt"):
		if p.tok.kind != tokNumber {
			p.expected("number", "expected the number of a relay")
			return nil
		}
		t := p.next()
		if s.V6Relay = smallNumber(p.word(t)); s.V6Relay < 0 {
			p.fail("bad-number", p.tokenSpan(t), "the number of a relay is not negative", "")
		}
	default:
		p.expected("option", `expected "option" or "v6relopt"`)
		return nil
	}
	name, ok := p.optionName()
	if !ok {
		return nil
	}
	if s.Option, ok = p.lookupOption(name); !ok {
		return nil
	}
	if s.Data.Fields, ok = p.value(s.Option); !ok || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) hostGroup(b Base, sc *scope) Statement {
	s := &HostGroup{Base: b}
	if sc.included {
		p.fail("not-allowed-here", b.span, "group is not allowed in a file that is included in a host", "")
		return nil
	}
	if !p.tok.isName() && p.tok.kind != tokString {
		p.expected("name", "expected the name of a group")
		return nil
	}
	var ok bool
	if s.Name, ok = p.nameOrString(); !ok {
		return nil
	}
	if _, ok := p.names.groups[s.Name.Text]; !ok {
		p.fail("unknown-group", s.Name.Span, fmt.Sprintf("no group named %s has been declared", s.Name.Text),
			"A group must stand before the hosts that name it.")
	}
	if !p.semi() {
		return nil
	}
	return s
}

func (p *parser) hostState(b Base, sc *scope) Statement {
	p.next()
	if !p.semi() {
		return nil
	}
	if sc.kind == scopeGroup && (p.tok.is('}') || p.isWord("dynamic") || p.isWord("deleted") || p.isWord("static")) {
		// dhcpd writes these words itself, and reads them only so.
		p.fail("group-state", b.span, fmt.Sprintf("in a group, a parameter or declaration must follow %s", b.keyword), "")
	}
	return &HostState{b}
}
