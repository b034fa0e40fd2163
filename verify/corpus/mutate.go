package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// A seedFile is a file that mutants are made of, cut into statements.
type seedFile struct {
	entry realfiles.Entry
	text  []byte
	spans []dhcpdconf.Span // of all statements, outer ones too
}

// maxPiece keeps mutants small: longer statements are not copied elsewhere.
const maxPiece = 1500

// mutants makes a corpus of n files in dir: files of c and the samples, in which
// statements are left out, doubled, swapped, or replaced by one of another
// file, so that every statement turns up in scopes where nobody writes it. The
// same seed gives the same files. dhcpd says which of them it accepts.
func mutants(ctx context.Context, c *realfiles.Corpus, samples, dir string, n int, seed uint64) (*realfiles.Corpus, error) {
	dhcpd, err := oracle.FindDhcpd()
	if err != nil {
		return nil, err
	}
	files, err := seedFiles(c, samples)
	if err != nil {
		return nil, err
	}
	made := &realfiles.Corpus{Dir: dir}
	for _, kind := range []string{"conf4", "conf6"} {
		if err := os.MkdirAll(filepath.Join(dir, kind), 0o755); err != nil {
			return nil, err
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for i := 0; len(made.Entries) < n; i++ {
		base := files[random.IntN(len(files))]
		e := realfiles.Entry{Name: fmt.Sprintf("mutant-%d-%05d", seed, i), V6: base.entry.V6, Path: base.entry.Name}
		file, text := made.Source(e), mutate(random, base, files)
		if len(statements(file, text, e.V6)) == 0 {
			continue
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return nil, err
		}
		ok, output, err := dhcpd.CheckDhcpd(ctx, file, e.V6)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue // dhcpd crashes on it, and so has no verdict
		}
		e.Accepted = ok
		if !ok {
			e.Message = dhcpdMessage(output)
		}
		made.Entries = append(made.Entries, e)
	}
	return made, nil
}

// dhcpdMessage returns what dhcpd says after its banner of four lines.
func dhcpdMessage(output string) string {
	lines := strings.Split(output, "\n")
	if len(lines) > 4 {
		lines = lines[4:]
	}
	return strings.TrimSpace(lines[0])
}

// seedFiles reads the accepted files of the corpus that include nothing, and
// the accepted samples.
func seedFiles(c *realfiles.Corpus, samples string) ([]seedFile, error) {
	var files []seedFile
	add := func(e realfiles.Entry, name string) error {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte("include")) {
			return nil
		}
		if spans := statements(name, text, e.V6); len(spans) > 0 {
			files = append(files, seedFile{entry: e, text: text, spans: spans})
		}
		return nil
	}
	for _, e := range c.Entries {
		if e.Accepted {
			if err := add(e, c.Source(e)); err != nil {
				return nil, err
			}
		}
	}
	for _, kind := range []string{"v4", "v6"} {
		names, err := filepath.Glob(filepath.Join(samples, kind, "*.conf"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if err := add(realfiles.Entry{Name: filepath.Base(name), V6: kind == "v6"}, name); err != nil {
				return nil, err
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no file in %s to make mutants of", c.Dir)
	}
	return files, nil
}

// statements returns the places of all statements of a file.
func statements(name string, text []byte, v6 bool) []dhcpdconf.Span {
	opts := dhcpdconf.Options{Protocol: dhcpdconf.DHCP4}
	if v6 {
		opts.Protocol = dhcpdconf.DHCP6
	}
	tree, _ := dhcpdconf.Parse(name, text, opts)
	var spans []dhcpdconf.Span
	for st := range dhcpdconf.Preorder(tree) {
		spans = append(spans, st.Span())
	}
	return spans
}

// mutate changes one to three statements of a file.
func mutate(random *rand.Rand, base seedFile, files []seedFile) []byte {
	type edit struct {
		from, to uint32
		text     []byte
	}
	var edits []edit
	for range 1 + random.IntN(3) {
		at := base.spans[random.IntN(len(base.spans))]
		own := base.text[at.Off:at.End]
		switch random.IntN(5) {
		case 0:
			edits = append(edits, edit{at.Off, at.End, nil})
		case 1:
			if len(own) <= maxPiece {
				edits = append(edits, edit{at.End, at.End, append([]byte("\n"), own...)})
			}
		case 2:
			with := base.spans[random.IntN(len(base.spans))]
			if with.Off >= at.End || at.Off >= with.End {
				edits = append(edits, edit{at.Off, at.End, base.text[with.Off:with.End]}, edit{with.Off, with.End, own})
			}
		case 3:
			edits = append(edits, edit{at.Off, at.Off, append(foreign(random, base, files), '\n')})
		case 4:
			edits = append(edits, edit{at.Off, at.End, foreign(random, base, files)})
		}
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return int(a.from) - int(b.from) })
	var out []byte
	done := uint32(0)
	for _, e := range edits {
		if e.from >= done {
			out = append(append(out, base.text[done:e.from]...), e.text...)
			done = e.to
		}
	}
	return append(out, base.text[done:]...)
}

// foreign returns a statement of a file of the same protocol.
func foreign(random *rand.Rand, base seedFile, files []seedFile) []byte {
	for {
		from := files[random.IntN(len(files))]
		at := from.spans[random.IntN(len(from.spans))]
		if from.entry.V6 == base.entry.V6 && at.End-at.Off <= maxPiece {
			return slices.Clone(from.text[at.Off:at.End])
		}
	}
}
