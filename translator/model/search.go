package model

import (
	"math/bits"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// dhcpd keeps all subnets in a list, the last declared one first, and takes the
// first one that holds an address. So a subnet is found before those around it
// only when it is declared after them: one around it that is declared later
// hides it; golden/exchanges/overlaps.txtar has what dhcpd 4.4.3 answered.

// findOrder finds the subnet that dhcpd takes in each, and which are hidden.
func (c *Config) findOrder() {
	c.found = make(map[*Subnet]bool, len(c.Subnets))
	for _, s := range c.Subnets {
		if s.finds = s; s.Prefix.IsValid() && !s.Unreached {
			s.finds = c.Search(s)[0]
			c.found[s.finds] = true
		}
	}
}

// Search returns a subnet and those around it in the order in which dhcpd
// looks at them. Netmasks with holes are left out.
func (c *Config) Search(s *Subnet) []*Subnet {
	holding := []*Subnet{s}
	for at := c.SubnetAround(s.Prefix); at != nil; at = c.SubnetAround(at.Prefix) {
		holding = append(holding, at)
	}
	slices.SortFunc(holding, func(a, b *Subnet) int { return b.Order - a.Order })
	return holding
}

// HiddenBy returns the subnet that dhcpd takes in place of this one wherever
// its clients are, or nil when it takes this one for some address. Netmasks
// with holes are left out.
func (c *Config) HiddenBy(s *Subnet) *Subnet {
	switch {
	case s.Unreached:
		return c.prefixes[s.Prefix]
	case !s.Prefix.IsValid() || c.found[s]:
		return nil
	}
	return s.finds
}

// Within reports whether dhcpd takes a subnet for a part of another one of its
// network.
func (s *Subnet) Within(outer *Subnet) bool {
	return s.hostBits() < outer.hostBits() && (outer.Contains(s.first()) || s.Contains(outer.first()))
}

// hostBits counts the bits of the netmask that are not set, as dhcpd counts
// them: from the end of its first four bytes, and beyond its beginning where
// none is set. So all of DHCPv6 with 32 bits and more are alike.
func (s *Subnet) hostBits() int {
	// What dhcpd finds before the bytes of a netmask is their number.
	const noMask4, noMask6 = 58, 60
	switch n := s.Prefix.Bits(); {
	case !s.Prefix.IsValid():
		if st, ok := s.Stmt.(*dhcpdconf.Subnet); ok && st.Netmask.Is4() {
			return bits.TrailingZeros32(number4(st.Netmask))
		}
		return 0
	case n >= 32:
		return 0
	case n > 0:
		return 32 - n
	case s.Prefix.Addr().Is4():
		return noMask4
	}
	return noMask6
}

// Contains reports whether an address lies in the subnet, whose netmask may
// have holes.
func (s *Subnet) Contains(a netip.Addr) bool {
	if s.Prefix.IsValid() {
		return s.Prefix.Contains(a)
	}
	st, ok := s.Stmt.(*dhcpdconf.Subnet)
	return ok && a.Is4() && st.Netmask.Is4() && st.Network.Is4() && number4(a)&number4(st.Netmask) == number4(st.Network)
}

func (s *Subnet) first() netip.Addr {
	if st, ok := s.Stmt.(*dhcpdconf.Subnet); ok {
		return st.Network
	}
	return s.Prefix.Addr()
}

func number4(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
