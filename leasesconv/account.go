package leasesconv

import (
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/lease"
)

// Account says what became of every entry of the lease files: each one that is
// about an address is superseded, imported or skipped. (Of DHCPv6 each address
// and prefix of an IA counts as an entry.)
type Account struct {
	Entries    int // about addresses and prefixes
	Broken     int // entries that dhcpd does not read either; not among Entries
	Other      int // failover states, declarations and the like; not among Entries
	Superseded int // a later entry of the same address counts
	Imported   [lease.Registered + 1]int
	Skipped    [reasons]int

	// Notes are what is said about single entries: each that is broken, and each
	// that is skipped although somebody has the lease.
	Notes []Note
	// Less counts what Kea has no place for, by what it is.
	Less map[string]int
}

// Reason is why the lease of an address is not imported.
type Reason uint8

// The reasons.
const (
	// Free: nobody has the address, and whose it was is not known.
	Free Reason = iota
	// Forgotten: it ended longer ago than was asked for, or than Kea remembers.
	Forgotten
	// Outside: no subnet of the configuration has the address.
	Outside
	// Nobody: the entry has neither hardware address nor client identifier.
	Nobody
	// Before: it ended before the time that was asked for.
	Before
	// Temporary: an IA_TA, of which Kea gives none.
	Temporary
	// Returned: it has ended, and its client has another one in use there. Kea would
	// take the ended one for the client's, and refuse to renew the other.
	Returned
	reasons
)

// Reasons returns all of them.
func Reasons() []Reason {
	all := make([]Reason, reasons)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

func (r Reason) String() string {
	switch r {
	case Free:
		return "free, and whose it was is not known"
	case Forgotten:
		return "ended longer ago than is to be remembered"
	case Outside:
		return "in no subnet of the configuration"
	case Nobody:
		return "without hardware address and client identifier"
	case Before:
		return "ended before the time that was asked for"
	case Temporary:
		return "temporary (IA_TA), which Kea does not give"
	case Returned:
		return "ended, and its client has another lease there"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// noted reports whether each lease that is skipped for the reason is named.
func (r Reason) noted() bool { return r != Free && r != Forgotten && r != Returned }

// Note is what there is to say about one entry.
type Note struct {
	File    string
	Line    int
	Address netip.Addr // not valid for an entry that is broken
	Text    string
}

func (n Note) Error() string {
	if n.Address.IsValid() {
		return fmt.Sprintf("%s:%d: %v: %s", n.File, n.Line, n.Address, n.Text)
	}
	return fmt.Sprintf("%s:%d: %s", n.File, n.Line, n.Text)
}

// Total is the number of leases that are imported.
func (a *Account) Total() int {
	n := 0
	for _, count := range a.Imported {
		n += count
	}
	return n
}

// Balanced reports whether the counts add up; they always have to.
func (a *Account) Balanced() bool {
	n := a.Superseded + a.Total()
	for _, count := range a.Skipped {
		n += count
	}
	return n == a.Entries
}

// less counts something of a lease that Kea has no place for.
func (a *Account) less(what string) {
	if a.Less == nil {
		a.Less = map[string]int{}
	}
	a.Less[what]++
}
