package wholefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func begin(t *testing.T, name, text string) *File {
	t.Helper()
	f, err := New(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReplace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "leases.csv")
	for _, c := range []struct {
		before fs.FileMode // of the file that is there, 0: none
		want   fs.FileMode
	}{{0, 0o640}, {0o604, 0o604}} {
		if c.before != 0 {
			if err := os.Chmod(name, c.before); err != nil {
				t.Fatal(err)
			}
		}
		f := begin(t, name, "text")
		if err := f.Seal(0o640); err != nil {
			t.Fatal(err)
		}
		if err := f.Replace(); err != nil {
			t.Fatal(err)
		}
		if err := f.Abort(); err != nil {
			t.Errorf("Abort after Replace: %v", err)
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != c.want {
			t.Errorf("mode %v, want %v (%v)", info.Mode(), c.want, err)
		}
		if got := names(t, filepath.Dir(name)); len(got) != 1 {
			t.Errorf("there are %q", got)
		}
	}
}

// What a killed writer has left goes; what a living one writes, and files of
// others, stay.
func TestLeftBehind(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "leases.csv")
	living := begin(t, name, "half")
	killed := begin(t, name, "half")
	killed.Close() // as the kernel does; the file stays
	other := filepath.Join(dir, ".leases.csv.swp")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := begin(t, name, "new")
	if _, err := os.Stat(killed.Name()); err == nil {
		t.Error("the file of the killed writer is still there")
	}
	for _, path := range []string{living.Name(), other, f.Name()} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if err := f.Abort(); err != nil {
		t.Error(err)
	}
	if err := living.Abort(); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("there are %q", got)
	}
}
