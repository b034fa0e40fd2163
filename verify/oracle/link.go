package oracle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// The one client that a [Link] speaks for.
const (
	ClientMAC       = "02:00:00:00:00:02"
	ClientLinkLocal = "fe80::ff:fe00:2"
)

// A Link is the other end of one of a server's interfaces: a wire on which a
// test writes and reads the frames of a client. No kernel answers for the
// client.
type Link struct {
	fd     int
	index  int
	server net.HardwareAddr // of the server's end
	of     *Server
	// A socket on the server's end, see drain.
	serverEnd, serverIndex int
	asked                  int // how many marks Ask has sent
}

func lockThread() { runtime.LockOSThread() }

// Link opens the wire of the n-th interface that the server was started with.
// It needs root.
func (s *Server) Link(n int) (*Link, error) {
	l := &Link{fd: -1, serverEnd: -1, of: s}
	if n >= len(s.interfaces) {
		return nil, fmt.Errorf("the server has %d interfaces", len(s.interfaces))
	}
	err := s.inNamespace(ownNamespace, func() error {
		end, err := net.InterfaceByName(s.interfaces[n].Name)
		if err != nil {
			return err
		}
		l.server, l.serverIndex = end.HardwareAddr, end.Index
		// The protocol 0 receives nothing.
		l.serverEnd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("looking for interface %d: %w", n, err), l.Close())
	}
	err = s.inNamespace(peerNamespace, func() error {
		ifc, err := net.InterfaceByName(fmt.Sprintf("keapeer%d", n))
		if err != nil {
			return err
		}
		l.index = ifc.Index
		l.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(hton(unix.ETH_P_ALL)))
		if err != nil {
			return err
		}
		return unix.Bind(l.fd, &unix.SockaddrLinklayer{Protocol: hton(unix.ETH_P_ALL), Ifindex: l.index})
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the wire of interface %d: %w", n, err), l.Close())
	}
	return l, nil
}

// Server is the hardware address of the server's end of the wire.
func (l *Link) Server() net.HardwareAddr { return l.server }

func hton(n uint16) uint16 { return n<<8 | n>>8 }

// Close closes the wire.
func (l *Link) Close() error {
	var err error
	for _, fd := range []int{l.fd, l.serverEnd} {
		if fd >= 0 {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	return err
}

const (
	port4Client, port4Server = 68, 67
	port6Client, port6Server = 546, 547
)

// Exchange4 broadcasts a DHCPv4 message as a client that has no address and
// returns the first answer that has the same transaction id, or an error when
// none comes in time.
func (l *Link) Exchange4(message []byte, timeout time.Duration) ([]byte, error) {
	if len(message) < 8 {
		return nil, errors.New("a DHCPv4 message has more than 8 bytes")
	}
	frame := udpFrame(net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, netip.IPv4Unspecified(),
		netip.AddrFrom4([4]byte{255, 255, 255, 255}), port4Client, port4Server, message)
	return l.exchange(frame, timeout, func(p []byte, port uint16) bool {
		return port == port4Client && len(p) >= 8 && string(p[4:8]) == string(message[4:8])
	})
}

// Exchange6 is Exchange4 for DHCPv6: it sends from the client's link-local
// address to all servers.
func (l *Link) Exchange6(message []byte, timeout time.Duration) ([]byte, error) {
	if len(message) < 4 {
		return nil, errors.New("a DHCPv6 message has at least 4 bytes")
	}
	frame := udpFrame(net.HardwareAddr{0x33, 0x33, 0, 1, 0, 2}, netip.MustParseAddr(ClientLinkLocal),
		netip.MustParseAddr("ff02::1:2"), port6Client, port6Server, message)
	return l.exchange(frame, timeout, func(p []byte, port uint16) bool {
		return port == port6Client && len(p) >= 4 && string(p[1:4]) == string(message[1:4])
	})
}

func (l *Link) exchange(frame []byte, timeout time.Duration, wanted func(payload []byte, port uint16) bool) ([]byte, error) {
	if err := unix.Sendto(l.fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: l.index, Halen: 6}); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(timeout)
	buf := make([]byte, 1<<16)
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return nil, fmt.Errorf("no answer within %s", timeout)
		}
		tv := unix.NsecToTimeval(left.Nanoseconds())
		if tv.Sec == 0 && tv.Usec == 0 {
			tv.Usec = 1
		}
		if err := unix.SetsockoptTimeval(l.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			return nil, err
		}
		n, _, err := unix.Recvfrom(l.fd, buf, 0)
		if err != nil {
			if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
				continue
			}
			return nil, err
		}
		if payload, port, ok := udpPayload(buf[:n]); ok && wanted(payload, port) {
			return append([]byte{}, payload...), nil
		}
	}
}

