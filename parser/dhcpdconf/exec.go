package dhcpdconf

import "fmt"

// body is the scope of the statements in a block that dhcpd executes.
func (sc *scope) body() *scope {
	s := sc.sub(scopeBody)
	return s
}

// ifStatement reads a whole chain: if, and any number of elsif and else if, and
// else. It does not recurse, since chains can be long.
func (p *parser) ifStatement(b Base, sc *scope) Statement {
	first := &If{Base: b}
	p.next()
	ok := p.ifBranch(first, sc, true)
	if !ok && !p.skipBranch(b.span.Off) {
		return nil
	}
	conditional := true
	for last := first; conditional; {
		p.finish(&last.Base)
		start := p.tok
		if !p.isWord("elsif") && !p.isWord("else") {
			return p.ifChain(first, ok)
		}
		before := p.takeComments(last, nil)
		p.next()
		if p.folds(start, "else") {
			conditional = p.acceptWord("if")
		}
		next := &If{Base: Base{span: Span{p.src, start.off, start.end}, id: p.nextID, keyword: foldWord(p.word(start))}}
		if before != nil {
			p.commentsOf(&next.Base).Before = before
		}
		p.nextID++
		if !p.ifBranch(next, sc, conditional) {
			ok = false
			if !p.skipBranch(start.off) {
				break
			}
		}
		last.Next, last = next, next
		p.finish(&last.Base)
	}
	return p.ifChain(first, ok)
}

// ifChain returns a chain, or nil when a branch of it could not be read: then
// nobody can say when the others are taken.
func (p *parser) ifChain(first *If, ok bool) Statement {
	if !ok {
		p.recovered = true
		return nil
	}
	return first
}

// skipBranch moves behind the block of a branch that could not be read. It
// reports false when there is no block.
func (p *parser) skipBranch(start uint32) bool {
	p.skip(token{off: start})
	return p.prev > 0 && p.text[p.prev-1] == '}'
}

// ifBranch reads the condition and the block of one branch.
func (p *parser) ifBranch(s *If, sc *scope, conditional bool) bool {
	if conditional {
		if s.Cond = p.condition(); s.Cond == nil {
			return false
		}
	}
	if !p.block(&s.Base, sc.body(), &s.Block) {
		return false
	}
	s.span.End = p.prev
	return true
}

// condition reads the condition of an if. When it starts with a parenthesis,
// dhcpd takes that for one around the whole condition.
func (p *parser) condition() Expr {
	open := p.tok
	paren := p.accept('(')
	x := p.expr(contextBoolean)
	if x == nil || !paren {
		return x
	}
	if !p.accept(')') {
		p.expected(")", `expected ")"`)
		return nil
	}
	if !p.tok.is('{') {
		p.fail("condition-parentheses", p.span(open.off, p.tok.end), `expected "{" behind the ")", found `+p.show(p.tok),
			"dhcpd takes a parenthesis behind if for one around the whole condition: write one more pair around everything.")
		return nil
	}
	return x
}

func (p *parser) switchStatement(b Base, sc *scope) Statement {
	s := &Switch{Base: b}
	p.next()
	if !p.accept('(') {
		p.expected("(", `expected "("`)
		return nil
	}
	if s.Value = p.expr(contextAny); s.Value == nil {
		return nil
	}
	if !p.accept(')') {
		p.expected(")", `expected ")"`)
		return nil
	}
	inner := sc.sub(scopeSwitch)
	inner.numeric = numeric(s.Value)
	if !p.block(&s.Base, inner, &s.Block) {
		return nil
	}
	return s
}

// numeric reports whether an expression is a number.
func numeric(x Expr) bool {
	switch x := x.(type) {
	case *Literal:
		return x.Kind == LiteralNumber
	case *Atom:
		return atoms[x.Name] != contextData
	case *Call:
		return functions[x.Name].is != contextData && !x.User
	case *Binary, *Not, *Exists:
		return true // dhcpd takes a boolean value for a number
	}
	return false
}

func (p *parser) caseStatement(b Base, sc *scope) Statement {
	s := &Case{Base: b}
	p.next()
	want := contextData
	if sc.numeric {
		want = contextDataOrNumeric
	}
	if s.Value = p.expr(want); s.Value == nil {
		return nil
	}
	if lit, ok := s.Value.(*Literal); ok && lit.Kind == LiteralHex && p.tok.is(':') {
		p.fail("case-octets", lit.At, `dhcpd takes the ":" behind octets for more of them`, "Write the value as text in quotes.")
		return nil
	}
	if !p.accept(':') {
		p.expected("colon", `expected ":"`)
		return nil
	}
	return s
}

// defaultLabel reads "default:", the word is read already.
func (p *parser) defaultLabel(b Base, sc *scope) Statement {
	if sc.kind != scopeSwitch {
		p.fail("not-allowed-here", b.span, "default is not allowed "+scopeNames[sc.kind], "")
		return nil
	}
	p.next()
	return &Case{Base: b}
}

// events are what on can wait for.
var events = []string{"commit", "expiry", "release", "transmission"}

