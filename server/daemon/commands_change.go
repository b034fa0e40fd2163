package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
)

// changeCommands are those of host_cmds, subnet_cmds and class_cmds that change the
// configuration: in memory, until config-write.
var changeCommands = map[string]command{
	"class-add":           {classLibrary, (*DHCP4).classAdd},
	"class-del":           {classLibrary, (*DHCP4).classDel},
	"class-update":        {classLibrary, (*DHCP4).classUpdate},
	"network4-add":        {subnetLibrary, (*DHCP4).networkAdd},
	"network4-del":        {subnetLibrary, (*DHCP4).networkDel},
	"network4-subnet-add": {subnetLibrary, (*DHCP4).networkSubnetAdd},
	"network4-subnet-del": {subnetLibrary, (*DHCP4).networkSubnetDel},
	"reservation-add":     {hostLibrary, (*DHCP4).hostAdd},
	"reservation-del":     {hostLibrary, (*DHCP4).hostDel},
	"reservation-update":  {hostLibrary, (*DHCP4).hostUpdate},
	"subnet4-add":         {subnetLibrary, (*DHCP4).subnetAdd},
	"subnet4-del":         {subnetLibrary, (*DHCP4).subnetDel},
	"subnet4-update":      {subnetLibrary, (*DHCP4).subnetUpdate},
}

// tree is a configuration that is being changed.
type tree map[string]any

// change changes the configuration and takes the result into use. An error changes
// nothing.
func (d *DHCP4) change(ctx context.Context, edit func(tree) error) error {
	text, err := json.Marshal(d.given)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var copied tree
	if err := decoder.Decode(&copied); err != nil {
		return err
	}
	if err := edit(copied); err != nil {
		return err
	}
	if text, err = json.Marshal(map[string]any{"Dhcp4": copied}); err != nil {
		return err
	}
	c, err := load(config.Wire, text, d.here(), nil)
	if err != nil {
		return err
	}
	c.small = true
	return d.apply(ctx, c)
}

// list returns a list of a map of the configuration.
func list(m map[string]any, key string) []any {
	l, _ := m[key].([]any)
	return l
}

// networks are the places where subnets stand: the top and every shared network.
func (t tree) networks() []map[string]any {
	return append([]map[string]any{t}, objects(t, "shared-networks")...)
}

// subnet finds a subnet: its place, and where in the list of that it is.
func (t tree) subnet(id int64) (place map[string]any, at int) {
	for _, place := range t.networks() {
		for i, item := range list(place, "subnet4") {
			n, _ := item.(map[string]any)
			if have, ok := toNumber(n["id"]); ok && have == id {
				return place, i
			}
		}
	}
	return nil, 0
}

// take takes an item out of a list.
func take(m map[string]any, key string, at int) map[string]any {
	l := list(m, key)
	item, _ := l[at].(map[string]any)
	m[key] = slices.Delete(l, at, at+1)
	return item
}

func put(m map[string]any, key string, item any) { m[key] = append(list(m, key), item) }

// theOne reads the one object that a command is about.
func theOne(a arguments, key string) (map[string]any, error) {
	l, ok := a.of[key].([]any)
	if !ok {
		return nil, say("missing parameter '%s'", key)
	}
	if len(l) != 1 {
		return nil, say("invalid number of entries specified for '%s' list. Expected one entry", key)
	}
	m, ok := l[0].(map[string]any)
	if !ok {
		return nil, say("entries of '%s' must be maps", key)
	}
	return m, nil
}

func shortSubnet(m map[string]any) map[string]any {
	return map[string]any{"id": m["id"], "subnet": m["subnet"]}
}

