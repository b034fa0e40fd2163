package server

import (
	"strings"

	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/packet"
)

// contextVariables is what leases call the values of variables.
const contextVariables = "binding-variables"

// bindVariables puts the values of variables into the lease that the client has got, or
// that is kept for it (Kea manual, "Binding Variables").
func (s *Server4) bindVariables(x *exchange) {
	if len(s.conf.Hooks.Variables) == 0 || !x.hasLease || x.reused || x.remaining > 0 || x.reply != packet.Ack && x.kept == 0 {
		return
	}
	l, ok := s.leases.Get(x.lease.Address)
	if !ok {
		return
	}
	var answer packet.Message4
	if answer.Parse(x.answer.Raw) != nil {
		return
	}
	response := classify.Query{Message: &answer, Interface: x.in.Interface, Src: x.in.Dst.Addr(), Dst: x.in.Src.Addr()}
	response.Agent, _ = answer.Option(optAgent)
	values := map[string]any{}
	for _, v := range s.conf.Hooks.Variables {
		q := &x.query
		if v.Response {
			q = &response
		}
		value, err := v.Value(q)
		if err != nil {
			s.note("the variable %s has no value: %v", v.Name, err)
		}
		values[v.Name] = latin(value)
	}
	before := x.lease.UserContext
	x.remember(contextVariables, values)
	if x.lease.UserContext != before {
		l.UserContext = x.lease.UserContext
		s.put(&l)
	}
}

// latin makes a text of bytes, a character for each.
func latin(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}
