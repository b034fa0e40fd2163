package dhcpdconf

import (
	"fmt"
	"slices"
)

// exprType is the type that an expression has, or that its place asks for.
type exprType uint8

const (
	contextAny exprType = iota
	contextBoolean
	contextData
	contextNumeric
	contextDataOrNumeric
)

var contextNames = [...]string{"any", "boolean", "data", "numeric", "data or numeric"}

// operand is an expression with its type.
type operand struct {
	expr Expr
	is   exprType
}

// expr reads an expression of the given type; nil if there is none.
func (p *parser) expr(want exprType) Expr {
	syntax, ok := runGrammar(p, exprGrammar, toOperandEnd)
	if !ok {
		return nil
	}
	read := want
	if want == contextAny {
		read = contextDataOrNumeric
	}
	x, ok := p.grouped(syntax, read)
	if !ok || !p.fits(x, want) {
		return nil
	}
	return x.expr
}

// anyExpr reads an expression where dhcpd does not ask for its type: it only
// reads a lone number as an octet.
func (p *parser) anyExpr() Expr {
	syntax, ok := runGrammar(p, exprGrammar, toOperandEnd)
	if !ok {
		return nil
	}
	x, ok := p.grouped(syntax, contextData)
	if !ok {
		return nil
	}
	return x.expr
}

// fits demands a type. Variables and functions of the file can be any.
func (p *parser) fits(x operand, want exprType) bool {
	switch {
	case want == contextAny, x.is == contextAny, x.is == want:
		return true
	case want == contextDataOrNumeric && (x.is == contextData || x.is == contextNumeric):
		return true
	}
	return p.fail("wrong-type", x.expr.Span(), fmt.Sprintf("expected a %s expression, this one is %s",
		contextNames[want], contextNames[x.is]), "")
}

// precedence of the binary operators: the higher, the tighter. It is dhcpd's
// own: comparisons bind tightest, then "and" and "or" alike, then arithmetic.
func precedence(op string) int {
	switch op {
	case "=", "!=", "~=", "~~":
		return 4
	case "and", "or":
		return 3
	case "+", "*", "/", "%":
		return 2
	}
	return 1
}

// grouping turns a flat chain of operands and operators into a tree as dhcpd
// does: from the left, but where an operator binds tighter than the one before,
// everything that follows belongs to it (matters for "a and b = c or d = e").
type grouping struct {
	p     *parser
	links []*linkSyntax
}

func (p *parser) grouped(s *exprSyntax, want exprType) (operand, bool) {
	if len(s.Rest) >= maxOperands {
		return operand{}, p.fail("expression-too-long", p.tokenSpan(p.scan(uint32(s.First.Pos.Offset))),
			fmt.Sprintf("more than %d operands without parentheses", maxOperands), "")
	}
	first, ok := p.operand(s.First, want)
	if !ok || len(s.Rest) == 0 {
		return first, ok
	}
	g := &grouping{p, s.Rest}
	link := g.links[0]
	g.links = g.links[1:]
	return g.chain(first, link)
}

// chain groups what follows left and the operator of link, to the end.
func (g *grouping) chain(left operand, link *linkSyntax) (operand, bool) {
	want := left.is
	for {
		right, ok := g.p.operand(link.Operand, want)
		if !ok {
			return right, false
		}
		want = right.is
		var next *linkSyntax
		if len(g.links) > 0 {
			next = g.links[0]
			g.links = g.links[1:]
			if precedence(next.Op) > precedence(link.Op) {
				if right, ok = g.chain(right, next); !ok {
					return right, false
				}
				next = nil
			}
		}
		if left, ok = g.p.binary(link.Op, left, right); !ok || next == nil {
			return left, ok
		}
		link = next
	}
}

// binary joins two operands, whose types must fit each other and the operator.
func (p *parser) binary(op string, x, y operand) (operand, bool) {
	at := p.span(x.expr.Span().Off, y.expr.Span().End)
	if x.is != contextAny && y.is != contextAny && x.is != y.is {
		return x, p.fail("wrong-type", at, fmt.Sprintf("%q between %s and %s", op, contextNames[x.is], contextNames[y.is]),
			"Both sides must have the same type; parentheses say what belongs together.")
	}
	is := contextBoolean
	want := []exprType{contextBoolean}
	switch precedence(op) {
	case 4:
		want = []exprType{contextData, contextNumeric}
		if op[0] == '~' {
			want = want[:1]
		}
	case 2, 1:
		is, want = contextNumeric, []exprType{contextNumeric}
	}
	if !slices.Contains(want, y.is) && y.is != contextAny {
		return x, p.fail("wrong-type", y.expr.Span(), fmt.Sprintf("%q takes %s operands, this one is %s",
			op, contextNames[want[0]], contextNames[y.is]), "")
	}
	return operand{&Binary{ExprBase{at}, op, x.expr, y.expr}, is}, true
}

