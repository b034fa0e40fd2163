package leasesconv

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/keamigrate/keamigrate/server/lease"
)

// states are the states that leases are imported in, with what they mean.
var states = []struct {
	state lease.State
	means string
}{
	{lease.Assigned, "their clients have them"},
	{lease.Declined, "abandoned by dhcpd: in use by somebody unknown"},
	{lease.Reclaimed, "ended; a client that comes back gets its old address"},
}

// Summary writes what became of the entries, so that the counts can be seen to
// add up.
func (a *Account) Summary(w io.Writer) error {
	p := printer{w: w}
	p.printf("%d entries about addresses", a.Entries)
	if a.Other > 0 {
		p.printf(", %d others", a.Other)
	}
	if a.Broken > 0 {
		p.printf(", %d broken ones, which dhcpd leaves out too", a.Broken)
	}
	p.printf("\n\n")
	p.row(a.Superseded, "superseded", "a later entry of the same address counts")
	for _, s := range states {
		p.row(a.Imported[s.state], s.state.String(), s.means)
	}
	for _, r := range Reasons() {
		p.row(a.Skipped[r], "skipped", r.String())
	}
	p.printf("%11d  in all\n", a.Entries)
	if len(a.Less) > 0 {
		p.printf("\nNot taken along, as Kea has no place for it:\n")
		for _, what := range slices.SortedFunc(maps.Keys(a.Less), func(x, y string) int {
			return cmp.Or(cmp.Compare(a.Less[y], a.Less[x]), cmp.Compare(x, y))
		}) {
			p.printf("%11d  %s\n", a.Less[what], what)
		}
	}
	return p.err
}

// WriteNotes writes the notes, one a line, at most so many; 0 means all of them.
func (a *Account) WriteNotes(w io.Writer, most int) error {
	p := printer{w: w}
	for i, n := range a.Notes {
		if most > 0 && i == most {
			p.printf("... and %d more\n", len(a.Notes)-most)
			break
		}
		p.printf("%v\n", n)
	}
	return p.err
}

// printer prints until the first error, which it keeps.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// row prints a line of a table, unless there is nothing to count.
func (p *printer) row(n int, what, means string) {
	if n > 0 {
		p.printf("%11d  %-17s  %s\n", n, what, means)
	}
}
