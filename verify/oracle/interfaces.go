package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Interfaces lists the network interfaces that a Kea configuration names
// (interfaces-config and the interface of subnets and shared networks), each
// once, so that a namespace can have them. An entry "name/address" gives the interface that address; one without gets an
// IPv4 address of 198.18.0.0/15 (RFC 2544), because Kea does not listen where
// it has none. A configuration for all interfaces ("*") or none gets "eth0".
func Interfaces(conf []byte) ([]Interface, error) {
	var doc any
	if err := json.Unmarshal(plainJSON(conf), &doc); err != nil {
		return nil, fmt.Errorf("reading the interfaces of a Kea configuration: %w", err)
	}
	var found []Interface
	add := func(entry string) {
		name, addr, _ := strings.Cut(entry, "/")
		i := slices.IndexFunc(found, func(f Interface) bool { return f.Name == name })
		if i < 0 {
			found = append(found, Interface{Name: name})
			i = len(found) - 1
		}
		if a, err := netip.ParseAddr(addr); err == nil {
			found[i].Addresses = append(found[i].Addresses, netip.PrefixFrom(a, min(a.BitLen(), 64)))
		}
	}
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(k, v[k])
			}
		case []any:
			for _, e := range v {
				walk(key, e)
			}
		case string:
			if (key == "interfaces" || key == "interface") && v != "" {
				add(v)
			}
		}
	}
	walk("", doc)
	found = slices.DeleteFunc(found, func(f Interface) bool { return f.Name == "*" })
	if len(found) == 0 {
		found = []Interface{{Name: "eth0"}}
	}
	for i := range found {
		if len(found[i].Addresses) == 0 {
			a := netip.AddrFrom4([4]byte{198, 18 + byte(i>>8)&1, byte(i), 1})
			found[i].Addresses = []netip.Prefix{netip.PrefixFrom(a, 24)}
		}
	}
	return found, nil
}

// plainJSON blanks out what Kea allows in a configuration and JSON does not:
// comments (#, // and /* */) and commas before a closing bracket.
func plainJSON(conf []byte) []byte {
	out := slices.Clone(conf)
	comma := -1 // a comma after which only blanks and comments came
	for i := 0; i < len(out); {
		end := i + 1
		switch c := out[i]; {
		case c == '"':
			for end < len(out) && out[end] != '"' {
				if out[end] == '\\' {
					end++
				}
				end++
			}
			end, comma = min(end+1, len(out)), -1
		case c == '#' || bytes.HasPrefix(out[i:], []byte("//")):
			for end < len(out) && out[end] != '\n' {
				end++
			}
			blank(out[i:end])
		case bytes.HasPrefix(out[i:], []byte("/*")):
			n := bytes.Index(out[i:], []byte("*/"))
			if n < 0 {
				n = len(out) - i - 2
			}
			end = i + n + 2
			blank(out[i:end])
		case c == ',':
			comma = i
		case c == ']' || c == '}':
			if comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		case c > ' ':
			comma = -1
		}
		i = end
	}
	return out
}

func blank(b []byte) {
	for i := range b {
		b[i] = ' '
	}
}
