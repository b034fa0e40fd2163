package answer

import (
	"bytes"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// env is where an expression is evaluated.
type env struct {
	run   *State
	query *query // the client's message; nil while the server starts
	lease *lease // nil: none
	in    *options
	out   *options
	vars  **variables
	on    map[string][]statement // where "on" leaves its statements; nil: with the lease
	depth int
}

// maxDepth bounds expressions, functions that call themselves, and options
// that refer to each other; dhcpd does not survive those.
const maxDepth = 2000

// tooDeep reports whether an evaluation has to stop; dhcpd ends where it goes
// too deep.
func (e *env) tooDeep() bool {
	if e.depth > maxDepth {
		e.run.end("dhcpd does not come to an end: a value depends on itself")
	}
	return e.run.ended != ""
}

// variables are the values that "set" and "define" gave names to.
type variables struct {
	values map[string]*value // by name in lower case; nil: it has been unset or never had a value
	outer  *variables
}

func (v *variables) find(name string) (*value, *variables) {
	name = strings.ToLower(name)
	for ; v != nil; v = v.outer {
		if x, ok := v.values[name]; ok {
			return x, v
		}
	}
	return nil, nil
}

// value is what an expression gives.
type value struct {
	kind  valueKind
	truth bool
	num   uint64
	data  []byte
	fn    *dhcpdconf.Func
}

type valueKind uint8

const (
	isTruth valueKind = iota
	isNumber
	isData
	isFunction
)

func (a *value) equal(b *value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case isTruth:
		return a.truth == b.truth
	case isNumber:
		return a.num == b.num
	case isData:
		return bytes.Equal(a.data, b.data)
	}
	return a.fn == b.fn
}

func (e *env) variable(name string) *value {
	if e.vars == nil || *e.vars == nil {
		return nil
	}
	v, _ := (*e.vars).find(name)
	return v
}

// kindOf tells the type of an expression that is no variable and no call of a
// function of the file.
func kindOf(x dhcpdconf.Expr) valueKind {
	switch x := x.(type) {
	case *dhcpdconf.Binary:
		switch x.Op {
		case "and", "or", "=", "!=", "~=", "~~":
			return isTruth
		}
		return isNumber
	case *dhcpdconf.Not, *dhcpdconf.Exists:
		return isTruth
	case *dhcpdconf.Call:
		switch x.Name {
		case "defined", "check":
			return isTruth
		case "extract-int":
			return isNumber
		}
	case *dhcpdconf.Atom:
		switch x.Name {
		case "known", "static":
			return isTruth
		case "lease-time", "client-state":
			return isNumber
		}
	case *dhcpdconf.Literal:
		if x.Kind == dhcpdconf.LiteralNumber {
			return isNumber
		}
	}
	return isData
}

// value evaluates an expression of any type; nil is dhcpd's null.
func (e *env) value(x dhcpdconf.Expr) *value {
	v, _ := e.result(x)
	return v
}

// result is value; ok says whether dhcpd believes that there is a value, which
// it does of a function that gave none.
func (e *env) result(x dhcpdconf.Expr) (v *value, ok bool) {
	switch x := x.(type) {
	case *dhcpdconf.Variable:
		v = e.variable(x.Name)
		return v, v != nil
	case *dhcpdconf.Call:
		if x.User {
			return e.call(x)
		}
	}
	v = e.plain(x)
	return v, v != nil
}

// plain evaluates what is no variable and no function of the file.
func (e *env) plain(x dhcpdconf.Expr) *value {
	switch kindOf(x) {
	case isTruth:
		if t, ok := e.truth(x); ok {
			return &value{kind: isTruth, truth: t}
		}
	case isNumber:
		if n, ok := e.number(x); ok {
			return &value{kind: isNumber, num: n}
		}
	default:
		if d, ok := e.data(x); ok {
			return &value{kind: isData, data: d}
		}
	}
	return nil
}

// use calls a function of the file where its value is needed at once: dhcpd does
// not survive a function that gives none.
func (e *env) use(x *dhcpdconf.Call) *value {
	v, ok := e.call(x)
	if ok && v == nil {
		e.run.end("dhcpd crashes: the function " + x.Name + " gave no value")
	}
	return v
}

