package keaconf

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// networks checks shared networks, subnets and global reservations (Kea manual,
// sections "IPv4 Subnet Identifier", "Shared Networks in DHCPv4").
func (s *semantics) networks(top *place, networks []SharedNetwork, subnets []Subnet, global []Reservation) {
	s.subnetIDs = map[uint32]*place{}
	s.prefixes = map[netip.Prefix]*place{}
	key := "subnet" + strconv.Itoa(int(s.family))
	for i := range subnets {
		s.subnet(&subnets[i], nil, top.member(key).item(i))
	}
	names := map[string]bool{}
	for i := range networks {
		n := &networks[i]
		at := top.member("shared-networks").item(i)
		switch {
		case n.Name == "":
			s.fail(at, "a shared network needs a name")
		case names[n.Name]:
			s.fail(at.member("name"), "another shared network is named %q already", n.Name)
		}
		names[n.Name] = true
		s.scope(&n.Parameters, nil, at)
		s.guards(&n.ClassGuards, at)
		s.relay(n.Relay, at)
		s.optionData(n.OptionData, at.member("option-data"))
		inner := n.Subnet4
		if s.family == option.V6 {
			inner = n.Subnet6
		}
		for j := range inner {
			s.subnet(&inner[j], &n.Parameters, at.member(key).item(j))
		}
		s.alike(n, inner, at.member(key))
	}
	s.reservations(global, netip.Prefix{}, top.member("reservations"))
}

// alike checks what the subnets of a shared network must have in common.
func (s *semantics) alike(n *SharedNetwork, subnets []Subnet, at *place) {
	iface := n.Interface
	for i := range subnets {
		sub := &subnets[i]
		if sub.Interface != "" && iface != "" && sub.Interface != iface {
			s.fail(at.item(i).member("interface"), "the subnets of a shared network have one interface; this one differs from %q", iface)
		}
		if iface == "" {
			iface = sub.Interface
		}
		if own := sub.Authoritative; own != nil {
			// The value at the top does not count here.
			if around := isTrue(n.Authoritative); *own != around {
				s.fail(at.item(i).member("authoritative"), "the subnets of a shared network are authoritative as the network itself is: %v; set it there", around)
			}
		}
		if s.family == option.V6 && i > 0 && isTrue(sub.RapidCommit) != isTrue(subnets[0].RapidCommit) {
			s.fail(at.item(i), "the subnets of a shared network have rapid-commit all or none")
		}
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// subnet checks a subnet; network is nil outside shared networks.
func (s *semantics) subnet(n *Subnet, network *Parameters, at *place) {
	prefix := s.prefix(n.Subnet, at.member("subnet"))
	if n.ID != 0 {
		if s.subnetIDs[n.ID] != nil {
			s.fail(at.member("id"), "the subnet id %d is used at %s already", n.ID, s.name(s.subnetIDs[n.ID]))
		} else {
			s.subnetIDs[n.ID] = at
		}
	}
	if prefix.IsValid() {
		if s.prefixes[prefix] != nil {
			s.fail(at.member("subnet"), "the subnet %s stands at %s already", prefix, s.name(s.prefixes[prefix]))
		} else {
			s.prefixes[prefix] = at
		}
	}
	s.scope(&n.Parameters, network, at)
	s.guards(&n.ClassGuards, at)
	s.relay(n.Relay, at)
	if n.Interface != "" && n.InterfaceID != "" {
		s.fail(at.member("interface-id"), "interface is for subnets on a link of the server, interface-id for those behind a relay; a subnet has one of them")
	}
	if n.FourOverSixSubnet != "" {
		if p, err := netip.ParsePrefix(n.FourOverSixSubnet); err != nil || p.Addr().Is4() {
			s.fail(at.member("4o6-subnet"), "%q is no IPv6 prefix", n.FourOverSixSubnet)
		}
	}
	s.optionData(n.OptionData, at.member("option-data"))
	s.pools(n.Pools, prefix, at.member("pools"))
	s.pdPools(n.PDPools, at.member("pd-pools"))
	s.reservations(n.Reservations, prefix.Masked(), at.member("reservations"))
}

// name says where something is.
func (s *semantics) name(at *place) string {
	if s.locate != nil {
		return s.locate(at).String()
	}
	return at.String()
}

// prefix reads a subnet; Kea tolerates blanks and host bits.
func (s *semantics) prefix(text string, at *place) netip.Prefix {
	if text == "" {
		return netip.Prefix{} // the schema asks for it
	}
	addr, bits, ok := strings.Cut(text, "/")
	a, err := netip.ParseAddr(strings.TrimSpace(addr))
	n, err2 := strconv.Atoi(strings.TrimSpace(bits))
	if !ok || err != nil || err2 != nil || a.Zone() != "" || n < 0 || n > a.BitLen() {
		s.fail(at, "%q is no subnet; write address/length", clip(text))
		return netip.Prefix{}
	}
	if a.Is4() != (s.family == option.V4) {
		s.fail(at, "%s is not for DHCPv%d", text, s.family)
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, n)
}

// scope checks the parameters of a shared network or subnet, with what it
// inherits: most values at the top are looked at only here.
func (s *semantics) scope(p, network *Parameters, at *place) {
	chain := []*Parameters{p}
	if network != nil {
		chain = append(chain, network)
	}
	chain = append(chain, s.global)
	s.lifetimes(&p.Lifetimes, chain, at)
	s.ddns(&p.DDNSParameters, at)
	s.timers(chain, at)
	s.bootFields(&p.BootFields, at, 128)
	if e := p.HostnameCharSet; e != nil {
		if _, err := regexp.Compile(*e); err != nil {
			s.fail(at.member("hostname-char-set"), "%q is no regular expression", clip(*e))
		}
	}
	for _, key := range []string{"allocator", "pd-allocator"} {
		value := ""
		for _, l := range chain {
			if value = l.Allocator; key == "pd-allocator" {
				value = l.PDAllocator
			}
			if value != "" {
				break
			}
		}
		// The schema looks at the scope's own value.
		if own := (key == "allocator" && p.Allocator != "") || (key == "pd-allocator" && p.PDAllocator != ""); own || value == "" {
			continue
		}
		if rule := s.allocators(key); len(rule) > 0 && !slices.Contains(rule, value) {
			s.fail(at, "%q, which is inherited, cannot be %q; use %s", key, clip(value), orList(rule))
		}
	}
	if s.family == option.V6 && p.Allocator == "flq" {
		s.fail(at.member("allocator"), "the allocator flq is for IPv4 addresses and for prefixes only")
	}
}

// allocators returns what the schema allows for subnets.
func (s *semantics) allocators(key string) []string {
	top := s.c.rules.members["subnet"+strconv.Itoa(int(s.family))]
	if top == nil || top.items.members[key] == nil {
		return nil
	}
	values := top.items.members[key].values
	if key == "allocator" && s.family == option.V6 {
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "flq" })
	}
	return values
}

