package hook

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Script is libdhcp_run_script: a program that is run at hook points. It gets the
// name of the point as its argument, everything else in its environment, and runs
// beside the server. No shell is between them.
type Script struct {
	Name   string
	Failed func(error) // is told when it cannot be run
}

// Run runs the script with one argument and the variables of an environment.
func (s *Script) Run(argument string, environment []string) {
	cmd := exec.Command(s.Name, argument)
	cmd.Env = environment
	if cmd.Env == nil {
		cmd.Env = []string{} // and not the server's own
	}
	if err := cmd.Start(); err != nil {
		s.Failed(err)
		return
	}
	go cmd.Wait() // its exit status is its own business, as with Kea
}

// Told runs the script.
func (s *Script) Told(e *server.Event) {
	if e.Point == server.AnswerSent {
		return // the hook of Kea is not asked there
	}
	s.Run(string(e.Point), environment(e))
}

// environment is what a script gets to know (Kea manual, "The Run Script Hook").
func environment(e *server.Event) []string {
	v := variables{}
	if e.Packet != nil {
		v.query(e)
	}
	switch e.Point {
	case server.LeaseRenewed:
		v.add("PKT4_CLIENT_ID", hexOf(e.Message, optClientID))
		v.add("PKT4_HWADDR", lease.Colons(e.Message.HWAddr()))
		v.add("PKT4_HWADDR_TYPE", e.Message.HType())
		v.subnet(e)
		v.lease("LEASE4", e.Lease, e.Message)
	case server.LeaseExpired:
		v.lease("LEASE4", e.Lease, nil)
		v.add("REMOVE_LEASE", e.Remove)
	case server.LeasesCommitted:
		v.leases("LEASES4", e.Leases, e.Message)
		v.leases("DELETED_LEASES4", e.Deleted, e.Message)
	default:
		v.lease("LEASE4", e.Lease, e.Message)
	}
	return v.list
}

const (
	optClientID = 61
	optAgent    = 82

	optMessageType = 53
	ethernet       = 1
)

func hexOf(m *packet.Message4, code uint8) string {
	data, _ := m.Option(code)
	return lease.Colons(data)
}

// variables is an environment.
type variables struct{ list []string }

func (v *variables) add(name string, value any) {
	text := strings.ReplaceAll(fmt.Sprint(value), "\x00", "") // no environment takes that
	v.list = append(v.list, name+"="+text)
}

var typeNames = []string{"", "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPDECLINE", "DHCPACK", "DHCPNAK", "DHCPRELEASE", "DHCPINFORM"}

func (v *variables) query(e *server.Event) {
	m := e.Message
	kind := "BOOTP"
	if t, ok := m.Option(optMessageType); ok && len(t) == 1 && int(t[0]) < len(typeNames) {
		kind = typeNames[t[0]]
	}
	port := func(a netip.AddrPort, otherwise uint16) uint16 {
		if a.Port() == 0 {
			return otherwise
		}
		return a.Port()
	}
	for name, value := range map[string]any{
		"TYPE": kind, "TXID": m.XID(), "LOCAL_ADDR": e.Packet.Dst.Addr(), "LOCAL_PORT": port(e.Packet.Dst, 67),
		"REMOTE_ADDR": e.Packet.Src.Addr(), "REMOTE_PORT": port(e.Packet.Src, 68), "IFACE_INDEX": e.Packet.InterfaceIndex, "IFACE_NAME": e.Packet.Interface,
		"HOPS": m.Hops(), "SECS": m.Secs(), "FLAGS": m.Flags(), "CIADDR": m.CIAddr(), "SIADDR": "0.0.0.0", "YIADDR": m.YIAddr(), "GIADDR": m.GIAddr(),
		"RELAYED": !m.GIAddr().IsUnspecified(), "HWADDR": lease.Colons(m.HWAddr()), "HWADDR_TYPE": m.HType(),
	} {
		v.add("QUERY4_"+name, value)
	}
	for name, address := range map[string][]byte{"LOCAL": e.Packet.DstHWAddr, "REMOTE": e.Packet.SrcHWAddr} {
		if address != nil {
			v.add("QUERY4_"+name+"_HWADDR", lease.Colons(address))
			v.add("QUERY4_"+name+"_HWADDR_TYPE", ethernet)
		}
	}
	if agent, ok := m.Option(optAgent); ok {
		v.add("QUERY4_OPTION_82", digits(agent))
		const circuit, remote = 1, 2
		for _, code := range []uint8{circuit, remote} {
			if sub, ok := packet.Suboption(agent, code); ok {
				v.add(fmt.Sprintf("QUERY4_OPTION_82_SUB_OPTION_%d", code), digits(sub))
			}
		}
	}
}

// digits is the content of an option in hexadecimal; of an empty one there is nothing.
func digits(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	return fmt.Sprintf("0x%X", data)
}

func (v *variables) subnet(e *server.Event) {
	if e.Subnet == nil {
		return
	}
	v.add("SUBNET4_ID", e.Subnet.ID)
	v.add("SUBNET4_NAME", e.Subnet.Prefix)
	v.add("SUBNET4_PREFIX", e.Subnet.Prefix.Addr())
	v.add("SUBNET4_PREFIX_LEN", e.Subnet.Prefix.Bits())
}

// hardware is the type of hardware of a lease. Leases do not say it, but the message does
// that an event is about; nil: there is none.
func hardware(l *lease.Lease4, m *packet.Message4) uint8 {
	if m == nil || len(l.HWAddr) == 0 {
		return ethernet
	}
	return m.HType()
}

// lease tells of a lease, at a message or at none.
func (v *variables) lease(prefix string, l *lease.Lease4, m *packet.Message4) {
	if l == nil {
		return
	}
	state := l.State.String()
	if l.State == lease.Assigned {
		state = "default"
	}
	for name, value := range map[string]any{
		"ADDRESS": l.Address, "CLTT": l.CLTT, "HOSTNAME": l.Hostname, "HWADDR": lease.Colons(l.HWAddr), "HWADDR_TYPE": hardware(l, m), "STATE": state,
		"SUBNET_ID": l.SubnetID, "VALID_LIFETIME": l.Valid, "CLIENT_ID": lease.Colons(l.ClientID),
	} {
		v.add(prefix+"_"+name, value)
	}
}

func (v *variables) leases(prefix string, list []lease.Lease4, m *packet.Message4) {
	v.add(prefix+"_SIZE", len(list))
	for i := range list {
		v.lease(fmt.Sprintf("%s_AT%d", prefix, i), &list[i], m)
	}
}
