package keaconf

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// poolRange is a pool as first and last address.
type poolRange struct {
	first, last netip.Addr
	index       int
}

// parsePool reads "first - last" or a prefix.
func (s *semantics) parsePool(text string) (r poolRange, fault string) {
	first, last, err := ParsePool(text)
	if err != nil {
		return r, err.Error()
	}
	if a, _, ok := strings.Cut(text, "/"); ok && s.version >= keaversion.V2_6 {
		if addr, err := netip.ParseAddr(strings.TrimSpace(a)); err == nil && addr != first {
			return r, "does not begin at the first address of its prefix, " + first.String()
		}
	}
	return poolRange{first: first, last: last}, ""
}

func (s *semantics) pools(pools []Pool, subnet netip.Prefix, at *place) {
	var ranges []poolRange
	for i := range pools {
		p := &pools[i]
		pat := at.item(i)
		s.guards(&p.ClassGuards, pat)
		s.ddns(&p.DDNSParameters, pat)
		s.optionData(p.OptionData, pat.member("option-data"))
		if p.Pool == "" && s.c.rules != nil {
			continue
		}
		r, fault := s.parsePool(p.Pool)
		switch {
		case fault != "":
			s.fail(pat.member("pool"), "%q %s", clip(p.Pool), fault)
			continue
		case r.first.Is4() != (s.family == option.V4):
			s.fail(pat.member("pool"), "%s is not for DHCPv%d", p.Pool, s.family)
			continue
		case subnet.IsValid() && (!subnet.Contains(r.first) || !subnet.Contains(r.last)):
			s.fail(pat.member("pool"), "the pool %s is not within the subnet %s", p.Pool, subnet)
			continue
		}
		r.index = i
		ranges = append(ranges, r)
	}
	s.overlaps(ranges, at, "pool")
}

// overlaps compares pools that are neighbours by address.
func (s *semantics) overlaps(ranges []poolRange, at *place, key string) {
	slices.SortFunc(ranges, func(a, b poolRange) int { return a.first.Compare(b.first) })
	for i := 1; i < len(ranges); i++ {
		a, b := ranges[i-1], ranges[i]
		if !a.last.Less(b.first) {
			later, earlier := max(a.index, b.index), min(a.index, b.index)
			s.fail(at.item(later).member(key), "the pool overlaps with the one at %s", s.name(at.item(earlier)))
		}
		if b.last.Less(a.last) {
			ranges[i].last = a.last // what follows may overlap with the longer one
		}
	}
}

// pdPools checks pools of prefixes (Kea manual, section "Prefix Delegation").
func (s *semantics) pdPools(pools []PDPool, at *place) {
	var ranges []poolRange
	for i := range pools {
		p := &pools[i]
		pat := at.item(i)
		s.guards(&p.ClassGuards, pat)
		s.optionData(p.OptionData, pat.member("option-data"))
		if p.Prefix == "" || p.PrefixLen == 0 || p.DelegatedLen == 0 || p.PrefixLen > 128 || p.DelegatedLen > 128 {
			continue // the schema's business
		}
		a, err := netip.ParseAddr(p.Prefix)
		if err != nil || a.Is4() {
			s.fail(pat.member("prefix"), "%q is no IPv6 prefix", clip(p.Prefix))
			continue
		}
		prefix := netip.PrefixFrom(a, int(p.PrefixLen))
		switch {
		case p.DelegatedLen < p.PrefixLen:
			s.fail(pat.member("delegated-len"), "delegated-len (%d) is less than prefix-len (%d)", p.DelegatedLen, p.PrefixLen)
			continue
		case prefix.Masked() != prefix && s.version >= keaversion.V2_6:
			s.fail(pat.member("prefix"), "%s is not the first address of its prefix, %s", p.Prefix, prefix.Masked())
			continue
		}
		s.excluded(p, a, pat)
		ranges = append(ranges, poolRange{prefix.Masked().Addr(), LastAddr(prefix), i})
	}
	s.overlaps(ranges, at, "prefix")
}

// excluded checks the prefix that clients must not use (RFC 6603).
func (s *semantics) excluded(p *PDPool, prefix netip.Addr, at *place) {
	bits := 0
	if p.ExcludedPrefixLen != nil {
		bits = int(*p.ExcludedPrefixLen)
	}
	ex := netip.IPv6Unspecified()
	if p.ExcludedPrefix != "" {
		var err error
		if ex, err = netip.ParseAddr(p.ExcludedPrefix); err != nil || ex.Is4() {
			s.fail(at.member("excluded-prefix"), "%q is no IPv6 prefix", clip(p.ExcludedPrefix))
			return
		}
	}
	if bits == 0 && ex.IsUnspecified() {
		return
	}
	delegated := netip.PrefixFrom(prefix, int(p.DelegatedLen)).Masked()
	switch {
	case bits == 0:
		s.fail(at.member("excluded-prefix"), "excluded-prefix needs excluded-prefix-len")
	case bits <= int(p.DelegatedLen):
		s.fail(at.member("excluded-prefix-len"), "excluded-prefix-len (%d) is not more than delegated-len (%d)", bits, p.DelegatedLen)
	case !delegated.Contains(ex):
		s.fail(at.member("excluded-prefix"), "%s is not within %s", p.ExcludedPrefix, delegated)
	}
}
