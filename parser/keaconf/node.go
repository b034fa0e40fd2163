package keaconf

import (
	"strconv"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds. Kea keeps apart integers and floats; a number is a Float by its
// spelling (point, exponent or plus sign), not by its value.
const (
	Invalid Kind = iota // a value that could not be read; a fault says why
	Null
	Bool
	Int
	Float
	String
	Array
	Map
)

var kindNames = [...]string{
	Invalid: "nothing readable", Null: "null", Bool: "a boolean", Int: "an integer",
	Float: "a number with a point", String: "a string", Array: "a list", Map: "a map",
}

func (k Kind) String() string { return kindNames[k] }

// Node is a JSON value with its place in the file.
type Node struct {
	Kind    Kind
	damaged bool // a map or list of which parts could not be read
	odd     bool // a key with escapes, which Kea never takes for a keyword

	Key string // of a member of a map
	// Text is the value of a String, and of other scalars the literal.
	Text  string
	Items []Node // elements of an Array, members of a Map in order

	src      *Source
	off, end uint32
	keyOff   uint32 // from keyOff to keyEnd: the key with its quotes
	keyEnd   uint32
	keySrc   *Source
}

// Span returns where the value stands.
func (n *Node) Span() Span { return Span{n.src, n.off, n.end} }

// KeySpan returns where the key of a member stands, with its quotes.
func (n *Node) KeySpan() Span { return Span{n.keySrc, n.keyOff, n.keyEnd} }

// Get returns the member of a Map with the key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Map {
		return nil
	}
	for i := range n.Items {
		if n.Items[i].Key == key {
			return &n.Items[i]
		}
	}
	return nil
}

// At follows keys from map to map; it returns nil where there is none.
func (n *Node) At(keys ...string) *Node {
	for _, k := range keys {
		n = n.Get(k)
	}
	return n
}

// Int returns the value of an Int; ok is false for other kinds.
func (n *Node) Int() (value int64, ok bool) {
	if n == nil || n.Kind != Int {
		return 0, false
	}
	value, err := strconv.ParseInt(n.Text, 10, 64)
	return value, err == nil
}

// Float returns the value of a Float or Int; ok is false for other kinds.
func (n *Node) Float() (value float64, ok bool) {
	if n == nil || n.Kind != Float && n.Kind != Int {
		return 0, false
	}
	value, err := parseFloat(n.Text)
	return value, err == nil
}

// Bool returns the value of a Bool; ok is false for other kinds.
func (n *Node) Bool() (value, ok bool) {
	if n == nil || n.Kind != Bool {
		return false, false
	}
	return n.Text == "true", true
}

// String returns the value of a String, "" for other kinds.
func (n *Node) String() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}

// Value returns the value as it goes into an Object: nil, bool, int64, float64,
// string, []any or Object.
func (n *Node) Value() any {
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Int:
		v, _ := n.Int()
		return v
	case Float:
		v, _ := n.Float()
		return v
	case String:
		return n.Text
	case Array:
		list := make([]any, len(n.Items))
		for i := range n.Items {
			list[i] = n.Items[i].Value()
		}
		return list
	case Map:
		o := make(Object, len(n.Items))
		for i := range n.Items {
			o[i] = Member{n.Items[i].Key, n.Items[i].Value()}
		}
		return o
	}
	return nil
}

// parseFloat reads what Kea's lexer takes for a float. Values too small become
// 0, values too large are an error.
func parseFloat(s string) (float64, error) {
	return strconv.ParseFloat(s, 64)
}
