package config

import (
	"fmt"
	"regexp"
	"strings"
)

// standardCharSet are the characters that names in DNS do not have, as Kea's
// default for hostname-char-set says them.
const standardCharSet = "[^A-Za-z0-9.-]"

// scrubber returns what replaces the characters of names that an expression says;
// nil: nothing is replaced.
func scrubber(set, replacement string) (func(string) string, error) {
	switch set {
	case "":
		return nil, nil
	case standardCharSet:
		return func(name string) string { return replaceBytes(name, replacement, nameByte) }, nil
	}
	re, err := regexp.CompilePOSIX(set)
	if err != nil {
		return nil, fmt.Errorf("invalid regex: '%s'", set)
	}
	// A byte counts as a character of its own.
	return func(name string) string {
		var wide strings.Builder
		for _, c := range []byte(name) {
			wide.WriteRune(rune(c))
		}
		var out []byte
		for _, c := range re.ReplaceAllLiteralString(wide.String(), replacement) {
			out = append(out, byte(c))
		}
		return string(out)
	}, nil
}

// Scrub replaces the characters of a name that the configuration does not want.
func (d *DDNS) Scrub(name string) string {
	if d.scrub == nil {
		return name
	}
	return d.scrub(name)
}

func replaceBytes(name, replacement string, keep func(byte) bool) string {
	for i := range len(name) {
		if keep(name[i]) {
			continue
		}
		out := []byte(name[:i])
		for _, c := range []byte(name[i:]) {
			if keep(c) {
				out = append(out, c)
			} else {
				out = append(out, replacement...)
			}
		}
		return string(out)
	}
	return name
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}
