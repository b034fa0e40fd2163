package dhcpdleases

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong in an entry.
type Problem struct {
	Offset       int64
	Line, Column int // from 1; the column counts bytes
	Message      string
}

// SyntaxError says what is wrong with an entry. Reading goes on behind it.
type SyntaxError struct {
	File string
	Place
	Problems []Problem // in order, at least one
	More     int       // further ones that are not in the list
	// Truncated says that the file ended within the entry: it is being written
	// right now, or the writer died. dhcpd keeps what it has read of a lease.
	Truncated bool
	// Dropped is the identity association that dhcpd drops, nil for other
	// entries. Its Bindings are those that were complete by then. dhcpd has
	// taken the active and abandoned ones from other identity associations, and
	// the others from an earlier entry with its key, which otherwise stays.
	// Like an Entry it is valid until the next one is asked for.
	Dropped *IA
	// Unknown says that no entry of a lease file begins as this one does: it may be
	// a file of another kind.
	Unknown bool
	// Kept says that dhcpd uses the entry as it was read in spite of it.
	Kept bool
}

// maxProblems are listed of one entry.
const maxProblems = 10

func (e *SyntaxError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, p.Line, p.Column, p.Message)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n%s: %d more of the same entry", e.File, e.More)
	}
	return b.String()
}

// problems are those of the current entry.
type problems struct {
	list      []Problem
	more      int
	truncated bool // the end of the file was met within the entry
	inIA      bool // the key of an identity association was read
	// wholeBinding says that its last binding is complete.
	wholeBinding bool
	unknown      bool // it does not begin as entries do
	tooLong      bool // the entry takes more memory than any entry may
}

func (p *problems) reset() { *p = problems{list: p.list[:0]} }

// problem notes what is wrong with the current token.
func (r *Reader) problem(message string) {
	if len(r.problems.list) == maxProblems {
		r.problems.more++
		return
	}
	r.problems.list = append(r.problems.list, Problem{r.tokenStart, r.tokenLine, r.tokenCol, message})
}

// syntaxError turns the problems of an entry into an error, nil if there is
// none.
func (r *Reader) syntaxError(p Place, kept bool) error {
	if len(r.problems.list) == 0 {
		return nil
	}
	e := &SyntaxError{
		File: r.name, Place: p, Problems: append([]Problem(nil), r.problems.list...), More: r.problems.more,
		Truncated: r.problems.truncated, Kept: kept, Unknown: r.problems.unknown,
	}
	if r.problems.inIA && !kept {
		e.Dropped = &r.ia
		e.Dropped.Place = p
		if !r.problems.wholeBinding && len(r.ia.Bindings) > 0 {
			r.ia.Bindings = r.ia.Bindings[:len(r.ia.Bindings)-1]
		}
	}
	return e
}
