package control

import (
	"bytes"
	"fmt"
)

// feed takes a command as it comes in, piece by piece, until the value of JSON is whole.
// It does so by Kea's rules: comments are taken away, what stands behind the value is
// not looked at.
type feed struct {
	text   []byte // the value so far, without comments
	state  feedState
	before feedState // the comment
	depth  int
	bytes  int // that have been looked at
}

type feedState uint8

const (
	feedStart   feedState = iota // nothing has come
	feedBlank                    // nothing but blanks and comments
	feedInner                    // within the value
	feedString                   // within a string
	feedEscape                   // behind a backslash in a string
	feedSlash                    // behind a slash, which may begin a comment
	feedLine                     // within a comment up to the end of the line
	feedComment                  // within a comment that ends with */
	feedStar                     // behind a star in one
	feedDone
)

// add takes bytes, and reports whether the value is whole. The error is that of text
// that is no value, in Kea's words.
func (f *feed) add(text []byte) (done bool, err error) {
	for _, c := range text {
		f.bytes++
		if err := f.step(c); err != nil || f.state == feedDone {
			return err == nil, err
		}
	}
	return false, nil
}

func (f *feed) step(c byte) error {
	switch f.state {
	case feedStart, feedBlank:
		switch c {
		case ' ', '\t', '\n', '\r':
			f.text = append(f.text, c)
			f.state = feedBlank
		case '#':
			f.before, f.state = feedBlank, feedLine
		case '/':
			f.before, f.state = feedBlank, feedSlash
		case '{', '[':
			f.text = append(f.text, c)
			f.depth, f.state = 1, feedInner
		default:
			if f.state == feedStart {
				return problemf("invalid first character %s", []byte{c})
			}
			return problemf("invalid character %s", []byte{c})
		}
	case feedInner:
		switch c {
		case '#':
			f.before, f.state = feedInner, feedLine
			return nil
		case '/':
			f.before, f.state = feedInner, feedSlash
			return nil
		case '"':
			f.state = feedString
		case '{', '[':
			f.depth++
		case '}', ']':
			if f.depth--; f.depth == 0 {
				f.state = feedDone
			}
		}
		f.text = append(f.text, c)
	case feedString, feedEscape:
		f.text = append(f.text, c)
		switch {
		case f.state == feedEscape:
			f.state = feedString
		case c == '\\':
			f.state = feedEscape
		case c == '"':
			f.state = feedInner
		}
	case feedSlash:
		switch c {
		case '/':
			f.state = feedLine
		case '*':
			f.state = feedComment
		default:
			return problemf("invalid characters /%s", []byte{c})
		}
	case feedLine:
		if c == '\n' {
			f.text = append(f.text, c)
			f.state = f.before
		}
	case feedComment, feedStar:
		switch {
		case c == '/' && f.state == feedStar:
			f.state = f.before
		case c == '*':
			f.state = feedStar
		default:
			f.state = feedComment
			if c == '\n' { // so that places are right
				f.text = append(f.text, c)
			}
		}
	}
	return nil
}

// problem is what is wrong with a command, in Kea's words, which end with the first
// zero byte.
type problem string

func (p problem) Error() string { return string(p) }

func problemf(format string, args ...any) problem {
	text := fmt.Appendf(nil, format, args...)
	if at := bytes.IndexByte(text, 0); at >= 0 {
		text = text[:at]
	}
	return problem(text)
}
