package transport

import (
	"bytes"
	"net/netip"
	"testing"
)

func TestFrame(t *testing.T) {
	for _, payload := range []string{"", "x", "odd", "even"} {
		want := datagram{srcMAC: [6]byte{2, 0, 0, 0, 0, 1}, dstMAC: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
			src: netip.MustParseAddrPort("10.0.0.1:67"), dst: netip.MustParseAddrPort("255.255.255.255:68"), payload: []byte(payload)}
		frame := appendFrame(nil, &want)
		got, err := parseFrame(frame)
		if err != nil {
			t.Fatal(err)
		}
		if got.srcMAC != want.srcMAC || got.dstMAC != want.dstMAC || got.src != want.src || got.dst != want.dst || !bytes.Equal(got.payload, want.payload) {
			t.Errorf("%q: %+v", payload, got)
		}
		// The checksum of UDP: the sum over everything is all ones.
		ip := frame[etherHeader:]
		pseudo := uint32(protocolUDP) + uint32(len(ip)-ipHeader)
		if s := sum(pseudo, ip[12:20], ip[ipHeader:]); s != 0xffff {
			t.Errorf("%q: the checksum of UDP gives %#x", payload, s)
		}
	}
}

// A frame as another implementation built it.
func TestForeignFrame(t *testing.T) {
	frame := []byte{
		0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
		0x45, 0x00, 0x00, 0x20, 0x12, 0x34, 0x00, 0x00, 0x40, 0x11, 0x00, 0x00, 0x0a, 0, 0, 1, 0x0a, 0, 0, 2,
		0x00, 0x43, 0x00, 0x43, 0x00, 0x0c, 0x00, 0x00, 'a', 'b', 'c', 'd',
		0, 0, 0, 0, // padding
	}
	check := ^sum(0, frame[14:34])
	frame[24], frame[25] = byte(check>>8), byte(check)
	d, err := parseFrame(frame)
	if err != nil || string(d.payload) != "abcd" || d.src.Port() != 67 {
		t.Errorf("%+v %v", d, err)
	}
	for name, change := range map[string]func([]byte){
		"checksum":  func(f []byte) { f[24]++ },
		"not IPv4":  func(f []byte) { f[12] = 0x86 },
		"not UDP":   func(f []byte) { f[23] = 6 },
		"a part":    func(f []byte) { f[20] = 0x20 },
		"too long":  func(f []byte) { f[17] = 0xff },
		"UDP short": func(f []byte) { f[39] = 4 },
	} {
		bad := bytes.Clone(frame)
		change(bad)
		if name != "checksum" {
			bad[24], bad[25] = 0, 0
			check := ^sum(0, bad[14:34])
			bad[24], bad[25] = byte(check>>8), byte(check)
		}
		if _, err := parseFrame(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, &datagram{src: netip.MustParseAddrPort("10.0.0.1:67"), dst: netip.MustParseAddrPort("10.0.0.2:68"), payload: []byte("x")}))
	f.Fuzz(func(t *testing.T, frame []byte) {
		d, err := parseFrame(frame)
		if err != nil {
			return
		}
		again, err := parseFrame(appendFrame(nil, &d))
		if err != nil || again.src != d.src || again.dst != d.dst || !bytes.Equal(again.payload, d.payload) {
			t.Errorf("%v: %+v", err, again)
		}
	})
}

func TestParseChoices(t *testing.T) {
	got, err := ParseChoices([]string{"*", "eth0", "eth1/10.0.0.1"})
	if err != nil || len(got) != 3 || got[1].Name != "eth0" || got[2].Address != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"", "eth0/x", "eth0/2001:db8::1", "*/10.0.0.1"} {
		if _, err := ParseChoices([]string{bad}); err == nil {
			t.Errorf("%q: taken", bad)
		}
	}
}
