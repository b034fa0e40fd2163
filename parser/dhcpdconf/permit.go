package dhcpdconf

import (
	"fmt"
	"time"
)

// serverFlags are the words of allow, deny and ignore outside pools.
var serverFlags = []string{"unknown-clients", "booting", "bootp", "dynamic-bootp", "duplicates", "declines",
	"client-updates", "leasequery"}

// permitWords are the words of allow and deny in pools.
var permitWords = []string{"known-clients", "unknown-clients", "known", "unknown", "members", "all", "authenticated",
	"unauthenticated", "dynamic", "after"}

// allowDeny reads allow, deny and ignore: a permit in the block of a pool, a
// flag of the server everywhere else.
func (p *parser) allowDeny(b Base, sc *scope) Statement {
	p.next()
	if sc.kind == scopePool && !sc.included && b.keyword != "ignore" {
		return p.permit(b, sc)
	}
	s := &Flag{Base: b, Verb: b.keyword}
	if p.tok.isName() {
		word := foldWord(p.word(p.tok))
		for _, flag := range serverFlags {
			if word == flag {
				s.Name = flag
				p.next()
				if !p.semi() {
					return nil
				}
				return s
			}
		}
		detail := p.suggestion(word, among(serverFlags...))
		for _, permit := range permitWords {
			if word == permit {
				detail = "This is for pools."
			}
		}
		p.fail("unknown-flag", p.tokenSpan(p.tok), fmt.Sprintf("nothing to %s is called %s", b.keyword, p.show(p.tok)), detail)
		return nil
	}
	p.expected("flag", "expected what to "+b.keyword)
	return nil
}

// permitKinds are the permits that are one word, or one with "clients" behind.
var permitKinds = map[string]struct {
	kind    PermitKind
	clients bool
}{
	"known-clients":   {PermitKnown, false},
	"unknown-clients": {PermitUnknown, false},
	"known":           {PermitKnown, true},
	"unknown":         {PermitUnknown, true},
	"authenticated":   {PermitAuthenticated, true},
	"unauthenticated": {PermitUnauthenticated, true},
	"all":             {PermitAll, true},
}

func (p *parser) permit(b Base, sc *scope) Statement {
	s := &Permit{Base: b, Allow: b.keyword == "allow"}
	ok := true
	word := ""
	if p.tok.isName() {
		word = foldWord(p.word(p.tok))
	}
	switch k, known := permitKinds[word]; {
	case known:
		s.Kind = k.kind
		p.next()
		ok = !k.clients || p.demand("clients")
	case p.acceptWord("dynamic"):
		s.Kind = PermitDynamicBootp
		ok = p.demand("bootp") && p.demand("clients")
	case p.acceptWord("members"):
		s.Kind = PermitMembers
		if ok = p.demand("of"); ok {
			if s.Class, ok = p.className(); ok {
				p.knownClass(s.Class)
			}
		}
	case p.acceptWord("after"):
		s.Kind = PermitAfter
		if s.After, ok = p.date(); ok && sc.pool.after {
			p.fail("duplicate-after", b.span, `a pool has one permit with "after" only`, "")
		}
		sc.pool.after = true
	default:
		ok = p.fail("unknown-permit", p.tokenSpan(p.tok), fmt.Sprintf("no clients are called %s", p.show(p.tok)),
			p.suggestion(word, among(permitWords...)))
	}
	if !ok || !p.semi() {
		return nil
	}
	return s
}

// demand reads a word that must stand here.
func (p *parser) demand(word string) bool {
	return p.acceptWord(word) || p.expected(word, fmt.Sprintf("expected %q", word))
}

// date reads a date of dhcpd: "never", "epoch SECONDS", or "WEEKDAY
// YEAR/MONTH/DAY HOUR:MINUTE:SECOND [OFFSET]" in UTC. The zero Time is never.
func (p *parser) date() (time.Time, bool) {
	if p.acceptWord("never") {
		return time.Time{}, true
	}
	if p.acceptWord("epoch") {
		n, ok := p.dateNumber()
		return time.Unix(int64(n), 0).UTC(), ok
	}
	var v [7]int
	for i, sep := range []byte{0, 0, '/', '/', 0, ':', ':'} {
		if sep != 0 && !p.accept(sep) {
			return time.Time{}, p.expected("date", "expected a date such as 4 2027/01/28 00:00:00")
		}
		var ok bool
		if v[i], ok = p.dateNumber(); !ok {
			return time.Time{}, false
		}
	}
	if v[1] < 1900 {
		v[1] += 1900
	}
	t := time.Date(v[1], time.Month(v[2]), v[3], v[4], v[5], v[6], 0, time.UTC)
	if p.tok.kind == tokNumber {
		// The offset of the local time in seconds.
		n, _ := p.dateNumber()
		t = t.Add(time.Duration(n) * time.Second)
	}
	return t, true
}

func (p *parser) dateNumber() (int, bool) {
	if p.tok.kind != tokNumber {
		return 0, p.expected("date", "expected a number of a date such as 4 2027/01/28 00:00:00")
	}
	return smallNumber(p.word(p.next())), true
}
