package dhcpdconf

import (
	"errors"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// grammarOf builds a participle parser once. Literals of a grammar are compared
// with the lexer's values: words in lower case, text with its quotes.
func grammarOf[G any]() func() *participle.Parser[G] {
	return sync.OnceValue(func() *participle.Parser[G] {
		return participle.MustBuild[G](participle.Lexer(definition{}), participle.UseLookahead(2))
	})
}

// runGrammar reads with a grammar from the current token on, as far as it goes.
// The grammar sees the tokens up to the end of the statement: its ";", or with
// heads its "{" or "}".
func runGrammar[G any](p *parser, grammar func() *participle.Parser[G], heads bool) (*G, bool) {
	l := &statementLexer{}
	depth, deepest, run := 0, 0, 0
	t := p.tok
	for ; t.kind != tokEOF && !t.is(';') && !(heads && (t.is('{') || t.is('}'))); t = p.scan(t.end) {
		switch {
		case t.is('('):
			depth++
		case t.is(')'):
			depth--
		}
		if run++; !(t.isName() && p.folds(t, "not")) {
			run = 0
		}
		deepest = max(deepest, depth+run)
		l.tokens = append(l.tokens, p.participle(t))
	}
	if deepest > maxParens {
		return nil, p.fail("nesting-too-deep", p.tokenSpan(p.tok), "too many parentheses within each other", "")
	}
	end := p.participle(t)
	end.Type = lexer.EOF
	l.tokens = append(l.tokens, end)
	peeking, err := lexer.Upgrade(l)
	if err != nil {
		return nil, p.fail("syntax", p.tokenSpan(p.tok), err.Error(), "")
	}
	g, err := grammar().ParseFromLexer(peeking, participle.AllowTrailing(true))
	if err != nil {
		return nil, p.grammarError(err)
	}
	p.prev = lastTokenEnd(peeking, p.prev)
	p.tok = p.scan(uint32(peeking.Peek().Pos.Offset))
	return g, true
}

// lastTokenEnd is the offset behind the last token that the grammar has taken.
func lastTokenEnd(l *lexer.PeekingLexer, prev uint32) uint32 {
	n := l.RawCursor()
	if n == 0 {
		return prev
	}
	t := l.Range(n-1, n)[0]
	return uint32(t.Pos.Offset + len(t.Value))
}

// grammarError reports what a grammar did not take.
func (p *parser) grammarError(err error) bool {
	var perr participle.Error
	if !errors.As(err, &perr) {
		return p.fail("syntax", p.tokenSpan(p.tok), err.Error(), "")
	}
	t := p.scan(uint32(perr.Position().Offset))
	if t.off > p.tok.off {
		p.prev = t.off
		p.tok = t
	}
	summary := "unexpected " + p.show(t)
	var unexpected *participle.UnexpectedTokenError
	if errors.As(err, &unexpected) {
		if _, expect, ok := strings.Cut(unexpected.Message(), " (expected "); ok {
			summary += ", expected " + strings.TrimSuffix(expect, ")")
		}
	}
	return p.fail("syntax", p.tokenSpan(t), summary, "")
}
