package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// Output is a file of the result: a configuration, or a text such as a script.
type Output struct {
	Name   string
	Config keaconf.Config // nil: Text
	Target keaversion.Version
	Text   string
	// Written, if it is not nil, gives the text of Config and the writer of it,
	// which knows the lines (see Write): the file of it need not be written twice.
	Written func() ([]byte, *keaconf.Writer, error)
}

// Write writes the text of Config, made from the source of a report, with its lines
// recorded.
func (o *Output) Write(r *translator.Report) ([]byte, *keaconf.Writer, error) {
	var b bytes.Buffer
	b.Grow(3 * len(r.File.Source.Text)) // it seldom becomes more
	w := keaconf.NewWriter(&b, o.Target)
	w.RecordLines()
	err := w.Write(o.Config)
	return b.Bytes(), w, err
}

// ShowsTexts reports whether the page of a report shows the texts of source and
// result.
func ShowsTexts(r *translator.Report) bool {
	return r.Statements <= maxPageStatements && len(r.File.Source.Text) <= maxPageSource
}

// The page shows the texts of source and result up to these limits, so that a
// browser opens it at once and writing it takes no memory worth mention; beyond
// them it shows the findings alone and says so.
const (
	maxPageStatements = 100_000
	maxPageSource     = 20 << 20 // bytes
	maxPageGroups     = 20_000   // different findings
	maxSummaryGroups  = 1_000    // the same where the texts are left out
	maxGroupPlaces    = 50       // of findings that say the same, where the texts are left out
	chunkLines        = 200      // that the browser lays out together
)

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// HTML writes report.html: source, findings and result side by side, linked by
// line. It is one file that asks for nothing else and runs nothing but itself.
func HTML(w io.Writer, r *translator.Report, outputs []Output, opts Options) error {
	out := newOutput(w)
	p := newPage(r, outputs, opts)
	p.readSources()
	// The configuration is written while the source is being shown, and the
	// links are found while the configuration is.
	read, data := make(chan error, 1), make(chan *pageData, 1)
	go func() {
		err := p.readResults()
		read <- err
		if err == nil {
			data <- p.data()
		}
	}()
	title := html.EscapeString(clean(opts, r.File.Source.Name))
	fmt.Fprintf(out, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s to Kea %s</title>
<style>
%s</style>
</head>
<body%s>
`, title, opts.Target, pageCSS, map[bool]string{true: ` class="brief"`}[p.brief])
	p.header(out, title)
	out.WriteString("<main>\n")
	if !p.brief {
		p.pane(out, "src", "Source", p.sources)
	}
	out.WriteString(`<section class="pane" id="mid" tabindex="0" aria-label="Findings"><h2>Findings <span id="shown" aria-live="polite"></span></h2>`)
	out.WriteString(`<noscript><p class="note">The findings need JavaScript; report.txt has the same.</p></noscript><div id="cards"></div></section>` + "\n")
	if err := <-read; err != nil {
		return err
	}
	if !p.brief {
		p.pane(out, "out", "Result", p.results)
	}
	out.WriteString("</main>\n<script type=\"application/json\" id=\"data\">")
	if err := writeHTMLJSON(out, <-data); err != nil {
		return err
	}
	fmt.Fprintf(out, "</script>\n<script>\n%s</script>\n</body>\n</html>\n", pageJS)
	return out.Flush()
}

// header writes the counts, which are filters as well.
func (p *page) header(out *output, title string) {
	counts := p.report.Counts()
	fmt.Fprintf(out, `<header><div class="top"><h1>%s <span class="arrow">to</span> Kea %s</h1>`, title, p.opts.Target)
	out.WriteString(`<input id="search" type="search" placeholder="Search findings ( / )" aria-label="Search findings"></div>` + "\n")
	out.WriteString(`<div class="bar" aria-hidden="true">`)
	for _, v := range reported(counts) {
		if counts[v] > 0 {
			fmt.Fprintf(out, `<i class="%s" style="flex-grow:%d"></i>`, v, counts[v])
		}
	}
	fmt.Fprintf(out, "</div>\n<div class=\"row\" id=\"verdicts\"><span class=\"sum\"><b>%d</b> statements</span>", p.report.Statements)
	for _, v := range reported(counts) {
		if counts[v] > 0 {
			fmt.Fprintf(out, `<button type="button" class="%[1]s" data-v="%[1]s" aria-pressed="false" title="%[3]s"><b>%[2]d</b> %[1]s</button>`, v, counts[v], html.EscapeString(meaning[v]))
		}
	}
	fmt.Fprintf(out, "</div>\n<div class=\"row\" id=\"severities\"><span class=\"sum\"><b>%d</b> findings</span>", len(p.report.Findings))
	severities := bySeverity(p.report)
	for i := range severities {
		s := translator.S4 - translator.Severity(i)
		if severities[s] > 0 {
			fmt.Fprintf(out, `<button type="button" class="%[1]s" data-s="%[2]d" aria-pressed="false" title="%[4]s"><b>%[3]d</b> %[1]s</button>`, s, s, severities[s], html.EscapeString(s.Meaning()))
		}
	}
	out.WriteString(`<span class="hint"><kbd>j</kbd> <kbd>k</kbd> finding, <kbd>n</kbd> <kbd>p</kbd> linked line, <kbd>/</kbd> search, <kbd>Esc</kbd> all</span></div>` + "\n")
	if p.brief {
		fmt.Fprintf(out, `<p class="note">The input has %d statements. Above %d statements or %d MB this page leaves out the texts of source and result and shows at most %d different findings with %d places each; report.txt and report.json have all of them.</p>`+"\n",
			p.report.Statements, maxPageStatements, maxPageSource>>20, maxSummaryGroups, maxGroupPlaces)
	}
	out.WriteString("</header>\n")
}

// pane writes the files of one side, all of them one below the other.
func (p *page) pane(out *output, id, title string, files []*pageFile) {
	fmt.Fprintf(out, `<section class="pane" id="%s" tabindex="0" aria-label="%s"><h2>%s`, id, title, title)
	if len(files) > 1 {
		fmt.Fprintf(out, ` <select aria-label="File">`)
		for i, f := range files {
			fmt.Fprintf(out, `<option value="%s%d">%s</option>`, id, i, html.EscapeString(f.name))
		}
		out.WriteString("</select>")
	}
	out.WriteString("</h2>\n")
	for i, f := range files {
		fmt.Fprintf(out, `<h3 id="%s%d">%s</h3>`+"\n", id, i, html.EscapeString(f.name))
		for n := range f.lines {
			start := n%chunkLines == 0
			if start {
				if n > 0 {
					out.WriteString("</div>")
				}
				fmt.Fprintf(out, `<div class="c" data-l="%d" style="contain-intrinsic-size:auto %dpx">`, f.base+n, 18*min(chunkLines, f.lines-n))
			}
			out.WriteString("<p")
			if start && n > 0 {
				// Chunks do not see each other's counters.
				fmt.Fprintf(out, ` style="counter-reset:l %d"`, n)
			}
			if v := f.verdicts[n]; v != 0 {
				out.WriteString(" class=")
				out.WriteString(v.String())
			}
			out.WriteByte('>')
			out.scratch = append(f.appendLine(out.scratch[:0], n), '\n')
			out.Write(out.scratch)
		}
		if f.lines > 0 {
			out.WriteString("</div>\n")
		}
	}
	out.WriteString("</section>\n")
}

// pageFile is a file as the page shows it.
type pageFile struct {
	name     string
	base     int // the number of its first line on its side, counted from 0
	lines    int
	starts   []uint32
	src      *dhcpdconf.Source
	redact   []*dhcpdconf.Redactor // the first sees where secrets stand, all know their texts
	verdicts []translator.Verdict  // the worst that begins on a line
}

func newPageFile(src *dhcpdconf.Source, base int, redact ...*dhcpdconf.Redactor) *pageFile {
	f := &pageFile{name: src.Name, base: base, src: src, redact: redact}
	f.starts = make([]uint32, 0, bytes.Count(src.Text, []byte("\n"))+1)
	for off := 0; off < len(src.Text); {
		f.starts = append(f.starts, uint32(off))
		n := bytes.IndexByte(src.Text[off:], '\n')
		if n < 0 {
			break
		}
		off += n + 1
	}
	f.lines = len(f.starts)
	f.verdicts = make([]translator.Verdict, f.lines)
	return f
}

// appendLine appends a line as HTML, without its end and without secrets; n
// counts from 0.
func (f *pageFile) appendLine(b []byte, n int) []byte {
	span := dhcpdconf.Span{Src: f.src, Off: f.starts[n], End: uint32(len(f.src.Text))}
	if n+1 < f.lines {
		span.End = f.starts[n+1]
	}
	plain := bytes.TrimRight(f.src.Text[span.Off:span.End], "\r\n")
	// Most lines need no look at secrets and characters, which takes memory.
	if !f.redact[0].Hides(span) && !slices.ContainsFunc(f.redact[1:], (*dhcpdconf.Redactor).HasWords) && isPlain(plain) {
		return appendEscaped(b, plain)
	}
	text := f.redact[0].Span(span)
	for _, r := range f.redact[1:] {
		text = r.Text(text)
	}
	text = dhcpdconf.Printable(strings.TrimRight(text, "\r\n"))
	return appendEscaped(b, strings.ReplaceAll(text, "\u2409", "\t")) // the picture of a tab
}

// isPlain reports whether a text holds nothing but printable ASCII characters
// and tabs.
func isPlain(text []byte) bool {
	for _, c := range text {
		if (c < ' ' || c > '~') && c != '\t' {
			return false
		}
	}
	return true
}

// appendEscaped appends a text so that it can stand between tags. Quotes can
// stand there as they are.
func appendEscaped[T string | []byte](b []byte, text T) []byte {
	from := 0
	for i := range len(text) {
		var entity string
		switch text[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		default:
			continue
		}
		b = append(b, text[from:i]...)
		b = append(b, entity...)
		from = i + 1
	}
	return append(b, text[from:]...)
}
