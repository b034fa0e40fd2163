package server

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
)

// selectSubnet finds the subnet that the client is on. A message without one goes
// on: some answers need none.
func (s *Server4) selectSubnet(x *exchange) outcome {
	x.subnet = s.subnetOf(x)
	if s.trace != nil && x.subnet != nil {
		s.trace.Subnet = x.subnet.Prefix
		s.trace.SubnetID = x.subnet.ID
	}
	return goOn
}

func (s *Server4) subnetOf(x *exchange) *config.Subnet {
	accepts := func(n *config.Subnet) bool {
		return x.inAny(n.Guards) && (n.Network == nil || x.inAny(n.Network.Guards))
	}
	m := &x.message
	// A link that the relay agent, or the client, names is the only one that counts.
	if link, ok := packet.Suboption(x.query.Agent, agentLinkSelection); ok && len(link) == 4 && !s.conf.IgnoreLinkSelection {
		return s.conf.ByAddress(netip.AddrFrom4([4]byte(link)), accepts)
	}
	if link := addressOption(m, optSubnetSelection); link.IsValid() {
		return s.conf.ByAddress(link, accepts)
	}
	giaddr, ciaddr := m.GIAddr(), m.CIAddr()
	if !giaddr.IsUnspecified() {
		if n := s.conf.ByRelay(giaddr, accepts); n != nil {
			return n
		}
		return s.conf.ByAddress(giaddr, accepts)
	}
	unicast := x.in.Dst.Addr().IsValid() && x.in.Dst.Addr() != broadcast
	if !ciaddr.IsUnspecified() && unicast {
		return s.conf.ByAddress(ciaddr, accepts)
	}
	if src := x.in.Src.Addr(); !unspecified(src) && unicast {
		return s.conf.ByAddress(src, accepts)
	}
	if n := s.conf.ByInterface(x.in.Interface, accepts); n != nil {
		return n
	}
	return s.conf.ByAddress(x.in.Local, accepts)
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
