package report

import (
	"bufio"
	"io"
	"maps"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// Options say how a report is shown.
type Options struct {
	Target string // the version of Kea, such as "3.0"
	Redact *dhcpdconf.Redactor
	Tally  *Tally // nil: counted when needed
	Full   bool   // JSON: list every statement, not only those with a finding

	// For the summary:
	Color    bool
	Width    int    // columns of the terminal; 0: 100
	Worst    int    // how many findings to show; 0: 10
	TextFile string // where report.txt is; empty when it was not written
	// Next lists what the operator does next, one step each.
	Next []string
}

// KeywordCount counts the statements of one keyword by verdict.
type KeywordCount struct {
	Keyword string
	Total   int
	Counts  map[translator.Verdict]int
}

// Tally is what is counted over all statements.
type Tally struct {
	Files    []string       // the names of the files that were read, each once, in order
	Keywords []KeywordCount // in order of keyword
}

// Count counts the statements of a report.
func Count(r *translator.Report) *Tally {
	t := &Tally{Files: []string{r.File.Source.Name}}
	seen := map[string]bool{t.Files[0]: true}
	type count struct {
		total    int
		verdicts [translator.Invalid + 1]int
	}
	counts := map[string]*count{}
	for s := range dhcpdconf.Preorder(r.File) {
		c := counts[s.Keyword()]
		if c == nil {
			c = &count{}
			counts[s.Keyword()] = c
		}
		c.total++
		c.verdicts[r.Verdicts[s.ID()]]++
		if include, ok := s.(*dhcpdconf.Include); ok && include.Source != nil && !seen[include.Source.Name] {
			seen[include.Source.Name] = true
			t.Files = append(t.Files, include.Source.Name)
		}
	}
	if len(r.File.Leases) > 0 {
		t.Files = append(t.Files, r.File.Leases[0].Span().Src.Name)
	}
	for _, keyword := range slices.Sorted(maps.Keys(counts)) {
		c := counts[keyword]
		k := KeywordCount{Keyword: keyword, Total: c.total, Counts: map[translator.Verdict]int{}}
		for v, n := range c.verdicts {
			if n > 0 {
				k.Counts[translator.Verdict(v)] = n
			}
		}
		t.Keywords = append(t.Keywords, k)
	}
	return t
}

func (o Options) tally(r *translator.Report) *Tally {
	if o.Tally != nil {
		return o.Tally
	}
	return Count(r)
}

// bySeverity counts the findings.
func bySeverity(r *translator.Report) (counts [translator.S4 + 1]int) {
	for _, f := range r.Findings {
		counts[f.Severity]++
	}
	return counts
}

// output collects what is written; the first error stays until flush.
type output struct {
	*bufio.Writer
	scratch []byte
}

func newOutput(w io.Writer) *output { return &output{Writer: bufio.NewWriterSize(w, 64<<10)} }
