package option

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// FormatData writes the bytes of an option as the "data" of Kea's
// "option-data", so that Kea sends exactly these bytes. csv is the value for
// "csv-format": true when the type can express the value as text, which is a
// list separated by commas; false when data are hexadecimal digits or, for
// printable bytes, text in single quotes (Kea manual, "Standard DHCPv4
// Options").
//
// A compressed list of domain names comes out without compression, because Kea
// never compresses, and text without the NUL bytes at its end, because Kea takes
// them off: the meaning is the same and the bytes are not, see [KeaDef.Same].
//
// The error says that Kea's definition cannot hold these bytes in any notation;
// a definition of the type "binary" can, where [KeaDef.Redefinable] allows one.
func (d KeaDef) FormatData(wire []byte) (data string, csv bool, err error) {
	return d.formatData(wire, 0)
}

func (d KeaDef) formatData(wire []byte, depth int) (data string, csv bool, err error) {
	if err := d.checkInner(wire); err != nil {
		return "", false, fmt.Errorf("option %s: %w", d.Name, err)
	}
	switch d.Type {
	case "", "binary", "internal":
		if d.Type == "internal" && d.isRoutes() {
			if data, ok := formatRoutes(wire); ok {
				return data, true, nil
			}
		}
		return formatBytes(wire), false, nil
	case "empty":
		if err := d.checkEncapsulated(wire, depth); err != nil {
			return "", false, fmt.Errorf("option %s: %w", d.Name, err)
		}
		return strings.ToUpper(hex.EncodeToString(wire)), false, nil
	}
	if d.isVendorOptions() {
		return formatVendorOptions(d, wire)
	}
	if d.dropsNUL() {
		wire = bytes.TrimRight(wire, "\x00")
	}
	tokens, rest, fits := d.tokens(wire)
	if !fits || rest > 0 {
		return "", false, fmt.Errorf("the %d bytes do not fit Kea's type %s of option %s", len(wire), d.TypeString(), d.Name)
	}
	texts := make([]string, len(tokens))
	for i, t := range tokens {
		if t.noText {
			return formatBytes(wire), false, nil
		}
		texts[i] = escapeCSV(t.text)
	}
	return strings.Join(texts, ", "), true, nil
}

// formatVendorOptions writes the enterprise number. From 2.6 on Kea drops
// suboptions that are given with it. It sends those of the enterprise's space,
// but to a client that has not asked for them within the same option only with
// "always-send".
func formatVendorOptions(d KeaDef, wire []byte) (data string, csv bool, err error) {
	enterprise := binary.BigEndian.Uint32(wire)
	if len(wire) > 4 && !(d.isVendorOptions4() && len(wire) == 5) {
		return "", false, fmt.Errorf("the suboptions of option %s must be written as option-data of the space vendor-%d", d.Name, enterprise)
	}
	return strconv.FormatUint(uint64(enterprise), 10), true, nil
}

// dropsNUL reports whether Kea takes NUL bytes off the end of the value, as RFC
// 2132 section 2 allows.
func (d KeaDef) dropsNUL() bool { return d.Type == "string" && !d.Array }

// Same reports whether two values of the option are equal once compressed
// domain names are written out and NUL bytes taken off the end of text.
func (d KeaDef) Same(a, b []byte) bool {
	if string(a) == string(b) {
		return true
	}
	if d.dropsNUL() {
		return bytes.Equal(bytes.TrimRight(a, "\x00"), bytes.TrimRight(b, "\x00"))
	}
	if d.Type != "fqdn" || !d.Array {
		return false
	}
	list := Format{Fields: []Field{{Kind: CompressedDomainList}}}
	names, err := list.Decode(a)
	if err != nil {
		return false
	}
	others, err := list.Decode(b)
	if err != nil || len(names) != len(others) {
		return false
	}
	for i := range names {
		if lowerASCII(names[i].Text) != lowerASCII(others[i].Text) {
			return false
		}
	}
	return true
}

func (d KeaDef) isRoutes() bool { return d.Name == "classless-static-route" }

// token is one element of a list as Kea reads it.
type token struct {
	text   string
	noText bool // Kea's text notation cannot express the value
}

// tokens splits the bytes by the type. fits is false when they are too short or
// malformed; rest counts the bytes left over.
func (d KeaDef) tokens(wire []byte) (tokens []token, rest int, fits bool) {
	types := d.RecordTypes
	if d.Type != "record" {
		types = []string{d.Type}
	}
	if len(types) == 0 {
		return nil, len(wire), false
	}
	tokens = make([]token, 0, len(types)+2)
	at := 0
	take := func(typ string) bool {
		t, n, ok := d.element(typ, wire, at)
		if ok {
			tokens = append(tokens, t)
			at += n
		}
		return ok
	}
	for _, typ := range types {
		if !take(typ) {
			return nil, 0, false
		}
	}
	for d.Array && at < len(wire) {
		before := at
		if !take(types[len(types)-1]) || at == before {
			return nil, 0, false
		}
	}
	return tokens, len(wire) - at, true
}

// fixedSizes are the bytes of Kea's types of fixed size.
var fixedSizes = map[string]int{
	"boolean": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
	"ipv4-address": 4, "ipv6-address": 16, "psid": 3,
}

