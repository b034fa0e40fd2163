package memfile_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// TestLive4Full fills the disk: nothing is acknowledged that is not in the file, no
// row is torn, and it goes on when there is room again.
func TestLive4Full(t *testing.T) {
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("mounting a small file system needs root")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: the thread with the mount ends with the goroutine.
		runtime.LockOSThread()
		full(t)
	}()
	<-done
}

func full(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		t.Errorf("no mount namespace, which needs root with CAP_SYS_ADMIN: %v", err)
		return
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Errorf("no private mounts: %v", err)
		return
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Errorf("no small file system: %v", err)
		return
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 32<<10), 0o600); err != nil {
		t.Error(err)
		return
	}
	name := filepath.Join(dir, "leases.csv")
	db, err := memfile.OpenLive4(t.Context(), name, memfile.LiveOptions{Persist: true, OpenOptions: memfile.OpenOptions{Version: keaversion.V3_0, Proc: "/proc"}})
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	written := 0
	put := func(i int) error {
		l := lease.Lease4{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), HWAddr: []byte{2, 0, 0, 0, byte(i >> 8), byte(i)}, Terms: lease.Terms{SubnetID: 1, Valid: 4000, CLTT: 1700000000}}
		db.Put(&l)
		return db.Commit()
	}
	for ; written < 10_000; written++ {
		if put(written) != nil {
			break
		}
	}
	if written == 0 || written == 10_000 {
		t.Errorf("%d leases were written to a disk that is soon full", written)
		return
	}
	rows := func() int {
		text, err := os.ReadFile(name)
		if err != nil || !strings.HasSuffix(string(text), "\n") {
			t.Errorf("the file ends in the middle of a row: %v", err)
		}
		return strings.Count(string(text), "\n") - 1
	}
	if n := rows(); n != written {
		t.Errorf("%d rows, and %d leases were acknowledged", n, written)
	}
	if put(written+1) == nil {
		t.Error("a lease is acknowledged while the disk is full")
	}
	if err := os.Remove(filler); err != nil {
		t.Error(err)
	}
	if err := put(written + 2); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if n := rows(); n != written+3 {
		t.Errorf("%d rows, want %d: those that could not be written are, too", n, written+3)
	}
}
