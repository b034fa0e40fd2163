package verify

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// Of a subject so many clients have a square, and so many cases are open at once.
const (
	mostCells = 400
	mostOpen  = 5
)

type pageData struct {
	R                 *Result
	CSS               template.CSS
	JS                template.JS
	Verdict, Sentence string
	Outcomes          []pageOutcome
	Kinds             []pageKind
	Cases             []pageCase
	More              string
}

type pageOutcome struct {
	N                int
	Name, Text, Sign string
}

type pageKind struct {
	Title string
	Rows  []pageRow
}

type pageRow struct {
	Name, Where, Has string
	Cells            []pageCell
	More             int
}

type pageCell struct {
	Number        int
	Line, Outcome string
	Sign          string
	Link          bool
}

type pageCase struct {
	*Case
	Brief string
	Open  bool
}

// signs tell the outcomes apart without colours.
var signs = [...]string{"", "~", "i", "!"}

var kindTitles = map[string]string{
	"subnet": "Subnets", "host": "Hosts", "class": "Classes", "condition": "Conditions", "subclass": "Subclasses", "wishes": "Wishes for times, addresses and options",
	"dialogue": "Renewing, coming back, wrong networks, BOOTP", "given": "Clients that were given", "pool": "Pools", "lease": "Leases", "grown": "Made for what no other client had touched",
}

// HTML writes a page for a browser: one file that asks for nothing else.
func (r *Result) HTML(w io.Writer) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return err
	}
	d := pageData{R: r, CSS: template.CSS(pageCSS), JS: template.JS(pageJS), Verdict: Equal.String()}
	texts := [...]string{"the same answers, field by field", "they differ in what the rule book leaves open", "they differ where a finding says so", "nothing explains it"}
	for o := Equal; o <= Different; o++ {
		d.Outcomes = append(d.Outcomes, pageOutcome{r.Counts.of(o), o.String(), texts[o], signs[o]})
	}
	switch {
	case r.Counts.Different > 0:
		d.Verdict = Different.String()
		d.Sentence = fmt.Sprintf("%d of %d clients are answered in another way, and nothing explains it.", r.Counts.Different, r.Clients)
	case r.Counts.Explained > 0:
		d.Verdict = Explained.String()
		d.Sentence = fmt.Sprintf("No difference is left unexplained. %d of %d clients are answered in another way where the report says so.", r.Counts.Explained, r.Clients)
	default:
		d.Sentence = fmt.Sprintf("All %d clients get the same answers.", r.Clients)
	}
	d.kinds(r)
	open := map[string]bool{} // the first of those that are alike
	for _, c := range r.Cases {
		s := c.signature()
		first := c.Outcome == Different && !open[s] && len(open) < mostOpen
		if first {
			open[s] = true
		}
		d.Cases = append(d.Cases, pageCase{c, c.brief(), first})
	}
	for _, o := range []Outcome{Different, Explained} {
		if n := r.Omitted[o.String()]; n > 0 {
			d.More += fmt.Sprintf("%d more clients are %s in the same or in other ways. ", n, o)
		}
	}
	return t.Execute(w, d)
}

func (d *pageData) kinds(r *Result) {
	at := map[string]int{}
	for _, s := range r.Subjects {
		i, ok := at[s.Kind]
		if !ok {
			i = len(d.Kinds)
			at[s.Kind] = i
			d.Kinds = append(d.Kinds, pageKind{Title: kindTitles[s.Kind]})
		}
		row := pageRow{Name: s.Name}
		if s.Place != nil && s.Place.Line > 0 {
			row.Where = fmt.Sprintf("%s:%d", s.Place.File, s.Place.Line)
		}
		var has []string
		for o := Equal; o <= Different; o++ {
			if s.Counts.of(o) > 0 {
				has = append(has, o.String())
			}
		}
		row.Has = strings.Join(has, " ")
		for _, m := range s.Outcomes {
			if len(row.Cells) == mostCells {
				row.More = len(s.Outcomes) - mostCells
				break
			}
			row.Cells = append(row.Cells, pageCell{m.Client, m.Line, m.Outcome.String(), signs[m.Outcome], m.Shown})
		}
		d.Kinds[i].Rows = append(d.Kinds[i].Rows, row)
	}
}

// brief says in a few words what differs.
func (c *Case) brief() string {
	var list []string
	for _, e := range c.Exchanges {
		for _, f := range e.Fields {
			if f.Outcome < c.Outcome {
				continue
			}
			text := f.Title
			if f.Name == "answered" {
				text = fmt.Sprintf("%s: %s, not %s", e.Step, f.Got, f.Want)
			}
			if !strings.Contains(strings.Join(list, "\x00")+"\x00", text+"\x00") {
				list = append(list, text)
			}
		}
	}
	return strings.Join(list, ", ")
}
