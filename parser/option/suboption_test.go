package option

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The bytes are what dhcpd 4.4.3-P1 sent for spaces of these widths; see
// TestDhcpdSendsSpaces.
var packTests = []struct {
	code, length int
	options      []Suboption
	wire         string
}{
	{1, 1, []Suboption{{1, []byte("xy")}, {2, []byte{1, 2, 3, 4}}}, "01027879020401020304"},
	{2, 2, []Suboption{{1, []byte("xy")}, {2, []byte{1, 2, 3, 4}}}, "0001000278790002000401020304"},
	{4, 1, []Suboption{{70000, []byte("q")}}, "000111700171"},
	{1, 2, []Suboption{{7, []byte("zz")}}, "0700027a7a"},
}

func TestPack(t *testing.T) {
	for _, tt := range packTests {
		s := &Space{Name: "acme", CodeWidth: tt.code, LengthWidth: tt.length}
		wire, err := s.Pack(tt.options)
		if err != nil || hex.EncodeToString(wire) != tt.wire {
			t.Errorf("%d/%d: %x, %v, want %s", tt.code, tt.length, wire, err, tt.wire)
		}
		options, err := s.Unpack(wire)
		if err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(tt.options, options); d != "" {
			t.Errorf("%d/%d unpacked (-want +got):\n%s", tt.code, tt.length, d)
		}
		if _, err := s.Unpack(wire[:len(wire)-1]); err == nil {
			t.Errorf("%d/%d: data that are cut short pass", tt.code, tt.length)
		}
	}
	s := &Space{Name: "acme", CodeWidth: 1, LengthWidth: 1}
	for _, o := range []Suboption{{256, nil}, {1, make([]byte, 256)}} {
		if wire, err := s.Pack([]Suboption{o}); err == nil {
			t.Errorf("code %d with %d bytes is packed as %x", o.Code, len(o.Data), wire)
		}
	}
	got, err := s.Unpack([]byte{0, 0, 6, 1, 8, 255, 9, 9, 9})
	if want := []Suboption{{6, []byte{8}}}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("with padding and end: %v, %v", got, err)
	}
}

func FuzzUnpack(f *testing.F) {
	for _, tt := range packTests {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(tt.code, tt.length, wire)
	}
	f.Fuzz(func(t *testing.T, code, length int, wire []byte) {
		table := NewTable(V4)
		if table.AddSpace(Space{Name: "fuzz", CodeWidth: code, LengthWidth: length}) != nil {
			return
		}
		s, _ := table.Space("fuzz")
		options, err := s.Unpack(wire)
		if err != nil {
			return
		}
		again, err := s.Pack(options)
		if err != nil {
			t.Fatal(err)
		}
		if s.CodeWidth+s.LengthWidth > 2 && !bytes.Equal(again, wire) {
			t.Fatalf("%x became %x", wire, again)
		}
		if back, err := s.Unpack(again); err != nil || !cmp.Equal(options, back) {
			t.Fatalf("%v became %v, %v", options, back, err)
		}
	})
}
