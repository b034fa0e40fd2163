package dhcpdconf

import (
	"bytes"
	"strings"
)

// indentUnit is one level of the canonical form: two spaces, as in the sample
// configuration that comes with dhcpd.
const indentUnit = "  "

// Format returns the canonical form of a file:
//
//   - one statement a line, indented by two spaces for each block; "{" ends the
//     line that opens a block, "}" has a line of its own unless the block is
//     empty, "else" and "elsif" follow it; the labels of a switch stand as far
//     left as the switch;
//   - one space between words, none before "," and ";", keywords in lower case;
//   - a statement that was written over several lines keeps the line breaks
//     behind commas and around operators, indented by four spaces more;
//   - comments stay where they stand, before or behind a statement; at most one
//     empty line in a row; lines end in LF.
//
// Included files are not expanded. Statements that could not be read ([Bad])
// are left as they are. The result means the same, and formatting it again
// changes nothing.
func Format(f *File) []byte {
	p := formatter{out: make([]byte, 0, len(f.Source.Text)+len(f.Source.Text)/8)}
	text := f.Source.Text
	at := uint32(0)
	for s := range ownStatements(f) {
		head := s.Head()
		p.gap(text[min(at, head.Off):head.Off])
		p.statement(s, text[head.Off:head.End])
		at = head.End
	}
	p.gap(text[at:])
	if p.last != nothing {
		p.out = append(p.out, '\n')
	}
	return p.out
}

// formatter writes the canonical form. Between two items it owes a line break,
// so that a comment or a ";" can still join the line.
type formatter struct {
	out    []byte
	last   item
	indent int
	breaks int // line breaks of the source since the last item
}

// item is what was written last.
type item uint8

const (
	nothing item = iota
	simple       // a statement that ends in ";", or a label
	opened       // a head that ends in "{"
	closed       // "}"
	comment
)

// gap writes what stands between the heads of statements: comments, "}", and
// what should not be there.
func (p *formatter) gap(text []byte) {
	for len(text) > 0 {
		n := 1
		switch c := text[0]; {
		case c == '\n':
			p.breaks++
		case isBlank(c):
		case c == '#':
			if n = bytes.IndexByte(text, '\n'); n < 0 {
				n = len(text)
			}
			p.comment(bytes.TrimRight(text[:n], " \t\r\v\f"))
		case c == '}':
			p.indent = max(0, p.indent-1)
			if p.last == opened {
				p.out = append(p.out, ' ')
			} else {
				p.breaks = min(p.breaks, 1)
				p.startLine(p.indent)
			}
			p.out = append(p.out, '}')
			p.wrote(closed)
		default:
			for n < len(text) && !isBlank(text[n]) && text[n] != '\n' && text[n] != '#' && text[n] != '}' {
				n++
			}
			if p.last == closed && p.breaks == 0 {
				p.out = append(p.out, text[:n]...)
			} else {
				p.startLine(p.indent)
				p.out = append(p.out, text[:n]...)
				p.wrote(simple)
			}
		}
		text = text[n:]
	}
}

func (p *formatter) comment(text []byte) {
	if p.last != nothing && p.last != comment && p.breaks == 0 {
		p.out = append(p.out, ' ')
	} else {
		p.startLine(p.indent)
	}
	p.out = append(p.out, text...)
	p.wrote(comment)
}

// startLine ends the line before and keeps one empty line of the source.
func (p *formatter) startLine(indent int) {
	if p.last != nothing {
		p.out = append(p.out, '\n')
		if p.breaks > 1 && p.last != opened {
			p.out = append(p.out, '\n')
		}
	}
	for range indent {
		p.out = append(p.out, indentUnit...)
	}
}

func (p *formatter) wrote(i item) { p.last, p.breaks = i, 0 }

// statement writes the head of a statement.
func (p *formatter) statement(s Statement, head []byte) {
	indent := p.indent
	glue := false
	switch s := s.(type) {
	case *Case:
		indent = max(0, indent-1)
	case *If:
		glue = p.last == closed && s.Keyword() != "if"
	case *Empty:
		if p.last == closed && p.breaks == 0 {
			p.out = append(p.out, head...)
			p.wrote(closed)
			return
		}
	}
	if glue {
		p.out = append(p.out, ' ')
	} else {
		p.startLine(indent)
	}
	switch s.(type) {
	case *Bad, *Percent:
		// Without its ";" such a statement takes in the blanks at the end.
		p.out = append(p.out, bytes.TrimRight(head, " \t\r\n\v\f")...)
		p.wrote(simple)
		return
	}
	p.tokens(s, head, indent)
	if len(head) > 0 && head[len(head)-1] == '{' {
		p.indent++
		p.wrote(opened)
	} else {
		p.wrote(simple)
	}
}

