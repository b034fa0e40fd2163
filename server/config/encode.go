package config

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
)

const optionDNR = 162

// encodeData makes the bytes of an option. Kea takes some texts that the strict
// encoder of the translation does not: of values that are too many the first
// count, lists may be empty.
func encodeData(def option.KeaDef, data string, csv bool) ([]byte, error) {
	if !hasOwnForm(&def) {
		return encodeValue(def, data, csv)
	}
	if csv && def.Space == space4 && def.Code == optionDNR {
		return encodeDNR(data)
	}
	if csv && !def.Array && def.Type != "internal" && def.Type != "empty" && def.Type != "" {
		wanted := 1
		if def.Type == "record" {
			wanted = len(def.RecordTypes)
		}
		data = firstElements(data, wanted)
	}
	if def.Array && def.Type != "record" && (csv && strings.Trim(data, " \t,") == "" || !csv && data == "") {
		return nil, nil
	}
	return def.EncodeData(data, csv)
}

// firstElements are the first elements of a list; a backslash protects a comma.
func firstElements(data string, wanted int) string {
	count, began := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\\' && i+1 < len(data) && (data[i+1] == ',' || data[i+1] == '\\'):
			began = true
			i++
		case c == ',':
			if began {
				if count++; count == wanted {
					return data[:i]
				}
			}
			began = false
		default:
			began = true
		}
	}
	return data
}

// encodeDNR makes the option of encrypted DNS servers (RFC 9463 section 5.1) of
// Kea's text: servers with a bar between them, each with priority, name, addresses
// and parameters (Kea manual, "DNR (Discovery of Network-designated Resolvers)
// Options for DHCPv4").
func encodeDNR(data string) ([]byte, error) {
	var out []byte
	for text := range strings.SplitSeq(data, "|") {
		one, err := encodeResolver(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("DHCPv4 Encrypted DNS Option (162) malformed: %w", err)
		}
		if len(one) > 0xffff {
			return nil, errors.New("DHCPv4 Encrypted DNS Option (162) malformed: an instance is too long")
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(one))), one...)
	}
	return out, nil
}

func encodeResolver(text string) ([]byte, error) {
	const fields = 4
	parts := splitProtected(text, ',', fields)
	if len(parts) < 2 {
		return nil, plain("Option config requires at least comma separated Service Priority and ADN")
	}
	priority, err := strconv.ParseUint(strings.TrimSpace(parts[0]), 10, 16)
	if err != nil {
		return nil, plain("Cannot parse uint_16 integer Service priority from given value: %s", strings.TrimSpace(parts[0]))
	}
	name, err := dnsName(strings.TrimSpace(parts[1]))
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(priority))
	out = append(append(out, byte(len(name))), name...)
	if len(parts) < 3 {
		return out, nil
	}
	var addresses []byte
	for text := range strings.FieldsSeq(parts[2]) {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return nil, plain("Cannot parse IPv4 address from given value: %[1]s. Error: Failed to convert string to address '%[1]s': Invalid argument", text)
		}
		addresses = append(addresses, a.AsSlice()...)
	}
	if len(addresses) > 255 {
		return nil, errors.New("there are more than 63 addresses")
	}
	out = append(append(out, byte(len(addresses))), addresses...)
	if len(parts) < fields {
		return out, nil
	}
	params, err := serviceParams(parts[3])
	return append(out, params...), err
}

// splitProtected splits a text at a byte before which no backslash stands, into so
// many parts at most; the last one keeps what is left.
func splitProtected(text string, at byte, most int) (parts []string) {
	start := 0
	for i := 0; i < len(text) && len(parts) < most-1; i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == at:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// dnsName encodes a full name.
func dnsName(name string) ([]byte, error) {
	var out []byte
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > 63 {
			return nil, plain("failed to parse fully qualified domain-name from string '%s'", name)
		}
		out = append(append(out, byte(len(label))), label...)
	}
	if out = append(out, 0); len(out) > 255 {
		return nil, plain("failed to parse fully qualified domain-name from string '%s'", name)
	}
	return out, nil
}

// serviceKeys are the service parameters that the option has (RFC 9460 section
// 14.3.2).
var serviceKeys = map[string]uint16{"alpn": 1, "port": 3, "dohpath": 7}

func serviceParams(text string) ([]byte, error) {
	var out []byte
	for param := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(param, "=")
		code, ok := serviceKeys[key]
		if !ok {
			return nil, plain("Wrong Svc Params syntax - key %s not found in SvcParamKeys registry", key)
		}
		var content []byte
		switch key {
		case "alpn":
			for id := range strings.SplitSeq(strings.ReplaceAll(value, `\,`, ","), ",") {
				if id == "" || len(id) > 255 {
					return nil, plain("Wrong Svc Params syntax - alpn id '%s'", id)
				}
				content = append(append(content, byte(len(id))), id...)
			}
		case "port":
			port, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return nil, plain("Cannot parse uint_16 integer port nr from given value: %s", value)
			}
			content = binary.BigEndian.AppendUint16(nil, uint16(port))
		default:
			content = []byte(value)
		}
		out = binary.BigEndian.AppendUint16(out, code)
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(content))), content...)
	}
	return out, nil
}
