package keaexpr

import (
	"fmt"
	"math"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// Error is a fault of an expression.
type Error struct {
	Pos int // offset in the text
	Msg string
}

func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Pos+1, e.Msg) }

// Rules say for whom an expression is.
type Rules struct {
	Family  option.Family
	Version keaversion.Version
	// Option finds the code of an option by name; nil: any name is taken, with
	// the code 0.
	Option func(name string) (code uint32, ok bool)
	// String asks for a string (template-test, hooks) and not for a truth value.
	String bool
}

// maxDepth is how deep brackets and functions may be nested.
const maxDepth = 500

// maxNodes is how many operators an expression may chain, which nest too.
const maxNodes = 100_000

// Parse reads an expression. The error, if any, is an *Error: the first fault.
func Parse(s string, r Rules) (Expr, error) {
	p := &parser{text: s, rules: r}
	e, err := p.whole()
	if err != nil {
		return nil, err
	}
	return e, nil
}

type parser struct {
	rules Rules
	text  string
	off   int
	tok   token
	depth int
	nodes int
}

func (p *parser) whole() (Expr, *Error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.logic(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEOF {
		return nil, p.unexpected("the end of the expression")
	}
	if e.Bool() == p.rules.String {
		return nil, &Error{e.Pos(), wanted(!p.rules.String)}
	}
	return e, nil
}

func wanted(boolean bool) string {
	if boolean {
		return "this is a string, where a comparison or another truth value is wanted"
	}
	return "this is a truth value, where a string is wanted"
}

func (p *parser) advance() *Error {
	t, err := p.next()
	if err != nil {
		return err
	}
	p.tok = t
	return nil
}

func (p *parser) unexpected(want string) *Error {
	if p.tok.kind == tokEOF {
		return &Error{p.tok.pos, want + " is expected, not the end"}
	}
	return &Error{p.tok.pos, want + " is expected, not " + p.text[p.tok.pos:min(p.off, p.tok.pos+40)]}
}

func (p *parser) is(sign string) bool { return p.tok.kind == tokSign && p.tok.text == sign }

// expect passes over a sign or word.
func (p *parser) expect(s string) *Error {
	if p.tok.text != s || p.tok.kind != tokSign && p.tok.kind != tokWord {
		return p.unexpected(s)
	}
	return p.advance()
}

// since reports a construct that the version does not have.
func (p *parser) since(at int, what string, v keaversion.Version) *Error {
	if p.rules.Version >= v {
		return nil
	}
	return &Error{at, fmt.Sprintf("Kea %s does not have %s, Kea %s does", p.rules.Version, what, v)}
}

func (p *parser) only(at int, what string, f option.Family) *Error {
	if p.rules.Family == f {
		return nil
	}
	return &Error{at, fmt.Sprintf("%s is for DHCPv%d", what, f)}
}

func want(e Expr, boolean bool) *Error {
	if e.Bool() != boolean {
		return &Error{e.Pos(), wanted(boolean)}
	}
	return nil
}

// levels are the operators that join truth values, the weakest first.
var levels = [2]map[string]keaversion.Version{
	{"or": 0, "sor": keaversion.V3_0},
	{"and": 0, "sand": keaversion.V3_0},
}

func (p *parser) logic(level int) (Expr, *Error) {
	if level == len(levels) {
		return p.not()
	}
	x, err := p.logic(level + 1)
	for err == nil && p.tok.kind == tokWord {
		op := p.tok
		since, ok := levels[level][op.text]
		if !ok {
			break
		}
		if err := p.count(); err != nil {
			return nil, err
		}
		if err := first(want(x, true), p.since(op.pos, op.text, since), p.advance()); err != nil {
			return nil, err
		}
		y, err := p.logic(level + 1)
		if err != nil {
			return nil, err
		}
		if err := want(y, true); err != nil {
			return nil, err
		}
		x = &Logic{boolean{pos(x.Pos())}, op.text, x, y}
	}
	return x, err
}

func first(errs ...*Error) *Error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) count() *Error {
	if p.nodes++; p.nodes > maxNodes {
		return &Error{p.tok.pos, "the expression is too long"}
	}
	return nil
}

