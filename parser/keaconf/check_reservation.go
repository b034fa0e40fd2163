package keaconf

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// reservedSet finds reservations that are there twice. It is used for one list
// after another.
type reservedSet struct {
	ids   map[uint64]int32 // hash of the identifier -> reservation
	addrs map[netip.Addr]int32
	nets  map[netip.Prefix]int32
	buf   []byte
}

// hash is FNV-1a.
func hash(kind byte, b []byte) uint64 {
	h := (uint64(14695981039346656037) ^ uint64(kind)) * 1099511628211
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// identity returns kind and bytes of a reservation's identifier, appended to b.
func identity(r *Reservation, b []byte) (kind string, text string, id []byte, ok bool) {
	switch {
	case r.HWAddress != "":
		kind, text = "hw-address", r.HWAddress
	case r.DUID != "":
		kind, text = "duid", r.DUID
	case r.ClientID != "":
		kind, text = "client-id", r.ClientID
	case r.Extra != nil && r.Extra.CircuitID != "":
		kind, text = "circuit-id", r.Extra.CircuitID
	case r.Extra != nil && r.Extra.FlexID != "":
		kind, text = "flex-id", r.Extra.FlexID
	}
	id, ok = appendIdentifier(b, text)
	return kind, text, id, ok
}

// same reports whether two reservations have the same identifier.
func same(a, b *Reservation) bool {
	ka, _, ia, _ := identity(a, nil)
	kb, _, ib, _ := identity(b, nil)
	return ka == kb && bytes.Equal(ia, ib)
}

// reservations checks the hosts of a subnet, or the global ones if the prefix is
// invalid (Kea manual, section "Host Reservations in DHCPv4").
func (s *semantics) reservations(hosts []Reservation, subnet netip.Prefix, at *place) {
	if len(hosts) == 0 {
		return
	}
	set := &s.reserved
	if set.ids == nil {
		set.ids, set.addrs, set.nets = map[uint64]int32{}, map[netip.Addr]int32{}, map[netip.Prefix]int32{}
	}
	clear(set.ids)
	clear(set.addrs)
	clear(set.nets)
	item := place{up: at}
	for i := range hosts {
		item.index = i
		s.reservation(hosts, i, subnet, &item)
	}
}

func (s *semantics) reservation(hosts []Reservation, i int, subnet netip.Prefix, at *place) {
	r := &hosts[i]
	set := &s.reserved
	kind, text, id, ok := identity(r, set.buf[:0])
	set.buf = id
	if kind != "" {
		s.identifier(kind, text, id, ok, at)
		h := hash(kind[0], id)
		if kind == "circuit-id" {
			h++ // not the client-id
		}
		if old, found := set.ids[h]; found && ok && same(&hosts[old], r) {
			s.fail(at, "the %s %s has a reservation at %s already", kind, text, s.name(at.up.item(int(old))))
		} else {
			set.ids[h] = int32(i)
		}
	}
	if r.IPAddress != "" {
		s.reservedAddress(r.IPAddress, i, subnet, at, "ip-address", -1)
	}
	for j, a := range r.IPAddresses {
		s.reservedAddress(a, i, subnet, at, "ip-addresses", j)
	}
	if len(r.OptionData) > 0 {
		s.optionData(r.OptionData, at.member("option-data"))
	}
	if x := r.Extra; x != nil {
		for j, p := range x.Prefixes {
			s.reservedPrefix(p, i, at.member("prefixes").item(j))
		}
		s.excludedPrefixes(x, at)
		s.bootFields(&x.BootFields, at, 127)
		if x.NextServer != nil && *x.NextServer == "255.255.255.255" {
			s.fail(at.member("next-server"), "next-server cannot be the broadcast address")
		}
	}
	if s.version < keaversion.V2_6 && kind != "" && !hasResource(r) {
		s.fail(at, "Kea %s wants a reservation to reserve something: an address, hostname, options or classes", s.version)
	}
}

func hasResource(r *Reservation) bool {
	if r.IPAddress != "" || len(r.IPAddresses)+len(r.ClientClasses)+len(r.OptionData) > 0 || r.Hostname != "" {
		return true
	}
	x := r.Extra
	set := func(s *string) bool { return s != nil && *s != "" && *s != "0.0.0.0" }
	return x != nil && (len(x.Prefixes) > 0 || set(x.NextServer) || set(x.ServerHostname) || set(x.BootFileName))
}

func (s *semantics) reservedAddress(text string, i int, subnet netip.Prefix, at *place, key string, j int) {
	where := func() *place {
		if j < 0 {
			return at.member(key)
		}
		return at.member(key).item(j)
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		s.fail(where(), "%q is no IPv%d address", clip(text), s.family)
		return
	}
	switch {
	case a.Is4() != (s.family == option.V4):
		s.fail(where(), "%s is not for DHCPv%d", text, s.family)
	case a.IsUnspecified() || a == broadcast:
		s.fail(where(), "%s cannot be reserved", text)
	case subnet.IsValid() && !subnet.Contains(a):
		s.fail(where(), "%s is not within the subnet %s", text, subnet)
	default:
		old, found := s.reserved.addrs[a]
		if found && int(old) == i {
			s.fail(where(), "%s stands in the reservation already", text)
		} else if found && s.uniqueIPs {
			s.fail(where(), "%s is reserved at %s already", text, s.name(at.up.item(int(old))))
		}
		s.reserved.addrs[a] = int32(i)
	}
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

func (s *semantics) reservedPrefix(text string, i int, at *place) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || p.Addr().Is4() || p.Bits() == 0 && s.version >= keaversion.V2_6:
		s.fail(at, "%q is no IPv6 prefix", clip(text))
		return
	case p.Masked() != p && s.version >= keaversion.V2_6:
		s.fail(at, "%s has bits beyond its length; write %s", text, p.Masked())
		return
	}
	old, found := s.reserved.nets[p]
	if found && (int(old) == i || s.uniqueIPs) {
		s.fail(at, "%s is reserved already", text)
	}
	s.reserved.nets[p] = int32(i)
}

