package client

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// split cuts a line into words of name and value. A value that begins with a
// quotation mark ends with the next that has no backslash before it.
func split(line string) ([][2]string, error) {
	var words [][2]string
	for rest := strings.TrimLeft(line, " \t"); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		end := strings.IndexAny(rest, " \t=")
		if end < 0 {
			words = append(words, [2]string{rest, ""})
			break
		}
		name := rest[:end]
		if rest[end] != '=' {
			words, rest = append(words, [2]string{name, ""}), rest[end:]
			continue
		}
		rest = rest[end+1:]
		end = strings.IndexAny(rest, " \t")
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("%s: the text in quotation marks does not end", name)
			}
			end = len(quoted)
			if end < len(rest) && !strings.HasPrefix(rest[end:], " ") && !strings.HasPrefix(rest[end:], "\t") {
				return nil, fmt.Errorf("%s: a blank is missing behind the text in quotation marks", name)
			}
		}
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil, fmt.Errorf("%s: a value is missing behind =", name)
		}
		words, rest = append(words, [2]string{name, rest[:end]}), rest[end:]
	}
	return words, nil
}

// A codec reads and writes the value of an option.
type codec struct {
	what  string // for people
	parse func(string) ([]byte, error)
	// format returns "" for bytes that it cannot write; bytes can.
	format func([]byte) string
}

var errSize = errors.New("an option has at most 255 bytes")

// octets are bytes: "01:02:03", "0x010203" or text in quotation marks.
var octets = codec{"bytes: `01:02:03`, `0x010203` or `\"text\"`", parseBytes, formatBytes}

func parseBytes(s string) ([]byte, error) {
	if strings.HasPrefix(s, `"`) {
		text, err := strconv.Unquote(s)
		return []byte(text), err
	}
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		return hex.DecodeString(digits)
	}
	out := []byte{}
	for part := range strings.SplitSeq(s, ":") {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil || len(part) > 2 {
			return nil, fmt.Errorf("%q are no bytes: write 01:02:03, 0x010203 or text in quotation marks", s)
		}
		out = append(out, byte(n))
	}
	return out, nil
}

func formatBytes(b []byte) string { return "0x" + hex.EncodeToString(b) }

// colons are the same, written with colons.
var colons = codec{octets.what, parseBytes, formatColons}

func formatColons(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	var out strings.Builder
	for i, c := range b {
		if i > 0 {
			out.WriteByte(':')
		}
		fmt.Fprintf(&out, "%02x", c)
	}
	return out.String()
}

// text is text with or without quotation marks, or bytes as 0x010203.
var text = codec{"text, in quotation marks if it has blanks; or bytes as `0x010203`", parseText, formatText}

func parseText(s string) ([]byte, error) {
	if strings.HasPrefix(s, `"`) || strings.HasPrefix(s, "0x") {
		return parseBytes(s)
	}
	return []byte(s), nil
}

func formatText(b []byte) string {
	quote := len(b) == 0 || strings.HasPrefix(string(b), "0x")
	for _, c := range b {
		switch {
		case c < ' ' || c > '~':
			return ""
		case c == ' ' || c == '"' || c == '\\':
			quote = true
		}
	}
	if quote {
		return strconv.Quote(string(b))
	}
	return string(b)
}

var seconds = codec{"seconds, 0 to 4294967295", func(s string) ([]byte, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return binary.BigEndian.AppendUint32(nil, uint32(n)), err
}, func(b []byte) string {
	if len(b) != 4 {
		return ""
	}
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10)
}}

var number16 = codec{"a number, 0 to 65535", func(s string) ([]byte, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	return binary.BigEndian.AppendUint16(nil, uint16(n)), err
}, func(b []byte) string {
	if len(b) != 2 {
		return ""
	}
	return strconv.Itoa(int(binary.BigEndian.Uint16(b)))
}}

var address4 = codec{"an IPv4 address", func(s string) ([]byte, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return nil, fmt.Errorf("%q is no IPv4 address", s)
	}
	return a.AsSlice(), nil
}, func(b []byte) string {
	if len(b) != 4 {
		return ""
	}
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}}

// codes is a list of option codes of one or two bytes.
func codes(size int) codec {
	return codec{"codes of options with commas between them", func(s string) ([]byte, error) {
		out := []byte{}
		for part := range strings.SplitSeq(s, ",") {
			n, err := strconv.ParseUint(part, 10, 8*size)
			if err != nil {
				return nil, fmt.Errorf("%q is no code of an option", part)
			}
			if size == 2 {
				out = append(out, byte(n>>8))
			}
			out = append(out, byte(n))
		}
		return out, nil
	}, func(b []byte) string {
		if len(b) == 0 || len(b)%size != 0 {
			return ""
		}
		var list []string
		for ; len(b) > 0; b = b[size:] {
			n := int(b[0])
			if size == 2 {
				n = n<<8 | int(b[1])
			}
			list = append(list, strconv.Itoa(n))
		}
		return strings.Join(list, ",")
	}}
}
