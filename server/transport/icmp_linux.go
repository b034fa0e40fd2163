package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Types of messages of ICMP (RFC 792).
const (
	icmpEchoReply   = 0
	icmpUnreachable = 3
	icmpEcho        = 8
	icmpHeader      = 8 // bytes
)

// ICMP asks addresses for an echo.
type ICMP struct {
	closing
	file *os.File
	conn syscall.RawConn // of file
}

// Echo is what comes back about a request.
type Echo struct {
	// Unreachable: the request cannot get to Address; otherwise it is the answer.
	Unreachable  bool
	Address      netip.Addr
	ID, Sequence uint16
}

// OpenICMP needs the capability CAP_NET_RAW.
func OpenICMP() (_ *ICMP, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMP)
	if err != nil {
		return nil, fmt.Errorf("ICMP socket: %w", err)
	}
	i := &ICMP{file: os.NewFile(uintptr(fd), "icmp")}
	// The kernel keeps everything back whose bit is set.
	const solRaw, icmpFilter = 255, 1
	if err = unix.SetsockoptInt(fd, solRaw, icmpFilter, ^(1<<icmpEchoReply | 1<<icmpUnreachable)); err == nil {
		i.conn, err = i.file.SyscallConn()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ICMP socket: %w", err), i.Close())
	}
	return i, nil
}

// Close closes the socket, and ends a Receive that waits.
func (i *ICMP) Close() error {
	i.closed.Store(true)
	return i.file.Close()
}

// Send asks an address for an echo. It does not wait: where there is no room, the
// error is unix.EAGAIN.
func (i *ICMP) Send(to netip.Addr, id, sequence uint16) error {
	b := appendEcho(nil, icmpEcho, id, sequence)
	var failed error
	err := i.conn.Control(func(fd uintptr) {
		failed = unix.Sendto(int(fd), b, unix.MSG_DONTWAIT, &unix.SockaddrInet4{Addr: to.As4()})
	})
	return errors.Join(err, failed)
}

// Receive waits for something that concerns a request. The error is os.ErrClosed
// behind Close; with others the socket may still be used.
func (i *ICMP) Receive() (Echo, error) {
	var buf [frameSize]byte
	for {
		var n int
		var failed error
		err := i.conn.Read(func(fd uintptr) bool {
			n, _, failed = unix.Recvfrom(int(fd), buf[:], 0)
			return !errors.Is(failed, unix.EAGAIN)
		})
		if err == nil {
			err = failed
		}
		if err != nil {
			return Echo{}, i.because(err)
		}
		if e, ok := parseEcho(buf[:n]); ok {
			return e, nil
		}
	}
}

// appendEcho adds a message of ICMP without content.
func appendEcho(b []byte, kind byte, id, sequence uint16) []byte {
	start := len(b)
	b = append(b, kind, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, id)
	b = binary.BigEndian.AppendUint16(b, sequence)
	binary.BigEndian.PutUint16(b[start+2:], ^uint16(sum(0, b[start:])))
	return b
}

// parseEcho reads an IP packet with a message of ICMP: an answer, or an error, which
// holds the beginning of the packet that it is about.
func parseEcho(packet []byte) (e Echo, ok bool) {
	source, _, message, ok := ipv4(packet)
	if !ok || len(message) < icmpHeader {
		return e, false
	}
	switch message[0] {
	case icmpEchoReply:
		e.Address = source
	case icmpUnreachable:
		e.Unreachable = true
		if _, e.Address, message, ok = ipv4(message[icmpHeader:]); !ok || len(message) < icmpHeader || message[0] != icmpEcho {
			return e, false
		}
	default:
		return e, false
	}
	e.ID, e.Sequence = binary.BigEndian.Uint16(message[4:]), binary.BigEndian.Uint16(message[6:])
	return e, true
}

// ipv4 takes an IP packet apart that has ICMP in it, as far as it goes.
func ipv4(packet []byte) (source, destination netip.Addr, content []byte, ok bool) {
	if len(packet) < ipHeader || packet[0]>>4 != 4 || packet[9] != unix.IPPROTO_ICMP {
		return source, destination, nil, false
	}
	header := int(packet[0]&15) * 4
	if header < ipHeader || header > len(packet) {
		return source, destination, nil, false
	}
	return netip.AddrFrom4([4]byte(packet[12:])), netip.AddrFrom4([4]byte(packet[16:])), packet[header:], true
}
