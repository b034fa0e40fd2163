package dhcpdconf

import (
	"bytes"
	"io"
	"strings"
	"unsafe"

	"github.com/alecthomas/participle/v2/lexer"
)

// cursor walks over the tokens of one source. The current token is tok; blanks
// and comments between tokens are skipped, the comments are kept.
type cursor struct {
	src  *Source
	text string // the bytes of src
	tok  token
	prev uint32 // end of the token before tok

	// comments holds the comments met since the parser last took them, in
	// order; seen is the offset behind the last one, since looking ahead may
	// meet them again.
	comments []Span
	seen     uint32

	long     Span   // what dhcpd has no room for
	longCode string // and what it is; "" if there is none
}

func newCursor(src *Source) cursor {
	c := cursor{src: src}
	if len(src.Text) > 0 {
		// The source says that its text does not change.
		c.text = unsafe.String(&src.Text[0], len(src.Text))
	}
	c.tok = c.scan(0)
	return c
}

// maxToken is the size of dhcpd's buffer for one token, and for the blanks
// between two.
const maxToken = 1500

// endByte is the byte that dhcpd takes for the end of the file, outside texts
// and comments; a comment ends with it.
const endByte = 0xff

// scan reads the first token at or behind off.
func (c *cursor) scan(off uint32) token {
	text := c.text
	blanks := int(off)
	for i := int(off); i < len(text); i++ {
		b := text[i]
		if classes[b] == classBlank {
			continue
		}
		if i-blanks >= maxToken {
			c.tooLong("blanks-too-long", blanks, i)
		}
		if b == endByte {
			return token{kind: tokEOF, off: uint32(i), end: uint32(i)}
		}
		if b != '#' {
			t := scanToken(text, uint32(i))
			if t.end-t.off >= maxToken && t.kind != tokString {
				c.tooLong("word-too-long", i, int(t.end))
			}
			return t
		}
		end := len(text)
		if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
			end = i + n
		}
		if n := strings.IndexByte(text[i:end], endByte); n >= 0 {
			end = i + n
		}
		if uint32(i) >= c.seen {
			stop := end
			if text[stop-1] == '\r' {
				stop--
			}
			c.comments = append(c.comments, Span{c.src, uint32(i), uint32(stop)})
			c.seen = uint32(end)
		}
		i = end
		blanks = end
	}
	if len(text)-blanks >= maxToken {
		c.tooLong("blanks-too-long", blanks, len(text))
	}
	return token{kind: tokEOF, off: uint32(len(text)), end: uint32(len(text))}
}

// tooLong notes a token or blanks that dhcpd has no room for; the first counts,
// since dhcpd gives up there or goes astray.
func (c *cursor) tooLong(code string, off, end int) {
	if c.longCode == "" {
		c.longCode, c.long = code, Span{c.src, uint32(off), uint32(end)}
	}
}

// next moves to the next token and returns the one it leaves.
func (c *cursor) next() token {
	t := c.tok
	c.prev = t.end
	c.tok = c.scan(t.end)
	return t
}

// peek returns the token behind the current one.
func (c *cursor) peek() token { return c.scan(c.tok.end) }

// jump makes the first token at or behind off the current one.
func (c *cursor) jump(off uint32) {
	c.prev = off
	c.tok = c.scan(off)
}

// word returns the text of a token.
func (c *cursor) word(t token) string { return c.text[t.off:t.end] }

// isWord reports whether the current token is the word, given in lower case.
func (c *cursor) isWord(word string) bool { return c.tok.isName() && c.folds(c.tok, word) }

func (c *cursor) folds(t token, word string) bool {
	s := c.text[t.off:t.end]
	return len(s) == len(word) && (s == word || strings.EqualFold(s, word))
}

// accept moves on if the current token is the mark.
func (c *cursor) accept(mark byte) bool {
	if !c.tok.is(mark) {
		return false
	}
	c.next()
	return true
}

// acceptWord moves on if the current token is the word, given in lower case.
func (c *cursor) acceptWord(word string) bool {
	if !c.isWord(word) {
		return false
	}
	c.next()
	return true
}

func (c *cursor) span(off, end uint32) Span { return Span{c.src, off, end} }

func (c *cursor) tokenSpan(t token) Span { return Span{c.src, t.off, t.end} }

// ---- the same lexer for participle ----

// The token types that grammars see.
const (
	typeWord lexer.TokenType = iota + 1
	typeNumWord
	typeNumber
	typeString
	typeMark
)

// symbols names the token types; participle asks for them with every parse.
var symbols = map[string]lexer.TokenType{
	"EOF": lexer.EOF, "Word": typeWord, "NumWord": typeNumWord,
	"Number": typeNumber, "String": typeString, "Mark": typeMark,
}

// definition is the lexer of dhcpd.conf as participle wants it. The value of a
// word is in lower case, since keywords are found by comparing values; the text
// as written is what stands at its position.
type definition struct{}

// Lexer returns the lexer of dhcpd.conf, for grammars of participle. Blanks and
// comments are no tokens; strings come with their quotes and escapes.
func Lexer() lexer.Definition { return definition{} }

func (definition) Symbols() map[string]lexer.TokenType { return symbols }

func (definition) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return definition{}.LexBytes(name, text)
}

func (definition) LexString(name, text string) (lexer.Lexer, error) {
	return definition{}.LexBytes(name, []byte(text))
}

func (definition) LexBytes(name string, text []byte) (lexer.Lexer, error) {
	return &wholeLexer{cursor: newCursor(NewSource(name, bytes.Clone(text)))}, nil
}

// wholeLexer gives participle every token of a source.
type wholeLexer struct{ cursor }

func (l *wholeLexer) Next() (lexer.Token, error) {
	line, column := l.src.Position(l.tok.off)
	t := l.participle(l.tok)
	t.Pos.Filename, t.Pos.Line, t.Pos.Column = l.src.Name, line, column
	l.next()
	return t, nil
}

// participle turns a token into one of participle's. Only the offset of its
// position is set.
func (c *cursor) participle(t token) lexer.Token {
	pt := lexer.Token{Value: c.text[t.off:t.end], Pos: lexer.Position{Offset: int(t.off)}}
	switch t.kind {
	case tokEOF:
		pt.Type = lexer.EOF
	case tokWord:
		pt.Type, pt.Value = typeWord, foldWord(pt.Value)
	case tokNumWord:
		pt.Type, pt.Value = typeNumWord, foldWord(pt.Value)
	case tokNumber:
		pt.Type = typeNumber
	case tokString:
		pt.Type = typeString
	case tokMark:
		pt.Type = typeMark
	}
	return pt
}

// statementLexer gives participle the tokens of one statement.
type statementLexer struct {
	tokens []lexer.Token
}

func (l *statementLexer) Next() (lexer.Token, error) {
	if len(l.tokens) == 0 {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	t := l.tokens[0]
	l.tokens = l.tokens[1:]
	return t, nil
}
