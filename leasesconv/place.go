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

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/server/store/mysql"
	"github.com/keamigrate/keamigrate/server/store/postgres"
)

// Place is where Kea's leases are: a lease file or a database.
type Place struct {
	// File is the name of a lease file; empty for a database.
	File string
	// Protocol says which of the leases of a database are meant. Auto: those that
	// it has, if it has not both.
	Protocol dhcpdconf.Protocol
	database database
}

// database is a database that Kea knows.
type database interface {
	String() string
	Version(context.Context) (keaversion.Version, error)
	Protocols(context.Context) (v4, v6 bool, err error)
	Init(context.Context, keaversion.Version) error
	Create4(context.Context, keaversion.Version, keadb.BulkOptions) (store.Bulk[lease.Lease4], error)
	Create6(context.Context, keaversion.Version, keadb.BulkOptions) (store.Bulk[lease.Lease6], error)
	Open4(context.Context, keaversion.Version) (store.Store[lease.Lease4], error)
	Open6(context.Context, keaversion.Version) (store.Store[lease.Lease6], error)
	FillHosts(ctx context.Context, v keaversion.Version, hosts []keadb.Host, replace bool) (store.Outcome, error)
}

// ParsePlace reads the name of a lease file, or the address of a database
// (postgres://..., mysql://...). The error names what is possible, and holds no
// password.
func ParsePlace(text string) (Place, error) {
	scheme, _, ok := strings.Cut(text, "://")
	switch {
	case text == "":
		return Place{}, fmt.Errorf("no place for the leases: name a lease file or a database")
	case !ok:
		return Place{File: text}, nil
	case scheme == "postgres" || scheme == "postgresql":
		a, err := postgres.ParseURL(text)
		return Place{database: a}, err
	case scheme == "mysql":
		a, err := mysql.ParseURL(text)
		return Place{database: a}, err
	}
	return Place{}, fmt.Errorf("%s:// is not known: name a lease file, or a database by postgres:// or mysql://", scheme)
}

// IsDatabase tells databases from lease files.
func (p Place) IsDatabase() bool { return p.database != nil }

func (p Place) String() string {
	if p.database != nil {
		return p.database.String()
	}
	return p.File
}

// Init makes the tables that a version of Kea needs for leases and hosts in an
// empty database. The error is keadb.ErrNotEmpty when there are tables already.
func (p Place) Init(ctx context.Context, target keaversion.Version) error {
	if p.database == nil {
		return fmt.Errorf("%s is no database, whose name begins with postgres:// or mysql://", p.File)
	}
	return p.database.Init(ctx, target)
}

// FillOptions say how a place is filled.
type FillOptions struct {
	Target keaversion.Version
	// Replace: leases that are there already are taken away, newer ones too.
	Replace bool
}

// Bulk4 begins to fill a place with leases of DHCPv4.
func (p Place) Bulk4(ctx context.Context, opts FillOptions) (store.Bulk[lease.Lease4], error) {
	if p.database != nil {
		return p.database.Create4(ctx, opts.Target, keadb.BulkOptions{Replace: opts.Replace})
	}
	return memfile.Create4(p.File, opts.memfile())
}

// Bulk6 begins to fill a place with leases of DHCPv6.
func (p Place) Bulk6(ctx context.Context, opts FillOptions) (store.Bulk[lease.Lease6], error) {
	if p.database != nil {
		return p.database.Create6(ctx, opts.Target, keadb.BulkOptions{Replace: opts.Replace})
	}
	return memfile.Create6(p.File, opts.memfile())
}

func (o FillOptions) memfile() memfile.CreateOptions {
	return memfile.CreateOptions{Version: o.Target, Replace: o.Replace, Proc: "/proc"}
}

// Open4 opens a place of leases of DHCPv4 for changes.
func (p Place) Open4(ctx context.Context, target keaversion.Version) (store.Store[lease.Lease4], error) {
	if p.database != nil {
		return p.database.Open4(ctx, target)
	}
	return memfile.Open4(ctx, p.File, memfile.OpenOptions{Version: target, Proc: "/proc"})
}

// Open6 opens a place of leases of DHCPv6 for changes.
func (p Place) Open6(ctx context.Context, target keaversion.Version) (store.Store[lease.Lease6], error) {
	if p.database != nil {
		return p.database.Open6(ctx, target)
	}
	return memfile.Open6(ctx, p.File, memfile.OpenOptions{Version: target, Proc: "/proc"})
}

// All4 yields the leases of DHCPv4 at a place, in the order of their addresses.
// Rows that cannot be read are told to problem. The place may be in use.
func (p Place) All4(ctx context.Context, problem func(error)) iter.Seq2[lease.Lease4, error] {
	if p.database != nil {
		return stored(ctx, p.database, p.database.Open4)
	}
	return all(func() (*lease.Table[lease.Lease4], error) {
		return memfile.Load4(ctx, p.File, func(e memfile.Problem) { problem(e) })
	})
}

// All6 is All4 for DHCPv6.
func (p Place) All6(ctx context.Context, problem func(error)) iter.Seq2[lease.Lease6, error] {
	if p.database != nil {
		return stored(ctx, p.database, p.database.Open6)
	}
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

// stored yields the leases of a database, whichever version of Kea it is for.
func stored[L lease.Lease](ctx context.Context, db database, open func(context.Context, keaversion.Version) (store.Store[L], error)) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		var none L
		v, err := db.Version(ctx)
		if err != nil {
			yield(none, err)
			return
		}
		s, err := open(ctx, v)
		if err != nil {
			yield(none, err)
			return
		}
		for l, err := range s.All(ctx) {
			if !yield(l, err) {
				break
			}
		}
		s.Close() // it was only read
	}
}

// ErrBothProtocols means that a database has leases of both protocols.
var ErrBothProtocols = errors.New("the database has leases of DHCPv4 and of DHCPv6")

// IsV6 tells by the first line of a lease file which protocol it is for, or by the
// leases that a database has; the error is ErrBothProtocols when it has both.
func (p Place) IsV6(ctx context.Context) (bool, error) {
	if p.database != nil {
		if p.Protocol != dhcpdconf.Auto {
			return p.Protocol == dhcpdconf.DHCP6, nil
		}
		v4, v6, err := p.database.Protocols(ctx)
		if v4 && v6 {
			err = fmt.Errorf("%s: %w: say which with -4 or -6", p, ErrBothProtocols)
		}
		return v6, err
	}
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
