package dhcpdconf

import "fmt"

// serverDUID reads "server-duid": LLT and LL with their values or, to have dhcpd
// make one, without; EN with its values; or the number of another type with its
// value in quotes.
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

// duidText reads text in quotes.
func (p *parser) duidText() ([]byte, bool) {
	if p.tok.kind != tokString {
		return nil, p.expected("text", "expected an identifier in quotes")
	}
	text, ok := p.stringText(p.next())
	return []byte(text), ok
}

func (p *parser) duidEN(s *ServerDUID) bool {
	n, ok := p.duidNumber("an enterprise number")
	if !ok {
		return false
	}
	s.Enterprise = n
	s.Identifier, ok = p.duidText()
	return ok
}

func (p *parser) duidLL(s *ServerDUID, withTime bool) bool {
	if p.tok.is(';') {
		s.Generate = true
		return true
	}
	var h Hardware
	at := p.tok
	if !p.hardwareType(&h) {
		return false
	}
	if h.HType == 32 || h.Type[0] == 'u' {
		return p.fail("expected-hardware-type", p.tokenSpan(at), "the hardware type of a DUID is ethernet, token-ring or fddi", "")
	}
	s.HType = uint16(h.HType)
	if withTime {
		n, ok := p.duidNumber("a time in seconds since 2000")
		if !ok {
			return false
		}
		s.Time = n
	}
	var ok bool
	s.Identifier, ok = p.octets(nil)
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

// duidRaw reads the number of a type and what follows it.
func (p *parser) duidRaw(s *ServerDUID) bool {
	s.Type = "raw"
	if p.tok.kind != tokNumber {
		return p.fail("expected-duid", p.tokenSpan(p.tok), fmt.Sprintf("expected LLT, LL or EN, found %s", p.show(p.tok)), "")
	}
	n, ok := p.duidNumber("the type of a DUID")
	if !ok {
		return false
	}
	data, ok := p.duidText()
	s.Identifier = append([]byte{byte(n >> 8), byte(n)}, data...)
	return ok
}
