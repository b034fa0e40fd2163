package translator

import "github.com/keamigrate/keamigrate/parser/dhcpdconf"

// Report accounts for every statement of the input.
type Report struct {
	File       *dhcpdconf.File
	Statements int
	// Verdicts holds the verdict of each statement, by its ID.
	Verdicts []Verdict
	// Findings are sorted: worst severity first, then by place in the source.
	Findings []Finding
}

// Counts returns how many statements ended with each verdict; the sum is
// Statements.
func (r *Report) Counts() map[Verdict]int {
	counts := map[Verdict]int{}
	for _, v := range r.Verdicts {
		counts[v]++
	}
	return counts
}

// Worst returns the highest severity among the findings.
func (r *Report) Worst() Severity {
	worst := S0
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}
