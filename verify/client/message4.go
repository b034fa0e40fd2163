package client

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/iana"
)

// ErrNoLease means that a client cannot send a message because no server has
// offered or given it anything before.
var ErrNoLease = errors.New("the client has no lease to speak of")

// A Lease4 is what a client of DHCPv4 remembers from one message to the next.
type Lease4 struct {
	Address netip.Addr // offered or given
	Server  netip.Addr // the server identifier
}

// Learn takes from an OFFER or ACK what the client remembers; after a NAK the
// client has nothing.
func (l *Lease4) Learn(answer *dhcpv4.DHCPv4) {
	switch answer.MessageType() {
	case dhcpv4.MessageTypeOffer, dhcpv4.MessageTypeAck:
		if a, ok := netip.AddrFromSlice(answer.YourIPAddr.To4()); ok && !a.IsUnspecified() {
			l.Address = a
		}
		if a, ok := netip.AddrFromSlice(answer.ServerIdentifier().To4()); ok {
			l.Server = a
		}
	case dhcpv4.MessageTypeNak:
		*l = Lease4{}
	}
}

// Codes of DHCPv4 options (RFC 2132, RFC 3046).
const (
	codeRequestedAddress = 50
	codeLeaseTime        = 51
	codeServerID         = 54
	codePRL              = 55
	codeClientID         = 61
)

// Message4 builds a message of a DHCPv4 client (RFC 2131 section 4.4). The
// error is [ErrNoLease] when the lease lacks what the message has to say.
// Renew, release and a client without relay go without giaddr.
func (c *Client) Message4(step Step, xid [4]byte, lease Lease4) (*dhcpv4.DHCPv4, error) {
	if c.V6 {
		return nil, fmt.Errorf("a client of DHCPv6 sends no DHCPv4 messages")
	}
	m := &dhcpv4.DHCPv4{
		OpCode: dhcpv4.OpcodeBootRequest, HWType: iana.HWType(max(c.HType, 1)),
		TransactionID: xid, NumSeconds: c.Secs, ClientHWAddr: c.MAC, Options: dhcpv4.Options{},
		ClientIPAddr: zero4, YourIPAddr: zero4, ServerIPAddr: zero4, GatewayIPAddr: zero4,
	}
	if c.Broadcast {
		m.SetBroadcast()
	}
	if step.relayed() && c.Relay.IsValid() {
		m.GatewayIPAddr, m.HopCount = c.Relay.AsSlice(), 1
		m.Options.Update(agentInformation(c.Agent))
	}
	if !lease.Address.IsValid() && (step == Renew || step == Rebind || step == Release) {
		lease.Address = c.CIAddr // it has had it for longer than anyone looks on
	}
	kind, skip := dhcpv4.MessageTypeRequest, []uint16{codeRequestedAddress, codeServerID}
	needs, server := true, false
	switch step {
	case Discover:
		kind, needs, skip = dhcpv4.MessageTypeDiscover, false, []uint16{codeServerID}
	case Request:
		server = true
		m.UpdateOption(dhcpv4.OptRequestedIPAddress(lease.Address.AsSlice()))
	case Renew, Rebind:
		m.ClientIPAddr = lease.Address.AsSlice()
	case Reboot:
		_, wish := c.Option(codeRequestedAddress)
		needs, skip = !wish, []uint16{codeServerID}
		if !wish {
			m.UpdateOption(dhcpv4.OptRequestedIPAddress(lease.Address.AsSlice()))
		}
	case Release:
		kind, server = dhcpv4.MessageTypeRelease, true
		m.ClientIPAddr = lease.Address.AsSlice()
		skip = append(skip, codeLeaseTime, codePRL)
	case Decline:
		kind, server = dhcpv4.MessageTypeDecline, true
		m.UpdateOption(dhcpv4.OptRequestedIPAddress(lease.Address.AsSlice()))
		skip = append(skip, codeLeaseTime, codePRL)
	case Inform:
		kind = dhcpv4.MessageTypeInform
		skip = append(skip, codeLeaseTime)
		m.ClientIPAddr = lease.Address.AsSlice()
		if c.CIAddr.IsValid() {
			m.ClientIPAddr, needs = c.CIAddr.AsSlice(), false
		}
	case Bootp:
		needs, kind = false, dhcpv4.MessageTypeNone
	default:
		return nil, fmt.Errorf("DHCPv4 has no message %q", step)
	}
	id, chosen := c.Option(codeServerID)
	if needs && (!lease.Address.IsValid() || server && !lease.Server.IsValid() && !chosen) {
		return nil, ErrNoLease
	}
	if kind != dhcpv4.MessageTypeNone {
		m.UpdateOption(dhcpv4.OptMessageType(kind))
	}
	for _, o := range c.Options {
		if !contains(skip, o.Code) {
			m.UpdateOption(dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(o.Code), o.Data))
		}
	}
	if server {
		if !chosen {
			id = lease.Server.AsSlice()
		}
		m.UpdateOption(dhcpv4.OptGeneric(dhcpv4.OptionServerIdentifier, id))
	}
	return m, nil
}

var zero4 = []byte{0, 0, 0, 0}

func contains(codes []uint16, code uint16) bool {
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

// relayed reports whether a relay sees the message: not what a client sends to
// the server's own address (RFC 2131 section 4.4.5 and 4.4.6).
func (s Step) relayed() bool { return s != Renew && s != Release }

// agentInformation is option 82 (RFC 3046). It is left out when there is
// nothing in it.
func agentInformation(sub []Option) dhcpv4.Option {
	var list []dhcpv4.Option
	for _, o := range sub {
		list = append(list, dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(o.Code), o.Data))
	}
	return dhcpv4.OptRelayAgentInfo(list...)
}
