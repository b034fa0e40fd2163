package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Result codes of Kea's commands.
const (
	Success     = 0
	Error       = 1
	Unsupported = 2
	Empty       = 3 // done, and nothing was found
	Conflict    = 4
	Fatal       = 5 // the configuration cannot be used, for what it needs is not there
)

// Command is a command as it came in.
type Command struct {
	Name      string
	Arguments json.RawMessage // nil: none
	// Before is how many bytes of the command stand before the arguments.
	Before int
}

// Reply is the answer to a command. Arguments are maps, slices, strings, numbers
// and truth values; nil: none.
type Reply struct {
	Result    int
	Text      string
	Arguments any
}

// ParseCommand reads a command. The error says what is wrong with it.
func ParseCommand(text []byte) (c Command, err error) {
	if kind := kindOfText(text); kind != "map" {
		return c, fmt.Errorf("invalid command: expected toplevel entry to be a map, got %s instead", kind)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return c, fmt.Errorf("invalid command: %w", err)
	}
	name, ok := fields["command"]
	if !ok {
		return c, errors.New("invalid command: does not contain mandatory 'command'")
	}
	if kindOfText(name) != "string" || json.Unmarshal(name, &c.Name) != nil {
		return c, errors.New("invalid command: expected 'command' to be a string, got map instead")
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch key {
		case "command", "service":
		case "arguments":
			c.Arguments = fields[key]
			c.Before = max(bytes.Index(text, c.Arguments), 0)
		default:
			return c, fmt.Errorf("invalid command: unsupported parameter '%s'", key)
		}
	}
	return c, nil
}

// kindOfText is KindOf for a value that has not been read.
func kindOfText(text []byte) string {
	text = bytes.TrimLeft(text, jsonBlanks)
	if len(text) == 0 {
		return "null"
	}
	switch text[0] {
	case '{':
		return "map"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return KindOf(json.Number(bytes.TrimSpace(text)))
}

// KindOf names the kind of a value of JSON as Kea does; numbers are float64 or
// json.Number, of which only the latter can be told apart as "integer" and "bigint".
func KindOf(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "map"
	case []any:
		return "list"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "real"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "real"
		}
		if _, err := v.Int64(); err != nil {
			return "bigint"
		}
		return "integer"
	}
	return "null"
}

// Append adds the reply as Kea writes it: on one line, keys in order.
func (r Reply) Append(dst []byte) []byte {
	fields := map[string]any{"result": r.Result}
	if r.Text != "" {
		fields["text"] = r.Text
	}
	if r.Arguments != nil {
		fields["arguments"] = r.Arguments
	}
	return AppendJSON(dst, fields)
}

// AppendJSON adds a value as Kea writes JSON: blanks within brackets, and keys in
// order. Values are those of encoding/json, and integers.
func AppendJSON(dst []byte, value any) []byte {
	switch v := value.(type) {
	case map[string]any:
		dst = append(dst, '{', ' ')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				dst = append(dst, ',', ' ')
			}
			dst = append(appendString(dst, key), ':', ' ')
			dst = AppendJSON(dst, v[key])
		}
		return append(dst, ' ', '}')
	case []any:
		dst = append(dst, '[', ' ')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',', ' ')
			}
			dst = AppendJSON(dst, item)
		}
		return append(dst, ' ', ']')
	case string:
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10)
	case json.Number:
		return append(dst, v...)
	case float64:
		text := strconv.AppendFloat(nil, v, 'g', -1, 64)
		dst = append(dst, text...)
		if !bytes.ContainsAny(text, ".e") {
			dst = append(dst, ".0"...)
		}
		return dst
	case nil:
		return append(dst, "null"...)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, text...)
}

// AppendPretty adds a value as Kea writes files: lists of maps, and maps, with a line for
// each of what they hold, everything else on one line. indent is how many blanks stand
// before the value's line.
func AppendPretty(dst []byte, value any, indent int) []byte {
	const step = 2
	line := func(indent int) { dst = append(append(dst, '\n'), strings.Repeat(" ", indent)...) }
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return append(dst, "{ }"...)
		}
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			line(indent + step)
			dst = append(appendString(dst, key), ": "...)
			dst = AppendPretty(dst, v[key], indent+step)
		}
		line(indent)
		return append(dst, '}')
	case []any:
		if len(v) == 0 {
			return append(dst, "[ ]"...)
		}
		kind := KindOf(v[0])
		lines := kind == "map" || kind == "list"
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if lines {
				line(indent + step)
			} else {
				dst = append(dst, ' ')
			}
			dst = AppendPretty(dst, item, indent+step)
		}
		if lines {
			line(indent)
		} else {
			dst = append(dst, ' ')
		}
		return append(dst, ']')
	}
	return AppendJSON(dst, value)
}

// appendString adds a string. Bytes that are no UTF-8 are taken for the characters of the
// same number. The characters from
// U+0080 to U+00FF are escaped: they stand for bytes in what Kea writes, and reads.
func appendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = bytesAsCharacters(s)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return append(dst, `""`...)
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r >= utf8.RuneSelf && r <= 0xff {
			dst = fmt.Appendf(dst, `\u%04x`, r)
		} else {
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
	return dst
}

func bytesAsCharacters(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			r = rune(s[0])
		}
		b.WriteRune(r)
		s = s[n:]
	}
	return b.String()
}
