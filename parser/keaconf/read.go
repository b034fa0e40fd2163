package keaconf

import (
	"fmt"
	"math"
)

const maxSource = math.MaxUint32 - 1 // bytes, because spans hold 32-bit offsets

// Parse reads the text of a configuration file of any of Kea's servers. It
// accepts what the parsers of Kea's files accept: comments in the styles of
// shell, C and C++, includes, and trailing commas, which are a Warning. read
// gives the content of included files; os.ReadFile will do. If it is nil,
// includes are faults.
//
// The tree holds what could be read, also when there are faults; it is nil
// only for a text without any value. Parse does not know any keys: Check does.
func Parse(name string, text []byte, read func(name string) ([]byte, error)) (*Node, Faults) {
	faults := new(faultList)
	src := &Source{Name: name}
	if len(text) > maxSource {
		faults.add(Fault{Severity: Error, Span: Span{src, 0, 0}, Message: "the file is larger than 4 GiB"})
		return nil, faults.list
	}
	src.Text = string(text)
	p := &parser{lexer: lexer{src: src, text: src.Text, read: read, faults: faults}}
	p.advance()
	if !p.value(0) {
		p.fail(p.tok.span(), "a configuration is a map: { ... }")
		return nil, faults.list
	}
	root := p.open[0]
	if root.Kind != Map {
		p.fail(root.Span(), "a configuration is a map: { ... }")
	}
	if p.tok.kind != tokEOF && !faults.full {
		p.fail(p.tok.span(), "unexpected %s after the end of the configuration", p.tok.describe())
	}
	return &root, faults.list
}

// parser builds the tree. tok is the token not yet used.
type parser struct {
	lexer
	tok token

	// open is the stack of nodes not yet complete, each followed by the items
	// it has so far. When a map or list ends, its items move to a slice of
	// their own, cut from free so that small ones need no allocation.
	open []Node
	free []Node
}

// slab is how many nodes are allocated at a time.
const slab = 1024

// close moves the items of the node at the index at into it.
func (p *parser) close(at int) {
	items := p.open[at+1:]
	n := len(items)
	if n == 0 {
		return
	}
	if n > len(p.free) {
		p.free = make([]Node, max(n, slab))
	}
	kept := p.free[:n:n]
	p.free = p.free[n:]
	copy(kept, items)
	p.open[at].Items = kept
	clear(items)
	p.open = p.open[:at+1]
}

func (p *parser) advance() {
	if p.faults.full {
		p.tok = token{kind: tokEOF, src: p.src, off: uint32(p.off), end: uint32(p.off)}
		return
	}
	p.tok = p.next()
}

func (p *parser) fail(at Span, format string, args ...any) {
	p.faults.add(Fault{Severity: Error, Span: at, Message: fmt.Sprintf(format, args...)})
}

func (t token) describe() string {
	switch t.kind {
	case tokEOF:
		return "end of the file"
	case tokString:
		return `string "` + clip(t.text) + `"`
	case tokInt, tokFloat:
		return "number " + clip(t.text)
	default:
		return clip(t.text)
	}
}

var scalarKinds = [...]Kind{tokString: String, tokInt: Int, tokFloat: Float, tokBool: Bool, tokNull: Null, tokBad: Invalid}

// value reads a value and puts it on the stack; it returns false, with nothing
// read, when there is none.
func (p *parser) value(depth int) bool {
	t := p.tok
	n := Node{src: t.src, off: t.off, end: t.end}
	switch t.kind {
	case tokString, tokInt, tokFloat, tokBool, tokNull, tokBad:
		n.Kind, n.Text = scalarKinds[t.kind], t.text
		p.open = append(p.open, n)
		p.advance()
		return true
	case '{', '[':
		if depth == maxDepth {
			p.fail(t.span(), "maps and lists are nested more than %d deep", maxDepth)
			p.open = append(p.open, n)
			p.skip()
			return true
		}
		p.advance()
		at := len(p.open)
		if t.kind == '{' {
			n.Kind = Map
			p.open = append(p.open, n)
			p.members(at, depth+1)
		} else {
			n.Kind = Array
			p.open = append(p.open, n)
			p.elements(at, depth+1)
		}
		p.close(at)
		return true
	}
	return false
}

