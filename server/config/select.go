package config

import (
	"cmp"
	"net/netip"
	"slices"
)

// prefixIndex finds the subnets that an address is in.
type prefixIndex struct {
	lengths []int // of the prefixes, in no order that matters
	subnets map[netip.Prefix]*Subnet
}

func (x *prefixIndex) add(s *Subnet) {
	if x.subnets == nil {
		x.subnets = map[netip.Prefix]*Subnet{}
	}
	x.subnets[s.Prefix] = s
	if !slices.Contains(x.lengths, s.Prefix.Bits()) {
		x.lengths = append(x.lengths, s.Prefix.Bits())
	}
}

// BySubnetID returns the subnet with an id.
func (c *Config4) BySubnetID(id uint32) (*Subnet, bool) {
	i, ok := slices.BinarySearchFunc(c.Subnets, id, func(s *Subnet, id uint32) int { return cmp.Compare(s.ID, id) })
	if !ok {
		return nil, false
	}
	return c.Subnets[i], true
}

// ByAddress returns the first subnet, by id, whose prefix has an address and that
// accepts takes; nil if there is none.
func (c *Config4) ByAddress(a netip.Addr, accepts func(*Subnet) bool) *Subnet {
	var best *Subnet
	for _, bits := range c.byPrefix.lengths {
		p, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		if s := c.byPrefix.subnets[p]; s != nil && (best == nil || s.ID < best.ID) && accepts(s) {
			best = s
		}
	}
	return best
}

// ByRelay returns the first subnet, by id, that names a relay agent's address and
// that accepts takes; nil if there is none.
func (c *Config4) ByRelay(a netip.Addr, accepts func(*Subnet) bool) *Subnet {
	return first(c.byRelay[a], accepts)
}

// ByInterface returns the first subnet, by id, that is on an interface and that
// accepts takes; nil if there is none.
func (c *Config4) ByInterface(name string, accepts func(*Subnet) bool) *Subnet {
	return first(c.byInterface[name], accepts)
}

func first(subnets []*Subnet, accepts func(*Subnet) bool) *Subnet {
	for _, s := range subnets {
		if accepts(s) {
			return s
		}
	}
	return nil
}

// ClassByID returns the class with a number, or nil if the configuration only
// speaks of its name.
func (c *Config4) ClassByID(id int) *Class {
	if id < len(c.classByID) {
		return c.classByID[id]
	}
	return nil
}