// call calls a function of the file; ok is false when there is none.
func (e *env) call(x *dhcpdconf.Call) (v *value, ok bool) {
	f := e.variable(x.Name)
	if f == nil || f.kind != isFunction || len(f.fn.Args) != len(x.Args) || e.tooDeep() {
		return nil, false
	}
	inner := &variables{values: make(map[string]*value, len(x.Args)), outer: *e.vars}
	for i, arg := range x.Args {
		inner.values[strings.ToLower(f.fn.Args[i].Text)] = e.value(arg)
	}
	sub := *e
	sub.vars = &inner
	sub.depth++
	sub.execute(f.fn.Body, &v)
	return v, true
}

// truth evaluates a boolean expression; ok is false for null.
func (e *env) truth(x dhcpdconf.Expr) (v, ok bool) {
	if e.tooDeep() {
		return false, false
	}
	e.depth++
	defer func() { e.depth-- }()
	switch x := x.(type) {
	case *dhcpdconf.Binary:
		return e.binary(x)
	case *dhcpdconf.Not:
		v, ok := e.truth(x.X)
		return ok && !v, ok
	case *dhcpdconf.Exists:
		_, ok := e.optionOf(e.in, x.Option.Space, x.Option.Code)
		return ok, true
	case *dhcpdconf.Variable:
		if v := e.variable(x.Name); v != nil && v.kind == isTruth {
			return v.truth, true
		}
		return false, false
	case *dhcpdconf.Atom:
		switch x.Name {
		case "known":
			return e.query != nil && e.query.known, e.query != nil
		case "static":
			return e.lease != nil && e.lease.static, true
		}
	case *dhcpdconf.Call:
		if x.User {
			// dhcpd calls the function and then forgets what it gave.
			e.use(x)
			return false, false
		}
		if x.Name == "defined" && len(x.Args) == 1 {
			if v, isVariable := x.Args[0].(*dhcpdconf.Variable); isVariable {
				return e.variable(v.Name) != nil, true
			}
		}
	}
	return false, false
}

func (e *env) binary(x *dhcpdconf.Binary) (v, ok bool) {
	switch x.Op {
	case "=", "!=":
		a, okA := e.result(x.X)
		b, okB := e.result(x.Y)
		if okA && okB && (a == nil || b == nil) {
			e.run.end("dhcpd crashes: a function without value is compared")
			return false, false
		}
		equal := !okA && !okB || okA && okB && a.equal(b)
		return equal == (x.Op == "="), true
	case "~=", "~~":
		text, okText := e.data(x.X)
		pattern, okPattern := e.data(x.Y)
		// Without bytes dhcpd has nothing to search in or for, and no result.
		if !okText || !okPattern || len(text) == 0 || len(pattern) == 0 {
			return false, false
		}
		return e.run.matches(pattern, text, x.Op == "~~"), true
	case "and":
		if v, ok := e.truth(x.X); !ok || !v {
			// Null, not false, when the left side is false.
			return false, false
		}
		return e.truth(x.Y)
	case "or":
		v, ok := e.truth(x.X)
		if ok && v {
			return true, true
		}
		w, okRight := e.truth(x.Y)
		return w && okRight, ok || okRight
	}
	return false, false
}

// isTrue is what dhcpd takes null for where it needs an answer.
func (e *env) isTrue(x dhcpdconf.Expr) bool {
	v, ok := e.truth(x)
	return ok && v
}

// optionOf gives the value of an option.
func (e *env) optionOf(from *options, space string, code uint32) ([]byte, bool) {
	if from == nil {
		return nil, false
	}
	s := from.lookup(e.run.server.universe(space), code)
	if s == nil {
		return nil, false
	}
	return e.setting(s)
}

// setting evaluates the value of an option. As in dhcpd, there can be data
// even though the evaluation fails: what a function of the file gives.
func (e *env) setting(s *setting) (data []byte, ok bool) {
	if s.fixed {
		return s.data, true
	}
	if s.first != nil {
		if e.tooDeep() {
			return nil, false
		}
		e.depth++
		defer func() { e.depth-- }()
		a, ok1 := e.setting(s.first)
		b, ok2 := e.setting(s.second)
		if !ok1 || !ok2 {
			return nil, false
		}
		if s.names {
			return joinNames(a, b)
		}
		return append(append(make([]byte, 0, len(a)+len(b)), a...), b...), true
	}
	if s.expr == nil {
		return nil, false
	}
	return e.data(s.expr)
}
