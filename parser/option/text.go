package option

import (
	"fmt"
	"strconv"
	"strings"
)

// Text writes values as dhcpd.conf does, without the semicolon: "10.0.0.1,
// 10.0.0.2", "true 10.0.0.1", `"a.example", "b.example"`, 1:2:ff. It is the
// notation that dhcpd reads back into the same values; see dhcp-options(5).
// Values that the format does not allow are written after it without a check:
// [Format.Encode] finds them.
func (f Format) Text(vals []Value) string {
	var b strings.Builder
	n := len(f.Fields)
	perElement := n
	if f.Repeat == RepeatLast {
		perElement = 1
	}
	for i, v := range vals {
		switch {
		case i == 0:
		case v.Kind == DomainList || v.Kind == CompressedDomainList:
			// Names of one list are joined by commas; the first follows the
			// fields before the list.
			if p := vals[i-1].Kind; p == v.Kind {
				b.WriteString(", ")
			} else {
				b.WriteByte(' ')
			}
		case i >= n && perElement > 0 && (i-n)%perElement == 0:
			b.WriteString(", ")
		default:
			b.WriteByte(' ')
		}
		var field Field
		switch {
		case i < n:
			field = f.Fields[i]
		case f.Repeat == RepeatWhole:
			field = f.Fields[i%n]
		case n > 0:
			field = f.Fields[n-1]
		}
		b.WriteString(v.text(field))
	}
	return b.String()
}

// text writes one value. The field gives an enumeration's names.
func (v Value) text(f Field) string {
	switch v.Kind {
	case Bool:
		switch v.Num {
		case 0:
			return "false"
		case 1:
			return "true"
		case 2:
			return "ignore"
		}
	case Lifetime:
		if v.Num == 0xffffffff {
			return "infinite"
		}
	case Enum:
		if e, ok := LookupEnum(f.Space); ok {
			if name, ok := e.NameOf(v.Num); ok {
				return name
			}
		}
	case IPv4, IPv6:
		if v.Addr.IsValid() {
			return v.Addr.String()
		}
		return v.Text
	case DomainName, KeyName, SpaceName:
		return v.Text
	case DomainList, CompressedDomainList, Text:
		return quote(v.Text)
	case Bytes, Encapsulated:
		return bytesText(v.Text)
	case Empty, Invalid:
		return ""
	}
	return strconv.FormatInt(v.Num, 10)
}

// bytesText writes text in quotes when it is readable, octets otherwise.
func bytesText(s string) string {
	if printable([]byte(s)) {
		return quote(s)
	}
	octets := make([]string, len(s))
	for i := range len(s) {
		octets[i] = strconv.FormatUint(uint64(s[i]), 16)
	}
	return strings.Join(octets, ":")
}

// quote writes a string of dhcpd.conf(5): a backslash before quotes and
// backslashes, and three octal digits for bytes that are not printable.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
