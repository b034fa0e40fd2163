package config

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/packet"
)

// A valueFault is what is wrong with the data of an option, in Kea's words.
type valueFault string

func (f valueFault) Error() string { return string(f) }

func badValue(format string, args ...any) error { return valueFault(fmt.Sprintf(format, args...)) }

// checkValue looks at the data of an option as Kea does: the text becomes bytes, and
// those are read as an option of the definition. Options with a form of their own are
// looked at where they are made.
func checkValue(def option.KeaDef, data string, csv bool) error {
	if hasOwnForm(&def) {
		if def.Type == "" {
			return nil
		}
		if fault := ownFormFault(def, data, csv); fault != "" {
			return badValue("%s", fault)
		}
		_, err := encodeData(def, data, csv)
		return err
	}
	_, err := encodeValue(def, data, csv)
	return err
}

// ownFormFault is what Kea says first of options that it reads in ways of their own;
// empty: what else is wrong is found where they are made.
func ownFormFault(def option.KeaDef, data string, csv bool) string {
	values, content := valueList(data), bytesOf(data)
	routes := def.Code == 121
	switch {
	case !csv && def.Code == 124 && len(content) < 4:
		return fmt.Sprintf("parsed Vendor Class option data truncated to size %d", len(content))
	case !csv && def.Code == 125 && len(content) < 4:
		return fmt.Sprintf("Truncated vendor-specific information option, length=%d", len(content))
	case !csv && def.Code == 81 && len(content) < 3:
		return "DHCPv4 Client FQDN Option (81) is truncated"
	case csv && def.Type == "record" && len(values) < len(def.RecordTypes):
		return fmt.Sprintf("number of data fields for the option type '%d' is greater than number of values provided.", def.Code)
	case csv && def.Type == "empty" && len(values) > 0:
		return "attempt to write invalid option data field type into the option buffer: 0"
	case def.Type == "fqdn" && def.Array && (csv && len(values) == 0 || !csv && len(content) == 0):
		return "FQDN list option has invalid length of 0"
	case def.Type == "fqdn" && def.Array && !csv:
		return nameList(content)
	case routes && csv && len(values) == 0:
		return "no option value specified"
	case routes && csv && len(data) < 5:
		return fmt.Sprintf("DHCPv4 OptionClasslessStaticRoute 121 has invalid length=%d, must be at least 5.", len(data))
	case routes && !csv && len(content) < 5:
		return fmt.Sprintf("DHCPv4 OptionClasslessStaticRoute 121 has invalid length=%d, must be at least 5.", len(content))
	case csv && !routes && def.Type != "internal":
		if _, err := valuesOf(def, data); err != nil {
			return err.Error()
		}
	case routes && csv:
		if _, err := encodeData(def, data, csv); err != nil {
			return "DHCPv4 OptionClasslessStaticRoute 121 has invalid value, option definition must have comma separated routes formatted as in example: 10.229.0.128/25 - 10.229.0.1"
		}
	}
	return ""
}

// encodeValue makes the bytes of an option of its data.
func encodeValue(def option.KeaDef, data string, csv bool) ([]byte, error) {
	content, err := bytesOf(data), error(nil)
	if csv {
		content, err = valuesOf(def, data)
	}
	if err == nil {
		err = readable(def, content)
	}
	if err != nil {
		return nil, err
	}
	return sent(def, content), nil
}

func hasOwnForm(def *option.KeaDef) bool {
	return def.Type == "" || def.Type == "internal" || def.Space == space4 && def.Code < 256 && ownForm[def.Code]
}

// ownForm are the codes of options that Kea reads in ways of their own.
var ownForm = [256]bool{81: true, 82: true, 88: true, 119: true, 121: true, 122: true, 124: true, 125: true, 141: true, 143: true, optionDNR: true}

// isHexadecimal reports whether a text stands for bytes, as far as Kea is concerned.
func isHexadecimal(data string) bool {
	if strings.Trim(data, " ") == "" || quoted(data) {
		return true
	}
	_, ok := hexOf(data)
	return ok
}

func quoted(data string) bool {
	data = strings.Trim(data, " ")
	return len(data) >= 2 && data[0] == '\'' && data[len(data)-1] == '\''
}

