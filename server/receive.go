package server

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Codes of options that the server itself deals with.
const (
	optSubnetMask      = 1
	optRouters         = 3
	optDNSServers      = 6
	optHostName        = 12
	optDomainName      = 15
	optRequestedIP     = 50
	optLeaseTime       = 51
	optMessageType     = 53
	optServerID        = 54
	optRequestList     = 55
	optMessage         = 56
	optRenewal         = 58
	optRebinding       = 59
	optVendorClass     = 60
	optClientID        = 61
	optFQDN            = 81
	optAgent           = 82
	optV6OnlyPreferred = 108
	optSubnetSelection = 118
)

// Sub-options of option 82.
const (
	agentCircuitID        = 1
	agentLinkSelection    = 5
	agentServerIDOverride = 11
)

// parse reads the message and what every step needs of it.
func (s *Server4) parse(x *exchange) outcome {
	s.logBuffer(x)
	if err := x.message.Parse(x.in.Raw); err != nil && !(s.conf.LenientOptions && x.message.Readable()) {
		s.count.parseFailed.Add(1, s.count.now)
		s.logUnreadable(x, err)
		s.note("the message cannot be read: %v", err)
		return drop
	}
	if err := s.wellFormed(x); err != nil {
		s.count.parseFailed.Add(1, s.count.now)
		s.logUnreadable(x, err)
		s.note("the message cannot be read: %v", err)
		return drop
	}
	m := &x.message
	q := &x.query
	q.Message, q.Interface = m, x.in.Interface
	q.Src, q.Dst = x.in.Src.Addr(), x.in.Dst.Addr()
	x.hwaddr = m.HWAddr()
	x.clientID, _ = m.Option(optClientID)
	if len(x.clientID) == 0 {
		x.clientID = nil
	}
	if agent, ok := m.Option(optAgent); ok {
		q.Agent = agent
	}
	s.replaceClientID(x)
	s.recallAgent(x)
	x.prl, _ = m.Option(optRequestList)
	x.requested = addressOption(m, optRequestedIP)
	x.serverID = addressOption(m, optServerID)
	if t, ok := m.Option(optLeaseTime); ok && len(t) == 4 {
		x.wish = binary.BigEndian.Uint32(t)
		x.wishes = x.wish != 0 // 0 is no wish
	}
	if data, ok := m.Option(optFQDN); ok {
		var err error
		if x.fqdn, err = parseFQDN(data, m.HWAddr()); err != nil {
			s.count.parseFailed.Add(1, s.count.now)
			s.note("%v", err)
			s.logUnreadable(x, err)
			return drop
		}
	}
	s.logQuery(x)
	kind, ok := m.Option(optMessageType)
	if !ok && s.conf.Hooks.BOOTP && m.Op() == packet.BootRequest {
		s.countKind([]byte{packet.Request})
		x.kind, x.bootp = packet.Request, true
		s.join(x, s.conf.BuiltIn.BOOTP)
		return goOn
	}
	s.countKind(kind)
	if !ok || len(kind) != 1 {
		s.note("the message has no type")
		s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0009", "Option 53 missing (no DHCP message type), is this a BOOTP packet?")
		return drop
	}
	x.kind = kind[0]
	return goOn
}

// addressOption returns an option that is an address, or none.
func addressOption(m *packet.Message4, code uint8) netip.Addr {
	data, ok := m.Option(code)
	if !ok || len(data) != 4 {
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte(data))
}

// lastKind is the last type of message that Kea knows (RFC 7724).
const lastKind = 18

// wellFormed says which option of the message Kea would not be able to read.
func (s *Server4) wellFormed(x *exchange) (err error) {
	for code, content := range x.message.Options {
		format := s.conf.Formats[code]
		if format == nil {
			continue
		}
		if fault := format(content); fault != "" {
			return fmt.Errorf("opt_type: %d, opt_len: %d, error: %s, hwaddr=%s", code, len(content), fault, lease.Colons(x.message.HWAddr()))
		}
	}
	return nil
}

// logUnreadable says that a message cannot be read.
func (s *Server4) logUnreadable(x *exchange, err error) {
	if s.log == nil {
		return
	}
	if x.message.Raw() == nil {
		s.log.Log(logging.Error, "packets", "DHCP4_BUFFER_RECEIVE_FAIL", "error on attempt to receive packet: Truncated DHCPv4 packet (len=%d) received, at least 236 is expected.", len(x.in.Raw))
		return
	}
	s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0001", "failed to parse packet from %s to %s, received over interface %s, reason: %v", fromText(x.in.Src.Addr()), toText(x.in.Dst.Addr()), x.in.Interface, err)
}

// sanity drops what no server of DHCP answers, and what is meant for another one.
func (s *Server4) sanity(x *exchange) outcome {
	switch x.kind {
	case packet.Discover:
		if x.serverID.IsValid() {
			s.note("a DISCOVER with a server identifier")
			return drop
		}
	case packet.Request, packet.Decline, packet.Release, packet.Inform:
	default:
		s.note("messages of type %d are not for servers", x.kind)
		if x.kind > 0 && x.kind <= lastKind {
			s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0006", "unsupported DHCPv4 message type %d", x.kind)
		} else {
			s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0005", "unrecognized type %d in option 53", x.kind)
		}
		return drop
	}
	if id, ok := x.message.Option(optClientID); ok && len(id) < minClientID {
		s.note("the client identifier has %d bytes, and needs two", len(id))
		s.logReceived(x)
		if s.log != nil {
			s.log.Log(logging.Error, "packets", "DHCP4_PACKET_PROCESS_STD_EXCEPTION", "%s: exception occurred during packet processing: identifier is too short (%d), at least 2 is required", label(&x.message), len(id))
		}
		return drop
	}
	if len(x.hwaddr) == 0 && x.clientID == nil {
		s.note("the client has neither hardware address nor client identifier")
		return drop
	}
	m := &x.message
	if x.kind == packet.Inform && m.GIAddr().IsUnspecified() && m.CIAddr().IsUnspecified() && unspecified(x.in.Src.Addr()) {
		s.note("an INFORM from nowhere")
		s.logForeign(x, "DHCP4_PACKET_DROP_0002", "no suitable subnet configured for a direct client")
		return drop
	}
	if x.serverID.IsValid() && !s.conf.IgnoreServerID && !s.isOurs(x, x.serverID) {
		s.note("the message is for the server %v", x.serverID)
		s.logForeign(x, "DHCP4_PACKET_DROP_0003", "it contains a foreign server identifier")
		return drop
	}
	return goOn
}

func unspecified(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }

// isOurs reports whether clients know this server by an address.
func (s *Server4) isOurs(x *exchange, id netip.Addr) bool {
	if id == x.in.Local || s.conf.IsServerID(id) {
		return true
	}
	override, ok := packet.Suboption(x.query.Agent, agentServerIDOverride)
	return ok && len(override) == 4 && netip.AddrFrom4([4]byte(override)) == id
}
