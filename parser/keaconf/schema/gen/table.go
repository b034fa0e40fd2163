package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// table is what the rows of a file say.
type table struct {
	objects []string // in order of appearance
	rows    map[string][]row
}

type row struct {
	key   string
	in    keaversion.Range
	typ   string // string, bool, map, ...
	of    string // object of types map and list
	facts []fact
}

type fact struct{ name, value string }

func (r row) fact(name string) (string, bool) {
	for _, f := range r.facts {
		if f.name == name {
			return f.value, true
		}
	}
	return "", false
}

var (
	types = []string{"string", "bool", "int", "float", "strings", "free", "map", "list"}
	// words are the facts; true if a value follows.
	words = map[string]bool{
		"required": false, "nonempty": false, "deprecated": false, "open": false,
		"min": true, "max": true, "above": true, "below": true, "enum": true, "enumi": true,
		"items": true, "default": true, "oneof": true, "anyof": true, "need": true, "notboth": true,
	}
)

// parse reads a table. Errors begin with the line.
func parse(text string) (*table, error) {
	t := &table{rows: map[string][]row{}}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if err := t.add(strings.Split(line, "\t")); err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
	}
	for _, o := range t.objects {
		for _, r := range t.rows[o] {
			if r.of != "" && t.rows[r.of] == nil {
				return nil, fmt.Errorf("1: %s.%s is made of %s, which has no rows", o, r.key, r.of)
			}
		}
	}
	return t, nil
}

func (t *table) add(columns []string) error {
	columns = append(columns, make([]string, 6)...)[:6]
	object := columns[0]
	r := row{key: columns[1]}
	var err error
	for i, to := range []*keaversion.Version{&r.in.Since, &r.in.Until} {
		if s := columns[2+i]; s != "" {
			if *to, err = keaversion.Parse(s); err != nil {
				return err
			}
		}
	}
	r.typ, r.of, _ = strings.Cut(columns[4], ":")
	if r.key != "" && !slices.Contains(types, r.typ) || r.key == "" && r.typ != "" {
		return fmt.Errorf("type %q is not known", r.typ)
	}
	for _, s := range strings.Fields(columns[5]) {
		name, value, valued := strings.Cut(s, "=")
		if want, ok := words[name]; !ok || want != valued {
			return fmt.Errorf("fact %q is not known", s)
		}
		r.facts = append(r.facts, fact{name, value})
	}
	for _, old := range t.rows[object] {
		if r.key != "" && old.key == r.key && overlap(old.in, r.in) {
			return fmt.Errorf("%s.%s has two rows for the same version", object, r.key)
		}
	}
	if t.rows[object] == nil {
		t.objects = append(t.objects, object)
	}
	t.rows[object] = append(t.rows[object], r)
	return nil
}

func overlap(a, b keaversion.Range) bool {
	for _, v := range keaversion.All() {
		if a.Has(v) && b.Has(v) {
			return true
		}
	}
	return false
}
