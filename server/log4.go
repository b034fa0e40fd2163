package server

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Levels of messages for debugging, as Kea has them.
const (
	debugDrop       = 15
	debugBasic      = 40
	debugBasicData  = 45
	debugDetail     = 50
	debugDetailData = 55
)

// typeNames are the names of messages in logs.
var typeNames = [packet.Inform + 1]string{"BOOTP", "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPDECLINE", "DHCPACK", "DHCPNAK", "DHCPRELEASE", "DHCPINFORM"}

func typeName(kind uint8) string {
	if int(kind) < len(typeNames) {
		return typeNames[kind]
	}
	return fmt.Sprintf("type %d", kind)
}

// logs reports whether messages of a part are written; then a label is worth its
// time.
func (s *Server4) logs(severity logging.Severity, part string) bool {
	return s.log != nil && s.log.Enabled(severity, part)
}

// debug writes a message for debugging about the client, whose label comes first.
// Whoever calls it looks at debugging before: the arguments cost time, too.
func (s *Server4) debug(x *exchange, level uint32, part, id, format string, args ...any) {
	s.log.DebugLog(level, part, id, "%s: %s", label(&x.message), fmt.Sprintf(format, args...))
}

// debugPlain is debug without a label.
func (s *Server4) debugPlain(level uint32, part, id, format string, args ...any) {
	s.log.DebugLog(level, part, id, format, args...)
}

// logBuffer says that bytes have come.
func (s *Server4) logBuffer(x *exchange) {
	if !s.debugging {
		return
	}
	s.debugPlain(debugBasic, "packets", "DHCP4_BUFFER_RECEIVED", "received buffer from %s to %s over interface %s", portText(x.in.Src), portText(x.in.Dst), x.in.Interface)
	s.debugPlain(debugDetail, "options", "DHCP4_BUFFER_UNPACK", "parsing buffer received from %s to %s over interface %s", fromText(x.in.Src.Addr()), toText(x.in.Dst.Addr()), x.in.Interface)
}

func portText(a netip.AddrPort) string {
	if !a.Addr().IsValid() {
		return "255.255.255.255:67"
	}
	return a.String()
}

func fromText(a netip.Addr) string {
	if !a.IsValid() {
		return "0.0.0.0"
	}
	return a.String()
}

func toText(a netip.Addr) string {
	if !a.IsValid() {
		return "255.255.255.255"
	}
	return a.String()
}

// logQuery says that a message can be read.
func (s *Server4) logQuery(x *exchange) {
	if s.logs(logging.Info, "dhcp4") {
		s.log.Log(logging.Info, "dhcp4", "DHCP4_QUERY_LABEL", "received query: %s", x.label())
	}
}

// logReceived says that a message is to be answered.
func (s *Server4) logReceived(x *exchange) {
	if s.logs(logging.Info, "packets") {
		s.log.Log(logging.Info, "packets", "DHCP4_PACKET_RECEIVED", "%s: %s (type %d) received from %s to %s on interface %s",
			x.label(), typeName(x.kind), x.kind, fromText(x.in.Src.Addr()), toText(x.in.Dst.Addr()), x.in.Interface)
	}
	if s.debugging {
		s.debugPlain(debugDetailData, "packets", "DHCP4_QUERY_DATA", "%s, packet details: local_address=%s, remote_address=%s,\n%s",
			x.label(), portText(x.in.Dst), portText(x.in.Src), messageText(&x.message, x.kind))
	}
}

// standardOptions finds the definitions of options that Kea has.
func standardOptions(space string, code uint32) (option.KeaDef, bool) {
	return option.KeaLookup(option.V4, space, code, keaversion.V3_0)
}

// messageText lists the options of a message, as Kea does.
func messageText(m *packet.Message4, kind uint8) string {
	var b strings.Builder
	fmt.Fprintf(&b, "msg_type=%s (%d), trans_id=0x%x,\noptions:", typeName(kind), kind, m.XID())
	type item struct {
		code    uint8
		content []byte
	}
	var list []item
	for code, content := range m.Options {
		list = append(list, item{code, content})
	}
	slices.SortFunc(list, func(a, b item) int { return int(a.code) - int(b.code) })
	for _, o := range list {
		b.WriteByte('\n')
		if answer := kind == packet.Offer || kind == packet.Ack; answer && o.code == optSubnetMask && len(o.content) == 4 {
			// Kea makes it of a number.
			fmt.Fprintf(&b, "  type=001, len=004: %d (uint32)", binary.BigEndian.Uint32(o.content))
			continue
		}
		b.Write(classify.OptionText(nil, standardOptions, "dhcp4", uint32(o.code), o.content, 2))
	}
	return b.String()
}

// logBad says why a message gets no answer, or a refusal.
func (s *Server4) logBad(x *exchange, level uint32, id, format string, args ...any) {
	if s.debugging {
		s.debug(x, level, "bad-packets", id, format, args...)
	}
}

