package translator

import (
	"fmt"

	"github.com/keamigrate/keamigrate/translator/model"
)

var authoritativeNote = Finding{
	Code: "authoritative", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
	Clients:  "clients that come back with an address that the server has no lease for",
	Audience: Audience{Messages: returnMessages},
	Message:  "a client that asks for an address of its pool which no lease is recorded for gets it from dhcpd; Kea, being authoritative, answers with a NAK and the client starts again.",
	Remedy:   "take the leases over, so that clients come back with addresses that Kea knows",
}

// authoritative writes whether the server says NAK for a scope. Kea refuses a
// shared network whose subnets differ from it.
func (t *translation) authoritative(s setting) Verdict {
	if s.keys == nil {
		return Unset
	}
	if s.kind == atSubnet && s.subnet.Network.Explicit() {
		n := s.subnet.Network
		around := t.networkOf[n]
		switch {
		case t.allAuthoritative(n, s.value.on):
			around.Authoritative = new(s.value.on)
		case s.value.on != t.isAuthoritative(model.ChainOf(n.Scope)):
			t.ledger.add(s.st, Finding{
				Code: "authoritative-mixed", Severity: S2, Verdict: Approximated, Fields: []string{"answered"},
				Clients:  "clients of this subnet that ask for an address of another network",
				Audience: Audience{Messages: returnMessages},
				Message:  fmt.Sprintf("Kea demands that all subnets of shared-network %q are authoritative, or none; this one takes what the network says.", n.Name),
				Remedy:   "say the same for all subnets of the network",
			}, s.pointer)
			return Approximated
		}
	} else {
		s.keys.Authoritative = new(s.value.on)
	}
	if s.value.on {
		t.ledger.add(s.st, authoritativeNote, s.pointer)
	}
	return Translated
}

func (t *translation) isAuthoritative(c model.Chain) bool {
	on, ok := model.Truth(c.Setting("authoritative"))
	return on && ok
}

// allAuthoritative reports whether all subnets of a network agree on a value.
func (t *translation) allAuthoritative(n *model.Network, on bool) bool {
	for _, s := range n.Subnets {
		if t.subnetOf[s] != nil && t.isAuthoritative(s.Chain()) != on {
			return false
		}
	}
	return true
}

// notAuthoritative speaks for the clients of the other subnets that come back.
func (t *translation) notAuthoritative() {
	if t.v6() {
		return
	}
	var scopes []*model.Scope
	all := true
	for _, s := range t.conf.Subnets {
		switch {
		case t.subnetOf[s] == nil || len(t.subnetOf[s].Pools) == 0:
		case t.isAuthoritative(s.Chain()):
			all = false
		default:
			scopes = append(scopes, s.Scope)
		}
	}
	if len(scopes) == 0 {
		return
	}
	if all {
		scopes = nil
	}
	t.ledger.add(nil, Finding{
		Code: "not-authoritative", Severity: S1, Verdict: Approximated, Fields: []string{"answered"},
		Clients:  "clients that come back (after a restart) with an address that the server has no lease for",
		Audience: Audience{Scopes: scopes, Messages: []string{"reboot"}},
		Message:  "a client that asks for an address of its pool which no lease is recorded for gets it from dhcpd; Kea, not being authoritative, says nothing, and the client starts again after a while.",
		Remedy:   "take the leases over, so that clients come back with addresses that Kea knows; say authoritative if no other server is on these networks",
	}, "")
}

var comeBackCodes = []CodeInfo{
	{"not-authoritative", S1, "Servers that are not authoritative, and clients that come back",
		"A client that restarts asks for the address that it had. When no lease is recorded for it and it is free and in a pool for the client, dhcpd gives it; Kea says nothing, and the client begins again with DHCPDISCOVER when it has waited long enough. With the leases taken over this concerns few clients."},
}
