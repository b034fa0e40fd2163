package server

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// What the server looks up is said in Kea's words, and counts as Kea's look-ups do; some
// of them keasrv has no need of.

// logLink says by what the subnet of a link was looked for, and what came of it.
func (s *Server4) logLink(l *Link, found *config.Subnet) {
	if !s.debugging {
		return
	}
	const part = "dhcpsrv"
	byAddress := func(a netip.Addr) {
		if found != nil {
			s.debugPlain(debugBasic, part, "DHCPSRV_CFGMGR_SUBNET4_ADDR", "selected subnet %s for packet received by matching address %s", found.Prefix, a)
		} else {
			s.debugPlain(debugDetail, part, "DHCPSRV_SUBNET4_SELECT_BY_ADDRESS_NO_MATCH", "No subnet matches address: %s", a)
		}
	}
	for _, only := range []netip.Addr{l.Link, l.Subnet} {
		if only.IsValid() {
			byAddress(only)
			return
		}
	}
	s.debugPlain(debugDetail, part, "DHCPSRV_SUBNET4_SELECT_NO_RAI_OPTIONS", "No RAI options found to use for subnet selection.")
	if !unspecified(l.Relay) {
		if found != nil && s.conf.ByRelay(l.Relay, func(n *config.Subnet) bool { return n == found }) != nil {
			s.debugPlain(debugBasic, part, "DHCPSRV_CFGMGR_SUBNET4_RELAY", "selected subnet %s, because of matching relay addr %s", found.Prefix, l.Relay)
			return
		}
		s.debugPlain(debugDetail, part, "DHCPSRV_SUBNET4_SELECT_BY_RELAY_ADDRESS_NO_MATCH", "No subnet matches relay address: %s", l.Relay)
		byAddress(l.Relay)
		return
	}
	s.debugPlain(debugDetail, part, "DHCPSRV_SUBNET4_SELECT_NO_RELAY_ADDRESS", "Relay address (giaddr) in client packet is empty.")
	for _, own := range []netip.Addr{l.Client, l.Remote} {
		if !unspecified(own) {
			byAddress(own)
			return
		}
	}
	if found != nil && found.Interface == l.Interface {
		s.debugPlain(debugBasic, part, "DHCPSRV_CFGMGR_SUBNET4_IFACE", "selected subnet %s for packet received over interface %s", found.Prefix, l.Interface)
		return
	}
	s.debugPlain(debugDetail, part, "DHCPSRV_SUBNET4_SELECT_BY_INTERFACE_NO_MATCH", "No subnet matches interface: %s", l.Interface)
	if l.Local.IsValid() {
		byAddress(l.Local)
	}
}

// logHost says what came of a look for a reservation by an identifier.
func (s *Server4) logHost(subnet uint32, kind config.Identifier, id []byte, found *config.Host) {
	if !s.debugging {
		return
	}
	const part = "hosts"
	who := fmt.Sprintf("%s=%X", identifierTexts[kind], id)
	s.debugPlain(debugBasic, part, "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER", "get one host with IPv4 reservation for subnet id %d, identified by %s", subnet, who)
	s.debugPlain(debugBasic, part, "HOSTS_CFG_GET_ALL_IDENTIFIER", "get all hosts with reservations using identifier: %s", who)
	all := s.conf.Hosts.FindAll(s.conf.Subnets, kind, id)
	for _, h := range all {
		s.debugPlain(debugDetailData, part, "HOSTS_CFG_GET_ALL_IDENTIFIER_HOST", "using identifier: %s, found host: %s", who, s.hostText(h))
	}
	s.debugPlain(debugDetail, part, "HOSTS_CFG_GET_ALL_IDENTIFIER_COUNT", "using identifier %s, found %d host(s)", who, len(all))
	if found == nil {
		s.debugPlain(debugDetail, part, "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_NULL", "host not found using subnet id %d and identifier %s", subnet, who)
		return
	}
	s.debugPlain(debugDetailData, part, "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_HOST", "using subnet id %d and identifier %s, found host: %s", subnet, who, s.hostText(found))
}

var identifierTexts = [...]string{config.HWAddress: "hwaddr", config.DUID: "duid", config.CircuitID: "circuit-id", config.ClientID: "client-id", config.FlexID: "flex-id"}

// logReserved says what came of a look for reservations of an address.
func (s *Server4) logReserved(subnet uint32, a netip.Addr, found []*config.Host) {
	if !s.debugging {
		return
	}
	const part = "hosts"
	s.debugPlain(debugBasic, part, "HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4", "get one host with reservation for subnet id %d and IPv4 address %s", subnet, a)
	s.debugPlain(debugBasic, part, "HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4", "get all hosts with reservations for subnet id %d and IPv4 address %s", subnet, a)
	for _, h := range found {
		s.debugPlain(debugDetailData, part, "HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_HOST", "using IPv4 subnet %d and IPv4 address %s, found host: %s", subnet, a, s.hostText(h))
	}
	s.debugPlain(debugDetail, part, "HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_COUNT", "using IPv4 subnet %d and IPv4 address %s, found %d host(s)", subnet, a, len(found))
	if len(found) == 0 {
		s.debugPlain(debugDetail, part, "HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_NULL", "host not found using subnet id %d and address %s", subnet, a)
		return
	}
	s.debugPlain(debugDetailData, part, "HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_HOST", "using subnet id %d and address %s, found host: %s", subnet, a, s.hostText(found[0]))
}

