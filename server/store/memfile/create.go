package memfile

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/wholefile"
)

// CreateOptions say how a lease file is made.
type CreateOptions struct {
	// Version is whose columns the file has.
	Version keaversion.Version
	// Replace: leases that are there already are taken away, newer ones too.
	// Without it they stay, and one that is newer than its successor is an error.
	Replace bool
	// Mode is that of a new file; one that is there keeps its mode and owner.
	Mode fs.FileMode
	// Proc is the folder /proc: where to look for servers that use the file.
	Proc string
}

// Create4 begins a lease file of DHCPv4. Nothing is to be seen of it before
// Commit, which makes it durable and puts it in the place of the old file and of
// what clean-ups have left beside that. Errors are those of the file system,
// store.ErrInUse, or lease.ErrNotALeaseFile when the file holds something else.
func Create4(name string, opts CreateOptions) (store.Bulk[lease.Lease4], error) {
	return create(name, opts, protocol4())
}

// Create6 is Create4 for DHCPv6.
func Create6(name string, opts CreateOptions) (store.Bulk[lease.Lease6], error) {
	return create(name, opts, protocol6())
}

// bulk writes a new file beside the old one.
type bulk[L lease.Lease] struct {
	protocol[L]
	name string
	opts CreateOptions
	// old are the leases that the file already holds, nil when there is no file.
	old     *lease.Table[L]
	newer   *store.NewerError
	out     *wholefile.File
	w       *bufio.Writer
	row     []byte
	added   map[netip.Addr]bool // of old's addresses: those that have been added
	outcome store.Outcome
	done    bool
}

func create[L lease.Lease](name string, opts CreateOptions, p protocol[L]) (store.Bulk[L], error) {
	if err := CheckUnused(opts.Proc, name); err != nil {
		return nil, err
	}
	b := &bulk[L]{protocol: p, name: name, opts: opts, added: map[netip.Addr]bool{}}
	old, err := p.load(context.Background(), name, func(Problem) {})
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !emptyFile(name, err) {
		return nil, err
	}
	b.old = old
	b.out, err = wholefile.New(name)
	if err != nil {
		return nil, err
	}
	b.w = bufio.NewWriterSize(b.out, 1<<18)
	if _, err := b.w.WriteString(p.header(opts.Version)); err != nil {
		return nil, errors.Join(err, b.Abort())
	}
	return b, nil
}

// emptyFile reports whether an error of reading comes from a file without a
// byte: somebody made it so that it has the right owner.
func emptyFile(name string, err error) bool {
	info, statErr := os.Stat(name)
	return errors.Is(err, lease.ErrNotALeaseFile) && statErr == nil && info.Size() == 0
}

func (b *bulk[L]) Add(_ context.Context, l *L) error {
	if b.old != nil && b.old.Len() > 0 {
		b.compare(l)
	} else {
		b.outcome.Added++
	}
	b.row = b.append(b.row[:0], l, b.opts.Version)
	_, err := b.w.Write(b.row)
	return err
}

// compare counts what a lease does to the one that its address has.
func (b *bulk[L]) compare(l *L) {
	a := b.address(l)
	old, ok := b.old.Get(a)
	switch {
	case !ok:
		b.outcome.Added++
		return
	case bytes.Equal(b.append(nil, &old, b.opts.Version), b.append(nil, l, b.opts.Version)):
		b.outcome.Unchanged++
	default:
		b.outcome.Replaced++
		have, given := b.terms(&old).CLTT, b.terms(l).CLTT
		if have > given {
			if b.newer == nil {
				b.newer = &store.NewerError{Address: a, Have: have, Given: given}
			}
			b.newer.Count++
		}
	}
	b.added[a] = true
}

func (b *bulk[L]) Commit(ctx context.Context) (store.Outcome, error) {
	if b.done {
		return store.Outcome{}, errors.New("the lease file is written or given up already")
	}
	outcome, err := b.commit(ctx)
	return outcome, errors.Join(err, b.Abort())
}

func (b *bulk[L]) commit(ctx context.Context) (store.Outcome, error) {
	if b.newer != nil && !b.opts.Replace {
		return store.Outcome{}, b.newer
	}
	rest := 0
	if b.old != nil {
		rest = b.old.Len() - len(b.added)
	}
	if b.opts.Replace {
		b.outcome.Removed = rest
	} else if rest > 0 {
		if err := b.keep(); err != nil {
			return store.Outcome{}, err
		}
		b.outcome.Kept = rest
	}
	if err := b.w.Flush(); err != nil {
		return store.Outcome{}, err
	}
	if err := b.out.Seal(cmp.Or(b.opts.Mode, 0o640)); err != nil {
		return store.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Outcome{}, err
	}
	// A server that started meanwhile has read the old file and would go on to
	// write to it.
	if err := CheckUnused(b.opts.Proc, b.name); err != nil {
		return store.Outcome{}, err
	}
	if err := b.out.Replace(); err != nil {
		return store.Outcome{}, err
	}
	return b.outcome, b.clean()
}

// keep writes the leases of the old file that nothing replaces, in the order of
// their addresses so that the same input gives the same bytes.
func (b *bulk[L]) keep() error {
	for l := range b.old.All() {
		if b.added[b.address(&l)] {
			continue
		}
		b.row = b.append(b.row[:0], &l, b.opts.Version)
		if _, err := b.w.Write(b.row); err != nil {
			return err
		}
	}
	return nil
}

// clean takes the files of a clean-up away, whose rows are in the new file or are
// not wanted. Until it has ended a server would read them before the new file,
// which holds the later rows and so wins, but for leases that are to be gone.
func (b *bulk[L]) clean() error {
	for _, f := range companions(b.name) {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the leases are in place, but a server that starts will read old ones too: %w", err)
		}
	}
	return wholefile.SyncFolder(filepath.Dir(b.name))
}

func (b *bulk[L]) Abort() error {
	if b.done {
		return nil
	}
	b.done = true
	return b.out.Abort()
}
