package server

import (
	"fmt"
	"strings"

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
		id = colons(data)
	}
	return fmt.Sprintf("[hwtype=%d %s], cid=[%s], tid=0x%x:", m.HType(), colons(m.HWAddr()), id, m.XID())
}

func colons(data []byte) string {
	var b strings.Builder
	for i, c := range data {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02x", c)
	}
	return b.String()
}
