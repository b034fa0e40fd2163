package translator

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// reservations turns host declarations into reservations: one in each subnet
// that holds an address of the host, a global one for a host without address,
// and one for each thing the host is recognised by.
func (t *translation) reservations() {
	r := reserver{
		translation: t,
		identities:  map[*keaconf.Subnet]map[identity]*model.Host{},
		addresses:   make(map[netip.Addr]*model.Host, len(t.conf.Hosts)),
		declNames:   map[declNamesKey]bool{},

		declEverywhere: map[*model.Scope]bool{},
		groupsSaid:     map[*model.Scope]bool{},
	}
	t.makeRoom()
	for _, h := range t.conf.Hosts {
		r.host(h)
	}
	if t.knownTested {
		r.knownEverywhere()
	}
	r.reserveMembers()
	r.severalHosts()
	r.identifiersSent()
	r.addressesInside()
	r.reservedLeases()
}

// makeRoom makes the lists of reservations as long as they will become, since
// there may be hundreds of thousands.
func (t *translation) makeRoom() {
	counts := map[*keaconf.Subnet]int{}
	for _, h := range t.conf.Hosts {
		for _, st := range h.Fixed {
			for _, a := range st.Addresses {
				if a.Host != "" {
					continue
				}
				if s := t.conf.SubnetOf(a.Addr); s != nil {
					counts[t.subnetOf[s]]++
				}
			}
		}
	}
	for k, n := range counts {
		if k != nil {
			k.Reservations = make([]keaconf.Reservation, 0, n)
		}
	}
	t.hosts = make([]hostReservation, 0, len(t.conf.Hosts))
}

// reserver is the state of the reservations pass.
type reserver struct {
	*translation
	identities map[*keaconf.Subnet]map[identity]*model.Host // by subnet; nil: global
	addresses  map[netip.Addr]*model.Host
	declNames  map[declNamesKey]bool
	// declEverywhere is use-host-decl-names in all subnets, by the scope around
	// hosts that do not set it.
	declEverywhere map[*model.Scope]bool
	groupsSaid     map[*model.Scope]bool // see inGroup
	byScope        map[*model.Scope]*model.Subnet
	vendor         *vendorPieces // once asked for
	flex           []flexSource  // once asked for
	// roaming are the hosts that only subnets know, or none; see knownEverywhere.
	roaming []*model.Host
}

func (r *reserver) host(h *model.Host) {
	t := r.translation
	t.ledger.mark(h.Stmt, Translated)
	for _, st := range h.State {
		t.ledger.mark(st, Translated)
	}
	if h.Group != nil {
		t.ledger.mark(h.Group, Translated)
	}
	ids := r.identitiesOf(h)
	if len(ids) == 0 {
		r.unrecognised(h)
		return
	}
	targets := r.targets(h)
	for _, target := range targets {
		if target.subnet == nil {
			r.inGroup(h)
		}
		for _, id := range ids {
			r.reserve(h, id, target)
		}
	}
	if len(targets) > 0 && targets[len(targets)-1].subnet != nil && len(t.conf.Networks) > 1 {
		r.roaming = append(r.roaming, h)
	}
}

// unrecognised accounts for a host that no client can be.
func (r *reserver) unrecognised(h *model.Host) {
	manual := false
	for _, id := range h.Identifiers {
		manual = manual || r.ledger.verdicts[id.ID()] == Manual
	}
	if manual {
		r.ledger.mark(h.Stmt, Manual)
		r.markInside(h.Stmt, Manual)
		return
	}
	r.ledger.add(h.Stmt, Finding{
		Code: "host-without-identifier", Severity: S1, Verdict: Ignored,
		Message: fmt.Sprintf("host %q has no hardware address and no other identifier, so no client is ever this host; dhcpd ignores it, Kea refuses it.", h.Stmt.Name.Text),
	}, "")
	r.markInside(h.Stmt, Ignored)
}

// target is where a reservation of a host goes.
type target struct {
	subnet    *model.Subnet // nil: global
	addresses []netip.Addr
	prefixes  []string
}