func (p *parser) on(b Base, sc *scope) Statement {
	s := &On{Base: b}
	p.next()
	for {
		event := ""
		for _, e := range events {
			if p.isWord(e) {
				event = e
			}
		}
		if event == "" {
			p.fail("unknown-event", p.tokenSpan(p.tok), "expected an event, found "+p.show(p.tok),
				"The events are commit, expiry, release and transmission.")
			return nil
		}
		s.Events = append(s.Events, event)
		p.next()
		if !p.acceptWord("or") {
			break
		}
	}
	if p.accept(';') {
		return s
	}
	if !p.block(&s.Base, sc.body(), &s.Block) {
		return nil
	}
	return s
}

// variable reads the name of a variable or function to set.
func (p *parser) variable() (Name, bool) {
	if !p.tok.isName() || reserved[foldWord(p.word(p.tok))] {
		return Name{}, p.fail("bad-variable", p.tokenSpan(p.tok), p.show(p.tok)+" cannot be the name of a variable",
			"It is a word of the language.")
	}
	t := p.next()
	return Name{p.tokenSpan(t), p.word(t)}, true
}

func (p *parser) set(b Base, sc *scope) Statement {
	p.next()
	name, ok := p.variable()
	if !ok {
		return nil
	}
	if p.tok.is('(') {
		return p.function(b, sc, name)
	}
	s := &Set{Base: b, Define: b.keyword == "define", Name: name}
	if !p.accept('=') {
		p.expected("equals", `expected "="`)
		return nil
	}
	if s.Expr = p.anyExpr(); s.Expr == nil || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) function(b Base, sc *scope, name Name) Statement {
	s := &Func{Base: b, Name: name}
	p.next()
	for !p.tok.is(')') {
		arg, ok := p.variable()
		if !ok {
			return nil
		}
		s.Args = append(s.Args, arg)
		if !p.accept(',') {
			break
		}
	}
	if !p.accept(')') {
		p.expected(")", `expected ")"`)
		return nil
	}
	if !p.block(&s.Base, sc.body(), &s.Block) {
		return nil
	}
	return s
}

func (p *parser) unset(b Base, _ *scope) Statement {
	s := &Unset{Base: b}
	p.next()
	var ok bool
	if s.Name, ok = p.variable(); !ok || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) eval(b Base, _ *scope) Statement {
	s := &Eval{Base: b}
	p.next()
	if s.Expr = p.anyExpr(); s.Expr == nil || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) returnStatement(b Base, _ *scope) Statement {
	s := &Return{Base: b}
	p.next()
	if s.Expr = p.anyExpr(); s.Expr == nil || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) execute(b Base, _ *scope) Statement {
	s := &Execute{Base: b}
	p.next()
	if !p.accept('(') {
		p.expected("(", `expected "("`)
		return nil
	}
	if p.tok.kind != tokString {
		p.expected("text", "expected a command in quotes")
		return nil
	}
	var ok bool
	if s.Command, ok = p.stringText(p.next()); !ok {
		return nil
	}
	for p.accept(',') {
		arg := p.expr(contextData)
		if arg == nil {
			return nil
		}
		s.Args = append(s.Args, arg)
	}
	if !p.accept(')') {
		p.expected(")", `expected ")"`)
		return nil
	}
	if !p.semi() {
		return nil
	}
	return s
}

// priorities of log.
var priorities = []string{"fatal", "error", "info", "debug"}

func (p *parser) log(b Base, _ *scope) Statement {
	s := &Log{Base: b}
	p.next()
	if !p.accept('(') {
		p.expected("(", `expected "("`)
		return nil
	}
	for _, priority := range priorities {
		if p.isWord(priority) {
			s.Priority = priority
			p.next()
			if !p.accept(',') {
				p.expected(",", `expected ","`)
				return nil
			}
			break
		}
	}
	if s.Expr = p.expr(contextData); s.Expr == nil {
		return nil
	}
	if !p.accept(')') {
		p.expected(")", `expected ")"`)
		return nil
	}
	if !p.semi() {
		return nil
	}
	return s
}

func (p *parser) addClass(b Base, _ *scope) Statement {
	s := &Add{Base: b}
	p.next()
	var ok bool
	if s.Class, ok = p.className(); !ok || !p.knownClass(s.Class) || !p.semi() {
		return nil
	}
	return s
}

// fixedWordForms lists the words that may follow the first of a statement
// without a value.
var fixedWordForms = map[string][]string{
	"lease-id-format": {"octal", "hex"},
	"db-time-format":  {"default", "local"},
}

func (p *parser) fixedWords(b Base, _ *scope) Statement {
	s := &Simple{Base: b, Words: []string{b.keyword}}
	p.next()
	if forms := fixedWordForms[b.keyword]; forms != nil {
		for _, form := range forms {
			if p.isWord(form) {
				s.Words = append(s.Words, form)
			}
		}
		if len(s.Words) == 1 {
			p.fail("unknown-value", p.tokenSpan(p.tok), fmt.Sprintf("%s is %s or %s", b.keyword, forms[0], forms[1]), "")
			return nil
		}
		p.next()
	}
	if !p.semi() {
		return nil
	}
	return s
}
