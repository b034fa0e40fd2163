package answer

import (
	"net/netip"
)

// Places in a DHCPv4 message (RFC 2131 section 2).
const (
	htypeAt     = 1
	hlenAt      = 2
	hopsAt      = 3
	xidAt       = 4
	secsAt      = 8
	flagsAt     = 10
	ciaddrAt    = 12
	yiaddrAt    = 16
	siaddrAt    = 20
	giaddrAt    = 24
	chaddrAt    = 28
	snameAt     = 44
	fileAt      = 108
	optionsAt   = 236
	snameLength = 64
	fileLength  = 128
	maxHardware = 16
)

// Codes of DHCPv4 options.
const (
	codeSubnetMask      = 1
	codeRouters         = 3
	codeDNS             = 6
	codeHostName        = 12
	codeVendorOptions   = 43
	codeRequested       = 50
	codeLeaseTime       = 51
	codeOverload        = 52
	codeMessageType     = 53
	codeServerID        = 54
	codeRequestList     = 55
	codeMessage         = 56
	codeMaxSize         = 57
	codeT1              = 58
	codeT2              = 59
	codeVendorClass     = 60
	codeClientID        = 61
	codeFQDN            = 81
	codeAgent           = 82
	codeAssociatedIP    = 92
	codeSubnetSelection = 118

	agentLinkSelection = 5
)

// Message types of DHCPv4 (RFC 2132 section 9.6).
const (
	typeDiscover = 1
	typeOffer    = 2
	typeRequest  = 3
	typeDecline  = 4
	typeAck      = 5
	typeNak      = 6
	typeRelease  = 7
	typeInform   = 8
)

// Codes of parameters in dhcpd's space "server".
const (
	paramDefaultTime     = 1
	paramMaxTime         = 2
	paramMinTime         = 3
	paramBootpCutoff     = 4
	paramBootpLength     = 5
	paramUnknownClients  = 6
	paramAllowBootp      = 8
	paramAllowBooting    = 9
	paramOneLease        = 10
	paramLeaseHostnames  = 11
	paramHostNames       = 12
	paramLeaseRoute      = 13
	paramMinSecs         = 14
	paramFilename        = 15
	paramServerName      = 16
	paramNextServer      = 17
	paramVendorSpace     = 19
	paramRFC1048         = 20
	paramSiteSpace       = 21
	paramAlwaysBroadcast = 22
	paramDuplicates      = 28
	paramDeclines        = 29
	paramStashAgent      = 37
	paramDDNSUpdates     = 30
	paramDDNSStyle       = 39
	paramReserveInfinite = 47
	paramAdaptive        = 50
	paramPreferred       = 53
	paramAddressesPerIA  = 56
	paramPrefixesPerIA   = 57
	paramCacheThreshold  = 78
	paramIgnoreUIDs      = 82
	paramEchoClientID    = 85
	paramPrefixMode      = 87
	paramTeeTimes        = 88
	paramAbandonTime     = 89
	paramReleaseOnRoam   = 96
)

// query is a client's message with what dhcpd finds out about it.
type query struct {
	raw          []byte // DHCPv4 only
	kind         byte   // type of the message; 0: BOOTP
	options      *options
	optionsValid bool
	network      *network
	classes      []*class
	known        bool
	echo         bool // the client identifier is to be sent back
	stashed      bool // what the relay says has been remembered from before

	relay *query     // the relay's message around it
	link  netip.Addr // of a relay: its link-address
	xid   [3]byte    // DHCPv6

	why *Explanation
}

func (q *query) address(at int) netip.Addr {
	return netip.AddrFrom4([4]byte(q.raw[at : at+4]))
}

func (q *query) ciaddr() netip.Addr { return q.address(ciaddrAt) }
func (q *query) giaddr() netip.Addr { return q.address(giaddrAt) }

// hardware is the client's hardware address behind its type.
func (q *query) hardware() []byte {
	n := int(q.raw[hlenAt])
	out := make([]byte, 0, n+1)
	out = append(out, q.raw[htypeAt])
	return append(out, q.raw[chaddrAt:chaddrAt+n]...)
}

// option returns the content of an option of DHCPv4.
func (q *query) option(s *Server, code uint32) ([]byte, bool) {
	if v := q.options.lookup(s.dhcp, code); v != nil {
		return v.data, true
	}
	return nil, false
}

var cookie = []byte{99, 130, 83, 99}

// read4 reads a DHCPv4 message; nil: dhcpd throws it away.
func (s *Server) read4(raw []byte, why *Explanation) *query {
	if len(raw) < optionsAt || raw[hlenAt] > maxHardware {
		why.Reason = "the message is cut off, or its hardware address is too long"
		return nil
	}
	q := &query{raw: raw, options: &options{}, why: why}
	if len(raw) >= optionsAt+4 && string(raw[optionsAt:optionsAt+4]) == string(cookie) {
		if !s.parse(q.options, s.dhcp, raw[optionsAt+4:]) {
			why.Reason = "the options are cut off"
			return nil
		}
		if o, ok := q.option(s, codeOverload); ok && len(o) > 0 {
			if o[0]&1 != 0 && !s.parse(q.options, s.dhcp, raw[fileAt:fileAt+fileLength]) ||
				o[0]&2 != 0 && !s.parse(q.options, s.dhcp, raw[snameAt:snameAt+snameLength]) {
				why.Reason = "the options are cut off"
				return nil
			}
		}
		q.optionsValid = true
		if t, ok := q.option(s, codeMessageType); ok && len(t) > 0 {
			q.kind = t[0]
		}
	}
	if id, ok := q.option(s, codeClientID); ok && len(id) == 0 {
		why.Reason = "the client identifier is empty"
		return nil
	}
	return q
}

// locate finds the link that a client is on.
func (s *Server) locate(q *query) bool {
	selection := q.options.lookup(s.agent, agentLinkSelection)
	what := "the link that the relay names"
	if selection == nil {
		selection = q.options.lookup(s.dhcp, codeSubnetSelection)
		what = "the subnet that the client names"
	}
	a := q.giaddr()
	switch {
	case selection != nil && len(selection.data) != 4:
		q.why.Reason = what + " is no address"
		return false
	case selection != nil:
		a = netip.AddrFrom4([4]byte(selection.data))
	case a.IsUnspecified():
		q.network = s.local
		if s.local == nil {
			q.why.Reason = "no subnet holds the server's address on the client's link"
		}
		return s.local != nil
	default:
		what = "the address of the relay"
	}
	sub := s.subnetOf(a)
	if sub == nil {
		q.why.Reason = what + ", " + a.String() + ", is in no subnet"
		return false
	}
	q.network = sub.network
	return true
}
