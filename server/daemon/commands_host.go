package daemon

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
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
// subnet that they are in, by their numbers.
func (d *DHCP4) hosts() (out []map[string]any) {
	shown := d.shown()
	d.numberHosts(tree(d.given))
	add := func(place map[string]any, id any) {
		for _, h := range objects(place, "reservations") {
			h["subnet-id"] = id
			out = append(out, h)
		}
	}
	for _, place := range append(objects(shown, "shared-networks"), shown) {
		for _, n := range objects(place, "subnet4") {
			add(n, n["id"])
		}
	}
	add(shown, 0)
	slices.SortStableFunc(out, func(x, y map[string]any) int {
		return cmp.Compare(d.hostIDs[hostKey(x["subnet-id"], x)], d.hostIDs[hostKey(y["subnet-id"], y)])
	})
	return out
}

// hostIDs are the numbers of reservations, counted from 1 as they come: with the
// configuration, or by a command.
type hostIDs map[string]int64

// numberHosts gives numbers to reservations that have none.
func (d *DHCP4) numberHosts(t tree) {
	if d.hostIDs == nil {
		d.hostIDs = hostIDs{}
		d.lastHost = 0
	}
	number := func(place map[string]any, subnet any) {
		for _, h := range objects(place, "reservations") {
			if key := hostKey(subnet, h); d.hostIDs[key] == 0 {
				d.lastHost++
				d.hostIDs[key] = d.lastHost
			}
		}
	}
	for _, place := range append(objects(t, "shared-networks"), t) {
		for _, n := range objects(place, "subnet4") {
			number(n, n["id"])
		}
	}
	number(t, 0)
}

func hostKey(subnet any, h map[string]any) string {
	for _, kind := range identifierKinds {
		if text, ok := h[kind].(string); ok {
			id, err := config.ParseIdentifier(text)
			if err == nil {
				return fmt.Sprintf("%v %s %x", subnet, kind, id)
			}
		}
	}
	return ""
}

func inSubnet(h map[string]any, id int64) bool {
	n, ok := toNumber(h["subnet-id"])
	return ok && n == id
}

