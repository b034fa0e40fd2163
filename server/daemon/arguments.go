package daemon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"regexp"

	"github.com/keamigrate/keamigrate/server/config"
)

var emptyMap = regexp.MustCompile(`\{\s*\}`)

// place is where something stands in the command, as Kea writes it.
func (a arguments) place(offset int) string {
	// Kea forgets to count the end of an empty map.
	line, column := 0, a.before+offset-len(emptyMap.FindAll(a.raw[:min(offset, len(a.raw))], -1))
	if at := bytes.LastIndexByte(a.raw[:min(offset, len(a.raw))], '\n'); at >= 0 {
		line, column = bytes.Count(a.raw[:offset], []byte("\n")), offset-at-1
	}
	return fmt.Sprintf("(%s:%d:%d)", config.Wire, line, column)
}

// placeOf is the place of the value of an argument.
func (a arguments) placeOf(key string) string {
	d := json.NewDecoder(bytes.NewReader(a.raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "(:0:0)"
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			break
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		if name == key {
			offset := int(d.InputOffset()) - len(value)
			if value[0] == '[' || value[0] == '{' {
				offset++ // as below
			}
			return a.place(offset)
		}
	}
	return "(:0:0)"
}

// notAMap is the error of something that Kea does only with maps, where the arguments
// are none.
func (a arguments) notAMap(what string) error {
	offset := 0
	if _, list := a.value.([]any); list {
		offset = 1 // Kea's place of lists and maps is behind the bracket
	}
	return say("%s called on a non-map Element in %s", what, a.place(offset))
}

// get looks an argument up; the error is that of arguments that are no map.
func (a arguments) get(key string) (value any, ok bool, err error) {
	if a.of == nil {
		return nil, false, a.notAMap("get(string)")
	}
	value, ok = a.of[key]
	return value, ok, nil
}

func (a arguments) badType(key string) error {
	return say("invalid type specified for parameter '%s' %s", key, a.placeOf(key))
}

func (a arguments) missing(key string) error {
	return say("missing parameter '%s' %s", key, a.place(1))
}

// textOf reads a text, if it is there.
func (a arguments) textOf(key string) (text string, ok bool, err error) {
	value, ok := a.of[key]
	if !ok {
		return "", false, nil
	}
	if text, ok = value.(string); !ok {
		return "", false, a.badType(key)
	}
	return text, true, nil
}

// truthOf reads a truth value; false when it is not there.
func (a arguments) truthOf(key string) (bool, error) {
	value, ok := a.of[key]
	if !ok {
		return false, nil
	}
	truth, ok := value.(bool)
	if !ok {
		return false, a.badType(key)
	}
	return truth, nil
}

// uint32Of reads a number, if it is there.
func (a arguments) uint32Of(key string) (n uint32, ok bool, err error) {
	v, ok, err := a.int64Of(key)
	if err == nil && ok && (v < 0 || v > math.MaxUint32) {
		return 0, false, say("out of range value (%d) specified for parameter '%s' %s", v, key, a.placeOf(key))
	}
	return uint32(v), ok, err
}

func (a arguments) int64Of(key string) (n int64, ok bool, err error) {
	value, ok := a.of[key]
	if !ok {
		return 0, false, nil
	}
	if n, ok = integerOf(value); !ok {
		return 0, false, a.badType(key)
	}
	return n, true, nil
}

// within reads a number that has to be within bounds, if it is there.
func (a arguments) within(key string, least, most int64) (n int64, ok bool, err error) {
	n, ok, err = a.int64Of(key)
	if err == nil && ok && (n < least || n > most) {
		return 0, false, say("The '%s' value (%d) is not within expected range: (%d - %d)", key, n, least, most)
	}
	return n, ok, err
}

// addressOf reads an address that has to be there.
func (a arguments) addressOf(key string) (netip.Addr, error) {
	text, ok, err := a.textOf(key)
	switch {
	case err != nil:
		return netip.Addr{}, err
	case !ok:
		return netip.Addr{}, a.missing(key)
	}
	address, err := parseAddress(text)
	if err != nil {
		return netip.Addr{}, say("Failed to convert '%s' to address: %v%s", text, err, a.placeOf(key))
	}
	return address, nil
}

func parseAddress(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, say("Failed to convert string to address '%s': Invalid argument", text)
	}
	return address, nil
}
