package keaconf

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// ParsePool reads the value of "pool": "first - last", or a prefix. The error goes
// on from the text, such as "ends before it begins".
func ParsePool(text string) (first, last netip.Addr, err error) {
	if a, b, ok := strings.Cut(text, "/"); ok {
		addr, err := netip.ParseAddr(strings.TrimSpace(a))
		bits, err2 := strconv.Atoi(strings.TrimSpace(b))
		if err != nil || err2 != nil || bits < 0 || bits > addr.BitLen() {
			return first, last, errNoPool
		}
		p := netip.PrefixFrom(addr, bits)
		return p.Masked().Addr(), LastAddr(p), nil
	}
	a, b, ok := strings.Cut(text, "-")
	first, err = netip.ParseAddr(strings.TrimSpace(a))
	last, err2 := netip.ParseAddr(strings.TrimSpace(b))
	if !ok || err != nil || err2 != nil || first.Is4() != last.Is4() {
		return first, last, errNoPool
	}
	if last.Less(first) {
		return first, last, errors.New("ends before it begins")
	}
	return first, last, nil
}

var errNoPool = errors.New("is no pool; write first - last, or address/length")

// LastAddr returns the last address of a prefix.
func LastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