func hostList(list []any) control.Reply {
	reply := control.Reply{Text: fmt.Sprintf("%d IPv4 host(s) found.", len(list)), Arguments: map[string]any{"hosts": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

// targets are where the commands of host_cmds look for reservations.
var targets = []any{"memory", "database", "all", "default"}

// targetOf reads whether a command is about the reservations of the configuration, or
// of databases, of which there are none; otherwise is where it does not say.
func targetOf(a arguments, otherwise bool) (memory bool, err error) {
	target, ok, err := a.textOf("operation-target")
	switch {
	case err != nil:
		return false, err
	case !ok || target == "default":
		return otherwise, nil
	case !slices.Contains(targets, any(target)):
		return false, say("The 'operation-target' value (%s) is not within expected set: (memory, database, all, default)", target)
	}
	return target != "database", nil
}

// hostQuery says which reservations are meant.
type hostQuery struct {
	subnet   int64
	inSubnet bool
	matches  func(map[string]any) bool
	memory   bool
}

const mostSubnets = math.MaxUint32 - 1

// subnetOf reads the subnet that a command is about, which has to be there if the
// configuration is looked at; 0 are the global reservations.
func (d *DHCP4) subnetOf(a arguments, q *hostQuery) (err error) {
	if q.subnet, q.inSubnet, err = a.within("subnet-id", 0, mostSubnets); err != nil || q.subnet == 0 {
		return err
	}
	if _, ok := d.conf.BySubnetID(uint32(q.subnet)); !ok {
		return say("IPv4 subnet with ID of '%d' is not configured", q.subnet)
	}
	return nil
}

// identified reads an identifier that the arguments have.
func identified(a arguments, prefix string) (func(map[string]any) bool, error) {
	kind, ok := a.text("identifier-type")
	if !ok {
		return nil, say("%s'identifier-type' is either missing or not a string.", prefix)
	}
	text, ok := a.text("identifier")
	if !ok {
		return nil, say("%s'identifier' is either missing or not a string.", prefix)
	}
	if !slices.Contains(identifierKinds, kind) {
		return nil, say("Value of 'identifier-type' was not recognized.")
	}
	id, err := config.ParseIdentifier(text)
	switch {
	case text == "":
		return nil, say("Unable to query for empty 'identifier'.")
	case err != nil:
		return nil, say("Unable to parse 'identifier' value.")
	}
	return func(h map[string]any) bool {
		have, ok := h[kind].(string)
		if !ok {
			return false
		}
		b, err := config.ParseIdentifier(have)
		return err == nil && bytes.Equal(b, id)
	}, nil
}

// identifierKinds are those of reservations, in the order of Kea's texts.
var identifierKinds = []string{"hw-address", "duid", "circuit-id", "client-id", "flex-id"}

// readHost reads which one reservation is meant: by its address or an identifier.
func (d *DHCP4) readHost(a arguments, otherwise bool) (q hostQuery, err error) {
	if a.of == nil {
		return q, say("Parameters missing or are not a map.")
	}
	if q.subnet, q.inSubnet, err = a.within("subnet-id", 0, mostSubnets); err != nil {
		return q, err
	}
	if q.memory, err = targetOf(a, otherwise); err != nil {
		return q, err
	}
	if value, ok := a.of["ip-address"]; ok {
		text, ok := value.(string)
		if !ok {
			return q, say("'ip-address' is not a string.")
		}
		address, err := parseAddress(text)
		switch {
		case err != nil:
			return q, err
		case !q.inSubnet:
			return q, say("missing parameter 'subnet-id', use 'reservation-get-by-address' with 'ip-address' set to \"%s\" to get the list of reservations with this address", text)
		}
		q.matches = func(h map[string]any) bool { return h["ip-address"] == address.String() }
		return q, nil
	}
	if len(a.of) == 0 {
		return q, a.missing("subnet-id")
	}
	q.matches, err = identified(a, "No 'ip-address' provided and ")
	if err == nil && !q.inSubnet {
		err = say("missing parameter 'subnet-id', use 'reservation-get-by-id' with 'identifier-type' set to \"%v\" and 'identifier' to \"%v\" to get the list of reservations with this identifier",
			a.of["identifier-type"], a.of["identifier"])
	}
	return q, err
}

// wanted are the reservations that a query means.
func (d *DHCP4) wanted(q hostQuery) []any {
	list := []any{}
	if !q.memory {
		return list
	}
	for _, h := range d.hosts() {
		if (!q.inSubnet || inSubnet(h, q.subnet)) && (q.matches == nil || q.matches(h)) {
			list = append(list, h)
		}
	}
	return list
}

func (d *DHCP4) hostGet(_ context.Context, a arguments) control.Reply {
	q, err := d.readHost(a, true)
	if err != nil {
		return failed(err)
	}
	list := d.wanted(q)
	if len(list) == 0 {
		return control.Reply{Result: control.Empty, Text: "Host not found."}
	}
	return control.Reply{Text: "Host found.", Arguments: list[0]}
}

// readHosts reads which reservations are meant; read reads what is special.
func (d *DHCP4) readHosts(a arguments, read func(*hostQuery) error) (q hostQuery, err error) {
	if a.of == nil {
		return q, say("Parameters missing or are not a map.")
	}
	if q.memory, err = targetOf(a, true); err != nil {
		return q, err
	}
	return q, read(&q)
}

func (d *DHCP4) hostGetAll(_ context.Context, a arguments) control.Reply {
	q, err := d.readHosts(a, func(q *hostQuery) error {
		if err := d.subnetOf(a, q); err != nil {
			return err
		}
		if !q.inSubnet {
			return a.missing("subnet-id")
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return hostList(d.wanted(q))
}

func (d *DHCP4) hostByAddress(_ context.Context, a arguments) control.Reply {
	q, err := d.readHosts(a, func(q *hostQuery) error {
		address, err := a.addressOf("ip-address")
		if err != nil {
			return err
		}
		q.matches = func(h map[string]any) bool { return h["ip-address"] == address.String() }
		return d.subnetOf(a, q)
	})
	if err != nil {
		return failed(err)
	}
	return hostList(d.wanted(q))
}

func (d *DHCP4) hostByHostname(_ context.Context, a arguments) control.Reply {
	q, err := d.readHosts(a, func(q *hostQuery) error {
		name, ok, err := a.textOf("hostname")
		switch {
		case err != nil:
			return err
		case !ok:
			return a.missing("hostname")
		case name == "":
			return say("Empty hostname")
		}
		q.matches = func(h map[string]any) bool {
			have, _ := h["hostname"].(string)
			return strings.EqualFold(have, name)
		}
		return d.subnetOf(a, q)
	})
	if err != nil {
		return failed(err)
	}
	return hostList(d.wanted(q))
}

func (d *DHCP4) hostByID(_ context.Context, a arguments) control.Reply {
	q, err := d.readHosts(a, func(q *hostQuery) (err error) {
		q.matches, err = identified(a, "")
		return err
	})
	if err != nil {
		return failed(err)
	}
	return hostList(d.wanted(q))
}

// hostPage shows so many reservations behind the one with the number "from";
// "source-index" is 0 for the configuration.
func (d *DHCP4) hostPage(_ context.Context, a arguments) control.Reply {
	var limit, source, from int64
	if a.of != nil { // Kea does not ask for the target here
		of := maps.Clone(a.of)
		delete(of, "operation-target")
		a.of = of
	}
	q, err := d.readHosts(a, func(q *hostQuery) (err error) {
		if err = d.subnetOf(a, q); err != nil {
			return err
		}
		var ok bool
		const mostSources = 10
		if source, _, err = a.within("source-index", 0, mostSources); err != nil {
			return err
		}
		if from, _, err = a.int64Of("from"); err != nil {
			return err
		}
		switch limit, ok, err = a.within("limit", 0, math.MaxUint32); {
		case err != nil:
			return err
		case !ok:
			return a.missing("limit")
		case limit == 0:
			return say("page size of retrieved hosts must not be 0")
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
	list := d.wanted(q)
	if source > 0 {
		list = nil
	}
	page := []any{}
	last := from
	for _, item := range list {
		h := item.(map[string]any)
		// Kea compares numbers without a sign.
		if id := d.hostIDs[hostKey(h["subnet-id"], h)]; uint64(id) > uint64(from) && int64(len(page)) < limit {
			page, last = append(page, item), id
		}
	}
	reply := hostList(page)
	fields := reply.Arguments.(map[string]any)
	fields["count"] = len(page)
	if len(page) > 0 {
		fields["next"] = map[string]any{"from": last, "source-index": 0}
	}
	return reply
}
