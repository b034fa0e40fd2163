package replay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// openPcap reads a capture in the format pcap. The frames stay where they are read:
// gopacket copies each.
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
	w := &window{from: b, buffer: make([]byte, readAhead)}
	little := order == binary.LittleEndian
	return &capture{func(f *frame) error {
		head, err := w.peek(record)
		if err != nil {
			return end(err)
		}
		seconds, part, captured := order4(head, little), order4(head[4:], little), order4(head[8:], little)
		if captured > readAhead-pcapRecordLonger {
			return fmt.Errorf("it has %d bytes: the capture is damaged", captured)
		}
		whole, err := w.peek(record + int(captured))
		if err != nil {
			return end(err)
		}
		w.skip(len(whole))
		*f = frame{data: whole[record:], at: int64(seconds)*int64(time.Second) + int64(part)*int64(fraction), kind: link}
		return nil
	}}, nil
}

func order4(b []byte, little bool) uint32 {
	if little {
		return binary.LittleEndian.Uint32(b)
	}
	return binary.BigEndian.Uint32(b)
}

// window is what is read of a file and not used yet.
type window struct {
	from       io.Reader
	buffer     []byte
	start, end int
}

// peek returns the next bytes, which stay there; io.ErrUnexpectedEOF says that there are
// not so many.
func (w *window) peek(n int) ([]byte, error) {
	for w.end-w.start < n {
		if w.start > 0 {
			w.start, w.end = 0, copy(w.buffer, w.buffer[w.start:w.end])
		}
		read, err := w.from.Read(w.buffer[w.end:])
		w.end += read
		if err != nil && w.end-w.start < n {
			if errors.Is(err, io.EOF) && w.end > w.start {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return w.buffer[w.start : w.start+n : w.start+n], nil
}

func (w *window) skip(n int) { w.start += n }
