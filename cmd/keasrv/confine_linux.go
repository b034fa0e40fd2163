package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// needed are the capabilities that a server of DHCP needs that root runs: raw
// sockets, a low port, and files and folders of Kea's user.
var needed = []uintptr{unix.CAP_NET_RAW, unix.CAP_NET_BIND_SERVICE, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_CHOWN}

// confine takes the program all capabilities that it does not need, and those that
// its scripts do not need, by starting it again without them. It returns when there
// is nothing to take: nobody but root has more.
func confine(name string, args []string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	runtime.LockOSThread() // the bounding set belongs to a thread, until it starts the program anew
	defer runtime.UnlockOSThread()
	dropped := false
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if slices.Contains(needed, c) {
			continue
		}
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0)
		if err != nil || has == 0 {
			continue // the kernel does not know it, or it is gone
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			if errors.Is(err, unix.EPERM) {
				return nil // somebody else has confined it already
			}
			return fmt.Errorf("capability %d cannot be dropped: %w", c, err)
		}
		dropped = true
	}
	if !dropped {
		return nil
	}
	self, err := sameProgram(name)
	if err != nil {
		return err
	}
	return unix.Exec(self, append([]string{name}, args...), os.Environ())
}

// sameProgram is the file of the program, by the name that it was called by if that
// is one: whoever looks for a process of that name finds it.
func sameProgram(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return self, nil
	}
	a, errA := os.Stat(path)
	b, errB := os.Stat(self)
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return path, nil
	}
	return self, nil
}
