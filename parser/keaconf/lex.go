package keaconf

import (
	"strconv"
	"strings"
)

// tokenKind is the first byte of punctuation, or one of the constants.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokString
	tokInt
	tokFloat
	tokBool
	tokNull
	tokBad // something that a fault was reported for, standing where a value may
)

type token struct {
	kind     tokenKind
	odd      bool // a string with escapes
	src      *Source
	off, end uint32
	text     string // of tokString the value, else as written
}

func (t token) span() Span { return Span{t.src, t.off, t.end} }

// lexer reads the dialect of Kea's files: JSON with three kinds of comments,
// includes, integers with leading zeros, and strings of bytes.
type lexer struct {
	src   *Source
	text  string
	off   int
	outer []frame // the files around the current one

	read     func(name string) ([]byte, error)
	included int
	tooDeep  bool

	includedBytes int
	faults        *faultList
}

type frame struct {
	src *Source
	off int
}

// Limits of reading.
const (
	maxIncludeDepth = 11      // measured on Kea 2.2.0 and 3.0.4
	maxIncludes     = 1000    // of a run; a file that includes itself twice would never end
	maxIncluded     = 1 << 30 // bytes
	maxDepth        = 1000    // of maps and lists in each other; Kea has no limit
	maxFaults       = 1000    // then reading and checking stops
)

// faultList collects faults up to a limit.
type faultList struct {
	list Faults
	full bool
}

func (l *faultList) add(f Fault) {
	if l.full {
		return
	}
	if len(l.list) == maxFaults {
		l.full = true
		f = Fault{Severity: f.Severity, Span: f.Span, Message: "too many faults; the rest is not shown"}
	}
	l.list = append(l.list, f)
}

func (x *lexer) fault(sev Severity, off, end int, msg string) {
	x.faults.add(Fault{Severity: sev, Span: Span{x.src, uint32(off), uint32(end)}, Message: msg})
}

// next returns the next token. At the end of an included file it goes on in the
// file around it.
func (x *lexer) next() token {
	for {
		x.skipBlanks()
		if x.off == len(x.text) {
			if len(x.outer) == 0 {
				return x.token(tokEOF, x.off)
			}
			f := x.outer[len(x.outer)-1]
			x.outer = x.outer[:len(x.outer)-1]
			x.src, x.text, x.off = f.src, f.src.Text, f.off
			continue
		}
		start := x.off
		switch c := x.text[x.off]; {
		case strings.IndexByte("{}[],:", c) >= 0:
			x.off++
			return x.token(tokenKind(c), start)
		case c == '"':
			return x.string()
		case c == '<':
			x.include()
		case c == '-' || c == '+' || c == '.' || '0' <= c && c <= '9':
			return x.number()
		case isLetter(c):
			return x.word()
		case c == '\'':
			return x.singleQuoted()
		case c == '/': // no comment, or one without an end
			if strings.HasPrefix(x.text[x.off:], "/*") {
				x.off = len(x.text)
				x.fault(Error, start, start+2, "this comment has no end; add */")
				continue
			}
			fallthrough
		default:
			x.bad()
		}
	}
}

func (x *lexer) token(k tokenKind, start int) token {
	return token{kind: k, src: x.src, off: uint32(start), end: uint32(x.off), text: x.text[start:x.off]}
}

func (x *lexer) skipBlanks() {
	for x.off < len(x.text) {
		switch c := x.text[x.off]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			x.off++
		case c == '#' || c == '/' && strings.HasPrefix(x.text[x.off:], "//"):
			if i := strings.IndexByte(x.text[x.off:], '\n'); i >= 0 {
				x.off += i
			} else {
				x.off = len(x.text)
			}
		case c == '/' && strings.HasPrefix(x.text[x.off:], "/*"):
			i := strings.Index(x.text[x.off+2:], "*/")
			if i < 0 {
				return
			}
			x.off += 2 + i + 2
		default:
			return
		}
	}
}

// bad skips a run of bytes that mean nothing, with one fault for all of them.
func (x *lexer) bad() {
	start := x.off
	for x.off < len(x.text) && strings.IndexByte("{}[],:\"#/ \t\r\n", x.text[x.off]) < 0 || x.off == start {
		x.off++
	}
	msg := "unexpected " + strconv.Quote(clip(x.text[start:x.off]))
	if strings.HasPrefix(x.text[start:], "\ufeff") {
		msg = "Kea does not take a byte order mark; save the file without one"
	}
	x.fault(Error, start, x.off, msg)
}

// singleQuoted passes over a string in the wrong quotes.
func (x *lexer) singleQuoted() token {
	start := x.off
	end := strings.IndexAny(x.text[start+1:], "'\n")
	switch {
	case end < 0:
		x.off = len(x.text)
	case x.text[start+1+end] == '\'':
		x.off = start + 1 + end + 1
	default:
		x.off = start + 1 + end
	}
	x.fault(Error, start, x.off, "strings are written in double quotes")
	return x.token(tokBad, start)
}

