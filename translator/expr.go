package translator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// inexpressible says why an expression has no exact counterpart in Kea.
type inexpressible struct {
	at     dhcpdconf.Span
	reason string
}

func (e *inexpressible) Error() string { return e.reason }

func cannot(e dhcpdconf.Expr, format string, args ...any) error {
	return &inexpressible{at: e.Span(), reason: fmt.Sprintf(format, args...)}
}

// expressions translates dhcpd's expressions for one version of Kea. Nothing
// weaker or stronger is ever chosen: what has no exact counterpart is an error.
type expressions struct {
	v6     bool
	target keaversion.Version
	// ofClass: the expression is the match of a class. dhcpd evaluates it
	// before it looks for the client's host, so nobody is known yet.
	ofClass bool
	// relay is the message of a relay that v6relay looks into, as Kea names
	// it: "relay6[-1]."; empty: the client's own message.
	relay string
	// ofReply: the value of an option of DHCPv6. Measured: dhcpd reads there
	// what it sends, and not what the client has sent.
	ofReply bool
	// scope gives variables and functions of the file their meaning; nil: they
	// have none.
	scope *variables
	// outer are the options that hold others; nil: none.
	outer *outerOptions
	// unseen is told of fields of the client's message that Kea does not look at
	// and that are taken for empty; nil: such an expression has no counterpart.
	unseen func(field string)
	// offered is told where the address that the client asks for is read; nil:
	// nobody wants to know.
	offered func()
}

// maxExprDepth bounds how deep an expression is followed.
const maxExprDepth = 200

// boolean returns a test for a condition. Every operand stands in parentheses
// where Kea's precedence could read it otherwise.
func (x expressions) boolean(e dhcpdconf.Expr) (string, error) {
	e, err := x.scope.inline(e)
	if err != nil {
		return "", err
	}
	test, err := x.bool(e, 0)
	return test.text, err
}

// value returns a data expression.
func (x expressions) value(e dhcpdconf.Expr) (keaData, error) {
	e, err := x.scope.inline(e)
	if err != nil {
		return keaData{}, err
	}
	return x.data(e, 0)
}

// keaTest is a condition in Kea's language. A search in an absent value fails
// in dhcpd: the condition around it is neither true nor false, nor is its
// opposite, and nothing is done. So what makes it one of both travels along.
type keaTest struct {
	text  string
	known []string // it is true or false when all of these hold; none: always
}

func (x expressions) bool(e dhcpdconf.Expr, depth int) (keaTest, error) {
	if depth > maxExprDepth {
		return keaTest{}, cannot(e, "the expression is nested too deeply")
	}
	switch e := e.(type) {
	case *dhcpdconf.Not:
		inner, err := x.bool(e.X, depth+1)
		if err != nil {
			return keaTest{}, err
		}
		not := opposite(inner.text)
		return keaTest{all(append(slices.Clone(inner.known), not)), inner.known}, nil
	case *dhcpdconf.Exists:
		ref, err := x.option(e, e.Option)
		switch {
		case err != nil:
			return keaTest{}, err
		case ref == "":
			return keaTest{text: truth(false)}, nil
		}
		return keaTest{text: ref + ".exists"}, nil
	case *dhcpdconf.Atom:
		if e.Name == "known" && x.ofClass {
			return keaTest{text: truth(false)}, nil
		}
		if e.Name == "known" {
			return keaTest{text: isKnown}, nil
		}
		return keaTest{}, cannot(e, "%s has no counterpart in Kea's tests", e.Name)
	case *dhcpdconf.Binary:
		return x.binary(e, depth)
	}
	return keaTest{}, cannot(e, "this is no condition that Kea can test")
}

func (x expressions) binary(e *dhcpdconf.Binary, depth int) (keaTest, error) {
	switch e.Op {
	case "and", "or":
		left, err := x.bool(e.X, depth+1)
		if err != nil {
			return keaTest{}, err
		}
		right, err := x.bool(e.Y, depth+1)
		if err != nil {
			return keaTest{}, err
		}
		return joinTests(e.Op, left, right), nil
	case "=":
		same, err := x.equal(e, depth)
		return keaTest{text: same}, err
	case "!=":
		same, err := x.equal(e, depth)
		return keaTest{text: opposite(same)}, err
	case "~=", "~~":
		return x.match(e, depth)
	}
	return keaTest{}, cannot(e, "%s has no counterpart in Kea's tests", e.Op)
}

// joinTests is "and" or "or". dhcpd looks at the right side only if the left one
// leaves the result open. "or" then has a result if one side has, but "and" has
// none unless both sides were looked at: the opposite of "false and X" is not
// true (measured).
func joinTests(op string, left, right keaTest) keaTest {
	out := keaTest{text: "(" + left.text + ") " + op + " (" + right.text + ")"}
	switch {
	case op == "and":
		out.known = append([]string{left.text}, right.known...)
	case len(left.known) > 0 && len(right.known) > 0:
		out.known = []string{anyTest([]string{all(left.known), all(right.known)})}
	}
	return out
}

