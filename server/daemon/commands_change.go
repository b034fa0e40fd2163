package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
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
	"subnet4-delta-add":   {subnetLibrary, (*DHCP4).subnetDeltaAdd},
	"subnet4-delta-del":   {subnetLibrary, (*DHCP4).subnetDeltaDel},
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

// theOne reads the one subnet or network that a command is about; what is "subnet" or
// "network".
func theOne(a arguments, command, key, what string) (map[string]any, error) {
	if err := wantMap(a, command); err != nil {
		return nil, err
	}
	value, ok := a.of[key]
	switch {
	case what == "subnet" && len(a.of) != 1:
		return nil, say("invalid number of arguments %d for the '%s' command. Expecting '%s' list", len(a.of), command, key)
	case !ok:
		return nil, say("missing '%s' argument for the '%s' command", key, command)
	}
	l, ok := value.([]any)
	switch {
	case !ok:
		return nil, say("'%s' argument specified for the '%s' command is not a list", key, command)
	case len(l) != 1:
		return nil, say("invalid number of %ss specified for the '%s' command. Expected one %s", what, command, what)
	}
	m, ok := l[0].(map[string]any)
	if !ok {
		if what == "subnet" {
			what = "subnet information"
		} else {
			what = "network information"
		}
		return nil, say("invalid %s specified for the'%s' command. Expected a map", what, command)
	}
	return m, nil
}

// theClass reads the one class that a command is about.
func theClass(a arguments, command string) (map[string]any, error) {
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
	return m, nil
}

// checkPart looks at what a command is to add, before it is looked at with all the
// rest: faults are told by their place in the command.
func (d *DHCP4) checkPart(a arguments, key string) error {
	if err := wellFormed(a, key); err != nil {
		return err
	}
	current, err := json.Marshal(d.given)
	if err != nil {
		return err
	}
	return config.CheckPart(current, a.raw, a.before, key)
}

// wellFormed looks at the form of what a command is to add.
func wellFormed(a arguments, key string) error {
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(a.raw, &raw); err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Dhcp4": map[string]any{key: raw[key]}})
	if err != nil {
		return err
	}
	root, faults := keaconf.Parse(config.Wire, text, nil)
	if !faults.HasErrors() {
		_, faults = keaconf.Decode(root)
	}
	if faults.HasErrors() {
		return unfit(root, faults)
	}
	return nil
}

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
	err = d.change(ctx, func(t tree) error {
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
	err = d.change(ctx, func(t tree) error {
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
	network, err := theOne(a, "network4-add", "shared-networks", "network")
	if err != nil {
		return failed(err)
	}
	if err := d.checkPart(a, "shared-networks"); err != nil {
		return failed(err)
	}
	name, _ := network["name"].(string)
	err = d.change(ctx, func(t tree) error {
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
	err = d.change(ctx, func(t tree) error {
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
	err = d.change(ctx, func(t tree) error {
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

func (t tree) class(name any) (at int, ok bool) {
	for i, c := range objects(t, "client-classes") {
		if c["name"] == name {
			return i, true
		}
	}
	return 0, false
}

func (d *DHCP4) classAdd(ctx context.Context, a arguments) control.Reply {
	class, err := theClass(a, "class-add")
	if err == nil {
		err = d.checkPart(a, "client-classes")
	}
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
	class, err := theClass(a, "class-update")
	if err == nil {
		err = d.checkPart(a, "client-classes")
	}
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
	err = d.change(ctx, func(t tree) error {
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
