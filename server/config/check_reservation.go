package config

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

var errIdentifiers = errors.New("one of the supported identifiers must be specified for host reservation: circuit-id, client-id, duid, flex-id, hw-address")

// reservationKeys are those of reservations of DHCPv4.
var reservationKeys = []string{"boot-file-name", "circuit-id", "client-classes", "client-id", "comment", "duid", "flex-id", "hostname", "hw-address", "ip-address",
	"next-server", "option-data", "server-hostname", "user-context"}

// CheckReservation looks for what Kea refuses in the member "reservation" of the
// arguments of a command, for a subnet with a prefix; no prefix: for all. So many bytes
// of the command stand before the arguments.
func CheckReservation(arguments []byte, before int, prefix netip.Prefix) error {
	root, faults := keaconf.Parse(Wire, arguments, nil)
	if faults.HasErrors() {
		return faults
	}
	host := root.Get("reservation")
	c := newChecker(Environment{Base: before})
	c.nowhere = host
	if err := c.optionDefinitions(nil, false); err != nil {
		return err
	}
	host.Items = slices.DeleteFunc(slices.Clone(host.Items), func(n keaconf.Node) bool { return n.Key == "subnet-id" })
	return c.reservation(host, prefix)
}

func (c *checker) reservations(list *keaconf.Node, prefix netip.Prefix) error {
	for i := range items(list) {
		if err := c.reservation(&list.Items[i], prefix); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) reservation(r *keaconf.Node, prefix netip.Prefix) error {
	for i := range r.Items {
		if key := r.Items[i].Key; !slices.Contains(reservationKeys, key) || key == "comment" && r == c.nowhere {
			return c.bad(r, "unsupported configuration parameter '%s'", key)
		}
	}
	var given []string
	for _, key := range []string{"hw-address", "duid", "circuit-id", "client-id", "flex-id"} {
		if r.Get(key) != nil {
			given = append(given, key)
		}
	}
	switch len(given) {
	case 0:
		return c.bad(r, "%v", errIdentifiers)
	case 1:
		id := r.Get(given[0])
		if id.Kind != keaconf.String {
			return c.bad(r, "stringValue() called on non-string Element in %s", c.at(id))
		}
		if id.String() == "" {
			return c.bad(r, "empty host identifier used")
		}
		const mostHW, mostDUID, mostOther = 20, 130, 255
		most := map[string]int{"hw-address": mostHW, "duid": mostDUID}[given[0]]
		if most == 0 {
			most = mostOther
		}
		const leastDUID = 3
		switch parsed, err := ParseIdentifier(id.String()); {
		case err != nil:
			return c.bad(r, "invalid host identifier value '%s'", id.String())
		case len(parsed) > most:
			return c.bad(r, "too long client identifier type %s length %d", given[0], len(parsed))
		case given[0] == "duid" && len(parsed) < leastDUID:
			return plain("identifier is too short (%d), at least %d is required", len(parsed), leastDUID)
		}
	default:
		return c.bad(r, "the '%s' and '%s' are mutually exclusive", given[0], given[1])
	}
	if at := r.Get("hostname"); at != nil && at.Kind != keaconf.String {
		return c.bad(r, "stringValue() called on non-string Element in %s", c.at(at))
	}
	if err := c.reservationTypes(r); err != nil {
		return err
	}
	if at := r.Get("ip-address"); at != nil {
		a, err := netip.ParseAddr(at.String())
		switch {
		case err != nil:
			return c.bad(at, "Failed to convert string to address '%s': Invalid argument", at.String())
		case !a.Is4():
			return c.bad(at, "address '%s' is not a valid IPv4 address", a)
		case a.IsUnspecified() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return c.bad(at, "must not make reservation for the '%s' address", a)
		case prefix.IsValid() && !prefix.Contains(a):
			return plain("specified reservation '%s' is not within the IPv4 subnet '%s'", a, prefix)
		}
	}
	if at := r.Get("next-server"); at != nil {
		a, err := netip.ParseAddr(at.String())
		switch {
		case err != nil:
			return c.bad(at, "Failed to convert string to address '%s': Invalid argument", at.String())
		case !a.Is4() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return c.bad(at, "invalid next server address '%s'", a)
		}
	}
	if len(r.Get("server-hostname").String()) > 63 {
		return c.bad(r, "server hostname length must not exceed 63")
	}
	if len(r.Get("boot-file-name").String()) > 127 {
		return c.bad(r, "boot file length must not exceed 127")
	}
	return c.optionData(r.Get("option-data"))
}

// reservationTypes looks at the types of members that Kea reads one after the other.
func (c *checker) reservationTypes(r *keaconf.Node) error {
	for i := range r.Items {
		at := &r.Items[i]
		switch at.Key {
		case "ip-address", "next-server", "server-hostname", "boot-file-name":
			if at.Kind != keaconf.String {
				return c.bad(at, "stringValue() called on non-string Element in %s", c.at(at))
			}
		case "client-classes":
			if at.Kind != keaconf.Array {
				return c.bad(at, "listValue() called on non-list Element in %s", c.at(at))
			}
			for j := range at.Items {
				if one := &at.Items[j]; one.Kind != keaconf.String {
					return c.bad(one, "stringValue() called on non-string Element in %s", c.at(one))
				}
			}
		case "option-data":
			if at.Kind != keaconf.Array {
				return plain("listValue() called on non-list Element in %s", c.at(at))
			}
		}
	}
	return nil
}
