package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// samePerCode is how many findings of one code the summary shows: the operator
// sees what there is, not a hundred times the same.
const samePerCode = 2

// Summary writes what the operator sees on the terminal: counts that add up,
// the worst findings with their places, and what to do next.
func Summary(w io.Writer, r *translator.Report, opts Options) error {
	out := newOutput(w)
	files := len(opts.tally(r).Files)
	fmt.Fprintf(out, "%s in %s read, for Kea %s\n\n", plural(r.Statements, "statement"), plural(files, "file"), opts.Target)
	counts := r.Counts()
	for _, v := range reported(counts) {
		if counts[v] > 0 {
			fmt.Fprintf(out, "  %9d  %-13s %s\n", counts[v], v, meaning[v])
		}
	}
	fmt.Fprintf(out, "  %9d  in all\n", r.Statements)
	worst(out, r, opts)
	if len(opts.Next) > 0 {
		out.WriteString("\nNext:\n")
		for i, step := range opts.Next {
			fmt.Fprintf(out, "  %d. %s\n", i+1, step)
		}
	}
	return out.Flush()
}

// Severities counts the findings by severity, worst first, in the form
// "3 S4, 1 S1"; empty when there are none.
func Severities(r *translator.Report) string {
	counts := bySeverity(r)
	var parts []string
	for i := range counts {
		s := translator.S4 - translator.Severity(i)
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	return strings.Join(parts, ", ")
}

// worst shows the worst findings and counts the rest.
func worst(out *output, r *translator.Report, opts Options) {
	severities := Severities(r)
	if severities == "" {
		out.WriteString("\nNo findings.\n")
		return
	}
	fmt.Fprintf(out, "\nFindings: %s\n", severities)

	limit := opts.Worst
	if limit == 0 {
		limit = 10
	}
	width := opts.Width
	if width == 0 {
		width = 100
	}
	render := dhcpdconf.Renderer{Width: max(20, width-8), Color: opts.Color, Redact: opts.Redact}
	shown := 0
	perCode := map[translator.Code]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if shown == limit || f.Severity < translator.S2 {
			break
		}
		if perCode[f.Code]++; perCode[f.Code] > samePerCode {
			continue
		}
		shown++
		out.WriteByte('\n')
		brief(out, f, render, opts)
	}
	if rest := len(r.Findings) - shown; rest > 0 {
		where := ""
		if opts.TextFile != "" {
			where = ", all of them in " + opts.TextFile
		}
		if shown == 0 {
			fmt.Fprintf(out, "None of them needs a decision%s\n", where)
		} else {
			fmt.Fprintf(out, "\nand %d more%s\n", rest, where)
		}
	}
}

// brief writes one finding for the terminal.
func brief(out *output, f *translator.Finding, render dhcpdconf.Renderer, opts Options) {
	at := ""
	if !f.Span.IsZero() {
		at = clean(opts, f.Span.String()) + ": "
	}
	fmt.Fprintf(out, "%s%s: %s [%s]\n", at, severity(f.Severity, opts.Color), clean(opts, f.Message), f.Code)
	out.scratch = render.Snippet(out.scratch[:0], f.Span)
	out.Write(out.scratch)
	if f.Remedy != "" {
		fmt.Fprintf(out, "     = %s\n", clean(opts, f.Remedy))
	}
}

func severity(s translator.Severity, color bool) string {
	switch {
	case !color:
		return s.String()
	case s >= translator.S4:
		return "\x1b[1;31m" + s.String() + "\x1b[0m"
	case s >= translator.S2:
		return "\x1b[1;33m" + s.String() + "\x1b[0m"
	}
	return "\x1b[1m" + s.String() + "\x1b[0m"
}