func (p *parser) operand(s *operandSyntax, want exprType) (operand, bool) {
	last := s.Tokens[len(s.Tokens)-1]
	base := ExprBase{p.span(uint32(s.Pos.Offset), uint32(last.Pos.Offset+len(last.Value)))}
	switch {
	case s.Not != nil:
		x, ok := p.operand(s.Not, contextBoolean)
		if !ok {
			return x, false
		}
		if x.is != contextBoolean {
			return x, p.fail("wrong-type", x.expr.Span(), `"not" takes what stands next to it, and that is not boolean`,
				"Put the whole condition into parentheses: not (a = b).")
		}
		return operand{&Not{base, x.expr}, contextBoolean}, true
	case s.Group != nil:
		return p.grouped(s.Group, want)
	case s.Exists != nil:
		def, ok := p.lookupOption(p.optionOf(s.Exists))
		return operand{&Exists{base, def}, contextBoolean}, ok
	case s.Option != nil:
		def, ok := p.lookupOption(p.optionOf(s.Option))
		return operand{&OptionValue{base, s.Verb == "config-option", def}, contextData}, ok
	case s.Check != "":
		return operand{}, p.fail("unknown-collection", base.At, "dhcpd knows no collections", "")
	case s.Call != nil:
		return p.call(base, s.Call)
	case s.Octets != nil:
		return p.octetsOrNumber(base, s.Octets, want)
	case s.Text != "":
		text, ok := p.stringText(p.scan(uint32(s.Pos.Offset)))
		return operand{&Literal{ExprBase: base, Kind: LiteralText, Data: []byte(text)}, contextData}, ok
	}
	return p.atom(base, s.Name)
}

// optionOf gives an option's name as it was written.
func (p *parser) optionOf(s *optionSyntax) optionName {
	t := p.scan(uint32(s.Pos.Offset))
	n := optionName{name: p.word(t)}
	end := t.end
	if s.Inner != nil {
		inner := p.scan(p.scan(t.end).end)
		n.space, n.name, end = n.name, p.word(inner), inner.end
	}
	n.Span = p.span(t.off, end)
	n.Text = n.name
	if n.space != "" {
		n.Text = n.space + "." + n.name
	}
	return n
}

func (p *parser) octetsOrNumber(base ExprBase, list []string, want exprType) (operand, bool) {
	if len(list) == 1 && (want == contextNumeric || want == contextDataOrNumeric) && p.scan(base.At.Off).kind == tokNumber {
		return operand{&Literal{ExprBase: base, Kind: LiteralNumber, Num: int64(smallNumber(list[0]))}, contextNumeric}, true
	}
	lit := &Literal{ExprBase: base, Kind: LiteralHex, Data: make([]byte, 0, len(list))}
	for _, s := range list {
		v, problem := parseNumber(s, 16, 8)
		if problem != "" {
			return operand{}, p.fail("bad-number", base.At, problem, "")
		}
		lit.Data = append(lit.Data, byte(v))
	}
	return operand{lit, contextData}, true
}

// atoms are the words with a value of their own.
var atoms = map[string]exprType{
	"hardware": contextData, "leased-address": contextData, "filename": contextData, "server-name": contextData,
	"host-decl-name": contextData, "null": contextData, "lease-time": contextNumeric, "client-state": contextNumeric,
	"known": contextBoolean, "static": contextBoolean,
}

func (p *parser) atom(base ExprBase, name string) (operand, bool) {
	if is, ok := atoms[name]; ok {
		return operand{&Atom{base, name}, is}, true
	}
	if reserved[name] {
		return operand{}, p.fail("wrong-type", base.At, fmt.Sprintf("%q has no value", name), "")
	}
	return operand{&Variable{base, base.At.Text()}, contextAny}, true
}

// parameter says what a function takes in one place.
type parameter uint8

const (
	takesData parameter = iota
	takesNumber
	takesSize // 8, 16 or 32
	takesText // text in quotes
	takesName // a variable
)

