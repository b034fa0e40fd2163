package dhcpdconf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Renderer shows places of the source to people. The zero Renderer uses 100
// columns, no colours, and hides nothing.
type Renderer struct {
	Width  int       // columns of source text to show at most; 0: 100
	Color  bool      // with ANSI colours
	Redact *Redactor // hides the secrets of the input
}

// snippetReach is how many bytes before and behind the caret a snippet looks
// at, so that showing many places of one very long line takes linear time.
const snippetReach = 256

const tabWidth = 8

// Snippet appends the source line of a span with carets under the span and the
// includes that led there:
//
//	12 |   option routers 10.0.0.1, 10.0.0.256;
//	   |                            ^^^^^^^^^^
//	   included from dhcpd.conf:3:1
//
// Of a span of several lines the first is shown. Tabs are expanded, characters
// that a terminal would act on are replaced, long lines are cut around the
// carets. It appends nothing for the zero span.
func (r Renderer) Snippet(out []byte, span Span) []byte {
	if span.IsZero() || int(span.Off) > len(span.Src.Text) {
		return out
	}
	line, column := span.Src.Position(span.Off)
	cells := r.cells(span, span.Off-uint32(column-1))
	width := r.Width
	if width <= 0 {
		width = 100
	}
	first, last := caretCells(cells, span)
	from, to := window(cells, first, width)

	number := strconv.Itoa(line)
	gutter := strings.Repeat(" ", max(4, len(number))+1)
	out = r.paint(out, colorGutter, gutter[:len(gutter)-1-len(number)]+number+" | ")
	if from > 0 {
		out = append(out, "..."...)
	}
	for _, c := range cells[from:to] {
		switch c.ch {
		case '\t':
			out = appendBlanks(out, int(c.width))
		case secretCell:
			out = append(out, Hidden...)
		default:
			out = utf8.AppendRune(out, c.ch)
		}
	}
	if to < len(cells) {
		out = append(out, "..."...)
	}
	out = append(out, '\n')

	out = r.paint(out, colorGutter, gutter+"| ")
	if from > 0 {
		out = append(out, "   "...)
	}
	for _, c := range cells[from:min(first, to)] {
		out = appendBlanks(out, int(c.width))
	}
	carets := 0
	for _, c := range cells[min(first, to):min(last, to)] {
		carets += int(c.width)
	}
	out = r.paint(out, colorCaret, strings.Repeat("^", max(1, carets)))
	out = append(out, '\n')
	for _, at := range span.IncludeStack() {
		out = r.paint(out, colorGutter, gutter+"included from "+Printable(at.String()))
		out = append(out, '\n')
	}
	return out
}

// Diagnostic appends a diagnostic: a line that compilers and editors
// understand, the snippet, and the advice.
func (r Renderer) Diagnostic(out []byte, d Diagnostic) []byte {
	grade, color := "warning", colorWarning
	if d.Severity == Error {
		grade, color = "error", colorCaret
	}
	out = append(out, Printable(d.Span.String())...)
	out = append(out, ": "...)
	out = r.paint(out, color, grade)
	out = fmt.Appendf(out, ": %s", Printable(r.Redact.Text(d.Summary)))
	if d.Code != "" {
		out = fmt.Appendf(out, " [%s]", Printable(d.Code))
	}
	out = append(out, '\n')
	out = r.Snippet(out, d.Span)
	if d.Detail != "" {
		out = fmt.Appendf(out, "     = %s\n", Printable(r.Redact.Text(d.Detail)))
	}
	return out
}

// cell is what one character of the source, or one secret, looks like.
type cell struct {
	ch       rune // a tab stands for blanks
	width    int32
	off, end uint32
}

// secretCell is the character of a cell that stands for a secret.
const secretCell = -1

