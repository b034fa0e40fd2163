package memfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Files returns the files that together hold the leases of a lease file, oldest
// rows first, as Kea reads them when it starts: the finished output of a clean-up
// takes the place of what went into it. The error is fs.ErrNotExist when there is
// none at all.
func Files(name string) ([]string, error) {
	order := []string{name + ".2", name + ".1", name}
	completed := name + ".completed"
	if there, err := isFile(completed); err != nil {
		return nil, err
	} else if there {
		order = []string{completed, name}
	}
	var found []string
	for _, f := range order {
		there, err := isFile(f)
		if err != nil {
			return nil, err
		}
		if there {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return found, nil
}

// companions are the files that a clean-up leaves beside a lease file. Whoever
// replaces the lease file has to take them away, or a server that starts would
// read old rows from them.
func companions(name string) []string {
	return []string{name + ".completed", name + ".2", name + ".1", name + ".output"}
}

// isFile reports whether there is a file; a directory in its place is an error.
func isFile(name string) (bool, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.IsDir():
		return false, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	}
	return true, nil
}