// excludedPrefixes checks that they go with the prefixes, one each.
func (s *semantics) excludedPrefixes(x *ReservationExtra, at *place) {
	if x.ExcludedPrefixes == nil {
		return
	}
	if len(x.ExcludedPrefixes) != len(x.Prefixes) {
		s.fail(at.member("excluded-prefixes"), "%d excluded-prefixes stand beside %d prefixes; each prefix has one, or \"\"", len(x.ExcludedPrefixes), len(x.Prefixes))
		return
	}
	for i, e := range x.ExcludedPrefixes {
		if e == "" {
			continue
		}
		p, err := netip.ParsePrefix(x.Prefixes[i])
		ex, err2 := netip.ParsePrefix(e)
		if err2 != nil || err == nil && (ex.Bits() <= p.Bits() || !p.Masked().Contains(ex.Addr())) {
			s.fail(at.member("excluded-prefixes").item(i), "%q is not a longer prefix within %s", clip(e), x.Prefixes[i])
		}
	}
}

// identifier checks the form and length of an identifier.
func (s *semantics) identifier(kind, text string, id []byte, ok bool, at *place) {
	if !ok {
		s.fail(at.member(kind), "%q is no %s; write hexadecimal digits, with colons or not, or text in single quotes", clip(text), kind)
		return
	}
	low, high := 1, 0
	switch kind {
	case "hw-address":
		high = 20
	case "duid":
		high = 128
		if s.version >= keaversion.V2_6 {
			low, high = 3, 130
		}
	case "client-id":
		if s.version >= keaversion.V2_6 {
			high = 255
		}
	default:
		if s.version >= keaversion.V2_6 {
			high = 128
		}
	}
	if n := len(id); n < low || high > 0 && n > high {
		s.fail(at.member(kind), "the %s has %d bytes; it has %d to %d", kind, n, low, high)
	}
}

// appendIdentifier reads hexadecimal digits, with colons or blanks or without,
// or text in single quotes, as Kea does.
func appendIdentifier(b []byte, text string) ([]byte, bool) {
	if len(text) > 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return append(b, text[1:len(text)-1]...), true
	}
	if strings.HasPrefix(text, "0x") {
		text = text[2:]
	} else if strings.ContainsAny(text, ": ") {
		return appendGroups(b, text)
	}
	if text == "" {
		return b, false
	}
	if len(text)%2 == 1 {
		n, ok := digit(text[0])
		if !ok {
			return b, false
		}
		b, text = append(b, n), text[1:]
	}
	for ; text != ""; text = text[2:] {
		x, ok := digit(text[0])
		y, ok2 := digit(text[1])
		if !ok || !ok2 {
			return b, false
		}
		b = append(b, x<<4|y)
	}
	return b, true
}

// appendGroups reads one or two digits between colons or between blanks.
func appendGroups(b []byte, text string) ([]byte, bool) {
	sep := byte(':')
	if strings.IndexByte(text, ':') < 0 {
		sep = ' '
	}
	n, value := 0, byte(0)
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == sep {
			if n == 0 {
				return b, false
			}
			b, n, value = append(b, value), 0, 0
			continue
		}
		d, ok := digit(text[i])
		if !ok || n == 2 {
			return b, false
		}
		n, value = n+1, value<<4|d
	}
	return b, true
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