// headToken is one token of a head as far as spacing is concerned: a string, a
// comment, a mark, or a run of anything else.
type headToken struct {
	text         []byte
	blank, wraps bool // a blank, a line break before it
}

// tokens writes a head token by token.
func (p *formatter) tokens(s Statement, head []byte, indent int) {
	var last headToken
	marks := headMarks
	if _, ok := s.(*Setting); ok {
		marks = settingMarks
	}
	for first := true; ; first = false {
		t, rest := nextHeadToken(head, marks)
		if t.text == nil {
			return
		}
		head = rest
		text := t.text
		if first {
			if _, isCall := s.(*Eval); !isCall && strings.EqualFold(string(text), s.Keyword()) {
				text = []byte(s.Keyword())
			}
		} else if last.text[0] == '#' || t.wraps && mayBreak(last, t) {
			p.out = append(p.out, '\n')
			for range indent + 2 {
				p.out = append(p.out, indentUnit...)
			}
		} else if spaced(last, t) {
			p.out = append(p.out, ' ')
		}
		p.out = append(p.out, text...)
		last = t
	}
}

// nextHeadToken cuts the next token off a head; its text is nil at the end.
func nextHeadToken(head []byte, marks string) (t headToken, rest []byte) {
	i := 0
	for i < len(head) && (isBlank(head[i]) || head[i] == '\n') {
		t.blank = true
		t.wraps = t.wraps || head[i] == '\n'
		i++
	}
	if i == len(head) {
		return t, nil
	}
	n := i + 1
	switch c := head[i]; {
	case c == '"':
		for n < len(head) && head[n] != '"' && head[n] != '\n' {
			if head[n] == '\\' && n+1 < len(head) {
				n++
			}
			n++
		}
		n = min(n+1, len(head))
	case c == '#':
		for n < len(head) && head[n] != '\n' {
			n++
		}
		t.text = bytes.TrimRight(head[i:n], " \t\r\v\f")
		return t, head[n:]
	case strings.IndexByte(marks, c) >= 0:
	default:
		for n < len(head) && !isBlank(head[n]) && head[n] != '\n' && head[n] != '"' && head[n] != '#' && strings.IndexByte(marks, head[n]) < 0 {
			n++
		}
	}
	t.text = head[i:n]
	return t, head[n:]
}

// spaced reports whether a blank stands between two tokens.
func spaced(last, t headToken) bool {
	a, b := last.text[len(last.text)-1], t.text[0]
	switch {
	case b == ',' || b == ';' || b == ')' || a == '(' && len(last.text) == 1:
		return false
	case b == '{' || b == '}' || b == '#' || len(last.text) == 1 && isMark(a) && a != ')' && a != '(':
		return true
	case b == '=' && len(t.text) == 1:
		return t.blank || a != '!' && a != '~' && a != '=' || last.text[0] == '"'
	case b == '(':
		return isMark(a) || !isRun(last) || takesParenthesis(last.text)
	}
	return t.blank
}

// mayBreak reports whether a line break that was found between two tokens
// stays: behind a comma, and around operators.
func mayBreak(last, t headToken) bool {
	switch string(bytes.ToLower(last.text)) {
	case ",", "(", "=", "+", "and", "or":
		return t.text[0] != ';' && t.text[0] != ')'
	}
	switch string(bytes.ToLower(t.text)) {
	case "and", "or", "+":
		return true
	}
	return t.text[0] == '#'
}

// takesParenthesis reports whether a blank belongs between a word and "(": all
// but the names of functions.
func takesParenthesis(word []byte) bool {
	switch string(bytes.ToLower(word)) {
	case "if", "elsif", "switch", "case", "not", "and", "or", "+":
		return true
	}
	return false
}

func isRun(t headToken) bool { return t.text[0] != '"' && !isMark(t.text[0]) }

// The marks that are tokens by themselves. In the settings of a key "=" is part
// of a word: it fills base64.
const (
	headMarks    = ",;(){}="
	settingMarks = ",;(){}"
)

func isMark(c byte) bool { return strings.IndexByte(headMarks, c) >= 0 }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
