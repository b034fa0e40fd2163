package server

import (
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
)

// earlyClasses evaluates the classes that do not depend on reservations.
func (s *Server4) earlyClasses(x *exchange) outcome {
	s.join(x, s.conf.BuiltIn.All)
	if v, ok := x.message.Option(optVendorClass); ok && len(v) > 0 {
		x.scratch = append(append(x.scratch, "VENDOR_CLASS_"...), v...)
		s.joinNamed(x, x.scratch)
		x.scratch = x.scratch[:0]
	}
	s.evaluate(x, false)
	x.query.Late = true
	if x.query.Classes.Has(s.conf.BuiltIn.Drop) {
		s.logDropClass(x, "DHCP4_PACKET_DROP_0010", "")
	} else {
		s.logReceived(x)
	}
	return s.dropped(x)
}

// evaluate evaluates the classes of the configuration, in its order.
func (s *Server4) evaluate(x *exchange, afterHosts bool) {
	for _, c := range s.conf.Classes {
		if c.AfterHosts == afterHosts && !c.Additional {
			s.evaluateOne(x, c, false)
		}
	}
}

func (s *Server4) evaluateOne(x *exchange, c *config.Class, late bool) {
	switch {
	case c.Test != nil:
		in, err := c.Test(&x.query)
		if err != nil {
			s.note("class %s cannot be evaluated: %v", c.Name, err)
		} else if in {
			s.join(x, c.ID)
		}
		if s.debugging && !late {
			s.debug(x, debugBasic, "dhcpsrv", "DHCPSRV_EVAL_RESULT", "Expression '%s' evaluated to %t", c.Name, in)
		}
	case c.Template != nil:
		value, err := c.Template(&x.query)
		if err != nil {
			s.note("class %s cannot be evaluated: %v", c.Name, err)
		} else if len(value) > 0 {
			if s.debugging {
				s.debug(x, debugBasic, "dhcpsrv", "DHCPSRV_TEMPLATE_EVAL_RESULT", "Expression '%s' evaluated to %s", c.Name, value)
			}
			start := len(x.scratch)
			x.scratch = append(append(append(append(x.scratch, "SPAWN_"...), c.Name...), '_'), value...)
			s.joinNamed(x, x.scratch[start:])
			x.scratch = x.scratch[:start]
			s.join(x, c.ID)
		}
	}
}

// joinNamed is join for a class that the client itself gives the name. Nothing depends
// on one that the configuration does not name: it is in the log, and nowhere else.
func (s *Server4) joinNamed(x *exchange, name []byte) {
	if id, ok := s.conf.Names.Find(name); ok {
		s.join(x, id)
	} else if s.debugging {
		x.unnamed = append(x.unnamed, unnamedClass{string(name), len(x.query.Classes.Order())})
	}
}

func (s *Server4) join(x *exchange, id int) {
	if x.query.Classes.Add(id) && s.trace != nil {
		s.trace.Classes = append(s.trace.Classes, s.conf.Names.Name(id))
	}
}

// dropped ends the way of a message whose client is in the class DROP.
func (s *Server4) dropped(x *exchange) outcome {
	if x.query.Classes.Has(s.conf.BuiltIn.Drop) {
		s.note("the client is in the class DROP")
		return drop
	}
	return goOn
}

// lateClasses tells whether the client is known, and evaluates the classes that
// ask for that. A client is known by a reservation in any subnet of its link; its
// reserved classes count now where no other subnet can be chosen any more.
func (s *Server4) lateClasses(x *exchange) outcome {
	if x.givesUp() {
		return goOn
	}
	s.certainClasses(x)
	if len(x.hosts) > 0 || x.globalHost != nil {
		s.join(x, s.conf.BuiltIn.Known)
	} else {
		s.join(x, s.conf.BuiltIn.Unknown)
	}
	if s.debugging {
		name := "UNKNOWN"
		if x.query.Classes.Has(s.conf.BuiltIn.Known) {
			name = "KNOWN"
		}
		s.debug(x, debugBasic, "dhcp4", "DHCP4_CLASS_ASSIGNED", "client packet has been assigned to the following class: %s", name)
	}
	s.evaluate(x, true)
	if x.query.Classes.Has(s.conf.BuiltIn.Drop) {
		s.logDropClass(x, "DHCP4_PACKET_DROP_0013", " after host reservation lookup")
	} else {
		s.logClasses(x)
	}
	return s.dropped(x)
}

// certainClasses adds reserved classes that count whichever address the client
// gets: where the global reservation has some, or the subnet is a lone one. They are
// those of the reservation for the subnet, if there is one.
func (s *Server4) certainClasses(x *exchange) {
	host := x.host()
	if host == nil || x.subnet == nil {
		return
	}
	global := x.globalHost != nil && !s.conf.EarlyGlobalReservations && len(x.globalHost.Classes) > 0
	if global || x.subnet.Network == nil && len(host.Classes) > 0 {
		s.reserveClasses(x, host.Classes)
	}
}

func (s *Server4) joinAll(x *exchange, ids []int) {
	for _, id := range ids {
		s.join(x, id)
	}
}

// additionalClasses adds the reserved classes, where they had to wait for the
// subnet, and evaluates the classes that the pool, the subnet and the shared
// network of the lease ask for. Those without a test are joined as they are.
func (s *Server4) additionalClasses(x *exchange) outcome {
	s.logLeaseOf(x)
	if x.subnet == nil || x.reply == packet.Nak { // Kea asks for them once there is a lease
		return goOn
	}
	if host := x.host(); x.subnet.Network != nil && host != nil && len(host.Classes) > 0 {
		s.joinAll(x, host.Classes) // of the subnet that the address is in; the others stay as they are
	}
	if x.pool != nil {
		s.additional(x, x.pool.Additional)
	}
	s.additional(x, x.subnet.Additional)
	if x.subnet.Network != nil {
		s.additional(x, x.subnet.Network.Additional)
	}
	return goOn
}

func (s *Server4) additional(x *exchange, ids []int) {
	for _, id := range ids {
		if x.query.Classes.Has(id) {
			continue
		}
		c := s.conf.ClassByID(id)
		switch {
		case c == nil:
		case c.Test == nil && c.Template == nil:
			s.join(x, id)
		case c.Template != nil:
			// Kea takes the text for a truth value here.
			if value, err := c.Template(&x.query); err == nil && string(value) == "true" {
				s.join(x, id)
			}
		default:
			s.evaluateOne(x, c, true)
		}
		s.logAdditional(x, c, id)
	}
}

// reserveClasses adds reserved classes, and evaluates the others again, since they
// may ask for these.
func (s *Server4) reserveClasses(x *exchange, reserved []int) {
	for _, c := range s.conf.Classes {
		if c.Test != nil || c.Template != nil {
			x.query.Classes.Remove(c.ID)
		}
	}
	s.joinAll(x, reserved)
	s.evaluate(x, false)
}