// enter is called where the parser calls itself, and leave afterwards.
func (p *parser) enter() *Error {
	if p.depth++; p.depth > maxDepth {
		return &Error{p.tok.pos, "the expression is nested too deeply"}
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) not() (Expr, *Error) {
	if p.tok.kind != tokWord || p.tok.text != "not" {
		return p.equal()
	}
	at := p.tok.pos
	if err := first(p.enter(), p.advance()); err != nil {
		return nil, err
	}
	defer p.leave()
	x, err := p.not()
	if err != nil {
		return nil, err
	}
	if err := want(x, true); err != nil {
		return nil, err
	}
	return &Not{boolean{pos(at)}, x}, nil
}

func (p *parser) equal() (Expr, *Error) {
	x, err := p.concat()
	if err != nil || !p.is("==") {
		return x, err
	}
	if err := first(want(x, false), p.advance()); err != nil {
		return nil, err
	}
	y, err := p.concat()
	if err != nil {
		return nil, err
	}
	if err := want(y, false); err != nil {
		return nil, err
	}
	return &Equal{boolean{pos(x.Pos())}, x, y}, nil
}

func (p *parser) concat() (Expr, *Error) {
	x, err := p.primary()
	for err == nil && p.is("+") {
		if err := first(p.count(), want(x, false), p.advance()); err != nil {
			return nil, err
		}
		y, err := p.primary()
		if err != nil {
			return nil, err
		}
		if err := want(y, false); err != nil {
			return nil, err
		}
		x = &Concat{text{pos(x.Pos())}, x, y}
	}
	return x, err
}

func (p *parser) primary() (Expr, *Error) {
	t := p.tok
	literal := func(f Form) (Expr, *Error) {
		return &Literal{text{pos(t.pos)}, f, t.text}, p.advance()
	}
	switch t.kind {
	case tokString:
		return literal(String)
	case tokHex:
		return literal(Hex)
	case tokAddress:
		return literal(Address)
	case tokInteger:
		if _, err := strconv.ParseUint(t.text, 10, 32); err != nil {
			return nil, &Error{t.pos, "a number is between 0 and 4294967295"}
		}
		return literal(Integer)
	case tokWord:
		return p.word()
	}
	if !p.is("(") {
		return nil, p.unexpected("a value")
	}
	if err := first(p.enter(), p.advance()); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.logic(0)
	if err != nil {
		return nil, err
	}
	return e, p.expect(")")
}

// word reads what begins with a word.
func (p *parser) word() (Expr, *Error) {
	t := p.tok
	switch t.text {
	case "option", "relay4", "relay6", "vendor", "vendor-class":
		return p.ref()
	case "pkt", "pkt4", "pkt6":
		return p.packet()
	case "member":
		if err := first(p.advance(), p.expect("(")); err != nil {
			return nil, err
		}
		name, err := p.quoted("the name of a class")
		if err != nil {
			return nil, err
		}
		return &Member{boolean{pos(t.pos)}, name}, p.expect(")")
	case "match":
		return p.match()
	case "known", "unknown":
		return nil, &Error{t.pos, fmt.Sprintf("Kea does not read %s; write member('%s')", t.text, map[string]string{"known": "KNOWN", "unknown": "UNKNOWN"}[t.text])}
	}
	if f, ok := functions[t.text]; ok {
		return p.call(f)
	}
	return nil, &Error{t.pos, "unknown word " + t.text}
}

// quoted reads a string in quotes.
func (p *parser) quoted(what string) (string, *Error) {
	if p.tok.kind != tokString {
		return "", p.unexpected(what + " in single quotes")
	}
	s := p.tok.text
	return s, p.advance()
}

func (p *parser) match() (Expr, *Error) {
	at := p.tok.pos
	if err := first(p.since(at, "match", keaversion.V3_0), p.enter(), p.advance(), p.expect("(")); err != nil {
		return nil, err
	}
	defer p.leave()
	where := p.tok.pos
	pattern, err := p.quoted("a regular expression")
	if err != nil {
		return nil, err
	}
	if msg := badPattern(pattern); msg != "" {
		return nil, &Error{where, "this is no regular expression: " + msg}
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	x, err := p.concat()
	if err != nil {
		return nil, err
	}
	if err := want(x, false); err != nil {
		return nil, err
	}
	return &Match{boolean{pos(at)}, pattern, x}, p.expect(")")
}

// function is a function of strings. Its arguments are s (string), b (truth
// value), i (number) or a (number or all).
type function struct {
	name  string
	args  string
	since keaversion.Version
}

var functions = map[string]function{}

func init() {
	for _, f := range []function{
		{"substring", "sia", 0}, {"split", "ssi", 0}, {"concat", "ss", 0}, {"ifelse", "bss", 0},
		{"sifelse", "bss", keaversion.V3_0}, {"hexstring", "ss", 0},
		{"lcase", "s", keaversion.V2_6}, {"ucase", "s", keaversion.V2_6},
		{"addrtotext", "s", 0}, {"int8totext", "s", 0}, {"int16totext", "s", 0}, {"int32totext", "s", 0},
		{"uint8totext", "s", 0}, {"uint16totext", "s", 0}, {"uint32totext", "s", 0},
	} {
		functions[f.name] = f
	}
}

func (p *parser) call(f function) (Expr, *Error) {
	c := &Call{text{pos(p.tok.pos)}, f.name, nil}
	if err := first(p.since(p.tok.pos, f.name, f.since), p.enter(), p.advance(), p.expect("(")); err != nil {
		return nil, err
	}
	defer p.leave()
	for i, kind := range f.args {
		if i > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		var e Expr
		var err *Error
		switch kind {
		case 's':
			e, err = p.concat()
		case 'b':
			e, err = p.logic(0)
		default:
			e, err = p.number(kind == 'a')
		}
		if err != nil {
			return nil, err
		}
		if kind == 's' || kind == 'b' {
			if err := want(e, kind == 'b'); err != nil {
				return nil, err
			}
		}
		c.Args = append(c.Args, e)
	}
	return c, p.expect(")")
}

// number reads a number argument, or all.
func (p *parser) number(all bool) (Expr, *Error) {
	n := &Number{text: text{pos(p.tok.pos)}}
	if all && p.tok.kind == tokWord && p.tok.text == "all" {
		n.All = true
		return n, p.advance()
	}
	v, err := p.integer("a number", math.MinInt64, math.MaxInt64)
	n.Value = v
	return n, err
}

// integer reads a number within limits.
func (p *parser) integer(what string, low, high int64) (int64, *Error) {
	if p.tok.kind != tokInteger {
		return 0, p.unexpected(what)
	}
	v, err := strconv.ParseInt(p.tok.text, 10, 64)
	if err != nil || v < low || v > high {
		return 0, &Error{p.tok.pos, fmt.Sprintf("%s is between %d and %d", what, low, high)}
	}
	return v, p.advance()
}
