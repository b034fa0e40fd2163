package translator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// A fixed address of dhcpd's has no lease: whoever is the host gets it. In Kea a
// client has a lease there, and until it ends nobody else gets the address, not
// even the same host with another client identifier: the firmware of a machine
// that boots from the network, and then its system. So where hosts are recognised
// by their hardware address, leases go by hardware address too
// (match-client-id), as ISC advises for such machines.

// leasesByHardware is the pass about whose a lease is.
func (t *translation) leasesByHardware() {
	if t.v6() {
		t.addressesHeld(t.hosts)
		return
	}
	type count struct {
		hardware, other int
		shared          bool // some hosts have one address
	}
	counts := map[*model.Network]*count{}
	owner := map[string]*model.Host{}
	for _, r := range t.hosts {
		if r.subnet == nil || t.reservation(r).IPAddress == "" {
			continue
		}
		c := counts[r.subnet.Network]
		if c == nil {
			c = &count{}
			counts[r.subnet.Network] = c
		}
		address := t.reservation(r).IPAddress
		if owner[address] == nil {
			owner[address] = r.from
		}
		c.shared = c.shared || owner[address] != r.from
		switch {
		case t.reservation(r).HWAddress != "":
			c.hardware++
		case r.from.Hardware == nil:
			c.other++
		}
	}
	owned := map[*model.Network]bool{}
	for n, c := range counts {
		owned[n] = c.hardware > 0 && (c.shared || c.other > 0) && !t.matchSet(n)
	}
	if !t.ownersByHook(owned) {
		clear(owned)
	}
	var held []hostReservation
	changed := map[*model.Network]bool{}
	everywhere := true
	for _, n := range t.conf.Networks {
		c := counts[n]
		changed[n] = c != nil && c.hardware > 0 && c.other == 0 && !owned[n] && !t.matchSet(n) && !t.namesByClientID()
		everywhere = everywhere && (changed[n] || !t.leases(n))
	}
	for _, r := range t.hosts {
		if r.subnet == nil || t.reservation(r).IPAddress == "" || owned[r.subnet.Network] && t.reservation(r).HWAddress != "" {
			continue
		}
		if !changed[r.subnet.Network] && t.matches(r.subnet) {
			held = append(held, r)
		}
	}
	t.addressesHeld(held)
	f := Finding{
		Code: "leases-by-hardware", Severity: S1, Verdict: Approximated, Fields: []string{"address", "answered"},
		Clients:  "clients without a reservation that have one hardware address and several client identifiers, or one client identifier and several hardware addresses",
		Audience: Audience{SharedIdentity: true, Messages: leaseMessages},
		Message:  "dhcpd gives a fixed address to its host whatever client identifier it sends, as machines do that boot from the network and then start a system with another identifier. In Kea an address belongs to one client until its lease ends; so there leases go by the hardware address alone (match-client-id is false), and a client without a reservation has one lease for each hardware address, where dhcpd goes by its client identifier.",
		Remedy:   "none is needed; set match-client-id to true where clients share hardware addresses, or change them",
	}
	place := ""
	for _, n := range t.conf.Networks {
		if !changed[n] {
			continue
		}
		var keys *keaconf.Parameters
		pointer := ""
		switch {
		case everywhere:
			keys, pointer = t.topParameters(), t.root()
		case t.networkOf[n] != nil:
			keys, pointer = &t.networkOf[n].Parameters, t.pointers.network[n]
		default:
			for _, s := range n.Subnets {
				if k := t.subnetOf[s]; k != nil {
					keys, pointer = &k.Parameters, t.pointers.subnet[s]
				}
			}
		}
		if keys == nil {
			continue
		}
		keys.MatchClientID = new(false)
		if place == "" {
			place = pointer + "/match-client-id"
		}
		for _, s := range n.Subnets {
			if len(f.Audience.Scopes) <= mostScopes {
				f.Audience.Scopes = append(f.Audience.Scopes, s.Scope)
			}
		}
	}
	if place == "" {
		return
	}
	if len(f.Audience.Scopes) > mostScopes {
		f.Audience.Scopes = nil
	}
	t.ledger.add(nil, f, place)
}

