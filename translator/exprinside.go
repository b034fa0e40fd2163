package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// outerOptions are the options of DHCPv4 that hold others, where the file
// looks at those inside. Kea takes such an option apart only when its
// definition says which space is in it. Measured on 2.2.0, 2.6.3 and 3.0.4: one
// of the type "empty" is taken apart whatever is in it, and what is cut short at
// the end is left out, as in dhcpd.
type outerOptions struct {
	// ofSpace are the options that hold a space; none: no option of the packet
	// does, so nothing in the space is ever there.
	ofSpace map[string][]*option.Def
	// nested are the spaces that stand in other spaces only.
	nested map[string]bool
	// read is the space of each option that the file looks into, by code.
	read map[uint32]string
}

// lookedInto finds which options the expressions of the file look into, once.
func (t *translation) lookedInto() *outerOptions {
	if t.outerOptions != nil {
		return t.outerOptions
	}
	o := &outerOptions{ofSpace: map[string][]*option.Def{}, nested: map[string]bool{}, read: map[uint32]string{}}
	t.outerOptions = o
	table := t.file.Options
	if t.v6() || table == nil {
		return o
	}
	for _, space := range table.Spaces() {
		space = strings.ToLower(space)
		for _, name := range table.Names(space) {
			d, ok := table.Lookup(space, name)
			if !ok {
				continue
			}
			inner, ok := d.Encapsulates()
			inner = strings.ToLower(inner)
			if !ok || inner == "" {
				continue
			}
			if space != "dhcp" {
				o.nested[inner] = true
			} else if current, _ := table.ByCode(space, d.Code); current == d {
				o.ofSpace[inner] = append(o.ofSpace[inner], d)
			}
		}
	}
	for st := range dhcpdconf.Preorder(t.file) {
		for e := range dhcpdconf.Expressions(st) {
			var of *option.Def
			switch e := e.(type) {
			case *dhcpdconf.Exists:
				of = e.Option
			case *dhcpdconf.OptionValue:
				of = e.Option
			}
			if of == nil {
				continue
			}
			space := strings.ToLower(of.Space)
			if d := o.only(space, t); d != nil {
				o.read[d.Code] = space
			}
		}
	}
	return o
}

// only returns the option that holds a space, when Kea lets it be defined; nil
// when there are several or none.
func (o *outerOptions) only(space string, t *translation) *option.Def {
	list := o.ofSpace[space]
	if len(list) != 1 || o.nested[space] || list[0].Standard || len(list[0].Format.Fields) != 1 || list[0].Code < 1 || list[0].Code > 254 {
		return nil
	}
	if _, known := option.KeaLookup(option.V4, "dhcp4", list[0].Code, t.opts.Target); known {
		return nil
	}
	return list[0]
}

// innerSpace is Kea's name for a space: not one that has a meaning of its own.
func innerSpace(space string) string {
	if space == "dhcp4" || strings.HasPrefix(space, "vendor-") {
		return "inside-" + space
	}
	return space
}

// inner returns how an expression names an option inside another; "" is one
// that is never there.
func (x expressions) inner(e dhcpdconf.Expr, d *option.Def) (string, error) {
	space := strings.ToLower(d.Space)
	if x.outer == nil || x.v6 || d.Standard || slices.Contains([]string{"dhcp", "agent", "server", "vendor", "vendor-class"}, space) {
		return "", cannot(e, "options of the space %s are not translated in expressions", d.Space)
	}
	for code, read := range x.outer.read {
		if read == space {
			return fmt.Sprintf("option[%d].option[%d]", code, d.Code), nil
		}
	}
	if len(x.outer.ofSpace[space]) == 0 && !x.outer.nested[space] {
		return "", nil
	}
	return "", cannot(e, "Kea does not take the option apart that holds the space %s", d.Space)
}
