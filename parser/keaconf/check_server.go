package keaconf

import (
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// server checks the keys that are about the server itself.
func (s *semantics) server(c *Server, top *place) {
	if c.ControlSocket != nil {
		s.controlSocket(c.ControlSocket, top.member("control-socket"))
	}
	for i := range c.ControlSockets {
		s.controlSocket(&c.ControlSockets[i], top.member("control-sockets").item(i))
	}
	if c.LeaseDatabase != nil {
		s.database(c.LeaseDatabase, top.member("lease-database"))
	}
	if c.HostsDatabase != nil {
		s.database(c.HostsDatabase, top.member("hosts-database"))
	}
	for i := range c.HostsDatabases {
		s.database(&c.HostsDatabases[i], top.member("hosts-databases").item(i))
	}
	if c.ConfigControl != nil {
		for i := range c.ConfigControl.ConfigDatabases {
			s.database(&c.ConfigControl.ConfigDatabases[i], top.member("config-control").member("config-databases").item(i))
		}
	}
	for i, id := range c.HostReservationIdentifiers {
		if slices.Contains(c.HostReservationIdentifiers[:i], id) {
			s.fail(top.member("host-reservation-identifiers").item(i), "%q stands in the list already", clip(id))
		}
	}
	s.hooks(c.HooksLibraries, top)
	if c.DHCPDDNS != nil {
		s.ddnsClient(c.DHCPDDNS, top.member("dhcp-ddns"))
	}
}

// ddnsClient checks how the DHCP-DDNS server is reached.
func (s *semantics) ddnsClient(d *DHCPDDNS, at *place) {
	address := func(key, text, def string) netip.Addr {
		if text == "" {
			text = def
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			s.fail(at.member(key), "%q is no address", clip(text))
		}
		return a
	}
	server := address("server-ip", d.ServerIP, "127.0.0.1")
	sender := address("sender-ip", d.SenderIP, map[bool]string{true: "0.0.0.0", false: "::"}[server.Is4()])
	if !server.IsValid() || !sender.IsValid() {
		return
	}
	port := func(p *uint32, def uint32) uint32 {
		if p == nil {
			return def
		}
		return *p
	}
	switch {
	case server.Is4() != sender.Is4():
		s.fail(at.member("sender-ip"), "server-ip and sender-ip are of different protocols")
	case server == sender && port(d.ServerPort, 53001) == port(d.SenderPort, 0):
		s.fail(at.member("sender-port"), "the server cannot be reached from its own address and port")
	}
}

// database checks what goes with which kind of database.
func (s *semantics) database(d *Database, at *place) {
	only := func(key string, value *uint32, kind string) {
		if value != nil && *value > 0 && d.Type != kind && d.Type != "" {
			s.fail(at.member(key), "%s is for %s, not for %s", key, kind, d.Type)
		}
	}
	only("read-timeout", d.ReadTimeout, "mysql")
	only("write-timeout", d.WriteTimeout, "mysql")
	only("tcp-user-timeout", d.TCPUserTimeout, "postgresql")
}

// hooks warns of library paths that the version will not load.
func (s *semantics) hooks(libraries []HookLibrary, top *place) {
	for i := range libraries {
		lib := libraries[i].Library
		at := top.member("hooks-libraries").item(i).member("library")
		if lib != "" && !strings.Contains(lib, "/") && s.version < keaversion.V2_6 {
			s.warn(at, "Kea %s wants the whole path of the library", s.version)
		}
	}
}

// controlSocket checks one place for commands. Kea 2 looks at few of the keys.
func (s *semantics) controlSocket(c *ControlSocket, at *place) {
	if s.version < keaversion.V3_0 {
		return
	}
	tls := 0
	for _, f := range []string{c.TrustAnchor, c.CertFile, c.KeyFile} {
		if f != "" {
			tls++
		}
	}
	switch c.SocketType {
	case "unix":
		if c.SocketName == "" {
			s.fail(at, "a socket of the type unix needs socket-name")
		} else if dir := path.Dir(c.SocketName); dir != "." && !strings.HasSuffix(dir, "/run/kea") {
			s.warn(at.member("socket-name"), "Kea %s makes sockets in its own run directory only; in Debian this is /run/kea", s.version)
		}
		if c.SocketAddress != "" {
			s.fail(at.member("socket-address"), "socket-address is for http and https")
		}
	case "http", "https":
		if c.SocketName != "" {
			s.fail(at.member("socket-name"), "socket-name is for sockets of the type unix")
		}
		if _, err := netip.ParseAddr(c.SocketAddress); c.SocketAddress != "" && err != nil {
			s.fail(at.member("socket-address"), "%q is no address", clip(c.SocketAddress))
		}
		if c.SocketType == "https" && tls < 3 || tls > 0 && tls < 3 {
			s.fail(at, "TLS needs trust-anchor, cert-file and key-file")
		}
		if s.version >= keaversion.V3_2 && c.Authentication == nil && tls == 0 {
			s.fail(at, "Kea %s wants authentication or TLS for http", s.version)
		}
	}
	s.authentication(c.Authentication, at)
}

func (s *semantics) authentication(a *Authentication, at *place) {
	if a == nil {
		return
	}
	at = at.member("authentication")
	for i := range a.Clients {
		c := &a.Clients[i]
		if strings.Contains(c.User, ":") {
			s.fail(at.member("clients").item(i).member("user"), "a user has no colon in its name")
		}
		if s.version >= keaversion.V3_2 && (c.User != "" || c.Password != nil) {
			s.fail(at.member("clients").item(i), "Kea %s takes user and password from files only: user-file, password-file", s.version)
		}
	}
}

// loggers checks what the server finds out when it starts, and not with -t.
func (s *semantics) loggers(list []Logger, top *place) {
	for i := range list {
		l := &list[i]
		at := top.member("loggers").item(i)
		if l.Severity == "" && s.version >= keaversion.V2_6 {
			s.warn(at, "a logger without severity ends the start of Kea %s, though -t accepts it", s.version)
			s.atStart()
		}
		known := []string{"DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"}
		if l.Severity != "" && !slices.Contains(known, strings.ToUpper(l.Severity)) {
			s.warn(at.member("severity"), "Kea does not know the severity %q and takes INFO; use %s", clip(l.Severity), orList(known))
		}
	}
}

// atStart marks the last fault as one that -t does not see.
func (s *semantics) atStart() {
	if n := len(s.faults.list); n > 0 {
		s.faults.list[n-1].AtStart = true
	}
}

// interfaces checks the form of the names; which exist is up to the system.
func (s *semantics) interfaces(c *InterfacesConfig, top *place) {
	if c == nil {
		return
	}
	seen := map[string]bool{}
	for i, name := range c.Interfaces {
		at := top.member("interfaces-config").member("interfaces").item(i)
		if name == "" {
			s.fail(at, "the name of an interface is empty")
		}
		if seen[name] && name != "" {
			s.fail(at, "%q stands in the list already", name)
		}
		seen[name] = true
		if _, addr, ok := strings.Cut(name, "/"); ok {
			if a, err := netip.ParseAddr(strings.TrimSpace(addr)); err != nil || a.Is4() != (s.family == option.V4) {
				s.fail(at, "%q is no interface with an IPv%d address", clip(name), s.family)
			}
		}
	}
}

// serverID checks the server's own DUID, and where addresses of clients are
// looked for.
func (s *semantics) serverID(c *DHCP6, top *place) {
	if c.ServerID != nil {
		if len(c.ServerID.Identifier)%2 == 1 {
			s.fail(top.member("server-id").member("identifier"), "the identifier has an odd number of digits")
		}
		for i := range len(c.ServerID.Identifier) {
			if _, ok := digit(c.ServerID.Identifier[i]); !ok {
				s.fail(top.member("server-id").member("identifier"), "%q is not only hexadecimal digits", clip(c.ServerID.Identifier))
				break
			}
		}
	}
	for i, m := range c.MACSources {
		if slices.Contains(c.MACSources[:i], m) {
			s.fail(top.member("mac-sources").item(i), "%q stands in the list already", clip(m))
		}
	}
}

// relaySupplied checks the options that relays may add (RFC 6422).
func (s *semantics) relaySupplied(c *DHCP6, top *place) {
	for i, v := range c.RelaySuppliedOptions {
		name, ok := v.(string)
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(name, 10, 16); err == nil && n > 0 {
			continue
		}
		if _, ok := s.options.code(name); !ok {
			s.fail(top.member("relay-supplied-options").item(i), "there is no option named %q", clip(name))
		}
	}
}