// function is one of dhcpd's own.
type function struct {
	takes []parameter
	more  bool // the last one any number of times
	is    exprType
}

var functions = map[string]function{
	"substring":        {takes: []parameter{takesData, takesNumber, takesNumber}, is: contextData},
	"suffix":           {takes: []parameter{takesData, takesNumber}, is: contextData},
	"lcase":            {takes: []parameter{takesData}, is: contextData},
	"ucase":            {takes: []parameter{takesData}, is: contextData},
	"concat":           {takes: []parameter{takesData}, more: true, is: contextData},
	"pick":             {takes: []parameter{takesData}, more: true, is: contextData},
	"pick-first-value": {takes: []parameter{takesData}, more: true, is: contextData},
	"binary-to-ascii":  {takes: []parameter{takesNumber, takesNumber, takesData, takesData}, is: contextData},
	"reverse":          {takes: []parameter{takesNumber, takesData}, is: contextData},
	"extract-int":      {takes: []parameter{takesData, takesSize}, is: contextNumeric},
	"encode-int":       {takes: []parameter{takesNumber, takesSize}, is: contextData},
	"packet":           {takes: []parameter{takesNumber, takesNumber}, is: contextData},
	"v6relay":          {takes: []parameter{takesNumber, takesData}, is: contextData},
	"gethostbyname":    {takes: []parameter{takesText}, is: contextData},
	"gethostname":      {is: contextData},
	"defined":          {takes: []parameter{takesName}, is: contextBoolean},
}

func (p *parser) call(base ExprBase, s *callSyntax) (operand, bool) {
	f, builtin := functions[s.Name]
	c := &Call{ExprBase: base, Name: s.Name}
	if !builtin {
		name := p.scan(base.At.Off)
		if _, ok := atoms[s.Name]; ok || reserved[s.Name] {
			return operand{}, p.fail("unknown-function", p.tokenSpan(name), fmt.Sprintf("%q is no function", s.Name), "")
		}
		c.User, c.Name = true, p.word(name)
		if len(s.Args) == 0 {
			return operand{}, p.fail("wrong-arguments", base.At, "a function of the file takes at least one argument", "")
		}
		f = function{takes: []parameter{takesData}, more: true}
	}
	if n := len(f.takes); len(s.Args) < n || len(s.Args) > n && !f.more {
		return operand{}, p.fail("wrong-arguments", base.At, fmt.Sprintf("%s takes %d arguments, not %d", s.Name, n, len(s.Args)), "")
	}
	for i, arg := range s.Args {
		x, ok := p.argument(arg, f.takes[min(i, len(f.takes)-1)], c.User)
		if !ok {
			return operand{}, false
		}
		c.Args = append(c.Args, x)
	}
	return operand{c, f.is}, true
}

// argument reads one argument of a call.
func (p *parser) argument(s *exprSyntax, takes parameter, user bool) (Expr, bool) {
	if takes == takesName {
		return p.variableArgument(s)
	}
	want := contextData
	switch {
	case user:
		want = contextAny
	case takes == takesNumber || takes == takesSize:
		want = contextNumeric
	}
	x, ok := p.grouped(s, want)
	if !ok || !p.fits(x, want) {
		return nil, false
	}
	switch takes {
	case takesSize:
		if lit, ok := x.expr.(*Literal); !ok || lit.Num != 8 && lit.Num != 16 && lit.Num != 32 {
			return nil, p.fail("wrong-arguments", x.expr.Span(), "an integer has 8, 16 or 32 bits", "")
		}
	case takesText:
		if lit, ok := x.expr.(*Literal); !ok || lit.Kind != LiteralText {
			return nil, p.fail("wrong-arguments", x.expr.Span(), "expected text in quotes", "")
		}
	}
	return x.expr, true
}

// variableArgument reads the name of a variable, which may look like a number.
func (p *parser) variableArgument(s *exprSyntax) (Expr, bool) {
	t := p.scan(uint32(s.First.Pos.Offset))
	if len(s.Rest) > 0 || len(s.First.Tokens) > 1 || !t.isName() || reserved[foldWord(p.word(t))] {
		return nil, p.fail("wrong-arguments", p.tokenSpan(t), "expected the name of a variable", "")
	}
	return &Variable{ExprBase{p.tokenSpan(t)}, p.word(t)}, true
}
