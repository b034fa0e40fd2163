package server

import (
	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Point is one of Kea's hook points that tell of something and change nothing.
type Point string

// The points (Kea developer's guide, "DHCPv4 Hooks").
const (
	LeaseRenewed    Point = "lease4_renew"      // a client goes on with its lease
	LeasesCommitted Point = "leases4_committed" // an answer to a DHCPREQUEST leaves
	LeaseReleased   Point = "lease4_release"    // a client gave its lease back
	LeaseDeclined   Point = "lease4_decline"    // a client found its address in use
	LeaseExpired    Point = "lease4_expire"     // a lease that ended is taken back, a declined one too
	LeaseRecovered  Point = "lease4_recover"    // a declined address is free again
	// AnswerSent: the answer that leases4_committed was about is ready.
	AnswerSent Point = "pkt4_send"
)

// Event is what happens at a point. Everything in it is valid until whoever is told
// returns.
type Event struct {
	Point   Point
	Packet  *Packet          // nil: no client is about
	Message *packet.Message4 // of the packet
	Query   *classify.Query  // the same, as expressions see it
	Answer  []byte           // at AnswerSent
	Subnet  *config.Subnet
	Lease   *lease.Lease4 // at points about one lease
	// Leases are those that a client got, and Deleted those that it had instead
	// of them.
	Leases, Deleted []lease.Lease4
	Remove          bool // an expired lease is forgotten
}

// tell tells those who want to know what happens.
func (s *Server4) tell(x *exchange, e Event) {
	if s.watch != nil {
		s.publish(x, e) // an event is on the heap there, and only there
	}
}

func (s *Server4) publish(x *exchange, e Event) {
	if x != nil {
		e.Packet, e.Message, e.Query, e.Subnet = x.in, &x.message, &x.query, x.subnet
	}
	s.watch(&e)
}
