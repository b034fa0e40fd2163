package dhcpdconf

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/option"
)

// names holds what the configuration has declared so far and later statements
// refer to.
type names struct {
	hosts   map[string]struct{}
	groups  map[string]struct{}
	classes map[string]*classState
	keys    map[string]struct{}
	peers   map[string]*peerState
	ranges  []addressRange

	omapiKey Name // the last omapi-key of the top level
	adHoc    Span // the last ddns-update-style of the top level, if it is ad-hoc

	// inner holds the options with an array within a record, which a Format
	// cannot tell: which fields repeat.
	inner map[*option.Def][]bool
}

func newNames() names {
	return names{
		hosts:   map[string]struct{}{},
		groups:  map[string]struct{}{},
		classes: map[string]*classState{},
		keys:    map[string]struct{}{},
		peers:   map[string]*peerState{},
		inner:   map[*option.Def][]bool{},
	}
}

// network is a subnet: what the addresses in it must fit.
type network struct {
	prefix  netip.Prefix // IPv6
	network [4]byte
	mask    [4]byte
	v6      bool
}

func (n *network) contains(a netip.Addr) bool {
	if n.v6 {
		return n.prefix.Contains(a)
	}
	if !a.Is4() {
		return false
	}
	b := a.As4()
	for i := range b {
		if b[i]&n.mask[i] != n.network[i] {
			return false
		}
	}
	return true
}

// hostState is what dhcpd remembers of a host while it reads it.
type hostState struct {
	name                          string
	hardware, address, uid, ident bool
}

// classState is what dhcpd remembers of a class.
type classState struct {
	subclass     bool
	match, spawn bool // "match if" and "match"/"spawn with" have been seen
}

// poolState is what dhcpd remembers of a pool while it reads it.
type poolState struct {
	v6     bool
	ranges int
	peer   bool // has a failover peer so far
	after  bool // has a permit with "after"
}

// peerState is what is known of a failover peer.
type peerState struct {
	name Name
	used bool
}

// addressRange is a range of a pool, to find addresses that are in two.
type addressRange struct {
	low, high uint32
	at        Span
}
