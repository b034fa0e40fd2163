package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/lease"
)

// A Store holds the leases of one protocol, one for an address; that of a prefix
// is known by the prefix's address. Its methods can be called by several
// goroutines at once.
type Store[L lease.Lease] interface {
	// Get returns the lease of an address, or ErrNotFound.
	Get(ctx context.Context, address netip.Addr) (L, error)
	// All yields every lease, in the order of addresses. An error is the last
	// thing that it yields. No method may be called from within the loop.
	All(ctx context.Context) iter.Seq2[L, error]
	// Apply makes all the changes or none. When it returns without an error, they
	// are where the store keeps them for good.
	Apply(ctx context.Context, changes []Change[L]) error
	Close() error
}

// A Change puts a lease in the place of the one that its address has, or takes
// that one away.
type Change[L lease.Lease] struct {
	Lease  L
	Delete bool
}

// A Bulk fills a place with leases. Nothing of them is to be seen there before
// Commit, and all of them after it: whoever is killed meanwhile leaves the place
// as it was.
type Bulk[L lease.Lease] interface {
	// Add takes a lease. Each has an address of its own. What its slices and texts
	// hold must not change before Commit.
	Add(ctx context.Context, l *L) error
	// Commit puts the leases into place. Its error is a NewerError when the place
	// has leases that must not be lost and the Bulk was not told to replace them.
	Commit(ctx context.Context) (Outcome, error)
	// Abort forgets the leases. After Commit it does nothing.
	Abort() error
}

// Outcome counts what a Bulk has done to a place.
type Outcome struct {
	Added     int // addresses that had no lease
	Replaced  int // addresses that had another lease
	Unchanged int // addresses that had the same lease already
	Kept      int // leases of other addresses, left as they are
	Removed   int // leases of other addresses, taken away
}

// ErrNotFound means that a store has no lease of an address.
var ErrNotFound = errors.New("no such lease")

// ErrInUse means that a running server has the place open, so that what is
// written there would be lost or mixed up.
var ErrInUse = errors.New("in use by a running server")

// A NewerError means that a place already holds leases that are newer than the
// ones that a Bulk would put there: a server has been at work since.
type NewerError struct {
	Count   int        // how many there are
	Address netip.Addr // the first
	Have    int64      // when its client was last heard, in seconds since 1970, by the place
	Given   int64      // and by the lease that would replace it
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%d leases there are newer than those that would replace them, the first that of %v", e.Count, e.Address)
}
