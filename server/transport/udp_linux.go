package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket receives the messages of one interface, and sends answers there.
type Socket interface {
	// Receive waits for messages and takes as many as there are and the batch has
	// room for. The error is os.ErrClosed behind Close; with others the socket may
	// still be used.
	Receive(*Batch) error
	// Queue makes an answer to a message ready, which Flush sends. With all its frame
	// goes to everybody on the link, and else back to where the message came from.
	Queue(query *Received, to netip.AddrPort, all bool, payload []byte)
	Flush() error
	// Send sends an answer at once, beside what is queued. Unlike the others it may be
	// called while they run.
	Send(query *Received, to netip.AddrPort, all bool, payload []byte) error
	Close() error
	// On is the interface.
	On() *Interface
}

// UDP is a UDP socket on an address of an interface: for relay agents, and clients
// that have an address. As with Kea it gets nothing that is sent to everybody.
type UDP struct {
	Interface
	Routed bool
	*descriptor
	in   []udpMessage
	list []multiMessage
	used int // of in and list, by the last Receive
	out  udpOutbox
}

// udpMessage is room for a message that is received.
type udpMessage struct {
	from    unix.RawSockaddrInet4
	part    unix.Iovec
	control [controlSize]byte
	payload [frameSize]byte
}

// controlSize is the room for what the kernel says about a message: where it went.
const controlSize = 64

// OpenUDP opens a UDP socket on an address of an interface. With routed it is bound to
// the address alone: messages to that may come in on other interfaces, too, and answers
// go out where the routes say. It needs the capability CAP_NET_RAW to bind to the
// interface, and for a port below 1024 CAP_NET_BIND_SERVICE.
func OpenUDP(ifc Interface, port uint16, routed bool) (_ *UDP, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("UDP socket on %s: %w", ifc.Name, err)
	}
	u := &UDP{Interface: ifc, Routed: routed}
	if u.descriptor, err = newDescriptor(fd, ifc.Name); err != nil {
		return nil, fmt.Errorf("UDP socket on %s: %w", ifc.Name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("UDP socket on %s: %w", ifc.Name, err), u.Close())
		}
	}()
	for _, option := range []struct{ level, name int }{{unix.SOL_SOCKET, unix.SO_BROADCAST}, {unix.SOL_SOCKET, unix.SO_REUSEADDR}, {unix.IPPROTO_IP, unix.IP_PKTINFO}} {
		if err := unix.SetsockoptInt(fd, option.level, option.name, 1); err != nil {
			return nil, err
		}
	}
	if !routed {
		if err := unix.BindToDevice(fd, ifc.Name); err != nil {
			return nil, err
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: int(port), Addr: ifc.Address.As4()}); err != nil {
		return nil, err
	}
	return u, nil
}

// On is the interface.
func (u *UDP) On() *Interface { return &u.Interface }

// Receive is that of Socket.
func (u *UDP) Receive(b *Batch) error {
	if u.in == nil {
		u.in, u.list = make([]udpMessage, cap(b.Messages)), make([]multiMessage, cap(b.Messages))
		u.used = len(u.in)
	}
	for i := range u.used { // the kernel has changed them
		m, h := &u.in[i], &u.list[i].header
		m.part.Base = &m.payload[0]
		m.part.SetLen(len(m.payload))
		*h = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&m.from)), Namelen: unix.SizeofSockaddrInet4, Iov: &m.part, Control: &m.control[0]}
		h.SetIovlen(1)
		h.SetControllen(controlSize)
	}
	n, err := u.receive(u.list)
	u.used = max(n, 1)
	if err != nil {
		return fmt.Errorf("%s: %w", u.Name, err)
	}
	b.Messages = b.Messages[:0]
	for i := range n {
		m := &u.in[i]
		port := (*[2]byte)(unsafe.Pointer(&m.from.Port))
		b.Messages = append(b.Messages, Received{Interface: &u.Interface,
			Src:     netip.AddrPortFrom(netip.AddrFrom4(m.from.Addr), binary.BigEndian.Uint16(port[:])),
			Dst:     destinationOf(m.control[:u.list[i].header.Controllen]),
			Payload: m.payload[:u.list[i].length]})
	}
	return nil
}

// destinationOf reads where a message went.
func destinationOf(control []byte) netip.AddrPort {
	for len(control) >= unix.CmsgLen(0) {
		h, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			break
		}
		// The destination is the last field of struct in_pktinfo.
		if h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(data[8:12])), ServerPort)
		}
		control = rest
	}
	return netip.AddrPort{}
}

// udpOutbox holds answers that wait to be sent.
type udpOutbox struct {
	bytes []byte
	ends  []int
	to    []unix.RawSockaddrInet4
	parts []unix.Iovec
	list  []multiMessage
}

// Queue is that of Socket; whose frames they are is up to the kernel.
func (u *UDP) Queue(_ *Received, to netip.AddrPort, _ bool, payload []byte) {
	o := &u.out
	o.bytes = append(o.bytes, payload...)
	o.ends = append(o.ends, len(o.bytes))
	address := unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: to.Addr().As4()}
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&address.Port))[:], to.Port())
	o.to = append(o.to, address)
}

// Send is that of Socket.
func (u *UDP) Send(query *Received, to netip.AddrPort, all bool, payload []byte) error {
	one := UDP{Interface: u.Interface, Routed: u.Routed, descriptor: u.descriptor}
	one.Queue(query, to, all, payload)
	return one.Flush()
}

// Flush sends what is queued, from the interface's address. What cannot be sent is
// left out, and the error names why.
func (u *UDP) Flush() error {
	o := &u.out
	info := unix.Inet4Pktinfo{Ifindex: int32(u.Index), Spec_dst: u.Address.As4()}
	if u.Routed {
		info.Ifindex = 0
	}
	control := unix.PktInfo4(&info)
	o.parts = slices.Grow(o.parts[:0], len(o.ends))[:len(o.ends)]
	o.list = slices.Grow(o.list[:0], len(o.ends))[:len(o.ends)]
	start := 0
	for i, end := range o.ends {
		o.parts[i].Base = &o.bytes[start]
		o.parts[i].SetLen(end - start)
		start = end
		h := &o.list[i].header
		*h = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&o.to[i])), Namelen: unix.SizeofSockaddrInet4, Iov: &o.parts[i], Control: &control[0]}
		h.SetIovlen(1)
		h.SetControllen(len(control))
	}
	failed := u.send(o.list)
	o.bytes, o.ends, o.to = o.bytes[:0], o.ends[:0], o.to[:0]
	if failed != nil {
		return fmt.Errorf("%s: %w", u.Name, failed)
	}
	return nil
}
