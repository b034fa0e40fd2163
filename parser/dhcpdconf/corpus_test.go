package dhcpdconf

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpus reads every configuration of a folder of real files (CORPUS) and
// compares the verdict with the one of dhcpd that its INDEX.tsv holds: all that
// dhcpd accepts must parse, the verdict agree on 97 %, and each print back as it
// was. What differs is printed.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("CORPUS")
	if dir == "" {
		t.Skip("CORPUS does not name a folder")
	}
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	includes := readIncludes(t, dir)
	files, agree, accepted, acceptedParsed := 0, 0, 0, 0
	for _, line := range strings.Split(string(index), "\n")[1:] {
		col := strings.Split(line, "\t")
		if len(col) < 10 || col[1] != "conf4" && col[1] != "conf6" {
			continue
		}
		files++
		name := filepath.Join(dir, col[1], col[0])
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		opts := Options{Protocol: DHCP4, Strict: true, ReadFile: func(path string) ([]byte, error) {
			resolved, ok := includes.find(strings.Replace(col[8], "/", "+", 1), col[9], path)
			if !ok {
				return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
			}
			return os.ReadFile(resolved)
		}}
		if col[1] == "conf6" {
			opts.Protocol = DHCP6
		}
		f, diags := Parse(name, text, opts)
		if !bytes.Equal(Print(f), text) {
			t.Errorf("%s: printing it back gives other bytes", name)
		}
		ok := !diags.HasErrors()
		if want := col[3] == "ok"; want {
			accepted++
			if ok {
				acceptedParsed++
			}
		}
		if ok == (col[3] == "ok") {
			agree++
			continue
		}
		t.Logf("%s: dhcpd says %s %s", name, col[3], col[4])
		for _, d := range diags {
			if d.Severity == Error {
				t.Logf("    %v", d)
				break
			}
		}
	}
	t.Logf("%d files, verdict agrees on %d (%.1f %%); of %d that dhcpd accepts %d parse", files, agree,
		100*float64(agree)/float64(files), accepted, acceptedParsed)
	if acceptedParsed < accepted {
		t.Errorf("%d files that dhcpd accepts do not parse", accepted-acceptedParsed)
	}
	if agree*100 < files*97 {
		t.Error("the verdict agrees on less than 97 %")
	}
}

// includeMap says which file of the corpus stands for an included file, by
// repository, file that includes, and path as written. A file that is included
// itself has no path of its own there: "" stands for any.
type includeMap map[[3]string]string

func (m includeMap) find(repo, from, path string) (string, bool) {
	if name, ok := m[[3]string{repo, from, path}]; ok {
		return name, true
	}
	name, ok := m[[3]string{repo, "", path}]
	return name, ok
}

func readIncludes(t *testing.T, dir string) includeMap {
	t.Helper()
	m := includeMap{}
	text, err := os.ReadFile(filepath.Join(dir, "INCLUDES.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n")[1:] {
		col := strings.Split(line, "\t")
		if len(col) >= 5 && col[4] != "" {
			name := filepath.Join(dir, "includes", col[0], col[4])
			m[[3]string{col[0], col[2], col[3]}] = name
			m[[3]string{col[0], "", col[3]}] = name
		}
	}
	return m
}
