package memfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/keamigrate/keamigrate/server/store"
)

// CheckUnused returns a store.ErrInUse, with the process that it is about, when a
// program has the lease file open for writing or a clean-up of it runs. Kea locks
// nothing, so the open files of all processes are looked through; those of other
// users only root can see. proc is the folder /proc.
func CheckUnused(proc, name string) error {
	if pid, ok := cleaner(proc, name); ok {
		return fmt.Errorf("%s: %w: process %d cleans it up", name, store.ErrInUse, pid)
	}
	want, err := os.Stat(name)
	if err != nil {
		return nil // what is not there nobody uses
	}
	folders, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		process := filepath.Dir(folder)
		if filepath.Base(process) == strconv.Itoa(os.Getpid()) {
			continue
		}
		descriptors, err := os.ReadDir(folder)
		if err != nil {
			continue // it ended meanwhile, or is another user's
		}
		for _, d := range descriptors {
			got, err := os.Stat(filepath.Join(folder, d.Name()))
			if err != nil || !os.SameFile(want, got) || !writes(process, d) {
				continue
			}
			command, err := os.ReadFile(filepath.Join(process, "comm"))
			if err != nil {
				command = []byte("?")
			}
			return fmt.Errorf("%s: %w: process %s (%s) has it open", name, store.ErrInUse,
				filepath.Base(process), strings.TrimSpace(string(command)))
		}
	}
	return nil
}

// cleaner returns the process that cleans the file up, if one is alive: another
// program may have got the number of one that was killed.
func cleaner(proc, name string) (pid int, alive bool) {
	text, err := os.ReadFile(name + ".pid")
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return 0, false
	}
	command, err := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "comm"))
	return pid, err == nil && strings.Contains(string(command), "kea-lfc")
}

// writes reports whether a process has a file open for writing.
func writes(process string, descriptor fs.DirEntry) bool {
	info, err := os.ReadFile(filepath.Join(process, "fdinfo", descriptor.Name()))
	if err != nil {
		return true // better to be too careful
	}
	for line := range strings.Lines(string(info)) {
		if octal, ok := strings.CutPrefix(line, "flags:"); ok {
			flags, err := strconv.ParseInt(strings.TrimSpace(octal), 8, 64)
			return err != nil || flags&syscall.O_ACCMODE != syscall.O_RDONLY
		}
	}
	return true
}
