package option

import (
	"errors"
	"fmt"
	"strings"
)

// Limits of RFC 1035 section 3.1.
const (
	maxLabel = 63
	maxName  = 255
)

// appendName adds a domain name in the form of RFC 1035 section 3.1. A dot at
// the end of the name makes no difference; "" and "." are the root. A backslash
// takes the next character literally, or three decimal digits as a byte (RFC
// 1035 section 5.1).
func appendName(wire []byte, name string) ([]byte, error) {
	labels, err := splitName(name)
	if err != nil {
		return nil, err
	}
	for _, l := range labels {
		wire = append(wire, byte(len(l)))
		wire = append(wire, l...)
	}
	return append(wire, 0), nil
}

// splitName gives the labels of a name in text form, and an error for what
// cannot be put on the wire.
func splitName(name string) (labels []string, err error) {
	if name == "" || name == "." {
		return nil, nil
	}
	var label []byte
	size := 1
	end := func() error {
		switch {
		case len(label) == 0:
			return fmt.Errorf("domain name %q has an empty label", name)
		case len(label) > maxLabel:
			return fmt.Errorf("domain name %q has a label of %d bytes, the most is %d", name, len(label), maxLabel)
		}
		size += len(label) + 1
		if size > maxName {
			return fmt.Errorf("domain name %q takes more than %d bytes", name, maxName)
		}
		labels = append(labels, string(label))
		label = label[:0]
		return nil
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '.':
			if err := end(); err != nil {
				return nil, err
			}
			if i == len(name)-1 {
				return labels, nil
			}
		case c == '\\' && i+1 == len(name):
			return nil, fmt.Errorf("domain name %q ends with a backslash", name)
		case c == '\\' && isDigit(name[i+1]):
			if i+3 >= len(name) || !isDigit(name[i+2]) || !isDigit(name[i+3]) {
				return nil, fmt.Errorf("domain name %q: a backslash and a digit need three digits", name)
			}
			n := int(name[i+1]-'0')*100 + int(name[i+2]-'0')*10 + int(name[i+3]-'0')
			if n > 255 {
				return nil, fmt.Errorf("domain name %q: \\%03d is no byte", name, n)
			}
			label = append(label, byte(n))
			i += 3
		case c == '\\':
			label = append(label, name[i+1])
			i++
		default:
			label = append(label, c)
		}
	}
	return labels, end()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// nameText writes labels in text form without a dot at the end; the root is ".".
func nameText(labels []string) string {
	if len(labels) == 0 {
		return "."
	}
	var b strings.Builder
	for i, l := range labels {
		if i > 0 {
			b.WriteByte('.')
		}
		for j := range len(l) {
			switch c := l[j]; {
			case strings.IndexByte(`".;\()@$`, c) >= 0:
				b.WriteByte('\\')
				b.WriteByte(c)
			case c <= ' ' || c > '~':
				fmt.Fprintf(&b, `\%03d`, c)
			default:
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}

var errName = errors.New("the data end within a domain name")

// readName reads the name at wire[at:] and returns where the next one starts.
// Pointers are followed when compressed is set; they must point backwards.
func readName(wire []byte, at int, compressed bool) (labels []string, next int, err error) {
	next = -1
	size := 1
	limit := at // pointers must go below this
	for hops := 0; ; {
		if at >= len(wire) {
			return nil, 0, errName
		}
		n := int(wire[at])
		switch {
		case n == 0:
			if next < 0 {
				next = at + 1
			}
			return labels, next, nil
		case n <= maxLabel:
			if at+1+n > len(wire) {
				return nil, 0, errName
			}
			size += n + 1
			if size > maxName {
				return nil, 0, fmt.Errorf("a domain name takes more than %d bytes", maxName)
			}
			labels = append(labels, string(wire[at+1:at+1+n]))
			at += 1 + n
		case n >= 0xc0 && compressed:
			if at+2 > len(wire) {
				return nil, 0, errName
			}
			if next < 0 {
				next = at + 2
			}
			target := (n&0x3f)<<8 | int(wire[at+1])
			if target >= limit {
				return nil, 0, errors.New("a compression pointer in a domain name does not point backwards")
			}
			if hops++; hops > maxName/2 {
				return nil, 0, errors.New("a domain name has more compression pointers than labels are possible")
			}
			at, limit = target, target
		default:
			return nil, 0, fmt.Errorf("a label of a domain name starts with the byte %#02x", n)
		}
	}
}

// compressor adds names to a list in which a name may end with a pointer to the
// same labels in an earlier name (RFC 1035 section 4.1.4, RFC 3397 section 2).
type compressor struct {
	wire []byte
	at   map[string]int // where the suffix starts, by its labels in lower case
}

// add appends one name. The longest suffix that an earlier name ends with
// becomes a pointer.
func (c *compressor) add(name string) error {
	labels, err := splitName(name)
	if err != nil {
		return err
	}
	if c.at == nil {
		c.at = map[string]int{}
	}
	keys := make([]string, len(labels))
	key := ""
	for i := len(labels) - 1; i >= 0; i-- {
		key = string(rune(len(labels[i]))) + lowerASCII(labels[i]) + key
		keys[i] = key
	}
	for i, l := range labels {
		if at, ok := c.at[keys[i]]; ok {
			c.wire = append(c.wire, 0xc0|byte(at>>8), byte(at))
			return nil
		}
		if len(c.wire) < 0x4000 {
			c.at[keys[i]] = len(c.wire)
		}
		c.wire = append(c.wire, byte(len(l)))
		c.wire = append(c.wire, l...)
	}
	c.wire = append(c.wire, 0)
	return nil
}

// lowerASCII is a name with its ASCII letters small: DNS tells names apart by
// every other byte (RFC 4343 section 3), of which a label may hold any. What
// package strings folds is Unicode: two bytes that are no UTF-8 are the same to it.
func lowerASCII(name string) string {
	lower := []byte(name)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}
