package classify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
)

// call compiles a function.
func (c *Compiler) call(e *keaexpr.Call) (Text, error) {
	switch e.Name {
	case "substring":
		return c.substring(e)
	case "concat":
		return c.concat(e.Args[0], e.Args[1])
	case "ifelse", "sifelse":
		return c.choice(e)
	case "hexstring":
		return c.binary(e, hexString)
	case "split":
		return c.split(e)
	case "lcase":
		return c.unary(e, func(dst, v []byte) ([]byte, error) { return mapASCII(dst, v, 'A', 'Z', 'a'-'A'), nil })
	case "ucase":
		return c.unary(e, func(dst, v []byte) ([]byte, error) { return mapASCII(dst, v, 'a', 'z', 'A'-'a'), nil })
	case "addrtotext":
		return c.unary(e, addressText)
	case "uint8totext", "uint16totext", "uint32totext", "int8totext", "int16totext", "int32totext":
		return c.unary(e, integerText(e.Name))
	}
	return nil, fmt.Errorf("the function %s is not known", e.Name)
}

// unary compiles a function of one string that makes a new one. Of an empty value
// the result is empty.
func (c *Compiler) unary(e *keaexpr.Call, f func(dst, v []byte) ([]byte, error)) (Text, error) {
	x, err := c.Text(e.Args[0])
	if err != nil {
		return nil, err
	}
	return func(q *Query) ([]byte, error) {
		v, err := x(q)
		if err != nil || len(v) == 0 {
			return nil, err
		}
		start := len(q.scratch)
		q.scratch, err = f(q.scratch, v)
		return q.keep(start), err
	}, nil
}

func (c *Compiler) binary(e *keaexpr.Call, f func(dst, a, b []byte) []byte) (Text, error) {
	x, err := c.Text(e.Args[0])
	if err != nil {
		return nil, err
	}
	y, err := c.Text(e.Args[1])
	if err != nil {
		return nil, err
	}
	return func(q *Query) ([]byte, error) {
		a, err := x(q)
		if err != nil {
			return nil, err
		}
		b, err := y(q)
		if err != nil {
			return nil, err
		}
		start := len(q.scratch)
		q.scratch = f(q.scratch, a, b)
		return q.keep(start), nil
	}, nil
}

func hexString(dst, v, separator []byte) []byte {
	const digits = "0123456789abcdef"
	for i, b := range v {
		if i > 0 {
			dst = append(dst, separator...)
		}
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

func mapASCII(dst, v []byte, low, high byte, shift int) []byte {
	for _, b := range v {
		if b >= low && b <= high {
			b = byte(int(b) + shift)
		}
		dst = append(dst, b)
	}
	return dst
}

func addressText(dst, v []byte) ([]byte, error) {
	a, ok := netip.AddrFromSlice(v)
	if !ok {
		return dst, fmt.Errorf("addrtotext of %d bytes", len(v))
	}
	return a.AppendTo(dst), nil
}

func integerText(name string) func(dst, v []byte) ([]byte, error) {
	return func(dst, v []byte) ([]byte, error) {
		switch {
		case name == "uint8totext" && len(v) == 1:
			return strconv.AppendUint(dst, uint64(v[0]), 10), nil
		case name == "int8totext" && len(v) == 1:
			return strconv.AppendInt(dst, int64(int8(v[0])), 10), nil
		case name == "uint16totext" && len(v) == 2:
			return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(v)), 10), nil
		case name == "int16totext" && len(v) == 2:
			return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(v))), 10), nil
		case name == "uint32totext" && len(v) == 4:
			return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(v)), 10), nil
		case name == "int32totext" && len(v) == 4:
			return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(v))), 10), nil
		}
		return dst, fmt.Errorf("%s of %d bytes", name, len(v))
	}
}

func (c *Compiler) choice(e *keaexpr.Call) (Text, error) {
	test, err := c.Test(e.Args[0])
	if err != nil {
		return nil, err
	}
	yes, err := c.Text(e.Args[1])
	if err != nil {
		return nil, err
	}
	no, err := c.Text(e.Args[2])
	if err != nil {
		return nil, err
	}
	return func(q *Query) ([]byte, error) {
		v, err := test(q)
		if err != nil {
			return nil, err
		}
		if v {
			return yes(q)
		}
		return no(q)
	}, nil
}

// substring takes a part: a negative start counts from the end, a negative length
// takes what is before the start.
func (c *Compiler) substring(e *keaexpr.Call) (Text, error) {
	x, err := c.Text(e.Args[0])
	if err != nil {
		return nil, err
	}
	start, length := e.Args[1].(*keaexpr.Number), e.Args[2].(*keaexpr.Number)
	return func(q *Query) ([]byte, error) {
		v, err := x(q)
		if err != nil {
			return nil, err
		}
		size, from := int64(len(v)), start.Value
		if from < -size || from >= size {
			return nil, nil
		}
		if from < 0 {
			from += size
		}
		to := size
		if !length.All {
			to = from + length.Value
		}
		if to < from {
			from, to = max(0, to), from
		}
		return v[from:min(to, size)], nil
	}, nil
}

// split takes one of the fields between delimiters, counted from 1.
func (c *Compiler) split(e *keaexpr.Call) (Text, error) {
	x, err := c.Text(e.Args[0])
	if err != nil {
		return nil, err
	}
	delimiters, err := c.Text(e.Args[1])
	if err != nil {
		return nil, err
	}
	field := e.Args[2].(*keaexpr.Number).Value
	return func(q *Query) ([]byte, error) {
		v, err := x(q)
		if err != nil {
			return nil, err
		}
		set, err := delimiters(q)
		if err != nil {
			return nil, err
		}
		if len(set) == 0 {
			return v, nil
		}
		for n := int64(1); ; n++ {
			end := slices.IndexFunc(v, func(b byte) bool { return bytes.IndexByte(set, b) >= 0 })
			if n == field {
				if end < 0 {
					return v, nil
				}
				return v[:end], nil
			}
			if end < 0 {
				return nil, nil
			}
			v = v[end+1:]
		}
	}, nil
}
