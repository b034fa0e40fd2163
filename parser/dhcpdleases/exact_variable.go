package dhcpdleases

import (
	"bytes"
)

// set reads "NAME = VALUE;".
func (r *Reader) set(vars *[]Variable) bool {
	r.next()
	if !r.isName() || r.keyword {
		r.unexpected("the name of a variable")
		r.skipToSemi()
		return false
	}
	return r.variable(vars, false)
}

// maxVariables may be in one block.
const maxVariables = 1000

// variable reads "= VALUE;" behind the name, which is the current token; old
// files have names without "=". It reports false if dhcpd drops the lease.
func (r *Reader) variable(vars *[]Variable, noEqual bool) bool {
	name := r.keep(r.value)
	if !noEqual {
		if r.next(); !r.is('=') {
			r.unexpected(`"="`)
			r.skipToSemi()
			return false
		}
	}
	v, ok := r.bindingValue()
	if !ok {
		return false
	}
	r.setVariable(vars, name, v)
	r.semi()
	return true
}

func (r *Reader) setVariable(vars *[]Variable, name []byte, v Value) {
	for i := range *vars {
		if bytes.Equal((*vars)[i].Name, name) {
			(*vars)[i].Value = v
			return
		}
	}
	if len(*vars) == maxVariables {
		r.problems.tooLong = true
		return
	}
	*vars = append(*vars, Variable{name, v})
}

// bindingValue reads a constant. A list of octets that starts with two decimal
// digits is none for dhcpd.
func (r *Reader) bindingValue() (v Value, ok bool) {
	switch r.peek(); {
	case r.kind == tokString:
		r.next()
		return Value{Kind: Text, Data: r.keep(r.value)}, true
	case r.kind == tokNumWord:
		data, ok := r.octets()
		if !ok {
			r.skipToSemi()
			return v, false
		}
		return Value{Kind: Hex, Data: data}, true
	case r.is('%'):
		r.next()
		if r.next(); r.kind == tokNumber {
			return Value{Kind: Number, Number: atol(r.value)}, true
		}
		r.unexpected("a decimal number")
	case r.kind == tokWord && !r.keyword:
		r.next()
		if r.isWord("true") || r.isWord("false") {
			return Value{Kind: Bool, Bool: r.isWord("true")}, true
		}
		r.unexpected(`"true" or "false"`)
	default:
		r.unexpected("a constant")
	}
	if !r.is(';') {
		r.skipToSemi()
	}
	return v, false
}