// inherited returns the first value along the chain.
func inherited[T any](chain []*Parameters, get func(*Parameters) *T) *T {
	for _, p := range chain {
		if v := get(p); v != nil {
			return v
		}
	}
	return nil
}

// lifetimes checks that minimum, default and maximum are in order. Only a scope
// that sets one of them is looked at.
func (s *semantics) lifetimes(own *Lifetimes, chain []*Parameters, at *place) {
	type get = func(*Lifetimes) *uint32
	for _, t := range []struct {
		name          string
		min, val, max get
		def           *uint32
	}{
		{"valid-lifetime", func(l *Lifetimes) *uint32 { return l.MinValidLifetime }, func(l *Lifetimes) *uint32 { return l.ValidLifetime }, func(l *Lifetimes) *uint32 { return l.MaxValidLifetime }, new(uint32(7200))},
		{"preferred-lifetime", func(l *Lifetimes) *uint32 { return l.MinPreferredLifetime }, func(l *Lifetimes) *uint32 { return l.PreferredLifetime }, func(l *Lifetimes) *uint32 { return l.MaxPreferredLifetime }, nil},
	} {
		if t.min(own) == nil && t.val(own) == nil && t.max(own) == nil {
			continue
		}
		find := func(g get) *uint32 {
			if chain == nil {
				return g(own)
			}
			return inherited(chain, func(p *Parameters) *uint32 { return g(&p.Lifetimes) })
		}
		low, val, high := find(t.min), find(t.val), find(t.max)
		if val == nil && chain != nil {
			val = t.def
		}
		switch {
		case low != nil && high != nil && *low > *high:
			s.fail(at.member("min-"+t.name), "min-%s (%d) is more than max-%s (%d)", t.name, *low, t.name, *high)
		case low != nil && high != nil && val == nil:
			s.fail(at.member("min-"+t.name), "min-%s and max-%s need %s", t.name, t.name, t.name)
		case low != nil && val != nil && *low > *val:
			s.fail(at.member("min-"+t.name), "min-%s (%d) is more than %s (%d)", t.name, *low, t.name, *val)
		case high != nil && val != nil && *val > *high:
			s.fail(at.member("max-"+t.name), "max-%s (%d) is less than %s (%d)", t.name, *high, t.name, *val)
		}
	}
}

