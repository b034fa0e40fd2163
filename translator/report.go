package translator

import (
	"cmp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

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
	var sums [Invalid + 1]int
	for _, v := range r.Verdicts {
		sums[v]++
	}
	counts := map[Verdict]int{}
	for v, n := range sums {
		if n > 0 {
			counts[Verdict(v)] = n
		}
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

// Add takes in findings that were made outside the translation, such as those
// about the command line, and keeps the order.
func (r *Report) Add(findings ...Finding) {
	r.Findings = append(r.Findings, findings...)
	SortFindings(r.Findings)
}

// SortFindings puts the worst severity first; within one severity the order is
// that of the statements, then those about the whole, then by code.
func SortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			-cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(uint(a.Statement), uint(b.Statement)), // -1 comes last
			cmp.Compare(a.Code, b.Code),
		)
	})
}
