// Package outdir writes the files of a conversion so that nobody ever sees half
// of them: into a new directory that is renamed into place, or, where there is
// one already, into a copy that changes places with it.
package outdir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// File is one file to write.
type File struct {
	Name  string                // without a directory
	Mode  fs.FileMode           // permissions, whatever the umask
	Write func(io.Writer) error // may run beside those of other files
}

// ErrNotEmpty says that the directory holds something and may not be changed.
var ErrNotEmpty = errors.New("exists and is not empty")

// Check reports, before any work is done, what Write would refuse: a directory
// that cannot be made or that is not empty, unless replace is true.
func Check(dir string, replace bool) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		parent := filepath.Dir(filepath.Clean(dir))
		info, err := os.Stat(parent)
		if err != nil {
			return fmt.Errorf("%s: there is no directory %s to make it in: make that first (mkdir -p %s)", dir, parent, parent)
		}
		if !info.IsDir() {
			return fmt.Errorf("%s: %s is not a directory", dir, parent)
		}
		return probe(parent)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is a file: name a directory", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 && !replace {
		return fmt.Errorf("%s %w", dir, ErrNotEmpty)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if probe(filepath.Dir(real)) == nil {
		return nil
	}
	return probe(real)
}

// probe finds out whether files can be made in a directory.
func probe(dir string) error {
	name, err := os.MkdirTemp(dir, ".keamigrate-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written to: %w", dir, errors.Unwrap(err))
	}
	return os.Remove(name)
}

// Write writes the files into dir. Where dir exists and replace is true, files
// of the same names are replaced and all others are kept. The checks run beside
// the writing. When one of them or the writing fails, dir is as it was before.
func Write(dir string, files []File, replace bool, checks ...func() error) error {
	if err := Check(dir, replace); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	entries, err := os.ReadDir(dir)
	exists := err == nil
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	inside := false
	if err != nil && exists {
		// Only the directory itself can be written to.
		inside = true
		fresh, err = os.MkdirTemp(dir, ".keamigrate-*")
	}
	if err != nil {
		return err
	}
	if err := fill(fresh, files, checks...); err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	switch {
	case inside:
		return errors.Join(replaceEach(dir, fresh), discard(fresh))
	case exists:
		return exchange(dir, fresh, entries)
	}
	if err := errors.Join(os.Chmod(fresh, 0o755), os.Rename(fresh, dir)); err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	return syncDir(filepath.Dir(dir))
}

// fill writes the files side by side: much of the time goes into waiting for
// the disk.
func fill(dir string, files []File, checks ...func() error) error {
	var group errgroup.Group
	for _, check := range checks {
		group.Go(check)
	}
	for _, f := range files {
		group.Go(func() error { return writeFile(filepath.Join(dir, f.Name), f) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeFile(name string, f File) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 64<<10)
	err = f.Write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = out.Chmod(f.Mode)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// exchange lets fresh take the place of dir in one step, after taking over
// what else dir holds.
func exchange(dir, fresh string, entries []fs.DirEntry) error {
	var folders, others []string
	for _, e := range entries {
		name := e.Name()
		if _, err := os.Lstat(filepath.Join(fresh, name)); err == nil {
			continue // one of ours
		}
		if e.IsDir() {
			folders = append(folders, name)
			continue
		}
		others = append(others, name)
		if err := os.Link(filepath.Join(dir, name), filepath.Join(fresh, name)); err != nil {
			return errors.Join(replaceEach(dir, fresh), discard(fresh))
		}
	}
	if err := likeness(dir, fresh); err != nil {
		return errors.Join(err, discard(fresh))
	}
	if err := swap(fresh, dir); err != nil {
		// A mount point, or a file system that cannot swap.
		for _, name := range others {
			os.Remove(filepath.Join(fresh, name)) // only the second name of the file
		}
		return errors.Join(replaceEach(dir, fresh), discard(fresh))
	}
	// From here on fresh is what was there before.
	for _, name := range folders {
		if err := os.Rename(filepath.Join(fresh, name), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s was written, but %s stayed in %s: %w", dir, name, fresh, err)
		}
	}
	return errors.Join(discard(fresh), syncDir(filepath.Dir(dir)))
}

// likeness gives fresh the mode and, where that is allowed, the owner of dir.
func likeness(dir, fresh string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	chown(fresh, info)
	return os.Chmod(fresh, info.Mode().Perm()|info.Mode()&(fs.ModeSetgid|fs.ModeSticky))
}

// discard removes a directory of files. It does not descend, so that it cannot
// remove what it does not know.
func discard(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, os.Remove(filepath.Join(dir, e.Name())))
	}
	return errors.Join(append(errs, os.Remove(dir))...)
}

// replaceEach moves the files of fresh over those of dir one by one; each
// changes in one step. When one fails those before it are put back.
func replaceEach(dir, fresh string) (err error) {
	entries, err := os.ReadDir(fresh)
	if err != nil {
		return err
	}
	old, err := os.MkdirTemp(dir, ".keamigrate-*")
	if err != nil {
		return err
	}
	var done []string
	for _, e := range entries {
		name := e.Name()
		target := filepath.Join(dir, name)
		if linkErr := os.Link(target, filepath.Join(old, name)); linkErr != nil && !errors.Is(linkErr, fs.ErrNotExist) {
			err = linkErr
			break
		}
		if err = moveFile(filepath.Join(fresh, name), target); err != nil {
			break
		}
		done = append(done, name)
	}
	if err != nil {
		for _, name := range done {
			target := filepath.Join(dir, name)
			if back := os.Rename(filepath.Join(old, name), target); errors.Is(back, fs.ErrNotExist) {
				os.Remove(target) // it was not there before
			}
		}
	}
	return errors.Join(err, discard(old), syncDir(dir))
}

// moveFile renames, or copies where dir is on another file system than its
// parent.
func moveFile(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+".new")
	err = writeFile(temporary, File{Mode: info.Mode().Perm(), Write: func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	}})
	if err == nil {
		err = os.Rename(temporary, to)
	}
	if err != nil {
		os.Remove(temporary)
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) {
		err = nil // not every file system can
	}
	return errors.Join(err, d.Close())
}

// Replace puts a file's new content in place in one step, with the mode and,
// where that is allowed, the owner it has. A symbolic link stays one.
func Replace(name string, content []byte) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	if err == nil {
		err = out.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = out.Sync()
	}
	err = errors.Join(err, out.Close())
	if err == nil {
		chown(out.Name(), info)
		err = os.Rename(out.Name(), name)
	}
	if err != nil {
		os.Remove(out.Name())
	}
	return err
}
