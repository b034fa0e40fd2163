package server

import (
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/config"
)

// Trace says why a server answers what it answers.
type Trace struct {
	Subnet      netip.Prefix // not valid: none
	SubnetID    uint32
	Classes     []string // in the order in which the client joined them
	Reservation *config.Host
	Pool        *config.Pool
	// Sources say where each option of the answer comes from.
	Sources map[uint8]string
	Notes   []string
}

// note tells the trace something.
func (s *Server4) note(format string, args ...any) {
	if s.trace != nil {
		s.trace.Notes = append(s.trace.Notes, fmt.Sprintf(format, args...))
	}
}

// sourceIn is source for what the configuration has.
func (s *Server4) sourceIn(code uint8, in scope) {
	if s.trace != nil {
		s.source(code, in.kind+in.name)
	}
}

// source tells the trace where an option comes from.
func (s *Server4) source(code uint8, text string) {
	if s.trace == nil {
		return
	}
	if s.trace.Sources == nil {
		s.trace.Sources = map[uint8]string{}
	}
	s.trace.Sources[code] = text
}
