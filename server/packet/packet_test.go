package packet_test

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/server/packet"
)

func discover(t testing.TB, modifiers ...dhcpv4.Modifier) []byte {
	t.Helper()
	m, err := dhcpv4.NewDiscovery(net.HardwareAddr{2, 0, 0, 0, 0, 1}, modifiers...)
	if err != nil {
		t.Fatal(err)
	}
	return m.ToBytes()
}

func TestParse(t *testing.T) {
	raw := discover(t, dhcpv4.WithGatewayIP(net.IP{10, 0, 0, 1}), dhcpv4.WithOption(dhcpv4.OptHostName("host")))
	var m packet.Message4
	if err := m.Parse(raw); err != nil {
		t.Fatal(err)
	}
	if m.Op() != packet.BootRequest || m.HType() != 1 || m.HLen() != 6 || m.GIAddr() != netip.MustParseAddr("10.0.0.1") || !bytes.Equal(m.HWAddr(), []byte{2, 0, 0, 0, 0, 1}) {
		t.Errorf("the fixed part: %d %d %d %v %x", m.Op(), m.HType(), m.HLen(), m.GIAddr(), m.HWAddr())
	}
	if name, ok := m.Option(12); !ok || string(name) != "host" {
		t.Errorf("option 12: %q %v", name, ok)
	}
	if _, ok := m.Option(61); ok {
		t.Error("there is an option 61")
	}
	// The same value reads the next message.
	if err := m.Parse(discover(t)); err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Option(12); ok {
		t.Error("an option of the message before is still there")
	}
}

func TestParseErrors(t *testing.T) {
	good := discover(t)
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"empty", nil, packet.ErrShort},
		{"short", good[:200], packet.ErrShort},
		{"no options", good[:236], packet.ErrBare},
		{"no cookie", good[:239], packet.ErrCookie},
		{"wrong cookie", append(bytes.Clone(good[:236]), 1, 2, 3, 4), packet.ErrCookie},
		{"hardware address of 21 bytes", append([]byte{1, 1, 21}, good[3:]...), packet.ErrHLen},
	} {
		var m packet.Message4
		if err := m.Parse(c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// An option that does not fit ends the options, as with Kea.
func TestParseCut(t *testing.T) {
	good := discover(t)
	for _, rest := range [][]byte{{50}, {50, 4}, {50, 4, 10, 0, 0}, {50, 255}} {
		var m packet.Message4
		if err := m.Parse(append(append(bytes.Clone(good[:240]), 53, 1, 1), rest...)); err != nil {
			t.Errorf("%v: %v", rest, err)
		}
		_, asks := m.Option(50)
		if kind, _ := m.Option(53); !bytes.Equal(kind, []byte{1}) || asks {
			t.Errorf("%v: option 53 is %v; there is an option 50: %v", rest, kind, asks)
		}
	}
}

// A hardware address that is longer than its field ends in zeros.
func TestLongHWAddr(t *testing.T) {
	raw := append([]byte{1, 1, 18}, discover(t)[3:]...)
	copy(raw[28:], "0123456789abcdef")
	var m packet.Message4
	if err := m.Parse(raw); err != nil {
		t.Fatal(err)
	}
	if got := string(m.HWAddr()); got != "0123456789abcdef\x00\x00" {
		t.Errorf("%q", got)
	}
}

// Options in parts, and in the fields file and sname.
func TestParts(t *testing.T) {
	raw := make([]byte, 240)
	raw[0] = packet.BootRequest
	copy(raw[236:], []byte{0x63, 0x82, 0x53, 0x63})
	copy(raw[108:], []byte{43, 2, 'c', 'd', 77, 1, 'y', 255}) // file
	copy(raw[44:], []byte{43, 1, 'e', 255})                   // sname
	raw = append(raw, 43, 2, 'a', 'b', 77, 1, 'x', 52, 1, 3, 255)
	var m packet.Message4
	if err := m.Parse(raw); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[uint8]string{43: "abcde", 77: "xy"} {
		if got, _ := m.Option(code); string(got) != want {
			t.Errorf("option %d is %q, want %q", code, got, want)
		}
	}
	if len(m.File()) != 0 || len(m.SName()) != 0 {
		t.Errorf("fields with options in them: %q %q", m.File(), m.SName())
	}
}

func TestSuboption(t *testing.T) {
	content := []byte{1, 2, 'a', 'b', 2, 0, 5, 9, 1}
	for code, want := range map[uint8]string{1: "ab", 2: ""} {
		if got, ok := packet.Suboption(content, code); !ok || string(got) != want {
			t.Errorf("sub-option %d: %q %v", code, got, ok)
		}
	}
	if _, ok := packet.Suboption(content, 5); ok {
		t.Error("a sub-option that does not fit was found")
	}
}

// What is built is what insomniacslk/dhcp reads.
func TestBuild(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 60)
	h := packet.Header4{HType: 1, HLen: 6, Hops: 1, XID: 0x01020304, Flags: packet.BroadcastFlag, YIAddr: netip.MustParseAddr("10.0.0.5"),
		GIAddr: netip.MustParseAddr("10.0.0.1"), CHAddr: []byte{2, 0, 0, 0, 0, 1}, SName: []byte("server"), File: []byte("file")}
	raw := packet.AppendHeader([]byte("before"), &h)
	raw = packet.AppendOption(raw, 53, []byte{2})
	raw = packet.AppendOption(raw, 43, long)
	raw = packet.AppendEnd(raw, len("before"), 1000)[len("before"):]
	if len(raw) != 1000 {
		t.Errorf("%d bytes", len(raw))
	}
	m, err := dhcpv4.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	if m.MessageType() != dhcpv4.MessageTypeOffer || !m.YourIPAddr.Equal(net.IP{10, 0, 0, 5}) || !m.GatewayIPAddr.Equal(net.IP{10, 0, 0, 1}) ||
		m.ServerHostName != "server" || m.BootFileName != "file" || !m.IsBroadcast() || m.TransactionID != [4]byte{1, 2, 3, 4} {
		t.Error(m.Summary())
	}
	if !bytes.Equal(m.Options.Get(dhcpv4.GenericOptionCode(43)), long) {
		t.Errorf("the long option: %q", m.Options.Get(dhcpv4.GenericOptionCode(43)))
	}
}

// Every message that both read has the same options for both.
func FuzzParse(f *testing.F) {
	f.Add(discover(f))
	f.Add(discover(f, dhcpv4.WithOption(dhcpv4.OptHostName("host")), dhcpv4.WithOption(dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(43), make([]byte, 300)))))
	var m packet.Message4
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := m.Parse(raw)
		if errors.Is(err, packet.ErrShort) {
			return
		}
		m.HWAddr()
		m.File()
		m.SName()
		got := map[uint8][]byte{}
		for code, content := range m.Options {
			got[code] = append([]byte{}, content...)
		}
		theirs, theirErr := dhcpv4.FromBytes(raw)
		if err != nil || theirErr != nil {
			return
		}
		if _, ok := m.Option(52); ok {
			return // insomniacslk/dhcp does not look into file and sname
		}
		want := map[uint8][]byte{}
		for code, content := range theirs.Options {
			want[code] = append([]byte{}, content...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNoAllocation(t *testing.T) {
	raw := discover(t, dhcpv4.WithOption(dhcpv4.OptHostName("host")))
	var m packet.Message4
	if n := testing.AllocsPerRun(100, func() {
		if err := m.Parse(raw); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a message", n)
	}
}
