package keaconf

import (
	"reflect"
)

// config compares a configuration in memory with the rules of the schema. The
// kinds are right by the types of the model, except in lists of anything.
func (w *walker) config(c Config) {
	v := reflect.ValueOf(c).Elem()
	w.model(v, w.planFor(layouts[v.Type()], w.c.rules, map[planKey]*plan{}), &place{key: c.Daemon().TopKey()})
}

// plan joins a layout with the rule that it must keep: for each key, in the
// order of the layout, what is to be checked.
type plan struct {
	rule   *rule
	layout *layout
	steps  []step
	counts bool           // something depends on which keys are there
	byKey  map[string]int // the step of each key that such a rule names

	// here is the place of the member being checked. No struct of the model holds
	// one of its own type, so that one will do for all objects of the plan.
	here place
}

type step struct {
	field *field
	path  []int // to the field
	part  int   // of path: where a pointer to a part may be nil, -1 if nowhere
	rule  *rule // nil if the version does not have the key
	plan  *plan // of maps and lists of maps
	item  place // of lists: the element being checked
}

type planKey struct {
	layout *layout
	rule   *rule
}

func (w *walker) planFor(l *layout, r *rule, done map[planKey]*plan) *plan {
	key := planKey{l, r}
	if p := done[key]; p != nil {
		return p
	}
	p := &plan{rule: r, layout: l, counts: r.nonempty || r.required != nil || r.oneOf != nil || r.anyOf != nil || r.notBoth != nil}
	done[key] = p
	w.steps(p, l, nil, -1, done)
	p.byKey = map[string]int{}
	for i, s := range p.steps {
		p.byKey[s.field.key] = i
		if s.field.alias != "" {
			p.byKey[s.field.alias] = i
		}
	}
	return p
}

func (w *walker) steps(p *plan, l *layout, path []int, part int, done map[planKey]*plan) {
	for i := range l.fields {
		f := &l.fields[i]
		s := step{field: f, path: append(append([]int(nil), path...), f.index), part: part}
		if f.kind == kindPart {
			inner := part
			if l.typ.Field(f.index).Type.Kind() == reflect.Pointer {
				inner = len(path)
			}
			w.steps(p, f.child, s.path, inner, done)
			continue
		}
		s.rule = p.rule.members[f.key]
		if s.rule == nil && f.alias != "" {
			s.rule = p.rule.members[f.alias]
		}
		if s.rule != nil {
			switch f.kind {
			case kindObject:
				s.plan = w.planFor(f.child, s.rule, done)
			case kindObjects:
				s.plan = w.planFor(f.child, s.rule.items, done)
			}
		}
		p.steps = append(p.steps, s)
	}
}

// fieldOf returns the field of a step, and whether it is there.
func (s *step) fieldOf(v reflect.Value) (reflect.Value, bool) {
	for i, index := range s.path {
		v = v.Field(index)
		if i == s.part {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
	}
	return v, !absent(s.field.kind, v)
}

func (w *walker) model(v reflect.Value, p *plan, at *place) {
	if w.faults.full {
		return
	}
	member := &p.here
	member.up = at
	n := 0
	for i := range p.steps {
		s := &p.steps[i]
		fv, ok := s.fieldOf(v)
		if !ok {
			continue
		}
		n++
		member.key = s.field.key
		if s.rule == nil {
			w.fault(Span{}, member, Error, "%s", w.unknown(s.field.key, p.rule))
			continue
		}
		w.modelValue(fv, s, member)
	}
	if !p.counts {
		return
	}
	if n == 0 && p.rule.nonempty {
		w.fault(Span{}, at, Error, "Kea does not take an empty map here; leave %s out", describe(at))
		return
	}
	w.keys(Span{}, p.rule, at, func(key string) bool {
		i, ok := p.byKey[key]
		if ok {
			_, ok = p.steps[i].fieldOf(v)
		}
		return ok
	})
}

func (w *walker) modelValue(v reflect.Value, s *step, at *place) {
	r := s.rule
	switch s.field.kind {
	case kindString:
		w.modelString(v.String(), r, at)
	case kindText:
		w.modelString(v.Elem().String(), r, at)
	case kindUint:
		w.modelNumber(float64(v.Uint()), r, at)
	case kindUintPtr:
		w.modelNumber(float64(v.Elem().Uint()), r, at)
	case kindFloat:
		w.modelNumber(v.Elem().Float(), r, at)
	case kindStrings:
		w.modelLength(v, r, at)
		if r.items.values != nil {
			for i := range v.Len() {
				w.modelString(v.Index(i).String(), r.items, at.item(i))
			}
		}
	case kindAnys:
		for i := range v.Len() {
			if _, ok := v.Index(i).Interface().(string); !ok && r.items.kind == String {
				w.fault(Span{}, at.item(i), Error, "an item of the list is %s", r.items.kind)
			}
		}
	case kindObject:
		w.model(v.Elem(), s.plan, at)
	case kindObjects:
		w.modelLength(v, r, at)
		s.item.up = at
		for i := range v.Len() {
			s.item.index = i
			w.model(v.Index(i), s.plan, &s.item)
		}
	}
}

func (w *walker) modelLength(v reflect.Value, r *rule, at *place) {
	if v.Len() == 0 && r.nonempty {
		w.fault(Span{}, at, Error, "Kea %s does not take an empty list here; leave %q out", w.c.version, at.key)
	}
}

func (w *walker) modelString(s string, r *rule, at *place) {
	if r.nonempty && s == "" {
		w.fault(Span{}, at, Error, "%q is empty; leave it out", at.key)
	} else if !r.allows(s) {
		w.fault(Span{}, at, Error, "%s", notAllowed(s, r, at))
	}
}

func (w *walker) modelNumber(x float64, r *rule, at *place) {
	if !r.inRange(x) {
		w.late(Span{}, at, "%q is %s, not %v", at.key, r.rangeText(), x)
	}
}
