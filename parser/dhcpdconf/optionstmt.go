package dhcpdconf

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
)

// optionName is a written option name: "routers" or "space.name".
type optionName struct {
	Name
	space, name string
}

// optionName reads "NAME" or "SPACE.NAME".
func (p *parser) optionName() (optionName, bool) {
	var n optionName
	if !p.tok.isName() {
		return n, p.expected("option-name", "expected the name of an option")
	}
	t := p.next()
	n.name = p.word(t)
	end := t.end
	if p.accept('.') {
		if !p.tok.isName() {
			return n, p.expected("option-name", `expected the name of an option behind the "."`)
		}
		n.space, n.name = n.name, p.word(p.tok)
		end = p.next().end
	}
	n.Span = p.span(t.off, end)
	n.Text = n.name
	if n.space != "" {
		n.Text = n.space + "." + n.name
	}
	return n, true
}

// lookupOption finds the definition of a written option name.
func (p *parser) lookupOption(n optionName) (*option.Def, bool) {
	if def, ok := p.file.Options.Lookup(n.space, n.name); ok {
		return def, true
	}
	if !p.knownSpace(n) {
		return nil, false
	}
	space := n.space
	if space == "" {
		space = "dhcp"
	}
	detail := p.suggestion(n.name, func() []string { return p.file.Options.Names(space) })
	if n.space == "" && p.file.Protocol == DHCP6 {
		if _, ok := p.file.Options.Lookup("dhcp6", n.name); ok {
			detail = fmt.Sprintf("Options of DHCPv6 are in the space dhcp6: write dhcp6.%s.", foldWord(n.name))
		}
	}
	return nil, p.fail("unknown-option", n.Span, fmt.Sprintf("there is no option %s in the space %s", n.name, space), detail)
}

func (p *parser) knownSpace(n optionName) bool {
	if n.space == "" {
		return true
	}
	if _, ok := p.file.Options.Space(n.space); ok {
		return true
	}
	return p.fail("unknown-option-space", n.Span, fmt.Sprintf("there is no option space %s", n.space),
		p.suggestion(n.space, p.file.Options.Spaces))
}

// optionStatement reads "option": a space, a definition, or a value.
func (p *parser) optionStatement(b Base, sc *scope) Statement {
	next := p.peek()
	executed := sc.kind == scopeBody || sc.kind == scopeSwitch
	if next.isName() && p.folds(next, "space") && !executed {
		return p.optionSpace(b, sc)
	}
	p.next()
	n, ok := p.optionName()
	if !ok {
		return nil
	}
	if p.isWord("code") && !executed {
		return p.optionDefine(b, sc, n)
	}
	return p.optionSet(b, VerbOption, n)
}

// optionVerbs are the statements that set an option.
var optionVerbs = map[string]OptionVerb{
	"supersede": VerbSupersede, "default": VerbDefault, "append": VerbAppend, "prepend": VerbPrepend, "send": VerbSend,
}

func (p *parser) optionVerb(b Base, sc *scope) Statement {
	p.next()
	if b.keyword == "default" && p.tok.is(':') {
		return p.defaultLabel(b, sc)
	}
	n, ok := p.optionName()
	if !ok {
		return nil
	}
	return p.optionSet(b, optionVerbs[b.keyword], n)
}

func (p *parser) optionSet(b Base, verb OptionVerb, n optionName) Statement {
	def, ok := p.lookupOption(n)
	if !ok {
		return nil
	}
	if def.Space == "server" && (verb == VerbOption || verb == VerbSupersede) {
		return p.paramByOption(b, def)
	}
	s := p.mem.options.one()
	s.Base, s.Verb, s.Name, s.Option = b, verb, n.Name, def
	if s.Data, ok = p.optionData(s.Option); !ok {
		return nil
	}
	return s
}

// optionData reads what follows the name of an option up to its ";".
func (p *parser) optionData(def *option.Def) (d Data, ok bool) {
	if p.accept('=') {
		if d.Expr = p.expr(contextData); d.Expr == nil {
			return d, false
		}
	} else if d.Fields, ok = p.value(def); !ok {
		return d, false
	}
	return d, p.semi()
}

