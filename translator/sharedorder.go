package translator

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
)

// dhcpd has one order in which it gives out the addresses of a shared network,
// whatever subnet a request comes from. Kea begins with the subnet of the relay
// agent, or with the one of the network that gave an address last and has the
// same classes (measured on 2.6.3 and 3.0.4), and goes on with the next ids. With
// the address a client gets the settings of its subnet. So where these differ, the
// relay agents of the other subnets lead to the one that dhcpd begins with.

// mostRelays is how many addresses of relay agents are listed for one network.
const mostRelays = 1024

// sharedOrder is the pass about the order of subnets in shared networks.
func (t *translation) sharedOrder() {
	o := &fillOrder{translation: t}
	for _, n := range t.conf.Networks {
		if t.networkOf[n] == nil {
			continue
		}
		inside := slices.DeleteFunc(slices.Clone(n.Subnets), func(s *model.Subnet) bool { return t.subnetOf[s] == nil })
		if len(inside) < 2 {
			continue
		}
		f := Finding{
			Code: "shared-network-order", Severity: S2, Verdict: Approximated,
			Fields:  t.fieldsBetween(n, inside),
			Clients: "new clients without a reservation on this network",
			Message: fmt.Sprintf("dhcpd fills the pools of shared-network %q in an order of its own; Kea begins with the subnet that the relay or interface selects, or that gave an address last, and goes on with the others. The set of addresses is the same.", n.Name),
		}
		if first := o.lead(n, inside, f.Fields); first != nil {
			f.Severity, f.Verdict = S1, Translated
			f.Clients = "new clients without a reservation on this network, on a link of the server itself or behind a relay agent with an address of a pool"
			f.Message = fmt.Sprintf("dhcpd fills the pools of shared-network %q in an order of its own, beginning in %s, and the subnets set different things. Kea begins where the relay agent is; so %s has a list of the addresses that relay agents in the other subnets can have. Without a relay Kea begins with the subnet of the server's own address.", n.Name, first.Prefix, first.Prefix)
			f.Remedy = "shorten the list to the addresses that the relay agents have"
		}
		t.ledger.add(n.Stmt, f, t.pointers.network[n])
		t.confirmed(n, inside)
	}
}

// confirmed speaks for DHCPv6 clients that ask whether their addresses still fit
// the link.
func (t *translation) confirmed(n *model.Network, inside []*model.Subnet) {
	if !t.v6() {
		return
	}
	f := Finding{
		Code: "confirm-shared-network", Severity: S1, Verdict: Approximated, Fields: []string{"status"},
		Clients:  "clients with an address of another subnet than that of their relay agent, when they come back to the link (Confirm)",
		Audience: Audience{Messages: []string{"confirm"}},
		Message:  fmt.Sprintf("dhcpd confirms addresses of all subnets of shared-network %q; Kea those of the subnet that the relay agent or interface selects, and says of others that they do not fit the link. The client begins again and gets its lease.", n.Name),
	}
	for _, s := range inside {
		if len(f.Audience.Scopes) == mostScopes {
			f.Audience.Scopes = nil
			break
		}
		f.Audience.Scopes = append(f.Audience.Scopes, s.Scope)
	}
	t.ledger.add(n.Stmt, f, t.pointers.network[n])
}

// fillOrder finds dhcpd's order.
type fillOrder struct {
	*translation
	dhcpd *answer.Server      // once asked for
	fixed map[netip.Addr]bool // addresses of hosts, once asked for
}

// lead makes Kea begin with the subnet that dhcpd begins with, if that matters and
// gives dhcpd's order, and returns it; otherwise nil.
func (o *fillOrder) lead(n *model.Network, inside []*model.Subnet, fields []string) *model.Subnet {
	if o.v6() || len(fields) < 2 || o.conf.Repeats || len(o.conf.Peers) > 0 || !contested(n) {
		return nil
	}
	if o.dhcpd == nil {
		o.dhcpd = answer.New(o.conf, answer.Settings{})
	}
	order := o.dhcpd.FillOrder(n)
	if len(order) < 2 {
		return nil
	}
	if !o.inOrder(order, inside) {
		o.renumber(order, inside)
	}
	if !o.inOrder(order, inside) {
		return nil
	}
	first := order[0]
	k := o.subnetOf[first]
	if k.Relay != nil || k.ClientClass != "" || len(k.ClientClasses) > 0 {
		return nil
	}
	var relays []string
	var elsewhere []string
	for _, s := range inside {
		if s == first {
			continue
		}
		addresses, ok := o.relaysIn(s, n, mostRelays-len(relays))
		if !ok {
			return nil
		}
		relays = append(relays, addresses...)
		elsewhere = append(elsewhere, prefixTest("pkt4.giaddr", s.Prefix))
	}
	if len(relays) == 0 {
		return nil
	}
	k.Relay = &keaconf.Relay{IPAddresses: relays}
	// Clients that ask for options only get those of the subnet of their relay. And
	// a subnet with a class of its own is not passed over for one that gave an
	// address since.
	test := "not (" + all([]string{isInform, anyTest(elsewhere)}) + ")"
	class := keaconf.ClientClass{Name: o.freeClass("fill-"+placeName(k.Subnet)+"-first", test), Test: test}
	o.needClass(class)
	guard(&k.ClassGuards, class.Name, o.opts.Target)
	return first
}

