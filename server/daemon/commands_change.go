package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
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

// change changes the configuration and takes the result into use; what says what is
// changed. An error changes nothing.
func (d *DHCP4) change(ctx context.Context, what server.Change, edit func(tree) error) error {
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
	c.change = what
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
