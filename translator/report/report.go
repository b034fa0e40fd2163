package report

import (
	"bufio"
	"cmp"
	"io"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// Options say how a report is shown.
type Options struct {
	Target string // the version of Kea, such as "3.0"
	Redact *dhcpdconf.Redactor
	Full   bool // JSON: list every statement, not only those with a finding

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

// Keywords counts the statements by keyword and verdict, in order of keyword.
func Keywords(r *translator.Report) []KeywordCount {
	index := map[string]*KeywordCount{}
	for s := range dhcpdconf.Preorder(r.File) {
		k := index[s.Keyword()]
		if k == nil {
			k = &KeywordCount{Keyword: s.Keyword(), Counts: map[translator.Verdict]int{}}
			index[k.Keyword] = k
		}
		k.Total++
		k.Counts[r.Verdicts[s.ID()]]++
	}
	counts := make([]KeywordCount, 0, len(index))
	for _, k := range index {
		counts = append(counts, *k)
	}
	slices.SortFunc(counts, func(a, b KeywordCount) int { return cmp.Compare(a.Keyword, b.Keyword) })
	return counts
}

// Files returns the names of the files that were read, each once, in order.
func Files(r *translator.Report) []string {
	names := []string{r.File.Source.Name}
	seen := map[string]bool{names[0]: true}
	for s := range dhcpdconf.Preorder(r.File) {
		if include, ok := s.(*dhcpdconf.Include); ok && include.Source != nil && !seen[include.Source.Name] {
			seen[include.Source.Name] = true
			names = append(names, include.Source.Name)
		}
	}
	return names
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
