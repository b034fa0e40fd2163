package config

import (
	"maps"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

func (s *shower) pool(m map[string]any) map[string]any {
	out := maps.Clone(m)
	out["option-data"] = s.options(m["option-data"])
	if pool, ok := m["pool"].(string); ok {
		out["pool"] = shownPool(pool)
	}
	if id, ok := integer(out["pool-id"]); ok && id == 0 {
		delete(out, "pool-id")
	}
	guards(out)
	context(out, m)
	return out
}

// shownPool is a pool as Kea shows it: as a prefix where it is one, and without
// blanks.
func shownPool(text string) string {
	bare := withoutBlanks(text)
	first, last, err := keaconf.ParsePool(bare)
	if err != nil {
		return bare
	}
	for bits := first.BitLen(); bits >= 0; bits-- {
		p := netip.PrefixFrom(first, bits)
		if p.Masked().Addr() != first {
			break
		}
		if end := lastOf(p); end == last {
			return p.String()
		}
	}
	return first.String() + "-" + last.String()
}

// lastOf is the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	a := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(a); i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(a)
	return last
}
