package config

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

func (c *checker) interfaces(n *keaconf.Node) error {
	conf := n.Get("interfaces-config")
	if conf == nil {
		return nil
	}
	whole := map[string]bool{}
	addresses := map[string][]netip.Addr{}
	list := conf.Get("interfaces")
	fail := func(at *keaconf.Node, format string, args ...any) error {
		return c.bad(list, "Failed to select interface: "+format+" %s", append(args, c.at(at))...)
	}
	for i := range items(list) {
		at := &list.Items[i]
		entry := at.String()
		name, address, has := strings.Cut(strings.TrimSpace(entry), "/")
		switch {
		case !has && name == "":
			return fail(at, "empty interface name used in configuration")
		case has && strings.TrimSpace(name) == "":
			return fail(at, "empty interface name specified in the interface configuration")
		case has && strings.TrimSpace(address) == "":
			return fail(at, "empty address specified in the interface configuration")
		case has && name == "*":
			return fail(at, "wildcard interface name '*' must not be used in conjunction with an address")
		case name == "*":
			continue
		}
		name, address = strings.TrimSpace(name), strings.TrimSpace(address)
		var have []netip.Addr
		if c.env.Addresses != nil {
			var there bool
			if have, there = c.env.Addresses(name); !there {
				return fail(at, "interface '%s' doesn't exist in the system", name)
			}
		}
		if !has {
			if whole[name] {
				return fail(at, "interface '%s' has already been specified", name)
			}
			if len(addresses[name]) > 0 {
				return fail(at, "interface '%s' has already been specified", name)
			}
			whole[name] = true
			continue
		}
		a, err := netip.ParseAddr(address)
		switch {
		case err != nil:
			return fail(at, "Failed to convert string to address '%s': Invalid argument", address)
		case whole[name]:
			return fail(at, "interface '%s' has already been selected", name)
		case c.env.Addresses != nil && !slices.Contains(have, a):
			return fail(at, "interface '%s' doesn't have address '%s' assigned", name, a)
		case slices.Contains(addresses[name], a):
			return fail(at, "must not select address '%s' for interface '%s' because this address is already selected", a, name)
		}
		addresses[name] = append(addresses[name], a)
	}
	if bad, text := oneOf(conf, "dhcp-socket-type", "raw", "udp"); bad {
		return c.bad(conf.Get("dhcp-socket-type"), "unsupported socket type '%s'", text)
	}
	if bad, text := oneOf(conf, "outbound-interface", "same-as-inbound", "use-routing"); bad {
		return c.bad(conf.Get("outbound-interface"), "unsupported outbound interface type '%s'", text)
	}
	return nil
}

func (c *checker) sanityChecks(n *keaconf.Node) error {
	conf := n.Get("sanity-checks")
	if bad, text := oneOf(conf, "lease-checks", "none", "warn", "fix", "fix-del", "del"); bad {
		return plain("Unsupported lease-checks value: %s, supported values are: none, warn, fix, fix-del, del", text)
	}
	if bad, text := oneOf(conf, "extended-info-checks", "none", "fix", "strict", "pedantic"); bad {
		return plain("Unsupported extended-info-checks value: %s, supported values are: none, fix, strict, pedantic", text)
	}
	return nil
}