// targets finds the subnets of a host's addresses. A host without address is
// global; one whose addresses lie nowhere has no target, as dhcpd never uses
// it.
func (r *reserver) targets(h *model.Host) []target {
	var targets []target
	wants := false
	for _, st := range h.Fixed {
		r.ledger.mark(st, Translated)
		if st.V6 != r.v6() {
			r.foreign(st)
			continue
		}
		wants = true
		targets = r.fixedAddress(h, st, targets)
	}
	var prefixes []string
	for _, st := range h.Prefixes {
		r.ledger.mark(st, Translated)
		if !r.v6() {
			r.foreign(st)
			continue
		}
		prefixes = append(prefixes, st.Prefix.Masked().String())
	}
	switch {
	case len(targets) > 0:
		targets[0].prefixes = prefixes
	case len(prefixes) > 0:
		only := r.onlySubnet()
		return []target{{subnet: only, prefixes: prefixes}}
	case !wants:
		return r.withoutAddress(h)
	default:
		return r.outside(h)
	}
	return targets
}

// withoutAddress returns where a host without address is reserved: everywhere.
// Written in a subnet that stands alone, it has that subnet's settings, in other
// subnets before those of the pool, but in its own after them; so there it has a
// reservation of its own.
//
// Where both the host and a subnet set parts of option 43, which dhcpd puts
// together, it has a reservation there too.
func (r *reserver) withoutAddress(h *model.Host) []target {
	targets := r.vendorParts(h)
	for s := h.Lexical; s != nil; s = s.Parent {
		if s.Kind != model.SubnetScope {
			continue
		}
		home := r.subnetOfScope(s)
		if home == nil || home.Network.Explicit() {
			break
		}
		if len(r.conf.Networks) == 1 {
			return []target{{subnet: home}}
		}
		if !slices.ContainsFunc(targets, func(t target) bool { return t.subnet == home }) {
			targets = append(targets, target{subnet: home})
		}
		break
	}
	return append(targets, target{})
}

func (r *reserver) subnetOfScope(scope *model.Scope) *model.Subnet {
	if r.byScope == nil {
		r.byScope = map[*model.Scope]*model.Subnet{}
		for _, s := range r.conf.Subnets {
			if r.subnetOf[s] != nil {
				r.byScope[s.Scope] = s
			}
		}
	}
	return r.byScope[scope]
}

// onlySubnet returns the subnet when there is but one.
func (r *reserver) onlySubnet() *model.Subnet {
	if len(r.conf.Subnets) == 1 && r.subnetOf[r.conf.Subnets[0]] != nil {
		return r.conf.Subnets[0]
	}
	return nil
}

func (r *reserver) fixedAddress(h *model.Host, st *dhcpdconf.FixedAddress, targets []target) []target {
	for _, written := range st.Addresses {
		addrs := []netip.Addr{written.Addr}
		if written.Host != "" {
			addrs = r.resolve(written.Host, st, written.Span)
		}
		for _, a := range addrs {
			s := r.conf.SubnetOf(a)
			if s == nil || r.subnetOf[s] == nil {
				r.ledger.add(st, Finding{
					Code: "host-outside-subnets", Severity: S2, Verdict: Approximated, Span: written.Span,
					Fields: []string{"address"}, Clients: "this host",
					Message: fmt.Sprintf("%s lies in no declared subnet. dhcpd accepts that and never gives the address out; Kea refuses such a reservation, so the address was left out.", a),
					Remedy:  "declare the subnet, or remove the address",
				}, "")
				continue
			}
			i := slices.IndexFunc(targets, func(t target) bool { return t.subnet == s })
			switch {
			case i < 0:
				targets = append(targets, target{subnet: s, addresses: []netip.Addr{a}})
			case slices.Contains(targets[i].addresses, a):
			case r.v6():
				targets[i].addresses = append(targets[i].addresses, a)
			default:
				r.ledger.add(st, Finding{
					Code: "host-second-address", Severity: S2, Verdict: Approximated, Span: written.Span,
					Fields: []string{"address"}, Clients: "this host, when its first address is taken",
					Message: fmt.Sprintf("%s is the second address of host %q in %s; a reservation of Kea's has one. The first was kept.", a, h.Stmt.Name.Text, s.Prefix),
				}, "")
			}
		}
	}
	return targets
}

