package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// File is a file that is going to take the name of another, or a new name. It
// stands in the same folder under a name of its own, and is locked (flock) as long
// as its writer lives.
type File struct {
	*os.File
	name string // that it is going to have
	done bool
}

// mark is in the names of unfinished files, so that they are not mistaken for
// anybody else's.
const mark = ".keamigrate-"

// unfinished is what the names of unfinished files for a name begin with.
func unfinished(name string) string { return "." + filepath.Base(name) + mark }

// New begins a file. What writers that were killed have left for the same name is
// taken away.
func New(name string) (*File, error) {
	if err := clean(name); err != nil {
		return nil, err
	}
	const tries = 10
	for n := 1; ; n++ {
		f, err := os.CreateTemp(filepath.Dir(name), unfinished(name)+"*")
		if err != nil {
			return nil, err
		}
		err = lock(f)
		if err == nil {
			return &File{File: f, name: name}, nil
		}
		// Another writer was faster and has taken it for one that was left.
		err = errors.Join(err, f.Close())
		if removed := os.Remove(f.Name()); removed != nil && !errors.Is(removed, fs.ErrNotExist) || n == tries {
			return nil, errors.Join(err, removed)
		}
	}
}

// errTaken means that another process has the file.
var errTaken = errors.New("another process works on the same file")

// lock makes a file that of this process, if it still has its name.
func lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: errTaken}
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK):
		return nil // a file system without locks: nobody takes the file away there
	case err != nil:
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(f.Name()); err != nil || !os.SameFile(mine, now) {
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: errTaken}
	}
	return nil
}

// clean takes unfinished files away whose writers are gone.
func clean(name string) error {
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), unfinished(name)) {
			continue
		}
		left := filepath.Join(filepath.Dir(name), e.Name())
		f, err := os.Open(left)
		if err != nil {
			continue // somebody else's, or gone by now
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return errors.Join(err, f.Close())
			}
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Seal makes what was written durable. The file gets the owner and mode of the
// one that it is going to replace. A new one gets this mode, and the owner of its
// folder: where servers keep their files, that is the server's user, who has to
// write to both. Only root can give a file away.
func (f *File) Seal(mode fs.FileMode) error {
	info, err := os.Stat(f.name)
	switch {
	case err == nil:
		mode = info.Mode().Perm()
	case errors.Is(err, fs.ErrNotExist):
		info, err = os.Stat(filepath.Dir(f.name))
	}
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	return f.Sync()
}

// Replace gives the file its name. It was sealed before.
func (f *File) Replace() error {
	if err := os.Rename(f.Name(), f.name); err != nil {
		return err
	}
	f.done = true
	return errors.Join(f.Close(), SyncFolder(filepath.Dir(f.name)))
}

// Abort takes the file away. After Replace it does nothing.
func (f *File) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	err := os.Remove(f.Name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// SyncFolder makes the names in a folder durable.
func SyncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
