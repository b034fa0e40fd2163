package translator

import (
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/translator/model"
)

// severalHosts speaks for clients that are recognised as two hosts at once: dhcpd
// goes through the hosts with the client identifier and then through those with
// the hardware address until one fits the network, Kea through the identifiers
// until some reservation is found.
func (r *reserver) severalHosts() {
	kinds := map[string]*model.Host{} // some host of each kind of identifier
	differ := false
	for _, in := range r.identities {
		for id, h := range in {
			for kind, other := range kinds {
				differ = differ || kind != id.kind && other != h
			}
			if kinds[id.kind] == nil {
				kinds[id.kind] = h
			}
		}
		if differ {
			break
		}
	}
	if !differ {
		return
	}
	r.ledger.add(nil, Finding{
		Code: "host-ambiguous", Severity: S2, Verdict: Approximated,
		Fields:   []string{"answered", "address", "options", "siaddr", "sname", "file", "lease-time", "T1", "T2", "prefix"},
		Clients:  "clients with the identifiers of two hosts",
		Audience: Audience{SeveralHosts: true},
		Message:  "hosts are recognised by identifiers of several kinds, so that a client can be two of them at once. dhcpd tries the hosts with its client identifier and then those with its hardware address, until one fits the network; Kea takes the first identifier for which it finds a reservation.",
		Remedy:   "see that no client has the hardware address of one host and the identifier of another",
	}, r.root())
}

// identifiersSent speaks for "option dhcp-client-identifier" in hosts, which is
// also an option that dhcpd sends.
func (r *reserver) identifiersSent() {
	var scopes []*model.Scope
	for _, h := range r.conf.Hosts {
		if h.ClientID != nil && !r.v6() {
			scopes = append(scopes, &h.Scope)
		}
	}
	if len(scopes) == 0 {
		return
	}
	r.ledger.add(nil, Finding{
		Code: "client-identifier-sent", Severity: S1, Verdict: Approximated, Fields: []string{"option 61"},
		Clients:  "hosts with \"option dhcp-client-identifier\" that ask for their client identifier (option 61)",
		Audience: Audience{Scopes: scopes},
		Message:  "a host is recognised by this option, and dhcpd also sends it to a client that asks for it; Kea does not. RFC 2131 forbids it, and clients know their identifier.",
	}, r.root())
}

// addressesInside speaks for hosts whose address lies in a second subnet, around
// that of the reservation and of another network: dhcpd gives it to them there too.
func (r *reserver) addressesInside() {
	var around []*model.Subnet
	for _, s := range r.conf.Subnets {
		if s.Prefix.IsValid() && r.subnetOf[s] != nil && slices.ContainsFunc(r.conf.Subnets, func(o *model.Subnet) bool {
			return o.Network != s.Network && o.Prefix.IsValid() && s.Prefix.Bits() < o.Prefix.Bits() && s.Prefix.Contains(o.Prefix.Addr())
		}) {
			around = append(around, s)
		}
		if len(r.conf.Subnets) > mostScopes {
			return // comparing all with all would take long
		}
	}
	if len(around) == 0 || r.v6() {
		return
	}
	f := Finding{
		Code: "host-subnet-around", Severity: S2, Verdict: Approximated, Fields: []string{"answered", "address", "options", "siaddr", "sname", "file", "lease-time", "T1", "T2"},
		Clients: "hosts that come from a subnet around the one of their address",
		Message: "the fixed address of a host lies in two subnets, one inside the other. dhcpd gives it to the host in either; Kea has the reservation in the inner one.",
		Remedy:  "give the host an address that only one subnet has",
	}
	for _, h := range r.hosts {
		if h.subnet == nil || h.in == nil || len(f.Audience.Scopes) >= mostScopes {
			continue
		}
		res := r.reservation(h)
		a, err := netip.ParseAddr(res.IPAddress)
		if err == nil && slices.ContainsFunc(around, func(s *model.Subnet) bool { return s.Network != h.subnet.Network && s.Prefix.Contains(a) }) {
			f.Audience.Scopes = append(f.Audience.Scopes, &h.from.Scope)
		}
	}
	if len(f.Audience.Scopes) > 0 {
		r.ledger.add(nil, f, r.root())
	}
}
