package leasesconv

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// openDhcpd reads a lease file of dhcpd, of either protocol. notKea is why the
// file is none of Kea's; it is returned when the file is none of dhcpd's either.
func openDhcpd(ctx context.Context, name string, networks *Networks, now time.Time, problem func(error), notKea error) (*Leases, error) {
	if !errors.Is(notKea, lease.ErrNotALeaseFile) {
		return nil, notKea
	}
	opts := Options{Target: keaversion.Default, Networks: networks, Now: now, Hold: KeepAll}
	inputs, _, closeAll, err := openAll([]string{name})
	if err != nil {
		return nil, err
	}
	defer closeAll()
	four, err := Collect4(ctx, opts, inputs...)
	if err != nil {
		return nil, err
	}
	account := &four.Account
	out := &Leases{All4: fromTable(four.Leases)}
	if four.foreign > 0 && four.Entries == 0 {
		again, _, closeAgain, err := openAll([]string{name})
		if err != nil {
			return nil, err
		}
		defer closeAgain()
		six, err := Collect6(ctx, opts, again...)
		if err != nil {
			return nil, err
		}
		account = &six.Account
		out = &Leases{V6: true, All6: fromTable(six.Leases)}
	}
	if account.Entries == 0 && account.Broken > 0 {
		return nil, notKea
	}
	for _, n := range account.Notes {
		problem(n)
	}
	return out, nil
}

func fromTable[L lease.Lease](table *lease.Table[L]) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		for l := range table.All() {
			if !yield(l, nil) {
				return
			}
		}
	}
}
