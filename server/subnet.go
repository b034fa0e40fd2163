package server

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
)

// selectSubnet finds the subnet that the client is on. A message without one goes
// on: some answers need none.
func (s *Server4) selectSubnet(x *exchange) outcome {
	if x.givesUp() {
		if fault := violates(x); fault != "" { // Kea goes on all the same
			s.refuseMessage(x, fault)
			s.count.dropped.Add(1, s.count.now)
		}
		x.subnet = s.subnetOf(x) // for hooks
		s.traceSubnet(x)
		return goOn
	}
	if fault := violates(x); fault != "" {
		// Kea counts it as dropped, and goes on without a subnet.
		s.refuseMessage(x, fault)
		s.count.dropped.Add(1, s.count.now)
		return goOn
	}
	x.subnet = s.subnetOf(x)
	x.selected = x.subnet
	s.logSubnet(x)
	if fault := shortClientID(x); fault != "" {
		return s.refuseMessage(x, fault)
	}
	s.traceSubnet(x)
	return goOn
}

func (s *Server4) traceSubnet(x *exchange) {
	if s.trace != nil && x.subnet != nil {
		s.trace.Subnet = x.subnet.Prefix
		s.trace.SubnetID = x.subnet.ID
	}
}

func (s *Server4) subnetOf(x *exchange) *config.Subnet {
	accepts := func(n *config.Subnet) bool {
		return x.inAny(n.Guards) && (n.Network == nil || x.inAny(n.Network.Guards))
	}
	m := &x.message
	l := Link{Interface: x.in.Interface, Local: x.in.Local, Relay: m.GIAddr(), Subnet: addressOption(m, optSubnetSelection)}
	if link, ok := packet.Suboption(x.query.Agent, agentLinkSelection); ok && len(link) == 4 && !s.conf.IgnoreLinkSelection {
		l.Link = netip.AddrFrom4([4]byte(link))
	}
	if x.in.Dst.Addr().IsValid() && x.in.Dst.Addr() != broadcast {
		l.Client, l.Remote = m.CIAddr(), x.in.Src.Addr()
	}
	found := s.linked(&l, accepts)
	if x.kind != packet.Release && x.kind != packet.Decline { // Kea needs none for these
		s.logLink(&l, found)
	}
	return found
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
