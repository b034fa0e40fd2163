package keaconf

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/keamigrate/keamigrate/parser/keaconf/schema"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// rule is a compiled JSON Schema, reduced to what the schemas of Kea's files
// use. The walk over it is here and not in the schema library because a fault
// must name line and column, integers and floats differ, a configuration of
// 100,000 hosts must not be copied into maps, and a configuration that is still
// in memory is checked without being written. A test has the library judge the
// same files.
type rule struct {
	kind     Kind // Invalid: anything; Float: a number
	name     string
	members  map[string]*rule
	keys     []string // of members, sorted
	nonempty bool     // at least one member, item or byte
	open     bool     // other members are taken, and ignored
	required []string
	oneOf    [][]string // exactly one of the keys
	anyOf    [][]string // at least one of the keys
	notBoth  [][]string // not these together
	items    *rule
	values   []string       // what a string may be
	pattern  *regexp.Regexp // if values may be in capitals
	min, max *limit

	deprecated bool
}

type limit struct {
	value float64
	open  bool // the value itself is not allowed
}

// compileRules returns the rule of the map under the daemon's top key.
func compileRules(d Daemon, v keaversion.Version) (*rule, error) {
	s, err := schema.Compile(string(d), v)
	if err != nil {
		return nil, err
	}
	top := s.Properties[d.TopKey()]
	if top == nil {
		return nil, fmt.Errorf("the schema of %s has no key %q", d, d.TopKey())
	}
	return newRule(top, map[*jsonschema.Schema]*rule{}), nil
}

var kindOfType = map[string]Kind{"object": Map, "array": Array, "string": String, "boolean": Bool, "integer": Int, "number": Float}

func newRule(s *jsonschema.Schema, done map[*jsonschema.Schema]*rule) *rule {
	deprecated := s.Deprecated
	for s.Ref != nil {
		s = s.Ref
		deprecated = deprecated || s.Deprecated
	}
	if r := done[s]; r != nil {
		if deprecated != r.deprecated {
			other := *r
			other.deprecated = deprecated
			return &other
		}
		return r
	}
	r := &rule{name: path.Base(s.Location), required: s.Required, pattern: s.Pattern, deprecated: deprecated}
	done[s] = r
	if len(s.Types) == 1 {
		r.kind = kindOfType[s.Types[0]]
	}
	r.nonempty = s.MinProperties > 0 || s.MinItems > 0 || s.MinLength > 0
	for _, v := range append(s.Enum, s.Examples...) {
		r.values = append(r.values, fmt.Sprint(v))
	}
	r.limits(s)
	for _, part := range s.AllOf {
		switch {
		case part.OneOf != nil:
			r.oneOf = append(r.oneOf, alternatives(part.OneOf))
		case part.AnyOf != nil:
			r.anyOf = append(r.anyOf, alternatives(part.AnyOf))
		case part.Not != nil:
			r.notBoth = append(r.notBoth, part.Not.Required)
		}
	}
	if s.Items2020 != nil {
		r.items = newRule(s.Items2020, done)
	}
	if s.Properties != nil {
		r.members = make(map[string]*rule, len(s.Properties))
		for k, p := range s.Properties {
			r.members[k] = newRule(p, done)
			r.keys = append(r.keys, k)
		}
		slices.Sort(r.keys)
		r.open = s.AdditionalProperties != false
	}
	return r
}

func alternatives(schemas []*jsonschema.Schema) []string {
	var keys []string
	for _, s := range schemas {
		keys = append(keys, s.Required...)
	}
	return keys
}

func (r *rule) limits(s *jsonschema.Schema) {
	if s.Minimum != nil {
		f, _ := s.Minimum.Float64()
		r.min = &limit{f, false}
	}
	if s.ExclusiveMinimum != nil {
		f, _ := s.ExclusiveMinimum.Float64()
		r.min = &limit{f, true}
	}
	if s.Maximum != nil {
		f, _ := s.Maximum.Float64()
		r.max = &limit{f, false}
	}
	if s.ExclusiveMaximum != nil {
		f, _ := s.ExclusiveMaximum.Float64()
		r.max = &limit{f, true}
	}
}

// inRange reports whether a number keeps within the limits.
func (r *rule) inRange(x float64) bool {
	if l := r.min; l != nil && (x < l.value || l.open && x == l.value) {
		return false
	}
	if l := r.max; l != nil && (x > l.value || l.open && x == l.value) {
		return false
	}
	return true
}

// rangeText says what the limits are.
func (r *rule) rangeText() string {
	text := func(l *limit) string {
		s := fmt.Sprintf("%.10g", l.value)
		if r.kind == Float && !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return s
	}
	end := func(l *limit) string {
		if l.open {
			return text(l) + " excluded"
		}
		return text(l)
	}
	switch {
	case r.min == nil && r.max == nil:
		return ""
	case r.max == nil:
		return "at least " + end(r.min)
	case r.min == nil:
		return "at most " + end(r.max)
	}
	return "between " + end(r.min) + " and " + end(r.max)
}

// allows reports whether a string is one of the values, if those are given.
func (r *rule) allows(s string) bool {
	if r.pattern != nil {
		return r.pattern.MatchString(s)
	}
	return len(r.values) == 0 || slices.Contains(r.values, s)
}

// orList joins words for a sentence: "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
