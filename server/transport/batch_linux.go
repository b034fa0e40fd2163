package transport

import (
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Received is a message from the network.
type Received struct {
	Interface *Interface
	Src, Dst  netip.AddrPort
	Payload   []byte

	srcMAC, dstMAC [6]byte
}

// HWAddrs are the hardware addresses of the frame that the message came in: whom it
// is from, and whom it is for. nil: the kernel has not shown the frame.
func (r *Received) HWAddrs() (src, dst []byte) {
	if r.srcMAC == [6]byte{} {
		return nil, nil
	}
	return r.srcMAC[:], r.dstMAC[:]
}

// frameSize is how much of a frame is read, in bytes: one of Ethernet with room
// for tags.
const frameSize = 2048

// multiMessage is what recvmmsg(2) and sendmmsg(2) call struct mmsghdr.
type multiMessage struct {
	header unix.Msghdr
	length uint32
}

// A Batch is room for messages that are received with one system call.
type Batch struct {
	// Messages are those of the last Receive, which the next one overwrites.
	Messages []Received

	frames []byte
	from   []unix.RawSockaddrLinklayer
	parts  []unix.Iovec
	list   []multiMessage
}

// NewBatch makes room for so many messages.
func NewBatch(size int) *Batch {
	b := &Batch{Messages: make([]Received, 0, size), frames: make([]byte, size*frameSize), from: make([]unix.RawSockaddrLinklayer, size),
		parts: make([]unix.Iovec, size), list: make([]multiMessage, size)}
	for i := range b.list {
		b.parts[i].Base = &b.frames[i*frameSize]
		b.parts[i].SetLen(frameSize)
		h := &b.list[i].header
		h.Name, h.Iov = (*byte)(unsafe.Pointer(&b.from[i])), &b.parts[i]
		h.SetIovlen(1)
	}
	return b
}

// Receive waits for messages and takes as many as there are and the batch has room
// for. Frames that carry none are passed over. The error is os.ErrClosed behind
// Close; with others, such as that the interface is down, the socket may still be
// used.
func (r *Raw) Receive(b *Batch) error {
	for {
		n, err := r.receiveFrames(b)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		b.Messages = b.Messages[:0]
		for i := range b.list[:n] {
			if b.from[i].Pkttype == unix.PACKET_OUTGOING {
				continue
			}
			d, err := parseFrame(b.frames[i*frameSize:][:min(int(b.list[i].length), frameSize)])
			if err != nil {
				continue
			}
			b.Messages = append(b.Messages, Received{Interface: &r.Interface, Src: d.src, Dst: d.dst, Payload: d.payload, srcMAC: d.srcMAC, dstMAC: d.dstMAC})
		}
		if len(b.Messages) > 0 {
			return nil
		}
	}
}

func (r *Raw) receiveFrames(b *Batch) (n int, err error) {
	for i := range b.list {
		b.list[i].header.Namelen = unix.SizeofSockaddrLinklayer // the kernel changes it
	}
	return r.receive(b.list)
}

// outbox holds frames that wait to be sent.
type outbox struct {
	bytes []byte
	ends  []int // of the frames in bytes
	parts []unix.Iovec
	list  []multiMessage
	to    unix.RawSockaddrLinklayer
}

// Queue makes a frame of an answer to a message; Flush sends it. The frame goes back to
// where the message came from, and with all to everybody on the link.
func (r *Raw) Queue(query *Received, to netip.AddrPort, all bool, payload []byte) {
	d := datagram{src: netip.AddrPortFrom(r.Address, r.port), dst: to, payload: payload}
	copy(d.srcMAC[:], r.MAC)
	d.dstMAC = query.srcMAC
	if all {
		d.dstMAC = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	r.out.bytes = appendFrame(r.out.bytes, &d)
	r.out.ends = append(r.out.ends, len(r.out.bytes))
}

// Send is that of Socket.
func (r *Raw) Send(query *Received, to netip.AddrPort, all bool, payload []byte) error {
	one := Raw{Interface: r.Interface, port: r.port, descriptor: r.descriptor}
	one.Queue(query, to, all, payload)
	return one.Flush()
}

// Flush sends what is queued. What cannot be sent is left out, and the error names
// why.
func (r *Raw) Flush() error {
	o := &r.out
	o.to = unix.RawSockaddrLinklayer{Family: unix.AF_PACKET, Protocol: htons(unix.ETH_P_IP), Ifindex: int32(r.Index), Halen: 6}
	o.parts, o.list = o.parts[:0], o.list[:0]
	start := 0
	for _, end := range o.ends {
		part := unix.Iovec{Base: &o.bytes[start]}
		part.SetLen(end - start)
		o.parts = append(o.parts, part)
		start = end
	}
	for i := range o.parts {
		m := multiMessage{header: unix.Msghdr{Name: (*byte)(unsafe.Pointer(&o.to)), Namelen: unix.SizeofSockaddrLinklayer, Iov: &o.parts[i]}}
		m.header.SetIovlen(1)
		o.list = append(o.list, m)
	}
	failed := r.send(o.list)
	o.bytes, o.ends = o.bytes[:0], o.ends[:0]
	if failed != nil {
		return fmt.Errorf("%s: %w", r.Name, failed)
	}
	return nil
}
