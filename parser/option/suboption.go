package option

import (
	"encoding/binary"
	"fmt"
)

// Suboption is one option within another.
type Suboption struct {
	Code uint32
	Data []byte
}

// Pack gives the bytes of options of the space that stand within another
// option, one after the other, each with a code and a length of the space's
// widths in network byte order. dhcpd puts no END after them. The error says
// that a code or a length does not fit its width.
func (s *Space) Pack(options []Suboption) ([]byte, error) {
	var wire []byte
	for _, o := range options {
		if limit := maxOf(s.CodeWidth); uint64(o.Code) > limit {
			return nil, fmt.Errorf("code %d of option space %s is above %d, the most that %d bytes can hold", o.Code, s.Name, limit, s.CodeWidth)
		}
		if limit := maxOf(s.LengthWidth); uint64(len(o.Data)) > limit {
			return nil, fmt.Errorf("option %d of space %s has %d bytes, the most is %d", o.Code, s.Name, len(o.Data), limit)
		}
		wire = appendUint(wire, s.CodeWidth, o.Code)
		wire = appendUint(wire, s.LengthWidth, uint32(len(o.Data)))
		wire = append(wire, o.Data...)
	}
	return wire, nil
}

// Unpack splits the bytes of an option that holds options of the space. Where
// codes and lengths have one byte each, 0 is padding and 255 ends the list (RFC
// 2132 section 8.4); [Space.Pack] can write options of these codes, which are
// then lost.
func (s *Space) Unpack(wire []byte) ([]Suboption, error) {
	var options []Suboption
	head := s.CodeWidth + s.LengthWidth
	for at := 0; at < len(wire); {
		rest := wire[at:]
		if head == 2 && rest[0] == 0 {
			at++
			continue
		}
		if head == 2 && rest[0] == 255 {
			return options, nil
		}
		if !fits(rest, s) {
			return nil, fmt.Errorf("the data end within an option of the space %s, %d bytes before the end", s.Name, len(rest))
		}
		size := int(readUint(rest[s.CodeWidth:head]))
		options = append(options, Suboption{
			Code: readUint(rest[:s.CodeWidth]),
			Data: rest[head : head+size : head+size],
		})
		at += head + size
	}
	return options, nil
}

func fits(data []byte, s *Space) bool {
	head := s.CodeWidth + s.LengthWidth
	return len(data) >= head && uint64(len(data)-head) >= uint64(readUint(data[s.CodeWidth:head]))
}

func maxOf(width int) uint64 { return 1<<(8*width) - 1 }

func appendUint(b []byte, width int, n uint32) []byte {
	all := binary.BigEndian.AppendUint32(nil, n)
	return append(b, all[4-width:]...)
}

func readUint(b []byte) uint32 {
	var n uint32
	for _, c := range b {
		n = n<<8 | uint32(c)
	}
	return n
}
