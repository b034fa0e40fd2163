package classify

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/server/packet"
)

// Query is a packet of DHCPv4 as expressions see it. It belongs to one goroutine.
type Query struct {
	Message   *packet.Message4
	Interface string     // where it came in
	Src, Dst  netip.Addr // of the IP packet
	// Agent is the content of option 82. It need not be in the message: a renewal
	// can be given what the relay agent said before.
	Agent []byte
	// ClientID stands in for option 61; nil: nothing does.
	ClientID []byte
	Classes  Set

	// Late: the classes that do not depend on reservations have been looked at. Kea reads
	// what is in option 43 only then.
	Late bool

	// scratch holds the values that an expression makes, until Reset.
	scratch []byte
}

// Reset makes the query ready for the next packet.
func (q *Query) Reset() {
	q.Message, q.Interface, q.Agent, q.ClientID, q.Late = nil, "", nil, nil, false
	q.Src, q.Dst = netip.Addr{}, netip.Addr{}
	q.Classes.Reset()
	q.scratch = q.scratch[:0]
}

// option returns an option of the message, option 82 included.
func (q *Query) option(code uint32) ([]byte, bool) {
	if code == optionAgent {
		return q.Agent, q.Agent != nil
	}
	if code == optionClientID && q.ClientID != nil {
		return q.ClientID, true
	}
	return q.Message.Option(uint8(code))
}

const (
	optionVendor43    = 43
	optionAgent       = 82
	optionClientID    = 61
	optionVendorClass = 124
	optionVendorInfo  = 125
)

// keep gives what was appended to the scratch since a place as a value.
func (q *Query) keep(start int) []byte { return q.scratch[start:len(q.scratch):len(q.scratch)] }
