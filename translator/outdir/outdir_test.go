package outdir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func file(name, text string) File {
	return File{Name: name, Mode: 0o640, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}
}

// tree returns the files below a directory with their content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			link, err := os.Readlink(name)
			files[rel] = "-> " + link
			return err
		}
		text, err := os.ReadFile(name)
		files[rel] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func expect(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteNew(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "kea")
	old := syscall.Umask(0o077)
	err := Write(dir, []File{file("a", "1"), file("b", "2")}, false)
	syscall.Umask(old)
	must(t, err)
	expect(t, root, map[string]string{"kea/a": "1", "kea/b": "2"})
	info, err := os.Stat(filepath.Join(dir, "a"))
	must(t, err)
	if info.Mode() != 0o640 {
		t.Errorf("mode %v, want 0640", info.Mode())
	}
	if info, err = os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("directory: %v, %v, want mode 0755", info.Mode(), err)
	}
}

func TestWriteIntoEmpty(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "kea")
	must(t, os.Mkdir(dir, 0o700))
	must(t, Write(dir+"/", []File{file("a", "1")}, false))
	expect(t, root, map[string]string{"kea/a": "1"})
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v, want the mode it had", info.Mode(), err)
	}
}

// occupied makes a directory with files of ours and of others.
func occupied(t *testing.T) (root, dir string) {
	root = t.TempDir()
	dir = filepath.Join(root, "kea")
	must(t, os.MkdirAll(filepath.Join(dir, "sub", "deep"), 0o750))
	must(t, os.Chmod(dir, 0o750))
	for name, text := range map[string]string{"a": "old", "notes": "mine", "sub/deep/x": "y"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	must(t, os.Symlink("notes", filepath.Join(dir, "link")))
	return root, dir
}

func TestWriteRefuses(t *testing.T) {
	root, dir := occupied(t)
	before := tree(t, root)
	if err := Write(dir, []File{file("a", "new")}, false); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("error %v, want %v", err, ErrNotEmpty)
	}
	for name, want := range map[string]string{filepath.Join(dir, "a"): "is a file", filepath.Join(root, "x", "y"): "mkdir -p", filepath.Join(dir, "a", "b"): "not a directory"} {
		if err := Write(name, []File{file("a", "new")}, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Write(%s): error %v, want %q in it", name, err, want)
		}
	}
	expect(t, root, before)
}

func TestWriteReplaces(t *testing.T) {
	root, dir := occupied(t)
	must(t, Write(dir, []File{file("a", "new"), file("b", "2")}, true))
	expect(t, root, map[string]string{"kea/a": "new", "kea/b": "2", "kea/notes": "mine", "kea/link": "-> notes", "kea/sub/deep/x": "y"})
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("directory: %v, %v, want the mode it had", info.Mode(), err)
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
		t.Errorf("left behind beside it: %v, %v", entries, err)
	}
}

func TestWriteThroughSymlink(t *testing.T) {
	root, dir := occupied(t)
	link := filepath.Join(root, "current")
	must(t, os.Symlink("kea", link))
	must(t, Write(link, []File{file("a", "new")}, true))
	if got := tree(t, dir)["a"]; got != "new" {
		t.Errorf("the directory behind the link has %q", got)
	}
}

func TestWriteFailing(t *testing.T) {
	root, dir := occupied(t)
	before := tree(t, root)
	failure := errors.New("no more paper")
	bad := File{Name: "b", Mode: 0o600, Write: func(io.Writer) error { return failure }}
	for _, name := range []string{dir, filepath.Join(root, "other")} {
		if err := Write(name, []File{file("a", "new"), bad}, true); !errors.Is(err, failure) {
			t.Errorf("error %v, want %v", err, failure)
		}
	}
	for _, name := range []string{dir, filepath.Join(root, "other")} {
		if err := Write(name, []File{file("a", "new")}, true, func() error { return nil }, func() error { return failure }); !errors.Is(err, failure) {
			t.Errorf("error %v, want %v", err, failure)
		}
	}
	expect(t, root, before)
}

// Where directories cannot change places, files are replaced one by one.
func TestReplaceEach(t *testing.T) {
	root, dir := occupied(t)
	fresh := filepath.Join(root, "fresh")
	must(t, os.Mkdir(fresh, 0o700))
	must(t, fill(fresh, []File{file("a", "new"), file("b", "2")}))
	must(t, replaceEach(dir, fresh))
	must(t, discard(fresh))
	expect(t, root, map[string]string{"kea/a": "new", "kea/b": "2", "kea/notes": "mine", "kea/link": "-> notes", "kea/sub/deep/x": "y"})
}

func TestReplaceEachPutsBack(t *testing.T) {
	root, dir := occupied(t)
	before := tree(t, dir)
	fresh := filepath.Join(root, "fresh")
	must(t, os.Mkdir(fresh, 0o700))
	// "sub" is a directory in dir, so the file of that name cannot take its place.
	must(t, fill(fresh, []File{file("a", "new"), file("b", "2"), file("sub", "3")}))
	if err := replaceEach(dir, fresh); err == nil {
		t.Error("a file took the place of a directory")
	}
	expect(t, dir, before)
}

// A directory that can be written to in one that cannot, such as a volume of a
// container.
func TestWriteInReadOnlyParent(t *testing.T) {
	if os.Geteuid() == 0 {
		// Root may write everywhere.
		t.Skip("needs to run as an ordinary user")
	}
	root, dir := occupied(t)
	must(t, os.Chmod(root, 0o500))
	defer os.Chmod(root, 0o700)
	must(t, Write(dir, []File{file("a", "new")}, true))
	expect(t, root, map[string]string{"kea/a": "new", "kea/notes": "mine", "kea/link": "-> notes", "kea/sub/deep/x": "y"})
}
