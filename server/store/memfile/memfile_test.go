package memfile_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// row makes the row of a lease of 10.0.0.x; a lifetime of 0 deletes it.
func row(x string, cltt int64, lifetime uint32) string {
	l := given(x, cltt)
	l.Valid = lifetime
	return string(lease.Append4(nil, &l, keaversion.V3_0))
}

func given(x string, cltt int64) lease.Lease4 {
	return lease.Lease4{Address: netip.MustParseAddr("10.0.0." + x), HWAddr: []byte{2, 0, 0, 0, 0, 1},
		Terms: lease.Terms{SubnetID: 1, Valid: 600, CLTT: cltt}}
}

var header = lease.Header4(keaversion.V3_0)

// write makes the files of a lease file in a new folder, by what follows their
// name, and returns the lease file's name.
func write(t *testing.T, contents map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "kea-leases4.csv")
	for suffix, content := range contents {
		if err := os.WriteFile(name+suffix, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

func addresses(leases *lease.Table[lease.Lease4]) string {
	var out []string
	for l := range leases.All() {
		out = append(out, strings.TrimPrefix(l.Address.String(), "10.0.0."))
	}
	return strings.Join(out, " ")
}

func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
		bad   []string
	}{
		{"one file", map[string]string{"": header + row("1", 10, 600) + row("2", 10, 600) + row("1", 20, 0)}, "2", nil},
		{"before a clean-up", map[string]string{".2": header + row("1", 10, 600) + row("2", 10, 600), ".1": header + row("2", 20, 0) + row("3", 20, 600), "": header + row("3", 30, 0)}, "1", nil},
		{"after a clean-up", map[string]string{".completed": header + row("4", 10, 600), ".2": header + row("1", 10, 600), ".1": header + row("2", 10, 600), "": header + row("5", 30, 600)}, "4 5", nil},
		{"unfinished output", map[string]string{".output": header + row("9", 10, 600), "": header + row("5", 30, 600)}, "5", nil},
		{"only the older", map[string]string{".2": header + row("1", 10, 600)}, "1", nil},
		{"torn", map[string]string{"": header + row("1", 10, 600) + "10.0.0.2,02:00"}, "1", []string{"kea-leases4.csv:3: the row has 2 columns, and the header 12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := write(t, c.files)
			var bad []string
			got, err := memfile.Load4(t.Context(), name, func(p memfile.Problem) {
				bad = append(bad, strings.TrimPrefix(p.Error(), filepath.Dir(name)+"/"))
			})
			if err != nil {
				t.Fatal(err)
			}
			if addresses(got) != c.want {
				t.Errorf("leases of %q, want %q", addresses(got), c.want)
			}
			if diff := cmp.Diff(c.bad, bad); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := memfile.Load4(t.Context(), write(t, nil), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := memfile.Load4(t.Context(), write(t, map[string]string{"": "lease 10.0.0.1 {\n"}), nil); !errors.Is(err, lease.ErrNotALeaseFile) {
		t.Errorf("another file: %v", err)
	}
}

func TestCreate(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   map[string]string
		replace bool
		given   []lease.Lease4
		want    string
		outcome store.Outcome
		failure string
	}{
		{"new", nil, false, []lease.Lease4{given("1", 10), given("2", 10)}, "1 2", store.Outcome{Added: 2}, ""},
		{"empty", map[string]string{"": ""}, false, []lease.Lease4{given("1", 10)}, "1", store.Outcome{Added: 1}, ""},
		{"again", map[string]string{"": header + row("1", 10, 600)}, false, []lease.Lease4{given("1", 10)}, "1", store.Outcome{Unchanged: 1}, ""},
		{"others stay", map[string]string{".2": header + row("3", 10, 600), "": header + row("1", 5, 600)}, false, []lease.Lease4{given("1", 10), given("2", 10)}, "1 2 3", store.Outcome{Added: 1, Replaced: 1, Kept: 1}, ""},
		{"newer there", map[string]string{"": header + row("1", 50, 600)}, false, []lease.Lease4{given("1", 10)}, "1", store.Outcome{}, "1 leases there are newer than those that would replace them, the first that of 10.0.0.1"},
		{"newer replaced", map[string]string{".completed": header + row("3", 10, 600), "": header + row("1", 50, 600)}, true, []lease.Lease4{given("1", 10)}, "1", store.Outcome{Replaced: 1, Removed: 1}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := write(t, c.files)
			bulk, err := memfile.Create4(name, memfile.CreateOptions{Version: keaversion.V3_0, Replace: c.replace, Proc: "/proc"})
			if err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(name)
			for _, l := range c.given {
				if err := bulk.Add(t.Context(), &l); err != nil {
					t.Fatal(err)
				}
			}
			if now, _ := os.ReadFile(name); string(now) != string(before) {
				t.Error("the file changed before Commit")
			}
			outcome, err := bulk.Commit(t.Context())
			if err != nil || c.failure != "" {
				if err == nil || err.Error() != c.failure {
					t.Fatalf("error %v, want %q", err, c.failure)
				}
				if now, _ := os.ReadFile(name); string(now) != string(before) {
					t.Error("the file changed in spite of the error")
				}
			}
			if outcome != c.outcome {
				t.Errorf("outcome %+v, want %+v", outcome, c.outcome)
			}
			got, err := memfile.Load4(t.Context(), name, func(p memfile.Problem) { t.Error(p) })
			if err != nil {
				t.Fatal(err)
			}
			if addresses(got) != c.want {
				t.Errorf("leases of %q, want %q", addresses(got), c.want)
			}
			if c.failure == "" {
				there, _ := os.ReadDir(filepath.Dir(name))
				if len(there) != 1 {
					t.Errorf("left behind: %v", there)
				}
			}
		})
	}
}

// An abort, and an error, leave nothing behind.
func TestAbort(t *testing.T) {
	name := write(t, map[string]string{"": header + row("1", 10, 600)})
	bulk, err := memfile.Create4(name, memfile.CreateOptions{Version: keaversion.V3_0, Proc: "/proc"})
	if err != nil {
		t.Fatal(err)
	}
	l := given("2", 10)
	if err := bulk.Add(t.Context(), &l); err != nil {
		t.Fatal(err)
	}
	if err := bulk.Abort(); err != nil {
		t.Fatal(err)
	}
	if there, _ := os.ReadDir(filepath.Dir(name)); len(there) != 1 {
		t.Errorf("left behind: %v", there)
	}
	if _, err := bulk.Commit(t.Context()); err == nil {
		t.Error("Commit after Abort went through")
	}
}

// Mode and owner of the file that was there remain.
func TestMode(t *testing.T) {
	for content, want := range map[string]fs.FileMode{"": 0o640, header: 0o604} {
		files := map[string]string{}
		if content != "" {
			files[""] = content
		}
		name := write(t, files)
		if content != "" {
			if err := os.Chmod(name, want); err != nil {
				t.Fatal(err)
			}
		}
		bulk, err := memfile.Create4(name, memfile.CreateOptions{Version: keaversion.V3_0, Proc: "/proc"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bulk.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("mode %v, want %v (%v)", info.Mode().Perm(), want, err)
		}
	}
}

// A lease file that another process has open for writing is left alone; one
// that is only read is not.
func TestInUse(t *testing.T) {
	name := write(t, map[string]string{"": header})
	for redirection, want := range map[string]error{">>": store.ErrInUse, "<": nil} {
		cmd := exec.Command("sh", "-c", `exec 3`+redirection+`"$0"; echo ready; read x`, name)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		bulk, err := memfile.Create4(name, memfile.CreateOptions{Version: keaversion.V3_0, Proc: "/proc"})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", redirection, err, want)
		}
		if err == nil {
			bulk.Abort()
		}
		in.Close()
		cmd.Wait() // read fails at the end of its input
	}
	if err := os.WriteFile(name+".pid", []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]error{"kea-lfc": store.ErrInUse, "bash": nil, "": nil} {
		proc := t.TempDir()
		if command != "" {
			if err := os.Mkdir(filepath.Join(proc, "1"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(proc, "1", "comm"), []byte(command+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := memfile.CheckUnused(proc, name); !errors.Is(err, want) {
			t.Errorf("clean-up by process 1, which is %q: %v", command, err)
		}
	}
}

// A lease file that a clean-up has just begun anew has no header for a moment.
func TestLoadEmpty(t *testing.T) {
	name := write(t, map[string]string{"": "", ".1": header + "192.0.2.1,02:00:00:00:00:01,,3600,4000000000,1,0,0,,0,,0\n"})
	table, err := memfile.Load4(t.Context(), name, func(p memfile.Problem) { t.Error(p) })
	if err != nil || table.Len() != 1 {
		t.Errorf("%d leases, %v", table.Len(), err)
	}
}
