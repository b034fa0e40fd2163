package keaconf

import (
	"fmt"
	"reflect"
	"strings"
)

// layout is what reading and writing need to know of a struct of the model:
// its keys in order, with embedded structs taken in.
type layout struct {
	typ      reflect.Type
	fields   []field
	byKey    map[string]*field // also by second spelling; includes those of parts
	comments []int             // way to Comments, nil if there is none
	notes    []int             // way to the KeyComments of Notes, nil if there is none
	short    bool              // may be written on one line
}

// field is a key, or (kind part) a struct whose keys stand among the others.
type field struct {
	key   string
	alias string // second spelling, "" if there is none
	kind  kind
	index int     // within the struct
	child *layout // of kinds object, objects and part
	path  []int   // of fields to get here from the struct that byKey belongs to
}

type kind uint8

const (
	kindString  kind = iota + 1 // string, "" is absent
	kindText                    // *string
	kindBool                    // *bool
	kindFloat                   // *float64
	kindUint                    // uint8 to uint32, 0 is absent
	kindUintPtr                 // pointer to one
	kindStrings                 // []string
	kindAnys                    // []any
	kindFree                    // Object
	kindObject                  // pointer to struct
	kindObjects                 // slice of structs
	kindPart                    // embedded struct, or the pointer to a ReservationExtra
)

// layouts holds the layout of every struct of the model. It is filled once and
// never changed.
var layouts = func() map[reflect.Type]*layout {
	all := map[reflect.Type]*layout{}
	for _, c := range []Config{(*DHCP4)(nil), (*DHCP6)(nil), (*D2)(nil), (*ControlAgent)(nil)} {
		addLayout(all, reflect.TypeOf(c).Elem())
	}
	for _, l := range all {
		l.byKey = map[string]*field{}
		l.collect(l, nil)
	}
	return all
}()

// long lists the structs that always get a line per key.
var long = map[reflect.Type]bool{
	reflect.TypeFor[DHCP4](): true, reflect.TypeFor[DHCP6](): true,
	reflect.TypeFor[D2](): true, reflect.TypeFor[ControlAgent](): true,
	reflect.TypeFor[Subnet](): true, reflect.TypeFor[SharedNetwork](): true,
	reflect.TypeFor[Logger](): true, reflect.TypeFor[DDNSDomain](): true,
}

func addLayout(all map[reflect.Type]*layout, t reflect.Type) *layout {
	if l := all[t]; l != nil {
		return l
	}
	l := &layout{typ: t, short: !long[t]}
	if f, ok := t.FieldByName("Comments"); ok {
		l.comments = f.Index
	}
	if f, ok := t.FieldByName("KeyComments"); ok {
		l.notes = f.Index
	}
	all[t] = l
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, tagged := sf.Tag.Lookup("kea")
		switch {
		case tag == "-":
			continue
		case tagged:
			f := field{index: i}
			f.key, f.alias, _ = strings.Cut(tag, ",")
			f.kind, f.child = kindOf(all, sf.Type)
			l.fields = append(l.fields, f)
		default:
			pt := sf.Type
			if pt.Kind() == reflect.Pointer {
				pt = pt.Elem()
			}
			l.fields = append(l.fields, field{kind: kindPart, index: i, child: addLayout(all, pt)})
		}
	}
	return l
}

func kindOf(all map[reflect.Type]*layout, t reflect.Type) (kind, *layout) {
	switch {
	case t == reflect.TypeFor[Object]():
		return kindFree, nil
	case t == reflect.TypeFor[[]any]():
		return kindAnys, nil
	case t == reflect.TypeFor[[]string]():
		return kindStrings, nil
	case t.Kind() == reflect.Slice:
		return kindObjects, addLayout(all, t.Elem())
	case t.Kind() == reflect.String:
		return kindString, nil
	case t.Kind() == reflect.Uint8, t.Kind() == reflect.Uint16, t.Kind() == reflect.Uint32:
		return kindUint, nil
	case t.Kind() == reflect.Pointer:
		switch t.Elem().Kind() {
		case reflect.String:
			return kindText, nil
		case reflect.Bool:
			return kindBool, nil
		case reflect.Float64:
			return kindFloat, nil
		case reflect.Uint8, reflect.Uint16, reflect.Uint32:
			return kindUintPtr, nil
		case reflect.Struct:
			return kindObject, addLayout(all, t.Elem())
		}
	}
	panic(fmt.Sprintf("the model has a field of type %s", t)) // a fault of the model, met by every test
}

// collect enters the fields of l, which is reached through path, into top.
func (top *layout) collect(l *layout, path []int) {
	for i := range l.fields {
		f := l.fields[i]
		f.path = append(append([]int(nil), path...), f.index)
		if f.kind == kindPart {
			top.collect(f.child, f.path)
			continue
		}
		top.byKey[f.key] = &f
		if f.alias != "" {
			top.byKey[f.alias] = &f
		}
	}
}

func layoutOf(c Config) *layout { return layouts[reflect.TypeOf(c).Elem()] }
