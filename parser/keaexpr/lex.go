package keaexpr

import (
	"net/netip"
	"strings"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokWord
	tokString  // text without quotes
	tokHex     // text without 0x
	tokInteger // with a minus sign perhaps
	tokAddress
	tokSign // ( ) [ ] . , + * ==
)

type token struct {
	kind tokenKind
	pos  int
	text string
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHexDigit(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// span returns the length of the run of bytes at the start of s for which f holds.
func span(s string, f func(byte) bool) int {
	for i := range len(s) {
		if !f(s[i]) {
			return i
		}
	}
	return len(s)
}

// next returns the next token. In brackets, words are names of options.
func (p *parser) next() (token, *Error) {
	p.off += span(p.text[p.off:], func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' })
	start, s := p.off, p.text[p.off:]
	take := func(k tokenKind, n int, text string) (token, *Error) {
		p.off += n
		return token{k, start, text}, nil
	}
	if s == "" {
		return take(tokEOF, 0, "")
	}
	switch c := s[0]; {
	case c == '\'':
		n := strings.IndexAny(s[1:], "'\n")
		if n < 0 || s[1+n] != '\'' {
			return token{}, &Error{start, "this string has no end; add '"}
		}
		return take(tokString, n+2, s[1:1+n])
	case strings.HasPrefix(s, "=="):
		return take(tokSign, 2, "==")
	case len(s) > 2 && c == '0' && (s[1] == 'x' || s[1] == 'X') && isHexDigit(s[2]):
		n := 2 + span(s[2:], isHexDigit)
		return take(tokHex, n, s[2:n])
	case isDigit(c), c == ':', c == '-' && len(s) > 1 && isDigit(s[1]), isHexDigit(c) && p.address6(s) > 0:
		if n := p.address6(s); n > 0 {
			return p.address(s[:n])
		}
		if n := span(s, func(c byte) bool { return isDigit(c) || c == '.' }); strings.Count(s[:n], ".") == 3 {
			return p.address(s[:n])
		}
		n := 1 + span(s[1:], isDigit)
		if c == ':' {
			break
		}
		return take(tokInteger, n, s[:n])
	case isLetter(c):
		n := span(s, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' || c == '_' })
		return take(tokWord, n, s[:n])
	case strings.IndexByte("()[].,+*", c) >= 0:
		return take(tokSign, 1, s[:1])
	}
	msg := "unexpected character " + s[:1]
	switch s[0] {
	case '"':
		msg = "strings are written in single quotes"
	case '!', '<', '>', '=':
		msg = "the only comparison is ==; for not equal write not (a == b)"
	}
	return token{}, &Error{start, msg}
}

// address6 returns the length of what looks like an IPv6 address, 0 if nothing
// does: it needs two colons.
func (p *parser) address6(s string) int {
	n := span(s, func(c byte) bool { return isHexDigit(c) || c == ':' || c == '.' })
	if strings.Count(s[:n], ":") < 2 {
		return 0
	}
	return n
}

func (p *parser) address(s string) (token, *Error) {
	start := p.off
	if _, err := netip.ParseAddr(s); err != nil {
		return token{}, &Error{start, s + " is no address"}
	}
	p.off += len(s)
	return token{tokAddress, start, s}, nil
}