// serverIdentifier reads "server-identifier", which is the option
// dhcp-server-identifier.
func (p *parser) serverIdentifier(b Base, _ *scope) Statement {
	t := p.next()
	n := optionName{Name: Name{p.tokenSpan(t), p.word(t)}, name: "dhcp-server-identifier"}
	return p.optionSet(b, VerbOption, n)
}

// parameterOrCall reads a parameter of the server, or what dhcpd takes for an
// expression to evaluate: a call of a function or a variable.
func (p *parser) parameterOrCall(b Base, sc *scope, word string) Statement {
	if len(word) < 8 || word[:8] != "unknown-" {
		if def, ok := p.file.Options.Lookup("server", word); ok {
			return p.param(b, sc, def)
		}
	}
	b.keyword = word
	if !reserved[word] && p.startsExpr(p.peek()) {
		return p.evalWord(b, word)
	}
	summary := fmt.Sprintf("unknown statement %s", p.show(p.tok))
	if reserved[word] {
		summary = fmt.Sprintf("%s does not start a statement %s", p.show(p.tok), scopeNames[sc.kind])
	}
	p.fail("unknown-statement", p.tokenSpan(p.tok), summary, p.suggestion(word, p.statementWords))
	return nil
}

func (p *parser) param(b Base, sc *scope, def *option.Def) Statement {
	s := p.mem.params.one()
	b.keyword = def.Name
	s.Base, s.Option = b, def
	p.next()
	var ok bool
	if s.Data, ok = p.optionData(def); !ok {
		return nil
	}
	if sc.kind == scopeRoot {
		p.rootParam(s)
	}
	return s
}

// paramByOption reads what follows "supersede server.NAME": the parameter, as
// dhcpd writes it into its lease file.
func (p *parser) paramByOption(b Base, def *option.Def) Statement {
	s := p.mem.params.one()
	s.Base, s.Option = b, def
	var ok bool
	if s.Data, ok = p.optionData(def); !ok {
		return nil
	}
	return s
}

// rootParam notes the parameters of the top level that dhcpd checks at the end;
// the last one counts.
func (p *parser) rootParam(s *Param) {
	if len(s.Data.Fields) == 0 {
		return
	}
	d := s.Data.Fields[0]
	switch s.Option.Name {
	case "ddns-update-style":
		p.names.adHoc = Span{}
		if e, ok := option.LookupEnum("ddns-styles"); ok && e.Values[1].Number == d.Value.Num {
			p.names.adHoc = d.Span
		}
	case "omapi-key":
		p.names.omapiKey = Name{d.Span, d.Value.Text}
	}
}

// spaceParam reads "vendor-option-space NAME;" and "site-option-space". With an
// expression they are parameters like others.
func (p *parser) spaceParam(b Base, sc *scope) Statement {
	s := &SpaceParam{Base: b, Site: b.keyword == "site-option-space"}
	if p.peek().is('=') {
		if def, ok := p.file.Options.Lookup("server", b.keyword); ok {
			return p.param(b, sc, def)
		}
	}
	p.next()
	switch {
	case s.Site && p.tok.kind != tokString:
		p.expected("text", "expected the name of an option space in quotes")
		return nil
	case !s.Site && !p.tok.isName():
		p.expected("name", "expected the name of an option space")
		return nil
	}
	var ok bool
	if s.Name, ok = p.nameOrString(); !ok || !p.semi() {
		return nil
	}
	return s
}

// startsExpr reports whether the token behind a word that is no statement makes
// it the start of an expression: dhcpd takes any such word for a variable.
func (p *parser) startsExpr(next token) bool {
	if next.is(':') {
		return p.tok.kind == tokNumWord // octets
	}
	if next.kind == tokMark {
		return strings.IndexByte("(;=!~+*/%&|^", next.mark) >= 0
	}
	return next.isName() && (p.folds(next, "and") || p.folds(next, "or"))
}

// evalWord reads an expression that starts with a word which is no statement.
func (p *parser) evalWord(b Base, word string) Statement {
	s := &Eval{Base: b}
	if s.Expr = p.anyExpr(); s.Expr == nil || !p.semi() {
		return nil
	}
	if _, call := s.Expr.(*Call); !call {
		at := p.tokenSpan(p.scan(b.span.Off))
		p.warn("bare-word", at, fmt.Sprintf("%s is no statement; dhcpd takes it for a variable and does nothing", at.Text()),
			p.suggestion(word, p.statementWords))
	}
	return s
}
