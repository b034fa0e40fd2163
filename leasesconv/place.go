package leasesconv

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// Place is where Kea's leases are: a lease file or a database.
type Place struct {
	// File is the name of a lease file; empty for a database.
	File string
}

// ParsePlace reads the name of a lease file, or the address of a database. The
// error names what is possible.
func ParsePlace(text string) (Place, error) {
	scheme, _, ok := strings.Cut(text, "://")
	switch {
	case text == "":
		return Place{}, fmt.Errorf("no place for the leases: name a lease file")
	case !ok:
		return Place{File: text}, nil
	}
	return Place{}, fmt.Errorf("%s:// is not known: name a lease file", scheme)
}

func (p Place) String() string { return p.File }

// FillOptions say how a place is filled.
type FillOptions struct {
	Target keaversion.Version
	// Replace: leases that are there already are taken away, newer ones too.
	Replace bool
}

// Bulk4 begins to fill a place with leases of DHCPv4.
func (p Place) Bulk4(_ context.Context, opts FillOptions) (store.Bulk[lease.Lease4], error) {
	return memfile.Create4(p.File, opts.memfile())
}

// Bulk6 begins to fill a place with leases of DHCPv6.
func (p Place) Bulk6(_ context.Context, opts FillOptions) (store.Bulk[lease.Lease6], error) {
	return memfile.Create6(p.File, opts.memfile())
}

func (o FillOptions) memfile() memfile.CreateOptions {
	return memfile.CreateOptions{Version: o.Target, Replace: o.Replace, Proc: "/proc"}
}

// Open4 opens a place of leases of DHCPv4 for changes.
func (p Place) Open4(ctx context.Context, target keaversion.Version) (store.Store[lease.Lease4], error) {
	return memfile.Open4(ctx, p.File, memfile.OpenOptions{Version: target, Proc: "/proc"})
}

// Open6 opens a place of leases of DHCPv6 for changes.
func (p Place) Open6(ctx context.Context, target keaversion.Version) (store.Store[lease.Lease6], error) {
	return memfile.Open6(ctx, p.File, memfile.OpenOptions{Version: target, Proc: "/proc"})
}

// All4 yields the leases of DHCPv4 at a place, in the order of their addresses.
// Rows that cannot be read are told to problem. The place may be in use.
func (p Place) All4(ctx context.Context, problem func(error)) iter.Seq2[lease.Lease4, error] {
	return all(func() (*lease.Table[lease.Lease4], error) {
		return memfile.Load4(ctx, p.File, func(e memfile.Problem) { problem(e) })
	})
}

// All6 is All4 for DHCPv6.
func (p Place) All6(ctx context.Context, problem func(error)) iter.Seq2[lease.Lease6, error] {
	return all(func() (*lease.Table[lease.Lease6], error) {
		return memfile.Load6(ctx, p.File, func(e memfile.Problem) { problem(e) })
	})
}

func all[L lease.Lease](load func() (*lease.Table[L], error)) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		table, err := load()
		if err != nil {
			var none L
			yield(none, err)
			return
		}
		for l := range table.All() {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// IsV6 tells by the first line of a lease file which protocol it is for.
func (p Place) IsV6() (bool, error) {
	names, err := memfile.Files(p.File)
	if err != nil {
		return false, err
	}
	f, err := os.Open(names[0])
	if err != nil {
		return false, err
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadString('\n')
	switch {
	case strings.HasPrefix(line, "address,hwaddr,"):
		return false, nil
	case strings.HasPrefix(line, "address,duid,"):
		return true, nil
	case err != nil && !errors.Is(err, io.EOF):
		return false, err
	}
	return false, fmt.Errorf("%s: %w", names[0], lease.ErrNotALeaseFile)
}
