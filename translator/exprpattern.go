package translator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pattern is a POSIX extended regular expression, as dhcpd takes it with ~=.
type pattern struct {
	kind  patternKind
	parts []*pattern // of a sequence or a choice; the one that a repeat repeats
	set   *[256]bool // of one byte
	least int        // of a repeat
	most  int        // of a repeat; -1: no limit
}

type patternKind uint8

const (
	patternByte   patternKind = iota // one byte of set
	patternStart                     // ^
	patternEnd                       // $
	patternSeq                       // one after the other
	patternChoice                    // one of them
	patternRepeat
)

// readPattern reads an expression; anyCase takes letters of both cases for the
// same. What POSIX leaves open, or only some libraries know, is an error.
func readPattern(text string, anyCase bool) (*pattern, error) {
	r := &patternReader{text: text, anyCase: anyCase}
	p, err := r.choice(0)
	if err == nil && r.text != "" {
		err = errors.New("a parenthesis is closed that is not open")
	}
	if err == nil && !p.countsWithin(maxPatternCount) {
		err = fmt.Errorf("the counts of its repeats multiply to more than %d", maxPatternCount)
	}
	return p, err
}

// maxPatternCount bounds the counts of repeats within repeats, multiplied: every
// server of the result makes as many copies of what is repeated.
const maxPatternCount = 1000

// countsWithin returns whether no repeat, times the repeats around it, comes to more
// than most.
func (p *pattern) countsWithin(most int) bool {
	if p.kind == patternRepeat {
		count := max(p.least, p.most, 1)
		if count > most {
			return false
		}
		most /= count
	}
	return !slices.ContainsFunc(p.parts, func(part *pattern) bool { return !part.countsWithin(most) })
}

type patternReader struct {
	text    string // what is left
	anyCase bool
}

// maxPatternDepth bounds how deep parentheses are followed.
const maxPatternDepth = 50

func (r *patternReader) choice(depth int) (*pattern, error) {
	if depth > maxPatternDepth {
		return nil, errors.New("the regular expression is nested too deeply")
	}
	choice := &pattern{kind: patternChoice}
	for {
		seq, err := r.sequence(depth)
		if err != nil {
			return nil, err
		}
		choice.parts = append(choice.parts, seq)
		rest, more := strings.CutPrefix(r.text, "|")
		if !more {
			break
		}
		r.text = rest
	}
	if len(choice.parts) == 1 {
		return choice.parts[0], nil
	}
	return choice, nil
}

func (r *patternReader) sequence(depth int) (*pattern, error) {
	seq := &pattern{kind: patternSeq}
	for r.text != "" && r.text[0] != '|' && r.text[0] != ')' {
		one, err := r.one(depth)
		if err != nil {
			return nil, err
		}
		if one, err = r.repeats(one); err != nil {
			return nil, err
		}
		seq.parts = append(seq.parts, one)
	}
	return seq, nil
}

// one reads what a repeat can follow.
func (r *patternReader) one(depth int) (*pattern, error) {
	c := r.text[0]
	r.text = r.text[1:]
	switch c {
	case '(':
		p, err := r.choice(depth + 1)
		if err != nil {
			return nil, err
		}
		rest, closed := strings.CutPrefix(r.text, ")")
		if !closed {
			return nil, errors.New("a parenthesis is not closed")
		}
		r.text = rest
		return p, nil
	case '^':
		return &pattern{kind: patternStart}, nil
	case '$':
		return &pattern{kind: patternEnd}, nil
	case '.':
		var set [256]bool
		for i := range set {
			set[i] = true
		}
		return &pattern{kind: patternByte, set: &set}, nil
	case '[':
		return r.bracket()
	case '*', '+', '?', '{':
		return nil, fmt.Errorf("nothing stands before %q", c)
	case '\\':
		if r.text == "" {
			return nil, errors.New("a backslash stands at the end")
		}
		c = r.text[0]
		r.text = r.text[1:]
		if isWordByte(c) || strings.IndexByte("<>`'", c) >= 0 {
			return nil, fmt.Errorf(`\%c is not POSIX`, c)
		}
	}
	var set [256]bool
	r.add(&set, c)
	return &pattern{kind: patternByte, set: &set}, nil
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func (r *patternReader) add(set *[256]bool, c byte) {
	set[c] = true
	if r.anyCase && ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
		set[c^0x20] = true
	}
}

// end is an end of a range. glibc makes the expression and the text upper case when
// case does not matter, so that [+-a] is [+-A] and has no b in it, [R-b] is wrong,
// and small letters between the ends of a range fit nothing.
func (r *patternReader) end(c byte) byte {
	if r.anyCase && 'a' <= c && c <= 'z' {
		return c &^ 0x20
	}
	return c
}

