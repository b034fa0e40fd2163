package dhcpdconf

// kind is what a token is, as dhcpd's common/conflex.c tells them apart. There
// are no keywords: every keyword is also a legal name, so the parser decides by
// the place.
type kind uint8

const (
	tokEOF     kind = iota
	tokWord         // letter first: letters, digits, "-", "_"
	tokNumWord      // could be hexadecimal digits as well as a name: "ab", "6b", "0x1f"
	tokNumber       // digits, perhaps after a "-"
	tokString       // in double quotes
	tokMark         // any other single byte
)

// token is one token: where it stands and what it is. A string that does not
// end ends with the file.
type token struct {
	kind     kind
	mark     byte // of a tokMark
	off, end uint32
}

func (t token) is(mark byte) bool { return t.kind == tokMark && t.mark == mark }

// isName reports whether dhcpd takes the token as an identifier.
func (t token) isName() bool { return t.kind == tokWord || t.kind == tokNumWord }

// isHex reports whether the token can be a hexadecimal number of a list.
func (t token) isHex() bool { return t.kind == tokNumber || t.kind == tokNumWord }

// byteClass sorts the bytes for the lexer.
type byteClass uint8

const (
	classOther byteClass = iota
	classBlank
	classLetter
	classDigit
	classMinus
	classUnderscore
)

// classes holds the class of each byte; hexDigits says which are hexadecimal.
var classes, hexDigits = byteTables()

func byteTables() (class [256]byteClass, hex [256]bool) {
	for _, c := range " \t\n\v\f\r" {
		class[c] = classBlank
	}
	for c := 'a'; c <= 'z'; c++ {
		class[c], class[c-'a'+'A'] = classLetter, classLetter
	}
	for c := 'a'; c <= 'f'; c++ {
		hex[c], hex[c-'a'+'A'] = true, true
	}
	for c := '0'; c <= '9'; c++ {
		class[c], hex[c] = classDigit, true
	}
	class['-'], class['_'] = classMinus, classUnderscore
	return class, hex
}

// inWord reports whether the byte can stand within a word.
func inWord(c byte) bool { return classes[c] >= classLetter }

// scanToken reads the token that starts at off, which is not a blank.
func scanToken(text string, off uint32) token {
	c := text[off]
	switch classes[c] {
	case classLetter:
		return scanWord(text, off)
	case classDigit, classMinus:
		return scanNumber(text, off)
	}
	if c == '"' {
		return token{kind: tokString, off: off, end: stringEnd(text, off)}
	}
	return token{kind: tokMark, mark: c, off: off, end: off + 1}
}

// scanWord reads a token that starts with a letter. The first letter does not
// count when dhcpd decides whether the word could be a number: "x" and "zed"
// could.
func scanWord(text string, off uint32) token {
	t := token{kind: tokNumWord, off: off}
	end := int(off) + 1
	for end < len(text) && inWord(text[end]) {
		if !hexDigits[text[end]] {
			t.kind = tokWord
		}
		end++
	}
	t.end = uint32(end)
	return t
}

// scanNumber reads a token that starts with a digit or "-". It is promoted from
// number to perhaps-number to word as its bytes demand; "0x" and a digit makes
// it a number again.
func scanNumber(text string, off uint32) token {
	t := token{kind: tokNumber, off: off}
	i := int(off) + 1
	for ; i < len(text) && inWord(text[i]); i++ {
		c := text[i]
		if t.kind == tokNumber && classes[c] == classDigit {
			continue
		}
		switch {
		case t.kind != tokWord && hexDigits[c]:
			t.kind = tokNumWord
		case i == int(off)+2 && hexDigits[c] && text[off] == '0' && (text[i-1] == 'x' || text[i-1] == 'X'):
			t.kind = tokNumWord
		default:
			t.kind = tokWord
		}
	}
	t.end = uint32(i)
	return t
}

// stringEnd finds the offset behind the closing quote of the string at off, or
// the end of the text.
func stringEnd(text string, off uint32) uint32 {
	for i := int(off) + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i = escapeEnd(text, i+1) - 1
		case '"':
			return uint32(i + 1)
		}
	}
	return uint32(len(text))
}

// escapeEnd finds the end of an escape whose first byte, behind the backslash,
// is at i. An octal number that is 0 so far and goes on with no octal digit is
// special: dhcpd drops that byte and takes the next one for an escape.
func escapeEnd(text string, i int) int {
	for i < len(text) && '0' <= text[i] && text[i] <= '3' {
		zero, n := true, 0
		for ; n < 3 && i+n < len(text) && '0' <= text[i+n] && text[i+n] <= '7'; n++ {
			zero = zero && text[i+n] == '0'
		}
		if n == 3 || !zero {
			return i + n
		}
		i += n + 1
	}
	return min(i+1, len(text))
}

// foldWord returns a word in lower case. A word that is in lower case already
// is returned as it is, without allocation.
func foldWord(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'A' <= c && c <= 'Z' {
					b[i] = c - 'A' + 'a'
				}
			}
			return string(b)
		}
	}
	return s
}
