package dhcpdconf

import (
	"fmt"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/suggest"
)

// fail reports an error. It returns false, for the parse function to return.
func (p *parser) fail(code string, at Span, summary, detail string) bool {
	p.errors++
	severity := Error
	if p.inLeases {
		severity = Warning
	}
	switch {
	case p.errors <= p.opts.MaxErrors:
		p.diags = append(p.diags, Diagnostic{severity, code, at, summary, detail})
	case p.errors == p.opts.MaxErrors+1:
		p.diags = append(p.diags, Diagnostic{Severity: severity, Code: "too-many-errors", Span: at,
			Summary: fmt.Sprintf("more than %d errors, further ones are not reported", p.opts.MaxErrors)})
	}
	return false
}

// warn reports something that dhcpd accepts.
func (p *parser) warn(code string, at Span, summary, detail string) {
	if p.errors <= p.opts.MaxErrors {
		p.diags = append(p.diags, Diagnostic{Warning, code, at, summary, detail})
	}
}

// expected reports that the current token is not what belongs here. A token
// that is missing altogether is reported where it belongs.
func (p *parser) expected(what, summary string) bool {
	return p.fail("expected-"+expectedCode(what), p.tokenSpan(p.tok), summary+", found "+p.show(p.tok), "")
}

func expectedCode(what string) string {
	switch what {
	case "{":
		return "block"
	case "(", ")":
		return "parenthesis"
	case ",":
		return "comma"
	}
	return what
}

// show names a token in a message.
func (p *parser) show(t token) string {
	const most = 40
	if t.kind == tokEOF {
		return "the end of the file"
	}
	s := p.word(t)
	if len(s) > most {
		s = s[:most] + "..."
	}
	if t.kind == tokString {
		return "the text " + Printable(s)
	}
	return strconv.Quote(s)
}

// among gives a fixed list of candidates to suggestion.
func among(words ...string) func() []string { return func() []string { return words } }

// suggestion looks for the word that was meant. It looks for the first few
// only, since each takes some time.
func (p *parser) suggestion(word string, candidates func() []string) string {
	const most = 50
	if p.suggests++; p.suggests > most {
		return ""
	}
	if near := suggest.Nearest(word, candidates()); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return ""
}
