package server

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Link is what a subnet is chosen by.
type Link struct {
	Interface string
	Client    netip.Addr // ciaddr
	Relay     netip.Addr // giaddr
	Local     netip.Addr // the server's address on the interface
	Remote    netip.Addr // where the message comes from
	Link      netip.Addr // link selection of the relay agent
	Subnet    netip.Addr // the client's subnet selection
	Classes   []string
}

// SelectSubnet returns the subnet of a link, or nil.
func (s *Server4) SelectSubnet(l Link) *config.Subnet {
	in := map[int]bool{}
	for _, name := range l.Classes {
		if id, ok := s.conf.Names.Find([]byte(name)); ok {
			in[id] = true
		}
	}
	has := func(guards []int) bool {
		for _, id := range guards {
			if in[id] {
				return true
			}
		}
		return len(guards) == 0
	}
	accepts := func(n *config.Subnet) bool { return has(n.Guards) && (n.Network == nil || has(n.Network.Guards)) }
	return s.linked(&l, accepts)
}

// linked finds the first subnet of a link that is accepted (Kea manual, "How the
// DHCPv4 Server Selects a Subnet for the Client"). A link that the relay agent, or
// the client, names is the only one that counts.
func (s *Server4) linked(l *Link, accepts func(*config.Subnet) bool) *config.Subnet {
	for _, only := range []netip.Addr{l.Link, l.Subnet} {
		if only.IsValid() {
			return s.conf.ByAddress(only, accepts)
		}
	}
	if !unspecified(l.Relay) {
		if n := s.conf.ByRelay(l.Relay, accepts); n != nil {
			return n
		}
		return s.conf.ByAddress(l.Relay, accepts)
	}
	for _, own := range []netip.Addr{l.Client, l.Remote} {
		if !unspecified(own) {
			return s.conf.ByAddress(own, accepts)
		}
	}
	if n := s.conf.ByInterface(l.Interface, accepts); n != nil || !l.Local.IsValid() {
		return n
	}
	return s.conf.ByAddress(l.Local, accepts)
}

// AddLease puts a lease into the database that no client has asked for.
func (s *Server4) AddLease(l *lease.Lease4) {
	s.count.now = s.clock()
	s.put(l)
	s.count.changed(s.subnetOfLease(l), l, 1)
}

// ForgetLease takes a lease out of the database.
func (s *Server4) ForgetLease(l *lease.Lease4) {
	s.count.now = s.clock()
	s.remove(l.Address)
	s.count.changed(s.subnetOfLease(l), l, -1)
}

// WipeLeases takes all leases of subnets out of the database, and returns how many there
// were. As with Kea, the statistics of pools do not notice.
func (s *Server4) WipeLeases(subnets []uint32) (n int) {
	s.count.now = s.clock()
	var gone []netip.Addr
	for l := range s.leases.Unordered() {
		if slices.Contains(subnets, l.SubnetID) {
			gone = append(gone, l.Address)
		}
	}
	slices.SortFunc(gone, netip.Addr.Compare)
	for _, a := range gone {
		s.remove(a)
	}
	if s.count.off {
		return len(gone)
	}
	declined := int64(0)
	for _, id := range subnets {
		var a addressCounters
		if n, ok := s.conf.BySubnetID(id); ok {
			a = s.count.of(n).addressCounters
		} else {
			a = s.count.addresses(fmt.Sprintf("subnet[%d].", id))
		}
		declined += a.declined.Value()
		a.assigned.Set(0, s.count.now)
		a.declined.Set(0, s.count.now)
	}
	s.count.all.declined.Add(-declined, s.count.now)
	return len(gone)
}

// ReplaceLease puts a lease in the place of another one of its address.
func (s *Server4) ReplaceLease(old, l *lease.Lease4) {
	s.count.now = s.clock()
	s.put(l)
	if old.State == lease.Reclaimed {
		if l.State != lease.Reclaimed {
			s.count.changed(s.subnetOfLease(l), l, 1)
		}
		return
	}
	// Leases that are taken back here stay counted as assigned, and pools are not told
	// of declined addresses, as with Kea.
	before, now := s.subnetOfLease(old), s.subnetOfLease(l)
	moved := old.SubnetID != l.SubnetID
	if moved {
		s.count.took(before, old)
	}
	if old.State == lease.Declined {
		s.count.declinedInSubnet(before, old.SubnetID, -1)
	}
	if l.State == lease.Reclaimed {
		return
	}
	if moved {
		s.count.each(now, l, func(a *addressCounters) { a.assigned.Add(1, s.count.now) })
	}
	if l.State == lease.Declined {
		s.count.declinedInSubnet(now, l.SubnetID, 1)
	}
}

// declinedInSubnet counts declined addresses of a subnet, which may be no more (nil), and
// not of its pools.
func (c *counters) declinedInSubnet(n *config.Subnet, id uint32, by int64) {
	if c.off {
		return
	}
	c.all.declined.Add(by, c.now)
	if n != nil {
		c.of(n).declined.Add(by, c.now)
		return
	}
	a := c.addresses(fmt.Sprintf("subnet[%d].", id))
	a.declined.Add(by, c.now)
}

// changed counts a lease that a command has added or deleted, as Kea does: those that are
// released count as assigned.
func (c *counters) changed(subnet *config.Subnet, l *lease.Lease4, n int64) {
	if l.State == lease.Reclaimed {
		return
	}
	refused := l.State == lease.Declined
	if refused {
		c.all.declined.Add(n, c.now)
	}
	c.each(subnet, l, func(a *addressCounters) {
		a.assigned.Add(n, c.now)
		if refused {
			a.declined.Add(n, c.now)
		}
	})
}
