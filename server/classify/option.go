package classify

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
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
		switch code {
		case optionVendorInfo: // of the first enterprise
			whole = enterprise(code, &keaexpr.Ref{AnyEnterprise: true})
		case optionVendor43:
			whole = func(q *Query) ([]byte, bool) {
				content, there := q.option(code)
				return content, there && q.Late
			}
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
	if code == optionVendorClass {
		return func(q *Query) ([]byte, bool) {
			content, _ := q.option(code)
			of, data, ok := lastEnterprise(content)
			if !ok || !all && of != number {
				return nil, false
			}
			return data, true
		}
	}
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
		if number, _, ok := lastEnterprise(content); ok && code == optionVendorClass {
			start := len(q.scratch)
			q.scratch = binary.BigEndian.AppendUint32(q.scratch, number)
			return q.keep(start), nil
		}
		return content[:4], nil
	}, nil
}

// vendorClassData takes an item of the data of a vendor class. Kea takes what stands
// behind the length for one.
func vendorClassData(find lookup, index int) Text {
	return func(q *Query) ([]byte, error) {
		content, _ := find(q)
		if index > 0 {
			return nil, nil
		}
		return content, nil
	}
}

// shown compiles ".text": texts are themselves, and everything else is as Kea shows it
// to people.
func (c *Compiler) shown(r *keaexpr.Ref, raw Text) (Text, error) {
	find, err := c.ref(r)
	if err != nil {
		return nil, err
	}
	space, code := "dhcp4", uint32(0)
	switch r.Base {
	case "option":
		if code, err = c.code(r.Option); err != nil {
			return nil, err
		}
	case "relay4":
		space, code = agentSpace, r.Option.Code
	default:
		return raw, nil
	}
	if r.Sub != nil {
		def, _ := c.Definition(code)
		space, code = def.Encapsulate, r.Sub.Code
	}
	if def, ok := c.definitions(space, code); ok && def.Type == "string" && !def.Array || code == optionVendorInfo {
		return raw, nil
	}
	return func(q *Query) ([]byte, error) {
		content, there := find(q)
		if !there {
			return nil, nil
		}
		start := len(q.scratch)
		q.scratch = OptionText(q.scratch, c.definitions, space, code, content, 0)
		return q.keep(start), nil
	}, nil
}

const agentSpace = "dhcp-agent-options-space"

// definitions finds definitions of options of any space.
func (c *Compiler) definitions(space string, code uint32) (option.KeaDef, bool) {
	if space == "dhcp4" {
		return c.Definition(code)
	}
	return option.KeaLookup(option.V4, space, code, keaversion.V3_0)
}