func (d *DHCP4) subnetAdd(ctx context.Context, a arguments) control.Reply {
	subnet, err := theOne(a, "subnet4")
	if err != nil {
		return failed(err)
	}
	id, ok := toNumber(subnet["id"])
	if !ok {
		return refused("subnet configuration failed: missing parameter 'id'")
	}
	err = d.change(ctx, func(t tree) error {
		if place, _ := t.subnet(id); place != nil {
			return say("ID of the new IPv4 subnet '%d' is already in use", id)
		}
		put(t, "subnet4", subnet)
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: "IPv4 subnet added", Arguments: map[string]any{"subnets": []any{shortSubnet(subnet)}}}
}

func (d *DHCP4) subnetUpdate(ctx context.Context, a arguments) control.Reply {
	subnet, err := theOne(a, "subnet4")
	if err != nil {
		return failed(err)
	}
	id, ok := toNumber(subnet["id"])
	if !ok {
		return refused("subnet configuration failed: missing parameter 'id'")
	}
	err = d.change(ctx, func(t tree) error {
		place, at := t.subnet(id)
		if place == nil {
			return say("Can't find subnet '%d' to update", id)
		}
		list(place, "subnet4")[at] = subnet
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: "IPv4 subnet updated", Arguments: map[string]any{"subnets": []any{shortSubnet(subnet)}}}
}

func (d *DHCP4) subnetDel(ctx context.Context, a arguments) control.Reply {
	id, ok := a.number("id")
	if !ok {
		return refused("missing parameter 'id'")
	}
	var gone map[string]any
	err := d.change(ctx, func(t tree) error {
		if place, at := t.subnet(id); place != nil {
			gone = take(place, "subnet4", at)
			return nil
		}
		return say("no subnet with id %d found", id)
	})
	switch {
	case err != nil && gone == nil:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("IPv4 subnet %v (id %d) deleted", gone["subnet"], id), Arguments: map[string]any{"subnets": []any{shortSubnet(gone)}}}
}

func (t tree) network(name string) (network map[string]any, at int) {
	for i, n := range objects(t, "shared-networks") {
		if n["name"] == name {
			return n, i
		}
	}
	return nil, 0
}

func shortNetwork(name string) map[string]any {
	return map[string]any{"shared-networks": []any{map[string]any{"name": name}}}
}

func (d *DHCP4) networkAdd(ctx context.Context, a arguments) control.Reply {
	network, err := theOne(a, "shared-networks")
	if err != nil {
		return failed(err)
	}
	name, _ := network["name"].(string)
	err = d.change(ctx, func(t tree) error {
		if n, _ := t.network(name); n != nil {
			return say("duplicate network '%s' found in the configuration", name)
		}
		put(t, "shared-networks", network)
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("A new IPv4 shared network '%s' added", name), Arguments: shortNetwork(name)}
}

func (d *DHCP4) networkDel(ctx context.Context, a arguments) control.Reply {
	name, ok := a.text("name")
	if !ok {
		return refused("missing parameter 'name'")
	}
	found := false
	err := d.change(ctx, func(t tree) error {
		n, at := t.network(name)
		if n == nil {
			return say("no shared network with name '%s' found", name)
		}
		found = true
		take(t, "shared-networks", at)
		if a.of["subnets-action"] != "delete" {
			for _, s := range list(n, "subnet4") {
				put(t, "subnet4", s)
			}
		}
		return nil
	})
	switch {
	case err != nil && !found:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("IPv4 shared network '%s' deleted", name), Arguments: shortNetwork(name)}
}

// move takes a subnet into a shared network, or out of it.
func (d *DHCP4) move(ctx context.Context, a arguments, in bool) control.Reply {
	name, ok := a.text("name")
	id, ok2 := a.number("id")
	if !ok || !ok2 {
		return refused("missing parameter 'name' or 'id'")
	}
	var subnet map[string]any
	missing := false
	err := d.change(ctx, func(t tree) error {
		network, _ := t.network(name)
		place, at := t.subnet(id)
		missing = network == nil || place == nil
		isIn := place != nil && place["name"] != nil
		switch {
		case network == nil:
			return say("no shared network with name '%s' found", name)
		case place == nil:
			return say("no subnet with id %d found", id)
		case in && isIn:
			return say("attempted to add subnet with a duplicated subnet identifier %d", id)
		case !in && place["name"] != name:
			return say("The subnet %d is not part of the shared network '%s'", id, name)
		}
		subnet = take(place, "subnet4", at)
		if in {
			put(network, "subnet4", subnet)
		} else {
			put(t, "subnet4", subnet)
		}
		return nil
	})
	switch {
	case err != nil && missing:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	case in:
		return control.Reply{Text: fmt.Sprintf("IPv4 subnet %v (id %d) is now part of shared network '%s'", subnet["subnet"], id, name)}
	}
	return control.Reply{Text: fmt.Sprintf("IPv4 subnet %v (id %d) is now removed from shared network '%s'", subnet["subnet"], id, name)}
}

func (d *DHCP4) networkSubnetAdd(ctx context.Context, a arguments) control.Reply {
	return d.move(ctx, a, true)
}

func (d *DHCP4) networkSubnetDel(ctx context.Context, a arguments) control.Reply {
	return d.move(ctx, a, false)
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
	class, err := theOne(a, "client-classes")
	if err != nil {
		return failed(err)
	}
	err = d.change(ctx, func(t tree) error {
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
	class, err := theOne(a, "client-classes")
	if err != nil {
		return failed(err)
	}
	missing := false
	err = d.change(ctx, func(t tree) error {
		at, ok := t.class(class["name"])
		if !ok {
			missing = true
			return say("Class '%v' is not found", class["name"])
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

func (d *DHCP4) classDel(ctx context.Context, a arguments) control.Reply {
	name, ok := a.text("name")
	if !ok {
		return refused("missing 'name' parameter")
	}
	missing := false
	err := d.change(ctx, func(t tree) error {
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

// hostPlace is where the reservations of a subnet stand; 0: the global ones.
func (t tree) hostPlace(id int64) (map[string]any, error) {
	if id == 0 {
		return t, nil
	}
	place, at := t.subnet(id)
	if place == nil {
		return nil, say("IPv4 subnet with ID of '%d' is not configured", id)
	}
	n, _ := list(place, "subnet4")[at].(map[string]any)
	return n, nil
}

// toMemory reports whether a command is about the reservations of the
// configuration; where it does not say so, Kea means databases.
func toMemory(a arguments) (bool, error) {
	switch target := a.of["operation-target"]; target {
	case "memory", "all":
		return true, nil
	case nil, "database", "default":
		return false, nil
	default:
		return false, say("The 'operation-target' value (%v) is not within expected set: (memory, database, all, default)", target)
	}
}

// onlyMemory is the error of a command that is not about the reservations of the
// configuration.
func onlyMemory(a arguments, refusal string) error {
	memory, err := toMemory(a)
	if err == nil && !memory {
		err = saying(refusal)
	}
	return err
}

// sameHost reports whether two reservations are of the same client.
func sameHost(a, b map[string]any) bool {
	for _, key := range []string{"hw-address", "duid", "client-id", "circuit-id", "flex-id"} {
		x, ok := a[key].(string)
		y, ok2 := b[key].(string)
		if ok && ok2 && strings.EqualFold(x, y) {
			return true
		}
	}
	return false
}

func reservation(a arguments) (host map[string]any, id int64, err error) {
	given, ok := a.of["reservation"].(map[string]any)
	if !ok {
		return nil, 0, say("reservation must be specified")
	}
	host = map[string]any{}
	for key, value := range given {
		host[key] = value
	}
	id, _ = toNumber(host["subnet-id"])
	delete(host, "subnet-id")
	return host, id, nil
}

func (d *DHCP4) hostAdd(ctx context.Context, a arguments) control.Reply {
	host, id, err := reservation(a)
	if err == nil {
		err = onlyMemory(a, "Host database not available, cannot add host.")
	}
	if err != nil {
		return failed(err)
	}
	err = d.change(ctx, func(t tree) error {
		place, err := t.hostPlace(id)
		if err != nil {
			return err
		}
		for _, h := range objects(place, "reservations") {
			if sameHost(h, host) {
				return say("failed to add new host to the IPv4 subnet id '%d' as this host has already been added", id)
			}
		}
		put(place, "reservations", host)
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: "Host added."}
}

func (d *DHCP4) hostUpdate(ctx context.Context, a arguments) control.Reply {
	host, id, err := reservation(a)
	if err == nil {
		err = onlyMemory(a, "Unable to update a host because there is no hosts-database configured.")
	}
	if err != nil {
		return failed(err)
	}
	err = d.change(ctx, func(t tree) error {
		place, err := t.hostPlace(id)
		if err != nil {
			return err
		}
		for i, h := range objects(place, "reservations") {
			if sameHost(h, host) {
				list(place, "reservations")[i] = host
				return nil
			}
		}
		return say("Host not updated (not found).")
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: "Host updated."}
}

func (d *DHCP4) hostDel(ctx context.Context, a arguments) control.Reply {
	id, ok := a.number("subnet-id")
	if !ok {
		return refused("missing parameter 'subnet-id'")
	}
	err := onlyMemory(a, "Unable to delete a host because there is no hosts-database configured.")
	if err != nil {
		return failed(err)
	}
	address, byAddress := a.text("ip-address")
	wanted := func(h map[string]any) bool { return h["ip-address"] == address }
	if !byAddress {
		if wanted, err = identified(a); err != nil {
			return failed(err)
		}
	}
	found := false
	err = d.change(ctx, func(t tree) error {
		place, err := t.hostPlace(id)
		if err != nil {
			return err
		}
		for i, h := range objects(place, "reservations") {
			if wanted(h) {
				found = true
				take(place, "reservations", i)
				return nil
			}
		}
		return say("Host not deleted (not found).")
	})
	switch {
	case err != nil && !found:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	}
	return control.Reply{Text: "Host deleted."}
}
