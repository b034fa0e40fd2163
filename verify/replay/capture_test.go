package replay_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// headed is a capture in the format pcap with a head of our own: a magic number in a byte
// order, and records with so many bytes more.
func (tr *traffic) headed(order binary.AppendByteOrder, magic uint32, more int, nano bool) *bytes.Buffer {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(order.AppendUint32(b, 1<<16), uint32(tr.link))
	for i, f := range tr.frames {
		at := tr.at[i]
		fraction := at.Nanosecond()
		if !nano {
			fraction /= 1000
		}
		b = order.AppendUint32(order.AppendUint32(b, uint32(at.Unix())), uint32(fraction))
		b = order.AppendUint32(order.AppendUint32(b, uint32(len(f))), uint32(len(f)))
		b = append(append(b, make([]byte, more)...), f...)
	}
	return bytes.NewBuffer(b)
}

// TestFormats: the same capture in the formats that there are says the same.
func TestFormats(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, newProduction(t, translated(t, original)), clients(t, usual...))
	want := text(t, replayed(t, original, tr.pcap().Bytes()))
	packed := func(b *bytes.Buffer) *bytes.Buffer {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b.Bytes())
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &out
	}
	nanos := func() *bytes.Buffer {
		var b bytes.Buffer
		w := pcapgo.NewWriterNanos(&b)
		if err := w.WriteFileHeader(1<<16, tr.link); err != nil {
			t.Fatal(err)
		}
		for i, f := range tr.frames {
			if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: tr.at[i], CaptureLength: len(f), Length: len(f)}, f); err != nil {
				t.Fatal(err)
			}
		}
		return &b
	}
	for _, format := range []struct {
		name string
		file *bytes.Buffer
	}{
		{"pcapng", tr.pcapng()},
		{"nanoseconds", nanos()},
		{"big endian", tr.headed(binary.BigEndian, 0xa1b2c3d4, 0, false)},
		{"big endian, nanoseconds", tr.headed(binary.BigEndian, 0xa1b23c4d, 0, true)},
		{"little endian", tr.headed(binary.LittleEndian, 0xa1b2c3d4, 0, false)},
		{"longer records", tr.headed(binary.LittleEndian, 0xa1b2cd34, 8, false)},
		{"gzip", packed(tr.pcap())},
		{"pcapng, gzip", packed(tr.pcapng())},
	} {
		if got := text(t, replayed(t, original, format.file.Bytes())); got != want {
			t.Errorf("%s:\n%s", format.name, got)
		}
	}
}

// TestDamaged: a capture that breaks off is read as far as it goes, and one whose
// lengths are nonsense is an error.
func TestDamaged(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, newProduction(t, translated(t, original)), clients(t, usual...))
	whole := tr.pcap().Bytes()
	if r := replayed(t, original, whole[:len(whole)-10]); r.Frames != len(tr.frames)-1 {
		t.Errorf("%d frames of %d", r.Frames, len(tr.frames)-1)
	}
	broken := slices.Clone(whole)
	binary.LittleEndian.PutUint32(broken[24+8:], 1<<30)
	if err := replayError(t, broken); err == nil {
		t.Error("a frame of a gigabyte is no error")
	}
}
