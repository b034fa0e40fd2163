package control

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostNested is how deep values of JSON may be nested, as with Kea.
const mostNested = 100

const jsonBlanks = " \t\n\r"

// reader reads JSON as Kea does, which takes more than JSON has, and says of the rest
// what Kea says. What it has read it writes anew, as JSON.
type reader struct {
	text      []byte
	at        int
	file      string
	line, pos int
	out       []byte
}

// fromWire reads a command that has come over a socket.
func fromWire(text []byte) ([]byte, error) {
	r := reader{text: text, file: "<wire>"}
	if err := r.value(1); err != nil {
		return nil, err
	}
	return r.out, nil
}

// fromString reads the whole body of a request.
func fromString(text []byte) ([]byte, error) {
	r := reader{text: text, file: "<string>", line: 1, pos: 1}
	if err := r.value(1); err != nil {
		return nil, err
	}
	r.skipBlanks()
	if r.at < len(r.text) {
		return nil, r.wrong("Extra data", r.pos)
	}
	return r.out, nil
}

func (r *reader) wrong(what string, pos int) problem {
	return problemf("%s in %s:%d:%d", what, r.file, r.line, pos)
}

// next takes a byte; -1: there is none.
func (r *reader) next() int {
	r.pos++
	if r.at == len(r.text) {
		return -1
	}
	r.at++
	return int(r.text[r.at-1])
}

func (r *reader) peek() int {
	if r.at == len(r.text) {
		return -1
	}
	return int(r.text[r.at])
}

func (r *reader) put(c byte) { r.out = append(r.out, c) }

// skipBlanks keeps blanks, so that what follows stays where it stands.
func (r *reader) skipBlanks() {
	for r.at < len(r.text) && strings.IndexByte(jsonBlanks, r.text[r.at]) >= 0 {
		c := r.text[r.at]
		r.at++
		if c == '\n' {
			r.pos = 1
			r.line++
		} else {
			r.pos++
		}
		r.put(c)
	}
}

// skipTo skips blanks and takes one of some characters.
func (r *reader) skipTo(wanted string) (byte, error) {
	r.skipBlanks()
	c := r.next()
	switch {
	case c < 0:
		return 0, r.wrong("EOF read, one of \""+wanted+"\" expected", r.pos)
	case strings.IndexByte(wanted, byte(c)) < 0:
		return 0, r.wrong("'"+string([]byte{byte(c)})+"' read, one of \""+wanted+"\" expected", r.pos)
	}
	if c != ',' { // which may stand at the end of a list
		r.put(byte(c))
	}
	r.skipBlanks()
	return byte(c), nil
}

func (r *reader) value(level int) error {
	if level > mostNested {
		return problem("fromJSON elements nested too deeply")
	}
	r.skipBlanks()
	c := r.peek()
	switch {
	case c < 0:
		return problem("nothing read")
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return r.number()
	case c == 't', c == 'f':
		return r.word("boolean", "true", "false")
	case c == 'n':
		return r.word("null", "null")
	case c == '"':
		return r.string()
	case c == '[':
		r.next()
		r.put('[')
		return r.list(level)
	case c == '{':
		r.next()
		r.put('{')
		return r.object(level)
	}
	r.next()
	return r.wrong("error: unexpected character "+string([]byte{byte(c)}), r.pos)
}

func (r *reader) list(level int) error {
	r.skipBlanks()
	for first := true; ; first = false {
		if r.peek() == ']' {
			r.next()
			r.put(']')
			return nil
		}
		if !first {
			r.put(',')
		}
		if err := r.value(level + 1); err != nil {
			return err
		}
		if c, err := r.skipTo(",]"); err != nil || c == ']' {
			return err
		}
	}
}

func (r *reader) object(level int) error {
	r.skipBlanks()
	switch r.peek() {
	case -1:
		return r.wrong("Unterminated map, <string> or } expected", r.pos)
	case '}':
		r.at++ // Kea forgets to count it
		r.put('}')
		return nil
	}
	for first := true; ; first = false {
		if !first {
			r.put(',')
		}
		if err := r.string(); err != nil {
			return err
		}
		if _, err := r.skipTo(":"); err != nil {
			return err
		}
		if err := r.value(level + 1); err != nil {
			return err
		}
		if c, err := r.skipTo(",}"); err != nil || c == '}' {
			return err
		}
	}
}

