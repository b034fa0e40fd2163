package dhcpdconf

import (
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/option"
)

// Param is a parameter of dhcpd, such as "default-lease-time 600;" or
// "filename = concat(...);": an option of dhcpd's space "server".
type Param struct {
	Base
	Option *option.Def
	Data   Data
}

// Flag is "allow|deny|ignore WORD;" outside a pool, a server flag.
type Flag struct {
	Base
	Verb string // "allow", "deny", "ignore"
	Name string // "unknown-clients", "booting", "bootp", "client-updates", ...
}

// Permit is "allow|deny ...;" inside a pool.
type Permit struct {
	Base
	Allow bool
	Kind  PermitKind
	Class Name      // PermitMembers
	After time.Time // PermitAfter; UTC
}

// PermitKind says which clients a permit is about.
type PermitKind uint8

// The permits of dhcpd.conf(5).
const (
	PermitKnown PermitKind = iota + 1
	PermitUnknown
	PermitMembers
	PermitAuthenticated
	PermitUnauthenticated
	PermitAll
	PermitDynamicBootp
	PermitAfter
)

// Authoritative is "authoritative;" or "not authoritative;".
type Authoritative struct {
	Base
	Not bool
}

// Hardware is "hardware TYPE ADDRESS;".
type Hardware struct {
	Base
	Type    string // "ethernet", "token-ring", "fddi", "infiniband", "unknown-N"
	HType   uint8
	Address []byte
}

// FixedAddress is "fixed-address A[, B...];" and "fixed-address6".
type FixedAddress struct {
	Base
	V6        bool
	Addresses []Address
}

// FixedPrefix6 is "fixed-prefix6 P/len;".
type FixedPrefix6 struct {
	Base
	Prefix netip.Prefix // host bits kept as written
}

// UID is "uid VALUE;" in a host.
type UID struct {
	Base
	Value []byte
}

// HostIdentifier is "host-identifier option NAME DATA;" and
// "host-identifier v6relopt N NAME DATA;".
type HostIdentifier struct {
	Base
	V6Relay int // relay index of v6relopt; -1 for the packet itself
	Option  *option.Def
	Data    Data
}

// HostGroup is "group NAME;" in a host.
type HostGroup struct {
	Base
	Name Name
}

// Interface is "interface NAME;" in a subnet or shared network.
type Interface struct {
	Base
	Name Name
}

// Range is "range [dynamic-bootp] LO [HI];". Low may be above High, as dhcpd
// accepts.
type Range struct {
	Base
	DynamicBootp bool
	Low, High    netip.Addr
}

// Range6 is "range6 LO HI;", "range6 P/len;", or either with "temporary".
type Range6 struct {
	Base
	Low, High netip.Addr   // when Prefix is invalid
	Prefix    netip.Prefix // "range6 P/len" and "range6 P temporary" (64 bits)
	Temporary bool
}

// Prefix6 is "prefix6 LO HI /len;".
type Prefix6 struct {
	Base
	Low, High netip.Addr
	Length    int
}

// PoolPeer is "failover peer NAME;" or "no failover peer;" in a pool.
type PoolPeer struct {
	Base
	No   bool
	Name Name
}

// ServerDUID is "server-duid ...;".
type ServerDUID struct {
	Base
	Type       string // "LLT", "LL", "EN", or "raw" for a literal
	HType      uint16
	Time       uint32
	Enterprise uint32
	Identifier []byte // hardware address, enterprise identifier, or the raw DUID
	Generate   bool   // "LL", "LLT" or "EN" without a value: dhcpd makes one
}

// HostState is "dynamic;" or "deleted;" in a host, group or class.
type HostState struct {
	Base
}

// ---- options ----
