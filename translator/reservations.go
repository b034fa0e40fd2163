package translator

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// identity is one thing that a host is recognised by.
type identity struct {
	kind  string // "hw-address", "client-id", "duid", "circuit-id"
	value string // as Kea writes it
}

// reservations turns host declarations into reservations: one in each subnet
// that holds an address of the host, a global one for a host without address,
// and one for each thing the host is recognised by.
func (t *translation) reservations() {
	r := reserver{
		translation: t,
		identities:  map[*keaconf.Subnet]map[identity]*model.Host{},
		addresses:   map[netip.Addr]*model.Host{},
	}
	for _, h := range t.conf.Hosts {
		r.host(h)
	}
	if t.knownTested && len(t.conf.Networks) > 1 {
		r.knownEverywhere()
	}
}

// reserver is the state of the reservations pass.
type reserver struct {
	*translation
	identities map[*keaconf.Subnet]map[identity]*model.Host // by subnet; nil: global
	addresses  map[netip.Addr]*model.Host
	// roaming are the hosts that only subnets know; see knownEverywhere.
	roaming []*model.Host
}

func (r *reserver) host(h *model.Host) {
	t := r.translation
	t.ledger.mark(h.Stmt, Translated)
	for _, st := range h.State {
		t.ledger.mark(st, Translated)
		if st.Keyword() == "deleted" {
			t.ledger.mark(h.Stmt, Ignored)
			t.markInside(h.Stmt, Ignored)
			return
		}
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
		for _, id := range ids {
			r.reserve(h, id, target)
		}
	}
	if len(targets) > 0 && targets[0].subnet != nil {
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

func (r *reserver) identitiesOf(h *model.Host) []identity {
	var ids []identity
	if uid := r.clientID(h); uid != "" {
		kind := "client-id"
		if r.v6() {
			kind = "duid"
		}
		ids = append(ids, identity{kind, uid})
	}
	if h.Hardware != nil {
		r.ledger.mark(h.Hardware, Translated)
		if len(h.Hardware.Address) > 0 {
			ids = append(ids, identity{"hw-address", colonHex(h.Hardware.Address)})
		}
		if h.Hardware.HType != 1 {
			r.ledger.add(h.Hardware, Finding{
				Code: "hardware-type", Severity: S2, Verdict: Approximated,
				Fields: []string{"address"}, Clients: "clients of another hardware type with the same address bytes",
				Message: fmt.Sprintf("Kea compares the bytes of the hardware address only, not the type %s.", h.Hardware.Type),
			}, "")
		}
	}
	for _, st := range h.Identifiers {
		if id, ok := r.hostIdentifier(st); ok {
			ids = append(ids, id)
		}
	}
	if len(ids) > 1 {
		st := dhcpdconf.Statement(h.Stmt)
		r.ledger.add(st, Finding{
			Code: "host-several-identifiers", Severity: S1, Verdict: Translated,
			Fields:  []string{"address"},
			Clients: "two clients that are on at the same time, one with each identifier",
			Message: fmt.Sprintf("host %q is recognised by %s; a reservation of Kea's has one identifier, so there is one reservation for each.", h.Stmt.Name.Text, kinds(ids)),
		}, "")
	}
	return ids
}

func kinds(ids []identity) string {
	var words []string
	for _, id := range ids {
		words = append(words, id.kind)
	}
	return strings.Join(words, " or ")
}

// clientID returns the client identifier of a host as Kea writes it.
func (r *reserver) clientID(h *model.Host) string {
	var raw []byte
	var st dhcpdconf.Statement
	if h.ClientID != nil {
		st = h.ClientID
		value, ok := constantBytes(h.ClientID.Data)
		if !ok {
			r.ledger.add(st, Finding{
				Code: "identifier-computed", Severity: S3, Verdict: Manual,
				Fields: []string{"address"}, Clients: "this host",
				Message: "the client identifier is not a constant.",
				Remedy:  "write the identifier as hexadecimal octets",
			}, "")
			return ""
		}
		raw = value
	}
	if h.UID != nil {
		if st != nil { // dhcpd keeps the last
			r.overridden(earlier(st, h.UID))
			if h.ClientID.ID() < h.UID.ID() {
				raw = h.UID.Value
			}
			r.ledger.mark(st, Translated)
		} else {
			raw = h.UID.Value
		}
		st = h.UID
	}
	if st == nil || len(raw) == 0 {
		return ""
	}
	r.ledger.mark(st, Translated)
	if len(raw) < 2 && !r.v6() {
		r.ledger.add(st, Finding{
			Code: "client-id-short", Severity: S2, Verdict: Approximated,
			Fields: []string{"address"}, Clients: "this host",
			Message: "a client identifier of one byte; Kea takes it in a reservation, but drops the client's lease from its lease file at the next start.",
			Remedy:  "give the host its hardware address as well",
		}, "")
	}
	return colonHex(raw)
}

func earlier(a, b dhcpdconf.Statement) dhcpdconf.Statement {
	if a.ID() < b.ID() {
		return a
	}
	return b
}

// constantBytes returns the bytes that data stands for, when they are the same
// for every packet.
func constantBytes(d dhcpdconf.Data) ([]byte, bool) {
	if d.Expr != nil {
		c, ok := model.Fold(d.Expr)
		return c.Data, ok && !c.Numeric
	}
	var all []byte
	for _, f := range d.Fields {
		if f.Host != "" {
			return nil, false
		}
		all = append(all, f.Value.Text...)
	}
	return all, true
}

// hostIdentifier translates "host-identifier option". Kea has identifiers of
// its own for the usual options; others need a hook.
func (r *reserver) hostIdentifier(st *dhcpdconf.HostIdentifier) (identity, bool) {
	raw, ok := constantBytes(st.Data)
	if ok && st.Option != nil && st.V6Relay <= 0 && len(raw) > 0 {
		value := colonHex(raw)
		switch name := st.Option.Space + "." + st.Option.Name; {
		case r.v6() && name == "dhcp6.client-id":
			r.ledger.mark(st, Translated)
			return identity{"duid", value}, true
		case !r.v6() && name == "dhcp.dhcp-client-identifier":
			r.ledger.mark(st, Translated)
			return identity{"client-id", value}, true
		case !r.v6() && name == "agent.circuit-id":
			r.ledger.mark(st, Translated)
			return identity{"circuit-id", value}, true
		}
	}
	f := Finding{
		Code: "host-identifier", Severity: S3, Verdict: Manual,
		Fields: []string{"address", "options"}, Clients: "this host",
		Message: "Kea recognises hosts by this option only with its flex_id hook; the host was left out.",
		Remedy:  "load libdhcp_flex_id.so (open source from Kea 3.0) with an identifier-expression for the option, and add a reservation with \"flex-id\"",
	}
	if r.opts.Target < keaversion.V3_0 {
		f.Remedy = "move to Kea 3.0, whose flex_id hook is open source, or recognise the host by its hardware address"
	}
	r.ledger.add(st, f, "")
	return identity{}, false
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
		return []target{{}}
	default:
		return r.outside(h)
	}
	return targets
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

// resolve returns the addresses of a host name, of the protocol at hand. A
// name without any is a finding.
func (t *translation) resolve(name string, st dhcpdconf.Statement, span dhcpdconf.Span) []netip.Addr {
	var fit []netip.Addr
	if t.opts.Resolve != nil {
		for _, a := range t.opts.Resolve(name) {
			if a = a.Unmap(); a.Is6() == t.v6() {
				fit = append(fit, a)
			}
		}
	}
	if len(fit) == 0 {
		t.ledger.add(st, Finding{
			Code: "name-unresolved", Severity: S3, Verdict: Manual, Span: span,
			Fields:  []string{"address", "options"},
			Message: fmt.Sprintf("dhcpd looks up %q whenever it needs the address; Kea takes addresses only, and the name has none at conversion. It was left out.", name),
			Remedy:  "write the address in place of the name, or convert where the name resolves (--resolve)",
		}, "")
		return nil
	}
	t.ledger.add(st, Finding{
		Code: "name-resolved", Severity: S1, Verdict: Translated, Span: span,
		Message: fmt.Sprintf("dhcpd looks up %q whenever it needs the address; Kea takes addresses only, so those of the time of conversion were written.", name),
		Remedy:  "convert again when the name gets another address",
	}, "")
	return fit
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
		r.identities[in] = map[identity]*model.Host{}
	}
	if first := r.identities[in][id]; first != nil {
		where := "outside the subnets"
		if to.subnet != nil {
			where = "in " + to.subnet.Prefix.String()
		}
		t.ledger.add(h.Stmt, Finding{
			Code: "host-same-identifier", Severity: S3, Verdict: Approximated,
			Fields: []string{"address", "options"}, Clients: fmt.Sprintf("the client %s %s", id.kind, id.value),
			Message: fmt.Sprintf("host %q has the identifier of host %q (%s) %s; Kea refuses that. The first, which dhcpd prefers, was kept.", h.Stmt.Name.Text, first.Stmt.Name.Text, first.Stmt.Head(), where),
			Remedy:  "remove one of the two hosts",
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
	switch id.kind {
	case "hw-address":
		res.HWAddress = id.value
	case "client-id":
		res.ClientID = id.value
	case "duid":
		res.DUID = id.value
	case "circuit-id":
		res.More().CircuitID = id.value
	}
	for _, a := range to.addresses {
		if other := r.addresses[a]; other != nil {
			t.sharedAddress = true
			if other != h {
				t.ledger.add(h.Stmt, Finding{
					Code: "host-same-address", Severity: S2, Verdict: Translated,
					Fields: []string{"address"}, Clients: "the two hosts, when both are on at the same time",
					Message: fmt.Sprintf("%s is also the address of host %q (%s). Kea takes that with ip-reservations-unique set to false, as it was written.", a, other.Stmt.Name.Text, other.Stmt.Head()),
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
	t.hostname(h, to, &res)
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
	if !record.plain(t) {
		t.hostLifetimes(record)
	}
}

// knownEverywhere gives each host that only a subnet knows a global
// reservation without address and options: for dhcpd a client is known
// wherever it is.
func (r *reserver) knownEverywhere() {
	t := r.translation
	global := r.identities[nil]
	if global == nil {
		global = map[identity]*model.Host{}
	}
	count := 0
	for _, h := range r.roaming {
		for _, id := range r.identitiesOf(h) {
			if global[id] != nil {
				continue
			}
			global[id] = h
			count++
			r.identities[nil] = global
			// A class gives the reservation something to hold, which 2.2 demands,
			// and says what it is for.
			res := keaconf.Reservation{ClientClasses: []string{knownHostClass}}
			switch id.kind {
			case "hw-address":
				res.HWAddress = id.value
			case "client-id":
				res.ClientID = id.value
			case "duid":
				res.DUID = id.value
			case "circuit-id":
				res.More().CircuitID = id.value
			}
			if t.v6() {
				t.dhcp6.Reservations = append(t.dhcp6.Reservations, res)
			} else {
				t.dhcp4.Reservations = append(t.dhcp4.Reservations, res)
			}
		}
	}
	if count == 0 {
		return
	}
	t.needClass(keaconf.ClientClass{Name: knownHostClass})
	t.ledger.add(nil, Finding{
		Code: "known-elsewhere", Severity: S1, Verdict: Translated,
		Message: fmt.Sprintf("pools ask whether a client is known, which for dhcpd it is on every network; %d hosts with addresses also got a global reservation without address or options.", count),
	}, t.root()+"/reservations")
}

// knownHostClass is the class of the reservations that knownEverywhere makes.
const knownHostClass = "known-host"

// needClass adds a generated class once.
func (t *translation) needClass(c keaconf.ClientClass) {
	if !slices.ContainsFunc(t.classes, func(have keaconf.ClientClass) bool { return have.Name == c.Name }) {
		t.classes = append(t.classes, c)
	}
}

// colonHex writes bytes as two-digit octets joined by colons.
func colonHex(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	out := make([]byte, 0, 3*len(b))
	for i := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = hex.AppendEncode(out, b[i:i+1])
	}
	return string(out)
}
