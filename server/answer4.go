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
	m := &x.message
	h := packet.Header4{HType: m.HType(), HLen: uint8(len(x.hwaddr)), Hops: m.Hops(), XID: m.XID(), Flags: m.Flags(), GIAddr: m.GIAddr(), CHAddr: x.hwaddr}
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
	if x.kind == packet.Inform {
		h.GIAddr, h.Hops = netip.Addr{}, 0 // the answer goes to the client itself
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
	if len(x.query.Agent) > 0 {
		if _, sent := m.Option(optAgent); sent {
			b = packet.AppendOption(b, optAgent, x.query.Agent)
		}
	}
	x.buffer = packet.AppendEnd(b, 0, length)
	x.answer.Raw = x.buffer
	return done
}

// destination says where the answer goes (RFC 2131 section 4.1).
func (s *Server4) destination(x *exchange, h *packet.Header4) {
	m := &x.message
	giaddr, ciaddr := m.GIAddr(), m.CIAddr()
	toAll := m.Flags()&packet.BroadcastFlag != 0
	switch {
	case x.kind == packet.Inform && !ciaddr.IsUnspecified():
		x.answer.To = netip.AddrPortFrom(ciaddr, clientPort)
	case !giaddr.IsUnspecified():
		x.answer.To = netip.AddrPortFrom(giaddr, serverPort)
		if x.reply == packet.Nak {
			h.Flags |= packet.BroadcastFlag
		}
	case x.reply == packet.Nak:
		x.answer.To = netip.AddrPortFrom(broadcast, clientPort)
	case !ciaddr.IsUnspecified():
		x.answer.To = netip.AddrPortFrom(ciaddr, clientPort)
	case x.kind == packet.Inform && !unspecified(x.in.Src.Addr()):
		x.answer.To = netip.AddrPortFrom(x.in.Src.Addr(), clientPort)
	case toAll || !x.hasLease || s.conf.UDPSockets:
		x.answer.To = netip.AddrPortFrom(broadcast, clientPort)
	default:
		x.answer.To = netip.AddrPortFrom(x.lease.Address, clientPort)
		x.answer.Direct, x.answer.HWAddr = true, x.hwaddr
	}
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