// mostOwners is how many hosts the hook flex_id tells apart: Kea evaluates its
// expression for each packet.
const mostOwners = 256

// ownersByHook makes the hook flex_id give the hosts of some networks that are
// recognised by hardware address client identifiers of their own: one for all
// hosts with the same address. It reports whether it does.
func (t *translation) ownersByHook(networks map[*model.Network]bool) bool {
	if !t.canHook(hookFlexID) || t.hooks[hookFlexID] != nil || t.asksForClientID() {
		return false
	}
	byAddress := map[string][]string{}
	var order []string
	count := 0
	for _, r := range t.hosts {
		if r.subnet == nil || !networks[r.subnet.Network] {
			continue
		}
		res := t.reservation(r)
		if res.HWAddress == "" || res.IPAddress == "" {
			continue
		}
		test := t.identityTest(res)
		if byAddress[res.IPAddress] == nil {
			order = append(order, res.IPAddress)
		}
		if !slices.Contains(byAddress[res.IPAddress], test) {
			byAddress[res.IPAddress] = append(byAddress[res.IPAddress], test)
			count++
		}
	}
	if count == 0 || count > mostOwners {
		return false
	}
	var single []string
	text := "''"
	for _, address := range slices.Backward(order) {
		tests := byAddress[address]
		if len(tests) == 1 {
			single = append(single, tests[0])
			continue
		}
		a, err := netip.ParseAddr(address)
		if err != nil {
			return false
		}
		text = fmt.Sprintf("ifelse(%s, %s, %s)", anyTest(tests), literalHex(a.AsSlice()), text)
	}
	if slices.Reverse(single); len(single) > 0 {
		text = fmt.Sprintf("ifelse(%s, pkt4.mac, %s)", anyTest(single), text)
	}
	t.hook(hookFlexID, keaconf.Object{
		{Key: "identifier-expression", Value: text},
		{Key: "replace-client-id", Value: true},
	})
	t.ledger.add(nil, Finding{
		Code: "host-owner-hook", Severity: S1, Verdict: Translated, Fields: []string{"address"},
		Clients: fmt.Sprintf("hosts in networks where some hosts have the same address or are recognised by client identifiers (%d hardware addresses)", count),
		Message: "dhcpd gives a fixed address to whoever is the host; in Kea it belongs to one client until its lease ends. The hook flex_id gives the leases of these hosts a client identifier that does not change, the same for hosts with the same address, so that each of them gets it.",
		Remedy:  "add hosts that come later to the expression of the hook",
	}, t.hookPointer(hookFlexID))
	return true
}

// asksForClientID reports whether something in the result looks at the client
// identifier, which the hook replaces.
func (t *translation) asksForClientID() bool {
	const id = "option[61]"
	if slices.ContainsFunc(t.classes, func(c keaconf.ClientClass) bool {
		return strings.Contains(c.Test, id) || strings.Contains(c.TemplateTest, id)
	}) {
		return true
	}
	for _, parameters := range t.hooks {
		if strings.Contains(fmt.Sprint(parameters), id) {
			return true
		}
	}
	return false
}

// matchSet reports whether the file says by what a network tells clients apart
// (ignore-client-uids).
func (t *translation) matchSet(n *model.Network) bool {
	if t.dhcp4.MatchClientID != nil {
		return true
	}
	if k := t.networkOf[n]; k != nil && k.MatchClientID != nil {
		return true
	}
	for _, s := range n.Subnets {
		if k := t.subnetOf[s]; k != nil && k.MatchClientID != nil {
			return true
		}
	}
	return false
}

// matches reports whether Kea tells the clients of a subnet apart by their client
// identifiers.
func (t *translation) matches(s *model.Subnet) bool {
	if k := t.subnetOf[s]; k != nil && k.MatchClientID != nil {
		return *k.MatchClientID
	}
	if k := t.networkOf[s.Network]; k != nil && k.MatchClientID != nil {
		return *k.MatchClientID
	}
	return t.dhcp4.MatchClientID == nil || *t.dhcp4.MatchClientID
}