// hostText is a reservation as Kea's logs have it.
func (s *Server4) hostText(h *config.Host) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s=%X ipv4_subnet_id=%d", identifierTexts[h.Kind], h.ID, h.SubnetID)
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	address := func(a netip.Addr) string {
		if unspecified(a) {
			return "(no)"
		}
		return a.String()
	}
	value := func(text *string) string {
		if text == nil {
			return ""
		}
		return *text
	}
	next := netip.Addr{}
	if h.NextServer != nil {
		next = *h.NextServer
	}
	fmt.Fprintf(&b, " hostname=%s ipv4_reservation=%s siaddr=%s sname=%s file=%s key=(empty) ipv6_reservations=(none)", or(h.Hostname, "(empty)"), address(h.Address),
		address(next), or(value(h.ServerHostname), "(empty)"), or(value(h.BootFileName), "(empty)"))
	for i, id := range h.Classes {
		fmt.Fprintf(&b, " dhcp4_class%d=%s", i, s.conf.Names.Name(id))
	}
	return b.String()
}

// logByClient says that the leases of a client are looked for.
func (s *Server4) logByClient(x *exchange, byID bool) {
	switch {
	case !s.debugging:
	case byID:
		s.debugPlain(debugDetail, "dhcpsrv", "DHCPSRV_MEMFILE_GET_CLIENTID", "obtaining IPv4 leases for client ID %s", lease.Colons(x.clientID))
	default:
		s.debugPlain(debugDetail, "dhcpsrv", "DHCPSRV_MEMFILE_GET_HWADDR", "obtaining IPv4 leases for hardware address hwtype=%d %s", x.message.HType(), lease.Colons(x.hwaddr))
	}
}

// look is the Look of the lease database, and says that it is done.
func (s *Server4) look(a netip.Addr, l *lease.Lease4) bool {
	s.logLook(a)
	return s.leases.Look(a, l)
}

func (s *Server4) logLook(a netip.Addr) {
	if s.debugging {
		s.debugPlain(debugDetail, "dhcpsrv", "DHCPSRV_MEMFILE_GET_ADDR4", "obtaining IPv4 lease for address %s", a)
	}
}

// logAdditional says what became of a class that is looked at late.
func (s *Server4) logAdditional(x *exchange, c *config.Class, id int) {
	const part = "dhcp4"
	switch {
	case !s.debugging:
	case c == nil:
		s.debugPlain(debugBasic, part, "DHCP4_ADDITIONAL_CLASS_UNDEFINED", "additional class %s has no definition", s.conf.Names.Name(id))
	case c.Test == nil && c.Template == nil:
		s.debugPlain(debugBasic, part, "DHCP4_ADDITIONAL_CLASS_NO_TEST", "additional class %s has no test expression, adding it to client's classes unconditionally", c.Name)
	default:
		s.debug(x, debugBasic, part, "DHCP4_ADDITIONAL_CLASS_EVAL_RESULT", "Expression '%s' evaluated to %t", c.Name, x.query.Classes.Has(id))
	}
}

// logUnconfigured names the classes of a client that are not configured.
func (s *Server4) logUnconfigured(x *exchange) {
	if !s.debugging {
		return
	}
	for _, name := range s.allClassNames(x) {
		id, named := s.conf.Names.Find([]byte(name))
		if (!named || s.conf.ClassByID(id) == nil) && (!config.BuiltInClass(name) || strings.HasPrefix(name, "SPAWN_")) {
			s.debug(x, debugBasic, "dhcp4", "DHCP4_CLASS_UNCONFIGURED", "client packet belongs to an unconfigured class: %s", name)
		}
	}
}

// logLeaseOf says what is said of a lease that the client is given, behind that.
func (s *Server4) logLeaseOf(x *exchange) {
	s.logLease(x)
	if !s.debugging || !x.hasLease || x.reply == packet.Nak {
		return
	}
	if !x.subnet.MatchClientID {
		s.debug(x, debugDetail, "dhcp4", "DHCP4_CLIENTID_IGNORED_FOR_LEASES", "not using client identifier for lease allocation for subnet %d", x.subnet.ID)
	}
	if s.logGenerated(x); x.generated && x.reply == packet.Ack && !x.reused {
		s.logStore("DHCPSRV_MEMFILE_UPDATE_ADDR4", "updating IPv4 lease for address", x.lease.Address) // Kea makes the name later
	}
}

// logSkipped says that nothing is asked of DNS for a lease that has no name there.
func (s *Server4) logSkipped(x *exchange, l *lease.Lease4, clientID []byte) {
	if !s.debugging || s.conf.UpdatesEnabled && l.Hostname != "" && (l.FQDNFwd || l.FQDNRev) {
		return
	}
	id := "[no info]"
	if len(clientID) > 0 {
		id = "[" + lease.Colons(clientID) + "]"
	}
	s.debugPlain(debugDetailData, "dhcpsrv", "DHCPSRV_QUEUE_NCR_SKIP", "[hwtype=%d %s], cid=%s: skip queuing name change request for lease: %s", x.message.HType(), lease.Colons(x.hwaddr), id, l.Address)
}
