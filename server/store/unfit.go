package store

import (
	"fmt"
	"net/netip"
)

// An UnfitError is about a lease that a place cannot hold as it is, such as a
// hostname that is not UTF-8 in a database. Nothing of its change was made.
type UnfitError struct {
	Address netip.Addr
	Problem string
}

func (e *UnfitError) Error() string { return fmt.Sprintf("lease of %v: %s", e.Address, e.Problem) }
