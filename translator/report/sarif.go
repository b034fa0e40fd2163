package report

import (
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// The parts of SARIF 2.1.0 (OASIS, 2020) that report.sarif uses, by section.

type sarifRule struct { // 3.49
	ID      string    `json:"id"`
	Short   sarifText `json:"shortDescription"`
	Full    sarifText `json:"fullDescription"`
	Default struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
}

type sarifText struct { // 3.11, 3.12
	Text string `json:"text"`
}

type sarifResult struct { // 3.27
	RuleID    translator.Code `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Kind      string          `json:"kind"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
	Related   []sarifLocation `json:"relatedLocations,omitempty"`
	More      sarifProperties `json:"properties"`
}

type sarifProperties struct {
	Severity translator.Severity `json:"severity"`
	Verdict  translator.Verdict  `json:"verdict"`
	Fields   []string            `json:"fields,omitempty"`
	Clients  string              `json:"clients,omitempty"`
	Pointers []string            `json:"pointers,omitempty"`
}

type sarifLocation struct { // 3.28
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region sarifRegion `json:"region"`
	} `json:"physicalLocation"`
	Message *sarifText `json:"message,omitempty"`
}

// sarifRegion is a stretch of text; the end column is the one after the last
// character (3.30).
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

const sarifHead = `{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [{
    "columnKind": "unicodeCodePoints",
    "tool": {"driver": {"name": "keamigrate", "rules": [`

// SARIF writes report.sarif, the form in which systems for continuous
// integration take findings. Its rules are the codes that occur.
func SARIF(w io.Writer, r *translator.Report, opts Options) error {
	out := newOutput(w)
	out.WriteString(sarifHead)
	used := map[translator.Code]int{}
	for i := range r.Findings {
		used[r.Findings[i].Code] = -1
	}
	n := 0
	write := func(v any) error {
		line, err := marshal(v, "")
		if err != nil {
			return err
		}
		separate(out, n)
		n++
		_, err = out.Write(line)
		return err
	}
	for _, c := range translator.Codes() {
		if _, ok := used[c.Code]; !ok {
			continue
		}
		used[c.Code] = n
		rule := sarifRule{ID: string(c.Code), Short: sarifText{c.Title}, Full: sarifText{c.Text}}
		_, rule.Default.Level = sarifLevel(c.Severity)
		if err := write(rule); err != nil {
			return err
		}
	}
	closeList(out, n)
	out.WriteString("}},\n    \"results\": [")
	n = 0
	var start, end columns
	for i := range r.Findings {
		f := &r.Findings[i]
		result := sarifResult{
			RuleID: f.Code, RuleIndex: used[f.Code], Message: sarifText{clean(opts, f.Message)},
			More: sarifProperties{Severity: f.Severity, Verdict: f.Verdict, Fields: f.Fields, Clients: clean(opts, f.Clients), Pointers: f.Places},
		}
		result.Kind, result.Level = sarifLevel(f.Severity)
		if f.Remedy != "" {
			result.Message.Text = strings.TrimSpace(result.Message.Text) + " To do: " + clean(opts, f.Remedy)
		}
		if !f.Span.IsZero() {
			result.Locations = []sarifLocation{newLocation(f.Span, &start, &end, opts)}
			for _, span := range f.Span.IncludeStack() {
				at := newLocation(span, new(columns), new(columns), opts)
				at.Message = &sarifText{"included from here"}
				result.Related = append(result.Related, at)
			}
		}
		if err := write(result); err != nil {
			return err
		}
	}
	closeList(out, n)
	out.WriteString("\n  }]\n}\n")
	return out.Flush()
}

// sarifLevel grades a finding: what is no failure has no level (3.27.10).
func sarifLevel(s translator.Severity) (kind, level string) {
	switch {
	case s >= translator.S4:
		return "fail", "error"
	case s >= translator.S2:
		return "fail", "warning"
	case s == translator.S1:
		return "fail", "note"
	}
	return "informational", "none"
}

func newLocation(span dhcpdconf.Span, start, end *columns, opts Options) (l sarifLocation) {
	name := filepath.ToSlash(clean(opts, span.Src.Name))
	uri := url.URL{Path: name}
	if strings.HasPrefix(name, "/") {
		uri.Scheme = "file"
	}
	l.Physical.Artifact.URI = uri.String()
	region := &l.Physical.Region
	region.StartLine, region.StartColumn = start.at(span.Src, span.Off)
	region.EndLine, region.EndColumn = end.at(span.Src, max(span.Off, span.End))
	return l
}

// columns counts columns in characters. It goes on from the place before, so
// that many places in order on one long line take linear time.
type columns struct {
	src  *dhcpdconf.Source
	line int
	off  uint32
	n    int
}

func (c *columns) at(src *dhcpdconf.Source, off uint32) (line, column int) {
	line, bytes := src.Position(off)
	if c.src != src || c.line != line || c.off > off {
		*c = columns{src, line, off - uint32(bytes-1), 1}
	}
	c.n += utf8.RuneCount(src.Text[c.off:min(off, uint32(len(src.Text)))])
	c.off = off
	return line, c.n
}