// timers checks renewal and lease caching.
func (s *semantics) timers(chain []*Parameters, at *place) {
	renew := inherited(chain, func(p *Parameters) *uint32 { return p.RenewTimer })
	rebind := inherited(chain, func(p *Parameters) *uint32 { return p.RebindTimer })
	if own := chain[0]; renew != nil && rebind != nil && *renew > *rebind {
		if s.version < keaversion.V2_6 {
			s.fail(at.member("renew-timer"), "renew-timer (%d) is more than rebind-timer (%d)", *renew, *rebind)
		} else if own.RenewTimer != nil || own.RebindTimer != nil {
			s.warn(at.member("renew-timer"), "renew-timer (%d) is more than rebind-timer (%d), so that Kea ignores it", *renew, *rebind)
		}
	}
	calculate := s.family == option.V6
	if b := inherited(chain, func(p *Parameters) *bool { return p.CalculateTeeTimes }); b != nil {
		calculate = *b
	}
	if calculate {
		t1, t2 := 0.5, 0.875
		if s.family == option.V6 {
			t2 = 0.8
		}
		if f := inherited(chain, func(p *Parameters) *float64 { return p.T1Percent }); f != nil {
			t1 = *f
		}
		if f := inherited(chain, func(p *Parameters) *float64 { return p.T2Percent }); f != nil {
			t2 = *f
		}
		switch {
		case t1 <= 0 || t1 >= 1:
			s.fail(at.member("t1-percent"), "t1-percent is between 0.0 and 1.0, not %v", t1)
		case t2 <= 0 || t2 >= 1:
			s.fail(at.member("t2-percent"), "t2-percent is between 0.0 and 1.0, not %v", t2)
		case t1 >= t2:
			s.fail(at.member("t1-percent"), "t1-percent (%v) is not less than t2-percent (%v)", t1, t2)
		}
	}
	// The schema looks at the scope's own value.
	if f := inherited(chain[1:], func(p *Parameters) *float64 { return p.CacheThreshold }); f != nil && chain[0].CacheThreshold == nil {
		if *f < 0 || *f >= 1 || *f == 0 && s.version < keaversion.V3_0 {
			s.fail(at, "cache-threshold, which is inherited, is %v; it is between 0.0 and 1.0", *f)
		}
	}
}

// bootFields checks next-server, server-hostname and boot-file-name.
func (s *semantics) bootFields(b *BootFields, at *place, maxFile int) {
	if b.NextServer != nil && *b.NextServer != "" {
		if a, err := netip.ParseAddr(*b.NextServer); err != nil || !a.Is4() {
			s.fail(at.member("next-server"), "%q is no IPv4 address", clip(*b.NextServer))
		}
	}
	if b.ServerHostname != nil && len(*b.ServerHostname) > 63 {
		s.fail(at.member("server-hostname"), "the server-hostname has %d bytes; 63 fit", len(*b.ServerHostname))
	}
	if b.BootFileName != nil && len(*b.BootFileName) > maxFile {
		s.fail(at.member("boot-file-name"), "the boot-file-name has %d bytes; %d fit", len(*b.BootFileName), maxFile)
	}
}

// ddns checks the ddns-* keys of one scope.
func (s *semantics) ddns(d *DDNSParameters, at *place) {
	if d.DDNSUseConflictResolution != nil && d.DDNSConflictResolutionMode != "" {
		s.fail(at.member("ddns-use-conflict-resolution"), "ddns-use-conflict-resolution and ddns-conflict-resolution-mode exclude each other")
	}
	if d.DDNSTTLMin != nil && d.DDNSTTLMax != nil && *d.DDNSTTLMin > *d.DDNSTTLMax {
		s.fail(at.member("ddns-ttl-max"), "ddns-ttl-max (%d) is less than ddns-ttl-min (%d)", *d.DDNSTTLMax, *d.DDNSTTLMin)
	}
	if d.DDNSTTL == nil || s.version < keaversion.V3_0 {
		return
	}
	if d.DDNSTTLPercent != nil {
		s.fail(at.member("ddns-ttl"), "ddns-ttl and ddns-ttl-percent exclude each other")
	}
	if d.DDNSTTLMin != nil || d.DDNSTTLMax != nil {
		s.fail(at.member("ddns-ttl"), "ddns-ttl excludes ddns-ttl-min and ddns-ttl-max")
	}
}

func (s *semantics) relay(r *Relay, at *place) {
	if r == nil {
		return
	}
	at = at.member("relay")
	seen := map[netip.Addr]bool{}
	check := func(text string, at *place) {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || a.Is4() != (s.family == option.V4):
			s.fail(at, "%q is no IPv%d address", clip(text), s.family)
		case seen[a]:
			s.fail(at, "%s stands in the list already", text)
		}
		seen[a] = true
	}
	if r.IPAddress != "" {
		check(r.IPAddress, at.member("ip-address"))
	}
	for i, a := range r.IPAddresses {
		check(a, at.member("ip-addresses").item(i))
	}
}