// namesByClientID reports whether the names that dhcpd has put into the DNS bear
// records that are made of client identifiers and that Kea has to make again to
// change the names: without match-client-id Kea makes them of hardware addresses.
func (t *translation) namesByClientID() bool {
	return t.updatesDNS() && !t.interim() && onUnlessOff(model.Chain{t.conf.Global}, "update-conflict-detection")
}

// leases reports whether clients can have leases in a network.
func (t *translation) leases(n *model.Network) bool {
	for _, s := range n.Subnets {
		if k := t.subnetOf[s]; k != nil && len(k.Pools)+len(k.Reservations) > 0 {
			return true
		}
	}
	return false
}

// addressesHeld speaks for hosts that can be several clients of Kea's.
func (t *translation) addressesHeld(hosts []hostReservation) {
	f := Finding{
		Code: "host-address-held", Severity: S2, Verdict: Approximated, Fields: []string{"address", "answered", "options"},
		Audience: Audience{SharedIdentity: true},
		Message:  "dhcpd gives a fixed address to whoever is the host, also to a second device or a system with another client identifier. In Kea the address belongs to the client that got it first until its lease ends; the other one gets an address of a pool, or none.",
		Remedy:   "release the lease, or set match-client-id to false where hosts are recognised by their hardware address",
	}
	named := 0
	for _, r := range hosts {
		res := t.reservation(r)
		if r.subnet == nil || res.IPAddress == "" && len(res.IPAddresses) == 0 && (res.Extra == nil || len(res.Extra.Prefixes) == 0) {
			continue
		}
		if res.DUID != "" {
			continue // one client of Kea's too
		}
		named++
		if named <= mostScopes {
			f.Audience.Scopes = append(f.Audience.Scopes, &r.from.Scope)
		}
	}
	if named == 0 {
		return
	}
	if named > mostScopes {
		f.Audience.Scopes = nil
	}
	if t.v6() {
		f.Remedy = "release the lease"
		f.Fields = append(f.Fields, "IA_NA", "IA_PD")
	}
	f.Clients = fmt.Sprintf("hosts that are recognised in several ways or are several devices (%d reservations)", named)
	t.ledger.add(nil, f, t.root())
}

var sameHostCodes = []CodeInfo{
	{"leases-by-hardware", S1, "Leases go by hardware address where hosts do",
		"A fixed address of dhcpd's has no lease: whoever is the host gets it, with any client identifier. A machine that boots from the network sends one identifier from its firmware and another from its system. Kea gives a reserved address to the client that has the lease, and takes another client identifier for another client: the system would get an address of a pool. So in networks whose hosts are recognised by their hardware addresses match-client-id is false, and Kea tells clients apart by the hardware address alone. Not so where DNS updates look at DHCID records (see host-address-held). For clients without a reservation this means one lease for each hardware address: dhcpd gives a second address to a second system on the same machine, and the same address to a client that keeps its identifier and changes its hardware address."},
	{"host-owner-hook", S1, "One client identifier for the hosts of an address",
		"Two hosts can have one fixed address: a machine with two network cards, mostly. dhcpd gives it to both, Kea to the one that got the lease until it ends. From Kea 3.0 on the hook flex_id is open: it replaces the client identifier of these hosts, for the lease only, by one that belongs to the address, so that for Kea they are one client. The same is done for hosts recognised by their hardware address in networks where others are recognised by client identifiers, so that a machine keeps its address when its firmware and its system send different ones. At most 256 hardware addresses are told apart, and not where classes look at the client identifier or the hook is needed for host-identifier."},
	{"host-address-held", S2, "A host that is several clients in turn",
		"dhcpd keeps no lease for a fixed address and gives it to whoever is the host: to another device on the same port of a relay agent, with the same client identifier, or to a system with another client identifier. In Kea the address belongs to the client that got it first until the lease ends or is released. With hosts of both kinds in one network, by hardware address and by client identifier, the result goes by client identifiers (match-client-id), and a host by hardware address that sends several is concerned; so it is where DNS updates (style standard) compare DHCID records: those of dhcpd are made of client identifiers, and with match-client-id off Kea would make others and leave the names alone."},
}
