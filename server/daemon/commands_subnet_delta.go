package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
)

func (d *DHCP4) subnetDeltaAdd(ctx context.Context, a arguments) control.Reply {
	return d.subnetDelta(ctx, a, "subnet4-delta-add", addDelta)
}

func (d *DHCP4) subnetDeltaDel(ctx context.Context, a arguments) control.Reply {
	return d.subnetDelta(ctx, a, "subnet4-delta-del", func(subnet, delta map[string]any) { removeDelta(subnet, delta, "subnet4") })
}

// subnetDelta changes parts of a subnet. As with Kea, the subnet is taken as
// subnet4-get shows it, with all that it inherits, and of the delta that which
// subnet4-get would show of a subnet with nothing else, as far as the command has the
// keys; so the client-class of a subnet, which is shown as client-classes, counts for
// nothing here. The reservations stay.
func (d *DHCP4) subnetDelta(ctx context.Context, a arguments, command string, edit func(subnet, delta map[string]any)) control.Reply {
	given, err := theOne(a, command, "subnet4", "subnet")
	if err != nil {
		return failed(err)
	}
	id, ok := toNumber(given["id"])
	if !ok {
		return refused("must specify subnet id with '%s' command.", command)
	}
	if _, has := given["reservations"]; has {
		return refused("must not specify host reservations with '%s'.", command)
	}
	if err := d.checkDelta(a); err != nil {
		return failed(err)
	}
	if _, ok := d.conf.BySubnetID(uint32(id)); !ok {
		return refused("Can't find subnet '%d' to update", id)
	}
	delta, err := d.shownDelta(a, given)
	if err != nil {
		return failed(err)
	}
	// What is shown may be part of what is served.
	merged, err := copied(d.shownSubnet(uint32(id)))
	if err != nil {
		return failed(err)
	}
	delete(merged, "reservations")
	edit(merged, delta)
	if err := d.checkMerged(merged); err != nil {
		return failed(err)
	}
	err = d.change(ctx, server.Subnets, func(t tree) error {
		place, at := t.subnet(id)
		if place == nil {
			return say("Can't find subnet '%d' to update", id)
		}
		old, _ := list(place, "subnet4")[at].(map[string]any)
		if hosts, has := old["reservations"]; has {
			merged["reservations"] = hosts
		}
		list(place, "subnet4")[at] = merged
		return samePrefix(t, merged, id)
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: "IPv4 subnet updated", Arguments: map[string]any{"subnets": []any{shortSubnet(merged)}}}
}

// checkDelta looks at what a command has of a subnet.
func (d *DHCP4) checkDelta(a arguments) error {
	if err := wellFormed(a, "subnet4"); err != nil {
		return err
	}
	current, err := json.Marshal(map[string]any{"option-def": d.given["option-def"]})
	if err != nil {
		return err
	}
	return config.CheckDelta(current, a.raw, a.before)
}

// shownDelta is what is shown of a subnet, as far as the command has its keys.
func (d *DHCP4) shownDelta(a arguments, given map[string]any) (map[string]any, error) {
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(a.raw, &raw); err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]any{"Dhcp4": map[string]any{"option-def": d.given["option-def"], "subnet4": raw["subnet4"]}})
	if err != nil {
		return nil, err
	}
	root, faults := keaconf.Parse(config.Wire, text, nil)
	if faults.HasErrors() {
		return nil, faults
	}
	top, _ := keaconf.Plain(root.Value()).(map[string]any)
	four, _ := top["Dhcp4"].(map[string]any)
	shown := objects(config.Show(four), "subnet4")
	if len(shown) != 1 {
		return nil, fmt.Errorf("the subnet cannot be read")
	}
	delta := map[string]any{}
	for key := range given {
		if value, has := shown[0][key]; has {
			delta[key] = value
		}
	}
	return copied(delta)
}

// copied is the same as JSON has it: numbers become json.Number.
func copied(m map[string]any) (out map[string]any, err error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return out, decoder.Decode(&out)
}

var wirePlace = regexp.MustCompile(`\(<wire>:\d+:\d+\)`)

// checkMerged looks at a subnet that no text stands for: its faults have no place.
func (d *DHCP4) checkMerged(subnet map[string]any) error {
	text, err := json.Marshal(map[string]any{"subnet4": []any{subnet}})
	if err != nil {
		return err
	}
	current, err := json.Marshal(d.given)
	if err != nil {
		return err
	}
	if err := config.CheckPart(current, text, 0, "subnet4"); err != nil {
		return say("%s", wirePlace.ReplaceAllString(err.Error(), "(:0:0)"))
	}
	return nil
}

// partKeys are the lists of a subnet whose items are told apart by some of their keys.
var partKeys = map[string][]string{
	"subnet4":     {"id", "subnet"},
	"pools":       {"pool"},
	"option-data": {"code", "space"},
}

func samePart(a, b any, keys []string) bool {
	x, isMap := a.(map[string]any)
	y, both := b.(map[string]any)
	return isMap && both && !slices.ContainsFunc(keys, func(k string) bool { return !reflect.DeepEqual(x[k], y[k]) })
}

// addDelta puts what a delta has into place: parts that are there are changed, others
// are added, as are the items of plain lists.
func addDelta(into, delta map[string]any) {
	for key, value := range delta {
		switch have := into[key].(type) {
		case map[string]any:
			if v, ok := value.(map[string]any); ok {
				addDelta(have, v)
				continue
			}
		case []any:
			if v, ok := value.([]any); ok {
				into[key] = addItems(have, v, partKeys[key])
				continue
			}
		}
		into[key] = value
	}
}

func addItems(have, more []any, keys []string) []any {
	for _, item := range more {
		found := false
		for _, h := range have {
			if keys != nil && samePart(h, item, keys) {
				addDelta(h.(map[string]any), item.(map[string]any))
				found = true
			}
		}
		if !found {
			have = append(have, item)
		}
	}
	return have
}

// removeDelta takes away what a delta has, whatever its values, but for what tells
// the part apart; kind is the list that the part is in.
func removeDelta(from, delta map[string]any, kind string) {
	for key, value := range delta {
		if slices.Contains(partKeys[kind], key) {
			continue
		}
		switch have := from[key].(type) {
		case map[string]any:
			if v, ok := value.(map[string]any); ok {
				removeDelta(have, v, "")
				if len(have) == 0 {
					delete(from, key)
				}
				continue
			}
		case []any:
			if v, ok := value.([]any); ok {
				from[key] = removeItems(have, v, key)
				continue
			}
		}
		delete(from, key)
	}
}

func removeItems(have, gone []any, key string) []any {
	keys := partKeys[key]
	return slices.DeleteFunc(have, func(h any) bool {
		return slices.ContainsFunc(gone, func(g any) bool {
			if keys == nil {
				return reflect.DeepEqual(h, g)
			}
			if !samePart(h, g, keys) {
				return false
			}
			part, delta := h.(map[string]any), g.(map[string]any)
			if bare(delta, keys) {
				return true
			}
			removeDelta(part, delta, key)
			return bare(part, keys)
		})
	})
}

// bare says that a part has nothing but what tells it apart.
func bare(part map[string]any, keys []string) bool {
	for key, value := range part {
		if l, isList := value.([]any); isList && len(l) == 0 || slices.Contains(keys, key) || key == "name" {
			continue
		}
		return false
	}
	return true
}
