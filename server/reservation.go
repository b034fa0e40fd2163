package server

import (
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
)

// earlyReservation looks for a global reservation before the subnet is chosen, if
// the configuration wants that.
func (s *Server4) earlyReservation(x *exchange) outcome {
	if !s.conf.EarlyGlobalReservations {
		return goOn
	}
	host := s.findHost(x, 0)
	if host == nil {
		return goOn
	}
	x.globalHost, x.known = host, true
	s.join(x, s.conf.BuiltIn.Known)
	s.joinAll(x, host.Classes)
	s.evaluate(x, true)
	if x.query.Classes.Has(s.conf.BuiltIn.Drop) {
		s.logDropClass(x, "DHCP4_PACKET_DROP_0014", " after early global host reservations lookup")
	}
	return s.dropped(x)
}

// findReservations looks for the client's reservations: the global one, and those
// in the subnets that it may use.
func (s *Server4) findReservations(x *exchange) outcome {
	n := x.subnet
	if n == nil || x.givesUp() || s.conf.Hosts.Len() == 0 && !s.debugging || !n.ReserveGlobal && !n.ReserveInSubnet {
		return goOn // the subnet that was chosen first decides
	}
	if n.ReserveGlobal && !s.conf.EarlyGlobalReservations {
		x.globalHost = s.findHost(x, 0)
	}
	if !n.ReserveInSubnet && (s.conf.EarlyGlobalReservations || x.globalHost != nil) {
		return s.foundReservation(x)
	}
	for _, n := range x.subnet.Siblings {
		if !n.ReserveInSubnet || !x.inAny(n.Guards) {
			continue
		}
		if host := s.findHost(x, n.ID); host != nil {
			x.hosts = append(x.hosts, subnetHost{n, host})
		}
	}
	return s.foundReservation(x)
}

// foundReservation tells the trace.
func (s *Server4) foundReservation(x *exchange) outcome {
	if s.trace != nil {
		if host := x.host(); host != nil {
			s.trace.Reservation = host
		}
	}
	return goOn
}

// findHost returns the reservation of the client in a subnet (0: global), by the
// first of its identifiers that has one.
func (s *Server4) findHost(x *exchange, subnet uint32) *config.Host {
	for _, kind := range s.conf.HostIdentifiers {
		if !s.conf.Hosts.Used(kind) && !s.debugging {
			continue
		}
		id := s.identifier(x, kind)
		if len(id) == 0 {
			continue
		}
		host := s.conf.Hosts.Find(subnet, kind, id)
		s.logHost(subnet, kind, id, host)
		if host != nil {
			return host
		}
	}
	return nil
}

// identifier returns the client's identifier of a kind, empty if it has none.
func (s *Server4) identifier(x *exchange, kind config.Identifier) []byte {
	switch kind {
	case config.FlexID:
		return s.flexID(x)
	case config.HWAddress:
		return x.hwaddr
	case config.ClientID:
		return x.clientID
	case config.CircuitID:
		id, _ := packet.Suboption(x.query.Agent, agentCircuitID)
		return id
	case config.DUID:
		// RFC 4361 section 6.1: type 255, four bytes of IAID, then the DUID.
		if len(x.clientID) > 5 && x.clientID[0] == 255 {
			return x.clientID[5:]
		}
	}
	return nil
}
