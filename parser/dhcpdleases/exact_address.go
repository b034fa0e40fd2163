package dhcpdleases

import (
	"net/netip"
	"unsafe"
)

// address4 reads four numbers with dots between them.
func (r *Reader) address4(a *[4]byte) bool {
	for i := range a {
		if i > 0 {
			if r.peek(); !r.is('.') {
				if !r.is('{') && !r.is('}') {
					r.next()
				}
				r.unexpected(`"."`)
				if !r.is(';') {
					r.skipToSemi()
				}
				return false
			}
			r.next()
		}
		switch r.next(); r.kind {
		case tokEOF:
			r.unexpected("a number")
			return true // as far as it goes; something else will be missing
		case tokNumber:
			a[i] = byte(r.convert(10, 8))
		default:
			r.unexpected("a number")
			r.skipToSemi()
			return false
		}
	}
	return true
}

// address6 reads an IPv6 address, in which there is no blank.
func (r *Reader) address6() (netip.Addr, bool) {
	text, n := &r.address, 0
	for r.peek(); ; r.peekRaw() {
		ok := r.kind == tokNumber || r.is('.') || r.is(':') || r.isName() && (!r.keyword || r.isWord("add")) && allHex(r.value)
		if !ok {
			break
		}
		r.peeked = false
		if n+len(r.value) >= len(text) {
			r.problem("not an IPv6 address")
			r.skipToSemi()
			return netip.Addr{}, false
		}
		n += copy(text[n:], r.value)
	}
	a, ok := parseAddress6(text[:n])
	if !ok {
		r.unexpected("an IPv6 address")
		r.skipToSemi()
		return netip.Addr{}, false
	}
	return a, true
}

// maxAddress6 is the length of the longest IPv6 address.
const maxAddress6 = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

// parseAddress6 reads an IPv6 address without zone, and without allocation.
func parseAddress6(text []byte) (netip.Addr, bool) {
	if len(text) == 0 {
		return netip.Addr{}, false
	}
	// Nothing keeps the text but an error, which is dropped here.
	a, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	return a, err == nil && a.Is6()
}

func allHex(b []byte) bool {
	for _, c := range b {
		if !isHexDigit(int(c)) {
			return false
		}
	}
	return true
}
