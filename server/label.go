package server

import (
	"fmt"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// label names the client of a message in logs, as Kea does.
func label(m *packet.Message4) string {
	if m.Raw() == nil {
		return "[no info]"
	}
	id, malformed := "no info", ""
	if data, ok := m.Option(optClientID); ok {
		if len(data) < minClientID {
			malformed = " (malformed client-id)"
		} else {
			id = lease.Colons(data)
		}
	}
	return fmt.Sprintf("[hwtype=%d %s], cid=[%s], tid=0x%x%s", m.HType(), lease.Colons(m.HWAddr()), id, m.XID(), malformed)
}

// label is that of the message, which is made once.
func (x *exchange) label() string {
	if x.labelText == "" {
		x.labelText = label(&x.message)
	}
	return x.labelText
}

// leaseLabel names the client of a lease in logs.
func leaseLabel(l *lease.Lease4) string {
	id := "no info"
	if len(l.ClientID) > 0 {
		id = lease.Colons(l.ClientID)
	}
	return fmt.Sprintf("[hwtype=1 %s], cid=[%s]", lease.Colons(l.HWAddr), id)
}

// minClientID is the least length of a client identifier in bytes (RFC 2132
// section 9.14).
const minClientID = 2
