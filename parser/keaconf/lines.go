package keaconf

import (
	"strconv"
	"strings"
)

// lineIndex remembers on which line each thing stands: an entry for each member
// of an object that has several lines, and for each element of a list of
// objects. What stands within a line is not entered.
type lineIndex struct {
	line    int // the current one
	entries []lineEntry
	stack   []int32 // entries not yet closed

	first    []int32 // children of entry i: children[first[i]:first[i+1]]; made by find
	children []int32
}

type lineEntry struct {
	key    string // "" for an element of a list
	parent int32
	line   int32
}

func (x *lineIndex) open(key string) {
	parent := int32(-1)
	if n := len(x.stack); n > 0 {
		parent = x.stack[n-1]
	}
	x.stack = append(x.stack, int32(len(x.entries)))
	x.entries = append(x.entries, lineEntry{key, parent, int32(x.line)})
}

func (x *lineIndex) close() { x.stack = x.stack[:len(x.stack)-1] }

// index groups the entries by parent, in order.
func (x *lineIndex) index() {
	x.first = make([]int32, len(x.entries)+1)
	for _, e := range x.entries[1:] {
		x.first[e.parent+1]++
	}
	for i := range x.entries {
		x.first[i+1] += x.first[i]
	}
	x.children = make([]int32, len(x.entries)-1)
	next := append([]int32(nil), x.first...)
	for i, e := range x.entries[1:] {
		x.children[next[e.parent]] = int32(i + 1)
		next[e.parent]++
	}
}

func (x *lineIndex) find(pointer string) int {
	if len(x.entries) == 0 {
		return 0
	}
	if x.first == nil {
		x.index()
	}
	at := int32(0)
	for pointer != "" {
		var token string
		token, pointer, _ = strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		next := x.child(x.children[x.first[at]:x.first[at+1]], token)
		if next < 0 {
			break
		}
		at = next
		if pointer == "" {
			break
		}
		pointer = "/" + pointer
	}
	return int(x.entries[at].line)
}

func (x *lineIndex) child(children []int32, token string) int32 {
	if len(children) == 0 {
		return -1
	}
	if x.entries[children[0]].key == "" {
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(children) {
			return children[i]
		}
		return -1
	}
	for _, c := range children {
		if x.entries[c].key == token {
			return c
		}
	}
	return -1
}