// outside decides about a host whose addresses lie in no subnet: dhcpd never
// serves it anything of its own, but it counts as known for pool permits.
func (r *reserver) outside(h *model.Host) []target {
	r.ledger.mark(h.Stmt, Approximated)
	r.markUnusedHost(h)
	if r.knownTested {
		r.roaming = append(r.roaming, h)
	}
	return nil
}

// markUnusedHost gives what a host without a reservation sets the verdict
// Ignored, as dhcpd never uses it.
func (r *reserver) markUnusedHost(h *model.Host) {
	r.markInside(h.Stmt, Ignored)
}

// reserve writes one reservation.
func (r *reserver) reserve(h *model.Host, id identity, to target) {
	t := r.translation
	in := t.subnetOf[to.subnet]
	if r.identities[in] == nil {
		room := 0
		if in != nil {
			room = cap(in.Reservations)
		}
		r.identities[in] = make(map[identity]*model.Host, room)
	}
	if first := r.identities[in][id]; first != nil {
		where := "outside the subnets"
		if to.subnet != nil {
			where = "in " + to.subnet.Prefix.String()
		}
		t.ledger.add(h.Stmt, Finding{
			Code: "host-same-identifier", Severity: S3, Verdict: Approximated,
			Fields: hostFields(t.v6()), Clients: fmt.Sprintf("the client %s %s", id.kind, id.value),
			Audience: Audience{Scopes: []*model.Scope{&h.Scope, &first.Scope}},
			Message:  fmt.Sprintf("host %q has the identifier of host %q (%s) %s; Kea refuses that. The first, which dhcpd prefers, was kept.", h.Stmt.Name.Text, first.Stmt.Name.Text, first.Stmt.Head(), where),
			Remedy:   "remove one of the two hosts",
		}, "")
		if first != h {
			t.markInside(h.Stmt, Approximated)
		}
		return
	}
	r.identities[in][id] = h
	res := keaconf.Reservation{}
	if name := h.Stmt.Name.Text; name != "" {
		res.Comment = "host " + name
	}
	id.set(&res)
	for _, a := range to.addresses {
		if other := r.addresses[a]; other != nil {
			t.sharedAddress = true
			if other != h {
				t.ledger.add(h.Stmt, Finding{
					Code: "host-same-address", Severity: S2, Verdict: Translated,
					Fields: []string{"address", "answered"}, Clients: "the two hosts, when both are on at the same time",
					Audience: Audience{Scopes: []*model.Scope{&h.Scope, &other.Scope}},
					Message:  fmt.Sprintf("%s is also the address of host %q (%s). Kea takes that with ip-reservations-unique set to false, as it was written.", a, other.Stmt.Name.Text, other.Stmt.Head()),
				}, "")
			}
		}
		r.addresses[a] = h
		if t.v6() {
			res.IPAddresses = append(res.IPAddresses, a.String())
		} else {
			res.IPAddress = a.String()
		}
	}
	if len(to.prefixes) > 0 {
		res.More().Prefixes = to.prefixes
	}
	r.hostname(h, to, &res)
	record := hostReservation{from: h, subnet: to.subnet, in: in}
	switch {
	case in != nil:
		record.index = len(in.Reservations)
		in.Reservations = append(in.Reservations, res)
	case t.v6():
		record.index = len(t.dhcp6.Reservations)
		t.dhcp6.Reservations = append(t.dhcp6.Reservations, res)
	default:
		record.index = len(t.dhcp4.Reservations)
		t.dhcp4.Reservations = append(t.dhcp4.Reservations, res)
	}
	t.hosts = append(t.hosts, record)
	if !record.plain(t) || t.hoisted[to.subnet] != nil {
		t.hostLifetimes(record)
	}
}
