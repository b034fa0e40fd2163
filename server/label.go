package server

import (
	"fmt"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Label names the client of a message in logs, as Kea does.
func Label(raw []byte) string {
	var m packet.Message4
	if m.Parse(raw); m.Raw() == nil {
		return "[no info]:"
	}
	id := "no info"
	if data, ok := m.Option(optClientID); ok && len(data) > 0 {
		id = lease.Colons(data)
	}
	return fmt.Sprintf("[hwtype=%d %s], cid=[%s], tid=0x%x:", m.HType(), lease.Colons(m.HWAddr()), id, m.XID())
}
