package memfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// latest is whose columns a file has that nobody has begun yet.
const latest = keaversion.V3_0

// After gives the leases of addresses behind one, in order. The database must not
// be changed meanwhile.
func (d *Live4) After(a netip.Addr) iter.Seq[lease.Lease4] {
	return func(yield func(lease.Lease4) bool) {
		for l := range d.leases.All() {
			if a.Less(l.Address) && !yield(l) {
				return
			}
		}
	}
}

// Write writes all leases into a file of their own. A file that is there is
// replaced whole; the lease file itself goes on with what is written.
func (d *Live4) Write(name string) error {
	if d.journal != nil && sameFile(name, d.journal.file.Name()) {
		if err := d.Commit(); err != nil {
			return err
		}
		if err := writeAll(d.journal, name, d.leases); err != nil {
			return err
		}
		return d.journal.reopen()
	}
	j := &journal[lease.Lease4]{protocol: protocol4(), version: latest}
	if d.journal != nil {
		j.version = d.journal.version
	}
	return writeAll(j, name, d.leases)
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// writeAll writes leases into a new file and puts it into its place.
func writeAll[L lease.Lease](j *journal[L], name string, leases *lease.Table[L]) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = writeRows(j, f, leases)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func writeRows[L lease.Lease](j *journal[L], f *os.File, leases *lease.Table[L]) error {
	w := bufio.NewWriterSize(f, 1<<18)
	if _, err := w.WriteString(j.header(j.version)); err != nil {
		return err
	}
	var row []byte
	for l := range leases.Ordered() {
		row = j.append(row[:0], l, j.version)
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), f.Chmod(0o640), f.Sync())
}

// reopen goes on at the end of the file that now has the lease file's name.
func (j *journal[L]) reopen() error {
	f, err := os.OpenFile(j.file.Name(), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		_, err = f.WriteString(j.header(j.version))
		if err == nil {
			info, err = f.Stat()
		}
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	old := j.file
	j.file, j.size, j.broken = f, info.Size(), nil
	return old.Close()
}

// ErrCleaning means that a clean-up has not ended yet.
var ErrCleaning = errors.New("a clean-up of the lease file has not ended")

// Outdated reports whether the lease file is one of an earlier version of Kea: new rows
// have its columns, until Rotate.
func (d *Live4) Outdated() bool {
	return d.journal != nil && d.journal.header(d.journal.version) != d.journal.header(latest)
}

// Rotate lets changes go into a new lease file and leaves the old one to a
// clean-up (Kea manual, "Lease File Cleanup"): unless one is left from before.
func (d *Live4) Rotate() error {
	if d.journal == nil {
		return nil
	}
	if err := d.Commit(); err != nil {
		return err
	}
	name := d.journal.file.Name()
	for _, left := range []string{name + ".completed", name + ".1"} {
		if there, err := isFile(left); err != nil || there {
			return err
		}
	}
	if err := os.Rename(name, name+".1"); err != nil {
		return err
	}
	before := d.journal.version
	d.journal.version = latest // an old file ends here
	if err := d.journal.reopen(); err != nil {
		// Without a new file the old one stays in use.
		d.journal.version = before
		return errors.Join(err, os.Rename(name+".1", name))
	}
	return nil
}

// CleanUp4 makes the files that Rotate has left one without rows that count no
// more, as kea-lfc does and with its names of files. It can run beside everything
// else that happens to the lease file. Nothing is lost when it does not come to its
// end. It returns how many leases are left.
func CleanUp4(ctx context.Context, name, proc string) (leases int, err error) {
	return cleanUp(ctx, &journal[lease.Lease4]{protocol: protocol4(), version: latest}, name, proc)
}

func cleanUp[L lease.Lease](ctx context.Context, j *journal[L], name, proc string) (n int, err error) {
	if pid, ok := cleaner(proc, name); ok && pid != os.Getpid() {
		return 0, fmt.Errorf("%w: process %d does it", ErrCleaning, pid)
	}
	pidFile := name + ".pid"
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(pidFile)) }()
	done, err := isFile(name + ".completed")
	if err != nil {
		return 0, err
	}
	if !done {
		if n, err = writeClean(ctx, j, name); err != nil {
			return 0, err
		}
	}
	for _, gone := range []string{name + ".2", name + ".1"} {
		if err := os.Remove(gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
	}
	return n, os.Rename(name+".completed", name+".2")
}

// writeClean writes what the files before the lease file hold.
func writeClean[L lease.Lease](ctx context.Context, j *journal[L], name string) (int, error) {
	leases, err := j.loadFiles(ctx, []string{name + ".2", name + ".1"})
	if err != nil {
		return 0, err
	}
	output := name + ".output"
	f, err := os.OpenFile(output, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(writeRows(j, f, leases), f.Close()); err != nil {
		return 0, err
	}
	return leases.Len(), os.Rename(output, name+".completed")
}
