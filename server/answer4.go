package server

import (
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/server/packet"
)

const (
	serverPort = 67
	clientPort = 68
)

// buildAnswer writes the answer and says where it goes.
func (s *Server4) buildAnswer(x *exchange) outcome {
	s.logAllClasses(x)
	m := &x.message
	h := packet.Header4{HType: m.HType(), HLen: uint8(len(x.hwaddr)), Hops: m.Hops(), XID: m.XID(), Flags: m.Flags(), GIAddr: m.GIAddr(), CHAddr: x.hwaddr}
	if len(x.hwaddr) > packet.LenCHAddr {
		h.CHAddr = nil // as with Kea
	}
	if x.reply != packet.Nak {
		next, name, file := s.boot(x)
		h.SIAddr, h.SName, h.File = next, []byte(name), []byte(file)
		h.YIAddr = x.lease.Address
		if x.reply == packet.Ack {
			h.CIAddr = m.CIAddr()
		}
	}
	if x.replaced {
		if len(x.sentID) > 0 {
			x.set(optClientID, x.sentID)
		}
	} else if s.conf.EchoClientID && x.clientID != nil && !x.bootp {
		x.set(optClientID, x.clientID)
	}
	s.destination(x, &h)

	b := packet.AppendHeader(x.buffer[:0], &h)
	length := bootpLength
	if !x.bootp {
		b = packet.AppendOption(b, optMessageType, []byte{x.reply})
		length = 0
	}
	slices.Sort(x.codes)
	for _, code := range x.codes {
		if o := x.options[code]; o.set {
			if code == optVendorClassID || code == optVendorOptions {
				b = appendEnterprises(b, code, o.data)
				continue
			}
			b = packet.AppendOption(b, code, o.data)
		}
	}
	if direct := x.kind == packet.Inform && !h.GIAddr.IsValid(); len(x.query.Agent) > 0 && !direct {
		if _, sent := m.Option(optAgent); sent {
			b = packet.AppendOption(b, optAgent, x.query.Agent)
		}
	}
	x.buffer = packet.AppendEnd(b, 0, length)
	x.answer.Raw = x.buffer
	return done
}

// destination says where the answer goes (RFC 2131 section 4.1), as Kea sees it: a
// refusal, too, goes to the client's own address, if it says one.
func (s *Server4) destination(x *exchange, h *packet.Header4) {
	m := &x.message
	giaddr, ciaddr := m.GIAddr(), m.CIAddr()
	relayed := !giaddr.IsUnspecified()
	to := netip.AddrPortFrom(broadcast, clientPort)
	switch {
	case !ciaddr.IsUnspecified() && (x.kind == packet.Inform || !relayed):
		to = netip.AddrPortFrom(ciaddr, clientPort)
	case relayed:
		to = netip.AddrPortFrom(giaddr, serverPort)
		if _, ok := packet.Suboption(x.query.Agent, agentRelayPort); ok { // RFC 8357
			to = netip.AddrPortFrom(giaddr, x.in.Src.Port())
		}
		if x.reply == packet.Nak || x.kind == packet.Inform {
			h.Flags |= packet.BroadcastFlag
		}
	case x.kind == packet.Inform:
		to = netip.AddrPortFrom(x.in.Src.Addr(), clientPort)
	case x.hasLease && m.Flags()&packet.BroadcastFlag == 0 && !s.conf.UDPSockets:
		to = netip.AddrPortFrom(x.lease.Address, clientPort)
		x.answer.Direct = true
	}
	if x.kind == packet.Inform && to.Addr() != giaddr { // it does not go the way of the query
		h.GIAddr, h.Hops = netip.Addr{}, 0
		if s.debugging {
			s.debug(x, debugDetail, "packets", "DHCP4_INFORM_DIRECT_REPLY", "DHCPACK in reply to the DHCPINFORM will be sent directly to %s over %s", to.Addr(), x.in.Interface)
		}
	}
	x.answer.To = to
	x.answer.ToAll = h.Flags&packet.BroadcastFlag != 0 && (!h.GIAddr.IsValid() || h.GIAddr.IsUnspecified())
}

// Codes returns the codes of the options of a message in the order in which they
// are sent.
func Codes(raw []byte) []uint8 {
	var m packet.Message4
	if m.Parse(raw) != nil {
		return nil
	}
	var codes []uint8
	for code := range m.Options {
		codes = append(codes, code)
	}
	return codes
}
