package server

import (
	"fmt"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Levels of messages for debugging, as Kea has them.
const debugDrop = 15

// typeNames are the names of messages in logs.
var typeNames = [packet.Inform + 1]string{"BOOTP", "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPDECLINE", "DHCPACK", "DHCPNAK", "DHCPRELEASE", "DHCPINFORM"}

func typeName(kind uint8) string {
	if int(kind) < len(typeNames) {
		return typeNames[kind]
	}
	return fmt.Sprintf("type %d", kind)
}

// logs reports whether messages of a part are written; then Label is worth its
// time.
func (s *Server4) logs(severity logging.Severity, part string) bool {
	return s.log != nil && s.log.Enabled(severity, part)
}

// logReceived says that a message has come.
func (s *Server4) logReceived(x *exchange) {
	if s.logs(logging.Info, "packets") {
		s.log.Log(logging.Info, "packets", "DHCP4_PACKET_RECEIVED", "%s %s (type %d) received from %v to %v on interface %s",
			Label(x.in.Raw), typeName(x.kind), x.kind, x.in.Src.Addr(), x.in.Dst.Addr(), x.in.Interface)
	}
	if s.logs(logging.Info, "dhcp4") {
		s.log.Log(logging.Info, "dhcp4", "DHCP4_QUERY_LABEL", "received query: %s", Label(x.in.Raw))
	}
}

// logDropped says that a message gets no answer.
func (s *Server4) logDropped(x *exchange) {
	if s.logs(logging.Debug, "bad-packets") {
		s.log.DebugLog(debugDrop, "bad-packets", "DHCP4_PACKET_DROP_0003", "%s, from interface %s: no answer", Label(x.in.Raw), x.in.Interface)
	}
}

// logLease says what a client was given.
func (s *Server4) logLease(x *exchange) {
	if !s.logs(logging.Info, "leases") {
		return
	}
	label := Label(x.in.Raw)
	switch {
	case x.reply == packet.Nak || !x.hasLease:
	case x.reply == packet.Offer:
		s.log.Log(logging.Info, "leases", "DHCP4_LEASE_OFFER", "%s lease %s will be offered", label, x.lease.Address)
	case x.remaining > 0:
		s.log.Log(logging.Info, "leases", "DHCP4_LEASE_REUSE", "%s lease %s has been reused for %s seconds", label, x.lease.Address, lifetimeText(x.remaining))
	default:
		s.log.Log(logging.Info, "leases", "DHCP4_LEASE_ALLOC", "%s lease %s has been allocated for %s seconds", label, x.lease.Address, lifetimeText(x.lease.Valid))
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
	if s.logs(logging.Info, "packets") {
		s.log.Log(logging.Info, "packets", "DHCP4_PACKET_SEND", "%s trying to send packet %s (type %d) from %s:67 to %v on interface %s",
			Label(x.in.Raw), typeName(x.reply), x.reply, x.in.Local, x.answer.To, x.in.Interface)
	}
}

// logFailed says that there is no address for a client.
func (s *Server4) logFailed(x *exchange) {
	if !s.logs(logging.Warn, "alloc-engine") {
		return
	}
	label := Label(x.in.Raw)
	if x.subnet.Network != nil {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK", "%s failed to allocate an IPv4 lease in the shared network %s", label, x.subnet.Network.Name)
	} else {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET", "%s failed to allocate an IPv4 lease in the subnet %s, subnet-id %d", label, x.subnet.Prefix, x.subnet.ID)
	}
	if x.noPools {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS", "%s no pools were available for the address allocation", label)
	} else {
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL", "%s failed to allocate an IPv4 address", label)
	}
}