// skip passes over a map or list without looking into it.
func (p *parser) skip() {
	depth := 0
	for p.tok.kind != tokEOF {
		switch p.tok.kind {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		p.advance()
		if depth == 0 {
			return
		}
	}
}

// separators reads the commas between two items of the map or list at the index
// at. It returns false when that is at its end, be it by the closing bracket or
// because nothing sensible follows.
func (p *parser) separators(at int, closing tokenKind) bool {
	first := len(p.open) == at+1
	var comma Span // the last one
	for p.tok.kind == ',' {
		switch {
		case !comma.IsZero() && !first:
			p.extraComma(p.tok.span())
		case comma.IsZero() && first && !p.open[at].damaged:
			p.fail(p.tok.span(), "a comma stands before the first item")
			p.open[at].damaged = true
		}
		comma = p.tok.span()
		p.advance()
	}
	n := &p.open[at]
	switch p.tok.kind {
	case closing:
		if !comma.IsZero() && !first {
			p.extraComma(comma)
		}
		n.end = p.tok.end
		if p.tok.src != n.src { // begun in one file and ended in another
			n.end = n.off + 1
		}
		p.advance()
		return false
	case tokEOF, '}', ']':
		p.badEnd(n, closing)
		n.damaged = true
		return false
	}
	if !first && comma.IsZero() {
		p.fail(p.tok.span(), "a comma is missing before %s", p.tok.describe())
	}
	return true
}

func (p *parser) extraComma(at Span) {
	p.faults.add(Fault{Severity: Warning, Span: at, Message: "an extra comma, which Kea ignores with a warning"})
}

// badEnd reports that the map or list n does not end as it should.
func (p *parser) badEnd(n *Node, closing tokenKind) {
	what, mark := "map", "}"
	if closing == ']' {
		what, mark = "list", "]"
	}
	open := Span{n.src, n.off, n.off + 1}
	if p.tok.kind == tokEOF {
		if !p.faults.full {
			p.fail(open, "this %s has no end; add %s", what, mark)
		}
		return
	}
	p.fail(p.tok.span(), "%s expected, to end the %s that begins at %s, not %s", mark, what, open, p.tok.text)
	// Take it for the end: a typing error is likelier than two missing brackets.
	p.advance()
}

func (p *parser) elements(at, depth int) {
	for p.separators(at, ']') {
		if !p.value(depth) { // a colon
			p.fail(p.tok.span(), "unexpected %s in a list", p.tok.describe())
			p.open[at].damaged = true
			p.advance()
		}
	}
}

// manyMembers is where looking for duplicate keys one by one gets slow.
const manyMembers = 16

func (p *parser) members(at, depth int) {
	var seen map[string]int
	for p.separators(at, '}') {
		key := p.tok
		if key.kind != tokString && key.kind != tokBad {
			p.dropMember(at, depth)
			continue
		}
		p.advance()
		if p.tok.kind == ':' {
			p.advance()
		} else {
			p.fail(p.tok.span(), "a colon is missing after the key %q", clip(key.text))
			p.open[at].damaged = true
		}
		i := len(p.open)
		if !p.value(depth) {
			p.fail(p.tok.span(), "the value of %q is missing", clip(key.text))
			p.open = append(p.open, Node{src: p.tok.src, off: p.tok.off, end: p.tok.off})
			if p.tok.kind == ':' {
				p.advance()
			}
		}
		m := &p.open[i]
		m.Key, m.odd = key.text, key.odd
		m.keySrc, m.keyOff, m.keyEnd = key.src, key.off, key.end
		if key.kind == tokBad {
			p.open[at].damaged = true
			p.open = p.open[:i]
			continue
		}
		members := p.open[at+1 : i]
		if seen == nil && len(members) >= manyMembers {
			seen = make(map[string]int, 2*manyMembers)
			for j := range members {
				seen[members[j].Key] = j
			}
		}
		if old := findKey(members, m.Key, seen); old != nil {
			p.fail(key.span(), "duplicate key %q; it stands at %s already", clip(m.Key), old.KeySpan())
			p.open = p.open[:i]
			continue
		}
		if seen != nil {
			seen[m.Key] = len(members)
		}
	}
}

// dropMember passes over something that is not a key, and what may be its value.
func (p *parser) dropMember(at, depth int) {
	p.fail(p.tok.span(), "a key in double quotes is expected, not %s", p.tok.describe())
	p.open[at].damaged = true
	i := len(p.open)
	if !p.value(depth) {
		p.advance()
	}
	if p.tok.kind == ':' {
		p.advance()
		p.value(depth)
	}
	p.open = p.open[:i]
}

func findKey(members []Node, key string, seen map[string]int) *Node {
	if seen != nil {
		if i, ok := seen[key]; ok {
			return &members[i]
		}
		return nil
	}
	for i := range members {
		if members[i].Key == key {
			return &members[i]
		}
	}
	return nil
}
