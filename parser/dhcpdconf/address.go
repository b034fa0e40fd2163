package dhcpdconf

import (
	"fmt"
	"net/netip"
	"strings"
)

// parseNumber reads a number as dhcpd's convert_num does: decimal, "0x"
// hexadecimal or, after a leading 0, octal when base is 0; it may be negative
// and must fit size bits. Like there, it is computed in 32 bits.
func parseNumber(s string, base uint32, size uint) (n int64, problem string) {
	digits, negative := strings.CutPrefix(s, "-")
	if base == 0 {
		base = 10
		if len(digits) > 1 && digits[0] == '0' {
			switch {
			case digits[1] == 'x':
				base, digits = 16, digits[2:]
			case classes[digits[1]] == classDigit:
				base, digits = 8, digits[1:]
			}
		}
	}
	if digits == "" {
		return 0, fmt.Sprintf("%q is not a number", s)
	}
	var val uint32
	for i := 0; i < len(digits); i++ {
		c := digits[i]
		var d uint32
		switch {
		case c >= 'a':
			d = uint32(c-'a') + 10
		case c >= 'A':
			d = uint32(c-'A') + 10
		case c >= '0':
			d = uint32(c - '0')
		default:
			d = base
		}
		if d >= base {
			return 0, fmt.Sprintf("%q is not a number with the base %d", s, base)
		}
		val = val*base + d
	}
	most := uint32(1)<<(size-1) - 1 + uint32(1)<<(size-1)
	if negative {
		most = 1 << (size - 1)
	}
	if val > most {
		return 0, fmt.Sprintf("%s does not fit %d bits", s, size)
	}
	if negative {
		return -int64(val), ""
	}
	return int64(val), ""
}

// smallNumber reads what dhcpd reads with atoi: digits, the rest ignored.
func smallNumber(s string) int {
	s, negative := strings.CutPrefix(s, "-")
	n := 0
	for i := 0; i < len(s) && classes[s[i]] == classDigit; i++ {
		n = min(n*10+int(s[i]-'0'), 1<<31)
	}
	if negative {
		return -n
	}
	return n
}

