package verify

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// A piece is a part of a configuration that can be left out: a statement, a member of a
// map, an element of a list.
type piece struct {
	gone       bool
	start, end uint32 // of a statement
	node       *keaconf.Node
	inner      []*piece
}

// leaveOut leaves out what it can, as long as has says that what is left still has a
// property. It tries most times at most, and says how many tries are left, and whether
// anything was left out.
//
// Pieces are tried from the outermost to the innermost, those of one depth together,
// then in halves, quarters and so on: of a thousand hosts that are not needed none is
// tried by itself.
func leaveOut(pieces []*piece, has func() bool, most int) (left int, less bool) {
	for level := pieces; len(level) > 0; {
		var there []*piece
		for _, p := range level {
			if !p.gone {
				there = append(there, p)
			}
		}
		for size := len(there); size > 0; size /= 2 {
			for at := 0; at < len(there); at += size {
				if most <= 0 {
					return 0, less
				}
				some := there[at:min(at+size, len(there))]
				if !mark(some, true) {
					continue
				}
				most--
				if has() {
					less = true
				} else {
					mark(some, false)
				}
			}
			kept := there[:0]
			for _, p := range there {
				if !p.gone {
					kept = append(kept, p)
				}
			}
			there = kept
			size = min(size, len(there)+1)
		}
		level = nil
		for _, p := range there {
			level = append(level, p.inner...)
		}
	}
	return most, less
}

// mark takes pieces out or back in; it reports whether there were any.
func mark(pieces []*piece, gone bool) (any bool) {
	for _, p := range pieces {
		any = any || p.gone != gone
		p.gone = gone
	}
	return any
}

// statements are the pieces of a dhcpd.conf; those of included files are none.
func statements(f *dhcpdconf.File) (top []*piece) {
	var open []*piece
	for st := range dhcpdconf.Preorder(f) {
		span := st.Span()
		if span.Src != f.Source || span.IsZero() {
			continue
		}
		p := &piece{start: uint32(span.Off), end: uint32(span.End)}
		for len(open) > 0 && open[len(open)-1].end <= p.start {
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			top = append(top, p)
		} else {
			outer := open[len(open)-1]
			outer.inner = append(outer.inner, p)
		}
		open = append(open, p)
	}
	return top
}

// rest is a text without the pieces that are gone.
func rest(text string, pieces []*piece) string {
	var b strings.Builder
	at := uint32(0)
	var write func([]*piece)
	write = func(pieces []*piece) {
		for _, p := range pieces {
			if p.gone {
				b.WriteString(text[at:p.start])
				at = p.end
			} else {
				write(p.inner)
			}
		}
	}
	write(pieces)
	b.WriteString(text[at:])
	return b.String()
}

// elements are the pieces of a configuration of Kea: what stands in the map of the daemon,
// and in the maps and lists in there.
func elements(root *keaconf.Node) []*piece {
	top := &piece{node: root}
	top.split()
	for _, daemon := range top.inner {
		if daemon.node.Kind == keaconf.Map {
			return daemon.inner
		}
	}
	return nil
}

func (p *piece) split() {
	for i := range p.node.Items {
		inner := &piece{node: &p.node.Items[i]}
		inner.split()
		p.inner = append(p.inner, inner)
	}
}

// keaRest is a configuration of Kea without the pieces that are gone, on a line for each
// member and each map in a list.
func keaRest(root *keaconf.Node, pieces []*piece) string {
	out := []byte("{ ")
	for i := range root.Items {
		if root.Items[i].Kind == keaconf.Map { // elements takes the first
			out = append(quoted(out, root.Items[i].Key), ": "...)
			out = writePieces(out, &piece{node: &root.Items[i], inner: pieces}, "  ")
			break
		}
	}
	return string(append(out, " }\n"...))
}

func writePieces(out []byte, p *piece, indent string) []byte {
	switch p.node.Kind {
	case keaconf.String:
		return quoted(out, p.node.Text)
	case keaconf.Map, keaconf.Array:
	default:
		return append(out, p.node.Text...)
	}
	brackets, lines := "{}", true
	if p.node.Kind == keaconf.Array {
		brackets = "[]"
		lines = false
		for _, inner := range p.inner {
			lines = lines || !inner.gone && len(inner.node.Items) > 0
		}
	}
	out = append(out, brackets[0])
	first := true
	for _, inner := range p.inner {
		if inner.gone {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		if lines {
			out = fmt.Appendf(out, "\n%s", indent)
		} else if !first {
			out = append(out, ' ')
		}
		first = false
		if p.node.Kind == keaconf.Map {
			out = append(quoted(out, inner.node.Key), ": "...)
		}
		out = writePieces(out, inner, indent+"  ")
	}
	if lines && !first {
		out = fmt.Appendf(out, "\n%s", indent[2:])
	}
	return append(out, brackets[1])
}

func quoted(out []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // of a string there is none
		return append(out, `""`...)
	}
	return append(out, text...)
}
