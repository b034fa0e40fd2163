package transport

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Ports of DHCPv4 (RFC 2131 section 4.1).
const (
	ServerPort = 67
	ClientPort = 68
)

// Raw is a raw socket on one interface.
type Raw struct {
	Interface
	*descriptor
	port uint16
	// guard is a UDP socket on the port that nobody reads: without it the kernel
	// would tell relay agents that nobody is there.
	guard int
	out   outbox
}

// OpenRaw opens a raw socket on an interface for messages to a port. It needs the
// capability CAP_NET_RAW, and for a port below 1024 CAP_NET_BIND_SERVICE.
func OpenRaw(ifc Interface, port uint16) (_ *Raw, err error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("raw socket on %s: %w", ifc.Name, err)
	}
	r := &Raw{Interface: ifc, port: port, guard: -1}
	if r.descriptor, err = newDescriptor(fd, ifc.Name); err != nil {
		return nil, fmt.Errorf("raw socket on %s: %w", ifc.Name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("raw socket on %s: %w", ifc.Name, err), r.Close())
		}
	}()
	if err := filter(fd, port); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20); err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: ifc.Index}); err != nil {
		return nil, err
	}
	if r.guard, err = openGuard(ifc, port); err != nil {
		return nil, err
	}
	return r, nil
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// filter lets UDP datagrams to the port through that are in one piece.
func filter(fd int, port uint16) error {
	const drop, take = 0, 0xffff
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 12}, // the type of the frame
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 8, K: etherTypeIPv4},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: etherHeader + 9}, // the protocol
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 6, K: protocolUDP},
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: etherHeader + 6}, // fragments
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jt: 4, K: 0x3fff},
		{Code: unix.BPF_LDX | unix.BPF_B | unix.BPF_MSH, K: etherHeader}, // the length of the IP header
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_IND, K: etherHeader + 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(port)},
		{Code: unix.BPF_RET | unix.BPF_K, K: take},
		{Code: unix.BPF_RET | unix.BPF_K, K: drop},
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// openGuard binds the port on the interface and lets nothing in.
func openGuard(ifc Interface, port uint16) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	nothing := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
	for _, step := range []func() error{
		func() error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) },
		func() error { return unix.BindToDevice(fd, ifc.Name) },
		func() error {
			return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &nothing[0]})
		},
		func() error { return unix.Bind(fd, &unix.SockaddrInet4{Port: int(port), Addr: ifc.Address.As4()}) },
	} {
		if err := step(); err != nil {
			return -1, errors.Join(err, unix.Close(fd))
		}
	}
	return fd, nil
}

// On is the interface.
func (r *Raw) On() *Interface { return &r.Interface }

// Close closes the socket, and ends a Receive that waits.
func (r *Raw) Close() error {
	err := r.descriptor.Close()
	if r.guard >= 0 {
		err = errors.Join(err, unix.Close(r.guard))
	}
	return err
}
