package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// The fixed part of a DHCPv4 message: where its fields are.
const (
	atOp     = 0
	atHType  = 1
	atHLen   = 2
	atHops   = 3
	atXID    = 4
	atSecs   = 8
	atFlags  = 10
	atCIAddr = 12
	atYIAddr = 16
	atSIAddr = 20
	atGIAddr = 24
	atCHAddr = 28
	atSName  = 44
	atFile   = 108
	atCookie = 236
	atOpts   = 240

	lenCHAddr = LenCHAddr
	// mostHLen is the longest hardware address that Kea knows.
	mostHLen = 20
	lenSName = 64
	lenFile  = 128
)

// LenCHAddr is how many bytes the field chaddr has.
const LenCHAddr = 16

// Op codes (RFC 951).
const (
	BootRequest = 1
	BootReply   = 2
)

// BroadcastFlag is the one flag of the field flags (RFC 2131 section 2).
const BroadcastFlag = 0x8000

// Options that the package itself knows.
const (
	optPad      = 0
	optOverload = 52
	optEnd      = 255
)

// Errors of Parse.
var (
	ErrShort  = errors.New("the message is shorter than its fixed part")
	ErrBare   = errors.New("the message ends with its fixed part: it is one of BOOTP")
	ErrCookie = errors.New("the magic cookie is missing, so the message has no options")
	ErrHLen   = errors.New("the hardware address is longer than any")
)

// Message4 is a DHCPv4 message that is read in place. The zero value is ready
// for Parse, and a Message4 can be used again for the next message. Everything
// it returns is valid as long as the bytes that were given to Parse.
type Message4 struct {
	raw     []byte
	options []span // by their first appearance
	index   [256]uint8
	joined  []byte // options that came in parts
}

// span is where the content of an option is: in raw, or in joined.
type span struct {
	code   uint8
	joined bool
	start  uint16
	length uint16
}

// Parse reads a message. Where an option does not fit, the options end, as with Kea.
// The error is ErrShort, ErrHLen, ErrBare or ErrCookie; the fixed part can be used all
// the same, unless it is ErrShort.
func (m *Message4) Parse(raw []byte) error {
	for _, o := range m.options {
		m.index[o.code] = 0
	}
	m.raw, m.options, m.joined = raw, m.options[:0], m.joined[:0]
	if len(raw) < atCookie {
		m.raw = nil
		return ErrShort
	}
	switch {
	case raw[atHLen] > mostHLen:
		return ErrHLen
	case len(raw) == atCookie:
		return ErrBare
	case len(raw) < atOpts || binary.BigEndian.Uint32(raw[atCookie:]) != 0x63825363:
		return ErrCookie
	}
	if len(raw) > 1<<16-1 {
		return fmt.Errorf("the message has %d bytes, more than UDP carries", len(raw))
	}
	m.parseOptions(atOpts, len(raw))
	overload, ok := m.Option(optOverload)
	if !ok || len(overload) != 1 {
		return nil
	}
	if overload[0]&1 != 0 {
		m.parseOptions(atFile, atFile+lenFile)
	}
	if overload[0]&2 != 0 {
		m.parseOptions(atSName, atSName+lenSName)
	}
	return nil
}

func (m *Message4) parseOptions(at, end int) {
	for at < end {
		code := m.raw[at]
		at++
		switch code {
		case optPad:
			continue
		case optEnd:
			return
		}
		if at == end {
			return
		}
		length := int(m.raw[at])
		at++
		if at+length > end {
			return
		}
		m.add(code, at, length)
		at += length
	}
}

// add keeps an option. Parts of one option are put together (RFC 3396).
func (m *Message4) add(code uint8, at, length int) {
	i := int(m.index[code])
	if i == 0 {
		m.options = append(m.options, span{code: code, start: uint16(at), length: uint16(length)})
		m.index[code] = uint8(len(m.options))
		return
	}
	o := &m.options[i-1]
	part := m.raw[at : at+length]
	if o.joined && int(o.start)+int(o.length) == len(m.joined) {
		m.joined = append(m.joined, part...)
		o.length += uint16(length)
		return
	}
	start := len(m.joined)
	m.joined = append(m.joined, m.content(*o)...)
	m.joined = append(m.joined, part...)
	*o = span{code: code, joined: true, start: uint16(start), length: uint16(len(m.joined) - start)}
}

