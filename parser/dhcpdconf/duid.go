package dhcpdconf

import "fmt"

// serverDUID reads "server-duid": LLT, LL and EN with their values or, to have
// dhcpd make one, without; or the whole DUID as text, octets, or a type number
// with octets.
func (p *parser) serverDUID(b Base, _ *scope) Statement {
	s := &ServerDUID{Base: b}
	p.next()
	ok := false
	switch {
	case p.acceptWord("en"):
		s.Type = "EN"
		ok = p.duidEN(s)
	case p.acceptWord("ll"):
		s.Type = "LL"
		ok = p.duidLL(s, false)
	case p.acceptWord("llt"):
		s.Type = "LLT"
		ok = p.duidLL(s, true)
	default:
		ok = p.duidRaw(s)
	}
	if !ok || !p.semi() {
		return nil
	}
	return s
}

// duidData reads text in quotes or octets.
func (p *parser) duidData() ([]byte, bool) {
	x, ok := p.constant()
	if !ok {
		return nil, false
	}
	return x.(*Literal).Data, true
}

func (p *parser) duidEN(s *ServerDUID) bool {
	if p.tok.is(';') {
		s.Generate = true
		return true
	}
	n, ok := p.duidNumber("an enterprise number")
	if !ok {
		return false
	}
	s.Enterprise = n
	s.Identifier, ok = p.duidData()
	return ok
}

func (p *parser) duidLL(s *ServerDUID, withTime bool) bool {
	if p.tok.is(';') {
		s.Generate = true
		return true
	}
	var h Hardware
	if p.tok.isName() {
		if !p.hardwareType(&h) {
			return false
		}
		s.HType = uint16(h.HType)
	} else {
		n, ok := p.duidNumber("a hardware type")
		if !ok {
			return false
		}
		s.HType = uint16(n)
	}
	if withTime {
		n, ok := p.duidNumber("a time in seconds since 2000")
		if !ok {
			return false
		}
		s.Time = n
	}
	var ok bool
	s.Identifier, ok = p.duidData()
	return ok
}

func (p *parser) duidNumber(what string) (uint32, bool) {
	if p.tok.kind != tokNumber {
		return 0, p.expected("number", "expected "+what)
	}
	n, problem := parseNumber(p.word(p.tok), 10, 32)
	if problem != "" {
		return 0, p.fail("bad-number", p.tokenSpan(p.tok), problem, "")
	}
	p.next()
	return uint32(n), true
}

func (p *parser) duidRaw(s *ServerDUID) bool {
	s.Type = "raw"
	if p.tok.kind == tokNumber && !p.peek().is(':') {
		// A type number with the data behind it.
		n, ok := p.duidNumber("the type of a DUID")
		if !ok {
			return false
		}
		data, ok := p.duidData()
		s.Identifier = append([]byte{byte(n >> 8), byte(n)}, data...)
		return ok
	}
	if p.tok.kind != tokString && !p.tok.isHex() {
		return p.fail("expected-duid", p.tokenSpan(p.tok), fmt.Sprintf("expected LLT, LL, EN or a DUID, found %s", p.show(p.tok)), "")
	}
	var ok bool
	s.Identifier, ok = p.duidData()
	return ok
}
