package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// splitList splits at commas and cuts blanks off.
func splitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// parseRange reads "first - last" or a prefix.
func parseRange(text string) (first, last netip.Addr, err error) {
	if low, high, ok := strings.Cut(text, "-"); ok {
		first, err = netip.ParseAddr(strings.TrimSpace(low))
		if err == nil {
			last, err = netip.ParseAddr(strings.TrimSpace(high))
		}
	} else {
		var p netip.Prefix
		p, err = netip.ParsePrefix(strings.TrimSpace(text))
		if err == nil {
			first, last = p.Masked().Addr(), lastOf(p)
		}
	}
	if err != nil || !first.Is4() || !last.Is4() || last.Less(first) {
		return first, last, fmt.Errorf("pool %q is no range of IPv4 addresses", text)
	}
	return first, last, nil
}

// lastOf is the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(b); bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last
}
