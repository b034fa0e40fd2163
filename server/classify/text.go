package classify

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
)

// Definitions finds the definition of an option of a space by its code.
type Definitions func(space string, code uint32) (option.KeaDef, bool)

// OptionText adds an option as Kea shows it to people, in logs and as ".text": by the
// type that its definition gives it. Options inside it stand on lines of their own.
func OptionText(dst []byte, definitions Definitions, space string, code uint32, content []byte, indent int) []byte {
	def, known := definitions(space, code)
	switch {
	case space == "dhcp4" && code == 81 && len(content) >= 3:
		return AppendFQDN(fmt.Appendf(dst, "%*s", indent, ""), content)
	case space == "dhcp4" && code == 121:
		return routesText(dst, content)
	}
	dst = fmt.Appendf(dst, "%*stype=%03d, len=%03d:", indent, "", code, len(content))
	inner := ""
	switch {
	case known && def.Encapsulate != "" && def.Type == "empty":
		inner = def.Encapsulate
	case space == "dhcp4" && code == 79 && len(content) > 0:
		return fmt.Appendf(dst, " mandatory:%d, scope-list:%q", content[0], content[1:])
	case known && def.Type == "string":
		return fmt.Appendf(dst, " %q (string)", strings.TrimRight(string(content), "\x00"))
	case known && def.Array && def.Type == "ipv4-address":
		for rest := content; len(rest) >= 4; rest = rest[4:] {
			dst = netip.AddrFrom4([4]byte(rest)).AppendTo(append(dst, ' '))
		}
		return dst
	case known && def.Array && isInteger(def.Type):
		size := sizeOf[def.Type]
		for rest := content; len(rest) >= size; rest = rest[size:] {
			dst = append(appendInteger(append(dst, ' '), def.Type, rest[:size]), "("+def.Type+")"...)
		}
		return dst
	case known && def.Type == "record":
		return recordText(dst, &def, content)
	case known && (sizeOf[def.Type] > 0 || def.Type == "fqdn"):
		for rest := content; len(rest) > 0; {
			var ok bool
			if dst, rest, ok = fieldText(dst, def.Type, rest); !ok || !def.Array {
				break
			}
		}
		return dst
	default:
		return binaryText(dst, content)
	}
	if len(content) == 0 {
		return dst
	}
	dst = append(dst, ",\noptions:"...)
	for rest := content; len(rest) >= 2 && len(rest) >= 2+int(rest[1]); rest = rest[2+int(rest[1]):] {
		dst = append(dst, '\n')
		dst = OptionText(dst, definitions, inner, uint32(rest[0]), rest[2:2+int(rest[1])], indent+2)
	}
	return dst
}

