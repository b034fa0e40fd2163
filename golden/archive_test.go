package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

var update = flag.Bool("update", false, "rewrite the expected files")

// checkArchives makes the results of each archive in a folder anew, for each
// version of Kea that it names, and compares them with those that it holds, or
// writes them into it. IsResult tells them from what they are made of.
func checkArchives(t *testing.T, folder string, isResult func(name string) bool, results func(*testing.T, *txtar.Archive, keaversion.Version) []txtar.File) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			updated := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if !isResult(f.Name) {
					updated.Files = append(updated.Files, f)
				}
			}
			for _, target := range targets(t, a) {
				updated.Files = append(updated.Files, results(t, a, target)...)
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(updated), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(a)), string(txtar.Format(updated))); diff != "" {
				t.Errorf("the result differs from %s (run go test ./golden -update, then read the difference):\n%s", file, diff)
			}
		})
	}
}

func targets(t *testing.T, a *txtar.Archive) []keaversion.Version {
	var list []keaversion.Version
	for line := range strings.Lines(string(a.Comment)) {
		text, ok := strings.CutPrefix(line, "target:")
		if !ok {
			continue
		}
		v, err := keaversion.Parse(strings.TrimSpace(text))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		list = append(list, keaversion.V3_0)
	}
	return list
}
