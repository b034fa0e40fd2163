package option

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// link is a network of its own: a server's interface "srv0" with 198.18.0.1/15
// and the client's interface "cli0" at the other end of the cable.
type link struct {
	raw    int // packet socket on cli0
	client *net.Interface
	server *net.Interface
}

// newLink puts the thread of the test into a new network namespace, which ends
// with the thread: the thread is never given back.
func newLink(t *testing.T) *link {
	t.Helper()
	if testing.Short() {
		t.Skip("a live test, left out by -short")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("ip of package iproute2: %v", err)
		}
		t.Skipf("ip of package iproute2: %v", err)
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a network namespace: %v", err)
		}
		t.Skipf("a network namespace needs root: %v", err)
	}
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", "srv0", "type", "veth", "peer", "name", "cli0"},
		{"address", "add", "198.18.0.1/15", "dev", "srv0"},
		{"link", "set", "cli0", "addrgenmode", "none"},
		{"link", "set", "srv0", "addrgenmode", "none"},
		{"link", "set", "srv0", "up"},
		{"link", "set", "cli0", "up"},
		{"address", "add", "fe80::1/64", "dev", "srv0", "nodad"},
		{"address", "add", "2001:db8::1/64", "dev", "srv0", "nodad"},
	} {
		if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %v: %v\n%s", args, err, out)
		}
	}
	l := &link{}
	var err error
	if l.client, err = net.InterfaceByName("cli0"); err != nil {
		t.Fatal(err)
	}
	if l.server, err = net.InterfaceByName("srv0"); err != nil {
		t.Fatal(err)
	}
	const all = unix.ETH_P_ALL
	if l.raw, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, int(htons(all))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(l.raw) })
	if err := unix.Bind(l.raw, &unix.SockaddrLinklayer{Protocol: htons(all), Ifindex: l.client.Index}); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptTimeval(l.raw, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000}); err != nil {
		t.Fatal(err)
	}
	return l
}

func htons(n uint16) uint16 { return n<<8 | n>>8 }

// serve runs a server in the namespace until the test ends. The context ends
// with the server.
func (l *link) serve(ctx context.Context, t *testing.T, cmd *exec.Cmd) (context.Context, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	exited := make(chan struct{})
	go func() {
		stop(fmt.Errorf("the server ended: %w", errors.Join(cmd.Wait(), context.Canceled)))
		close(exited)
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-exited
	})
	return ctx, &out
}

// exchange sends a frame and gives the payload of the first UDP datagram to the
// port for which accept is true. It sends again when nothing comes, because the
// server may not be ready yet.
func (l *link) exchange(ctx context.Context, frame []byte, port uint16, accept func([]byte) bool) ([]byte, error) {
	buf := make([]byte, 65536)
	for ctx.Err() == nil {
		if _, err := unix.Write(l.raw, frame); err != nil {
			return nil, err
		}
		for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); {
			n, err := unix.Read(l.raw, buf)
			if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if payload := udpPayload(buf[:n], port); payload != nil && accept(payload) {
				return bytes.Clone(payload), nil
			}
		}
	}
	return nil, context.Cause(ctx)
}

func udpPayload(frame []byte, port uint16) []byte {
	if len(frame) < 14+20+8 {
		return nil
	}
	var udp []byte
	switch ip := frame[14:]; binary.BigEndian.Uint16(frame[12:]) {
	case unix.ETH_P_IP:
		if ip[9] != 17 || len(ip) < int(ip[0]&15)*4+8 {
			return nil
		}
		udp = ip[int(ip[0]&15)*4:]
	case unix.ETH_P_IPV6:
		if ip[6] != 17 || len(ip) < 48 {
			return nil
		}
		udp = ip[40:]
	default:
		return nil
	}
	size := int(binary.BigEndian.Uint16(udp[4:]))
	if binary.BigEndian.Uint16(udp[2:]) != port || size < 8 || size > len(udp) {
		return nil
	}
	return udp[8:size]
}

func sum16(b []byte) uint32 {
	var s uint32
	for i, c := range b {
		s += uint32(c) << (8 * (1 - i&1))
	}
	return s
}

func fold16(s uint32) uint16 {
	for s > 0xffff {
		s = s&0xffff + s>>16
	}
	return ^uint16(s)
}

// frame4 wraps a message from 0.0.0.0:68 to 255.255.255.255:67.
func frame4(mac net.HardwareAddr, payload []byte) []byte {
	f := append(bytes.Repeat([]byte{255}, 6), mac...)
	f = binary.BigEndian.AppendUint16(f, unix.ETH_P_IP)
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255}
	binary.BigEndian.PutUint16(ip[2:], uint16(28+len(payload)))
	binary.BigEndian.PutUint16(ip[10:], fold16(sum16(ip)))
	f = append(f, ip...)
	f = binary.BigEndian.AppendUint16(f, 68)
	f = binary.BigEndian.AppendUint16(f, 67)
	f = binary.BigEndian.AppendUint16(f, uint16(8+len(payload)))
	return append(append(f, 0, 0), payload...)
}

