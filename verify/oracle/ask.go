package oracle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// gateway is the way out of the namespace of a server with an interface that
// is Relayed. Nobody has the address; frames to it carry ClientMAC.
const gateway = "192.0.0.8"

// A Datagram is a DHCP message and where it goes.
type Datagram struct {
	From, To netip.AddrPort
	Message  []byte
}

// Send puts a datagram on the wire, in a frame from ClientMAC to the server, or
// to all for broadcast and multicast addresses.
func (l *Link) Send(d Datagram) error {
	to := l.server
	switch a := d.To.Addr(); {
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		to = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	case a.Is6() && a.IsMulticast():
		b := a.As16()
		to = net.HardwareAddr{0x33, 0x33, b[12], b[13], b[14], b[15]}
	}
	frame := udpFrame(to, d.From.Addr(), d.To.Addr(), d.From.Port(), d.To.Port(), d.Message)
	return unix.Sendto(l.fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: l.index, Halen: 6})
}

// ServerLinkLocal is the link-local address that the server's end of the wire
// has.
func (l *Link) ServerLinkLocal() netip.Addr {
	m := l.server
	a := [16]byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}
	return netip.AddrFrom16(a)
}

// Ask sends a message and returns the first answer that wanted takes, or nil
// when the server is silent. That needs no guess of how long to wait: behind
// the message goes another that the server is known to log and to leave
// unanswered, and once that is in the log, the server has done with the
// message. Kea must not use several threads for that, and must log at DEBUG
// with the logger kea-dhcp4.bad-packets or kea-dhcp6.bad-packets. The error
// says that the server did neither within the time given.
func (l *Link) Ask(d Datagram, patience time.Duration, wanted func(message []byte) bool) ([]byte, error) {
	frame, err := l.AskFrame(d, patience, wanted)
	if err != nil || frame == nil {
		return nil, err
	}
	message, _, _ := udpPayload(frame)
	return message, nil
}

// AskFrame is Ask that returns the whole frame with the answer, see [Destination].
func (l *Link) AskFrame(d Datagram, patience time.Duration, wanted func(message []byte) bool) ([]byte, error) {
	answer, err := l.askMarked(d, true, patience, wanted)
	if err != nil || answer != nil {
		return answer, err
	}
	if l.of.program.batches { // it has answered once a message that came later is in the log
		if answer, err = l.askMarked(d, false, patience, wanted); err != nil || answer != nil {
			return answer, err
		}
	}
	return l.drain(patience, wanted)
}

// Destination says from where and to where the message in a frame goes (IPv4), and to
// which hardware address; ok is false for frames without such a message.
func Destination(frame []byte) (from, to netip.AddrPort, mac net.HardwareAddr, ok bool) {
	const ethernet = 14
	if _, _, ok := udpPayload(frame); !ok || binary.BigEndian.Uint16(frame[12:]) != unix.ETH_P_IP {
		return netip.AddrPort{}, netip.AddrPort{}, nil, false
	}
	header := frame[ethernet:]
	ports := header[int(header[0]&15)*4:]
	from = netip.AddrPortFrom(netip.AddrFrom4([4]byte(header[12:16])), binary.BigEndian.Uint16(ports))
	to = netip.AddrPortFrom(netip.AddrFrom4([4]byte(header[16:20])), binary.BigEndian.Uint16(ports[2:]))
	return from, to, net.HardwareAddr(frame[:6]), true
}

// Marks is how many marks the server has got so far: messages that it counts among
// those that it has received and dropped.
func (l *Link) Marks() int { return l.asked }

// askMarked sends a mark, behind the message or alone, and returns when it is in the
// log, with the frame of the answer, if that has come.
func (l *Link) askMarked(d Datagram, too bool, patience time.Duration, wanted func(message []byte) bool) (answer []byte, err error) {
	l.asked++
	mark := []byte{0xfe, byte(l.asked >> 16), byte(l.asked >> 8), byte(l.asked)}
	from := l.of.out.size()
	mark4or6 := markMessage4
	if d.To.Addr().Is6() {
		mark4or6 = markMessage6
	}
	last, seen := d, []string(nil)
	last.Message, seen = mark4or6(mark)
	// The kernel keeps what one processor sends in order.
	err = onProcessor(processor(), func() error {
		if too {
			return errors.Join(l.Send(d), l.Send(last))
		}
		return l.Send(last)
	})
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(patience)
	for {
		frame, err := l.receive(2*time.Millisecond, hasAnswer(wanted))
		if err != nil {
			return nil, err
		}
		if answer == nil {
			answer = frame
		}
		log := l.of.out.after(from)
		if slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(log, s) }) {
			return answer, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s did not read a message within %s; its log:\n%s", l.of.program.Name, patience, l.of.Log())
		}
	}
}

// markMessage4 makes a DHCPLEASEQUERY (RFC 4388) from a relay that no network
// has, and returns what of it is found in the log of dhcpd or Kea.
func markMessage4(mark []byte) (message []byte, seen []string) {
	m := make([]byte, 236, 244)
	m[0], m[1], m[2] = 1, 1, 6
	copy(m[4:], mark)
	copy(m[24:], mark)
	m = append(m, 99, 130, 83, 99, 53, 1, 10, 255)
	relay, _ := netip.AddrFromSlice(mark)
	return m, []string{fmt.Sprintf("DHCPLEASEQUERY from %s:", relay), fmt.Sprintf("tid=0x%x:", mark)}
}

// markMessage6 does the same with an ADVERTISE, which no server expects.
func markMessage6(mark []byte) (message []byte, seen []string) {
	m := append([]byte{2}, mark[1:]...)
	m = append(m, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0)
	m = append(m, mark...)
	return m, []string{"Discarding Advertise from ", "received unknown message (type 2)"}
}

// hasAnswer takes the frames that have a message which wanted takes.
func hasAnswer(wanted func(message []byte) bool) func(frame []byte) []byte {
	return func(frame []byte) []byte {
		if payload, _, ok := udpPayload(frame); ok && wanted(payload) {
			return append([]byte{}, frame...)
		}
		return nil
	}
}

// isAnswer takes the same frames as hasAnswer, and returns their messages.
func isAnswer(wanted func(message []byte) bool) func(frame []byte) []byte {
	return func(frame []byte) []byte {
		if payload, _, ok := udpPayload(frame); ok && wanted(payload) {
			return append([]byte{}, payload...)
		}
		return nil
	}
}

// receive returns what taken makes of the first frame that it takes, or nil when
// none comes in time.
func (l *Link) receive(patience time.Duration, taken func(frame []byte) []byte) ([]byte, error) {
	deadline := time.Now().Add(patience)
	buf := make([]byte, 1<<16)
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return nil, nil
		}
		tv := unix.NsecToTimeval(left.Nanoseconds())
		if tv.Sec == 0 && tv.Usec == 0 {
			tv.Usec = 1
		}
		if err := unix.SetsockoptTimeval(l.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			return nil, err
		}
		n, from, err := unix.Recvfrom(l.fd, buf, 0)
		switch {
		case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if message := taken(buf[:n]); message != nil {
			return message, nil
		}
	}
}

// Await returns the next message of the server that wanted takes, or nil when none
// comes in time.
func (l *Link) Await(patience time.Duration, wanted func(message []byte) bool) ([]byte, error) {
	return l.receive(patience, isAnswer(wanted))
}
