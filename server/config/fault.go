package config

import "errors"

// fault is what is wrong with an element of a configuration, in Kea's words.
type fault struct {
	element string // of the top level
	text    string
	late    bool // Kea finds it once it has read everything
}

func (f *fault) Error() string { return f.text }

// ElementOf returns the element of the top level of a configuration that an error
// is about; empty: it is about no single one.
func ElementOf(err error) string {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.element
	}
	return ""
}
