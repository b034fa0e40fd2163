package translator

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// matchSince is the first version with regular expressions.
const matchSince = keaversion.V3_0

// mostOption is how long an option of DHCPv4 is (RFC 2132), unless it is
// divided, which clients do not do.
const mostOption = 255

// match translates a regular expression. dhcpd searches for a POSIX extended
// one; Kea demands, from 3.0 on, that an ECMAScript one fits the whole value.
// Those that are nothing but text become comparisons of a part of the value.
func (x expressions) match(e *dhcpdconf.Binary, depth int) (keaTest, error) {
	of, err := x.data(e.X, depth+1)
	if err != nil {
		return keaTest{}, err
	}
	text, ok := model.Fold(e.Y)
	if !ok || text.Numeric {
		return keaTest{}, cannot(e.Y, "the regular expression is not a constant")
	}
	if i := bytes.IndexByte(text.Data, 0); i >= 0 {
		text.Data = text.Data[:i] // dhcpd hands it on as a text of C
	}
	anyCase := e.Op == "~~"
	p, err := readPattern(string(text.Data), anyCase)
	if err != nil {
		return keaTest{}, cannot(e.Y, "the regular expression is not one of POSIX that can be translated: %s", err)
	}
	if of.hollow {
		of.exists = append(slices.Clone(of.exists), opposite(of.text+" == ''"))
	}
	out := keaTest{known: of.exists}
	if of.null || len(text.Data) == 0 {
		out.text = truth(false) // measured: without a pattern there is no result
		out.known = []string{truth(false)}
		return out, nil
	}
	if out.text, ok = x.matchText(of, p, anyCase); ok {
		return out, nil
	}
	if x.target < matchSince {
		return keaTest{}, cannot(e, "Kea has regular expressions from %s on", matchSince)
	}
	whole, err := p.ecmaScript()
	if err != nil {
		return keaTest{}, cannot(e.Y, "%s", err)
	}
	out.text = all(append(slices.Clone(of.exists), "match('"+whole+"', "+untilNUL(of.text)+")"))
	return out, nil
}

// untilNUL is where dhcpd's search ends: at a NUL, as a text of C.
func untilNUL(data string) string { return "split(" + data + ", 0x00, 1)" }

// matchText tests for an expression that is only text.
func (x expressions) matchText(of keaData, p *pattern, anyCase bool) (string, bool) {
	text, start, end, ok := p.plainText()
	if !ok {
		return "", false
	}
	data := of.text
	exists := of.exists
	if !of.filled && len(text) > 0 {
		exists = nil // the comparison says so
	}
	with := func(tests ...string) (string, bool) { return all(append(slices.Clone(exists), tests...)), true }
	if len(text) == 0 {
		if start && end {
			return with(untilNUL(data) + " == ''")
		}
		if len(of.exists) == 0 {
			return truth(true), true
		}
		return all(of.exists), true
	}
	same := func(part string) string { return part + " == " + literal(text) }
	if anyCase {
		if x.target < caseSince {
			if !start || end {
				return "", false
			}
			return with(beginsInAnyCase(data, text)...)
		}
		data = "lcase(" + data + ")"
	}
	n := len(text)
	if !start || end {
		data = untilNUL(data)
	}
	switch {
	case start && end:
		return with(same(data))
	case start:
		return with(same(fmt.Sprintf("substring(%s,0,%d)", data, n)))
	case end:
		return with(same(fmt.Sprintf("substring(%s,-%d,all)", data, n)))
	case x.target >= matchSince:
		return "", false
	}
	most := of.most
	if most == 0 {
		most = mostOption
	}
	var places []string
	for at := 0; at+n <= most; at++ {
		places = append(places, same(fmt.Sprintf("substring(%s,%d,%d)", data, at, n)))
	}
	return with(anyTest(places))
}