// logForeign says that a message is not for this server.
func (s *Server4) logForeign(x *exchange, id, why string) {
	if s.debugging {
		s.debugPlain(debugDrop, "bad-packets", id, "%s, from interface %s: %s", label(&x.message), x.in.Interface, why)
	}
}

// logDropClass says that a client is in the class DROP.
func (s *Server4) logDropClass(x *exchange, id, when string) {
	if s.debugging {
		s.debugPlain(debugDrop, "packets", id, "dropped as member of the special class 'DROP'%s: %s, %s", when, label(&x.message), messageText(&x.message, x.kind))
	}
}

// logSubnet says which subnet the client is on.
func (s *Server4) logSubnet(x *exchange) {
	switch {
	case !s.debugging:
	case x.subnet == nil:
		s.debug(x, debugDetail, "packets", "DHCP4_SUBNET_SELECTION_FAILED", "failed to select subnet for the client")
	default:
		s.debug(x, debugBasicData, "packets", "DHCP4_SUBNET_SELECTED", "the subnet with ID %d was selected for client assignments", x.subnet.ID)
		s.debug(x, debugDetailData, "packets", "DHCP4_SUBNET_DATA", "the selected subnet details: %s", x.subnet.Prefix)
	}
}

// logMoved says that the client got an address in another subnet of its network.
func (s *Server4) logMoved(x *exchange, to *config.Subnet) {
	if s.debugging {
		s.debug(x, debugBasicData, "packets", "DHCP4_SUBNET_DYNAMICALLY_CHANGED", "changed selected subnet %s to subnet %s from shared network %s for client assignments",
			x.selected.Prefix, to.Prefix, networkName(to))
	}
}

func networkName(n *config.Subnet) string {
	if n.Network == nil {
		return "(none)"
	}
	return n.Network.Name
}

// classTexts are the names of the classes of a client.
func (s *Server4) classTexts(x *exchange) string {
	return strings.Join(s.allClassNames(x), ", ")
}

// allClassNames has those of classes that the configuration does not name too.
func (s *Server4) allClassNames(x *exchange) (names []string) {
	unnamed := x.unnamed
	order := x.query.Classes.Order()
	for i := range len(order) + 1 {
		for len(unnamed) > 0 && unnamed[0].behind == i {
			names = append(names, unnamed[0].name)
			unnamed = unnamed[1:]
		}
		if i < len(order) {
			names = append(names, s.conf.Names.Name(order[i]))
		}
	}
	return names
}

// logClasses says which classes a client is in once its subnet is known.
func (s *Server4) logClasses(x *exchange) {
	if s.debugging {
		s.debug(x, debugBasic, "dhcp4", "DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION", "client packet has been assigned to the following classes: %s", s.classTexts(x))
	}
}

// logAllClasses says which classes a client is in at last.
func (s *Server4) logAllClasses(x *exchange) {
	if s.debugging && (x.subnet != nil || x.kind == packet.Inform) {
		s.debug(x, debugBasic, "dhcp4", "DHCP4_CLASSES_ASSIGNED", "client packet has been assigned on %s message to the following classes: %s", typeName(x.kind), s.classTexts(x))
		s.logUnconfigured(x)
	}
}

// logBegin says that the server looks for an address for the client.
func (s *Server4) logBegin(x *exchange) {
	if !s.debugging {
		return
	}
	hint := "(no hint)"
	if wish := x.wished(); wish.IsValid() {
		hint = wish.String()
	}
	id := "DHCP4_REQUEST"
	if x.kind == packet.Discover {
		id = "DHCP4_DISCOVER"
	}
	s.debug(x, debugDetail, "leases", id, "server is processing %s with hint=%s", typeName(x.kind), hint)
}

// logReboot says that a client starts again with an address.
func (s *Server4) logReboot(x *exchange) {
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_INIT_REBOOT", "%s: client is in INIT-REBOOT state and requests address %s", label(&x.message), x.requested)
	}
}

// logEngine says what the allocation does.
func (s *Server4) logEngine(x *exchange, id, format string, args ...any) {
	if s.debugging {
		s.debug(x, debugBasic, "alloc-engine", id, format, args...)
	}
}

// logStore says what is done with a lease in memory.
func (s *Server4) logStore(id, what string, a netip.Addr) {
	if s.debugging {
		s.debugPlain(debugDetail, "dhcpsrv", id, "%s %s", what, a)
	}
}

// logNoSubnet says that no subnet fits.
func (s *Server4) logNoSubnet(x *exchange) {
	if s.log != nil {
		s.log.Log(logging.Error, "bad-packets", "DHCP4_PACKET_NAK_0001", "%s: failed to select a subnet for incoming packet, src %s, type %s",
			label(&x.message), fromText(x.in.Src.Addr()), typeName(x.kind))
	}
}