func (r *reader) word(kind string, words ...string) error {
	start, pos := r.at, r.pos
	for c := r.peek(); c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'; c = r.peek() {
		r.next()
	}
	word := string(r.text[start:r.at])
	for _, w := range words {
		if w == word {
			r.out = append(r.out, word...)
			return nil
		}
	}
	return r.wrong("Bad "+kind+" value: "+word, pos)
}

func (r *reader) number() error {
	start, pos := r.at, r.pos
	for c := r.peek(); c >= 0 && strings.IndexByte("0123456789+-.eE", byte(c)) >= 0; c = r.peek() {
		r.next()
	}
	text := string(r.text[start:r.at])
	const noCast = "bad lexical cast: source type value could not be interpreted as target"
	if strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return r.wrong(fmt.Sprintf("Number overflow while trying to cast '%s' to double: %s", text, noCast), pos)
		}
		r.real(text, n)
		return nil
	}
	var n big.Int
	digits := strings.TrimPrefix(text, "+")
	switch _, ok := n.SetString(digits, 10); {
	case strings.ContainsAny(strings.TrimLeft(digits, "-"), "+-") || strings.HasPrefix(digits, "--") || text != digits && strings.HasPrefix(digits, "-"):
		return problem("Unexpected content found while parsing character string.")
	case !ok: // a sign alone
		r.out = append(r.out, '0')
	case n.BitLen() > 127:
		return r.wrong(fmt.Sprintf("Number overflow while trying to cast '%s' to int64 and subsequently to int128: %s, overflow in multiplication", text, noCast), pos)
	default:
		number := n.String()
		for range len(text) - len(number) {
			r.put(' ') // what follows stays where it stands
		}
		r.out = append(r.out, number...)
	}
	return nil
}

// real writes a number with a point; text that is not as JSON has it anew.
func (r *reader) real(text string, n float64) {
	whole := strings.TrimLeft(text, "-")
	if whole[0] == '+' || whole[0] == '.' || len(whole) > 1 && whole[0] == '0' && whole[1] >= '0' && whole[1] <= '9' ||
		strings.HasSuffix(text, ".") || strings.Contains(text, ".e") || strings.Contains(text, ".E") {
		text = strconv.FormatFloat(n, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
	}
	r.out = append(r.out, text...)
}

// string reads a string. Bytes that are no UTF-8 are taken for the characters of the
// same number.
func (r *reader) string() error {
	if c := r.next(); c != '"' {
		return r.wrong("String expected", r.pos)
	}
	r.put('"')
	for {
		c := r.next()
		switch {
		case c < 0:
			return r.wrong("Unterminated string", r.pos)
		case c == '"':
			r.put('"')
			return nil
		case c == '\\':
			if err := r.escape(); err != nil {
				return err
			}
		case c < ' ':
			r.out = fmt.Appendf(r.out, `\u%04x`, c)
		case c < utf8.RuneSelf:
			r.put(byte(c))
		default:
			if _, n := utf8.DecodeRune(r.text[r.at-1:]); n > 1 {
				r.out = append(r.out, r.text[r.at-1:r.at-1+n]...)
				r.at += n - 1
				r.pos += n - 1
				continue
			}
			r.out = fmt.Appendf(r.out, `\u%04x`, c)
		}
	}
}

func (r *reader) escape() error {
	c := r.peek()
	if c < 0 || strings.IndexByte(`"/\bfnrtu`, byte(c)) < 0 {
		return r.wrong("Bad escape", r.pos)
	}
	r.next()
	if c != 'u' {
		r.out = append(r.out, '\\', byte(c))
		return nil
	}
	place := r.pos - 1 // of the backslash; Kea counts one more for the first digit
	var digits []byte
	for i := range 4 {
		c := r.peek()
		switch {
		case i < 2 && c != '0':
			return r.wrong("Unsupported unicode escape", place+1-i)
		case c < 0 || !bytes.ContainsRune([]byte("0123456789abcdefABCDEF"), rune(c)):
			return r.wrong("Not hexadecimal in unicode escape", place)
		}
		digits = append(digits, byte(c))
		r.next()
	}
	r.out = append(append(r.out, `\u`...), digits...)
	return nil
}
