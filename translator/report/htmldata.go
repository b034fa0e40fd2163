package report

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator"
)

// page is what report.html shows.
type page struct {
	report  *translator.Report
	outputs []Output
	opts    Options
	brief   bool // without the texts

	sources, results []*pageFile
	byName           map[string]*pageFile // of the sources
	writers          map[string]*located  // by the first word of a pointer, such as "Dhcp4"
}

// located is a configuration of which the line of each pointer is known.
type located struct {
	*keaconf.Writer
	file *pageFile
}

func newPage(r *translator.Report, outputs []Output, opts Options) *page {
	p := &page{report: r, outputs: outputs, opts: opts, byName: map[string]*pageFile{}, writers: map[string]*located{}}
	p.brief = !ShowsTexts(r)
	return p
}

// readSources takes in the texts of the left side, unless they are too large.
func (p *page) readSources() {
	if p.brief {
		return
	}
	size, lines := 0, 0
	addSource := func(src *dhcpdconf.Source) {
		if src == nil || p.byName[src.Name] != nil {
			return
		}
		size += len(src.Text)
		f := newPageFile(src, lines, p.opts.Redact)
		f.name = clean(p.opts, src.Name)
		lines += f.lines
		p.sources, p.byName[src.Name] = append(p.sources, f), f
	}
	addSource(p.report.File.Source)
	for s := range dhcpdconf.Preorder(p.report.File) {
		if include, ok := s.(*dhcpdconf.Include); ok {
			addSource(include.Source)
		}
	}
	if size > maxPageSource {
		p.brief, p.sources = true, nil
		return
	}
	for s := range dhcpdconf.Preorder(p.report.File) {
		if f, line := p.sourceLine(s.Head()); f != nil {
			f.verdicts[line-1] = max(f.verdicts[line-1], p.report.Verdicts[s.ID()])
		}
	}
}

// readResults takes in those of the right side.
func (p *page) readResults() error {
	if p.brief {
		return nil
	}
	lines := 0
	for _, o := range p.outputs {
		text := []byte(o.Text)
		var writer *keaconf.Writer
		if o.Config != nil {
			written := o.Written
			if written == nil {
				written = func() ([]byte, *keaconf.Writer, error) { return o.Write(p.report) }
			}
			var err error
			if text, writer, err = written(); err != nil {
				return err
			}
		}
		src := dhcpdconf.NewSource(o.Name, text)
		f := newPageFile(src, lines, dhcpdconf.RedactSources(src), p.opts.Redact)
		lines += f.lines
		p.results = append(p.results, f)
		if writer != nil {
			p.writers[o.Config.Daemon().TopKey()] = &located{writer, f}
		}
	}
	return nil
}

// sourceLine returns where a span begins; nil when the page does not show it.
func (p *page) sourceLine(span dhcpdconf.Span) (*pageFile, int) {
	if span.IsZero() {
		return nil, 0
	}
	f := p.byName[span.Src.Name]
	line, _ := span.Src.Position(span.Off)
	if f == nil || line > f.lines {
		return nil, 0
	}
	return f, line
}

// resultLine returns the line of a pointer, counted over all files of the
// result from 0; -1 when there is none.
func (p *page) resultLine(pointer string) int {
	top, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	w := p.writers[top]
	if w == nil {
		return -1
	}
	line := w.Line(pointer)
	if line < 1 || line > w.file.lines {
		return -1
	}
	return w.file.base + line - 1
}

// pageGroup is what several findings say alike: the text stands on the page
// once however many there are.
type pageGroup struct {
	Code     translator.Code `json:"c"`
	Severity int             `json:"s"`
	Verdict  string          `json:"v"`
	Message  string          `json:"m"`
	Remedy   string          `json:"r,omitempty"`
	Fields   string          `json:"f,omitempty"`
	Clients  string          `json:"w,omitempty"`
	Count    int             `json:"n"`
	// Lines are the lines of the source, -1 for those about the whole; Names
	// stand in for them where the page does not show the source.
	Lines []int    `json:"l,omitempty"`
	Names []string `json:"a,omitempty"`
	// Pointers are those of the first of the findings, and PointerCount counts
	// them with those that it does not list.
	Pointers     []string `json:"p,omitempty"`
	PointerCount int      `json:"q,omitempty"`
	// Results are the lines of the result that they name, -1 for none.
	Results []int `json:"o,omitempty"`
}

