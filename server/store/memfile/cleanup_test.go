package memfile_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// TestCleanUp cleans a lease file up while it is in use, and stops the clean-up at
// every place where it can be stopped: nothing is lost.
func TestCleanUp(t *testing.T) {
	put := func(d *memfile.Live4, i, round int) {
		l := lease.Lease4{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), HWAddr: []byte{2, 0, 0, 0, 0, byte(i)}, Terms: lease.Terms{SubnetID: 1, Valid: 60, CLTT: int64(1000*round + i)}}
		d.Put(&l)
	}
	for _, left := range []string{"nothing", "rotated", "output", "completed"} {
		t.Run(left, func(t *testing.T) {
			name := write(t, nil)
			d := openLive(t, name)
			for i := range 100 {
				put(d, i, 1)
			}
			for i := range 50 {
				put(d, i, 2)
			}
			d.Delete(netip.AddrFrom4([4]byte{10, 0, 0, 99}))
			if err := d.Rotate(); err != nil {
				t.Fatal(err)
			}
			d.Delete(netip.AddrFrom4([4]byte{10, 0, 0, 98}))
			put(d, 97, 3)
			if err := d.Commit(); err != nil {
				t.Fatal(err)
			}
			switch left {
			case "nothing":
				n, err := memfile.CleanUp4(t.Context(), name, "/proc")
				if err != nil || n != 99 {
					t.Fatalf("%d leases, %v", n, err)
				}
				if _, err := os.Stat(name + ".1"); err == nil {
					t.Error("the old file is still there")
				}
				if err := d.Rotate(); err != nil {
					t.Fatal(err)
				}
				if n, err = memfile.CleanUp4(t.Context(), name, "/proc"); err != nil || n != 98 {
					t.Fatalf("%d leases, %v", n, err)
				}
			case "output":
				if err := os.WriteFile(name+".output", []byte("half a fi"), 0o600); err != nil {
					t.Fatal(err)
				}
			case "completed":
				if _, err := memfile.CleanUp4(t.Context(), name, "/proc"); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(name+".2", name+".completed"); err != nil {
					t.Fatal(err)
				}
			}
			// While something is left from before, nothing is renamed.
			if left != "nothing" {
				if err := d.Rotate(); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			again := openLive(t, name)
			defer again.Close()
			if again.Len() != 98 {
				files, _ := filepath.Glob(name + "*")
				t.Fatalf("%d leases; %v", again.Len(), files)
			}
			for i, cltt := range map[int]int64{3: 2003, 60: 1060, 97: 3097} {
				if l, ok := again.Get(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})); !ok || l.CLTT != cltt {
					t.Errorf("lease %d: %+v", i, l)
				}
			}
		})
	}
}

// A lease file of an earlier version of Kea gets the columns of today with a clean-up;
// until then its rows have the columns of its header.
func TestOutdated(t *testing.T) {
	name := filepath.Join(t.TempDir(), "leases.csv")
	old := lease.Lease4{Address: netip.MustParseAddr("10.0.0.1"), HWAddr: []byte{2, 0, 0, 0, 0, 1}, Terms: lease.Terms{SubnetID: 1, Valid: 60, CLTT: 1000}}
	rows := lease.Append4([]byte(lease.Header4(keaversion.V2_2)), &old, keaversion.V2_2)
	if err := os.WriteFile(name, rows, 0o640); err != nil {
		t.Fatal(err)
	}
	d := openLive(t, name)
	if !d.Outdated() {
		t.Error("a file of Kea 2.2 is not outdated")
	}
	if err := d.Rotate(); err != nil {
		t.Fatal(err)
	}
	if d.Outdated() {
		t.Error("the new file is outdated")
	}
	if n, err := memfile.CleanUp4(t.Context(), name, "/proc"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for _, f := range []string{name, name + ".2"} {
		if text, err := os.ReadFile(f); err != nil || !strings.HasPrefix(string(text), lease.Header4(keaversion.V3_0)) {
			t.Errorf("%s: %q %v", f, text, err)
		}
	}
}
