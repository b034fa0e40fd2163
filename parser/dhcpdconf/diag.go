package dhcpdconf

import "strings"

// Severity grades a diagnostic.
type Severity uint8

// The grades. An Error is something that dhcpd refuses too.
const (
	Warning Severity = iota + 1
	Error
)

// Diagnostic is one thing the parser has to say about the input.
type Diagnostic struct {
	Severity Severity
	Code     string // stable, such as "unknown-statement"; docs/findings.md explains each
	Span     Span   // what it is about
	Summary  string // one line, no full stop
	Detail   string // what to do about it, sentences; may be empty
}

func (d Diagnostic) Error() string { return d.Span.String() + ": " + d.Summary }

// Diagnostics is a list in order of appearance.
type Diagnostics []Diagnostic

// HasErrors reports whether one of them is an Error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Error joins the diagnostics, one a line, so that the list can travel as an error.
func (ds Diagnostics) Error() string {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.Error())
	}
	return b.String()
}