// contested reports whether the same clients may use pools of several subnets.
func contested(n *model.Network) bool {
	by := map[string]*model.Subnet{}
	for _, p := range n.Pools {
		key := permitText(p)
		for _, r := range p.Ranges {
			if r.Subnet == nil || r.Temporary {
				continue
			}
			if s := by[key]; s != nil && s != r.Subnet {
				return true
			}
			by[key] = r.Subnet
		}
	}
	return false
}

// inOrder reports whether Kea, beginning with the first of the subnets and going on
// by their ids, comes to those with addresses in this order.
func (o *fillOrder) inOrder(order, inside []*model.Subnet) bool {
	byID := slices.Clone(inside)
	slices.SortFunc(byID, func(a, b *model.Subnet) int { return cmp.Compare(o.subnetOf[a].ID, o.subnetOf[b].ID) })
	byID = slices.DeleteFunc(byID, func(s *model.Subnet) bool { return !slices.Contains(order, s) })
	at := slices.Index(byID, order[0])
	return at >= 0 && slices.Equal(order, slices.Concat(byID[at:], byID[:at]))
}

// renumber gives the subnets of a network their ids in this order, unless some had
// an id before, or overlap others, where ids decide which one Kea selects.
func (o *fillOrder) renumber(order, inside []*model.Subnet) {
	for _, s := range inside {
		if old := o.opts.SubnetIDs; old != nil && !o.opts.Renumber && old.Subnet4[s.Prefix.String()] != 0 {
			return
		}
		if slices.ContainsFunc(o.conf.Subnets, func(other *model.Subnet) bool {
			return other != s && other.Prefix.IsValid() && other.Prefix.Overlaps(s.Prefix)
		}) {
			return
		}
	}
	var ids []uint32
	sorted := slices.Clone(order)
	for _, s := range inside {
		ids = append(ids, o.subnetOf[s].ID)
		if !slices.Contains(order, s) {
			sorted = append(sorted, s)
		}
	}
	slices.Sort(ids)
	for i, s := range sorted {
		o.subnetOf[s].ID = ids[i]
		o.subnetIDs.Subnet4[s.Prefix.String()] = ids[i]
	}
}

// relaysIn lists the addresses that a relay agent in a subnet can have: those that
// no client gets. ok is false when there are more than so many.
func (o *fillOrder) relaysIn(s *model.Subnet, n *model.Network, most int) (list []string, ok bool) {
	if bits := s.Prefix.Bits(); bits < 20 || bits > 30 {
		return nil, false
	}
	var ranges []*model.Range
	for _, p := range n.Pools {
		ranges = append(ranges, p.Ranges...)
	}
	last := model.LastAddr(s.Prefix)
	for a := s.Prefix.Masked().Addr().Next(); a.Less(last); a = a.Next() {
		if o.isFixed(a) || o.conf.SubnetOf(a) != s || slices.ContainsFunc(ranges, func(r *model.Range) bool { return !a.Less(r.Low) && !r.High.Less(a) }) {
			continue
		}
		if list = append(list, a.String()); len(list) > most {
			return nil, false
		}
	}
	return list, true
}

func (o *fillOrder) isFixed(a netip.Addr) bool {
	if o.fixed == nil {
		o.fixed = map[netip.Addr]bool{}
		for _, h := range o.conf.Hosts {
			for _, st := range h.Fixed {
				for _, written := range st.Addresses {
					o.fixed[written.Addr] = true
				}
			}
		}
	}
	return o.fixed[a]
}
