package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/translator/model"
)

// Audience says which clients a finding concerns, in a form that programs can
// test; Finding.Clients says the same, and more closely, to people. What is
// empty does not narrow it: the zero value is everybody.
type Audience struct {
	// Scopes are declarations. A client is concerned when it is served by way of
	// one of them: it is in the subnet or shared network, gets an address of
	// the pool, is the host, is a member of the class or subclass, or of a class in the group, or one of
	// the hosts or subnets of the group.
	Scopes []*model.Scope
	// Messages are the messages concerned, named as in the lines of clients:
	// "bootp", "inform", "renew" ...
	Messages []string
	// From narrows to clients on a link of the server itself, or behind a relay.
	From Origin
	// SeveralHosts narrows to clients that are recognised as two hosts or more.
	SeveralHosts bool
	// SeveralPools narrows to clients that may have addresses of two or more of the
	// pools among Scopes.
	SeveralPools bool
	// SharedIdentity narrows to clients that have the hardware address or the client
	// identifier of another client, or are recognised as the same host.
	SharedIdentity bool
}

// Origin says how the messages of a client come to the server.
type Origin string

// The origins; an empty one is either.
const (
	Direct  Origin = "direct"
	Relayed Origin = "relayed"
)

// Messages of BOOTP clients, those of DHCPv4 clients that come back, and those with
// which DHCPv4 clients get leases.
var (
	bootpMessages  = []string{"bootp"}
	returnMessages = []string{"request", "renew", "rebind", "reboot"}
	leaseMessages  = append([]string{"discover"}, returnMessages...)
)

// Everybody reports whether the audience leaves nobody out.
func (a Audience) Everybody() bool {
	return len(a.Scopes) == 0 && len(a.Messages) == 0 && a.From == "" && !a.SeveralHosts && !a.SeveralPools && !a.SharedIdentity
}

// mostScopes is how many declarations an audience names one by one. Beyond that
// it is everybody.
const mostScopes = 1000

// merge widens the audience by another: the same finding at a further place.
func (a *Audience) merge(b Audience) {
	if len(a.Scopes) == 0 || len(b.Scopes) == 0 || len(a.Scopes) > mostScopes {
		a.Scopes = nil
	} else {
		for _, s := range b.Scopes {
			if !slices.Contains(a.Scopes, s) {
				a.Scopes = append(slices.Clip(a.Scopes), s)
			}
		}
	}
	if a.From != b.From {
		a.From = ""
	}
	a.SeveralHosts = a.SeveralHosts && b.SeveralHosts
	a.SeveralPools = a.SeveralPools && b.SeveralPools
	a.SharedIdentity = a.SharedIdentity && b.SharedIdentity
	if len(a.Messages) == 0 || len(b.Messages) == 0 {
		a.Messages = nil
		return
	}
	for _, m := range b.Messages {
		if !slices.Contains(a.Messages, m) {
			a.Messages = append(slices.Clip(a.Messages), m)
		}
	}
}
