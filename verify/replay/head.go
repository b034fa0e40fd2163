package replay

import (
	"encoding/binary"

	"github.com/keamigrate/keamigrate/server/packet"
)

// Where the fields of a message are (RFC 2131 section 2).
const (
	atOp, atHLen, atHops, atXID  = 0, 2, 3, 4
	atCIAddr, atYIAddr, atGIAddr = 12, 16, 24
	atCHAddr, atSName, atCookie  = 28, 44, 236
	atOptions                    = 240
)

// Options that a replay looks at.
const (
	optRequested = 50
	optLeaseTime = 51
	optOverload  = 52
	optType      = 53
	optServer    = 54
	optClientID  = 61
	optAgent     = 82
	optEnd       = 255
)

const magicCookie = 0x63825363

// head is what has to be known of a message to deal with it.
type head struct {
	op, kind  uint8 // kind is 0 for BOOTP
	hasServer bool
	server    [4]byte
}

// headOf reads a message; ok is false if it cannot be read. Most messages are simple:
// their options stand in one place, each once. Those that are not are read with m.
func headOf(raw []byte, m *packet.Message4) (h head, ok bool) {
	if len(raw) < atOptions || binary.BigEndian.Uint32(raw[atCookie:]) != magicCookie {
		return h, false
	}
	h.op = raw[atOp]
	typed, served := false, false
	for b := raw[atOptions:]; len(b) > 0; {
		code := b[0]
		if code == optEnd {
			break
		}
		if code == 0 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return h, false
		}
		data := b[2 : 2+int(b[1])]
		b = b[2+len(data):]
		switch code {
		case optType:
			if typed {
				return headOfParsed(raw, m)
			}
			if typed = true; len(data) == 1 {
				h.kind = data[0]
			}
		case optServer:
			if served {
				return headOfParsed(raw, m)
			}
			if served = true; len(data) == 4 {
				h.hasServer, h.server = true, [4]byte(data)
			}
		case optOverload:
			return headOfParsed(raw, m)
		}
	}
	return h, true
}

func headOfParsed(raw []byte, m *packet.Message4) (h head, ok bool) {
	if m.Parse(raw) != nil {
		return h, false
	}
	h.op = m.Op()
	if t, ok := m.Option(optType); ok && len(t) == 1 {
		h.kind = t[0]
	}
	if id, ok := m.Option(optServer); ok && len(id) == 4 {
		h.hasServer, h.server = true, [4]byte(id)
	}
	return h, true
}

// answerTo is the kind of answer that a kind of message gets; of 0 there is none.
func answerTo(kind uint8) uint8 {
	switch kind {
	case packet.Discover:
		return packet.Offer
	case packet.Request, packet.Inform:
		return packet.Ack
	}
	return 0
}

// isZero4 reports whether an address of IPv4 is 0.0.0.0.
func isZero4(b []byte) bool { return binary.BigEndian.Uint32(b) == 0 }