type groupKey struct {
	code                             translator.Code
	severity                         translator.Severity
	verdict                          translator.Verdict
	message, remedy, fields, clients string
}

// groups puts findings together that say the same, and returns how many are
// left out.
func (p *page) groups() (groups []*pageGroup, left int) {
	limit := maxPageGroups
	if p.brief {
		limit = maxSummaryGroups
	}
	index := map[groupKey]*pageGroup{}
	for i := range p.report.Findings {
		f := &p.report.Findings[i]
		key := groupKey{f.Code, f.Severity, f.Verdict, f.Message, f.Remedy, strings.Join(f.Fields, ", "), f.Clients}
		g := index[key]
		if g == nil {
			if len(groups) == limit {
				left++
				continue
			}
			g = &pageGroup{
				Code: f.Code, Severity: int(f.Severity), Verdict: f.Verdict.String(), Message: clean(p.opts, f.Message), Remedy: clean(p.opts, f.Remedy),
				Fields: clean(p.opts, key.fields), Clients: clean(p.opts, f.Clients), Pointers: f.Places, PointerCount: f.PlaceCount,
			}
			for _, pointer := range f.Places {
				g.Results = append(g.Results, p.resultLine(pointer))
			}
			index[key], groups = g, append(groups, g)
		}
		g.Count++
		file, line := p.sourceLine(f.Span)
		switch {
		case file != nil:
			g.Lines = append(g.Lines, file.base+line-1)
		case f.Span.IsZero():
		case len(g.Names) < maxGroupPlaces:
			g.Names = append(g.Names, clean(p.opts, f.Span.String()))
		}
	}
	return groups, left
}

// links lists, for each line of the source that has any, the lines of the
// result it leads to: those that findings name, and those of subnets, networks,
// classes, hosts and zones that carry the same name or number on both sides.
func (p *page) links() [][]int {
	if p.brief {
		return [][]int{}
	}
	to := map[int][]int{}
	add := func(span dhcpdconf.Span, pointer string) {
		file, line := p.sourceLine(span)
		at := p.resultLine(pointer)
		if file == nil || at < 0 {
			return
		}
		from := file.base + line - 1
		if !slices.Contains(to[from], at) && len(to[from]) < maxGroupPlaces {
			to[from] = append(to[from], at)
		}
	}
	for i := range p.report.Findings {
		for _, pointer := range p.report.Findings[i].Places {
			add(p.report.Findings[i].Span, pointer)
		}
	}
	things := p.things()
	for s := range dhcpdconf.Preorder(p.report.File) {
		for _, key := range thingKeys(s) {
			for _, pointer := range things[key] {
				add(s.Head(), pointer)
			}
		}
	}
	list := make([][]int, 0, len(to))
	for from, lines := range to {
		slices.Sort(lines)
		list = append(list, append([]int{from}, lines...))
	}
	slices.SortFunc(list, func(a, b []int) int { return a[0] - b[0] })
	return list
}

// pageData is what the script of the page works with.
type pageData struct {
	Sources []shownFile  `json:"src"`
	Results []shownFile  `json:"out"`
	Groups  []*pageGroup `json:"groups"`
	Left    int          `json:"left"`
	Links   [][]int      `json:"links"`
}

type shownFile struct {
	Name string `json:"name"`
	Base int    `json:"base"`
	N    int    `json:"n"`
}

func (p *page) data() *pageData {
	d := &pageData{Links: p.links()}
	for _, f := range p.sources {
		d.Sources = append(d.Sources, shownFile{f.name, f.base, f.lines})
	}
	for _, f := range p.results {
		d.Results = append(d.Results, shownFile{f.name, f.base, f.lines})
	}
	d.Groups, d.Left = p.groups()
	return d
}