// equal translates a comparison. In dhcpd two absent values are equal, and an
// absent value differs from every other, the empty one included.
func (x expressions) equal(e *dhcpdconf.Binary, depth int) (string, error) {
	for _, form := range []func(a, b dhcpdconf.Expr, depth int) (string, bool, error){x.equalText, x.equalLower} {
		for _, sides := range [][2]dhcpdconf.Expr{{e.X, e.Y}, {e.Y, e.X}} {
			if test, ok, err := form(sides[0], sides[1], depth); ok || err != nil {
				return test, err
			}
		}
	}
	if isNumeric(e.X) || isNumeric(e.Y) {
		return x.equalNumbers(e, depth)
	}
	a, err := x.data(e.X, depth+1)
	if err != nil {
		return "", err
	}
	b, err := x.data(e.Y, depth+1)
	if err != nil {
		return "", err
	}
	return a.equals(b), nil
}

// equals is the test that two values are the same.
func (a keaData) equals(b keaData) string {
	if a.isConst && b.isConst {
		return truth(bytes.Equal(a.constant, b.constant))
	}
	if a.isConst || a.null {
		a, b = b, a
	}
	test := a.text + " == " + b.text
	switch {
	case a.null && b.null:
		return truth(true)
	case b.null && len(a.exists) == 0:
		return truth(false)
	case b.null:
		return opposite(all(a.exists))
	case b.isConst && len(b.constant) > 0 && !a.filled, len(a.exists) == 0 && len(b.exists) == 0:
		return test
	case len(b.exists) == 0:
		return all(append(slices.Clip(a.exists), test))
	case len(a.exists) == 0:
		return all(append(slices.Clip(b.exists), test))
	}
	both := all(append(union(a.exists, b.exists), test))
	neither := "(" + opposite(all(a.exists)) + ") and (" + opposite(all(b.exists)) + ")"
	return "(" + both + ") or (" + neither + ")"
}

// truth is a test that is always, or never, fulfilled; Kea has no constants.
func truth(v bool) string {
	if v {
		return "member('ALL')"
	}
	return "not member('ALL')"
}

// opposite is the opposite of a test.
func opposite(test string) string {
	switch test {
	case truth(true):
		return truth(false)
	case truth(false):
		return truth(true)
	}
	return "not (" + test + ")"
}

func all(tests []string) string { return joined(tests, " and ") }

// anyTest joins tests, any of which is enough. No test at all is a test that
// nobody passes.
func anyTest(tests []string) string {
	if len(tests) == 0 {
		return truth(false)
	}
	return joined(tests, " or ")
}

func joined(tests []string, by string) string {
	if len(tests) == 1 {
		return tests[0]
	}
	parts := make([]string, len(tests))
	for i, t := range tests {
		parts[i] = "(" + t + ")"
	}
	return strings.Join(parts, by)
}

// union returns the tests of both lists, each once.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// equalLower compares lower-case or upper-case data with a constant byte by
// byte where the target cannot change the case of letters.
func (x expressions) equalLower(e, constant dhcpdconf.Expr, depth int) (string, bool, error) {
	call, ok := e.(*dhcpdconf.Call)
	if !ok || x.target >= caseSince || call.Name != "lcase" && call.Name != "ucase" || len(call.Args) != 1 {
		return "", false, nil
	}
	c, ok := model.Fold(constant)
	if !ok || c.Numeric {
		return "", false, nil
	}
	of, err := x.data(call.Args[0], depth+1)
	if err != nil {
		return "", false, err
	}
	changed := bytes.ToLower(c.Data)
	if call.Name == "ucase" {
		changed = bytes.ToUpper(c.Data)
	}
	switch {
	case of.isConst:
		return "", false, nil // Fold has both
	case !bytes.Equal(changed, c.Data):
		return truth(false), true, nil // there are letters of the other case
	case len(c.Data) == 0:
		return of.equals(constantData(nil)), true, nil
	}
	tests := slices.Clone(of.exists)
	if !of.filled {
		tests = nil
	}
	tests = append(tests, beginsInAnyCase(of.text, c.Data)...)
	return all(append(tests, fmt.Sprintf("substring(%s,%d,1) == ''", of.text, len(c.Data)))), true, nil
}

// beginsInAnyCase tests that data begin with a text in whatever case.
func beginsInAnyCase(data string, text []byte) []string {
	var tests []string
	for i, c := range text {
		at := fmt.Sprintf("substring(%s,%d,1) == ", data, i)
		lower, upper := bytes.ToLower(text[i:i+1]), bytes.ToUpper(text[i:i+1])
		if c >= 0x80 || bytes.Equal(lower, upper) {
			tests = append(tests, at+literal(text[i:i+1]))
		} else {
			tests = append(tests, anyTest([]string{at + literal(lower), at + literal(upper)}))
		}
	}
	return tests
}
