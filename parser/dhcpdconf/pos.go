package dhcpdconf

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

// Source is one file that was read. Its size is limited to 4 GiB - 1 because
// spans hold 32-bit offsets.
type Source struct {
	Name string // as the user or the include statement named it
	Text []byte // the bytes as found

	// IncludedBy is the include statement that named this file; nil for the
	// file that the user gave.
	IncludedBy *Include

	// How many lines stand before the text in its file, and columns before its
	// first line.
	firstLine, firstColumn int

	once  sync.Once
	lines []uint32 // offset of the first byte of each line
}

// NewSource returns a source for text. The text is kept, not copied.
func NewSource(name string, text []byte) *Source { return &Source{Name: name, Text: text} }

// Position returns line and column of a byte offset, both counted from 1; the
// column counts bytes, as dhcpd does.
func (s *Source) Position(off uint32) (line, column int) {
	s.index()
	i := sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > off }) - 1
	column = int(off-s.lines[i]) + 1
	if i == 0 {
		column += s.firstColumn
	}
	return s.firstLine + i + 1, column
}

// Line returns the text of a line, counted from 1, without its line end.
func (s *Source) Line(n int) string {
	s.index()
	if n -= s.firstLine; n < 1 || n > len(s.lines) {
		return ""
	}
	end := uint32(len(s.Text))
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return strings.TrimRight(string(s.Text[s.lines[n-1]:end]), "\r\n")
}

func (s *Source) index() {
	s.once.Do(func() {
		s.lines = append(s.lines, 0)
		for i, c := range s.Text {
			if c == '\n' {
				s.lines = append(s.lines, uint32(i+1))
			}
		}
	})
}

// Span is a stretch of a source: the bytes Off up to, but without, End. The
// zero Span stands for nothing in particular.
type Span struct {
	Src      *Source
	Off, End uint32
}

// IsZero reports whether the span points nowhere.
func (s Span) IsZero() bool { return s.Src == nil }

// Text returns the bytes of the span.
func (s Span) Text() string {
	if s.Src == nil {
		return ""
	}
	return string(s.Src.Text[s.Off:s.End])
}

// String returns "file:line:column", the form compilers use.
func (s Span) String() string {
	if s.Src == nil {
		return "-"
	}
	line, col := s.Src.Position(s.Off)
	return fmt.Sprintf("%s:%d:%d", s.Src.Name, line, col)
}

// IncludeStack returns the include statements that led to this span, the
// innermost first; nil when it stands in the file that the user gave.
func (s Span) IncludeStack() []Span {
	var stack []Span
	for src := s.Src; src != nil && src.IncludedBy != nil; {
		at := src.IncludedBy.Span()
		stack = append(stack, at)
		src = at.Src
	}
	return stack
}