// maxPatternRepeat is the highest count of a repeat.
const maxPatternRepeat = 255

func (r *patternReader) repeats(p *pattern) (*pattern, error) {
	for r.text != "" {
		least, most := 0, -1
		switch r.text[0] {
		case '*':
		case '+':
			least = 1
		case '?':
			most = 1
		case '{':
			inside, rest, closed := strings.Cut(r.text[1:], "}")
			from, to, both := strings.Cut(inside, ",")
			n, err := strconv.ParseUint(from, 10, 16)
			if !closed || err != nil || n > maxPatternRepeat {
				return nil, errors.New("a count in braces is none")
			}
			least, most = int(n), int(n)
			if both && to == "" {
				most = -1
			} else if both {
				m, err := strconv.ParseUint(to, 10, 16)
				if err != nil || m > maxPatternRepeat || m < n {
					return nil, errors.New("a count in braces is none")
				}
				most = int(m)
			}
			r.text = "}" + rest
		default:
			return p, nil
		}
		r.text = r.text[1:]
		if p.kind == patternStart || p.kind == patternEnd {
			return nil, errors.New("an anchor is repeated")
		}
		p = &pattern{kind: patternRepeat, parts: []*pattern{p}, least: least, most: most}
	}
	return p, nil
}

// patternClasses are the classes of characters in the C locale, in which dhcpd
// runs.
var patternClasses = map[string]func(byte) bool{
	"alpha":  func(c byte) bool { return isWordByte(c) && c > '9' && c != '_' },
	"digit":  func(c byte) bool { return '0' <= c && c <= '9' },
	"alnum":  func(c byte) bool { return isWordByte(c) && c != '_' },
	"upper":  func(c byte) bool { return 'A' <= c && c <= 'Z' },
	"lower":  func(c byte) bool { return 'a' <= c && c <= 'z' },
	"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"punct":  func(c byte) bool { return '!' <= c && c <= '~' && (!isWordByte(c) || c == '_') },
	"print":  func(c byte) bool { return ' ' <= c && c <= '~' },
	"graph":  func(c byte) bool { return '!' <= c && c <= '~' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"xdigit": func(c byte) bool { return isWordByte(c) && (c <= '9' || c|0x20 <= 'f' && c != '_') },
}

// bracket reads what stands in square brackets.
func (r *patternReader) bracket() (*pattern, error) {
	var set [256]bool
	rest, negated := strings.CutPrefix(r.text, "^")
	first := true
	for ; ; first = false {
		switch {
		case rest == "":
			return nil, errors.New("a bracket is not closed")
		case rest[0] == ']' && !first:
			r.text = rest[1:]
			if negated {
				for i := range set {
					set[i] = !set[i]
				}
			}
			return &pattern{kind: patternByte, set: &set}, nil
		case strings.HasPrefix(rest, "[:"):
			name, after, closed := strings.Cut(rest[2:], ":]")
			class := patternClasses[name]
			if !closed || class == nil {
				return nil, fmt.Errorf("the class [:%s:] is not known", name)
			}
			for c := range 256 {
				if class(byte(c)) {
					r.add(&set, byte(c))
				}
			}
			rest = after
		case strings.HasPrefix(rest, "[.") || strings.HasPrefix(rest, "[="):
			return nil, errors.New("collating elements are not translated")
		case len(rest) > 2 && rest[1] == '-' && rest[2] != ']':
			from, to := r.end(rest[0]), r.end(rest[2])
			if to == '[' || to < from {
				return nil, errors.New("a range in brackets is none")
			}
			for c := int(from); c <= int(to); c++ {
				if r.end(byte(c)) == byte(c) {
					r.add(&set, byte(c))
				}
			}
			rest = rest[3:]
		default:
			r.add(&set, rest[0])
			rest = rest[1:]
		}
	}
}

// plainText returns the text of an expression that is nothing but text, and
// whether it is tied to the start and to the end.
func (p *pattern) plainText() (text []byte, start, end, ok bool) {
	parts := p.parts
	if p.kind != patternSeq {
		return nil, false, false, false
	}
	if len(parts) > 0 && parts[0].kind == patternStart {
		start, parts = true, parts[1:]
	}
	if len(parts) > 0 && parts[len(parts)-1].kind == patternEnd {
		end, parts = true, parts[:len(parts)-1]
	}
	for _, part := range parts {
		c, single := part.single()
		if !single {
			return nil, false, false, false
		}
		text = append(text, c)
	}
	return text, start, end, true
}

// single returns the byte that the pattern is; of a letter in both cases the
// lower one.
func (p *pattern) single() (byte, bool) {
	if p.kind != patternByte {
		return 0, false
	}
	count, last := 0, 0
	for c, in := range p.set {
		if in {
			count++
			last = c
		}
	}
	both := count == 2 && 'a' <= last && last <= 'z' && p.set[last&^0x20]
	return byte(last), count == 1 || both
}

// errNotASCII: C++ takes bytes from 0x80 on for negative numbers.
var errNotASCII = errors.New("the regular expression names bytes that are not ASCII")

// ecmaScript writes the expression in the language of Kea's match, which the
// whole value must fit; dhcpd searches.
func (p *pattern) ecmaScript() (string, error) {
	const anything = `[\s\S]*`
	parts, start, end := p.parts, false, false
	if p.kind == patternSeq {
		if len(parts) > 0 && parts[0].kind == patternStart {
			start, parts = true, parts[1:]
		}
		if len(parts) > 0 && parts[len(parts)-1].kind == patternEnd {
			end, parts = true, parts[:len(parts)-1]
		}
		p = &pattern{kind: patternSeq, parts: parts}
	}
	var b strings.Builder
	if !start {
		b.WriteString(anything)
	}
	if err := p.write(&b, p.kind == patternChoice); err != nil {
		return "", err
	}
	if !end {
		b.WriteString(anything)
	}
	return b.String(), nil
}

func (p *pattern) write(b *strings.Builder, group bool) error {
	if group {
		b.WriteString("(")
		defer b.WriteString(")")
	}
	switch p.kind {
	case patternByte:
		return writeSet(b, p.set)
	case patternStart:
		b.WriteString("^")
	case patternEnd:
		b.WriteString("$")
	case patternSeq:
		for _, part := range p.parts {
			if err := part.write(b, part.kind == patternChoice); err != nil {
				return err
			}
		}
	case patternChoice:
		for i, part := range p.parts {
			if i > 0 {
				b.WriteString("|")
			}
			if err := part.write(b, false); err != nil {
				return err
			}
		}
	case patternRepeat:
		if err := p.parts[0].write(b, p.parts[0].kind != patternByte); err != nil {
			return err
		}
		switch {
		case p.least == 0 && p.most < 0:
			b.WriteString("*")
		case p.least == 1 && p.most < 0:
			b.WriteString("+")
		case p.least == 0 && p.most == 1:
			b.WriteString("?")
		case p.most < 0:
			fmt.Fprintf(b, "{%d,}", p.least)
		case p.least == p.most:
			fmt.Fprintf(b, "{%d}", p.least)
		default:
			fmt.Fprintf(b, "{%d,%d}", p.least, p.most)
		}
	}
	return nil
}

// writeSet writes one byte of a set.
func writeSet(b *strings.Builder, set *[256]bool) error {
	high, ascii := 0, 0
	last := 0
	for c, in := range set {
		switch {
		case in && c >= 0x80:
			high++
		case in:
			ascii++
			last = c
		}
	}
	switch {
	case high != 0 && high != 0x80:
		return errNotASCII
	case high+ascii == len(set):
		b.WriteString(`[\s\S]`)
		return nil
	case high == 0 && ascii == 0:
		b.WriteString(`[^\s\S]`)
		return nil
	case high == 0 && ascii == 1:
		writeByte(b, byte(last), `^$\.*+?()[]{}|/`)
		return nil
	}
	b.WriteString("[")
	if high > 0 {
		b.WriteString("^")
	}
	for c := 0; c < 0x80; c++ {
		if set[c] != (high == 0) {
			continue
		}
		to := c
		for to+1 < 0x80 && set[to+1] == (high == 0) && sameKind(byte(c), byte(to+1)) {
			to++
		}
		writeByte(b, byte(c), `^]\-[`)
		if to > c+1 {
			b.WriteString("-")
		}
		if to > c {
			writeByte(b, byte(to), `^]\-[`)
		}
		c = to
	}
	b.WriteString("]")
	return nil
}

// sameKind keeps ranges readable: they do not go from one kind of characters
// to another, but for those that are not printed.
func sameKind(a, b byte) bool {
	kinds := []string{"digit", "upper", "lower", "cntrl"}
	kind := func(c byte) int {
		return slices.IndexFunc(kinds, func(k string) bool { return patternClasses[k](c) })
	}
	return kind(a) == kind(b)
}

// writeByte writes a character, with a backslash if it means something else.
func writeByte(b *strings.Builder, c byte, special string) {
	switch {
	case c < ' ' || c == 0x7f || c == '\'':
		fmt.Fprintf(b, `\x%02x`, c)
	case strings.IndexByte(special, c) >= 0:
		b.WriteByte('\\')
		b.WriteByte(c)
	default:
		b.WriteByte(c)
	}
}