// frame6 wraps a message from fe80::2, port 546, to ff02::1:2, port 547.
func frame6(mac net.HardwareAddr, payload []byte) []byte {
	f := append([]byte{0x33, 0x33, 0, 1, 0, 2}, mac...)
	f = binary.BigEndian.AppendUint16(f, unix.ETH_P_IPV6)
	src, dst := net.ParseIP("fe80::2"), net.ParseIP("ff02::1:2")
	udp := binary.BigEndian.AppendUint16(nil, 546)
	udp = binary.BigEndian.AppendUint16(udp, 547)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(payload)))
	udp = append(append(udp, 0, 0), payload...)
	s := sum16(src) + sum16(dst) + uint32(len(udp)) + 17 + sum16(udp)
	binary.BigEndian.PutUint16(udp[6:], fold16(s))
	f = append(f, 0x60, 0, 0, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(len(udp)))
	f = append(append(append(f, 17, 1), src...), dst...)
	return append(f, udp...)
}

// ask4 gives the bytes of an option in the answer to a DISCOVER that asks for
// it. The last byte of the hardware address tells clients apart.
func (l *link) ask4(ctx context.Context, client byte, code uint32) (wire []byte, found bool, err error) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, client}
	m := make([]byte, 240, 300)
	m[0], m[1], m[2] = 1, 1, 6
	binary.BigEndian.PutUint32(m[4:], uint32(client)<<24|code)
	m[10] = 0x80 // broadcast the answer
	copy(m[28:], mac)
	copy(m[236:], "\x63\x82\x53\x63")
	m = append(m, 53, 1, 1, 55, 1, byte(code), 57, 2, 5, 220, 255)
	m = append(m, make([]byte, 300-len(m))...)
	xid := bytes.Clone(m[4:8])
	answer, err := l.exchange(ctx, frame4(mac, m), 68, func(p []byte) bool {
		return len(p) > 240 && p[0] == 2 && bytes.Equal(p[4:8], xid)
	})
	if err != nil {
		return nil, false, err
	}
	for o := answer[240:]; len(o) >= 2 && o[0] != 255; {
		if o[0] == 0 {
			o = o[1:]
			continue
		}
		size := int(o[1])
		if len(o) < 2+size {
			return nil, false, errors.New("the answer is cut short")
		}
		if uint32(o[0]) == code {
			wire, found = append(wire, o[2:2+size]...), true
		}
		o = o[2+size:]
	}
	return wire, found, nil
}

// ask6 does the same with an Information-request of DHCPv6. The client's
// identifier tells clients apart.
func (l *link) ask6(ctx context.Context, client byte, code uint32) (wire []byte, found bool, err error) {
	m := []byte{11, client, byte(code >> 8), byte(code), 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, client, 0, 6, 0, 2, byte(code >> 8), byte(code)}
	m = append(m, 0, 8, 0, 2, 0, 0)
	answer, err := l.exchange(ctx, frame6(l.client.HardwareAddr, m), 546, func(p []byte) bool {
		return len(p) > 4 && p[0] == 7 && bytes.Equal(p[1:4], m[1:4])
	})
	if err != nil {
		return nil, false, err
	}
	for o := answer[4:]; len(o) >= 4; {
		size := int(binary.BigEndian.Uint16(o[2:]))
		if len(o) < 4+size {
			return nil, false, errors.New("the answer is cut short")
		}
		if uint32(binary.BigEndian.Uint16(o)) == code {
			return bytes.Clone(o[4 : 4+size]), true, nil
		}
		o = o[4+size:]
	}
	return nil, false, nil
}

// neighbour lets the server reach fe80::2 without asking who has it.
func (l *link) neighbour(t *testing.T) {
	t.Helper()
	args := []string{"neighbour", "add", "fe80::2", "lladdr", l.client.HardwareAddr.String(), "dev", "srv0"}
	if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %v: %v\n%s", args, err, out)
	}
}

// keaFolders makes the folders that Kea writes to and names them in the
// environment of the command.
func keaFolders(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	dir := t.TempDir()
	cmd.Env = os.Environ()
	for _, name := range []string{"KEA_DHCP_DATA_DIR", "KEA_CONTROL_SOCKET_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_LOCKFILE_DIR"} {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o750); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+folder)
	}
}
