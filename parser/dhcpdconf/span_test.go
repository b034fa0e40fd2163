package dhcpdconf

import (
	"reflect"
	"strings"
	"testing"
)

// checkSpans walks over the whole tree and demands of every statement that its
// span is in its file, in order, and within the statement around it; that it
// starts with its keyword and ends where it should; that IDs count up; and of
// every name, address, value and expression that its span is within the
// statement's.
func checkSpans(t *testing.T, f *File) {
	t.Helper()
	c := spanChecker{t: t}
	c.list(f.Body, Span{f.Source, 0, uint32(len(f.Source.Text))})
	if c.next != f.Statements {
		t.Errorf("%d statements found, the file says %d", c.next, f.Statements)
	}
}

type spanChecker struct {
	t    *testing.T
	next int // the next ID
}

func (c *spanChecker) list(body []Statement, around Span) {
	at := around.Off
	for _, s := range body {
		for branch, ok := s, true; ok; {
			span := branch.Span()
			if span.Src != around.Src {
				c.t.Errorf("%v: %T is in another file", span, branch)
				return
			}
			if span.Off < at || span.End < span.Off || span.End > around.End {
				c.t.Errorf("%v: %T spans %d-%d, expected within %d-%d", span, branch, span.Off, span.End, at, around.End)
				return
			}
			at = span.End
			c.statement(branch)
			var i *If
			if i, ok = branch.(*If); ok && i.Next != nil {
				branch = i.Next
			} else {
				ok = false
			}
		}
	}
}

// The blanks that dhcpd knows; others, such as the thin space, are a word.
const blanks = " \t\r\n\v\f"

func (c *spanChecker) statement(s Statement) {
	span, head := s.Span(), s.Head()
	if s.ID() != c.next {
		c.t.Errorf("%v: ID %d, expected %d", span, s.ID(), c.next)
	}
	c.next++
	text := span.Text()
	if head.Off != span.Off || head.End > span.End || head.End < head.Off {
		c.t.Errorf("%v: the head %d-%d is not the start of %d-%d", span, head.Off, head.End, span.Off, span.End)
	}
	_, bad := s.(*Bad)
	if text != strings.Trim(text, blanks) && int(span.End) < len(span.Src.Text) { // it may end with the file, within a text
		c.t.Errorf("%v: %q has blanks around it", span, text)
	}
	if !bad && !strings.EqualFold(text[:min(len(text), len(s.Keyword()))], s.Keyword()) {
		c.t.Errorf("%v: %q does not start with %q", span, text, s.Keyword())
	}
	if include, ok := s.(*Include); ok {
		if include.Source != nil {
			c.list(include.Body, Span{include.Source, 0, uint32(len(include.Source.Text))})
		}
		return
	}
	c.list(Children(s), Span{span.Src, head.End, span.End})
	c.inner(reflect.ValueOf(s).Elem(), s, 0)
}

// inner looks for spans in the fields of a statement.
func (c *spanChecker) inner(v reflect.Value, s Statement, depth int) {
	if depth > 60 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		switch v.Type() {
		case reflect.TypeFor[Span]():
			c.within(v.Interface().(Span), s)
			return
		case reflect.TypeFor[Base](), reflect.TypeFor[Block](), reflect.TypeFor[Diagnostic]():
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.inner(v.Field(i), s, depth+1)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			c.inner(v.Index(i), s, depth+1)
		}
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		switch v.Interface().(type) {
		case Statement, *Source:
			return
		case Expr:
			c.inner(reflect.Indirect(v.Elem()), s, depth+1)
		}
	}
}

func (c *spanChecker) within(span Span, s Statement) {
	if span.IsZero() {
		return
	}
	around := s.Span()
	if span.Src != around.Src || span.Off < around.Off || span.End > around.End || span.End < span.Off {
		c.t.Errorf("%v: a span %d-%d of %T is not within %d-%d", around, span.Off, span.End, s, around.Off, around.End)
	}
	if text := span.Text(); text != strings.Trim(text, blanks) {
		c.t.Errorf("%v: the span of %q has blanks around it", span, text)
	}
}

func TestSpans(t *testing.T) {
	for _, c := range verdictCases(t) {
		f, _ := Parse("dhcpd.conf", []byte(c.text), Options{Protocol: c.protocol, ReadFile: noFiles})
		checkSpans(t, f)
		if t.Failed() {
			t.Fatalf("the text is:\n%s", c.text)
		}
	}
}

func TestDiagnosticSpans(t *testing.T) {
	for _, c := range verdictCases(t) {
		f, diags := Parse("dhcpd.conf", []byte(c.text), Options{Protocol: c.protocol, ReadFile: noFiles})
		for _, d := range diags {
			if d.Span.Src != f.Source || d.Span.End < d.Span.Off || int(d.Span.End) > len(c.text) || d.Summary == "" || d.Code == "" {
				t.Errorf("%+v in %q", d, c.text)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range verdictCases(f) {
		f.Add([]byte(c.text), c.protocol == DHCP6)
	}
	f.Add([]byte("\u2009;\xe2"), true)
	f.Fuzz(func(t *testing.T, text []byte, v6 bool) {
		opts := Options{ReadFile: noFiles}
		if v6 {
			opts.Protocol = DHCP6
		}
		tree, diags := Parse("dhcpd.conf", text, opts)
		if got := string(Print(tree)); got != string(text) {
			t.Errorf("printed back as %q", got)
		}
		checkSpans(t, tree)
		for _, d := range diags {
			if d.Span.Src == nil || d.Span.End < d.Span.Off || int(d.Span.End) > len(d.Span.Src.Text) {
				t.Errorf("bad span of %+v", d)
			}
			_ = d.Error()
		}
	})
}
