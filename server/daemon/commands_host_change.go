package daemon

import (
	"bytes"
	"context"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/lease"
)

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

// sameHost reports whether two reservations are of the same client, and by which kind
// of identifier.
func sameHost(a, b map[string]any) (kind string, same bool) {
	for _, kind := range identifierKinds {
		x, ok := a[kind].(string)
		y, ok2 := b[kind].(string)
		if !ok || !ok2 {
			continue
		}
		p, err := config.ParseIdentifier(x)
		q, err2 := config.ParseIdentifier(y)
		if err == nil && err2 == nil && bytes.Equal(p, q) {
			return kind, true
		}
	}
	return "", false
}

// onlyMemory is the error of a command that is not about the reservations of the
// configuration.
func onlyMemory(a arguments, refusal string) error {
	memory, err := targetOf(a, false)
	if err == nil && !memory {
		err = saying(refusal)
	}
	return err
}

// readReservation reads the reservation that a command is to add, or to put in the place
// of another, and its subnet.
func (d *DHCP4) readReservation(a arguments, given map[string]any) (host map[string]any, id int64, err error) {
	id = -1
	if value, ok := given["subnet-id"]; ok {
		if id, ok = integerOf(value); !ok {
			return nil, 0, say("'subnet-id' parameter is not integer.")
		}
		if id < 0 || id > mostSubnets {
			return nil, 0, say("subnet-id: %d is invalid, must be between 0 and %d (inclusive).", id, int64(mostSubnets))
		}
	}
	host = map[string]any{}
	for key, value := range given {
		if key != "subnet-id" {
			host[key] = value
		}
	}
	var prefix netip.Prefix
	if id > 0 {
		n, ok := d.conf.BySubnetID(uint32(id))
		if !ok {
			return nil, 0, say("IPv4 subnet with ID of '%d' is not configured", id)
		}
		prefix = n.Prefix
	}
	if id < 0 {
		if err := d.needsSubnet(host); err != nil {
			return nil, 0, err
		}
	}
	return host, id, config.CheckReservation(a.raw, a.before, prefix)
}

const noSubnetID = "Mandatory 'subnet-id' parameter missing."

// needsSubnet is why a reservation of an address has to say its subnet.
func (d *DHCP4) needsSubnet(host map[string]any) error {
	text, _ := host["ip-address"].(string)
	address, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	for _, n := range d.conf.Subnets {
		if n.Prefix.Contains(address) {
			return say(noSubnetID+" The address '%s' belongs to subnet '%s' id %d.", address, n.Prefix, n.ID)
		}
	}
	return say(noSubnetID+" The address '%s' belongs to no configured subnet.", address)
}

// twice is the error of a reservation for a client or an address that has one.
func twice(h, host map[string]any, id int64, unique bool) error {
	who := func(kind string) string {
		text, ok := host[kind].(string)
		if !ok {
			return "(null)"
		}
		parsed, err := config.ParseIdentifier(text)
		if err != nil {
			return text
		}
		return lease.Colons(parsed)
	}
	if kind, same := sameHost(h, host); same {
		switch kind {
		case "hw-address":
			return say("failed to add new host using the HW address '%s' to the IPv4 subnet id '%d' as this host has already been added", who(kind), id)
		case "duid":
			return say("failed to add new host using the DUID '%s' to the IPv4 subnet id '%d' as this host has already been added", who(kind), id)
		}
		return say("failed to add duplicate IPv4 host using identifier: %s=%s", kind, strings.ToUpper(strings.ReplaceAll(who(kind), ":", "")))
	}
	if address, ok := host["ip-address"].(string); ok && unique && h["ip-address"] == address {
		return say("failed to add new host using the HW address '%s and DUID '%s' to the IPv4 subnet id '%d' for the address %s: There's already a reservation for this address", who("hw-address"), who("duid"), id, address)
	}
	return nil
}

func (d *DHCP4) hostAdd(ctx context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("no parameters specified for the command")
	}
	value, ok, err := a.get("reservation")
	switch {
	case err != nil:
		return failed(err)
	case !ok:
		return refused("reservation must be specified")
	}
	given, ok := value.(map[string]any)
	if !ok {
		return refused("mapValue() called on non-map Element in %s", a.placeOf("reservation"))
	}
	host, id, err := d.readReservation(a, given)
	text := "Host added."
	if id < 0 {
		id, text = 0, "Host added. subnet-id not specified, assumed global (subnet-id 0)."
	}
	if err == nil {
		err = onlyMemory(a, "Host database not available, cannot add host.")
	}
	if err != nil {
		return failed(err)
	}
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		place, err := t.hostPlace(id)
		if err != nil {
			return err
		}
		for _, h := range objects(place, "reservations") {
			if err := twice(h, host, id, d.conf.IPReservationsUnique); err != nil {
				return err
			}
		}
		d.numberHosts(t)
		put(place, "reservations", host)
		delete(d.hostIDs, hostKey(id, host)) // of one before
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return control.Reply{Text: text}
}

// readUpdate reads the arguments of reservation-update.
func readUpdate(a arguments) (map[string]any, error) {
	switch {
	case !a.given:
		return nil, say("invalid command: does not contain mandatory 'arguments'")
	case a.of == nil:
		return nil, say("invalid command: expected 'arguments' to be a map, got %s instead", control.KindOf(a.value))
	}
	value, ok := a.of["reservation"]
	if !ok {
		return nil, say("invalid command: expected 'reservation' as the sole parameter inside the 'arguments' map, didn't get it instead")
	}
	given, ok := value.(map[string]any)
	if !ok {
		return nil, say("invalid command: expected 'reservation' to be a map, got %s instead", control.KindOf(value))
	}
	return given, nil
}

func (d *DHCP4) hostUpdate(ctx context.Context, a arguments) control.Reply {
	given, err := readUpdate(a)
	if err == nil && given["subnet-id"] == nil && given["ip-address"] == nil {
		err = say(noSubnetID + " Use `reservation-get-by-id' or 'reservation-get-by-address' to get the list of reservations with given identifier or address.")
	}
	if err != nil {
		return failed(err)
	}
	host, id, err := d.readReservation(a, given)
	if err == nil {
		err = onlyMemory(a, "host database not available, cannot update host")
	}
	if err != nil {
		return failed(err)
	}
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		place, err := t.hostPlace(id)
		if err != nil {
			return err
		}
		for i, h := range objects(place, "reservations") {
			if _, same := sameHost(h, host); same {
				list(place, "reservations")[i] = host
				d.numberHosts(t)
				delete(d.hostIDs, hostKey(id, host)) // it counts as a new one
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
	q, err := d.readHost(a, false)
	if err != nil {
		return failed(err)
	}
	if !q.memory {
		return refused("Unable to delete a host because there is no hosts-database configured.")
	}
	found := false
	err = d.change(ctx, server.SameSubnets, func(t tree) error {
		none := say("Host not deleted (not found).")
		place, err := t.hostPlace(q.subnet)
		if err != nil {
			return none
		}
		for i, h := range objects(place, "reservations") {
			if q.matches(h) {
				found = true
				take(place, "reservations", i)
				return nil
			}
		}
		return none
	})
	switch {
	case err != nil && !found:
		return control.Reply{Result: control.Empty, Text: err.Error()}
	case err != nil:
		return failed(err)
	}
	return control.Reply{Text: "Host deleted."}
}
