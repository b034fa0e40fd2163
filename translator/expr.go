package translator

import (
	"bytes"
	"fmt"
	"strconv"
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

// keaData is a data expression of dhcpd's in Kea's language. dhcpd knows data
// without a value (an absent option), Kea takes that for empty text, so the
// conditions for a value travel along.
type keaData struct {
	text     string   // a string expression; operands that need it are in parentheses
	exists   []string // dhcpd's value exists when all of these hold; none: always
	constant []byte   // when isConst
	isConst  bool
}

// expressions translates dhcpd's expressions for one version of Kea. Nothing
// weaker or stronger is ever chosen: what has no exact counterpart is an error.
type expressions struct {
	v6     bool
	target keaversion.Version
	// ofClass: the expression is the match of a class. dhcpd evaluates it
	// before it looks for the client's host, so nobody is known yet.
	ofClass bool
}

// maxExprDepth bounds how deep an expression is followed.
const maxExprDepth = 200

// boolean returns a test for a condition. Every operand stands in parentheses
// where Kea's precedence could read it otherwise.
func (x expressions) boolean(e dhcpdconf.Expr) (string, error) { return x.bool(e, 0) }

func (x expressions) bool(e dhcpdconf.Expr, depth int) (string, error) {
	if depth > maxExprDepth {
		return "", cannot(e, "the expression is nested too deeply")
	}
	switch e := e.(type) {
	case *dhcpdconf.Not:
		inner, err := x.bool(e.X, depth+1)
		if err != nil {
			return "", err
		}
		return "not (" + inner + ")", nil
	case *dhcpdconf.Exists:
		ref, err := x.option(e, e.Option)
		if err != nil {
			return "", err
		}
		return ref + ".exists", nil
	case *dhcpdconf.Atom:
		if e.Name == "known" && x.ofClass {
			return truth(false), nil
		}
		if e.Name == "known" {
			return isKnown, nil
		}
		return "", cannot(e, "%s has no counterpart in Kea's tests", e.Name)
	case *dhcpdconf.Binary:
		return x.binary(e, depth)
	}
	return "", cannot(e, "this is no condition that Kea can test")
}

func (x expressions) binary(e *dhcpdconf.Binary, depth int) (string, error) {
	switch e.Op {
	case "and", "or":
		left, err := x.bool(e.X, depth+1)
		if err != nil {
			return "", err
		}
		right, err := x.bool(e.Y, depth+1)
		if err != nil {
			return "", err
		}
		return "(" + left + ") " + e.Op + " (" + right + ")", nil
	case "=":
		return x.equal(e, depth)
	case "!=":
		same, err := x.equal(e, depth)
		if err != nil {
			return "", err
		}
		return "not (" + same + ")", nil
	case "~=", "~~":
		return x.match(e, depth)
	}
	return "", cannot(e, "%s has no counterpart in Kea's tests", e.Op)
}

// equal translates a comparison. In dhcpd two absent values are equal, and an
// absent value differs from every other, the empty one included.
func (x expressions) equal(e *dhcpdconf.Binary, depth int) (string, error) {
	if test, ok, err := x.equalText(e.X, e.Y, depth); ok || err != nil {
		return test, err
	}
	if test, ok, err := x.equalText(e.Y, e.X, depth); ok || err != nil {
		return test, err
	}
	if test, ok, err := x.equalNumber(e.X, e.Y, depth); ok || err != nil {
		return test, err
	}
	if test, ok, err := x.equalNumber(e.Y, e.X, depth); ok || err != nil {
		return test, err
	}
	a, err := x.data(e.X, depth+1)
	if err != nil {
		return "", err
	}
	b, err := x.data(e.Y, depth+1)
	if err != nil {
		return "", err
	}
	if a.isConst && b.isConst {
		return truth(bytes.Equal(a.constant, b.constant)), nil
	}
	if a.isConst {
		a, b = b, a
	}
	test := a.text + " == " + b.text
	switch {
	case b.isConst && len(b.constant) > 0, len(a.exists) == 0 && len(b.exists) == 0:
		return test, nil
	case len(b.exists) == 0:
		return all(append(a.exists, test)), nil
	case len(a.exists) == 0:
		return all(append(b.exists, test)), nil
	}
	both := all(append(append(append([]string{}, a.exists...), b.exists...), test))
	neither := "(not (" + all(a.exists) + ")) and (not (" + all(b.exists) + "))"
	return "(" + both + ") or (" + neither + ")", nil
}

// truth is a test that is always, or never, fulfilled; Kea has no constants.
func truth(v bool) string {
	if v {
		return "member('ALL')"
	}
	return "not member('ALL')"
}

func all(tests []string) string {
	if len(tests) == 1 {
		return tests[0]
	}
	parts := make([]string, len(tests))
	for i, t := range tests {
		parts[i] = "(" + t + ")"
	}
	return strings.Join(parts, " and ")
}

// equalText compares a text made by binary-to-ascii with a constant: the
// constant is read back into bytes, because Kea writes hexadecimal octets with
// two digits and dhcpd without leading zeros.
func (x expressions) equalText(e, constant dhcpdconf.Expr, depth int) (string, bool, error) {
	call, ok := e.(*dhcpdconf.Call)
	if !ok || call.Name != "binary-to-ascii" || len(call.Args) != 4 {
		return "", false, nil
	}
	text, ok := model.Fold(constant)
	if !ok || text.Numeric {
		return "", false, nil
	}
	base, ok1 := model.Fold(call.Args[0])
	width, ok2 := model.Fold(call.Args[1])
	sep, ok3 := model.Fold(call.Args[2])
	if !ok1 || !ok2 || !ok3 || !base.Numeric || !width.Numeric || sep.Numeric {
		return "", false, nil
	}
	of, err := x.data(call.Args[3], depth+1)
	if err != nil {
		return "", false, err
	}
	raw, canonical := readASCII(text.Data, base.Num, width.Num, sep.Data)
	if !canonical {
		// binary-to-ascii never writes this text.
		return truth(false), true, nil
	}
	if len(raw) == 0 {
		return all(append(of.exists, of.text+" == ''")), true, nil
	}
	return of.text + " == " + literal(raw), true, nil
}

// readASCII turns the output of binary-to-ascii back into bytes; ok is false
// when binary-to-ascii writes no such text.
func readASCII(text []byte, base, width int64, sep []byte) (raw []byte, ok bool) {
	if base < 2 || base > 36 || width != 8 && width != 16 && width != 32 {
		return nil, false
	}
	if len(text) == 0 {
		return nil, true
	}
	if len(sep) == 0 {
		return nil, false // the places of the digits cannot be told
	}
	for part := range bytes.SplitSeq(text, sep) {
		n, err := strconv.ParseUint(string(part), int(base), int(width))
		if err != nil || strconv.FormatUint(n, int(base)) != string(part) {
			return nil, false
		}
		for shift := width - 8; shift >= 0; shift -= 8 {
			raw = append(raw, byte(n>>shift))
		}
	}
	return raw, true
}

// equalNumber compares extract-int with a constant by comparing the bytes.
func (x expressions) equalNumber(e, constant dhcpdconf.Expr, depth int) (string, bool, error) {
	call, ok := e.(*dhcpdconf.Call)
	if !ok || call.Name != "extract-int" || len(call.Args) != 2 {
		return "", false, nil
	}
	width, ok := model.Fold(call.Args[1])
	number, ok2 := model.Fold(constant)
	if !ok || !ok2 || !width.Numeric || !number.Numeric || width.Num != 8 && width.Num != 16 && width.Num != 32 {
		return "", false, nil
	}
	of, err := x.data(call.Args[0], depth+1)
	if err != nil {
		return "", false, err
	}
	raw := make([]byte, width.Num/8)
	for i := range raw {
		raw[i] = byte(number.Num >> (8 * (len(raw) - 1 - i)))
	}
	return fmt.Sprintf("substring(%s,0,%d) == %s", of.text, len(raw), literal(raw)), true, nil
}

// match translates a regular expression. dhcpd searches for a POSIX extended
// expression, Kea from 3.0 demands that an ECMAScript one fits the whole text.
func (x expressions) match(e *dhcpdconf.Binary, depth int) (string, error) {
	a, err := x.data(e.X, depth+1)
	if err != nil {
		return "", err
	}
	pattern, ok := model.Fold(e.Y)
	if !ok || pattern.Numeric {
		return "", cannot(e.Y, "the regular expression is not a constant")
	}
	re := string(pattern.Data)
	if e.Op == "~=" {
		if text, ok := plainPrefix(re); ok {
			return fmt.Sprintf("substring(%s,0,%d) == %s", a.text, len(text), literal([]byte(text))), nil
		}
		if text, ok := plainSuffix(re); ok {
			return fmt.Sprintf("substring(%s,-%d,all) == %s", a.text, len(text), literal([]byte(text))), nil
		}
	}
	if x.target < keaversion.V3_0 {
		return "", cannot(e, "Kea has regular expressions from 3.0 on")
	}
	if strings.ContainsAny(re, "'\n\r") || !printable(pattern.Data) || strings.Contains(re, "[:") || strings.Contains(re, "[.") || strings.Contains(re, "[=") || strings.Contains(re, `\`) {
		return "", cannot(e.Y, "the regular expression uses something that Kea reads in another way")
	}
	whole := re
	if strings.Contains(re, "|") {
		whole = "(" + re + ")"
		if strings.ContainsAny(re, "^$") {
			return "", cannot(e.Y, "alternatives of the regular expression are anchored")
		}
	}
	if head, ok := strings.CutPrefix(whole, "^"); ok {
		whole = head
	} else {
		whole = ".*" + whole
	}
	if tail, ok := strings.CutSuffix(whole, "$"); ok {
		whole = tail
	} else {
		whole += ".*"
	}
	text := a.text
	if e.Op == "~~" {
		whole, text = strings.ToLower(whole), "lcase("+text+")"
	}
	test := "match('" + whole + "', " + text + ")"
	return all(append(a.exists, test)), nil
}

// plainPrefix returns the text of a pattern that is only "^text".
func plainPrefix(re string) (string, bool) {
	text, ok := strings.CutPrefix(re, "^")
	return text, ok && isPlain(text)
}

// plainSuffix returns the text of a pattern that is only "text$".
func plainSuffix(re string) (string, bool) {
	text, ok := strings.CutSuffix(re, "$")
	return text, ok && isPlain(text)
}

func isPlain(re string) bool {
	return re != "" && !strings.ContainsAny(re, `\.[]()*+?{}|^$`)
}
