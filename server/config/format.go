package config

import (
	"bytes"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/option"
)

// Formats say by the code of an option of a client what is wrong with its content; nil:
// any content will do. Kea does not answer messages with options that it cannot read.
type Formats [256]func(content []byte) string

// truncated is what Kea says of options of several types that are too short.
const truncated = "option buffer truncated"

// fixedSizes are the sizes of the types that have one, in bytes.
var fixedSizes = map[string]int{"boolean": 1, "uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4, "ipv4-address": 4, "ipv6-address": 16, "psid": 3}

// formats are those of the standard options: others are looked at only where a class or
// an answer needs them. With lenient, lists of names may be anything.
func formats(lenient bool) *Formats {
	var out Formats
	for code := range out {
		def, ok := option.KeaLookup(option.V4, space4, uint32(code), dialect)
		if !ok {
			continue
		}
		switch code {
		case 43, 81, 82, 124, 125: // read where they are needed
		case 122:
			out[code] = subOptions(def.Encapsulate)
		case 88, 119, 141:
			if !lenient {
				out[code] = nameList
			}
		default:
			out[code] = formatOf(&def)
		}
	}
	return &out
}

// agentFormats are those of the sub-options of option 82.
func agentFormats() *Formats {
	var out Formats
	for _, def := range option.KeaDefs(option.V4, spaceAgent, dialect) {
		out[def.Code] = formatOf(&def)
	}
	return &out
}

// spaceAgent is the space of the sub-options of option 82.
const spaceAgent = "dhcp-agent-options-space"

func formatOf(def *option.KeaDef) func([]byte) string {
	code := def.Code
	size, fixed := fixedSizes[def.Type]
	atLeast := func(n int, otherwise string) func([]byte) string {
		return func(content []byte) string {
			if len(content) < n {
				return otherwise
			}
			return ""
		}
	}
	multiple := func(n int, format string) func([]byte) string {
		return func(content []byte) string {
			if len(content) == 0 || len(content)%n != 0 {
				return fmt.Sprintf(format, code, len(content))
			}
			return ""
		}
	}
	switch {
	case code == 79:
		return func(content []byte) string {
			switch {
			case len(content) == 0:
				return truncated
			case content[0] > 1:
				return fmt.Sprintf("unable to read the buffer as boolean value. Invalid value %d", content[0])
			}
			return ""
		}
	case code == 121:
		return routes
	case def.Type == "ipv4-address" && def.Array:
		return multiple(size, "DHCPv4 Option4AddrLst %d has invalid length=%d, must be divisible by 4.")
	case fixed && def.Array && size > 1:
		return multiple(size, "OptionIntArray %d truncated, length %d")
	case fixed && (def.Type == "boolean" || def.Type == "ipv4-address"):
		return atLeast(size, truncated)
	case fixed:
		return atLeast(size, fmt.Sprintf("OptionInt %d truncated", code))
	case def.Type == "record":
		need, name := 0, false
		for _, field := range def.RecordTypes {
			need += fixedSizes[field]
			name = name || field == "fqdn"
		}
		if name { // it is the last
			return func(content []byte) string {
				if len(content) < need {
					return truncated
				}
				return nameList(content[need:])
			}
		}
		return atLeast(need, truncated)
	case def.Type == "fqdn":
		return func(content []byte) string {
			if rest, ok := nameIn(content); !ok || len(rest) == len(content) || content[0] == 0 {
				return "incomplete wire-format name"
			}
			return ""
		}
	case def.Type == "tuple":
		return tuples
	case def.Type == "internal":
		return atLeast(9, truncated) // 162: at least a priority, a name and a length
	}
	return nil
}

// nameIn passes over a name in the form of the DNS. Pointers point back.
func nameIn(content []byte) (rest []byte, ok bool) {
	const pointer, mostLabel = 0xc0, 63
	for rest = content; len(rest) > 0; {
		switch n := int(rest[0]); {
		case n == 0:
			return rest[1:], true
		case n&pointer == pointer:
			if len(rest) < 2 || (n&^pointer)<<8+int(rest[1]) >= len(content)-len(rest) {
				return nil, false
			}
			return rest[2:], true
		case n > mostLabel || n >= len(rest):
			return nil, false
		default:
			rest = rest[1+n:]
		}
	}
	return nil, false
}

// subOptions looks at options inside an option, as far as they are whole.
func subOptions(space string) func([]byte) string {
	return func(content []byte) string {
		for rest := content; len(rest) >= 2; {
			code, n := rest[0], int(rest[1])
			if rest = rest[2:]; n > len(rest) {
				return ""
			}
			if def, ok := option.KeaLookup(option.V4, space, uint32(code), dialect); ok {
				if format := formatOf(&def); format != nil {
					if fault := format(rest[:n]); fault != "" {
						return fault
					}
				}
			}
			rest = rest[n:]
		}
		return ""
	}
}

// nameList looks at names, one behind the other.
func nameList(content []byte) string {
	for rest := content; len(rest) > 0 || len(content) == 0; {
		var ok bool
		if rest, ok = nameIn(rest); !ok {
			return "incomplete wire-format name"
		}
	}
	return ""
}

// tuples looks at texts, each behind its length.
func tuples(content []byte) string {
	for rest := content; len(rest) > 0 || len(content) == 0; {
		if len(rest) < 2 || len(rest) < 2+int(rest[0])<<8+int(rest[1]) || bytes.Equal(content, []byte{0}) {
			return truncated
		}
		rest = rest[2+int(rest[0])<<8+int(rest[1]):]
	}
	return ""
}

// routes looks at classless static routes (RFC 3442).
func routes(content []byte) string {
	const least, address, bitsOfAddress = 5, 4, 32
	if len(content) < least {
		return fmt.Sprintf("DHCPv4 OptionClasslessStaticRoute 121 has invalid length=%d, must be at least 5.", len(content))
	}
	for rest := content; len(rest) > 0; {
		bits := int(rest[0])
		need := 1 + (bits+7)/8 + address
		if bits > bitsOfAddress || len(rest) < need {
			return "DHCPv4 OptionClasslessStaticRoute 121 is truncated."
		}
		rest = rest[need:]
	}
	return ""
}
