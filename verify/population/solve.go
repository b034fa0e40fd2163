package population

import (
	"bytes"
	"encoding/binary"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// A change makes a client what a condition asks for; false: it cannot.
type change func(*client.Client) bool

// maxDepth bounds how deep an expression is followed, and most how many
// changes one condition gives.
const (
	maxDepth = 100
	most     = 24
)

// fulfil returns changes each of which makes a condition true, if want, or
// false, as far as what it compares can be turned round. It is not exact: the
// servers decide what the client really is.
func (p *planner) fulfil(e dhcpdconf.Expr, want bool, depth int) []change {
	if depth > maxDepth {
		return nil
	}
	switch e := e.(type) {
	case *dhcpdconf.Not:
		return p.fulfil(e.X, !want, depth+1)
	case *dhcpdconf.Exists:
		if !want {
			return nil // the other clients do not have it
		}
		return []change{p.assign(e.Option, p.plausible(e.Option))}
	case *dhcpdconf.Binary:
		switch e.Op {
		case "and", "or":
			x, y := p.fulfil(e.X, want, depth+1), p.fulfil(e.Y, want, depth+1)
			if (e.Op == "and") == want { // both are needed
				return limit(product(x, y))
			}
			return limit(append(x, y...))
		case "=", "!=":
			same := (e.Op == "=") == want
			return append(p.equal(e.X, e.Y, same, depth), p.equal(e.Y, e.X, same, depth)...)
		case "~=", "~~":
			return p.like(e, want, depth)
		}
	}
	return nil
}

func limit(list []change) []change { return list[:min(len(list), most)] }

// product does each change of x together with one of y.
func product(x, y []change) (list []change) {
	switch {
	case len(x) == 0:
		return y
	case len(y) == 0:
		return x
	}
	for i := range max(len(x), len(y)) {
		list = append(list, both(x[i%len(x)], y[i%len(y)]))
	}
	return list
}

func both(a, b change) change {
	return func(c *client.Client) bool { return a(c) && b(c) }
}

// equal turns e = value round; values that just miss are those for not same.
func (p *planner) equal(e, value dhcpdconf.Expr, same bool, depth int) (list []change) {
	k, ok := model.Fold(value)
	if !ok {
		return nil
	}
	if _, isConst := model.Fold(e); isConst {
		return nil
	}
	values := [][]byte{k.Data}
	if k.Numeric {
		values = [][]byte{binary.BigEndian.AppendUint32(nil, uint32(k.Num))}
	}
	if !same {
		values = beside(values[0])
	}
	for _, v := range values {
		if c, ok := p.solve(e, v, k.Numeric, depth+1); ok {
			list = append(list, c)
		}
	}
	return list
}

// beside returns values next to one: longer, shorter, another case, another
// last byte.
func beside(v []byte) [][]byte {
	list := [][]byte{append(bytes.Clone(v), 'x')}
	if len(v) > 1 {
		list = append(list, v[:len(v)-1])
	}
	if swapped := bytes.ToUpper(v); !bytes.Equal(swapped, v) {
		list = append(list, swapped)
	} else if swapped := bytes.ToLower(v); !bytes.Equal(swapped, v) {
		list = append(list, swapped)
	}
	if len(v) > 0 {
		last := bytes.Clone(v)
		last[len(last)-1] ^= 1
		list = append(list, last)
	}
	return list
}

// like turns a regular expression round.
func (p *planner) like(e *dhcpdconf.Binary, want bool, depth int) []change {
	k, ok := model.Fold(e.Y)
	if !ok || k.Numeric {
		return nil
	}
	flags := syntax.POSIX
	if e.Op == "~~" {
		flags |= syntax.FoldCase
	}
	re, err := syntax.Parse(string(k.Data), flags)
	if err != nil {
		return nil
	}
	example := exampleOf(re, 0)
	values := [][]byte{example, append(append([]byte("x"), example...), 'x'), bytes.ToUpper(example)}
	if !want {
		values = beside(example)
	}
	var list []change
	for _, v := range values {
		if c, ok := p.solve(e.X, v, false, depth+1); ok && len(v) > 0 {
			list = append(list, c)
		}
	}
	return list
}

// exampleOf returns a short text that a regular expression matches.
func exampleOf(re *syntax.Regexp, depth int) []byte {
	var out []byte
	if depth > maxDepth {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return []byte(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			return []byte(string(likely(re.Rune)))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []byte("a")
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		return exampleOf(re.Sub[0], depth+1)
	case syntax.OpRepeat:
		for range min(re.Min, 64) {
			out = append(out, exampleOf(re.Sub[0], depth+1)...)
		}
	case syntax.OpConcat:
		for _, s := range re.Sub {
			out = append(out, exampleOf(s, depth+1)...)
		}
	}
	return out
}

// likely is a character of a class, given as ranges, that clients send: one that can
// be printed, if there is one.
func likely(ranges []rune) rune {
	const firstLetter, lastPrintable = 'a', '~'
	for _, from := range []rune{firstLetter, '!'} {
		for i := 0; i+1 < len(ranges); i += 2 {
			if c := max(ranges[i], from); c <= ranges[i+1] && c <= lastPrintable {
				return c
			}
		}
	}
	return ranges[0]
}

// solve returns the change that makes a data expression give a value. A number
// is four bytes, the highest first.
func (p *planner) solve(e dhcpdconf.Expr, value []byte, number bool, depth int) (change, bool) {
	if depth > maxDepth {
		return nil, false
	}
	switch e := e.(type) {
	case *dhcpdconf.OptionValue:
		if e.Config || e.Option == nil || number {
			return nil, false
		}
		return p.assign(e.Option, value), true
	case *dhcpdconf.Atom:
		if e.Name == "hardware" {
			return p.hardware(value), len(value) > 0
		}
	case *dhcpdconf.Call:
		return p.solveCall(e, value, number, depth)
	}
	return nil, false
}

func (p *planner) solveCall(e *dhcpdconf.Call, value []byte, number bool, depth int) (change, bool) {
	argument := func(i int) int64 {
		if i < len(e.Args) {
			if k, ok := model.Fold(e.Args[i]); ok && k.Numeric {
				return k.Num
			}
		}
		return -1
	}
	const longest = 255
	switch {
	case e.User || len(e.Args) == 0:
	case e.Name == "substring" && len(e.Args) == 3:
		offset, length := argument(1), argument(2)
		if offset < 0 || length < 0 || offset > longest {
			return nil, false
		}
		padded := bytes.Repeat([]byte{'-'}, int(offset))
		if offset > 0 && isHardware(e.Args[0]) {
			padded[0] = ethernet
			for i := 1; i < len(padded); i++ {
				padded[i] = 0x0a
			}
		}
		padded = append(padded, value...)
		if int64(len(value)) == length && !isHardware(e.Args[0]) {
			padded = append(padded, "+1"...)
		}
		return p.solve(e.Args[0], padded, false, depth+1)
	case e.Name == "suffix":
		return p.solve(e.Args[0], append([]byte("0-"), value...), false, depth+1)
	case e.Name == "lcase" || e.Name == "ucase":
		swapped := bytes.ToUpper(value)
		if e.Name == "ucase" {
			swapped = bytes.ToLower(value)
		}
		return p.solve(e.Args[0], swapped, false, depth+1)
	case e.Name == "pick-first-value" || e.Name == "pick":
		return p.solve(e.Args[0], value, number, depth+1)
	case e.Name == "binary-to-ascii" && len(e.Args) == 4:
		separator, ok := model.Fold(e.Args[2])
		if !ok {
			return nil, false
		}
		raw, ok := digits(value, string(separator.Data), int(argument(0)), int(argument(1)))
		if !ok {
			return nil, false
		}
		return p.solve(e.Args[3], raw, false, depth+1)
	case e.Name == "extract-int" && number && len(value) == 4:
		if w := argument(1) / 8; w == 1 || w == 2 || w == 4 {
			return p.solve(e.Args[0], value[4-w:], false, depth+1)
		}
	case e.Name == "reverse" && len(e.Args) == 2:
		w := int(argument(0))
		if w < 1 || len(value)%w != 0 {
			return nil, false
		}
		var turned []byte
		for i := len(value) - w; i >= 0; i -= w {
			turned = append(turned, value[i:i+w]...)
		}
		return p.solve(e.Args[1], turned, false, depth+1)
	case e.Name == "concat":
		return p.solveConcat(e, value, depth)
	case e.Name == "packet" && len(e.Args) == 2:
		return p.packet(argument(0), value)
	}
	return nil, false
}

// solveConcat takes the constant parts off both ends.
func (p *planner) solveConcat(e *dhcpdconf.Call, value []byte, depth int) (change, bool) {
	args := e.Args
	for len(args) > 1 {
		if k, ok := model.Fold(args[0]); ok && !k.Numeric && bytes.HasPrefix(value, k.Data) {
			args, value = args[1:], value[len(k.Data):]
			continue
		}
		if k, ok := model.Fold(args[len(args)-1]); ok && !k.Numeric && bytes.HasSuffix(value, k.Data) {
			args, value = args[:len(args)-1], value[:len(value)-len(k.Data)]
			continue
		}
		return nil, false
	}
	return p.solve(args[0], value, false, depth+1)
}

// digits undoes binary-to-ascii.
func digits(text []byte, separator string, base, width int) ([]byte, bool) {
	if base < 2 || base > 36 || width != 8 && width != 16 && width != 32 {
		return nil, false
	}
	var out []byte
	parts := []string{string(text)}
	if separator != "" {
		parts = strings.Split(string(text), separator)
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, base, width)
		if err != nil {
			// The end of the text is cut off, or something follows it.
			return out, len(out) > 0
		}
		full := binary.BigEndian.AppendUint32(nil, uint32(n))
		out = append(out, full[4-width/8:]...)
	}
	return out, true
}
