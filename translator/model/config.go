package model

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Config is what a file means.
type Config struct {
	File     *dhcpdconf.File
	Protocol dhcpdconf.Protocol // DHCP4 or DHCP6

	Global   *Scope
	Scopes   []*Scope   // all that can hold settings, hosts' and classes' too if they have any
	Networks []*Network // every link in order of declaration
	Subnets  []*Subnet  // all subnets in order of declaration
	Hosts    []*Host
	Classes  []*Class
	Groups   map[string]*Scope // named groups
	Cut      []*Scope          // with a break at the top, see [Scope.Unreached]

	Keys       []*dhcpdconf.Key
	Zones      []*dhcpdconf.Zone
	Peers      []*dhcpdconf.Failover
	ServerDUID *dhcpdconf.ServerDUID // the last one, nil when there is none

	// Reserved are the reserved leases of the lease file.
	Reserved []*dhcpdconf.ReservedLease

	// Void are hosts, classes and subclasses that do not count: deleted ones,
	// those that delete them, and hosts of the lease file whose name is taken.
	Void []Void

	// Repeated are subnets that were declared again on the same network: dhcpd
	// takes them without a word; here they are merged into the first.
	Repeated []dhcpdconf.Statement

	// Repeats says that a subnet was declared again, on whatever network.
	Repeats bool

	// Foreign are declarations of the other protocol, which dhcpd reads and
	// does not serve.
	Foreign []dhcpdconf.Statement

	classByName map[string]*Class
	hostByName  map[string]*Host         // those that count; nil: nobody has asked
	prefixes    map[netip.Prefix]*Subnet // without those that are not reached
	found       map[*Subnet]bool         // those that dhcpd takes for some address
	lengths     []int                    // prefix lengths in use, longest first
	standsIn    []*Scope                 // by statement: its scope, nil for what is inside the statement before
}

// Void is a declaration that does not count.
type Void struct {
	Stmt dhcpdconf.Statement
	// By is the declaration that deletes it, or that has the name already. For
	// one that deletes others, or nothing, it is nil.
	By    dhcpdconf.Statement
	Taken bool // the name was taken
}

// Network is one link: a shared network, or a subnet that stands alone, which
// dhcpd wraps in a network of its own.
type Network struct {
	Stmt    *dhcpdconf.SharedNetwork // nil for a subnet alone
	Name    string                   // empty for a subnet alone
	Scope   *Scope                   // of the shared network; for a subnet alone the scope around it
	Subnets []*Subnet
	Pools   []*Pool // those of all subnets, in order of declaration
	// Peer is the failover relationship of its pools that name none.
	Peer *dhcpdconf.PoolPeer
	// Interfaces are the "interface" statements of the network and its subnets.
	Interfaces []*dhcpdconf.Interface
}

// Explicit reports whether the network was written as a shared-network.
func (n *Network) Explicit() bool { return n.Stmt != nil }

// Subnet is one subnet.
type Subnet struct {
	Stmt    dhcpdconf.Statement // *dhcpdconf.Subnet or *dhcpdconf.Subnet6
	Network *Network
	Scope   *Scope
	Prefix  netip.Prefix // invalid when the netmask has holes
	Order   int          // place among all subnets: of those with an address, dhcpd takes the one with the highest

	// Unreached says that the same subnet is declared again later on another
	// network; dhcpd finds that one only.
	Unreached bool

	finds *Subnet // that dhcpd takes for an address for which this is the most specific
}

// Chain returns the scopes that apply in the subnet.
func (s *Subnet) Chain() Chain { return ChainOf(s.Scope) }

// Pool is a pool of addresses or prefixes of one network.
type Pool struct {
	Stmt        *dhcpdconf.Pool // nil: ranges written directly in a subnet
	Network     *Network
	Home        *Subnet // the subnet it is written in; nil: in the shared network
	Scope       *Scope  // its own statements; for ranges without a pool an empty scope
	Ranges      []*Range
	Delegations []*dhcpdconf.Prefix6
	Permits     []*dhcpdconf.Permit
	Peer        *dhcpdconf.PoolPeer
}