// octets reads numbers in base 16 joined by ":" into out, which dhcpd calls a
// colon-separated hexadecimal list.
func (p *parser) octets(out []byte) ([]byte, bool) {
	for {
		if !p.tok.isHex() {
			return out, p.expected("number", "expected a hexadecimal octet")
		}
		t := p.next()
		s := p.text[t.off:t.end]
		if n := len(s); n <= 2 && hexDigits[s[0]] && hexDigits[s[n-1]] {
			v := hexValue(s[0])
			if n == 2 {
				v = v<<4 | hexValue(s[1])
			}
			out = append(out, v)
		} else {
			v, problem := parseNumber(s, 16, 8)
			if problem != "" {
				return out, p.fail("bad-number", p.tokenSpan(t), problem, "")
			}
			out = append(out, byte(v))
		}
		if !p.accept(':') {
			return out, true
		}
	}
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// ipv4 reads four numbers joined by ".".
func (p *parser) ipv4() (a netip.Addr, at Span, ok bool) {
	start := p.tok.off
	var b [4]byte
	for i := range b {
		if i > 0 && !p.accept('.') {
			return a, at, p.fail("bad-address", p.span(start, p.prev), "an address has four numbers", "")
		}
		if p.tok.kind != tokNumber {
			return a, at, p.expected("number", "expected the number of an address")
		}
		t := p.next()
		n, problem := parseNumber(p.word(t), 10, 8)
		if problem != "" {
			return a, at, p.fail("bad-address", p.tokenSpan(t), problem, "")
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b), p.span(start, p.prev), true
}

// ipv6 reads an IPv6 address, which has no blanks within it.
func (p *parser) ipv6() (a netip.Addr, at Span, ok bool) {
	off := int(p.tok.off)
	end := off
	for end < len(p.text) && (inWord(p.text[end]) || p.text[end] == ':' || p.text[end] == '.') {
		end++
	}
	at = p.span(uint32(off), uint32(end))
	if end == off {
		at = p.tokenSpan(p.tok)
	}
	const longest = 64
	if end-off <= longest {
		a, err := netip.ParseAddr(p.text[off:end])
		if err == nil && a.Is6() && a.Zone() == "" {
			p.jump(uint32(end))
			return a, at, true
		}
	}
	p.fail("bad-address", at, "not an IPv6 address", "")
	return a, at, false
}

// hostName reads words and numbers joined by ".", perhaps with one at the end.
// It returns "" when there is none.
func (p *parser) hostName() Name {
	start := p.tok.off
	end := start
	adjacent := true
	for p.tok.isName() || p.tok.kind == tokNumber {
		adjacent = adjacent && p.tok.off == end
		end = p.next().end
		if !p.tok.is('.') {
			break
		}
		adjacent = adjacent && p.tok.off == end
		end = p.next().end
	}
	n := Name{Span: p.span(start, end), Text: p.text[start:end]}
	if !adjacent {
		n.Text = p.joinTokens(start, end)
	}
	return n
}

// joinTokens returns the text between two offsets without blanks and comments.
func (p *parser) joinTokens(off, end uint32) string {
	var b strings.Builder
	for t := p.scan(off); t.end <= end && t.kind != tokEOF; t = p.scan(t.end) {
		b.WriteString(p.word(t))
	}
	return b.String()
}

// address reads an IPv4 address or a host name in place of one. dhcpd decides
// by whether a second number follows the first.
func (p *parser) address() (Address, bool) {
	if p.tok.kind == tokNumber {
		dot := p.peek()
		if dot.is('.') && p.scan(dot.end).kind == tokNumber {
			a, at, ok := p.ipv4()
			return Address{Span: at, Addr: a}, ok
		}
	}
	if !p.tok.isName() && p.tok.kind != tokNumber {
		return Address{}, p.expected("address", "expected an address or a host name")
	}
	n := p.hostName()
	return Address{Span: n.Span, Host: n.Text}, true
}

// text returns what a string token stands for, its escapes resolved.
func (p *parser) stringText(t token) (string, bool) {
	s := p.text[t.off:t.end]
	if len(s) < 2 || s[len(s)-1] != '"' || unclosed(s) {
		if n := len(p.diags); n > 0 && p.diags[n-1].Code == "unterminated-string" {
			return "", false
		}
		return "", p.fail("unterminated-string", p.tokenSpan(t), "the file ends within this text",
			`Its closing quote is missing, or one further up is.`)
	}
	s = s[1 : len(s)-1]
	if i := strings.IndexByte(s, endByte); i >= 0 {
		at := p.span(t.off+1+uint32(i), t.off+2+uint32(i))
		return "", p.fail("byte-255-in-text", at, "dhcpd takes the byte 255 for the end of the file", `Write it as \xff.`)
	}
	if strings.IndexByte(s, '\\') >= 0 {
		var problem string
		if s, problem = unescape(s); problem != "" {
			return "", p.fail("bad-escape", p.tokenSpan(t), problem, "")
		}
	}
	if len(s) >= maxToken {
		return "", p.fail("text-too-long", p.tokenSpan(t),
			fmt.Sprintf("a text of %d bytes, dhcpd takes at most %d", len(s), maxToken-1), "")
	}
	return s, true
}

// unclosed reports whether the quote at the end of s belongs to an escape.
func unclosed(s string) bool {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i = escapeEnd(s, i+1) - 1
		case '"':
			return false
		}
	}
	return true
}

// unescape resolves the escapes of a string: \t \r \n \b, \xHH, \ooo with the
// first digit 0..3, and any other byte for itself.
func unescape(s string) (text, problem string) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			continue
		}
		i++
		switch c = s[i]; c {
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case 'n':
			b = append(b, '\n')
		case 'b':
			b = append(b, '\b')
		case 'x':
			if i+2 >= len(s) || !hexDigits[s[i+1]] || !hexDigits[s[i+2]] {
				return "", `\x is followed by two hexadecimal digits`
			}
			b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		case '0', '1', '2', '3':
			v, n := c-'0', 1
			for ; n < 3 && i+n < len(s) && '0' <= s[i+n] && s[i+n] <= '7'; n++ {
				v = v<<3 | (s[i+n] - '0')
			}
			switch {
			case n == 3:
				b = append(b, v)
				i += 2
			case v != 0 || i+n+1 >= len(s):
				return "", `a backslash and a digit are followed by two octal digits`
			default:
				// As escapeEnd says: what follows is an escape again.
				i += n
				s = s[:i] + `\` + s[i+1:]
				i--
			}
		default:
			b = append(b, c)
		}
	}
	return string(b), ""
}
