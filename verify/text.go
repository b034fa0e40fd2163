package verify

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// mostShown is how many groups of like differences the text has.
const mostShown = 20

// Text writes the result for a terminal. With all it has the explained
// differences too.
func (r *Result) Text(w io.Writer, all bool) error {
	p := printer{bufio.NewWriter(w)}
	what := "the translation for Kea " + r.Target
	if r.Against {
		what = r.Result
	}
	if r.Live {
		what += " on " + r.Result
	}
	p.printf("%s and %s: %d clients, %d messages\n\n", r.Original, what, r.Clients, r.Messages)
	for _, row := range []struct {
		n          int
		name, text string
	}{
		{r.Counts.Equal, "equal", "the same answers, field by field"},
		{r.Counts.Allowed, "allowed", "they differ in what the rule book (docs/equivalence.md) leaves open"},
		{r.Counts.Explained, "explained", "they differ where a finding of the translation says so"},
		{r.Counts.Different, "DIFFERENT", "nothing explains it"},
	} {
		if row.n > 0 || row.name == "equal" || row.name == "DIFFERENT" {
			p.printf("%11d  %-11s %s\n", row.n, row.name, row.text)
		}
	}
	p.shares("Explained by", r.Findings)
	p.shares("Allowed by", r.Rules)
	p.coverage(r.Coverage)
	if len(r.Notes) > 0 {
		p.printf("\n")
	}
	for _, n := range r.Notes {
		p.printf("Note: %s.\n", n)
	}
	p.cases(r, Different)
	if all {
		p.cases(r, Explained)
	}
	return p.Flush()
}

// printer writes a result. Its first error stays (package bufio).
type printer struct{ *bufio.Writer }

func (p printer) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p printer) shares(title string, list []Share) {
	if len(list) > 0 {
		p.printf("\n%s (clients)\n", title)
	}
	for _, s := range list {
		p.printf("%11d  %s: %s\n", s.Clients, s.Name, s.Text)
	}
}

func (p printer) coverage(sides []Side) {
	const most = 10
	for _, s := range sides {
		p.printf("\nTouched by some client in %s\n", s.Name)
		for _, c := range s.Things {
			p.printf("%11s  %s\n", fmt.Sprintf("%d/%d", c.Touched, c.All), c.Kind)
			for i, m := range c.Missed {
				if i == most {
					p.printf("               and %d more; --json has them all\n", len(c.Missed)-most)
					break
				}
				p.printf("               not %s: %s\n", m.Place.String(), m.Why)
			}
		}
	}
}

// String is the place in one line.
func (p Place) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	}
	b.WriteString(p.Text)
	if p.Pointer != "" {
		fmt.Fprintf(&b, " (%s)", p.Pointer)
	}
	return b.String()
}

// signature tells cases apart that differ in other ways.
func (c *Case) signature() string {
	var b strings.Builder
	for _, e := range c.Exchanges {
		for _, f := range e.Fields {
			if f.Outcome == c.Outcome {
				fmt.Fprintln(&b, f.Name, f.WantFrom, f.GotFrom, f.Findings)
				if f.Name == "answered" {
					fmt.Fprintln(&b, e.Step, f.Want, f.Got)
				}
			}
		}
	}
	return b.String()
}

// cases prints the first case of each group of like ones.
func (p printer) cases(r *Result, outcome Outcome) {
	like := map[string][]*Case{}
	var order []string
	for _, c := range r.Cases {
		if c.Outcome == outcome {
			s := c.signature()
			if like[s] == nil {
				order = append(order, s)
			}
			like[s] = append(like[s], c)
		}
	}
	for i, s := range order {
		if i == mostShown {
			p.printf("\nand %d other differences; the page and --json have them\n", len(order)-mostShown)
			break
		}
		p.one(like[s][0], len(like[s])-1)
	}
}

func (p printer) one(c *Case, more int) {
	name := c.Outcome.String()
	if c.Outcome == Different {
		name = strings.ToUpper(name)
	}
	p.printf("\n%s: client %d, made for %s", name, c.Number, c.Purpose)
	if more > 0 {
		p.printf(" (and %d others alike)", more)
	}
	p.printf("\n  %s\n", c.Line)
	if c.Smallest != "" {
		p.printf("  smallest client with the same difference:\n  %s\n", c.Smallest)
	}
	for _, small := range []struct{ what, text string }{{"smallest configuration with the same difference", c.SmallestConfig}, {"smallest configuration of Kea with it", c.SmallestKea}} {
		if small.text == "" {
			continue
		}
		p.printf("  %s:\n", small.what)
		for line := range strings.Lines(small.text) {
			p.printf("    %s\n", strings.TrimRight(line, "\n"))
		}
	}
	for _, e := range c.Exchanges {
		if e.Outcome < c.Outcome {
			continue
		}
		p.printf("  %s: dhcpd %s, Kea %s\n", e.Step, e.Original.Type, e.Result.Type)
		for _, f := range e.Fields {
			if f.Outcome < c.Outcome {
				continue
			}
			note := ""
			for i, code := range f.Findings {
				note += map[bool]string{true: " [", false: ", "}[i == 0] + string(code)
			}
			if note != "" {
				note += "]"
			}
			if f.Name != "answered" {
				p.printf("    %s%s\n      dhcpd  %s\n", f.Title, note, f.Want)
				p.places("        ", f.WantFrom)
				p.printf("      Kea    %s\n", f.Got)
				p.places("        ", f.GotFrom)
			} else if note != "" {
				p.printf("   %s\n", note)
			}
		}
		p.printf("    dhcpd:\n")
		p.places("      ", e.Original.Reasons)
		p.printf("    Kea:\n")
		p.places("      ", e.Result.Reasons)
	}
}

func (p printer) places(indent string, list []Place) {
	for _, place := range list {
		p.printf("%s%s\n", indent, place.String())
	}
}
