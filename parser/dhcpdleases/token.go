package dhcpdleases

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// kind is what a token is, as dhcpd's common/conflex.c tells them apart.
type kind uint8

const (
	tokEOF     kind = iota // also where a byte 0xff stands
	tokBlank               // seen by raw reading only
	tokWord                // letter first; perhaps a keyword
	tokNumWord             // could be hexadecimal digits as well as a name, and is no keyword
	tokNumber              // digits, perhaps behind a "-"
	tokString
	tokMark // any other byte
)

// maxToken is the size of dhcpd's buffer for a token. What is longer is cut, and
// the rest is the next token.
const maxToken = 1500

// tokens is the state of reading tokens.
type tokens struct {
	kind    kind
	mark    byte   // of a tokMark
	value   []byte // of the others: as written, of a string what it stands for
	keyword bool   // the word is one of dhcpd's keywords

	tokenStart int64 // offset of the token
	tokenLine  int
	tokenCol   int

	peeked  bool // the token is read but not consumed
	capture bool // all bytes are kept for the current entry
	text    [maxToken]byte
	address [maxAddress6 + 1]byte
}

func (l *tokens) is(mark byte) bool { return l.kind == tokMark && l.mark == mark }

// isName reports what dhcpd's is_identifier does.
func (l *tokens) isName() bool { return l.kind == tokWord || l.kind == tokNumWord }

func (l *tokens) isHex() bool { return l.kind == tokNumber || l.kind == tokNumWord }

// isWord reports whether the token is the keyword, given in lower case.
func (l *tokens) isWord(word string) bool {
	return l.isName() && len(l.value) == len(word) && equalFold(l.value, word)
}

func equalFold(b []byte, lower string) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// eof is what char returns where dhcpd's get_char returns EOF: at the end of the
// file, and for the byte 0xff, which is -1 for it.
const eof = -1

// char consumes one byte.
func (r *Reader) char() int {
	if r.pos == r.end && !r.fill() {
		return eof
	}
	c := r.buf[r.pos]
	r.pos++
	if r.capture {
		r.keepByte(c)
	}
	if c == '\n' {
		r.line++
		r.lineStart = r.base + int64(r.pos)
	}
	if c == 0xff {
		return eof
	}
	return int(c)
}

// unchar takes back a byte that is no line end.
func (r *Reader) unchar(c int) {
	if c != eof {
		r.pos--
		if r.capture && !r.problems.tooLong {
			r.arena = r.arena[:len(r.arena)-1]
		}
		if c == '\n' {
			r.line--
			// Where the line started does not matter: it starts again.
		}
	}
}

// at notes where the next token starts.
func (r *Reader) at() {
	r.tokenStart = r.base + int64(r.pos)
	r.tokenLine = r.line
	r.tokenCol = int(r.tokenStart-r.lineStart) + 1
}

// next consumes the next token and makes it the current one.
func (r *Reader) next() {
	if r.peeked {
		r.peeked = false
		if r.kind != tokBlank {
			return
		}
	}
	for r.raw(); r.kind == tokBlank; r.raw() {
	}
}

// peek makes the next token the current one without consuming it.
func (r *Reader) peek() {
	if !r.peeked || r.kind == tokBlank {
		r.next()
		r.peeked = true
	}
}

// peekRaw is peek that sees blanks too.
func (r *Reader) peekRaw() {
	if !r.peeked {
		r.raw()
		r.peeked = true
	}
}

// raw reads a token or a run of blanks. Comments are neither.
func (r *Reader) raw() {
	for {
		r.at()
		c := r.char()
		switch {
		case c == eof:
			r.kind, r.value = tokEOF, nil
			return
		case isBlank(c):
			r.blanks(c)
			return
		case c == '#':
			for c != '\n' && c != eof {
				c = r.char()
			}
		case c == '"':
			r.str()
			return
		case '0' <= c && c <= '9' || c == '-':
			r.number(c)
			return
		case isLetter(c):
			r.word(c)
			return
		default:
			r.kind, r.mark = tokMark, byte(c)
			r.text[0] = byte(c)
			r.value = r.text[:1]
			return
		}
	}
}

