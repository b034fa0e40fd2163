package classify

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
)

// either compiles a chain of "or". Where one value is compared with several constants in
// a row, as in the translation of subclasses, of which there may be thousands, the value
// is made once and looked for among them.
func (c *Compiler) either(e *keaexpr.Logic) (Test, error) {
	var tests []Test
	var last *oneOf
	for _, part := range alternatives(e) {
		if equal, ok := part.(*keaexpr.Equal); ok {
			if constant, ok := equal.Y.(*keaexpr.Literal); ok {
				value, err := literal(constant)
				if err != nil {
					return nil, err
				}
				if text := keaexpr.Format(equal.X); last == nil || last.text != text {
					x, err := c.Text(equal.X)
					if err != nil {
						return nil, err
					}
					last = &oneOf{text: text, x: x, values: map[string]struct{}{}}
					tests = append(tests, last.test)
				}
				last.values[string(value)] = struct{}{}
				continue
			}
		}
		last = nil
		test, err := c.Test(part)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return func(q *Query) (bool, error) {
		for _, test := range tests {
			if v, err := test(q); v || err != nil {
				return v, err
			}
		}
		return false, nil
	}, nil
}

// oneOf compares a value with constants.
type oneOf struct {
	text   string // of the value
	x      Text
	values map[string]struct{}
}

func (o *oneOf) test(q *Query) (bool, error) {
	v, err := o.x(q)
	if err != nil {
		return false, err
	}
	_, ok := o.values[string(v)]
	return ok, nil
}

// alternatives returns the parts of a chain of "or" in their order.
func alternatives(e keaexpr.Expr) (list []keaexpr.Expr) {
	rest := []keaexpr.Expr{e}
	for len(rest) > 0 {
		next := rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		if or, ok := next.(*keaexpr.Logic); ok && or.Op == "or" {
			rest = append(rest, or.Y, or.X)
			continue
		}
		list = append(list, next)
	}
	return slices.Clip(list)
}
