// Package realfiles reads a folder of real dhcpd.conf files that is not part of
// this project. verify/corpus says what such a folder holds.
package realfiles

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An Entry is one file of the corpus.
type Entry struct {
	Name     string // in conf4 or conf6
	V6       bool
	Accepted bool   // by "dhcpd -t"
	Message  string // dhcpd's first message if not
	Repo     string // OWNER+REPO
	Path     string // in its repository
}

// include says where an included file of the corpus is.
type include struct{ text, file string }

// A Corpus is a folder of files and what its tables say.
type Corpus struct {
	Dir     string
	Entries []Entry
	// includes by repository and including file, separated by a NUL.
	includes map[string][]include
}

// Read reads the tables of a folder.
func Read(dir string) (*Corpus, error) {
	c := &Corpus{Dir: dir, includes: map[string][]include{}}
	err := readTSV(filepath.Join(dir, "INDEX.tsv"), 5, func(row []string) {
		if row[1] != "conf4" && row[1] != "conf6" {
			return
		}
		c.Entries = append(c.Entries, Entry{
			Name: row[0], V6: row[1] == "conf6", Accepted: row[3] == "ok", Message: row[4],
			Repo: strings.ReplaceAll(row[len(row)-2], "/", "+"), Path: row[len(row)-1],
		})
	})
	if err != nil {
		return nil, err
	}
	err = readTSV(filepath.Join(dir, "INCLUDES.tsv"), 4, func(row []string) {
		if len(row) > 4 && row[4] != "" {
			key := row[0] + "\x00" + row[2]
			c.includes[key] = append(c.includes[key], include{text: row[3], file: row[4]})
		}
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(c.Entries) == 0 {
		return nil, fmt.Errorf("%s lists no conf4 or conf6 file", filepath.Join(dir, "INDEX.tsv"))
	}
	return c, nil
}

// readTSV gives each row but the first, which names the columns.
func readTSV(name string, columns int, row func([]string)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) < columns {
			return fmt.Errorf("%s:%d: %d columns, want %d at least", name, n, len(fields), columns)
		}
		if n > 1 {
			row(fields)
		}
	}
	return lines.Err()
}

// Source returns where the entry's file is in the corpus.
func (c *Corpus) Source(e Entry) string {
	kind := "conf4"
	if e.V6 {
		kind = "conf6"
	}
	return filepath.Join(c.Dir, kind, e.Name)
}

// LayOut makes dir/root and dir/cwd in dir as the comment of verify/corpus says, and returns the
// file in dir/cwd. Includes of included files are laid out too.
func (c *Corpus) LayOut(e Entry, dir string) (file string, err error) {
	root, cwd := filepath.Join(dir, "root"), filepath.Join(dir, "cwd")
	for _, d := range []string{root, cwd} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return "", err
		}
	}
	file = filepath.Join(cwd, "dhcpd.conf")
	if err := copyFile(c.Source(e), file); err != nil {
		return "", err
	}
	for seen, todo := []string{}, []string{e.Path}; len(todo) > 0; todo = todo[1:] {
		if slices.Contains(seen, todo[0]) {
			continue
		}
		seen = append(seen, todo[0])
		for _, inc := range c.includes[e.Repo+"\x00"+todo[0]] {
			target := filepath.Join(cwd, inc.text)
			if filepath.IsAbs(inc.text) {
				target = filepath.Join(root, inc.text)
			}
			if !strings.HasPrefix(target, dir+string(filepath.Separator)) {
				continue // "../../x" leaves the folder; it stays missing
			}
			if err := copyFile(filepath.Join(c.Dir, "includes", e.Repo, inc.file), target); err != nil {
				return "", err
			}
			todo = append(todo, inc.file)
		}
	}
	return file, nil
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
