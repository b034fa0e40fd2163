package config

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// Environment is what of the machine a configuration speaks of. What is nil is not
// looked at.
type Environment struct {
	// Addresses returns the IPv4 addresses of an interface, and whether there is
	// one with the name.
	Addresses func(name string) ([]netip.Addr, bool)
	// Base is how many bytes of a command stand before the configuration that is
	// its argument.
	Base int
}

// Check looks for what Kea refuses, and says it in Kea's words: programs and
// people know them. dhcp4 is what stands below "Dhcp4".
func Check(dhcp4 *keaconf.Node, env Environment) error {
	c := newChecker(env)
	for _, step := range []struct {
		element string
		run     func(*keaconf.Node) error
	}{
		{"option-def", func(n *keaconf.Node) error { return c.optionDefinitions(n.Get("option-def"), false) }},
		{"option-data", func(n *keaconf.Node) error {
			c.global = true
			defer func() { c.global = false }()
			return c.optionData(n.Get("option-data"))
		}},
		{"control-sockets", c.controlSockets},
		{"host-reservation-identifiers", c.hostIdentifiers},
		{"interfaces-config", c.interfaces},
		{"sanity-checks", c.sanityChecks},
		{"expired-leases-processing", c.expiredLeases},
		{"dhcp-ddns", c.updates},
		{"compatibility", c.compatibility},
		{"multi-threading", c.multiThreading},
		{"lease-database", c.leaseDatabase},
		{"client-classes", c.classes},
		{"shared-networks", c.sharedNetworks},
		{"subnet4", func(n *keaconf.Node) error { return c.subnets(n.Get("subnet4"), n, nil) }},
		{"reservations", func(n *keaconf.Node) error { return c.reservations(n.Get("reservations"), netip.Prefix{}) }},
		{"", c.globalParameters},
	} {
		if err := step.run(dhcp4); err != nil {
			if f, ok := err.(*fault); ok && f.element == "" {
				f.element = step.element
			}
			return err
		}
	}
	return nil
}

type checker struct {
	env      Environment
	names    map[string]bool // of classes
	prefixes map[netip.Prefix]bool
	ids      map[int64]bool // of subnets
	networks map[string]bool
	// own are the definitions of options, by space and code, and by space and name.
	ownCodes map[string]map[int64]string
	ownNames map[string]map[string]bool
	defs     definitions
	global   bool // the options are those for all
	// named: options may be named without their data.
	named bool
	// nowhere has no place: Kea has made it itself.
	nowhere *keaconf.Node
}

func newChecker(env Environment) *checker {
	return &checker{env: env, names: map[string]bool{}, prefixes: map[netip.Prefix]bool{}, ids: map[int64]bool{}, networks: map[string]bool{}, defs: definitions{version: dialect, own: map[string][]option.KeaDef{}}}
}

// at is where a value stands, as Kea writes it.
func (c *checker) at(n *keaconf.Node) string {
	if n == nil || n.Span().IsZero() || n == c.nowhere {
		return "(:0:0)"
	}
	s := n.Span()
	line, column := s.Src.Position(s.Off)
	if s.Src.Name == Wire { // Kea counts from 0 there, and the whole command
		line, column = line-1, column-1
		if line == 0 {
			column += c.env.Base
		}
		if n.Kind == keaconf.Array || n.Kind == keaconf.Map {
			column++ // the place is behind the bracket
		}
	}
	return fmt.Sprintf("(%s:%d:%d)", s.Src.Name, line, column)
}

// Wire is the name of a configuration that came as a command.
const Wire = "<wire>"

// bad is a fault; the place stands behind the text.
func (c *checker) bad(n *keaconf.Node, format string, args ...any) error {
	return &fault{text: fmt.Sprintf(format, args...) + " " + c.at(n)}
}

func plain(format string, args ...any) error { return &fault{text: fmt.Sprintf(format, args...)} }

// late is plain for what Kea finds once it has read everything, and so without a place.
func late(format string, args ...any) error {
	return &fault{text: fmt.Sprintf(format, args...), late: true}
}

func items(n *keaconf.Node) []keaconf.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// numberOf reads an integer.
func numberOf(n *keaconf.Node, key string) (value int64, at *keaconf.Node, ok bool) {
	at = n.Get(key)
	value, ok = at.Int()
	return value, at, ok
}

// inRange looks whether an integer is within bounds, if it is there.
func (c *checker) inRange(n *keaconf.Node, key string, least, most int64) error {
	v, at, ok := numberOf(n, key)
	switch {
	case !ok:
	case v < 0:
		return c.bad(at, "value for configuration parameter '%s' must not be negative", key)
	case v < least || v > most:
		return c.bad(at, "out range value '%d' for configuration parameter '%s', expected maximum value of '%d'", v, key, most)
	}
	return nil
}

// oneOf looks whether a text is one of some, if it is there.
func oneOf(n *keaconf.Node, key string, allowed ...string) (bad bool, text string) {
	at := n.Get(key)
	if at == nil {
		return false, ""
	}
	return !slices.Contains(allowed, at.String()), at.String()
}

// globalParameters are those that subnets inherit; what is wrong with them shows
// in the first subnet.
func (c *checker) globalParameters(n *keaconf.Node) error {
	if bad, _ := oneOf(n, "allocator", "iterative", "random", "flq"); bad {
		return plain("supported allocators are: iterative, random and flq")
	}
	if err := c.ttl(n); err != nil {
		return err
	}
	if err := c.reals(n); err != nil {
		return err
	}
	if err := c.replaceMode(n); err != nil {
		return err
	}
	if v, at, ok := numberOf(n, "parked-packet-limit"); ok && v < 0 {
		return c.bad(at, "out of range value (%d) specified for parameter '%s'", v, "parked-packet-limit")
	}
	return nil
}

func (c *checker) hostIdentifiers(n *keaconf.Node) error {
	list := n.Get("host-reservation-identifiers")
	if list == nil {
		return nil
	}
	if len(list.Items) == 0 {
		return c.bad(list, "'host-reservation-identifiers' list must not be empty")
	}
	said := map[string]bool{}
	for i := range list.Items {
		name := list.Items[i].String()
		if _, ok := identifierNames[name]; !ok && name != "auto" {
			return c.bad(&list.Items[i], "unsupported identifier '%s'", name)
		}
		if said[name] {
			return c.bad(&list.Items[i], "duplicate host identifier '%s'", name)
		}
		said[name] = true
	}
	return nil
}
