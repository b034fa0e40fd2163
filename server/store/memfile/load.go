package memfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/netip"
	"os"
	"slices"

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
	files, err := openFiles(name)
	if err != nil {
		return nil, err
	}
	defer closeFiles(files)
	return readInto(ctx, files, problem, leases, read, address)
}

// loadNamed reads files that nobody else changes, of which each may be missing.
func loadNamed[L lease.Lease](ctx context.Context, names []string, leases *lease.Table[L],
	read func(io.Reader) iter.Seq2[lease.Row[L], error], address func(*L) netip.Addr) (*lease.Table[L], error) {
	var files []*os.File
	defer func() { closeFiles(files) }()
	for _, name := range names {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return readInto(ctx, files, func(Problem) {}, leases, read, address)
}

func readInto[L lease.Lease](ctx context.Context, files []*os.File, problem func(Problem), leases *lease.Table[L],
	read func(io.Reader) iter.Seq2[lease.Row[L], error], address func(*L) netip.Addr) (*lease.Table[L], error) {
	for _, f := range files {
		if err := loadFile(ctx, f, problem, read, func(row *lease.Row[L]) {
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

// openFiles opens what Files names. A server that runs renames the files when it
// cleans up, so it is looked at again whether the open ones are still all that
// there are.
func openFiles(name string) ([]*os.File, error) {
	const tries = 100
	for n := 0; ; n++ {
		files, err := openOnce(name)
		if err == nil || n == tries || !errors.Is(err, errRenamed) {
			return files, err
		}
	}
}

// errRenamed means that a clean-up has come between.
var errRenamed = errors.New("the lease file is being cleaned up all the time")

func openOnce(name string) (files []*os.File, err error) {
	names, err := Files(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeFiles(files)
		}
	}()
	for _, n := range names {
		f, err := os.Open(n)
		if errors.Is(err, fs.ErrNotExist) {
			return files, fmt.Errorf("%s: %w", name, errRenamed)
		}
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	again, err := Files(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !slices.Equal(names, again) {
		return files, fmt.Errorf("%s: %w", name, errRenamed)
	}
	if err != nil {
		return files, err
	}
	for _, f := range files {
		mine, err := f.Stat()
		if err != nil {
			return files, err
		}
		if now, err := os.Stat(f.Name()); err != nil || !os.SameFile(mine, now) {
			return files, fmt.Errorf("%s: %w", name, errRenamed)
		}
	}
	return files, nil
}

func closeFiles(files []*os.File) {
	for _, f := range files {
		f.Close() // it was only read
	}
}

// rowsPerCheck is how often reading looks whether it is still wanted.
const rowsPerCheck = 1 << 12

func loadFile[L lease.Lease](ctx context.Context, f *os.File, problem func(Problem),
	read func(io.Reader) iter.Seq2[lease.Row[L], error], apply func(*lease.Row[L])) error {
	// A server that has just made the file has not written its header yet.
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		return err
	}
	n := 0
	for row, err := range read(f) {
		var bad *lease.RowError
		switch {
		case errors.As(err, &bad):
			problem(Problem{File: f.Name(), Err: bad})
		case err != nil:
			return fmt.Errorf("%s: %w", f.Name(), err)
		default:
			apply(&row)
		}
		if n++; n%rowsPerCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
