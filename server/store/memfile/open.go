package memfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/wholefile"
)

// OpenOptions say how a lease file is opened.
type OpenOptions struct {
	// Version is whose columns a new file has. A file that is there keeps its
	// own.
	Version keaversion.Version
	// Problem is told about rows that cannot be read.
	Problem func(Problem)
	// Proc is the folder /proc: where to look for servers that use the file.
	Proc string
}

// Open4 opens a lease file of DHCPv4 and makes it if there is none. A last row
// that somebody did not finish is cut off. Errors are those of the file system,
// store.ErrInUse, or lease.ErrNotALeaseFile.
func Open4(ctx context.Context, name string, opts OpenOptions) (store.Store[lease.Lease4], error) {
	return open(ctx, name, opts, protocol4())
}

// Open6 is Open4 for DHCPv6.
func Open6(ctx context.Context, name string, opts OpenOptions) (store.Store[lease.Lease6], error) {
	return open(ctx, name, opts, protocol6())
}

// journal is an open lease file: its leases in memory, and its end, where
// changes are added.
type journal[L lease.Lease] struct {
	protocol[L]
	version keaversion.Version

	mu     sync.Mutex
	leases *lease.Table[L]
	file   *os.File
	size   int64
	rows   []byte
	broken error // after a write that could not be taken back
}

func open[L lease.Lease](ctx context.Context, name string, opts OpenOptions, p protocol[L]) (_ store.Store[L], err error) {
	if err := CheckUnused(opts.Proc, name); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	j := &journal[L]{protocol: p, version: opts.Version, file: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	torn, err := j.findEnd()
	if err != nil {
		return nil, err
	}
	if j.size == 0 {
		if _, err := f.WriteString(j.header(j.version)); err != nil {
			return nil, err
		}
		j.size = int64(len(j.header(j.version)))
		if err := errors.Join(f.Sync(), wholefile.SyncFolder(filepath.Dir(name))); err != nil {
			return nil, err
		}
	} else if j.version, err = j.writtenFor(name); err != nil {
		return nil, err
	}
	if torn {
		if err := f.Truncate(j.size); err != nil {
			return nil, err
		}
	}
	problem := opts.Problem
	if problem == nil {
		problem = func(Problem) {}
	}
	j.leases, err = p.load(ctx, name, problem)
	if err != nil {
		return nil, err
	}
	return j, nil
}

// findEnd sets the size to what ends with a line end. What follows, if anything
// does, is a row that was being written when its writer died.
func (j *journal[L]) findEnd() (torn bool, err error) {
	end, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	const step = 1 << 16
	for j.size = end; j.size > 0; {
		start := max(0, j.size-step)
		buffer := make([]byte, j.size-start)
		if _, err := j.file.ReadAt(buffer, start); err != nil {
			return false, err
		}
		if i := bytes.LastIndexByte(buffer, '\n'); i >= 0 {
			j.size = start + int64(i) + 1
			break
		}
		j.size = start
	}
	if j.size == 0 && end > 0 {
		return false, fmt.Errorf("%s: %w", j.file.Name(), lease.ErrNotALeaseFile)
	}
	return j.size < end, nil
}

// writtenFor returns the version of Kea whose columns the file has: new rows get
// as many as the old ones.
func (j *journal[L]) writtenFor(name string) (keaversion.Version, error) {
	first := make([]byte, 1<<10)
	n, err := j.file.ReadAt(first, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	line, _, _ := bytes.Cut(first[:n], []byte("\n"))
	for _, v := range keaversion.All() {
		if string(line)+"\n" == j.header(v) {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%s: %w that a Kea of the versions 2.2 to 3.2 writes", name, lease.ErrNotALeaseFile)
}

func (j *journal[L]) Get(_ context.Context, a netip.Addr) (l L, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	l, ok := j.leases.Get(a)
	if !ok {
		err = store.ErrNotFound
	}
	return l, err
}

// All yields the leases as they are when it is called.
func (j *journal[L]) All(context.Context) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		j.mu.Lock()
		defer j.mu.Unlock()
		for l := range j.leases.All() {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// Apply adds rows to the end of the file and waits until they are on disk. When
// that fails the file is cut to what it was.
func (j *journal[L]) Apply(ctx context.Context, changes []store.Change[L]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rows = j.rows[:0]
	for i := range changes {
		l := changes[i].Lease
		if changes[i].Delete {
			j.terms(&l).Valid = 0
		}
		j.rows = j.append(j.rows, &l, j.version)
	}
	if err := j.write(j.rows, true); err != nil {
		return err
	}
	for i := range changes {
		if changes[i].Delete {
			j.leases.Delete(j.address(&changes[i].Lease))
		} else {
			j.leases.Put(&changes[i].Lease)
		}
	}
	return nil
}

func (j *journal[L]) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
