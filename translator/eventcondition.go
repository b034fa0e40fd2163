package translator

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// condition writes what a condition needs and returns a test of the shell.
func (h *handler) condition(e dhcpdconf.Expr, depth int) (string, error) {
	if depth > maxExprDepth {
		return "", cannot(e, "the expression is nested too deeply")
	}
	switch e := e.(type) {
	case *dhcpdconf.Not:
		inner, err := h.condition(e.X, depth+1)
		return "! { " + inner + "; }", err
	case *dhcpdconf.Exists:
		v, err := h.option(e, e.Option, false)
		if err != nil {
			return "", err
		}
		return existence(v), nil
	case *dhcpdconf.Binary:
		switch e.Op {
		case "and", "or":
			left, err := h.condition(e.X, depth+1)
			if err != nil {
				return "", err
			}
			right, err := h.condition(e.Y, depth+1)
			op := map[string]string{"and": "&&", "or": "||"}[e.Op]
			return "{ " + left + "; } " + op + " { " + right + "; }", err
		case "=", "!=":
			test, err := h.same(e, depth)
			if e.Op == "!=" {
				test = "! " + test
			}
			return test, err
		}
		return "", cannot(e, "the script cannot test %s", e.Op)
	}
	return "", cannot(e, "the script cannot test this")
}

func existence(v shellValue) string {
	switch {
	case v.null:
		return "false"
	case v.nullable:
		return v.isSet()
	}
	return "true"
}

// same compares two values. Two that do not exist are the same, and one that
// does not differs from an empty one.
func (h *handler) same(e *dhcpdconf.Binary, depth int) (string, error) {
	a, err := h.data(e.X, depth+1)
	if err != nil {
		return "", err
	}
	b, err := h.data(e.Y, depth+1)
	if err != nil {
		return "", err
	}
	nul := func(v shellValue) bool { return v.isConstant() && strings.IndexByte(string(v.constant), 0) >= 0 }
	if a.hex || b.hex || nul(a) || nul(b) {
		if !a.null {
			a = h.toHex(a)
		}
		if !b.null {
			b = h.toHex(b)
		}
	}
	return "[ " + comparable(a) + " = " + comparable(b) + " ]", nil
}

// comparable is a word that tells no value from an empty one and is never
// taken for an operator.
func comparable(v shellValue) string {
	switch {
	case v.null:
		return "''"
	case v.name == "":
		return shellQuote("=" + string(v.constant))
	case v.nullable:
		return fmt.Sprintf(`"${%[1]s+=$%[1]s}"`, v.name)
	}
	return `"=$` + v.name + `"`
}
