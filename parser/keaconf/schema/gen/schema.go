package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// schema writes the schema for one version: a line per key, so that changes
// show.
func (t *table) schema(daemon, top string, v keaversion.Version) []byte {
	var b bytes.Buffer
	b.WriteString("{\n")
	fmt.Fprintf(&b, "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n")
	fmt.Fprintf(&b, "\"title\": \"Kea %s, %s\",\n", v, daemon)
	if v == keaversion.V3_2 {
		fmt.Fprintf(&b, "\"$comment\": \"Read from the source of Kea 3.2.0; not measured on a program.\",\n")
	}
	fmt.Fprintf(&b, "\"type\": \"object\",\n\"properties\": { %q: { \"$ref\": \"#/$defs/%s\" } },\n", top, top)
	fmt.Fprintf(&b, "\"required\": [%q],\n\"additionalProperties\": false,\n\"$defs\": {", top)
	sep := "\n"
	for _, o := range t.objects {
		var keys, rules []row
		for _, r := range t.rows[o] {
			switch {
			case !r.in.Has(v):
			case r.key == "":
				rules = append(rules, r)
			default:
				keys = append(keys, r)
			}
		}
		if len(keys) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s%q: {\n  \"type\": \"object\",\n", sep, o)
		sep = ",\n"
		objectRules(&b, keys, rules)
		b.WriteString("  \"properties\": {\n")
		for i, r := range keys {
			comma := ","
			if i == len(keys)-1 {
				comma = ""
			}
			fmt.Fprintf(&b, "    %q: %s%s\n", r.key, property(r), comma)
		}
		b.WriteString("  }\n}")
	}
	b.WriteString("\n}\n}\n")
	return b.Bytes()
}

// objectRules writes what holds for the object as a whole.
func objectRules(b *bytes.Buffer, keys, rules []row) {
	var required []string
	for _, r := range keys {
		if _, ok := r.fact("required"); ok {
			required = append(required, r.key)
		}
	}
	var all []string
	open := false
	for _, r := range rules {
		for _, f := range r.facts {
			names := strings.Split(f.value, ",")
			switch f.name {
			case "open":
				open = true
			case "nonempty":
				b.WriteString("  \"minProperties\": 1,\n")
			case "need":
				required = append(required, f.value)
			case "oneof", "anyof":
				var alternatives []string
				for _, n := range names {
					alternatives = append(alternatives, fmt.Sprintf(`{ "required": [%q] }`, n))
				}
				all = append(all, fmt.Sprintf(`{ %q: [%s] }`, map[string]string{"oneof": "oneOf", "anyof": "anyOf"}[f.name], strings.Join(alternatives, ", ")))
			case "notboth":
				all = append(all, fmt.Sprintf(`{ "not": { "required": %s } }`, list(names)))
			}
		}
	}
	if !open {
		b.WriteString("  \"additionalProperties\": false,\n")
	}
	if required != nil {
		fmt.Fprintf(b, "  \"required\": %s,\n", list(required))
	}
	if all != nil {
		fmt.Fprintf(b, "  \"allOf\": [\n    %s\n  ],\n", strings.Join(all, ",\n    "))
	}
}

var typeNames = map[string]string{"string": "string", "bool": "boolean", "int": "integer", "float": "number", "free": "object"}

var rangeNames = map[string]string{"min": "minimum", "max": "maximum", "above": "exclusiveMinimum", "below": "exclusiveMaximum"}

// property returns the schema of a key on one line.
func property(r row) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch r.typ {
	case "map":
		add(`"$ref": "#/$defs/%s"`, r.of)
	case "list":
		add(`"type": "array", "items": { "$ref": "#/$defs/%s" }`, r.of)
	case "strings":
		if items, ok := r.fact("items"); ok {
			add(`"type": "array", "items": { "type": "string", "enum": %s }`, list(strings.Split(items, ",")))
		} else {
			add(`"type": "array", "items": { "type": "string" }`)
		}
	default:
		add(`"type": %q`, typeNames[r.typ])
	}
	for _, f := range r.facts {
		switch f.name {
		case "min", "max", "above", "below":
			add(`%q: %s`, rangeNames[f.name], f.value)
		case "enum":
			add(`"enum": %s`, list(strings.Split(f.value, ",")))
		case "enumi":
			names := strings.Split(f.value, ",")
			add(`"pattern": %q, "examples": %s`, anyCase(names), list(names))
		case "nonempty":
			if r.typ == "string" {
				add(`"minLength": 1`)
			} else {
				add(`"minItems": 1`)
			}
		case "default":
			add(`"default": %s`, f.value)
		case "deprecated":
			add(`"deprecated": true`)
		}
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// anyCase returns a regular expression for the words in capitals or not. JSON
// Schema has no flag for that.
func anyCase(words []string) string {
	var b strings.Builder
	b.WriteString("^(")
	for i, w := range words {
		if i > 0 {
			b.WriteByte('|')
		}
		for _, r := range w {
			if u, l := unicode.ToUpper(r), unicode.ToLower(r); u != l {
				b.WriteString("[" + string(u) + string(l) + "]")
			} else {
				b.WriteRune(r)
			}
		}
	}
	b.WriteString(")$")
	return b.String()
}

func list(words []string) string {
	text, err := json.Marshal(words)
	if err != nil {
		panic(err) // strings are always encodable
	}
	return strings.ReplaceAll(string(text), `","`, `", "`)
}
