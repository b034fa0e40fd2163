package daemon

import (
	"context"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/server/control"
)

// hostCommands are those of host_cmds that show the reservations of the
// configuration.
var hostCommands = map[string]command{
	"reservation-get":             {hostLibrary, (*DHCP4).hostGet},
	"reservation-get-all":         {hostLibrary, (*DHCP4).hostGetAll},
	"reservation-get-by-address":  {hostLibrary, (*DHCP4).hostByAddress},
	"reservation-get-by-hostname": {hostLibrary, (*DHCP4).hostByHostname},
	"reservation-get-by-id":       {hostLibrary, (*DHCP4).hostByID},
	"reservation-get-page":        {hostLibrary, (*DHCP4).hostPage},
}

// hosts gives the reservations of the configuration as they are shown, with the
// subnet that they are in.
func (d *DHCP4) hosts() (out []map[string]any) {
	shown := d.shown()
	add := func(place map[string]any, id any) {
		for _, h := range objects(place, "reservations") {
			h["subnet-id"] = id
			out = append(out, h)
		}
	}
	add(shown, 0)
	for _, place := range append([]map[string]any{shown}, objects(shown, "shared-networks")...) {
		for _, n := range objects(place, "subnet4") {
			add(n, n["id"])
		}
	}
	return out
}

func inSubnet(h map[string]any, id int64) bool {
	n, ok := toNumber(h["subnet-id"])
	return ok && n == id
}

// withoutDatabase reports whether a command asks for databases alone, of which
// there is none.
func withoutDatabase(a arguments) bool { return a.of["operation-target"] == "database" }

func hostList(list []any) control.Reply {
	reply := control.Reply{Text: fmt.Sprintf("%d IPv4 host(s) found.", len(list)), Arguments: map[string]any{"hosts": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

// wantedHosts are the reservations that a test takes.
func (d *DHCP4) wantedHosts(a arguments, take func(map[string]any) bool) []any {
	list := []any{}
	if withoutDatabase(a) {
		return list
	}
	id, inOne := a.number("subnet-id")
	for _, h := range d.hosts() {
		if (!inOne || inSubnet(h, id)) && take(h) {
			list = append(list, h)
		}
	}
	return list
}

// identified returns a test for an identifier that the arguments have.
func identified(a arguments) (func(map[string]any) bool, error) {
	kind, ok := a.text("identifier-type")
	if !ok {
		return nil, say("missing parameter 'identifier-type'")
	}
	text, ok := a.text("identifier")
	if !ok {
		return nil, say("missing parameter 'identifier'")
	}
	plain := func(t string) string {
		return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(t, "0x"), ":", ""))
	}
	return func(h map[string]any) bool {
		have, ok := h[kind].(string)
		return ok && plain(have) == plain(text)
	}, nil
}

func (d *DHCP4) hostGet(_ context.Context, a arguments) control.Reply {
	address, byAddress := a.text("ip-address")
	if _, ok := a.number("subnet-id"); !ok {
		if byAddress {
			return refused("missing parameter 'subnet-id', use 'reservation-get-by-address' with 'ip-address' set to \"%s\" to get the list of reservations with this address", address)
		}
		return refused("missing parameter 'subnet-id'")
	}
	take := func(h map[string]any) bool { return h["ip-address"] == address }
	if !byAddress {
		var err error
		if take, err = identified(a); err != nil {
			return failed(err)
		}
	}
	list := d.wantedHosts(a, take)
	if len(list) == 0 {
		return control.Reply{Result: control.Empty, Text: "Host not found."}
	}
	return control.Reply{Text: "Host found.", Arguments: list[0]}
}

func (d *DHCP4) hostGetAll(_ context.Context, a arguments) control.Reply {
	if _, ok := a.number("subnet-id"); !ok {
		return refused("missing parameter 'subnet-id'")
	}
	return hostList(d.wantedHosts(a, func(map[string]any) bool { return true }))
}

func (d *DHCP4) hostByAddress(_ context.Context, a arguments) control.Reply {
	address, ok := a.text("ip-address")
	if !ok {
		return refused("missing parameter 'ip-address'")
	}
	return hostList(d.wantedHosts(a, func(h map[string]any) bool { return h["ip-address"] == address }))
}

func (d *DHCP4) hostByHostname(_ context.Context, a arguments) control.Reply {
	name, ok := a.text("hostname")
	if !ok || name == "" {
		return refused("missing parameter 'hostname'")
	}
	return hostList(d.wantedHosts(a, func(h map[string]any) bool {
		have, _ := h["hostname"].(string)
		return strings.EqualFold(have, name)
	}))
}

func (d *DHCP4) hostByID(_ context.Context, a arguments) control.Reply {
	take, err := identified(a)
	if err != nil {
		return failed(err)
	}
	return hostList(d.wantedHosts(a, take))
}

// hostPage shows so many reservations; "from" is how many were shown before.
func (d *DHCP4) hostPage(_ context.Context, a arguments) control.Reply {
	limit, ok := a.number("limit")
	if !ok || limit <= 0 {
		return refused("missing parameter 'limit'")
	}
	from, _ := a.number("from")
	list := d.wantedHosts(a, func(map[string]any) bool { return true })
	start := min(max(from, 0), int64(len(list)))
	page := list[start:min(start+limit, int64(len(list)))]
	reply := hostList(page)
	fields := reply.Arguments.(map[string]any)
	fields["count"] = len(page)
	if len(page) > 0 {
		fields["next"] = map[string]any{"from": start + int64(len(page)), "source-index": 0}
	}
	return reply
}