func (m *Message4) content(o span) []byte {
	from := m.raw
	if o.joined {
		from = m.joined
	}
	return from[o.start : o.start+o.length : o.start+o.length]
}

// Option returns the content of an option, and whether there is one: it may be
// empty.
func (m *Message4) Option(code uint8) ([]byte, bool) {
	i := m.index[code]
	if i == 0 {
		return nil, false
	}
	return m.content(m.options[i-1]), true
}

// Options gives all options in the order of their first appearance.
func (m *Message4) Options(yield func(code uint8, content []byte) bool) {
	for _, o := range m.options {
		if !yield(o.code, m.content(o)) {
			return
		}
	}
}

// Raw returns the bytes that were given to Parse.
func (m *Message4) Raw() []byte { return m.raw }

// Op returns BootRequest or BootReply.
func (m *Message4) Op() uint8 { return m.raw[atOp] }

// HType returns the type of hardware (RFC 826).
func (m *Message4) HType() uint8 { return m.raw[atHType] }

// HLen returns the length that the message gives the hardware address; it may be
// more than fits.
func (m *Message4) HLen() uint8 { return m.raw[atHLen] }

// Hops returns how many relays the message has passed.
func (m *Message4) Hops() uint8 { return m.raw[atHops] }

// XID returns the transaction id.
func (m *Message4) XID() uint32 { return binary.BigEndian.Uint32(m.raw[atXID:]) }

// Secs returns the seconds since the client began.
func (m *Message4) Secs() uint16 { return binary.BigEndian.Uint16(m.raw[atSecs:]) }

// Flags returns the flags, of which there is BroadcastFlag.
func (m *Message4) Flags() uint16 { return binary.BigEndian.Uint16(m.raw[atFlags:]) }

// CIAddr returns the address that the client has.
func (m *Message4) CIAddr() netip.Addr { return m.addr(atCIAddr) }

// YIAddr returns the address that the server gives.
func (m *Message4) YIAddr() netip.Addr { return m.addr(atYIAddr) }

// SIAddr returns the address of the next server.
func (m *Message4) SIAddr() netip.Addr { return m.addr(atSIAddr) }

// GIAddr returns the address of the relay agent.
func (m *Message4) GIAddr() netip.Addr { return m.addr(atGIAddr) }

func (m *Message4) addr(at int) netip.Addr { return netip.AddrFrom4([4]byte(m.raw[at:])) }

// HWAddr returns the hardware address. Of a length that does not fit into the message,
// it ends in zeros.
func (m *Message4) HWAddr() []byte {
	length := int(m.raw[atHLen])
	switch {
	case length > mostHLen:
		return nil // Parse does not take it
	case length > lenCHAddr:
		return append(append(make([]byte, 0, mostHLen), m.raw[atCHAddr:atSName]...), make([]byte, length-lenCHAddr)...)
	}
	return m.raw[atCHAddr : atCHAddr+length]
}

// SName returns the field sname up to its first NUL byte, or nothing when the
// field holds options.
func (m *Message4) SName() []byte { return m.field(atSName, lenSName, 2) }

// File returns the field file up to its first NUL byte, or nothing when the field
// holds options.
func (m *Message4) File() []byte { return m.field(atFile, lenFile, 1) }

func (m *Message4) field(at, length int, overloaded byte) []byte {
	if overload, ok := m.Option(optOverload); ok && len(overload) == 1 && overload[0]&overloaded != 0 {
		return nil
	}
	field := m.raw[at : at+length]
	for i, c := range field {
		if c == 0 {
			return field[:i]
		}
	}
	return field
}

// Suboption returns the content of the first sub-option with a code in the
// content of an option that is made of sub-options (RFC 3046 section 2.0), and
// whether there is one. Sub-options that do not fit end the search.
func Suboption(content []byte, code uint8) ([]byte, bool) {
	for len(content) >= 2 {
		length := int(content[1])
		if len(content) < 2+length {
			return nil, false
		}
		if content[0] == code {
			return content[2 : 2+length : 2+length], true
		}
		content = content[2+length:]
	}
	return nil, false
}