// element reads one value of a type at wire[at:] and says how many bytes it takes.
func (d KeaDef) element(typ string, wire []byte, at int) (t token, size int, ok bool) {
	data := wire[at:]
	fixed := fixedSizes[typ]
	if len(data) < fixed {
		return token{}, 0, false
	}
	switch typ {
	case "boolean":
		return token{text: strconv.FormatBool(data[0] == 1), noText: data[0] > 1}, 1, true
	case "int8":
		return token{text: strconv.Itoa(int(int8(data[0])))}, 1, true
	case "uint8":
		return token{text: strconv.Itoa(int(data[0]))}, 1, true
	case "int16":
		return token{text: strconv.Itoa(int(int16(binary.BigEndian.Uint16(data))))}, 2, true
	case "uint16":
		return token{text: strconv.Itoa(int(binary.BigEndian.Uint16(data)))}, 2, true
	case "int32":
		return token{text: strconv.FormatInt(int64(int32(binary.BigEndian.Uint32(data))), 10)}, 4, true
	case "uint32":
		return token{text: strconv.FormatUint(uint64(binary.BigEndian.Uint32(data)), 10)}, 4, true
	case "ipv4-address", "ipv6-address":
		a, _ := netip.AddrFromSlice(data[:fixed])
		return token{text: a.String()}, fixed, true
	case "psid":
		return psidToken(data), 3, true
	case "ipv6-prefix":
		return prefixToken(data)
	case "fqdn":
		return nameToken(wire, at, d.Array && d.Type == "fqdn")
	case "tuple":
		return d.tupleToken(data)
	case "string":
		return token{text: string(data), noText: !plainToken(data)}, len(data), len(data) > 0
	case "binary":
		// Within a record: digits, which an empty value has not.
		return token{text: strings.ToUpper(hex.EncodeToString(data)), noText: len(data) == 0}, len(data), true
	}
	return token{}, 0, false
}

// psidToken writes a port set id, RFC 7597 section 5.1: the number and how many
// bits it has.
func psidToken(data []byte) token {
	length := int(data[0])
	bits := binary.BigEndian.Uint16(data[1:])
	if length > 16 || length < 16 && bits<<length != 0 {
		return token{noText: true}
	}
	return token{text: fmt.Sprintf("%d/%d", uint32(bits)>>(16-length), length)}
}

// prefixToken writes a prefix whose length is one byte before its significant
// bytes.
func prefixToken(data []byte) (token, int, bool) {
	if len(data) == 0 || data[0] > 128 {
		return token{}, 0, false
	}
	length := int(data[0])
	size := (length + 7) / 8
	if len(data) < 1+size {
		return token{}, 0, false
	}
	var full [16]byte
	copy(full[:], data[1:1+size])
	p := netip.PrefixFrom(netip.AddrFrom16(full), length)
	return token{text: p.String(), noText: p != p.Masked()}, 1 + size, true
}

// nameToken writes a domain name with the dot at its end, without which Kea may
// complete it.
func nameToken(wire []byte, at int, compressed bool) (token, int, bool) {
	labels, next, err := readName(wire, at, compressed)
	if err != nil {
		return token{}, 0, false
	}
	t := token{text: "."}
	if len(labels) > 0 {
		t.text = nameText(labels) + "."
	}
	// Names that need a backslash Kea refuses, or sends nothing for them, also
	// when they are given as hexadecimal digits.
	if strings.Contains(t.text, `\`) {
		return token{}, 0, false
	}
	return t, next - at, true
}

// tupleToken writes text with its length before it.
func (d KeaDef) tupleToken(data []byte) (token, int, bool) {
	head := d.tupleHead()
	if len(data) < head {
		return token{}, 0, false
	}
	size := int(data[head-1])
	if head == 2 {
		size |= int(data[0]) << 8
	}
	if len(data) < head+size {
		return token{}, 0, false
	}
	body := data[head : head+size]
	return token{text: string(body), noText: !plainToken(body)}, head + size, true
}

// plainToken reports whether Kea takes the bytes as one text element as they
// are: not empty, printable, no blank at either end, which Kea would cut off.
func plainToken(b []byte) bool {
	if len(b) == 0 || b[0] == ' ' || b[len(b)-1] == ' ' {
		return false
	}
	return printable(b)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// escapeCSV protects what separates the elements of a list, and the character
// that protects.
func escapeCSV(s string) string {
	if !strings.ContainsAny(s, `\,`) {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`).Replace(s)
}

// formatBytes writes data for "csv-format": false: text in single quotes where
// a reader can make something of it, hexadecimal digits otherwise.
func formatBytes(b []byte) string {
	if plainToken(b) && !strings.ContainsRune(string(b), '\'') {
		return "'" + string(b) + "'"
	}
	return strings.ToUpper(hex.EncodeToString(b))
}

// formatRoutes writes the routes of RFC 3442.
func formatRoutes(wire []byte) (string, bool) {
	var routes []string
	for len(wire) > 0 {
		length := int(wire[0])
		size := (length + 7) / 8
		if length > 32 || len(wire) < 1+size+4 {
			return "", false
		}
		var network [4]byte
		copy(network[:], wire[1:1+size])
		p := netip.PrefixFrom(netip.AddrFrom4(network), length)
		if p != p.Masked() {
			return "", false
		}
		router := netip.AddrFrom4([4]byte(wire[1+size:]))
		routes = append(routes, p.String()+" - "+router.String())
		wire = wire[1+size+4:]
	}
	return strings.Join(routes, ", "), len(routes) > 0
}
