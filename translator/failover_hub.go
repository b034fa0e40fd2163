package translator

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// A server with several partners is a hub in Kea (2.6 and later), its partners
// are spokes. Kea takes several relationships in the mode hot-standby only, with
// another port for each and names that are used once, and drops requests for
// subnets that do not say which relationship they belong to (asked of 2.6.3 and
// 3.0.4; Kea manual, hub and spoke).

// hubPorts returns the ports of a hub by the names of its relationships, one
// for each partner: the first relationship with a partner decides. It is nil
// for a file whose relationships are all with one partner.
func hubPorts(decls []*dhcpdconf.Failover) map[string]uint16 {
	ports, partners, taken := map[string]uint16{}, map[string]bool{}, map[uint16]bool{}
	for _, decl := range decls {
		r := newRelationship(decl, nil)
		partner := r.own["peer address"]
		if partner == nil || len(partner.Values) == 0 || partners[partner.Values[0].Text] {
			continue
		}
		partners[partner.Values[0].Text] = true
		port := r.number("port", defaultPort)
		if port <= 0 || port > 65535 {
			port = defaultPort
		}
		for taken[uint16(port)] {
			port = max(port+1, 1024) // below it programs of others listen
			if port > 65535 {
				return nil
			}
		}
		taken[uint16(port)] = true
		ports[decl.Name.Text] = uint16(port)
	}
	if len(ports) < 2 {
		return nil
	}
	return ports
}

// partnerIsHub makes a relationship one of a hub, when the partner's file has
// several: with the names and the port that the hub has for it.
func (t *translation) partnerIsHub(r *relationship) {
	if t.opts.Partner == nil || t.opts.Target < keaversion.V2_6 {
		return
	}
	other := FailoverPartner(t.opts.Partner, r.stmt)
	if other == nil {
		return
	}
	if port, ok := hubPorts(FailoverPeers(t.opts.Partner))[other.Name.Text]; ok {
		r.prefix, r.mode, r.partnerPort = other.Name.Text+"-", HAHotStandby, port
	}
}

// hub makes the relationships of a server with several partners. It reports
// whether this is one, and could be made.
func (t *translation) hub(pools *failoverPools) bool {
	asked := t.opts.Partner != nil || t.opts.HAMode != HAUnset
	var decls []*dhcpdconf.Failover
	for _, decl := range t.conf.Peers {
		if pools.named[decl.Name.Text] {
			decls = append(decls, decl)
		}
	}
	ports := hubPorts(decls)
	if !asked || t.opts.Mirrored || t.opts.Target < keaversion.V2_6 || ports == nil {
		return false
	}
	type made struct {
		*relationship
		self, partner netip.AddrPort
	}
	var list []made
	byPartner := map[netip.Addr]*relationship{}
	main := map[string]*relationship{} // by the names of declarations
	for _, decl := range decls {
		r := newRelationship(decl, nil)
		if other := FailoverPartner(t.opts.Partner, decl); other != nil && other.Name.Text == decl.Name.Text {
			r = newRelationship(decl, other)
		}
		self, ok := t.endpoint(r, "address", "port", "peer address", "peer port")
		partner, known := t.endpoint(r, "peer address", "peer port", "address", "port")
		if !ok || !known {
			return false
		}
		if first := byPartner[partner.Addr()]; first != nil {
			main[decl.Name.Text] = first
			continue
		}
		port, ok := ports[decl.Name.Text]
		if !ok {
			return false // two names of one address: the ports are not certain
		}
		r.prefix, r.mode = decl.Name.Text+"-", HAHotStandby
		byPartner[partner.Addr()], main[decl.Name.Text] = r, r
		list = append(list, made{r, netip.AddrPortFrom(self.Addr(), port), partner})
	}
	var relations []any
	for i, m := range list {
		relations = append(relations, m.object(m.name(), m.self, m.partner))
		pointer := t.failoverPointer(i)
		t.ledger.add(m.stmt, Finding{
			Code: "failover-hub", Severity: S3, Verdict: Approximated,
			Fields: []string{"answered"}, Clients: "all clients of the subnets that belong to this relationship",
			Message: fmt.Sprintf("this server has several partners, so it is a hub in Kea: the relationship with %s has the names %[2]sprimary and %[2]ssecondary, the mode hot-standby and this server's port %[3]d. Kea has no other mode for hubs.", m.partner.Addr(), m.prefix, m.self.Port()),
			Remedy:  "convert each partner's file with this one as --peer and the same subnet ids (--subnet-ids), so that it has the same names and port",
		}, pointer)
		t.speakForFailover(m.relationship, m.self, m.partner, pointer)
	}
	for _, decl := range decls {
		pools.merged[decl.Name.Text] = true
		if r := main[decl.Name.Text]; r.stmt != decl {
			t.ledger.add(decl, Finding{
				Code: "failover-second", Severity: S2, Verdict: Approximated,
				Message: fmt.Sprintf("failover %q is with the same server as %q; Kea has one relationship between two servers, and it is made from %q.", decl.Name.Text, r.stmt.Name.Text, r.stmt.Name.Text),
				Remedy:  "look whether the settings of both agree",
			}, "")
			t.markInside(decl, Approximated)
		}
	}
	t.topServer().MultiThreading = &keaconf.MultiThreading{EnableMultiThreading: new(true)}
	t.hook(hookLeaseCmds, nil)
	t.hook(hookHA, keaconf.Object{{Key: "high-availability", Value: relations}})
	t.speakForPools(pools, list[0].relationship)
	t.subnetsOfHub(pools, main, list[0].relationship)
	return true
}

// subnetsOfHub says in each subnet which relationship serves it: that of its
// pools, or else the first.
func (t *translation) subnetsOfHub(pools *failoverPools, main map[string]*relationship, first *relationship) {
	for _, s := range t.conf.Subnets {
		k := t.subnetOf[s]
		if k == nil {
			continue
		}
		var names []string
		of := first
		for _, r := range relationsOf(pools, main, s) {
			if len(names) == 0 {
				of = r
			}
			names = append(names, r.stmt.Name.Text)
		}
		k.UserContext = append(k.UserContext, keaconf.Member{Key: "ha-server-name", Value: of.prefix + PrimaryName})
		if len(names) > 1 {
			t.ledger.add(s.Stmt, Finding{
				Code: "failover-several", Severity: S4, Verdict: Approximated,
				Fields: []string{"answered", "address"}, Clients: "clients of the pools of the other relationships",
				Message: fmt.Sprintf("pools of this subnet belong to several relationships (%s); in Kea a subnet belongs to one, here %q.", strings.Join(names, ", "), names[0]),
				Remedy:  "let all pools of a subnet belong to one partner",
			}, t.pointers.subnet[s]+"/user-context")
		}
	}
}

// relationsOf returns the relationships that the pools of a subnet belong to.
func relationsOf(pools *failoverPools, main map[string]*relationship, s *model.Subnet) []*relationship {
	var list []*relationship
	seen := map[*relationship]bool{}
	for _, p := range s.Network.Pools {
		for _, r := range p.Ranges {
			if of := main[pools.of[p]]; r.Subnet == s && of != nil && !seen[of] {
				seen[of] = true
				list = append(list, of)
			}
		}
	}
	return list
}
