package option

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// EncodeData gives the bytes that Kea sends for "data" of an "option-data" with
// that "csv-format". It reads the text by Kea's rules and knows nothing of
// [KeaDef.FormatData], so that each can check the other: lists are split at
// commas unless a backslash stands before them, empty elements vanish, blanks
// around an element are cut off; bytes are hexadecimal digits with optional
// colons, blanks or "0x", or text in single quotes without the blanks at its
// ends.
func (d KeaDef) EncodeData(data string, csv bool) ([]byte, error) {
	if !csv {
		return d.encodeBytes(data)
	}
	if d.Type == "" {
		return nil, errors.New("the option has no definition in Kea, so its data must be hexadecimal digits with csv-format false")
	}
	elements := splitCSV(data)
	if d.Type == "internal" && d.isRoutes() {
		return encodeRoutes(elements)
	}
	if d.Type == "empty" {
		if len(elements) > 0 {
			return nil, errors.New("an option of the type empty takes no data as text")
		}
		return nil, nil
	}
	types := []string{d.Type}
	if d.Type == "record" {
		types = d.RecordTypes
	}
	if len(elements) < len(types) {
		return nil, fmt.Errorf("%d elements stand where the type %s wants %d", len(elements), d.TypeString(), len(types))
	}
	if len(elements) > len(types) && !d.Array {
		return nil, fmt.Errorf("%d elements stand where the type %s takes %d: a comma within text needs a backslash before it",
			len(elements), d.TypeString(), len(types))
	}
	var wire []byte
	for i, e := range elements {
		typ := types[min(i, len(types)-1)]
		var err error
		if wire, err = d.appendElement(wire, typ, e); err != nil {
			return nil, fmt.Errorf("element %d: %w", i+1, err)
		}
	}
	if d.isVendorOptions4() {
		wire = append(wire, 0) // the length of the suboptions
	}
	return wire, d.checkInner(wire)
}

// splitCSV reads a list as Kea does. A backslash protects a comma and a
// backslash; before any other character it stands for itself.
func splitCSV(data string) []string {
	const blanks = " \t\n"
	elements := make([]string, 0, strings.Count(data, ",")+1)
	if strings.IndexByte(data, '\\') < 0 {
		for e := range strings.SplitSeq(data, ",") {
			if e != "" {
				elements = append(elements, strings.Trim(e, blanks))
			}
		}
		return elements
	}
	var b strings.Builder
	end := func() {
		if b.Len() > 0 {
			elements = append(elements, strings.Trim(b.String(), blanks))
		}
		b.Reset()
	}
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c == ',':
			end()
		case c == '\\' && i+1 < len(data) && (data[i+1] == ',' || data[i+1] == '\\'):
			i++
			b.WriteByte(data[i])
		default:
			b.WriteByte(c)
		}
	}
	end()
	return elements
}

// keaIntegers are the limits of Kea's integer types.
var keaIntegers = map[string]struct {
	low, high int64
	size      int
}{
	"int8": {-1 << 7, 1<<7 - 1, 1}, "uint8": {0, 1<<8 - 1, 1},
	"int16": {-1 << 15, 1<<15 - 1, 2}, "uint16": {0, 1<<16 - 1, 2},
	"int32": {-1 << 31, 1<<31 - 1, 4}, "uint32": {0, 1<<32 - 1, 4},
}