// hexOf reads digits, with colons or blanks between bytes, or 0x before them.
func hexOf(data string) ([]byte, bool) {
	digits := data
	switch {
	case strings.ContainsAny(data, ": "):
		digits = joined(data)
	case strings.HasPrefix(data, "0x"):
		digits = data[2:]
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	content, err := hex.DecodeString(digits)
	return content, err == nil
}

// joined is the digits of bytes that stand apart, by colons or blanks; one may be
// missing of each.
func joined(text string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ':' || r == ' ' }) {
		if len(part) == 1 {
			b.WriteByte('0')
		}
		b.WriteString(part)
	}
	return b.String()
}

func bytesOf(data string) []byte {
	if quoted(data) {
		return []byte(strings.Trim(strings.Trim(data, " "), "'"))
	}
	content, _ := hexOf(strings.Trim(data, " "))
	return content
}

// valuesOf makes the bytes of a list of values. Of values that are too many the first
// count.
func valuesOf(def option.KeaDef, data string) (out []byte, err error) {
	values := valueList(data)
	fields := []string{def.Type}
	switch {
	case def.Type == "record":
		if fields = def.RecordTypes; len(fields) > len(values) {
			return nil, badValue("number of data fields for the option type '%d' is greater than number of values provided.", def.Code)
		}
	case def.Array:
	case len(values) == 0:
		if def.Type == "empty" {
			return nil, nil
		}
		return nil, badValue("no option value specified")
	}
	if !def.Array {
		values = values[:len(fields)]
	}
	for i, value := range values {
		if out, err = appendValue(out, fields[min(i, len(fields)-1)], strings.Trim(value, " \t\n")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// valueList splits a text at commas; a backslash protects one. Empty values vanish.
func valueList(data string) (values []string) {
	for {
		first := firstElements(data, 1)
		if value := strings.ReplaceAll(strings.TrimLeft(first, ","), `\,`, ","); value != "" {
			values = append(values, value)
		}
		if len(first) == len(data) {
			return values
		}
		data = data[len(first)+1:]
	}
}

var integers = map[string]struct {
	low, high int64
	size      int
}{"int8": {math.MinInt8, math.MaxInt8, 1}, "uint8": {0, math.MaxUint8, 1}, "int16": {math.MinInt16, math.MaxInt16, 2}, "uint16": {0, math.MaxUint16, 2},
	"int32": {math.MinInt32, math.MaxInt32, 4}, "uint32": {0, math.MaxUint32, 4}}

func appendValue(out []byte, typ, value string) ([]byte, error) {
	if limits, ok := integers[typ]; ok {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil { // Kea takes hexadecimal digits for a number, with 0x or without
			if n, err = strconv.ParseInt(strings.TrimPrefix(value, "0x"), 16, 64); err != nil {
				return nil, badValue("unable to convert the value '%s' to integer data type", value)
			}
		}
		if n < limits.low || n > limits.high {
			return nil, badValue("unable to convert '%s' to numeric type. This value is expected to be in the range of %d..%d", value, limits.low, limits.high)
		}
		all := binary.BigEndian.AppendUint64(nil, uint64(n))
		return append(out, all[8-limits.size:]...), nil
	}
	switch typ {
	case "boolean":
		switch n, err := strconv.ParseInt(value, 10, 32); {
		case strings.EqualFold(value, "true"):
			return append(out, 1), nil
		case strings.EqualFold(value, "false"):
			return append(out, 0), nil
		case err != nil:
			return nil, badValue("unable to covert the value '%s' to boolean data type", value) // as Kea spells it
		case n != 0 && n != 1:
			return nil, badValue("unable to convert '%s' to boolean data type", value)
		default:
			return append(out, byte(n)), nil
		}
	case "ipv4-address", "ipv6-address":
		a, err := netip.ParseAddr(value)
		if err != nil {
			return nil, badValue("Failed to convert string to address '%s': Invalid argument", value)
		}
		return append(out, a.AsSlice()...), nil
	case "binary":
		content, err := hex.DecodeString(strings.ReplaceAll(value, " ", ""))
		switch {
		case err == nil:
			return append(out, content...), nil
		case err == hex.ErrLength:
			return nil, badValue("unable to cast %s to binary data type: non-zero bits left over %[1]s", value)
		}
		return nil, badValue("unable to cast %s to binary data type: attempt to decode a value not in base16 char set: %[1]s", value)
	case "string":
		return append(out, value...), nil
	case "ipv6-prefix":
		if !strings.Contains(value, "/") {
			return nil, badValue("provided address/prefix %s is not valid.", value)
		}
	case "psid":
		if !strings.Contains(value, "/") {
			return nil, badValue("provided PSID value %s is not valid", value)
		}
	case "fqdn":
		if strings.Contains(value, "..") {
			return nil, badValue("duplicate period in %s", value)
		}
	case "empty":
		return nil, badValue("attempt to write invalid option data field type into the option buffer: 0")
	}
	// What is left has a form that is checked where it is made.
	content, err := (option.KeaDef{Family: option.V4, Type: typ}).EncodeData(strings.ReplaceAll(value, ",", `\,`), true)
	return append(out, content...), err
}

// readable says what Kea has against bytes as the content of an option.
func readable(def option.KeaDef, content []byte) error {
	if limits, ok := integers[def.Type]; ok {
		switch {
		case !def.Array && len(content) < limits.size:
			return badValue("OptionInt %d truncated", def.Code)
		case def.Array && len(content) == 0:
			return badValue("option %d empty", def.Code)
		case def.Array && len(content)%limits.size != 0:
			return badValue("OptionIntArray %d truncated", def.Code)
		}
		return nil
	}
	switch {
	case def.Type == "ipv4-address" && def.Array:
		if len(content)%4 != 0 {
			return badValue("DHCPv4 Option4AddrLst %d has invalid length=%d, must be divisible by 4.", def.Code, len(content))
		}
	case def.Type == "ipv6-address" && def.Array:
		if len(content)%16 != 0 {
			return badValue("Option %d malformed: len=%d is not divisible by 16.", def.Code, len(content))
		}
	case def.Type == "fqdn" && !def.Array, def.Type == "fqdn" && len(content) > 0:
		if fault := nameList(content); fault != "" {
			return badValue("%s", fault)
		}
	case def.Type == "string":
		if strings.Trim(string(content), "\x00") == "" {
			return badValue("failed to parse an option '%d' holding string value' was empty or contained only nuls", def.Code)
		}
	case def.Type == "record", fixedSizes[def.Type] > 0 && !def.Array:
		need := fixedSizes[def.Type]
		for _, field := range def.RecordTypes {
			need += fixedSizes[field]
		}
		if len(content) < need {
			return badValue("%s", truncated)
		}
	}
	return nil
}

// sent is what Kea sends of bytes that are readable: behind the fields of an option
// there can be only other options.
func sent(def option.KeaDef, content []byte) []byte {
	size := fixedSizes[def.Type]
	switch {
	case def.Type == "string" && !def.Array:
		return bytes.TrimRight(content, "\x00")
	case def.Array, def.Type == "empty" && def.Encapsulate != "":
		if def.Type == "empty" {
			return inner(content)
		}
		return content
	case def.Type == "empty":
		return nil
	case def.Type == "record":
		for _, field := range def.RecordTypes {
			n := fixedSizes[field]
			if n == 0 {
				return content // it takes what there is
			}
			size += n
		}
	case size == 0:
		return content
	}
	if _, number := integers[def.Type]; !number && def.Encapsulate == "" {
		return content[:size]
	}
	return append(slices.Clip(content[:size]), inner(content[size:])...)
}

// inner are the whole options in bytes, in the order of their codes.
func inner(content []byte) (out []byte) {
	parts := map[uint8][]byte{}
	for rest := content; len(rest) >= 2 && len(rest) >= 2+int(rest[1]); rest = rest[2+int(rest[1]):] {
		parts[rest[0]] = append(parts[rest[0]], rest[2:2+int(rest[1])]...)
	}
	for _, code := range slices.Sorted(maps.Keys(parts)) {
		out = packet.AppendOption(out, code, parts[code])
	}
	return out
}
