package lease

import (
	"fmt"
	"net/netip"
)

// Infinite is the lifetime of a lease that never ends (RFC 2131 section 3.3, RFC
// 8415 section 7.7).
const Infinite = 0xffffffff

// State is the state of a lease, by Kea's numbers.
type State uint8

// The states of a lease.
const (
	Assigned   State = 0
	Declined   State = 1 // its address is in use by somebody unknown
	Reclaimed  State = 2 // it expired; the row remembers whose it was
	Released   State = 3 // since Kea 2.6: given back; the row remembers whose it was
	Registered State = 4 // since Kea 3.0, DHCPv6: an address that its owner made up (RFC 9686)
)

func (s State) String() string {
	switch s {
	case Assigned:
		return "assigned"
	case Declined:
		return "declined"
	case Reclaimed:
		return "expired-reclaimed"
	case Released:
		return "released"
	case Registered:
		return "registered"
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Lease4 is a lease of DHCPv4.
type Lease4 struct {
	Address  netip.Addr
	HWAddr   []byte // without the type of hardware; nil when the row has none
	ClientID []byte // option 61 as it was sent; nil when the client has none
	Terms
}

// Lease6 is a lease of DHCPv6: an address or a delegated prefix.
type Lease6 struct {
	Address   netip.Addr
	PrefixLen uint8 // 128 but for prefixes
	Type      Type
	IAID      uint32
	DUID      []byte
	Preferred uint32 // the preferred lifetime in seconds
	HWAddr    []byte // where Kea could tell it
	HWType    uint16 // the type of hardware (RFC 826), when there is a HWAddr
	HWSource  uint32 // how Kea knows HWAddr, as it numbers that
	Terms
}

// Terms is what leases of both protocols have.
type Terms struct {
	SubnetID uint32
	PoolID   uint32 // 0 unless the pool has an id; since Kea 2.6
	Valid    uint32 // the valid lifetime in seconds; Infinite: it never ends
	CLTT     int64  // when the client was last heard, in seconds since 1970
	State    State
	FQDNFwd  bool   // an A or AAAA record was made
	FQDNRev  bool   // a PTR record was made
	Hostname string // as DNS has it: with a dot at the end when it is a full name
	// UserContext is JSON on one line, or empty.
	UserContext string
}

// Expire is when the lease ends, in seconds since 1970. That of an infinite
// lease is CLTT + Infinite, as in Kea's lease files.
func (t *Terms) Expire() int64 { return t.CLTT + int64(t.Valid) }

// ExpiredAt reports whether the lease has ended at a time given in seconds since
// 1970.
func (t *Terms) ExpiredAt(now int64) bool { return t.Valid != Infinite && t.Expire() <= now }

// Type is what a lease of DHCPv6 leases, by Kea's numbers.
type Type uint8

// The types of leases.
const (
	NA Type = 0 // an address
	TA Type = 1 // a temporary address; Kea has the number, and gives none
	PD Type = 2 // a prefix
)

func (t Type) String() string {
	switch t {
	case NA:
		return "IA_NA"
	case TA:
		return "IA_TA"
	case PD:
		return "IA_PD"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Prefix is what the lease leases: a single address has all its bits.
func (l *Lease6) Prefix() netip.Prefix { return netip.PrefixFrom(l.Address, int(l.PrefixLen)) }
