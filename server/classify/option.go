package classify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/server/packet"
)

// lookup finds something in a packet that may be there or not.
type lookup func(*Query) (content []byte, there bool)

func (c *Compiler) exists(r *keaexpr.Ref) (Test, error) {
	find, err := c.ref(r)
	if err != nil {
		return nil, err
	}
	return func(q *Query) (bool, error) {
		_, ok := find(q)
		return ok, nil
	}, nil
}

// ref compiles what comes before ".exists" and ".hex".
func (c *Compiler) ref(r *keaexpr.Ref) (lookup, error) {
	switch r.Base {
	case "option":
		code, err := c.code(r.Option)
		if err != nil {
			return nil, err
		}
		whole := func(q *Query) ([]byte, bool) { return q.option(code) }
		if def, ok := c.Definition(code); ok && def.Type == "string" && !def.Array {
			// Kea takes NUL bytes at the end of text for padding.
			whole = func(q *Query) ([]byte, bool) {
				content, there := q.option(code)
				return bytes.TrimRight(content, "\x00"), there
			}
		}
		if r.Sub == nil {
			return whole, nil
		}
		return suboption(whole, uint8(r.Sub.Code)), nil
	case "relay4":
		return suboption(func(q *Query) ([]byte, bool) { return q.Agent, q.Agent != nil }, uint8(r.Option.Code)), nil
	case "vendor":
		whole := enterprise(optionVendorInfo, r)
		if r.Sub == nil {
			return whole, nil
		}
		return suboption(whole, uint8(r.Sub.Code)), nil
	case "vendor-class":
		return enterprise(optionVendorClass, r), nil
	}
	return nil, fmt.Errorf("%s is not in a DHCPv4 packet", r.Base)
}

func (c *Compiler) code(o *keaexpr.Option) (uint32, error) {
	if o.Name == "" {
		return o.Code, nil
	}
	if code, ok := c.Code(o.Name); ok {
		return code, nil
	}
	return 0, fmt.Errorf("option %q is not known", o.Name)
}

func suboption(whole lookup, code uint8) lookup {
	return func(q *Query) ([]byte, bool) {
		content, ok := whole(q)
		if !ok {
			return nil, false
		}
		return packet.Suboption(content, code)
	}
}

// enterprise finds the data of an enterprise in option 124 or 125 (RFC 3925), of
// the first one for any.
func enterprise(code uint32, r *keaexpr.Ref) lookup {
	number, all := r.Enterprise, r.AnyEnterprise || r.NoEnterprise || r.Enterprise == 0
	return func(q *Query) ([]byte, bool) {
		content, ok := q.option(code)
		for ok && len(content) >= 5 {
			length := int(content[4])
			if len(content) < 5+length {
				return nil, false
			}
			if all || binary.BigEndian.Uint32(content) == number {
				return content[5 : 5+length : 5+length], true
			}
			content = content[5+length:]
		}
		return nil, false
	}
}

// value compiles option[...].hex and the like.
func (c *Compiler) value(e *keaexpr.Value) (Text, error) {
	if e.Of.NoEnterprise && e.Repr == "enterprise" {
		return enterpriseNumber(e)
	}
	find, err := c.ref(&e.Of)
	if err != nil {
		return nil, err
	}
	raw := func(q *Query) ([]byte, error) {
		content, _ := find(q)
		return content, nil
	}
	switch e.Repr {
	case "hex":
		return raw, nil
	case "data":
		return vendorClassData(find, e.Index), nil
	case "text":
		return c.shown(&e.Of, raw)
	}
	return nil, fmt.Errorf("the value %q is not in a DHCPv4 packet", e.Repr)
}

func enterpriseNumber(e *keaexpr.Value) (Text, error) {
	code := uint32(optionVendorInfo)
	if e.Of.Base == "vendor-class" {
		code = optionVendorClass
	}
	return func(q *Query) ([]byte, error) {
		content, ok := q.option(code)
		if !ok || len(content) < 4 {
			return nil, nil
		}
		return content[:4], nil
	}, nil
}

// vendorClassData takes one of the items, each with a length before it, that the
// data of a vendor class is made of.
func vendorClassData(find lookup, index int) Text {
	return func(q *Query) ([]byte, error) {
		content, _ := find(q)
		for i := 0; len(content) > 0; i++ {
			length := int(content[0])
			if len(content) < 1+length {
				return nil, nil
			}
			if i == index {
				return content[1 : 1+length], nil
			}
			content = content[1+length:]
		}
		return nil, nil
	}
}

// shown compiles ".text": the value as Kea shows it to people, by the option's
// definition.
func (c *Compiler) shown(r *keaexpr.Ref, raw Text) (Text, error) {
	if r.Base != "option" || r.Sub != nil {
		return raw, nil
	}
	code, err := c.code(r.Option)
	if err != nil {
		return nil, err
	}
	def, ok := c.Definition(code)
	if !ok || def.Array {
		return raw, nil
	}
	show := shownValues[def.Type]
	if show == nil {
		return raw, nil
	}
	return func(q *Query) ([]byte, error) {
		content, err := raw(q)
		if err != nil || len(content) == 0 {
			return nil, err
		}
		start := len(q.scratch)
		q.scratch = show(q.scratch, content)
		return q.keep(start), nil
	}, nil
}

// shownValues are the types whose text is other than their bytes.
var shownValues = map[string]func(dst, content []byte) []byte{
	"uint8":        showInteger,
	"uint16":       showInteger,
	"uint32":       showInteger,
	"ipv4-address": showAddress,
	"boolean": func(dst, content []byte) []byte {
		return strconv.AppendBool(dst, content[0] != 0)
	},
}

func showInteger(dst, content []byte) []byte {
	var n uint64
	for _, b := range content[:min(len(content), 8)] {
		n = n<<8 | uint64(b)
	}
	return strconv.AppendUint(dst, n, 10)
}

func showAddress(dst, content []byte) []byte {
	if a, ok := netip.AddrFromSlice(content); ok {
		return a.AppendTo(dst)
	}
	return append(dst, content...)
}
