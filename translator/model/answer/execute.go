package answer

import (
	"bytes"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// scope executes what stands in a group and the groups around it, outermost
// first, up to the first that limit or a group around limit is.
func (e *env) scope(g, limit *group) {
	if g == nil {
		return
	}
	for l := limit; l != nil; l = l.parent {
		if l == g {
			return
		}
	}
	e.scope(g.parent, limit)
	e.execute(g.body, nil)
}

// execute executes statements in order. Where a result is asked for, the first
// "return" that gives one ends it.
func (e *env) execute(body []dhcpdconf.Statement, result **value) {
	if e.tooDeep() {
		return
	}
	e.depth++
	defer func() { e.depth-- }()
	for _, st := range body {
		if result != nil && *result != nil {
			return
		}
		switch st := st.(type) {
		case *dhcpdconf.OptionSet:
			e.setOption(st)
		case *dhcpdconf.Param, *dhcpdconf.Flag, *dhcpdconf.SpaceParam:
			if v := e.run.server.values[st.ID()]; v != nil && e.out != nil {
				e.out.save(e.run.server.serverSpace, v)
			}
		case *dhcpdconf.If:
			for b := st; b != nil; b = b.Next {
				if b.Cond == nil || e.branch(b) {
					// A break in it ends the branch alone.
					e.execute(b.Body, result)
					break
				}
			}
		case *dhcpdconf.Switch:
			if i := e.matchingCase(st); i >= 0 {
				e.execute(st.Body[i:], result)
			}
		case *dhcpdconf.Simple:
			switch st.Words[0] {
			case "break":
				return
			case "parse-vendor-option":
				e.parseVendorOption()
			}
		default:
			e.act(st, result)
		}
	}
}

// branch evaluates the condition of a branch.
func (e *env) branch(b *dhcpdconf.If) bool {
	taken := e.isTrue(b.Cond)
	if e.query != nil && e.query.why.trace {
		e.query.why.Branches = append(e.query.why.Branches, Branch{b, taken})
	}
	return taken
}

// act executes the statements that are about variables, classes and events.
func (e *env) act(st dhcpdconf.Statement, result **value) {
	switch st := st.(type) {
	case *dhcpdconf.Include:
		e.execute(st.Body, result)
	case *dhcpdconf.Set:
		// The variable is without a value while its new one is evaluated.
		e.define(st.Name.Text, nil)
		e.define(st.Name.Text, e.value(st.Expr))
	case *dhcpdconf.Func:
		e.define(st.Name.Text, &value{kind: isFunction, fn: st})
	case *dhcpdconf.Unset:
		if e.vars != nil && *e.vars != nil {
			if _, where := (*e.vars).find(st.Name.Text); where != nil {
				where.values[strings.ToLower(st.Name.Text)] = nil
			}
		}
	case *dhcpdconf.Return:
		v := e.value(st.Expr)
		if result != nil {
			*result = v
		}
	case *dhcpdconf.Eval:
		e.value(st.Expr)
	case *dhcpdconf.Log:
		if _, ok := e.data(st.Expr); ok && st.Priority == "fatal" {
			e.run.end("dhcpd ends: a log statement has the priority fatal")
		}
	case *dhcpdconf.Add:
		if c := e.run.server.classes[st.Class.Text]; c != nil && e.query != nil {
			e.run.join(e.query, c)
		}
	case *dhcpdconf.On:
		on := e.on
		if on == nil && e.lease != nil {
			on = e.lease.on
		}
		if on == nil {
			return
		}
		for _, event := range st.Events {
			on[event] = st.Body
		}
	}
}

// define gives a variable a value, where there are variables.
func (e *env) define(name string, v *value) {
	if e.vars == nil {
		return
	}
	if *e.vars == nil {
		*e.vars = &variables{}
	}
	_, where := (*e.vars).find(name)
	if where == nil {
		where = *e.vars
	}
	if where.values == nil {
		where.values = map[string]*value{}
	}
	where.values[strings.ToLower(name)] = v
}

// setOption executes a statement that sets an option.
func (e *env) setOption(st *dhcpdconf.OptionSet) {
	v := e.run.server.values[st.ID()]
	if v == nil || e.out == nil {
		return
	}
	u := e.run.server.universe(v.def.Space)
	old := e.out.lookup(u, v.def.Code)
	switch {
	case st.Verb == dhcpdconf.VerbDefault:
		if old == nil {
			e.out.save(u, v)
		}
	case (st.Verb == dhcpdconf.VerbAppend || st.Verb == dhcpdconf.VerbPrepend) && old != nil:
		both := &setting{def: old.def, first: old, second: v, names: compressed(old.def) && compressed(v.def)}
		if st.Verb == dhcpdconf.VerbPrepend {
			both.first, both.second = v, old
		}
		if compressed(old.def) == compressed(v.def) {
			e.out.save(u, both)
		}
	default:
		e.out.save(u, v)
	}
}

// matchingCase returns where in the body of a switch execution begins, or -1.
func (e *env) matchingCase(st *dhcpdconf.Switch) int {
	// Variables and functions of the file count as numbers.
	if !isPlainData(st.Value) {
		if n, ok := e.number(st.Value); ok {
			for i, s := range st.Body {
				if c, isCase := s.(*dhcpdconf.Case); isCase && c.Value != nil {
					if m, ok := e.number(c.Value); ok && m == n {
						return i + 1
					}
				}
			}
		}
	} else if d, ok := e.data(st.Value); ok {
		for i, s := range st.Body {
			if c, isCase := s.(*dhcpdconf.Case); isCase && c.Value != nil {
				if v, ok := e.data(c.Value); ok && bytes.Equal(v, d) {
					return i + 1
				}
			}
		}
	}
	for i, s := range st.Body {
		if c, isCase := s.(*dhcpdconf.Case); isCase && c.Value == nil {
			return i + 1
		}
	}
	return -1
}

func isPlainData(x dhcpdconf.Expr) bool {
	if _, variable := x.(*dhcpdconf.Variable); variable {
		return false
	}
	if call, ok := x.(*dhcpdconf.Call); ok && call.User {
		return false
	}
	return kindOf(x) == isData
}

// parseVendorOption reads the client's option 43 as options of the space that
// has been chosen with vendor-option-space.
func (e *env) parseVendorOption() {
	if e.query == nil || e.in == nil || e.out == nil {
		return
	}
	name := e.out.lookup(e.run.server.serverSpace, paramVendorSpace)
	content := e.in.lookup(e.run.server.dhcp, codeVendorOptions)
	if name == nil || content == nil || len(content.data) == 0 {
		return
	}
	if text, _ := e.setting(name); len(text) > 0 {
		if u := e.run.server.universe(string(text)); u != nil {
			e.run.server.parse(e.in, u, content.data)
		}
	}
}