func (d KeaDef) appendElement(wire []byte, typ, text string) ([]byte, error) {
	if limits, ok := keaIntegers[typ]; ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if hex, ok := strings.CutPrefix(text, "0x"); ok {
			n, err = strconv.ParseInt(hex, 16, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		if n < limits.low || n > limits.high {
			return nil, fmt.Errorf("%d is out of range for %s: it must lie in %d..%d", n, typ, limits.low, limits.high)
		}
		all := binary.BigEndian.AppendUint64(nil, uint64(n))
		return append(wire, all[8-limits.size:]...), nil
	}
	switch typ {
	case "boolean":
		switch strings.ToLower(text) {
		case "true", "1":
			return append(wire, 1), nil
		case "false", "0":
			return append(wire, 0), nil
		}
		return nil, fmt.Errorf("%q is no boolean: use true or false", text)
	case "ipv4-address", "ipv6-address":
		a, err := netip.ParseAddr(text)
		if err != nil || a.Is4() != (typ == "ipv4-address") || a.Zone() != "" {
			return nil, fmt.Errorf("%q is no %s", text, typ)
		}
		return append(wire, a.AsSlice()...), nil
	case "ipv6-prefix":
		return appendPrefix(wire, text)
	case "psid":
		return appendPSID(wire, text)
	case "fqdn":
		if !printable([]byte(text)) || strings.ContainsAny(text, `\ "();@$`) {
			return nil, fmt.Errorf("the domain name %q has a character that Kea does not send", text)
		}
		return appendName(wire, text)
	case "tuple":
		if text == "" {
			return nil, errors.New("a tuple is empty")
		}
		return d.appendTuple(wire, text)
	case "string":
		if text == "" {
			return nil, errors.New("a string is empty")
		}
		return append(wire, text...), nil
	case "binary":
		b, err := hexDigits(text)
		if err != nil {
			return nil, err
		}
		return append(wire, b...), nil
	}
	return nil, fmt.Errorf("the type %q has no text notation", typ)
}

func appendPrefix(wire []byte, text string) ([]byte, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4() {
		return nil, fmt.Errorf("%q is no IPv6 prefix", text)
	}
	octets := p.Masked().Addr().As16()
	wire = append(wire, byte(p.Bits()))
	return append(wire, octets[:(p.Bits()+7)/8]...), nil
}

func appendPSID(wire []byte, text string) ([]byte, error) {
	number, length, ok := strings.Cut(text, "/")
	n, err := strconv.ParseUint(number, 10, 16)
	l, err2 := strconv.ParseUint(length, 10, 8)
	if !ok || err != nil || err2 != nil || l > 16 {
		return nil, fmt.Errorf("%q is no port set id: use ID/LENGTH with a length of at most 16", text)
	}
	if n>>l != 0 {
		return nil, fmt.Errorf("port set id %d has more than %d bits", n, l)
	}
	return binary.BigEndian.AppendUint16(append(wire, byte(l)), uint16(n<<(16-l))), nil
}

func (d KeaDef) appendTuple(wire []byte, text string) ([]byte, error) {
	if d.tupleHead() == 2 {
		if len(text) > 0xffff {
			return nil, fmt.Errorf("a tuple of %d bytes is too long, the most is 65535", len(text))
		}
		wire = binary.BigEndian.AppendUint16(wire, uint16(len(text)))
		return append(wire, text...), nil
	}
	if len(text) > 0xff {
		return nil, fmt.Errorf("a tuple of %d bytes is too long, the most is 255", len(text))
	}
	return append(append(wire, byte(len(text))), text...), nil
}

// encodeRoutes reads "10.0.0.0/8 - 10.0.0.1" as RFC 3442 puts it on the wire.
func encodeRoutes(elements []string) ([]byte, error) {
	var wire []byte
	for _, e := range elements {
		network, router, ok := strings.Cut(e, "-")
		p, err := netip.ParsePrefix(strings.TrimSpace(network))
		a, err2 := netip.ParseAddr(strings.TrimSpace(router))
		if !ok || err != nil || err2 != nil || !p.Addr().Is4() || !a.Is4() {
			return nil, fmt.Errorf("%q is no route: use NETWORK/LENGTH - ROUTER", e)
		}
		octets := p.Addr().As4()
		wire = append(wire, byte(p.Bits()))
		wire = append(wire, octets[:(p.Bits()+7)/8]...)
		wire = append(wire, a.AsSlice()...)
	}
	if wire == nil {
		return nil, errors.New("there is no route")
	}
	return wire, nil
}

// encodeBytes reads data with "csv-format": false. Kea reads the bytes by the
// type of the option and refuses what does not fit.
func (d KeaDef) encodeBytes(data string) ([]byte, error) {
	var wire []byte
	if n := len(data); n >= 2 && data[0] == '\'' && data[n-1] == '\'' {
		wire = []byte(strings.Trim(data[1:n-1], " \t\n"))
	} else {
		var err error
		if wire, err = hexDigits(data); err != nil {
			return nil, err
		}
	}
	if err := d.checkInner(wire); err != nil {
		return nil, err
	}
	switch d.Type {
	case "", "binary", "internal":
		return wire, nil
	case "empty":
		return wire, d.checkEncapsulated(wire, 0)
	}
	if d.isVendorOptions() {
		if len(wire) < 4 {
			return nil, fmt.Errorf("%d bytes do not fit the type %s", len(wire), d.TypeString())
		}
		// What follows the number is not sent; the length always is.
		if wire = wire[:4]; d.isVendorOptions4() {
			wire = append(wire, 0)
		}
		return wire, nil
	}
	if d.dropsNUL() {
		wire = bytes.TrimRight(wire, "\x00")
	}
	if _, rest, fits := d.tokens(wire); !fits || rest > 0 {
		return nil, fmt.Errorf("%d bytes do not fit the type %s", len(wire), d.TypeString())
	}
	return wire, nil
}

// hexDigits reads hexadecimal digits with "0x" before them or with colons or
// blanks between octets, an octet before a separator having one digit or two;
// digits without separators get a zero in front when their number is odd.
func hexDigits(s string) ([]byte, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, ": ") {
		parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == ' ' })
		for i, p := range parts {
			if len(p) == 1 {
				parts[i] = "0" + p
			} else if len(p) != 2 {
				return nil, fmt.Errorf("%q is no octet of hexadecimal digits", p)
			}
		}
		s = strings.Join(parts, "")
	} else {
		if len(s) > 1 && (s[:2] == "0x" || s[:2] == "0X") {
			s = s[2:]
		}
		if len(s)%2 == 1 {
			s = "0" + s
		}
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%q holds something else than hexadecimal digits", s)
	}
	return b, nil
}
