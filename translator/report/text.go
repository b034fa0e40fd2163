package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// textWidth is how wide report.txt is; lines of source text may be wider.
const textWidth = 96

// Text writes report.txt: the counts, which add up to the number of
// statements, and every finding with its place in the source.
func Text(w io.Writer, r *translator.Report, opts Options) error {
	out := newOutput(w)
	tally := opts.tally(r)
	files := tally.Files
	fmt.Fprintf(out, "Translation of %s to Kea %s\n\n", clean(opts, files[0]), opts.Target)
	if len(files) > 1 {
		fmt.Fprintf(out, "Files read: %d\n", len(files))
		for _, name := range files {
			fmt.Fprintf(out, "  %s\n", clean(opts, name))
		}
		out.WriteByte('\n')
	}
	verdictTable(out, r)
	out.WriteByte('\n')
	keywordTable(out, r, tally.Keywords)

	render := dhcpdconf.Renderer{Width: textWidth, Redact: opts.Redact}
	counts := bySeverity(r)
	number := 0
	for at := 0; at < len(r.Findings); {
		severity := r.Findings[at].Severity
		heading := fmt.Sprintf("%s: %s (%s)", severity, severity.Meaning(), plural(counts[severity], "finding"))
		fmt.Fprintf(out, "\n%s\n%s\n", heading, strings.Repeat("-", utf8.RuneCountInString(heading)))
		for ; at < len(r.Findings) && r.Findings[at].Severity == severity; at++ {
			number++
			fmt.Fprintf(out, "\n[%d] ", number)
			finding(out, &r.Findings[at], render, opts)
		}
	}
	if len(r.Findings) == 0 {
		out.WriteString("\nNo findings.\n")
	}
	return out.Flush()
}

// finding writes one finding in full.
func finding(out *output, f *translator.Finding, render dhcpdconf.Renderer, opts Options) {
	if !f.Span.IsZero() {
		fmt.Fprintf(out, "%s: ", clean(opts, f.Span.String()))
	}
	fmt.Fprintf(out, "%s, %s", f.Code, f.Verdict)
	if f.Keyword != "" {
		fmt.Fprintf(out, " (%s)", clean(opts, f.Keyword))
	}
	out.WriteByte('\n')
	out.scratch = render.Snippet(out.scratch[:0], f.Span)
	out.Write(out.scratch)
	paragraph(out, "", clean(opts, f.Message))
	if len(f.Fields) > 0 {
		paragraph(out, "Can differ: ", clean(opts, strings.Join(f.Fields, ", ")))
	}
	if f.Clients != "" {
		paragraph(out, "Clients: ", clean(opts, f.Clients))
	}
	if len(f.Places) > 0 {
		places := strings.Join(f.Places, " ")
		if more := f.PlaceCount - len(f.Places); more > 0 {
			places += fmt.Sprintf(" and %d more", more)
		}
		paragraph(out, "Went to: ", clean(opts, places))
	}
	if f.Remedy != "" {
		paragraph(out, "To do: ", clean(opts, f.Remedy))
	}
}

// verdictTable writes how many statements ended with each verdict.
func verdictTable(out *output, r *translator.Report) {
	counts := r.Counts()
	for _, v := range reported(counts) {
		fmt.Fprintf(out, "  %-14s %9d  %s\n", v, counts[v], meaning[v])
	}
	fmt.Fprintf(out, "  %-14s %9d\n", "statements", r.Statements)
}

// keywordTable writes the same for each keyword.
func keywordTable(out *output, r *translator.Report, keywords []KeywordCount) {
	verdicts := reported(r.Counts())
	width := len("keyword")
	for _, k := range keywords {
		width = max(width, min(40, utf8.RuneCountInString(k.Keyword)))
	}
	fmt.Fprintf(out, "  %-*s %9s", width, "keyword", "total")
	for _, v := range verdicts {
		fmt.Fprintf(out, " %12s", v)
	}
	out.WriteByte('\n')
	for _, k := range keywords {
		fmt.Fprintf(out, "  %-*s %9d", width, dhcpdconf.Printable(k.Keyword), k.Total)
		for _, v := range verdicts {
			if n := k.Counts[v]; n > 0 {
				fmt.Fprintf(out, " %12d", n)
			} else {
				fmt.Fprintf(out, " %12s", "-")
			}
		}
		out.WriteByte('\n')
	}
}

// meaning is what each verdict says about a statement.
var meaning = [...]string{
	translator.Unset:        "not judged: please report this as a defect",
	translator.Translated:   "Kea does the same",
	translator.Default:      "Kea does it anyway",
	translator.Ignored:      "dhcpd itself does nothing with it",
	translator.Moved:        "went to another file, a hook or a script",
	translator.Approximated: "Kea does something close to it",
	translator.Manual:       "this version of Kea cannot do it, or keamigrate cannot yet: see the finding",
	translator.Invalid:      "dhcpd refuses it too",
}

// reported returns the verdicts to list: all that a report can hold, and Unset
// if a statement has been forgotten.
func reported(counts map[translator.Verdict]int) []translator.Verdict {
	verdicts := translator.Verdicts()
	if counts[translator.Unset] > 0 {
		verdicts = append(verdicts, translator.Unset)
	}
	return verdicts
}

// paragraph writes a text in lines of textWidth, indented.
func paragraph(out *output, label, text string) {
	const indent = "     "
	column := 0
	out.WriteString(indent)
	out.WriteString(label)
	column = len(indent) + len(label)
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > textWidth:
			out.WriteByte('\n')
			out.WriteString(indent)
			column = len(indent)
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += n
	}
	out.WriteByte('\n')
}

// clean makes a text fit to be shown.
func clean(opts Options, s string) string { return dhcpdconf.Printable(opts.Redact.Text(s)) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