// Chain returns the scopes that apply to an address of the pool in a subnet:
// the pool's own statements win over the subnet's.
func (p *Pool) Chain(s *Subnet) Chain { return append(Chain{p.Scope}, s.Chain()...) }

// Range is a stretch of addresses. Low is at or below High.
type Range struct {
	Stmt      dhcpdconf.Statement // *dhcpdconf.Range or *dhcpdconf.Range6
	Subnet    *Subnet             // that holds it; nil when none does
	Low, High netip.Addr
	Prefix    netip.Prefix // when it was written as a prefix
	Swapped   bool         // it was written from high to low
	Bootp     bool         // dynamic-bootp
	Temporary bool         // IA_TA
}

// Host is a host declaration. It counts everywhere, whatever scope it is
// written in, but keeps the settings of that scope.
type Host struct {
	Stmt        *dhcpdconf.Host
	Scope       Scope // Parent: the scope around it, or its named group
	Lexical     *Scope
	Hardware    *dhcpdconf.Hardware
	UID         *dhcpdconf.UID
	ClientID    *dhcpdconf.OptionSet // "option dhcp-client-identifier", the same as uid
	Identifiers []*dhcpdconf.HostIdentifier
	Fixed       []*dhcpdconf.FixedAddress
	Prefixes    []*dhcpdconf.FixedPrefix6
	Group       *dhcpdconf.HostGroup
	State       []*dhcpdconf.HostState
}

// Chain returns the host's own scopes as they apply to a client in a subnet:
// the host and what is around it, up to the first scope that the subnet's
// chain has executed already. With a nil subnet only the global scope counts
// as executed.
func (h *Host) Chain(s *Subnet, global *Scope) Chain {
	stop := Chain{global}
	if s != nil {
		stop = s.Chain()
	}
	return ChainOf(&h.Scope).Until(stop)
}

// Class is a class with all the places where it is declared.
type Class struct {
	Name       string
	Stmts      []*dhcpdconf.Class
	Scope      *Scope
	Matches    []*dhcpdconf.Match
	Spawn      []*dhcpdconf.Spawn
	Limits     []*dhcpdconf.LeaseLimit
	Subclasses []*Subclass
	State      []*dhcpdconf.HostState
}

// Subclass is one subclass.
type Subclass struct {
	Stmt   *dhcpdconf.Subclass
	Again  []*dhcpdconf.Subclass // further declarations with the same value
	Scope  Scope
	Limits []*dhcpdconf.LeaseLimit
	State  []*dhcpdconf.HostState
}

// Class returns the class with this name; names are case-sensitive.
func (c *Config) Class(name string) *Class { return c.classByName[name] }

// ScopeOf returns the scope that a statement belongs to: for a declaration that
// opens a scope its own, for others the one that they stand in, through any
// conditions around them. The number is the statement's ID.
func (c *Config) ScopeOf(statement int) *Scope {
	for i := min(statement, len(c.standsIn)-1); i >= 0; i-- {
		if s := c.standsIn[i]; s != nil {
			return s
		}
	}
	return c.Global
}

// SubnetOf returns the subnet that dhcpd takes for an address, or nil. It is the
// most specific one, unless one around that is declared later hides it.
func (c *Config) SubnetOf(a netip.Addr) *Subnet {
	a = a.Unmap()
	for _, bits := range c.lengths {
		if bits > a.BitLen() {
			continue
		}
		p, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		if s := c.prefixes[p]; s != nil {
			return s.finds
		}
	}
	return nil
}

// SubnetAround returns the most specific subnet that holds a prefix and is
// not the prefix itself, or nil.
func (c *Config) SubnetAround(p netip.Prefix) *Subnet {
	for _, bits := range c.lengths {
		if bits >= p.Bits() {
			continue
		}
		around, err := p.Addr().Prefix(bits)
		if err != nil {
			continue
		}
		if s := c.prefixes[around]; s != nil {
			return s
		}
	}
	return nil
}
