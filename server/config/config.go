package config

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/classify"
)

// Config4 is a configuration for DHCPv4.
type Config4 struct {
	// Source is what it was made of.
	Source *keaconf.DHCP4

	Names   *classify.Names // of all classes that the configuration speaks of
	BuiltIn BuiltIn
	Classes []*Class  // in the order of the configuration
	Subnets []*Subnet // by id, the lowest first: the order in which Kea looks
	Options Options   // of the global scope
	// Global are the settings outside of subnets: for messages that belong to
	// none.
	Global Settings
	Hosts  *Hosts
	Hooks  Hooks

	// Formats are what options of clients have to be.
	Formats *Formats
	// AgentFormats are what sub-options of relay agents (option 82) have to be.
	AgentFormats *Formats
	// UDPSockets: messages come from relay agents, and clients with an address.
	UDPSockets bool
	// Routed: answers go where the system's routes say, and not out of the interface
	// that the message came in on. Only with UDPSockets.
	Routed                  bool
	EchoClientID            bool
	EarlyGlobalReservations bool
	DeclineProbation        uint32 // seconds
	Parked                  uint32 // how many answers wait for hooks at most; 0: any number
	IgnoreServerID          bool
	IgnoreLinkSelection     bool
	ExcludeFirstLast24      bool
	StashAgentOptions       bool
	LenientOptions          bool
	IPReservationsUnique    bool
	ReservationsLookupFirst bool
	HostIdentifiers         []Identifier // in the order in which they are tried
	UpdatesEnabled          bool         // dhcp-ddns
	Expired                 Expired
	classByID               []*Class
	serverIDs               map[netip.Addr]bool
	byPrefix                prefixIndex
	byRelay                 map[netip.Addr][]*Subnet
	byInterface             map[string][]*Subnet
}

// BuiltIn are the numbers of the classes that Kea itself gives packets.
type BuiltIn struct {
	All, Known, Unknown, BOOTP, Drop, SkipDDNS, StashAgentOptions int
}

// Class is a client class.
type Class struct {
	ID       int
	Name     string
	Test     classify.Test // nil: packets join it in other ways
	Template classify.Text // nil: no template
	// AfterHosts: the test asks, directly or not, whether the client is known.
	AfterHosts bool
	// Additional: looked at only where a scope asks for it.
	Additional bool
	Limit      *Limit // nil: none
	Settings   ClassSettings
	Options    Options
}

// ClassSettings are what a class sets beside options; what is not set is nil.
type ClassSettings struct {
	Valid          *Lifetime
	Offer          *uint32
	NextServer     *netip.Addr
	ServerHostname *string
	BootFileName   *string
}

// Lifetime is what a valid lifetime may be, in seconds.
type Lifetime struct{ Min, Default, Max uint32 }

// Clamp returns the lifetime of a client that asks for one, or for none.
func (l Lifetime) Clamp(wish uint32, asked bool) uint32 {
	if !asked {
		return l.Default
	}
	return max(l.Min, min(wish, l.Max))
}

// Network is a shared network.
type Network struct {
	Name       string
	Guards     []int
	Additional []int
	Options    Options
	Subnets    []*Subnet // by id, the order in which Kea goes through them
}

// Subnet is a subnet with all that it inherits.
type Subnet struct {
	ID         uint32
	Index      int // its place in the Subnets of the configuration
	Prefix     netip.Prefix
	Network    *Network  // nil: it stands alone
	Siblings   []*Subnet // of its network, itself included, by id
	Guards     []int     // classes, of which a client must be in one; empty: everybody
	Additional []int     // classes that are looked at for clients that end up here
	Pools      []*Pool   // by first address
	Limit      *Limit    // nil: none
	Options    Options
	Settings
}

// Settings are the parameters that subnets inherit from networks and those from
// the global scope.
type Settings struct {
	Interface       string
	Valid           Lifetime
	lifetimes       keaconf.Lifetimes // those that are set here or around
	Offer           uint32
	Renew, Rebind   *uint32 // T1, T2 in seconds
	CalculateTees   bool
	T1Percent       float64
	T2Percent       float64
	CacheThreshold  float64 // 0: off
	CacheMaxAge     *uint32
	NextServer      netip.Addr
	ServerHostname  string
	BootFileName    string
	Authoritative   bool
	MatchClientID   bool
	StoreExtended   bool
	Allocator       string // iterative, random or flq
	ReserveGlobal   bool
	ReserveInSubnet bool
	ReserveOutPool  bool // reserved addresses are never in a pool
	DDNS            DDNS
}

// DDNS says how names are made and whether DNS is told.
type DDNS struct {
	Send                 bool
	OverrideNoUpdate     bool
	OverrideClientUpdate bool
	Replace              string // never, always, when-present, when-not-present
	GeneratedPrefix      string
	Suffix               string
	UpdateOnRenew        bool
	CharSet              string
	CharReplacement      string
	TTL, TTLMin, TTLMax  uint32  // seconds; 0: not set
	TTLPercent           float64 // 0: not set
	ConflictMode         string

	scrub func(string) string // nil: names stay as they are
}

// Pool is a range of addresses.
type Pool struct {
	First, Last netip.Addr
	ID          uint32
	Index       int // its place in the Pools of its subnet
	Guards      []int
	Additional  []int
	Options     Options
	Subnet      *Subnet
	DDNS        *DDNS // nil: that of the subnet
}

// Contains reports whether the pool has an address.
func (p *Pool) Contains(a netip.Addr) bool { return p.First.Compare(a) <= 0 && a.Compare(p.Last) <= 0 }

// Expired says how ended leases are taken back (Kea manual, "Lease Expiration").
type Expired struct {
	ReclaimWait uint32 // seconds; 0: never
	FlushWait   uint32 // seconds; 0: never
	Hold        uint32 // seconds
	MaxLeases   uint32 // at a time; 0: no limit
	MaxTime     uint32 // milliseconds at a time; 0: no limit
	Unwarned    uint32 // cycles
}

// IsServerID reports whether an address is one that the configuration gives out
// as the server's.
func (c *Config4) IsServerID(a netip.Addr) bool { return c.serverIDs[a] }

// DDNSAt are the settings for names of an address: those of its pool, or those of
// the subnet.
func (s *Subnet) DDNSAt(a netip.Addr) *DDNS {
	if p := s.PoolOf(a); p != nil && p.DDNS != nil {
		return p.DDNS
	}
	return &s.DDNS
}

// PoolOf returns the pool of the subnet that has an address, or nil.
func (s *Subnet) PoolOf(a netip.Addr) *Pool {
	low, high := 0, len(s.Pools)
	for low < high {
		middle := (low + high) / 2
		if s.Pools[middle].Last.Less(a) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(s.Pools) && s.Pools[low].Contains(a) {
		return s.Pools[low]
	}
	return nil
}
