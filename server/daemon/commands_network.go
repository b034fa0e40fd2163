package daemon

import (
	"context"
	"fmt"

	"github.com/keamigrate/keamigrate/server/control"
)

const (
	subnetLibrary = "libdhcp_subnet_cmds.so"
	classLibrary  = "libdhcp_class_cmds.so"
	hostLibrary   = "libdhcp_host_cmds.so"
)

// networkCommands are those of subnet_cmds that show things.
var networkCommands = map[string]command{
	"network4-get":  {subnetLibrary, (*DHCP4).networkGet},
	"network4-list": {subnetLibrary, (*DHCP4).networkList},
	"subnet4-get":   {subnetLibrary, (*DHCP4).subnetGet},
	"subnet4-list":  {subnetLibrary, (*DHCP4).subnetList},
}

// classCommands are those of class_cmds that show things.
var classCommands = map[string]command{
	"class-get":  {classLibrary, (*DHCP4).classGet},
	"class-list": {classLibrary, (*DHCP4).classList},
}

// plural is "1 class", "2 classes".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (d *DHCP4) subnetList(context.Context, arguments) control.Reply {
	list := []any{}
	for _, n := range d.conf.Subnets {
		var network any
		if n.Network != nil {
			network = n.Network.Name
		}
		list = append(list, map[string]any{"id": n.ID, "subnet": n.Prefix.String(), "shared-network-name": network})
	}
	reply := control.Reply{Text: plural(len(list), "IPv4 subnet", "IPv4 subnets") + " found", Arguments: map[string]any{"subnets": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

// objects gives the objects of a list in a configuration.
func objects(m map[string]any, key string) (out []map[string]any) {
	list, _ := m[key].([]any)
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// wantMap is what the commands of subnet_cmds say when they have no arguments, or some
// that are no map.
func wantMap(a arguments, name string) error {
	switch {
	case !a.given:
		return say("no arguments specified for the '%s' command", name)
	case a.of == nil:
		return say("arguments specified for the '%s' command are not a map", name)
	}
	return nil
}

func (d *DHCP4) subnetGet(_ context.Context, a arguments) control.Reply {
	if err := wantMap(a, "subnet4-get"); err != nil {
		return failed(err)
	}
	if len(a.of) != 1 {
		return refused("invalid number of arguments %d for the 'subnet4-get' command. Expecting 'id' or 'subnet'", len(a.of))
	}
	id, byID := a.number("id")
	prefix, byPrefix := a.text("subnet")
	if !byID && !byPrefix {
		return refused("Expecting 'id' or 'subnet'")
	}
	for _, n := range d.conf.Subnets {
		if byID && int64(n.ID) != id || byPrefix && n.Prefix.String() != prefix {
			continue
		}
		shown := d.shownSubnet(n.ID)
		delete(shown, "reservations")
		return control.Reply{Text: fmt.Sprintf("Info about IPv4 subnet %s (id %d) returned", n.Prefix, n.ID), Arguments: map[string]any{"subnet4": []any{shown}}}
	}
	if byID {
		return control.Reply{Result: control.Empty, Text: fmt.Sprintf("No subnet with id %d found", id)}
	}
	return control.Reply{Result: control.Empty, Text: fmt.Sprintf("No %s subnet found", prefix)}
}

func (d *DHCP4) shownSubnet(id uint32) map[string]any {
	shown := d.shown()
	places := append([]map[string]any{shown}, objects(shown, "shared-networks")...)
	for _, place := range places {
		for _, n := range objects(place, "subnet4") {
			if have, ok := toNumber(n["id"]); ok && have == int64(id) {
				return n
			}
		}
	}
	return map[string]any{}
}

// toNumber reads an integer of a configuration.
func toNumber(value any) (int64, bool) {
	switch v := value.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case uint32:
		return int64(v), true
	}
	return integerOf(value)
}

func (d *DHCP4) networkList(context.Context, arguments) control.Reply {
	list := []any{}
	for _, n := range d.conf.Source.SharedNetworks {
		list = append(list, map[string]any{"name": n.Name})
	}
	reply := control.Reply{Text: plural(len(list), "IPv4 network", "IPv4 networks") + " found", Arguments: map[string]any{"shared-networks": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

func (d *DHCP4) networkGet(_ context.Context, a arguments) control.Reply {
	if err := wantMap(a, "network4-get"); err != nil {
		return failed(err)
	}
	value, ok := a.of["name"]
	if !ok {
		return refused("invalid 'network4-get': missing mandatory 'name' parameter")
	}
	name, ok := value.(string)
	if !ok {
		return refused("'name' parameter must be a string")
	}
	for _, n := range objects(d.shown(), "shared-networks") {
		if n["name"] != name {
			continue
		}
		for _, s := range objects(n, "subnet4") {
			delete(s, "reservations")
		}
		return control.Reply{Text: fmt.Sprintf("Info about IPv4 shared network '%s' returned", name), Arguments: map[string]any{"shared-networks": []any{n}}}
	}
	return control.Reply{Result: control.Empty, Text: fmt.Sprintf("No '%s' shared network found", name)}
}

func (d *DHCP4) classList(context.Context, arguments) control.Reply {
	list := []any{}
	for _, c := range d.conf.Classes {
		list = append(list, map[string]any{"name": c.Name})
	}
	reply := control.Reply{Text: plural(len(list), "class", "classes") + " found", Arguments: map[string]any{"client-classes": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

// classArguments looks whether the arguments of a command of class_cmds are a map with
// one member.
func classArguments(a arguments, name, key, kind string) error {
	switch {
	case !a.given:
		return say("invalid command '%s': no arguments specified", name)
	case a.of == nil:
		return say("invalid command '%s': expected 'arguments' to be a map, got %s instead", name, control.KindOf(a.value))
	case len(a.of) == 0:
		return say("invalid command '%s': 'arguments' is empty", name)
	case len(a.of) > 1:
		return say("invalid number of arguments %d for the '%s' command. Expecting '%s' %s", len(a.of), name, key, kind)
	}
	if _, ok := a.of[key]; !ok {
		return say("missing '%s' argument for the '%s' command", key, name)
	}
	return nil
}

// className reads which class a command is about.
func className(a arguments, command string) (string, error) {
	if err := classArguments(a, command, "name", "string"); err != nil {
		return "", err
	}
	name, ok := a.text("name")
	if !ok {
		return "", say("'name' argument specified for the '%s' command is not a string", command)
	}
	return name, nil
}

func (d *DHCP4) classGet(_ context.Context, a arguments) control.Reply {
	name, err := className(a, "class-get")
	if err != nil {
		return failed(err)
	}
	for _, c := range objects(d.shown(), "client-classes") {
		if c["name"] == name {
			return control.Reply{Text: fmt.Sprintf("Class '%s' definition returned", name), Arguments: map[string]any{"client-classes": []any{c}}}
		}
	}
	return control.Reply{Result: control.Empty, Text: fmt.Sprintf("Class '%s' not found", name)}
}