func (c *checker) expiredLeases(n *keaconf.Node) error {
	conf := n.Get("expired-leases-processing")
	const most16, most32, most = 65535, 4294967295, 10000
	for _, limit := range []struct {
		key  string
		most int64
	}{{"reclaim-timer-wait-time", most16}, {"flush-reclaimed-timer-wait-time", most16}, {"hold-reclaimed-time", most32}, {"max-reclaim-leases", most32},
		{"max-reclaim-time", most}, {"unwarned-reclaim-cycles", most16}} {
		if err := c.inRange(conf, limit.key, 0, limit.most); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) updates(n *keaconf.Node) error {
	conf := n.Get("dhcp-ddns")
	if conf == nil {
		return nil
	}
	if conf.Get("enable-updates") == nil {
		return c.bad(conf, "missing parameter 'enable-updates'")
	}
	protocol, at := strings.ToUpper(cmp.Or(conf.Get("ncr-protocol").String(), "UDP")), conf.Get("ncr-protocol")
	switch protocol {
	case "UDP":
	case "TCP":
		return c.bad(conf, "D2ClientConfig error: NCR Protocol: TCP is not supported.")
	default:
		return c.bad(at, "invalid NameChangeRequest protocol (%s) specified for parameter 'ncr-protocol'", protocol)
	}
	if bad, text := oneOf(conf, "ncr-format", "JSON"); bad {
		return c.bad(conf.Get("ncr-format"), "invalid NameChangeRequest format (%s) specified for parameter 'ncr-format'", text)
	}
	server := cmp.Or(conf.Get("server-ip").String(), "127.0.0.1")
	to, err := netip.ParseAddr(server)
	if err != nil {
		return plain("Failed to convert '%s' to address: Failed to convert string to address '%s': Invalid argument%s", server, server, c.at(conf.Get("server-ip")))
	}
	from := netip.IPv4Unspecified()
	if to.Is6() {
		from = netip.IPv6Unspecified()
	}
	if sender := conf.Get("sender-ip").String(); sender != "" {
		if from, err = netip.ParseAddr(sender); err != nil {
			return c.bad(conf.Get("sender-ip"), "invalid address (%s) specified for parameter 'sender-ip'", sender)
		}
	}
	family := func(a netip.Addr) string {
		if a.Is4() {
			return "IPv4"
		}
		return "IPv6"
	}
	if to.Is4() != from.Is4() {
		return c.bad(conf, "D2ClientConfig error: address family mismatch: server-ip: %s is: %s while sender-ip: %s is: %s", to, family(to), from, family(from))
	}
	port := func(key string, otherwise int64) (int64, error) {
		v, at, ok := numberOf(conf, key)
		switch {
		case !ok:
			return otherwise, nil
		case v < 0 || v > 65535:
			return v, c.bad(at, "out of range value (%d) specified for parameter '%s'", v, key)
		}
		return v, nil
	}
	toPort, err := port("server-port", 53001)
	if err != nil {
		return err
	}
	fromPort, err := port("sender-port", 0)
	if err != nil {
		return err
	}
	if to == from && toPort == fromPort {
		return c.bad(conf, "D2ClientConfig error: server and sender cannot share the exact same IP address/port: %s/%d", to, toPort)
	}
	return nil
}

func (c *checker) compatibility(n *keaconf.Node) error {
	known := []string{"lenient-option-parsing", "ignore-dhcp-server-identifier", "ignore-rai-link-selection", "exclude-first-last-24"}
	for _, one := range items(n.Get("compatibility")) {
		if !slices.Contains(known, one.Key) {
			return c.bad(&one, "unsupported compatibility parameter: %s", one.Key)
		}
	}
	return nil
}

func (c *checker) multiThreading(n *keaconf.Node) error {
	conf := n.Get("multi-threading")
	const most = 65535
	for _, key := range []struct{ name, text string }{{"thread-pool-size", "thread pool size"}, {"packet-queue-size", "packet queue size"}} {
		v, at, ok := numberOf(conf, key.name)
		switch {
		case !ok:
		case v < 0:
			return c.bad(at, "%s code must not be negative", key.text)
		case v > most:
			return c.bad(at, "invalid %s '%d', it must not be greater than '%d'", key.text, v, most)
		}
	}
	return nil
}

func (c *checker) leaseDatabase(n *keaconf.Node) error {
	conf := n.Get("lease-database")
	if conf == nil {
		return nil
	}
	kind := conf.Get("type")
	switch {
	case kind == nil:
		return c.bad(conf, "database access parameters must include the keyword 'type' to determine type of database to be accessed")
	case !slices.Contains([]string{"memfile", "mysql", "postgresql"}, kind.String()):
		return c.bad(kind, "unknown backend database type: %s", kind.String())
	}
	for _, limit := range []struct {
		key  string
		most int64
	}{{"port", 65535}, {"lfc-interval", 4294967295}, {"max-row-errors", 4294967295}} {
		if v, at, ok := numberOf(conf, limit.key); ok && (v < 0 || v > limit.most) {
			return c.bad(at, "%s value: %d is out of range, expected value: 0..%d", limit.key, v, limit.most)
		}
	}
	return nil
}

func (c *checker) controlSockets(n *keaconf.Node) error {
	list := items(n.Get("control-sockets"))
	if one := n.Get("control-socket"); one != nil {
		list = append(slices.Clip(list), *one)
	}
	said := map[string]bool{}
	for i := range list {
		s := &list[i]
		kind := s.Get("socket-type")
		switch {
		case kind == nil:
			return plain("'socket-type' parameter is mandatory in control-sockets items")
		case kind.String() == "unix" && said["unix"]:
			return plain("control socket of type 'unix' already configured")
		case kind.String() == "unix" && s.Get("socket-name") == nil:
			return plain("Mandatory 'socket-name' parameter missing")
		case kind.String() == "unix" && strings.TrimSpace(s.Get("socket-name").String()) == "":
			return plain("'socket-name' is invalid: path: '' has no filename")
		case kind.String() == "unix":
		case kind.String() == "http", kind.String() == "https":
			if err := c.webSocket(s, kind.String()); err != nil {
				return err
			}
		default:
			return plain("unsupported 'socket-type': '%s' not 'unix', 'http' or 'https'", kind.String())
		}
		said[kind.String()] = true
	}
	return nil
}

func (c *checker) webSocket(s *keaconf.Node, kind string) error {
	if s.Get("socket-name") != nil {
		return plain("parameter 'socket-name' is not supported by HTTP control sockets")
	}
	if at := s.Get("socket-address"); at != nil {
		if _, err := netip.ParseAddr(at.String()); err != nil {
			return plain("failed to convert '%[1]s' to address: Failed to convert string to address '%[1]s': Invalid argument (:0:0)", at.String())
		}
	}
	if v, _, ok := numberOf(s, "socket-port"); ok && (v < 0 || v > 65535) {
		return plain("out of range value %d specified for parameter 'socket-port' (:0:0)", v)
	}
	tls := 0
	for _, key := range []string{"trust-anchor", "cert-file", "key-file"} {
		if s.Get(key).String() != "" {
			tls++
		}
	}
	if tls > 0 {
		for _, key := range []string{"trust-anchor", "cert-file", "key-file"} {
			if s.Get(key).String() == "" {
				return plain("%s parameter is missing or empty: all or none of TLS parameters must be set", key)
			}
		}
	} else if kind == "https" {
		return plain("no TLS setup for a HTTPS control socket")
	}
	for i := range items(s.Get("http-headers")) {
		h := &s.Get("http-headers").Items[i]
		for _, key := range []string{"name", "value"} {
			switch at := h.Get(key); {
			case at == nil:
				return plain("missing '%s' parameter", key)
			case at.String() == "":
				return c.bad(at, "empty '%s' parameter", key)
			}
		}
	}
	auth := s.Get("authentication")
	if auth == nil {
		return nil
	}
	if bad, text := oneOf(auth, "type", "basic"); bad {
		return c.bad(auth.Get("type"), "only basic HTTP authentication is supported: type is '%s' not 'basic'", text)
	}
	for i := range items(auth.Get("clients")) {
		one := &auth.Get("clients").Items[i]
		user, file := one.Get("user"), one.Get("user-file")
		switch {
		case one.Get("password-file") != nil && user == nil && file == nil:
		case user != nil && file != nil:
			return plain("user %s and user-file %s are mutually exclusive", c.at(user), c.at(file))
		case user == nil && file == nil:
			return c.bad(one, "user is required in clients items")
		case user != nil && user.String() == "":
			return c.bad(user, "user must not be empty")
		case strings.Contains(user.String(), ":"):
			return c.bad(user, "user must not contain a ':': '%s'", user.String())
		}
	}
	return nil
}
