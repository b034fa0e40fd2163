package daemon

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/control"
)

// theClass reads the one class that a command gives, and checks it.
func (d *DHCP4) theClass(a arguments, command string) (map[string]any, error) {
	const key = "client-classes"
	if err := classArguments(a, command, key, "list"); err != nil {
		return nil, err
	}
	l, ok := a.of[key].([]any)
	switch {
	case !ok:
		return nil, say("'%s' argument specified for the '%s' command is not a list", key, command)
	case len(l) != 1:
		return nil, say("invalid number of classes specified for the '%s' command. Expected one class", command)
	}
	m, ok := l[0].(map[string]any)
	if !ok {
		return nil, say("invalid class definition specified for the '%s' command. Expected a map", command)
	}
	return m, d.checkPart(a, key)
}

func (t tree) class(name any) (at int, ok bool) {
	for i, c := range objects(t, "client-classes") {
		if c["name"] == name {
			return i, true
		}
	}
	return 0, false
}

func (d *DHCP4) classAdd(ctx context.Context, a arguments) control.Reply {
	class, err := d.theClass(a, "class-add")
	if err != nil {
		return failed(err)
	}
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		if _, ok := t.class(class["name"]); ok {
			return say("Can't add class: Client Class: %v has already been defined", class["name"])
		}
		put(t, "client-classes", class)
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("Class '%v' added", class["name"])}
}

func (d *DHCP4) classUpdate(ctx context.Context, a arguments) control.Reply {
	class, err := d.theClass(a, "class-update")
	if err != nil {
		return failed(err)
	}
	missing := false
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		at, ok := t.class(class["name"])
		if !ok {
			missing = true
			return say("Class '%v' is not found", class["name"])
		}
		old, _ := list(t, "client-classes")[at].(map[string]any)
		if asksKnown(t, old) != asksKnown(t, class) {
			return say("modification of the class '%v' would affect its dependency on the KNOWN and/or UNKNOWN built-in classes. Such modification is not allowed because there may be other classes depending on those built-ins via the updated class", class["name"])
		}
		list(t, "client-classes")[at] = class
		return nil
	})
	switch {
	case missing:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("Class '%v' updated", class["name"])}
}

var memberCall = regexp.MustCompile(`member\s*\(\s*'([^']*)'\s*\)`)

// classesIn are the classes that an expression speaks of.
func classesIn(test string) (names []string) {
	for _, m := range memberCall.FindAllStringSubmatch(test, -1) {
		names = append(names, m[1])
	}
	return names
}

// asksKnown reports whether the test of a class asks, directly or by other classes,
// whether the client is known.
func asksKnown(t tree, class map[string]any) bool {
	asked := map[string]bool{}
	var asks func(class map[string]any) bool
	asks = func(class map[string]any) bool {
		test, _ := class["test"].(string)
		for _, name := range classesIn(test) {
			if name == "KNOWN" || name == "UNKNOWN" {
				return true
			}
			if asked[name] {
				continue
			}
			asked[name] = true
			if at, ok := t.class(name); ok {
				if c, _ := list(t, "client-classes")[at].(map[string]any); asks(c) {
					return true
				}
			}
		}
		return false
	}
	return asks(class)
}

func (d *DHCP4) classDel(ctx context.Context, a arguments) control.Reply {
	name, err := className(a, "class-del")
	if err != nil {
		return failed(err)
	}
	for _, c := range d.conf.Source.ClientClasses {
		if c.Name != name && slices.Contains(classesIn(c.Test), name) {
			return refused("Class '%s' is used by class '%s'", name, c.Name)
		}
	}
	missing := false
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		at, ok := t.class(name)
		if !ok {
			missing = true
			return say("Class '%s' not found", name)
		}
		take(t, "client-classes", at)
		return nil
	})
	switch {
	case missing:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("Class '%s' deleted", name)}
}
