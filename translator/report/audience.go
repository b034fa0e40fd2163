package report

import (
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
)

// audience is a translator.Audience in report.json.
type audience struct {
	Scopes   []scope           `json:"scopes,omitempty"`
	Messages []string          `json:"messages,omitempty"`
	From     translator.Origin `json:"from,omitempty"`
	// SeveralHosts: clients that are recognised as two hosts or more.
	SeveralHosts bool `json:"several-hosts,omitempty"`
	// SeveralPools: clients that may have addresses of two or more of the pools.
	SeveralPools bool `json:"several-pools,omitempty"`
	// SharedIdentity: clients with an identifier of another client.
	SharedIdentity bool `json:"shared-identity,omitempty"`
}

// scope is one declaration.
type scope struct {
	Kind string `json:"kind"`
	// Name is the head of the declaration, such as "subnet 10.0.0.0 netmask
	// 255.255.255.0 {".
	Name string `json:"name"`
	place
}

func newAudience(a translator.Audience, opts Options) *audience {
	out := &audience{Messages: a.Messages, From: a.From, SeveralHosts: a.SeveralHosts, SeveralPools: a.SeveralPools, SharedIdentity: a.SharedIdentity}
	for _, s := range a.Scopes {
		if s.Stmt == nil || s.Kind == model.GlobalScope {
			continue
		}
		out.Scopes = append(out.Scopes, scope{
			Kind: s.Kind.String(), Name: quote(s.Stmt.Head(), opts), place: newPlace(s.Stmt.Head(), opts),
		})
	}
	return out
}
