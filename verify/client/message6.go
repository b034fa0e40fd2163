package client

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// A Lease6 is what a client of DHCPv6 remembers from one message to the next.
type Lease6 struct {
	Server    []byte         // the server's DUID
	Addresses []netip.Addr   // offered or given
	Prefixes  []netip.Prefix // offered or given
}

// Codes of DHCPv6 options (RFC 8415 section 21).
const (
	codeClientID6   = 1
	codeServerID6   = 2
	codeIANA        = 3
	codeIAAddr      = 5
	codeORO         = 6
	codeElapsedTime = 8
	codeRapidCommit = 14
	codeIAPD        = 25
	codeIAPrefix    = 26
)

// Learn takes from an ADVERTISE or REPLY what the client remembers.
func (l *Lease6) Learn(answer *dhcpv6.Message) {
	for _, o := range answer.GetOption(codeServerID6) {
		l.Server = o.ToBytes()
	}
	var addresses []netip.Addr
	for _, ia := range answer.Options.IANA() {
		for _, a := range ia.Options.Addresses() {
			if addr, ok := netip.AddrFromSlice(a.IPv6Addr); ok && a.ValidLifetime > 0 {
				addresses = append(addresses, addr)
			}
		}
	}
	var prefixes []netip.Prefix
	for _, ia := range answer.Options.IAPD() {
		for _, p := range ia.Options.Prefixes() {
			if p.Prefix == nil || p.ValidLifetime == 0 {
				continue
			}
			ones, _ := p.Prefix.Mask.Size()
			if addr, ok := netip.AddrFromSlice(p.Prefix.IP); ok {
				prefixes = append(prefixes, netip.PrefixFrom(addr, ones))
			}
		}
	}
	if len(addresses)+len(prefixes) > 0 {
		l.Addresses, l.Prefixes = addresses, prefixes
	}
}

// Message6 builds a message of a DHCPv6 client (RFC 8415 section 18.2), in a
// Relay-forward if the client has a relay. The error is [ErrNoLease] when the
// lease lacks what the message has to say.
func (c *Client) Message6(step Step, xid [3]byte, lease Lease6) (dhcpv6.DHCPv6, error) {
	kinds := map[Step]dhcpv6.MessageType{
		Solicit: dhcpv6.MessageTypeSolicit, Request: dhcpv6.MessageTypeRequest, Renew: dhcpv6.MessageTypeRenew,
		Rebind: dhcpv6.MessageTypeRebind, Confirm: dhcpv6.MessageTypeConfirm, Release: dhcpv6.MessageTypeRelease,
		Decline: dhcpv6.MessageTypeDecline, Inform: dhcpv6.MessageTypeInformationRequest,
	}
	kind, ok := kinds[step]
	if !ok || !c.V6 {
		return nil, fmt.Errorf("this client does not send %q", step)
	}
	m := &dhcpv6.Message{MessageType: kind, TransactionID: xid}
	add := func(code uint16, data []byte) {
		m.AddOption(&dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionCode(code), OptionData: data})
	}
	add(codeClientID6, c.DUID)
	if slices.Contains([]Step{Request, Renew, Release, Decline}, step) {
		if lease.Server == nil {
			return nil, ErrNoLease
		}
		add(codeServerID6, lease.Server)
	}
	if !slices.Contains([]Step{Solicit, Inform}, step) && len(lease.Addresses)+len(lease.Prefixes) == 0 {
		return nil, ErrNoLease
	}
	if step != Inform {
		wishes := step == Solicit
		if c.NA {
			add(codeIANA, c.ia(c.addressOptions(lease, wishes)))
		}
		if c.PD && step != Confirm && step != Decline {
			add(codeIAPD, c.ia(c.prefixOptions(lease, wishes)))
		}
	}
	if step == Solicit && c.RapidCommit {
		add(codeRapidCommit, nil)
	}
	add(codeElapsedTime, []byte{0, 0})
	for _, o := range c.Options {
		if o.Code == codeORO && slices.Contains([]Step{Confirm, Release, Decline}, step) {
			continue
		}
		add(o.Code, o.Data)
	}
	if !c.Relay.IsValid() {
		return m, nil
	}
	relay := &dhcpv6.RelayMessage{
		MessageType: dhcpv6.MessageTypeRelayForward, LinkAddr: c.Relay.AsSlice(), PeerAddr: linkLocal(c.MAC).AsSlice(),
	}
	for _, o := range c.Agent {
		relay.AddOption(&dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionCode(o.Code), OptionData: o.Data})
	}
	relay.AddOption(dhcpv6.OptRelayMessage(m))
	return relay, nil
}

// ia is the content of an IA_NA or IA_PD with these options. T1 and T2 are 0:
// the server is to choose.
func (c *Client) ia(options []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, c.IAID)
	out = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
	return append(out, options...)
}

// addressOptions are the IA Address options: the leased ones, or what the
// client would like.
func (c *Client) addressOptions(lease Lease6, wishes bool) []byte {
	addresses := lease.Addresses
	if wishes || len(addresses) == 0 {
		addresses = nil
		switch {
		case c.Address.IsValid():
			addresses = []netip.Addr{c.Address}
		case c.Valid != 0 || c.Preferred != 0:
			addresses = []netip.Addr{netip.IPv6Unspecified()}
		}
	}
	var out []byte
	for _, a := range addresses {
		out = append(out, 0, codeIAAddr, 0, 24)
		out = append(out, a.AsSlice()...)
		out = binary.BigEndian.AppendUint32(out, c.Preferred)
		out = binary.BigEndian.AppendUint32(out, c.Valid)
	}
	return out
}

func (c *Client) prefixOptions(lease Lease6, wishes bool) []byte {
	prefixes := lease.Prefixes
	if wishes || len(prefixes) == 0 {
		prefixes = nil
		switch {
		case c.Prefix.IsValid():
			prefixes = []netip.Prefix{c.Prefix}
		case c.Valid != 0 || c.Preferred != 0:
			prefixes = []netip.Prefix{netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
		}
	}
	var out []byte
	for _, p := range prefixes {
		out = append(out, 0, codeIAPrefix, 0, 25)
		out = binary.BigEndian.AppendUint32(out, c.Preferred)
		out = binary.BigEndian.AppendUint32(out, c.Valid)
		out = append(out, byte(p.Bits()))
		out = append(out, p.Addr().AsSlice()...)
	}
	return out
}
