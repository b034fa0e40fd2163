package keaconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// mutant is a configuration with one thing changed.
type mutant struct {
	daemon  Daemon
	version keaversion.Version
	kind    string // what was changed
	where   string // JSON pointer of the change
	text    []byte
}

func (m mutant) String() string {
	return fmt.Sprintf("Kea %s %s: %s at %s", m.version, m.daemon, m.kind, m.where)
}

// bases returns the configurations of testdata/full of a server, without the
// keys that the version does not have.
func bases(t testing.TB, d Daemon, v keaversion.Version) []Object {
	t.Helper()
	files, err := filepath.Glob("testdata/full/" + string(d) + "*.conf")
	if err != nil || files == nil {
		t.Fatalf("no files for %s: %v", d, err)
	}
	var all []Object
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		root, faults := Parse(f, text, nil)
		if faults != nil {
			t.Fatal(faults)
		}
		o := root.Value().(Object)
		o[0].Value = restrict(o[0].Value, checker(t, d, v).rules)
		all = append(all, o)
	}
	return all
}

// restrict takes out keys that a rule does not have.
func restrict(v any, r *rule) any {
	switch x := v.(type) {
	case Object:
		if r.members == nil {
			return x
		}
		var o Object
		for _, m := range x {
			if mr := r.members[m.Key]; mr != nil {
				o = append(o, Member{m.Key, restrict(m.Value, mr)})
			}
		}
		return o
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = restrict(x[i], r.items)
		}
		return list
	}
	return v
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, keaversion.V3_0)
	w.free(v, 0)
	w.flush()
	if w.err != nil {
		t.Fatal(w.err)
	}
	return b.Bytes()
}

// mutants changes one thing at every place of the configurations of a server.
// In short runs it gives one of fifty.
func mutants(t testing.TB, d Daemon, v keaversion.Version) []mutant {
	t.Helper()
	c := checker(t, d, v)
	var all []mutant
	n := 0
	for _, base := range bases(t, d, v) {
		add := func(kind, where string) {
			if n++; kind == "nothing" || !testing.Short() || n%50 == 0 {
				all = append(all, mutant{d, v, kind, where, encode(t, base)})
			}
		}
		add("nothing", "")
		visit(base[0].Value, c.rules, "/"+base[0].Key, func(o *Object, r *rule, at string, set func(any)) {
			mutateMap(c, *o, r, at, set, add)
		}, func(x any) { base[0].Value = x })
	}
	return all
}

// visit calls f for each map that has a rule, with a way to replace it.
func visit(v any, r *rule, at string, f func(o *Object, r *rule, at string, set func(any)), set func(any)) {
	switch x := v.(type) {
	case Object:
		if r.members == nil {
			return
		}
		f(&x, r, at, set)
		for i := range x {
			visit(x[i].Value, r.members[x[i].Key], at+"/"+x[i].Key, f, func(v any) { x[i].Value = v })
		}
	case []any:
		for i := range x {
			visit(x[i], r.items, fmt.Sprintf("%s/%d", at, i), f, func(v any) { x[i] = v })
		}
	}
}

func mutateMap(c *Checker, o Object, r *rule, at string, set func(any), add func(kind, where string)) {
	try := func(kind, key string, value any) {
		x := slices.Clone(o)
		if i := slices.IndexFunc(x, func(m Member) bool { return m.Key == key }); i >= 0 {
			x[i].Value = value
		} else {
			x = append(x, Member{key, value})
		}
		set(x)
		add(kind, at+"/"+key)
	}
	without := func(kind string, keys ...string) {
		x := slices.DeleteFunc(slices.Clone(o), func(m Member) bool { return slices.Contains(keys, m.Key) })
		if len(x) < len(o) {
			set(x)
			add(kind, at+" without "+strings.Join(keys, ", "))
		}
	}
	try("unknown key", "keamigrate-unknown", int64(1))
	for _, other := range c.others() {
		if same := other.rules[r.name]; same != nil {
			for _, k := range same.keys {
				if r.members[k] == nil {
					try("key of Kea "+other.version.String(), k, goodValue(same.members[k], k))
				}
			}
		}
	}
	for _, k := range r.keys {
		m := r.members[k]
		try("misspelt key", k[:len(k)-1], goodValue(m, k))
		for i, v := range wrongValues[m.kind] {
			try(fmt.Sprintf("wrong type %d", i), k, v)
		}
		if m.kind == Array && m.items.kind != Invalid {
			try("wrong type of item", k, []any{wrongValues[m.items.kind][0]})
		}
		if m.kind == String && m.values != nil {
			try("bad value", k, "keamigrate-bad")
			for _, v := range m.values {
				try("good value", k, v)
			}
		}
		if m.kind == Array && m.items.values != nil {
			try("bad value", k, []any{"keamigrate-bad"})
		}
		switch m.kind {
		case Bool:
			try("good value", k, true)
			try("good value", k, false)
		case Int:
			for _, x := range []int64{-1, 0, 1, 1 << 16, 1 << 32} {
				try(fmt.Sprintf("number %d", x), k, x)
			}
		case Float:
			for _, x := range []float64{-0.1, 0, 0.4, 1, 1.1} {
				try(fmt.Sprintf("number %v", x), k, x)
			}
		case Map:
			if m.members != nil {
				try("empty map", k, Object{})
			}
		case Array:
			try("empty list", k, []any{})
		}
	}
	for _, k := range r.required {
		without("missing key", k)
	}
	for _, keys := range slices.Concat(r.oneOf, r.anyOf) {
		without("missing key", keys...)
	}
	set(o)
}

var wrongValues = map[Kind][]any{
	String: {int64(17), true, []any{"x"}},
	Bool:   {"true", int64(1)},
	Int:    {"12", 1.5, true},
	Float:  {"0.5", int64(1)},
	Map:    {[]any{}, "x"},
	Array:  {Object{{"x", int64(1)}}, "x"},
}

// goodValue is some value of the right type.
func goodValue(r *rule, key string) any {
	switch r.kind {
	case String:
		if len(r.values) > 0 {
			return r.values[0]
		}
		return "x"
	case Bool:
		return true
	case Int:
		return int64(10)
	case Float:
		return 0.4
	case Array:
		return []any{}
	}
	return Object{}
}
