package replay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// Magic numbers of the format pcap: a file begins with one of them, in the byte order
// of the machine that wrote it.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // by a patch of old; its records have longer heads
)

// Lengths in the format pcap
// (https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcap.html).
const (
	pcapHead         = 24
	pcapRecord       = 16
	pcapRecordLonger = 24
)

// openPcap reads a capture in the format pcap where it stands in the reader's buffer:
// gopacket copies each frame.
func openPcap(b *bufio.Reader) (*capture, error) {
	head, err := b.Peek(pcapHead)
	if err != nil {
		return nil, errors.New("this is no capture in the format pcap or pcapng: it is too short")
	}
	var order binary.ByteOrder = binary.LittleEndian
	magic := order.Uint32(head)
	switch magic {
	case magicMicro, magicNano, magicModified:
	default:
		order = binary.BigEndian
		magic = order.Uint32(head)
	}
	fraction, record := time.Microsecond, pcapRecord
	switch magic {
	case magicMicro:
	case magicNano:
		fraction = time.Nanosecond
	case magicModified:
		record = pcapRecordLonger
	default:
		return nil, fmt.Errorf("this is no capture in the format pcap or pcapng: it begins with %x", head[:4])
	}
	link := layers.LinkType(order.Uint32(head[20:]) & 0xffff) // above it, the length of checksums of frames
	b.Discard(pcapHead)
	number := order.Uint32
	return &capture{func() ([]byte, time.Time, layers.LinkType, error) {
		head, err := b.Peek(record)
		if err != nil {
			return nil, time.Time{}, 0, end(err)
		}
		at := time.Unix(int64(number(head)), int64(number(head[4:]))*int64(fraction))
		length := int(number(head[8:]))
		if length > readAhead-record {
			return nil, time.Time{}, 0, fmt.Errorf("it has %d bytes: the capture is damaged", length)
		}
		whole, err := b.Peek(record + length)
		if err != nil {
			return nil, time.Time{}, 0, end(err)
		}
		b.Discard(record + length)
		return whole[record:], at, link, nil
	}}, nil
}
