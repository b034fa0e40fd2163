package transport

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUDP sends to a UDP socket and gets an answer, over the loopback interface.
func TestUDP(t *testing.T) {
	u, us := openLoopback(t)
	defer u.Close()
	client, err := net.ListenUDP("udp4", &net.UDPAddr{IP: us.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	local, err := localPort(u)
	if err != nil {
		t.Fatal(err)
	}
	batch := NewBatch(4)
	for range 2 {
		if _, err := client.WriteToUDPAddrPort([]byte("question"), netip.AddrPortFrom(us, local)); err != nil {
			t.Fatal(err)
		}
		if err := u.Receive(batch); err != nil {
			t.Fatal(err)
		}
		if len(batch.Messages) != 1 {
			t.Fatalf("%d messages, want 1", len(batch.Messages))
		}
		m := &batch.Messages[0]
		if string(m.Payload) != "question" || m.Dst.Addr() != us || m.Src != client.LocalAddr().(*net.UDPAddr).AddrPort() {
			t.Fatalf("got %q from %v to %v", m.Payload, m.Src, m.Dst)
		}
		u.Queue(m, m.Src, false, []byte("answer one"))
		u.Queue(m, m.Src, false, []byte("two"))
		if err := u.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := u.Send(m, m.Src, false, []byte("three")); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"answer one", "two", "three"} {
			var b [32]byte
			n, from, err := client.ReadFromUDPAddrPort(b[:])
			if err != nil || string(b[:n]) != want || from.Addr() != us {
				t.Fatalf("got %q from %v, %v, want %q", b[:n], from, err, want)
			}
		}
	}
}

// TestCrowd sends more than fit in a batch: each message is received once, in order.
func TestCrowd(t *testing.T) {
	u, us := openLoopback(t)
	defer u.Close()
	local, err := localPort(u)
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: us.AsSlice(), Port: int(local)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const messages = 4 * crowd
	for i := range messages {
		if _, err := client.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	batch := NewBatch(crowd + 1)
	for got := 0; got < messages; {
		if err := u.Receive(batch); err != nil {
			t.Fatal(err)
		}
		for _, m := range batch.Messages {
			if len(m.Payload) != 1 || int(m.Payload[0]) != got {
				t.Fatalf("message %d is %v", got, m.Payload)
			}
			got++
		}
	}
}

// TestClosed closes sockets that wait.
func TestClosed(t *testing.T) {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	const port = 6767
	ifc := Interface{Name: lo.Name, Index: lo.Index, Address: netip.MustParseAddr("127.0.0.1")}
	for name, open := range map[string]func() (Socket, error){
		"UDP": func() (Socket, error) { return OpenUDP(ifc, 0, true) },
		"raw": func() (Socket, error) { return OpenRaw(ifc, port) },
	} {
		s, err := open()
		if errors.Is(err, unix.EPERM) && os.Getenv("CI") != "true" {
			t.Skip("sockets on an interface need root, or the capability CAP_NET_RAW")
		}
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- s.Receive(NewBatch(1)) }()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// openLoopback opens a UDP socket on the loopback interface, or skips the test.
func openLoopback(t *testing.T) (*UDP, netip.Addr) {
	t.Helper()
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	us := netip.MustParseAddr("127.0.0.1")
	u, err := OpenUDP(Interface{Name: lo.Name, Index: lo.Index, Address: us}, 0, false)
	if errors.Is(err, unix.EPERM) && os.Getenv("CI") != "true" {
		t.Skip("a UDP socket on an interface needs root, or the capability CAP_NET_RAW")
	}
	if err != nil {
		t.Fatal(err)
	}
	return u, us
}

// localPort returns the port of a socket.
func localPort(u *UDP) (port uint16, err error) {
	failed := u.conn.Control(func(fd uintptr) {
		var name unix.Sockaddr
		if name, err = unix.Getsockname(int(fd)); err == nil {
			if four, ok := name.(*unix.SockaddrInet4); ok {
				port = uint16(four.Port)
			}
		}
	})
	return port, errors.Join(failed, err)
}
