package daemon

import (
	"context"
	"fmt"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/control"
)

// samePrefix is the error of a subnet with the prefix of another.
func samePrefix(t tree, subnet map[string]any, but int64) error {
	prefix, _ := subnet["subnet"].(string)
	for _, place := range t.networks() {
		for _, s := range objects(place, "subnet4") {
			if id, _ := toNumber(s["id"]); id != but && s["subnet"] == prefix {
				return say("subnet with the prefix of '%s' already exists", prefix)
			}
		}
	}
	return nil
}

func shortSubnet(m map[string]any) map[string]any {
	return map[string]any{"id": m["id"], "subnet": m["subnet"]}
}

func (d *DHCP4) subnetAdd(ctx context.Context, a arguments) control.Reply {
	subnet, err := theOne(a, "subnet4-add", "subnet4", "subnet")
	if err != nil {
		return failed(err)
	}
	if _, has := subnet["reservations"]; has {
		return refused("must not specify host reservations with 'subnet4-add'. Use 'reservation-add' to add a reservation to a subnet")
	}
	if err := d.checkPart(a, "subnet4"); err != nil {
		return failed(err)
	}
	id, _ := toNumber(subnet["id"])
	err = d.change(ctx, server.NewSubnets, func(t tree) error {
		if place, _ := t.subnet(id); place != nil {
			return say("ID of the new IPv4 subnet '%d' is already in use", id)
		}
		if err := samePrefix(t, subnet, id); err != nil {
			return err
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
	subnet, err := theOne(a, "subnet4-update", "subnet4", "subnet")
	if err != nil {
		return failed(err)
	}
	id, ok := toNumber(subnet["id"])
	if !ok {
		return refused("must specify subnet id with 'subnet4-update' command.")
	}
	if _, has := subnet["reservations"]; has {
		return refused("must not specify host reservations with 'subnet4-update'. Use 'reservation-add' to add a reservation to a subnet")
	}
	if err := d.checkPart(a, "subnet4"); err != nil {
		return failed(err)
	}
	err = d.change(ctx, server.Subnets, func(t tree) error {
		if err := samePrefix(t, subnet, id); err != nil {
			return err
		}
		place, at := t.subnet(id)
		if place == nil {
			return say("Can't find subnet '%d' to update", id)
		}
		old, _ := list(place, "subnet4")[at].(map[string]any)
		if hosts, has := old["reservations"]; has {
			subnet["reservations"] = hosts // they stay, as with Kea
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
	if err := wantMap(a, "subnet4-del"); err != nil {
		return failed(err)
	}
	value, ok := a.of["id"]
	if !ok || len(a.of) != 1 {
		return refused("invalid number of arguments specified for the 'subnet4-del command. Expected subnet identifier")
	}
	id, ok := integerOf(value)
	if !ok {
		return refused("subnet identifier specified for the 'subnet4-del' is not a number")
	}
	id = int64(uint32(id)) // as Kea reads it
	var gone map[string]any
	err := d.change(ctx, server.Subnets, func(t tree) error {
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
	network, err := theOne(a, "network4-add", "shared-networks", "network")
	if err != nil {
		return failed(err)
	}
	if err := d.checkPart(a, "shared-networks"); err != nil {
		return failed(err)
	}
	name, _ := network["name"].(string)
	err = d.change(ctx, server.NewSubnets, func(t tree) error {
		if n, _ := t.network(name); n != nil {
			return say("duplicate network '%s' found in the configuration", name)
		}
		for _, s := range objects(network, "subnet4") {
			id, _ := toNumber(s["id"])
			if place, _ := t.subnet(id); place != nil {
				return say("ID of the new IPv4 subnet '%d' is already in use", id)
			}
			if err := samePrefix(t, s, id); err != nil {
				return err
			}
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
	name, keep, err := readNetworkDel(a)
	if err != nil {
		return failed(err)
	}
	found := false
	err = d.change(ctx, server.Subnets, func(t tree) error {
		n, at := t.network(name)
		if n == nil {
			return say("no shared network with name '%s' found", name)
		}
		found = true
		take(t, "shared-networks", at)
		if keep {
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

// readNetworkDel reads which network goes, and whether its subnets stay.
func readNetworkDel(a arguments) (name string, keep bool, err error) {
	const command = "network4-del"
	if err := wantMap(a, command); err != nil {
		return "", false, err
	}
	value, ok := a.of["name"]
	if !ok {
		return "", false, say("network name ('name') is required for the '%s' command", command)
	}
	if name, ok = value.(string); !ok {
		return "", false, say("network name ('name') specified for the '%s' is not a string", command)
	}
	value, ok = a.of["subnets-action"]
	if !ok {
		return name, true, nil
	}
	action, ok := value.(string)
	switch {
	case !ok:
		return "", false, say("subnets-action parameter for %s command must be a string. Supported values are: 'keep' and 'delete'.", command)
	case action != "keep" && action != "delete":
		return "", false, say("Invalid value for subnets-action parameter: %s, Supported values: 'keep' and 'delete'.", action)
	}
	return name, action == "keep", nil
}

// readMove reads which subnet goes into, or out of, which network.
func readMove(a arguments, command string) (name string, id int64, err error) {
	if err := wantMap(a, command); err != nil {
		return "", 0, err
	}
	for _, key := range []string{"name", "id"} {
		if _, ok := a.of[key]; !ok {
			return "", 0, say("missing '%s' argument for the '%s' command", key, command)
		}
	}
	name, ok := a.text("name")
	if !ok {
		return "", 0, say("'name' argument specified for the '%s' command is not a string", command)
	}
	id, ok = a.number("id")
	if !ok { // Kea says "name", too
		return "", 0, say("'name' argument specified for the '%s' command is not an integer", command)
	}
	return name, int64(uint32(id)), nil
}

// move takes a subnet into a shared network, or out of it.
func (d *DHCP4) move(ctx context.Context, a arguments, in bool) control.Reply {
	command := "network4-subnet-del"
	if in {
		command = "network4-subnet-add"
	}
	name, id, err := readMove(a, command)
	if err != nil {
		return failed(err)
	}
	var subnet map[string]any
	missing := false
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		network, _ := t.network(name)
		place, at := t.subnet(id)
		missing = network == nil || place == nil || !in && place["name"] != name
		isIn := place != nil && place["name"] != nil
		switch {
		case network == nil:
			return say("no IPv4 shared network with name '%s' found", name)
		case place == nil && in:
			return say("no IPv4 subnet with id '%d' found", id)
		case in && isIn:
			if place["name"] == name {
				return say("attempted to add subnet with a duplicated subnet identifier %d", id)
			}
			return say("subnet %d being added to a shared network already belongs to a shared network", id)
		case !in && (place == nil || place["name"] != name):
			return say("The IPv4 subnet with id %d is not part of the shared network with name '%s' found", id, name)
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
