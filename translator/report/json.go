package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// FormatVersion is the version of the form of report.json. It grows when a
// reader of the older form would misread the newer one; new members do not
// count.
const FormatVersion = 1

// head is what report.json begins with.
type head struct {
	Version    int                       `json:"version"`
	Source     string                    `json:"source"`
	Files      []string                  `json:"files"`
	Protocol   string                    `json:"protocol"`
	Target     string                    `json:"target"`
	Statements int                       `json:"statements"`
	Verdicts   map[string]int            `json:"verdicts"`
	Severities map[string]int            `json:"severities"`
	Keywords   map[string]map[string]int `json:"keywords"`
}

type jsonFinding struct {
	Code     translator.Code     `json:"code"`
	Severity translator.Severity `json:"severity"`
	Verdict  translator.Verdict  `json:"verdict"`
	*place
	IncludedFrom []place   `json:"included-from,omitempty"`
	Text         string    `json:"text,omitempty"`
	Statement    *int      `json:"statement,omitempty"`
	Keyword      string    `json:"keyword,omitempty"`
	Pointers     []string  `json:"pointers,omitempty"`
	PointerCount int       `json:"pointer-count,omitempty"`
	Fields       []string  `json:"fields,omitempty"`
	Clients      string    `json:"clients,omitempty"`
	Audience     *audience `json:"audience,omitempty"`
	Message      string    `json:"message"`
	Remedy       string    `json:"remedy,omitempty"`
}

// place is where something stands; lines and columns count from 1, columns in
// bytes.
type place struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end-line,omitempty"`
	EndColumn int    `json:"end-column,omitempty"`
}

// maxText is how much of a statement report.json quotes, in bytes.
const maxText = 200

// JSON writes report.json as docs/report.schema.json describes it, one finding
// a line.
func JSON(w io.Writer, r *translator.Report, opts Options) error {
	out := newOutput(w)
	h, err := marshal(newHead(r, opts), "  ")
	if err != nil {
		return err
	}
	out.Write(bytes.TrimSuffix(h, []byte("\n}")))
	out.WriteString(",\n  \"findings\": [")
	for i := range r.Findings {
		line, err := marshal(newFinding(&r.Findings[i], opts), "")
		if err != nil {
			return err
		}
		separate(out, i)
		out.Write(line)
	}
	closeList(out, len(r.Findings))
	if opts.Full {
		out.WriteString(",\n  \"all-statements\": [")
		writeStatements(out, r, opts)
		closeList(out, r.Statements)
	}
	out.WriteString("\n}\n")
	return out.Flush()
}

func newHead(r *translator.Report, opts Options) head {
	h := head{
		Version: FormatVersion, Target: opts.Target, Statements: r.Statements, Protocol: "dhcp4",
		Verdicts: map[string]int{}, Severities: map[string]int{}, Keywords: map[string]map[string]int{},
	}
	if r.File.Protocol == dhcpdconf.DHCP6 {
		h.Protocol = "dhcp6"
	}
	tally := opts.tally(r)
	for _, name := range tally.Files {
		h.Files = append(h.Files, clean(opts, name))
	}
	h.Source = h.Files[0]
	counts := r.Counts()
	for _, v := range reported(counts) {
		h.Verdicts[v.String()] = counts[v]
	}
	for s, n := range bySeverity(r) {
		h.Severities[translator.Severity(s).String()] = n
	}
	for _, k := range tally.Keywords {
		verdicts := map[string]int{}
		for v, n := range k.Counts {
			verdicts[v.String()] = n
		}
		h.Keywords[clean(opts, k.Keyword)] = verdicts
	}
	return h
}

func newFinding(f *translator.Finding, opts Options) jsonFinding {
	j := jsonFinding{
		Code: f.Code, Severity: f.Severity, Verdict: f.Verdict, Keyword: clean(opts, f.Keyword),
		Pointers: f.Places, PointerCount: f.PlaceCount, Fields: f.Fields, Clients: clean(opts, f.Clients),
		Message: clean(opts, f.Message), Remedy: clean(opts, f.Remedy),
	}
	if f.Statement >= 0 {
		j.Statement = &f.Statement
	}
	if !f.Audience.Everybody() {
		j.Audience = newAudience(f.Audience, opts)
	}
	if !f.Span.IsZero() {
		at := newPlace(f.Span, opts)
		at.EndLine, at.EndColumn = f.Span.Src.Position(f.Span.End)
		j.place = &at
		for _, span := range f.Span.IncludeStack() {
			j.IncludedFrom = append(j.IncludedFrom, newPlace(span, opts))
		}
		j.Text = quote(f.Span, opts)
	}
	return j
}

func newPlace(span dhcpdconf.Span, opts Options) place {
	p := place{File: clean(opts, span.Src.Name)}
	p.Line, p.Column = span.Src.Position(span.Off)
	return p
}

// quote returns the beginning of a span's text.
func quote(span dhcpdconf.Span, opts Options) string {
	whole := span
	span.End = min(span.End, span.Off+maxText)
	text := opts.Redact.Span(span)
	if span.End < whole.End {
		text += "..."
	}
	return dhcpdconf.Printable(text)
}

// writeStatements lists every statement with its verdict. Files can hold
// millions of them, so this is written by hand.
func writeStatements(out *output, r *translator.Report, opts Options) {
	files := map[*dhcpdconf.Source][]byte{}
	n := 0
	for s := range dhcpdconf.Preorder(r.File) {
		span := s.Span()
		file, known := files[span.Src]
		if !known {
			file = quoteJSON(clean(opts, span.Src.Name))
			files[span.Src] = file
		}
		line, column := span.Src.Position(span.Off)
		separate(out, n)
		b := append(out.scratch[:0], `{"statement":`...)
		b = strconv.AppendInt(b, int64(s.ID()), 10)
		b = append(b, `,"keyword":`...)
		b = append(b, quoteJSON(clean(opts, s.Keyword()))...)
		b = append(b, `,"verdict":"`...)
		b = append(b, r.Verdicts[s.ID()].String()...)
		b = append(b, `","file":`...)
		b = append(b, file...)
		b = append(b, `,"line":`...)
		b = strconv.AppendInt(b, int64(line), 10)
		b = append(b, `,"column":`...)
		b = strconv.AppendInt(b, int64(column), 10)
		b = append(b, '}')
		out.Write(b)
		out.scratch = b
		n++
	}
}

func separate(out *output, i int) {
	if i > 0 {
		out.WriteByte(',')
	}
	out.WriteString("\n    ")
}

func closeList(out *output, n int) {
	if n > 0 {
		out.WriteString("\n  ")
	}
	out.WriteByte(']')
}

func quoteJSON(s string) []byte {
	b, err := marshal(s, "")
	if err != nil {
		return []byte(`""`) // cannot happen: every string can be written
	}
	return b
}

// marshal is json.Marshal without the escapes that are for HTML.
func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