// sizeOf are the sizes of types of options in bytes.
var sizeOf = map[string]int{"boolean": 1, "uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4, "ipv4-address": 4, "ipv6-address": 16}

func isInteger(kind string) bool { return strings.Contains(kind, "int") }

func appendInteger(dst []byte, kind string, content []byte) []byte {
	var n uint64
	for _, b := range content {
		n = n<<8 | uint64(b)
	}
	if kind[0] != 'i' {
		return strconv.AppendUint(dst, n, 10)
	}
	unused := 64 - 8*len(content)
	return strconv.AppendInt(dst, int64(n<<unused)>>unused, 10)
}

// fieldText adds a value, with its type behind, and returns what follows it.
func fieldText(dst []byte, kind string, content []byte) (out, rest []byte, ok bool) {
	size := sizeOf[kind]
	if len(content) < size {
		return dst, nil, false
	}
	dst = append(dst, ' ')
	switch {
	case kind == "boolean":
		dst = strconv.AppendBool(dst, content[0] != 0)
	case isInteger(kind):
		dst = appendInteger(dst, kind, content[:size])
	case size > 0:
		a, _ := netip.AddrFromSlice(content[:size])
		dst = a.AppendTo(dst)
	case kind == "string":
		dst, size = fmt.Appendf(dst, "%q", content), len(content)
	case kind == "fqdn":
		name, n := nameText(content)
		dst, size = fmt.Appendf(dst, "%q", name), n
	default:
		dst, size = hex.AppendEncode(dst, content), len(content)
	}
	return append(dst, " ("+kind+")"...), content[size:], size > 0
}

// nameText reads a name in the form of the DNS, and returns how long it is.
func nameText(content []byte) (string, int) {
	var b strings.Builder
	at := 0
	for at < len(content) && content[at] != 0 && at+1+int(content[at]) <= len(content) {
		b.Write(content[at+1 : at+1+int(content[at])])
		b.WriteByte('.')
		at += 1 + int(content[at])
	}
	return b.String(), min(at+1, len(content))
}

func recordText(dst []byte, def *option.KeaDef, content []byte) []byte {
	rest, ok := content, true
	for i := 0; ok && (i < len(def.RecordTypes) || def.Array && len(rest) > 0); i++ {
		kind := def.RecordTypes[min(i, len(def.RecordTypes)-1)]
		dst, rest, ok = fieldText(dst, kind, rest)
	}
	return dst
}

// binaryText adds bytes, and the text that they are if they are one.
func binaryText(dst, content []byte) []byte {
	printable := len(content) > 0
	for i, b := range content {
		sep := byte(':')
		if i == 0 {
			sep = ' '
		}
		dst = hex.AppendEncode(append(dst, sep), content[i:i+1])
		printable = printable && b >= 0x20 && b < 0x7f
	}
	if printable {
		dst = fmt.Appendf(dst, " '%s'", content)
	}
	return dst
}

// AppendFQDN adds the option FQDN (RFC 4702), which has three bytes at least, as Kea's
// logs have it.
func AppendFQDN(dst, content []byte) []byte {
	flag := func(bit byte) int { return int(content[0]) >> bit & 1 }
	name, kind := escaped(content[3:]), "partial"
	if strings.HasSuffix(name, ".") {
		kind = "full"
	}
	if flag(2) == 1 {
		full := len(content) > 3 && content[len(content)-1] == 0
		if name, _ = nameText(content[3:]); full {
			kind = "full"
		} else {
			name, kind = strings.TrimSuffix(name, "."), "partial"
		}
	}
	return fmt.Appendf(dst, "type=81 (CLIENT_FQDN), flags: (N=%d, E=%d, O=%d, S=%d), domain-name='%s' (%s)", flag(3), flag(2), flag(1), flag(0), name, kind)
}

// routesText are classless static routes (RFC 3442).
func routesText(dst, content []byte) []byte {
	dst = fmt.Appendf(dst, "type=121(CLASSLESS_STATIC_ROUTE), len=%d", len(content))
	rest := content
	for i := 1; len(rest) > 0; i++ {
		bits := int(rest[0])
		octets := (bits + 7) / 8
		if bits > 32 || len(rest) < 1+octets+4 {
			break
		}
		var net [4]byte
		copy(net[:], rest[1:1+octets])
		dst = fmt.Appendf(dst, ", Route %d (subnet %s/%d, router IP %s)", i, netip.AddrFrom4(net), bits, netip.AddrFrom4([4]byte(rest[1+octets:])))
		rest = rest[1+octets+4:]
	}
	return dst
}

// lastEnterprise is what Kea keeps of option 124 (RFC 3925): the data of the last
// enterprise.
func lastEnterprise(content []byte) (number uint32, data []byte, ok bool) {
	for len(content) >= 5 && len(content) >= 5+int(content[4]) {
		end := 5 + int(content[4])
		number, data, ok = binary.BigEndian.Uint32(content), content[5:end:end], true
		content = content[end:]
	}
	return number, data, ok
}

// escaped is a text with numbers in the place of bytes that cannot be printed.
func escaped(content []byte) string {
	var b strings.Builder
	for _, c := range content {
		if c < ' ' || c > '~' {
			fmt.Fprintf(&b, "\\%03d", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
