package model

import (
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Build finds out what a file means for one protocol. It accepts whatever the
// parser accepted; statements that could not be read are passed over.
//
// A subnet that is declared several times on one network becomes one. On
// several networks, dhcpd finds the last one only; see [Subnet.Unreached].
func Build(file *dhcpdconf.File, protocol dhcpdconf.Protocol) *Config {
	return buildFile(file, protocol, false)
}

// BuildApart is Build without making one of subnets that are declared again:
// each is one of its own, as it is for dhcpd.
func BuildApart(file *dhcpdconf.File, protocol dhcpdconf.Protocol) *Config {
	return buildFile(file, protocol, true)
}

func buildFile(file *dhcpdconf.File, protocol dhcpdconf.Protocol, apart bool) *Config {
	c := &Config{
		File:        file,
		Protocol:    protocol,
		Global:      &Scope{Kind: GlobalScope},
		Groups:      map[string]*Scope{},
		classByName: map[string]*Class{},
		prefixes:    map[netip.Prefix]*Subnet{},
	}
	b := builder{c: c, subclasses: map[subclassKey]*Subclass{}, onNetwork: map[networkPrefix]*Subnet{}, apart: apart}
	c.Scopes = append(c.Scopes, c.Global)
	c.standsIn = make([]*Scope, file.Statements)
	b.body(file.Body, place{scope: c.Global})
	b.leases = true
	b.body(file.Leases, place{scope: c.Global})
	b.dropVoid()
	b.findRanges()
	c.findOrder()
	c.cutScopes()
	return c
}

// place is where the builder stands.
type place struct {
	scope   *Scope
	network *Network // inside a shared network
	subnet  *Subnet
	pool    *Pool
}

type builder struct {
	c          *Config
	direct     map[*Subnet]*Pool // pools of ranges written directly in a subnet
	subclasses map[subclassKey]*Subclass
	leases     bool           // the lease file is at hand
	void       map[*Host]bool // deleted ones that are still in the list
	voidSubs   map[*Subclass]bool
	onNetwork  map[networkPrefix]*Subnet // of shared networks
	apart      bool                      // subnets that are declared again are not merged
	count      int                       // subnets declared so far
}

type networkPrefix struct {
	network *Network
	prefix  netip.Prefix
}

func (b *builder) body(body []dhcpdconf.Statement, at place) {
	for _, st := range body {
		b.statement(st, at)
	}
}

func (b *builder) statement(st dhcpdconf.Statement, at place) {
	c := b.c
	c.standsIn[st.ID()] = at.scope
	switch st := st.(type) {
	case *dhcpdconf.Include:
		b.body(st.Body, at)
	case *dhcpdconf.Group:
		inner := at
		// A group cuts the subnets in it off from a shared network around it:
		// dhcpd gives each a network of its own.
		inner.network = nil
		inner.scope = &Scope{Kind: GroupScope, Stmt: st, Parent: at.scope}
		c.Scopes = append(c.Scopes, inner.scope)
		c.standsIn[st.ID()] = inner.scope
		b.body(st.Body, inner)
		b.nameGroup(st, inner.scope)
	case *dhcpdconf.SharedNetwork:
		b.sharedNetwork(st, at)
	case *dhcpdconf.Subnet:
		if c.Protocol != dhcpdconf.DHCP4 {
			c.Foreign = append(c.Foreign, st)
			return
		}
		b.subnet(st, st.Body, PrefixOf(st), at)
	case *dhcpdconf.Subnet6:
		if c.Protocol != dhcpdconf.DHCP6 {
			c.Foreign = append(c.Foreign, st)
			return
		}
		b.subnet(st, st.Body, st.Prefix.Masked(), at)
	case *dhcpdconf.Pool:
		b.pool(st, at)
	case *dhcpdconf.Range, *dhcpdconf.Range6, *dhcpdconf.Prefix6:
		b.addRange(st, at)
	case *dhcpdconf.Host:
		b.host(st, at)
	case *dhcpdconf.Class:
		b.class(st, at)
	case *dhcpdconf.Subclass:
		b.subclass(st, at)
	case *dhcpdconf.ReservedLease:
		c.Reserved = append(c.Reserved, st)
	case *dhcpdconf.Key:
		c.Keys = append(c.Keys, st)
	case *dhcpdconf.Zone:
		c.Zones = append(c.Zones, st)
	case *dhcpdconf.Failover:
		c.Peers = append(c.Peers, st)
	case *dhcpdconf.ServerDUID:
		c.ServerDUID = st
		at.scope.Own = append(at.scope.Own, st)
	case *dhcpdconf.Interface:
		if at.network != nil {
			at.network.Interfaces = append(at.network.Interfaces, st)
		}
	case *dhcpdconf.Permit:
		if at.pool != nil {
			at.pool.Permits = append(at.pool.Permits, st)
		}
	case *dhcpdconf.PoolPeer:
		switch {
		case at.pool != nil:
			at.pool.Peer = st
		case at.network != nil:
			at.network.Peer = st
		}
	default:
		at.scope.Own = append(at.scope.Own, st)
	}
}

func (b *builder) sharedNetwork(st *dhcpdconf.SharedNetwork, at place) {
	n := &Network{Stmt: st, Name: st.Name.Text}
	n.Scope = &Scope{Kind: NetworkScope, Stmt: st, Parent: at.scope}
	b.c.Networks = append(b.c.Networks, n)
	b.c.Scopes = append(b.c.Scopes, n.Scope)
	b.c.standsIn[st.ID()] = n.Scope
	b.body(st.Body, place{scope: n.Scope, network: n})
}

func (b *builder) subnet(st dhcpdconf.Statement, body []dhcpdconf.Statement, prefix netip.Prefix, at place) {
	c := b.c
	order := b.count
	b.count++
	if before := c.prefixes[prefix]; before != nil {
		c.Repeats = true
		before.Unreached = true
		if first := b.onNetwork[networkPrefix{at.network, prefix}]; first != nil && !b.apart {
			first.Unreached, first.Order = false, order
			c.prefixes[prefix] = first
			c.Repeated = append(c.Repeated, st)
			c.standsIn[st.ID()] = first.Scope
			b.body(body, place{scope: first.Scope, network: first.Network, subnet: first})
			return
		}
	}
	n := at.network
	if n == nil {
		n = &Network{Scope: at.scope}
		c.Networks = append(c.Networks, n)
	}
	s := &Subnet{Stmt: st, Network: n, Prefix: prefix, Order: order}
	s.Scope = &Scope{Kind: SubnetScope, Stmt: st, Parent: at.scope}
	c.Scopes = append(c.Scopes, s.Scope)
	c.standsIn[st.ID()] = s.Scope
	n.Subnets = append(n.Subnets, s)
	c.Subnets = append(c.Subnets, s)
	if prefix.IsValid() {
		c.prefixes[prefix] = s
		if at.network != nil {
			b.onNetwork[networkPrefix{at.network, prefix}] = s
		}
		if i, found := slices.BinarySearchFunc(c.lengths, prefix.Bits(), func(a, b int) int { return b - a }); !found {
			c.lengths = slices.Insert(c.lengths, i, prefix.Bits())
		}
	}
	b.body(body, place{scope: s.Scope, network: n, subnet: s})
}

func (b *builder) pool(st *dhcpdconf.Pool, at place) {
	if at.network == nil {
		return
	}
	p := &Pool{Stmt: st, Network: at.network, Home: at.subnet}
	// dhcpd gives a pool the shared network as parent, but executes the
	// subnet's statements before the pool's: see Pool.Chain.
	p.Scope = &Scope{Kind: PoolScope, Stmt: st, Parent: at.scope}
	b.c.Scopes = append(b.c.Scopes, p.Scope)
	b.c.standsIn[st.ID()] = p.Scope
	at.network.Pools = append(at.network.Pools, p)
	b.body(st.Body, place{scope: p.Scope, network: at.network, subnet: at.subnet, pool: p})
}

func (b *builder) addRange(st dhcpdconf.Statement, at place) {
	if at.network == nil {
		return
	}
	p := at.pool
	if p == nil {
		if at.subnet == nil {
			return
		}
		if b.direct == nil {
			b.direct = map[*Subnet]*Pool{}
		}
		if p = b.direct[at.subnet]; p == nil {
			p = &Pool{Network: at.network, Home: at.subnet}
			p.Scope = &Scope{Kind: PoolScope, Stmt: at.subnet.Stmt, Parent: at.subnet.Scope}
			b.direct[at.subnet] = p
			at.network.Pools = append(at.network.Pools, p)
		}
	}
	b.c.standsIn[st.ID()] = p.Scope
	switch st := st.(type) {
	case *dhcpdconf.Prefix6:
		p.Delegations = append(p.Delegations, st)
	case *dhcpdconf.Range:
		r := &Range{Stmt: st, Low: st.Low, High: st.High, Bootp: st.DynamicBootp}
		if !r.High.IsValid() {
			r.High = r.Low
		}
		r.order()
		p.Ranges = append(p.Ranges, r)
	case *dhcpdconf.Range6:
		r := &Range{Stmt: st, Low: st.Low, High: st.High, Prefix: st.Prefix, Temporary: st.Temporary}
		if st.Prefix.IsValid() {
			r.Prefix = st.Prefix.Masked()
			r.Low, r.High = r.Prefix.Addr(), LastAddr(r.Prefix)
		}
		r.order()
		p.Ranges = append(p.Ranges, r)
	}
}

func (r *Range) order() {
	if r.High.Less(r.Low) {
		r.Low, r.High, r.Swapped = r.High, r.Low, true
	}
}

// findRanges finds the subnet of each range, once all subnets are known.
func (b *builder) findRanges() {
	for _, n := range b.c.Networks {
		for _, p := range n.Pools {
			for _, r := range p.Ranges {
				r.Subnet = p.Home
				if r.Subnet == nil || r.Subnet.Prefix.IsValid() && !r.Subnet.Prefix.Contains(r.Low) {
					r.Subnet = n.subnetOf(r.Low)
				}
			}
		}
	}
}

// subnetOf returns the most specific subnet of the network that holds a.
func (n *Network) subnetOf(a netip.Addr) *Subnet {
	var best *Subnet
	for _, s := range n.Subnets {
		if s.Prefix.IsValid() && s.Prefix.Contains(a) && (best == nil || s.Prefix.Bits() > best.Prefix.Bits()) {
			best = s
		}
	}
	return best
}

// PrefixOf returns the subnet's prefix; it is invalid when the netmask has
// holes, which dhcpd accepts.
func PrefixOf(st *dhcpdconf.Subnet) netip.Prefix {
	if !st.Network.Is4() || !st.Netmask.Is4() {
		return netip.Prefix{}
	}
	bits := 0
	holes := false
	ended := false
	for _, octet := range st.Netmask.As4() {
		for i := 7; i >= 0; i-- {
			switch {
			case octet>>i&1 == 0:
				ended = true
			case ended:
				holes = true
			default:
				bits++
			}
		}
	}
	if holes {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(st.Network, bits).Masked()
}

// LastAddr returns the highest address of a prefix.
func LastAddr(p netip.Prefix) netip.Addr {
	raw := p.Masked().Addr().AsSlice()
	for i := range raw {
		switch free := (i+1)*8 - p.Bits(); {
		case free >= 8:
			raw[i] = 0xff
		case free > 0:
			raw[i] |= 1<<free - 1
		}
	}
	a, _ := netip.AddrFromSlice(raw)
	return a
}