// logNoLease says that the client gets no address.
func (s *Server4) logNoLease(x *exchange) {
	if !s.debugging {
		return
	}
	id, what := "DHCP4_PACKET_NAK_0004", "grant"
	if x.kind == packet.Discover {
		id, what = "DHCP4_PACKET_NAK_0003", "advertise"
	}
	s.logBad(x, debugDetail, id, "failed to %s a lease, client sent ciaddr %s, requested-ip-address %s", what, x.message.CIAddr(), s.requestedText(x))
}

func (s *Server4) requestedText(x *exchange) string {
	if !x.requested.IsValid() {
		return "(no address)"
	}
	return x.requested.String()
}

// logLease says what a client was given.
func (s *Server4) logLease(x *exchange) {
	if !s.logs(logging.Info, "leases") || x.reply == packet.Nak || !x.hasLease {
		return
	}
	who := x.label()
	if x.reply == packet.Offer {
		s.log.Log(logging.Info, "leases", "DHCP4_LEASE_OFFER", "%s: lease %s will be offered", who, x.lease.Address)
	} else {
		s.log.Log(logging.Info, "leases", "DHCP4_LEASE_ALLOC", "%s: lease %s has been allocated for %s seconds", who, x.lease.Address, lifetimeText(x.lease.Valid))
	}
	if x.remaining > 0 {
		s.log.Log(logging.Info, "leases", "DHCP4_LEASE_REUSE", "%s: lease %s has been reused for %s seconds", who, x.lease.Address, lifetimeText(x.remaining))
	}
}

func lifetimeText(seconds uint32) string {
	if seconds == lease.Infinite {
		return "infinity"
	}
	return fmt.Sprint(seconds)
}

// logSent says what goes out.
func (s *Server4) logSent(x *exchange) {
	if s.debugging {
		s.debug(x, debugDetail, "options", "DHCP4_PACKET_PACK", "preparing on-wire format of the packet to be sent")
	}
	from := netip.AddrPortFrom(x.in.Local, serverPort)
	if s.logs(logging.Info, "packets") {
		s.log.Log(logging.Info, "packets", "DHCP4_PACKET_SEND", "%s: trying to send packet %s (type %d) from %s to %s on interface %s",
			x.label(), typeName(x.reply), x.reply, from, x.answer.To, x.in.Interface)
	}
	if s.debugging {
		var m packet.Message4
		if m.Parse(x.answer.Raw) == nil {
			s.debug(x, debugDetailData, "packets", "DHCP4_RESPONSE_DATA", "responding with packet %s (type %d), packet details: local_address=%s, remote_address=%s,\n%s",
				typeName(x.reply), x.reply, from, x.answer.To, messageText(&m, x.reply))
		}
	}
}

// logFailed says that there is no address for a client, and after how many tries.
func (s *Server4) logFailed(x *exchange, tries uint64, full, without int) {
	if !s.logs(logging.Warn, "alloc-engine") {
		return
	}
	who := label(&x.message)
	if x.subnet.Network != nil {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK",
			"%s: failed to allocate an IPv4 address in the shared network %s: %d subnets have no available addresses, %d subnets have no matching pools", who, x.subnet.Network.Name, full, without)
	} else {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET", "%s: failed to allocate an IPv4 lease in the subnet %s, subnet-id %d, shared network (none)", who, x.subnet.Prefix, x.subnet.ID)
	}
	if tries == 0 {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS", "%s: no pools were available for the address allocation", who)
	} else {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL", "%s: failed to allocate an IPv4 address after %d attempt(s)", who, tries)
	}
	s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES", "%s: Failed to allocate an IPv4 address for client with classes: %s", who, s.classTexts(x))
}

// logEnginePlain is logEngine for texts that name the client first of their
// arguments.
func (s *Server4) logEnginePlain(id, format string, x *exchange, args ...any) {
	if s.debugging {
		s.debugPlain(debugBasic, "alloc-engine", id, format, append([]any{label(&x.message)}, args...)...)
	}
}

// leaseText is a lease as Kea's logs have it.
func leaseText(l *lease.Lease4) string {
	orNone := func(id []byte) string {
		if len(id) == 0 {
			return "(none)"
		}
		return lease.Colons(id)
	}
	return fmt.Sprintf("Address:       %s\nValid life:    %d\nCltt:          %d\nHardware addr: %s\nClient id:     %s\nSubnet ID:     %d\nPool ID:       %d\nState:         %s\nRelay ID:      (none)\nRemote ID:     (none)\n",
		l.Address, l.Valid, l.CLTT, hardwareText(l), orNone(l.ClientID), l.SubnetID, l.PoolID, stateText(l.State))
}

// hardwareText is the hardware address of a lease as Kea's logs have it. That of a
// declined lease is empty, but there.
func hardwareText(l *lease.Lease4) string {
	if len(l.HWAddr) == 0 && l.State != lease.Declined {
		return "(none)"
	}
	return lease.Colons(l.HWAddr)
}

// stateText is the name of a state as Kea's logs have it.
func stateText(s lease.State) string {
	if s == lease.Assigned {
		return "default"
	}
	return s.String()
}
