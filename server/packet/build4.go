package packet

import (
	"encoding/binary"
	"net/netip"
)

// Header4 is what the fixed part of an answer says.
type Header4 struct {
	HType, HLen, Hops uint8
	XID               uint32
	Secs, Flags       uint16
	CIAddr, YIAddr    netip.Addr // not valid: zero
	SIAddr, GIAddr    netip.Addr // not valid: zero
	CHAddr            []byte     // at most 16 bytes
	SName, File       []byte     // what does not fit is cut off
}

// AppendHeader adds the fixed part of an answer (BOOTREPLY) with the magic
// cookie.
func AppendHeader(dst []byte, h *Header4) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, atOpts)...)
	b := dst[start:]
	b[atOp], b[atHType], b[atHLen], b[atHops] = BootReply, h.HType, h.HLen, h.Hops
	binary.BigEndian.PutUint32(b[atXID:], h.XID)
	binary.BigEndian.PutUint16(b[atSecs:], h.Secs)
	binary.BigEndian.PutUint16(b[atFlags:], h.Flags)
	putAddr(b[atCIAddr:], h.CIAddr)
	putAddr(b[atYIAddr:], h.YIAddr)
	putAddr(b[atSIAddr:], h.SIAddr)
	putAddr(b[atGIAddr:], h.GIAddr)
	copy(b[atCHAddr:atCHAddr+lenCHAddr], h.CHAddr)
	copy(b[atSName:atSName+lenSName], h.SName)
	copy(b[atFile:atFile+lenFile], h.File)
	binary.BigEndian.PutUint32(b[atCookie:], 0x63825363)
	return dst
}

func putAddr(b []byte, a netip.Addr) {
	if a.Is4() {
		four := a.As4()
		copy(b, four[:])
	}
}

// longestPart is how many bytes of a long option Kea puts into one part.
const longestPart = 253

// AppendOption adds an option. One that is longer than a part is sent in several
// (RFC 3396).
func AppendOption(dst []byte, code uint8, content []byte) []byte {
	for len(content) > longestPart {
		dst = append(append(dst, code, longestPart), content[:longestPart]...)
		content = content[longestPart:]
	}
	return append(append(dst, code, byte(len(content))), content...)
}

// AppendEnd ends the options, and pads the message that starts at start to a
// length.
func AppendEnd(dst []byte, start, length int) []byte {
	dst = append(dst, optEnd)
	for len(dst)-start < length {
		dst = append(dst, optPad)
	}
	return dst
}
