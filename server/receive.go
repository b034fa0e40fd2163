package server

import (
	"encoding/binary"
	"errors"
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
	agentRelayPort        = 19
)

// parse reads the message and what every step needs of it.
func (s *Server4) parse(x *exchange) outcome {
	s.logBuffer(x)
	if err := x.message.Parse(x.in.Raw); err != nil {
		if errors.Is(err, packet.ErrShort) { // Kea's socket drops it, uncounted
			s.logUnreadable(x, err)
			s.note("the message cannot be read: %v", err)
			return quiet
		}
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
		if err := s.readAgent(x, agent); err != nil {
			s.count.parseFailed.Add(1, s.count.now)
			s.logUnreadable(x, err)
			s.note("the message cannot be read: %v", err)
			return drop
		}
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
		if x.fqdn, err = parseFQDN(data); err != nil {
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
	if !ok || kind[0] == 0 { // without content it cannot be read, above
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
	if !ok || len(data) < 4 { // as with Kea it may be longer
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte(data))
}

// leastWithCookie is how long a message with a magic cookie is, in bytes.
const leastWithCookie = 240

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
			return fmt.Errorf("opt_type: %d, opt_len: %d, error: %s", code, len(content), fault)
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
	reason, hwaddr := err.Error(), lease.Colons(x.message.HWAddr())
	switch {
	case errors.Is(err, packet.ErrHLen):
		reason, hwaddr = "address vector size exceeds MAX_HWADDR_LEN", ""
	case errors.Is(err, packet.ErrBare):
		reason = "Received BOOTP packet without vendor information extensions."
	case errors.Is(err, packet.ErrCookie) && len(x.in.Raw) < leastWithCookie:
		reason = "Truncated or no DHCP packet."
	case errors.Is(err, packet.ErrCookie):
		reason = "Invalid or missing DHCP magic cookie"
	}
	s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0001", "failed to parse packet from %s to %s, received over interface %s, reason: %s, hwaddr=%s", fromText(x.in.Src.Addr()), toText(x.in.Dst.Addr()), x.in.Interface, reason, hwaddr)
}

// sanity drops what no server of DHCP answers, and what is meant for another one.
func (s *Server4) sanity(x *exchange) outcome {
	switch x.kind {
	case packet.Discover, packet.Request, packet.Decline, packet.Release, packet.Inform:
	default:
		s.note("messages of type %d are not for servers", x.kind)
		if x.kind > 0 && x.kind <= lastKind {
			s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0006", "unsupported DHCPv4 message type %d", x.kind)
		} else {
			s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0005", "unrecognized type %d in option 53", x.kind)
		}
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

// violates says how a message that asks for something breaks the rules of RFC 2131, as
// Kea sees them; empty: it does not.
func violates(x *exchange) string {
	_, hasServer := x.message.Option(optServerID)
	switch {
	case x.kind == packet.Discover && hasServer:
		return "Server-id option was not expected, but received in message " + typeName(x.kind)
	case len(x.hwaddr) == 0 && x.clientID == nil:
		return "Missing or useless client-id and no HW address provided in message " + typeName(x.kind)
	}
	return ""
}

// refuseMessage ends the way of a message that cannot be dealt with.
func (s *Server4) refuseMessage(x *exchange, fault string) outcome {
	s.note("%s", fault)
	s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0007", "failed to process packet: %s", fault)
	return drop
}

// shortClientID says that the client identifier is none; empty: it may be one.
func shortClientID(x *exchange) string {
	if id, ok := x.message.Option(optClientID); ok && len(id) < minClientID {
		return fmt.Sprintf("identifier is too short (%d), at least %d is required", len(id), minClientID)
	}
	return ""
}

// givesUp reports whether the client gives an address up: its subnet does not matter.
func (x *exchange) givesUp() bool { return x.kind == packet.Release || x.kind == packet.Decline }

func unspecified(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }

// isOurs reports whether clients know this server by an address.
func (s *Server4) isOurs(x *exchange, id netip.Addr) bool {
	if id == x.in.Local || id.IsUnspecified() || s.conf.IsServerID(id) {
		return true
	}
	override, ok := packet.Suboption(x.query.Agent, agentServerIDOverride)
	return ok && len(override) == 4 && netip.AddrFrom4([4]byte(override)) == id
}
