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

// extent says where the tokens for a grammar end.
type extent uint8

const (
	toOperandEnd extent = iota // where an expression can only end
	toStatement                // at ";" or where the next statement starts
	toBrace                    // there, or at a brace
)

// runGrammar reads with a grammar from the current token on, as far as it goes.
// The grammar sees only the tokens of its statement: a token is not given to a
// grammar twice, so that broken input takes linear time too.
func runGrammar[G any](p *parser, grammar func() *participle.Parser[G], to extent) (*G, bool) {
	l := &statementLexer{}
	depth, deepest, run := 0, 0, 0
	var prev token
	t := p.tok
	for ; t.kind != tokEOF && !t.is(';'); prev, t = t, p.scan(t.end) {
		if to == toOperandEnd && p.endsExpr(prev, t) || to != toOperandEnd && prev.end > 0 && p.startsStatement(t) ||
			to == toBrace && (t.is('{') || t.is('}')) {
			break
		}
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

// endsExpr reports whether an expression that goes on up to prev cannot go on
// with t: it is a brace, or the second of two operands without an operator.
func (p *parser) endsExpr(prev, t token) bool {
	if t.kind == tokMark {
		// A ":" goes on in octets only; otherwise it ends the label of a switch.
		return t.mark == '{' || t.mark == '}' || t.mark == ':' && !prev.isHex()
	}
	operator := func(t token) bool {
		return t.isName() && (p.folds(t, "and") || p.folds(t, "or"))
	}
	switch prev.kind {
	case tokEOF:
		return false // t is the first
	case tokMark:
		return prev.mark == ':' && !t.isHex() || prev.mark == ')' && !operator(t)
	case tokWord:
		if operator(prev) {
			return false
		}
		for _, prefix := range []string{"not", "exists", "option", "config-option", "check"} {
			if p.folds(prev, prefix) {
				return false
			}
		}
	}
	return !operator(t)
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
	for p.tok.off < t.off {
		p.next()
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
