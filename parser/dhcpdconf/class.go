package dhcpdconf

import (
	"fmt"
	"maps"
	"slices"
)

// className reads the name of a class, which stands in quotes.
func (p *parser) className() (Name, bool) {
	if p.tok.kind != tokString {
		return Name{}, p.expected("class-name", "expected the name of a class in quotes")
	}
	t := p.next()
	text, ok := p.stringText(t)
	return Name{p.tokenSpan(t), text}, ok
}

// knownClass demands that a class has been declared.
func (p *parser) knownClass(n Name) bool {
	if _, ok := p.names.classes[n.Text]; ok {
		return true
	}
	detail := p.suggestion(n.Text, func() []string { return slices.Sorted(maps.Keys(p.names.classes)) })
	if detail == "" {
		detail = "A class must stand before the statements that name it."
	}
	return p.fail("unknown-class", n.Span, fmt.Sprintf("no class named %q has been declared", n.Text), detail)
}

func (p *parser) class(b Base, sc *scope) Statement {
	p.next()
	if sc.kind == scopeHost {
		// dhcpd takes a class here; like everywhere it is a global one.
		p.warn("class-in-host", b.span, "a class in a host is a class for all", "")
	}
	s := &Class{Base: b, Kind: "class"}
	var ok bool
	if s.Name, ok = p.className(); !ok {
		return nil
	}
	state := &classState{}
	if _, known := p.names.classes[s.Name.Text]; !known {
		p.names.classes[s.Name.Text] = state
	}
	inner := sc.sub(scopeClass)
	inner.class = state
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	return s
}

func (p *parser) subclass(b Base, sc *scope) Statement {
	s := p.mem.subclasses.one()
	s.Base = b
	p.next()
	var ok bool
	if s.Class, ok = p.className(); !ok || !p.knownClass(s.Class) {
		return nil
	}
	if s.Value, ok = p.constant(); !ok {
		return nil
	}
	return p.subclassEnd(s, sc)
}

// oldClass reads "vendor-class" and "user-class" of version 2: for dhcpd 4, a
// subclass of a class of that name, which the file must have declared.
func (p *parser) oldClass(b Base, sc *scope) Statement {
	s := &Subclass{Base: b}
	p.next()
	n, ok := p.className()
	if !ok {
		return nil
	}
	s.Class = n
	if !p.knownClass(n) {
		return nil
	}
	return p.subclassEnd(s, sc)
}

func (p *parser) subclassEnd(s *Subclass, sc *scope) Statement {
	if p.accept(';') {
		return s
	}
	s.HasBlock = true
	inner := sc.sub(scopeClass)
	inner.class = &classState{subclass: true}
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	return s
}

// constant reads text in quotes or hexadecimal octets.
func (p *parser) constant() (Expr, bool) {
	lit := p.mem.literals.one()
	switch {
	case p.tok.kind == tokString:
		t := p.next()
		text, ok := p.stringText(t)
		if !ok {
			return nil, false
		}
		lit.At, lit.Kind, lit.Data = p.tokenSpan(t), LiteralText, []byte(text)
	case p.tok.isHex():
		start := p.tok.off
		var buf [64]byte
		list, ok := p.octets(buf[:0])
		if !ok {
			return nil, false
		}
		lit.At, lit.Kind = p.span(start, p.prev), LiteralHex
		lit.Data = p.mem.bytes.take(len(list))
		copy(lit.Data, list)
	default:
		return nil, p.expected("constant", "expected text in quotes or hexadecimal octets")
	}
	return lit, true
}

func (p *parser) match(b Base, sc *scope) Statement {
	s := &Match{Base: b}
	p.next()
	if sc.class.subclass {
		p.fail("not-allowed-here", b.span, "match is not allowed in a subclass", "")
		return nil
	}
	if p.acceptWord("if") {
		s.If = true
		if sc.class.match {
			p.fail("duplicate-match", b.span, `a class has one "match if" only`, `Join the conditions with "and" or "or".`)
		}
		sc.class.match = true
		s.Expr = p.expr(contextBoolean)
	} else {
		if sc.class.spawn {
			p.fail("duplicate-match", b.span, `a class has one "match" or "spawn with" only`, "")
		}
		sc.class.spawn = true
		s.Expr = p.expr(contextData)
	}
	if s.Expr == nil || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) spawn(b Base, sc *scope) Statement {
	s := &Spawn{Base: b}
	p.next()
	if sc.class.subclass {
		p.fail("not-allowed-here", b.span, "spawn is not allowed in a subclass", "")
		return nil
	}
	if !p.acceptWord("with") {
		p.expected("with", `expected "with"`)
		return nil
	}
	if sc.class.spawn {
		p.fail("duplicate-match", b.span, `a class has one "match" or "spawn with" only`, "")
	}
	sc.class.spawn = true
	if s.Expr = p.expr(contextData); s.Expr == nil || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) leaseLimit(b Base, _ *scope) Statement {
	s := &LeaseLimit{Base: b}
	p.next()
	if !p.acceptWord("limit") {
		p.expected("limit", `expected "limit"`)
		return nil
	}
	if p.tok.kind != tokNumber {
		p.expected("number", "expected a number of leases")
		return nil
	}
	s.Limit = uint32(smallNumber(p.word(p.next())))
	if !p.semi() {
		return nil
	}
	return s
}