// cells returns how the line that begins at lineStart looks around a span.
func (r Renderer) cells(span Span, lineStart uint32) []cell {
	text := span.Src.Text
	from := max(int(lineStart), int(span.Off)-snippetReach)
	for from > int(lineStart) && !utf8.RuneStart(text[from]) {
		from--
	}
	to := min(len(text), int(span.Off)+snippetReach)
	if i := bytes.IndexByte(text[span.Off:to], '\n'); i >= 0 {
		to = int(span.Off) + i
	}
	if to > from && to <= len(text) && text[to-1] == '\r' {
		to--
	}
	secrets := r.Redact.within(span.Src, uint32(from), uint32(to))
	cells := make([]cell, 0, to-from)
	column := int32(0)
	for at := from; at < to; {
		c := cell{off: uint32(at)}
		if len(secrets) > 0 && secrets[0].End <= uint32(at) {
			secrets = secrets[1:]
		}
		if len(secrets) > 0 && secrets[0].Off <= uint32(at) {
			c.ch, c.width = secretCell, int32(len(Hidden))
			at = min(to, int(secrets[0].End))
		} else {
			ch, size := utf8.DecodeRune(text[at:to])
			at += size
			if ch == '\t' {
				c.ch, c.width = ch, tabWidth-column%tabWidth
			} else {
				ch = printable(ch)
				c.ch, c.width = ch, runeWidth(ch)
			}
		}
		c.end = uint32(at)
		column += c.width
		cells = append(cells, c)
	}
	return cells
}

// caretCells returns the cells that belong to the span, without blanks at its end.
func caretCells(cells []cell, span Span) (first, last int) {
	for first < len(cells) && cells[first].end <= span.Off {
		first++
	}
	last = first
	for last < len(cells) && cells[last].off < span.End {
		last++
	}
	for last > first+1 && (cells[last-1].ch == ' ' || cells[last-1].ch == '\t') {
		last--
	}
	return first, last
}

// window chooses which cells to show: all when they fit, else those around the
// first caret, with a third of the width before it.
func window(cells []cell, first, width int) (from, to int) {
	total := 0
	for _, c := range cells {
		total += int(c.width)
	}
	if total <= width {
		return 0, len(cells)
	}
	from = min(first, len(cells))
	for before := 0; from > 0 && before+int(cells[from-1].width) <= width/3; from-- {
		before += int(cells[from-1].width)
	}
	for used := 0; ; {
		to = from
		for used = 0; to < len(cells) && used+int(cells[to].width) <= width; to++ {
			used += int(cells[to].width)
		}
		// At the end of the line there is room for more before the caret.
		if to < len(cells) || from == 0 || used+int(cells[from-1].width) > width {
			return from, to
		}
		from--
	}
}

// Printable returns s without characters that a terminal would act on.
func Printable(s string) string {
	clean := true
	for _, ch := range s {
		if ch != '\n' && printable(ch) != ch || ch == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(ch rune) rune {
		if ch == '\n' {
			return ch
		}
		return printable(ch)
	}, s)
}

// printable replaces control characters by their pictures, and the ones that
// reorder or hide text by the replacement character.
func printable(ch rune) rune {
	switch {
	case ch < 0x20:
		return 0x2400 + ch
	case ch == 0x7f:
		return 0x2421
	case ch >= 0x80 && !unicode.IsPrint(ch) && !unicode.Is(unicode.Zs, ch):
		return utf8.RuneError
	}
	return ch
}

// wide has the blocks whose characters take two columns (Unicode annex 11, W
// and F, rounded to blocks).
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f900, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

func runeWidth(ch rune) int32 {
	switch {
	case ch < 0x300:
		return 1
	case unicode.In(ch, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, ch):
		return 2
	}
	return 1
}

// The colours, as ANSI sequences.
const (
	colorCaret   = "\x1b[1;31m"
	colorWarning = "\x1b[1;33m"
	colorGutter  = "\x1b[36m"
	colorOff     = "\x1b[0m"
)

func appendBlanks(out []byte, n int) []byte {
	for range n {
		out = append(out, ' ')
	}
	return out
}

func (r Renderer) paint(out []byte, color, text string) []byte {
	if !r.Color {
		return append(out, text...)
	}
	out = append(out, color...)
	out = append(out, text...)
	return append(out, colorOff...)
}
