package keaconf

import (
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// semantics checks what a schema cannot state. It works on the model; what the
// schema has found wrong already may be missing there and is passed over.
type semantics struct {
	c       *Checker
	version keaversion.Version
	family  option.Family     // of the DHCP servers
	locate  func(*place) Span // nil if the configuration is no file
	faults  faultList

	// Of the configuration being checked.
	global    *Parameters
	uniqueIPs bool // ip-reservations-unique
	subnetIDs map[uint32]*place
	prefixes  map[netip.Prefix]*place
	options   *optionTable
	reserved  reservedSet
}

func newSemantics(c *Checker, conf Config) *semantics {
	s := &semantics{c: c, version: c.version}
	switch conf.(type) {
	case *DHCP4:
		s.family = option.V4
	case *DHCP6:
		s.family = option.V6
	}
	return s
}

func (s *semantics) add(at *place, sev Severity, format string, args ...any) {
	if s.faults.full {
		return
	}
	f := Fault{Severity: sev, Pointer: at.String(), Message: fmt.Sprintf(format, args...)}
	if s.locate != nil {
		f.Span = s.locate(at)
	}
	s.faults.add(f)
}

func (s *semantics) fail(at *place, format string, args ...any) { s.add(at, Error, format, args...) }
func (s *semantics) warn(at *place, format string, args ...any) { s.add(at, Warning, format, args...) }

// run checks the whole configuration.
func (s *semantics) run(conf Config) {
	top := &place{key: conf.Daemon().TopKey()}
	switch c := conf.(type) {
	case *DHCP4:
		s.dhcp(top, &c.Server, &c.Parameters, c.OptionDef, c.OptionData, c.ClientClasses)
		s.networks(top, c.SharedNetworks, c.Subnet4, c.Reservations)
		s.interfaces(c.InterfacesConfig, top)
		s.loggers(c.Loggers, top)
	case *DHCP6:
		s.dhcp(top, &c.Server, &c.Parameters, c.OptionDef, c.OptionData, c.ClientClasses)
		s.networks(top, c.SharedNetworks, c.Subnet6, c.Reservations)
		s.interfaces(c.InterfacesConfig, top)
		s.relaySupplied(c, top)
		s.serverID(c, top)
		s.loggers(c.Loggers, top)
	case *D2:
		s.d2(c, top)
	case *ControlAgent:
		s.agent(c, top)
	}
}

// dhcp checks what is common to both protocols, besides the networks.
func (s *semantics) dhcp(top *place, server *Server, p *Parameters, defs []OptionDef, data []OptionData, classes []ClientClass) {
	s.global = p
	s.uniqueIPs = server.IPReservationsUnique == nil || *server.IPReservationsUnique
	s.options = newOptionTable(s.family, s.version)
	s.optionDefs(defs, top.member("option-def"))
	s.server(server, top)
	s.lifetimes(&p.Lifetimes, []*Parameters{p}, top)
	s.ddns(&p.DDNSParameters, top)
	s.clientClasses(classes, top.member("client-classes"))
	s.optionData(data, top.member("option-data"))
}