func isBlank(c int) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isLetter(c int) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isHexDigit(c int) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func inWord(c int) bool { return isLetter(c) || '0' <= c && c <= '9' || c == '-' || c == '_' }

// blanks reads on behind a first blank. dhcpd does not start when there are as
// many as it has room for; and blanks up to the end of the file are its end.
func (r *Reader) blanks(c int) {
	for n := 1; isBlank(c); n++ {
		if n == maxToken {
			r.problem("more blanks than dhcpd has room for: it does not start with this file")
		}
		if c = r.char(); c == eof {
			r.kind, r.value = tokEOF, nil
			r.at()
			return
		}
	}
	r.unchar(c)
	r.kind, r.value = tokBlank, nil
}

func (r *Reader) number(c int) {
	r.kind = tokNumber
	r.text[0] = byte(c)
	i := 1
	for ; i < maxToken; i++ {
		c = r.char()
		digit := '0' <= c && c <= '9'
		switch {
		case r.kind == tokNumber && digit:
		case r.kind != tokWord && isHexDigit(c):
			r.kind = tokNumWord
		case i == 2 && isHexDigit(c) && r.text[0] == '0' && r.text[1]|0x20 == 'x':
			r.kind = tokNumWord
		case inWord(c):
			r.kind = tokWord
		default:
			r.unchar(c)
			r.endWord(i)
			return
		}
		r.text[i] = byte(c)
	}
	r.problem("a number is too long")
	r.endWord(maxToken - 1)
}

func (r *Reader) word(c int) {
	r.kind = tokNumWord
	r.text[0] = byte(c)
	i := 1
	for ; i < maxToken; i++ {
		if c = r.char(); !inWord(c) {
			r.unchar(c)
			break
		}
		if !isHexDigit(c) {
			r.kind = tokWord
		}
		r.text[i] = byte(c)
	}
	if i == maxToken {
		r.problem("a word is too long")
		i--
	}
	r.endWord(i)
	if r.keyword = dhcpdconf.Reserved(r.value); r.keyword {
		r.kind = tokWord
	}
}

func (r *Reader) endWord(n int) {
	r.value = r.text[:n]
	r.keyword = false
}

// str reads a string behind its first quote.
func (r *Reader) str() {
	i, escape, value, hex := 0, 0, 0, false
	for i < maxToken {
		c := r.char()
		if c == eof {
			r.problem("the file ends in a string")
			break
		}
		switch {
		case escape == 1 && '0' <= c && c <= '3':
			hex, value, escape = false, c-'0', 2
		case escape == 1 && c == 'x':
			hex, value, escape = true, 0, 2
		case escape == 1:
			r.text[i] = simpleEscape(byte(c))
			i, escape = i+1, 0
		case escape > 1 && hex:
			if !isHexDigit(c) {
				r.problem("a string has \\x without two hexadecimal digits")
				// What dhcpd has there is what its buffer held before.
				r.text[i] = 0
				i, escape = i+1, 0
				continue
			}
			value = value*16 + hexValue(byte(c))
			if escape++; escape == 4 {
				r.text[i] = byte(value)
				i, escape = i+1, 0
			}
		case escape > 1:
			if '0' <= c && c <= '7' {
				value = value*8 + c - '0'
			} else if value != 0 {
				r.problem("a string has an octal number with less than three digits")
				r.text[i] = 0
				i++
				continue
			} else {
				r.text[i] = 0
				escape = 0
			}
			if escape++; escape == 4 {
				r.text[i] = byte(value)
				i, escape = i+1, 0
			}
		case c == '\\':
			escape = 1
		case c == '"':
			r.kind, r.value = tokString, r.text[:i]
			return
		default:
			r.text[i] = byte(c)
			i++
		}
	}
	if i == maxToken {
		r.problem("a string is too long")
		i--
	}
	r.kind, r.value = tokString, r.text[:i]
}

func simpleEscape(c byte) byte {
	switch c {
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'n':
		return '\n'
	case 'b':
		return '\b'
	}
	return c
}

func hexValue(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c|0x20) - 'a' + 10
}