// udpFrame puts a message in UDP, IP and Ethernet.
func udpFrame(to net.HardwareAddr, from, dst netip.Addr, fromPort, dstPort uint16, message []byte) []byte {
	udp := make([]byte, 8, 8+len(message))
	binary.BigEndian.PutUint16(udp[0:], fromPort)
	binary.BigEndian.PutUint16(udp[2:], dstPort)
	binary.BigEndian.PutUint16(udp[4:], uint16(8+len(message)))
	udp = append(udp, message...)
	pseudo := append(from.AsSlice(), dst.AsSlice()...)
	pseudo = append(pseudo, 0, unix.IPPROTO_UDP, 0, 0, udp[4], udp[5])
	sum := checksum(append(pseudo, udp...))
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(udp[6:], sum)

	mac, _ := net.ParseMAC(ClientMAC)
	frame := append(append([]byte{}, to...), mac...)
	if dst.Is4() {
		frame = binary.BigEndian.AppendUint16(frame, unix.ETH_P_IP)
		ip := make([]byte, 20)
		ip[0], ip[8], ip[9] = 0x45, 64, unix.IPPROTO_UDP
		binary.BigEndian.PutUint16(ip[2:], uint16(20+len(udp)))
		copy(ip[12:], from.AsSlice())
		copy(ip[16:], dst.AsSlice())
		binary.BigEndian.PutUint16(ip[10:], checksum(ip))
		frame = append(frame, ip...)
	} else {
		frame = binary.BigEndian.AppendUint16(frame, unix.ETH_P_IPV6)
		ip := make([]byte, 8, 40)
		ip[0], ip[6], ip[7] = 0x60, unix.IPPROTO_UDP, 64
		binary.BigEndian.PutUint16(ip[4:], uint16(len(udp)))
		frame = append(append(append(frame, ip...), from.AsSlice()...), dst.AsSlice()...)
	}
	return append(frame, udp...)
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// udpPayload takes the message out of a frame; ok is false for other frames.
// Checksums are not looked at: between veth ends the kernel leaves them out.
func udpPayload(frame []byte) (payload []byte, port uint16, ok bool) {
	if len(frame) < 14 {
		return nil, 0, false
	}
	ip := frame[14:]
	var udp []byte
	switch binary.BigEndian.Uint16(frame[12:]) {
	case unix.ETH_P_IP:
		if len(ip) < 20 || ip[9] != unix.IPPROTO_UDP {
			return nil, 0, false
		}
		header := int(ip[0]&15) * 4
		if header > len(ip) {
			return nil, 0, false
		}
		udp = ip[header:]
	case unix.ETH_P_IPV6:
		if len(ip) < 40 || ip[6] != unix.IPPROTO_UDP {
			return nil, 0, false
		}
		udp = ip[40:]
	}
	if len(udp) < 8 {
		return nil, 0, false
	}
	size := int(binary.BigEndian.Uint16(udp[4:]))
	if size < 8 || size > len(udp) {
		return nil, 0, false
	}
	return udp[8:size], binary.BigEndian.Uint16(udp[2:]), true
}
