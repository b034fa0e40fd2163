package option

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrHostName is wrapped by the error of [Format.Encode] when the value of an
// address is a host name, which dhcpd looks up while it runs: [Value.Addr] is
// not set and [Value.Text] holds the name.
var ErrHostName = errors.New("a host name stands for an address")

// Encode gives the bytes that dhcpd puts on the wire for the values, which are
// the fields in the order in which they are written: a repeating record is
// flat, a domain list is one value per name. Integers are taken as dhcpd takes
// them, from the smallest signed to the largest unsigned number of their width,
// and other text kinds stand for each other.
//
// The error names the value, counted from 1, and the range that is allowed.
func (f Format) Encode(vals []Value) ([]byte, error) {
	e := encoder{vals: vals}
	n := len(f.Fields)
	for i, field := range f.Fields {
		if err := e.field(field); err != nil {
			return nil, fmt.Errorf("field %d: %w", i+1, err)
		}
	}
	first := n // the first field that repeats
	switch f.Repeat {
	case RepeatLast:
		first = n - 1
	case RepeatWhole:
		first = 0
	}
	for first < n && e.next < len(vals) {
		before := e.next
		for _, field := range f.Fields[first:] {
			if err := e.field(field); err != nil {
				return nil, err
			}
		}
		if e.next == before {
			break
		}
	}
	if e.next < len(vals) {
		return nil, fmt.Errorf("value %d is one too many for the format %s", e.next+1, f)
	}
	return e.wire, nil
}

type encoder struct {
	vals []Value
	next int
	wire []byte
}

func (e *encoder) field(field Field) error {
	if field.Kind == Empty {
		if e.next < len(e.vals) && e.vals[e.next].Kind == Empty {
			e.next++
		}
		return nil
	}
	if e.next == len(e.vals) {
		if field.Optional {
			return nil
		}
		return fmt.Errorf("value %d (%s) is missing", e.next+1, field.Kind)
	}
	if field.Kind == DomainList || field.Kind == CompressedDomainList {
		return e.domainList(field.Kind == CompressedDomainList)
	}
	wire, err := appendValue(e.wire, field, e.vals[e.next])
	if err != nil {
		return fmt.Errorf("value %d: %w", e.next+1, err)
	}
	e.wire = wire
	e.next++
	return nil
}

// domainList takes all domain names that follow. Pointers count from the start
// of the list.
func (e *encoder) domainList(compressed bool) error {
	var c compressor
	taken := 0
	for ; e.next < len(e.vals) && e.vals[e.next].Kind.isName(); e.next++ {
		var err error
		if compressed {
			err = c.add(e.vals[e.next].Text)
		} else {
			c.wire, err = appendName(c.wire, e.vals[e.next].Text)
		}
		if err != nil {
			return fmt.Errorf("value %d: %w", e.next+1, err)
		}
		taken++
	}
	if taken == 0 {
		return fmt.Errorf("value %d is a %s, it must be a domain name", e.next+1, e.vals[e.next].Kind)
	}
	e.wire = append(e.wire, c.wire...)
	return nil
}

func (k Kind) isName() bool {
	return k == DomainName || k == DomainList || k == CompressedDomainList
}

func (k Kind) isNumber() bool {
	switch k {
	case Bool, Uint8, Int8, Uint16, Int16, Uint32, Int32, Lifetime, Enum:
		return true
	}
	return false
}

func (k Kind) isText() bool {
	switch k {
	case Text, Bytes, KeyName, SpaceName, Encapsulated:
		return true
	}
	return false
}

// width is the number of bytes of a field with a fixed width; 0: none.
func (f Field) width() int {
	switch f.Kind {
	case Bool, Uint8, Int8:
		return 1
	case Uint16, Int16:
		return 2
	case Uint32, Int32, Lifetime, IPv4:
		return 4
	case IPv6:
		return 16
	case Enum:
		if e, ok := LookupEnum(f.Space); ok {
			return e.Width
		}
	}
	return 0
}

func appendValue(wire []byte, f Field, v Value) ([]byte, error) {
	switch {
	case f.Kind.isNumber():
		if !v.Kind.isNumber() {
			break
		}
		return appendNumber(wire, f, v.Num)
	case f.Kind.isText():
		if !v.Kind.isText() {
			break
		}
		return append(wire, v.Text...), nil
	case f.Kind == DomainName:
		if !v.Kind.isName() {
			break
		}
		return appendName(wire, v.Text)
	case f.Kind == IPv4 || f.Kind == IPv6:
		if v.Kind != IPv4 && v.Kind != IPv6 {
			break
		}
		if !v.Addr.IsValid() {
			return nil, fmt.Errorf("%w: %s", ErrHostName, v.Text)
		}
		if f.Kind == IPv4 && !v.Addr.Is4() || f.Kind == IPv6 && v.Addr.Is4() {
			return nil, fmt.Errorf("%s is no %s", v.Addr, f.Kind)
		}
		return append(wire, v.Addr.AsSlice()...), nil
	}
	return nil, fmt.Errorf("a %s stands where a %s belongs", v.Kind, f.Kind)
}

// appendNumber adds an integer in network byte order. dhcpd allows a negative
// number in an unsigned field and the unsigned range in a signed one.
func appendNumber(wire []byte, f Field, n int64) ([]byte, error) {
	width := f.width()
	if width == 0 {
		return nil, fmt.Errorf("enumeration %q is unknown", f.Space)
	}
	low, high := -int64(1)<<(8*width-1), int64(1)<<(8*width)-1
	if f.Kind == Bool {
		low, high = 0, 2
	}
	if f.Kind == Lifetime {
		low = 0
	}
	if f.Kind == Enum {
		low = 0
	}
	if n < low || n > high {
		return nil, fmt.Errorf("%d is out of range for a %s: it must lie in %d..%d", n, f.Kind, low, high)
	}
	switch width {
	case 1:
		return append(wire, byte(n)), nil
	case 2:
		return binary.BigEndian.AppendUint16(wire, uint16(n)), nil
	}
	return binary.BigEndian.AppendUint32(wire, uint32(n)), nil
}
