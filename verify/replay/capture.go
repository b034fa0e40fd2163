package replay

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A frame of a capture.
type frame struct {
	data  []byte // valid until the next frame
	at    int64  // in nanoseconds since 1970
	kind  layers.LinkType
	iface int  // the number of the interface in the file
	mixed bool // the file has frames of several interfaces: it is in order for each
}

// A capture gives frames one after the other.
type capture struct {
	next func(*frame) error
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
		return &capture{func(f *frame) error {
			data, info, err := ng.ZeroCopyReadPacketData()
			if err != nil {
				return end(err)
			}
			*f = frame{data: data, at: info.Timestamp.UnixNano(), kind: ng.LinkType(), iface: info.InterfaceIndex, mixed: ng.NInterfaces() > 1}
			if i, err := ng.Interface(info.InterfaceIndex); err == nil {
				f.kind = i.LinkType
			}
			return nil
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
