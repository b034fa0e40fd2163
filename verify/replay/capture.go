package replay

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A capture gives frames one after the other. The bytes of a frame are valid until
// the next one.
type capture struct {
	next func() (data []byte, at time.Time, link layers.LinkType, err error)
}

// magicNg is the type of the first block of a pcapng file (section header).
const magicNg = 0x0a0d0d0a

const magicGzip = 0x1f8b

// readAhead is how many bytes are read at once; no frame may be longer.
const readAhead = 1 << 20

// openCapture reads the head of a capture in the format pcap or pcapng.
func openCapture(r io.Reader) (*capture, error) {
	b := bufio.NewReaderSize(r, readAhead)
	magic, err := b.Peek(4)
	if err != nil {
		return nil, fmt.Errorf("this is no capture: it ends after %d bytes", len(magic))
	}
	if binary.BigEndian.Uint16(magic) == magicGzip {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("the capture (gzip): %w", err)
		}
		b = bufio.NewReaderSize(z, readAhead)
		if magic, err = b.Peek(4); err != nil {
			return nil, fmt.Errorf("this is no capture: it ends after %d bytes", len(magic))
		}
	}
	if binary.LittleEndian.Uint32(magic) == magicNg {
		ng, err := pcapgo.NewNgReader(b, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, fmt.Errorf("the capture (pcapng): %w", err)
		}
		return &capture{func() ([]byte, time.Time, layers.LinkType, error) {
			data, info, err := ng.ZeroCopyReadPacketData()
			link := ng.LinkType()
			if err == nil {
				if i, e := ng.Interface(info.InterfaceIndex); e == nil {
					link = i.LinkType
				}
			}
			return data, info.Timestamp, link, end(err)
		}}, nil
	}
	return openPcap(b)
}

// end takes a capture that breaks off for one that ends: so do captures of a
// program that was killed.
func end(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
