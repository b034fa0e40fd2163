package memfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"os"

	"github.com/keamigrate/keamigrate/server/lease"
)

// A Problem is a row of a lease file that could not be read. Kea leaves such
// rows out.
type Problem struct {
	File string
	Err  *lease.RowError
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %v", p.File, p.Err.Line, p.Err.Err) }

// Load4 returns the leases that a lease file of DHCPv4 and what a clean-up left
// beside it hold. Rows that cannot be read are told to problem and
// left out. The error names the file; it is fs.ErrNotExist when there is none.
func Load4(ctx context.Context, name string, problem func(Problem)) (*lease.Table[lease.Lease4], error) {
	return load(ctx, name, problem, lease.NewTable4(), lease.Read4, func(l *lease.Lease4) netip.Addr { return l.Address })
}

// Load6 is Load4 for DHCPv6.
func Load6(ctx context.Context, name string, problem func(Problem)) (*lease.Table[lease.Lease6], error) {
	return load(ctx, name, problem, lease.NewTable6(), lease.Read6, func(l *lease.Lease6) netip.Addr { return l.Address })
}

func load[L lease.Lease](ctx context.Context, name string, problem func(Problem), leases *lease.Table[L],
	read func(io.Reader) iter.Seq2[lease.Row[L], error], address func(*L) netip.Addr) (*lease.Table[L], error) {
	names, err := Files(name)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := loadFile(ctx, name, problem, read, func(row *lease.Row[L]) {
			if row.Deleted {
				leases.Delete(address(&row.Lease))
			} else {
				leases.Put(&row.Lease)
			}
		}); err != nil {
			return nil, err
		}
	}
	return leases, nil
}

// rowsPerCheck is how often reading looks whether it is still wanted.
const rowsPerCheck = 1 << 12

func loadFile[L lease.Lease](ctx context.Context, name string, problem func(Problem),
	read func(io.Reader) iter.Seq2[lease.Row[L], error], apply func(*lease.Row[L])) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	n := 0
	for row, err := range read(f) {
		var bad *lease.RowError
		switch {
		case errors.As(err, &bad):
			problem(Problem{File: name, Err: bad})
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		default:
			apply(&row)
		}
		if n++; n%rowsPerCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