// string reads a string in double quotes. An unterminated one ends with its
// line, so that the rest of the file can still be read.
func (x *lexer) string() token {
	start := x.off
	for i := start + 1; i < len(x.text); i++ {
		switch c := x.text[i]; {
		case c == '"':
			x.off = i + 1
			t := x.token(tokString, start)
			t.text = x.text[start+1 : i]
			return t
		case c == '\\' || c < ' ':
			return x.stringWithEscapes(start, i)
		}
	}
	return x.unterminated(start, len(x.text))
}

func (x *lexer) unterminated(start, end int) token {
	x.off = end
	x.fault(Error, start, end, "this string has no end; add \"")
	return x.token(tokBad, start)
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// stringWithEscapes goes on reading a string at i, the first byte that is not
// plain.
func (x *lexer) stringWithEscapes(start, i int) token {
	value := append(make([]byte, 0, i-start+32), x.text[start+1:i]...)
	good := true
	for i < len(x.text) {
		switch c := x.text[i]; {
		case c == '"':
			x.off = i + 1
			t := x.token(tokString, start)
			t.text, t.odd = string(value), true
			if !good {
				t.kind = tokBad
			}
			return t
		case c == '\n':
			return x.unterminated(start, i)
		case c < ' ':
			good = false
			x.fault(Error, i, i+1, "control characters in a string are written as escapes, as \\t or \\u0007")
			i++
		case c != '\\':
			value = append(value, c)
			i++
		case i+1 < len(x.text) && escapes[x.text[i+1]] != 0:
			value = append(value, escapes[x.text[i+1]])
			i += 2
		case i+1 < len(x.text) && x.text[i+1] == 'u':
			b, n, msg := unicodeEscape(x.text[i:])
			if msg != "" {
				good = false
				x.fault(Error, i, i+n, msg)
			}
			value = append(value, b)
			i += n
		default:
			good = false
			x.fault(Error, i, min(i+2, len(x.text)), `a backslash stands for itself only when doubled: \\`)
			i++
		}
	}
	return x.unterminated(start, len(x.text))
}

// unicodeEscape reads \u00XX, which Kea takes for the byte XX; it knows no
// higher ones.
func unicodeEscape(s string) (b byte, n int, msg string) {
	if len(s) < 6 {
		return 0, 2, `\u wants four hexadecimal digits`
	}
	v, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 2, `\u wants four hexadecimal digits`
	}
	if v > 0xff {
		return 0, 6, `Kea knows escapes up to \u00ff only; write the character itself`
	}
	return byte(v), 6, ""
}

// number reads what starts like a number.
func (x *lexer) number() token {
	start := x.off
	for x.off < len(x.text) && isNumberByte(x.text, start, x.off) {
		x.off++
	}
	s := x.text[start:x.off]
	if x.off < len(x.text) && isLetter(x.text[x.off]) {
		x.bad()
		return x.token(tokBad, start)
	}
	if isInt(s) {
		if _, err := strconv.ParseInt(s, 10, 64); err != nil {
			x.fault(Error, start, x.off, "the integer does not fit into 64 bits")
			return x.token(tokBad, start)
		}
		return x.token(tokInt, start)
	}
	if _, err := parseFloat(s); err != nil {
		x.fault(Error, start, x.off, strconv.Quote(clip(s))+" is not a number")
		return x.token(tokBad, start)
	}
	return x.token(tokFloat, start)
}

// isNumberByte reports whether the byte at i can go on a number that began at
// start: signs only there and after an exponent.
func isNumberByte(s string, start, i int) bool {
	switch c := s[i]; c {
	case '+', '-':
		return i == start || s[i-1] == 'e' || s[i-1] == 'E'
	case '.', 'e', 'E':
		return true
	default:
		return '0' <= c && c <= '9'
	}
}

func isInt(s string) bool {
	s = strings.TrimPrefix(s, "-")
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// word reads true, false or null; other words are faults.
func (x *lexer) word() token {
	start := x.off
	for x.off < len(x.text) && (isLetter(x.text[x.off]) || '0' <= x.text[x.off] && x.text[x.off] <= '9' || x.text[x.off] == '-') {
		x.off++
	}
	s := x.text[start:x.off]
	switch s {
	case "true", "false":
		return x.token(tokBool, start)
	case "null":
		return x.token(tokNull, start)
	}
	msg := "unexpected word " + clip(s) + "; strings are written in double quotes"
	switch l := strings.ToLower(s); l {
	case "true", "false", "null":
		msg = "write " + l + " in lower case"
	}
	x.fault(Error, start, x.off, msg)
	return x.token(tokBad, start)
}

// clip shortens text for a message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
