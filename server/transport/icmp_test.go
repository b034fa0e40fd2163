package transport

import (
	"errors"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseEcho(t *testing.T) {
	ip := func(from, to string, content []byte) []byte {
		f, d := netip.MustParseAddr(from).As4(), netip.MustParseAddr(to).As4()
		h := append([]byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, unix.IPPROTO_ICMP, 0, 0}, f[:]...)
		return append(append(h, d[:]...), content...)
	}
	request := ip("10.0.0.1", "10.0.0.9", appendEcho(nil, icmpEcho, 7, 8))
	unreachable := ip("10.0.0.254", "10.0.0.1", append([]byte{icmpUnreachable, 1, 0, 0, 0, 0, 0, 0}, request...))
	for _, one := range []struct {
		name   string
		packet []byte
		want   Echo
		ok     bool
	}{
		{"reply", ip("10.0.0.9", "10.0.0.1", appendEcho(nil, icmpEchoReply, 7, 8)), Echo{Address: netip.MustParseAddr("10.0.0.9"), ID: 7, Sequence: 8}, true},
		{"unreachable", unreachable, Echo{Unreachable: true, Address: netip.MustParseAddr("10.0.0.9"), ID: 7, Sequence: 8}, true},
		{"request", request, Echo{}, false},
	} {
		if got, ok := parseEcho(one.packet); got != one.want && one.ok || ok != one.ok {
			t.Errorf("%s: %+v, %v", one.name, got, ok)
		}
		for n := range one.packet {
			if _, ok := parseEcho(one.packet[:n]); ok {
				t.Errorf("%s: %d of %d bytes are enough", one.name, n, len(one.packet))
			}
		}
	}
}

// TestICMP has this machine answer itself, over the loopback interface.
func TestICMP(t *testing.T) {
	i, err := OpenICMP()
	if errors.Is(err, unix.EPERM) && os.Getenv("CI") != "true" {
		t.Skip("an ICMP socket needs root, or the capability CAP_NET_RAW")
	}
	if err != nil {
		t.Fatal(err)
	}
	us := netip.MustParseAddr("127.0.0.1")
	const id, sequence = 4711, 12
	if err := i.Send(us, id, sequence); err != nil {
		t.Fatal(err)
	}
	for { // others may be pinging, too
		e, err := i.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if e == (Echo{Address: us, ID: id, Sequence: sequence}) {
			break
		}
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Receive(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed socket: %v", err)
	}
}
