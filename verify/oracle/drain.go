package oracle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// probeType is the EtherType of frames that only say that what was sent before
// them has come: the first of IEEE 802's local experimental ones.
const probeType = 0x88b5

// drain returns the frame of a message that the server has sent before now and that
// wanted takes, or nil when there is none. A frame that a veth pair carries waits in a
// queue of the processor that sent it, for as long as the machine is busy. So a
// frame is sent after it from each processor: when all of them have come, nothing
// is on its way any more.
func (l *Link) drain(patience time.Duration, wanted func(message []byte) bool) ([]byte, error) {
	var processors unix.CPUSet
	if err := unix.SchedGetaffinity(0, &processors); err != nil {
		return nil, err
	}
	frame := make([]byte, 60)
	for i := range 6 {
		frame[i] = 0xff
	}
	copy(frame[6:], l.server)
	binary.BigEndian.PutUint16(frame[12:], probeType)
	binary.BigEndian.PutUint32(frame[14:], uint32(l.asked))
	probes := 0
	for cpu := range len(processors) * int(unsafe.Sizeof(processors[0])) * 8 {
		if !processors.IsSet(cpu) {
			continue
		}
		err := onProcessor(cpu, func() error {
			return unix.Sendto(l.serverEnd, frame, 0, &unix.SockaddrLinklayer{Ifindex: l.serverIndex, Halen: 6})
		})
		if err != nil {
			return nil, fmt.Errorf("sending behind the server's answers: %w", err)
		}
		probes++
	}
	var answer []byte
	hasAnswer := hasAnswer(wanted)
	for probes > 0 {
		came, err := l.receive(patience, func(f []byte) []byte {
			if bytes.HasPrefix(f, frame[:18]) {
				probes--
				return f
			}
			if answer == nil {
				answer = hasAnswer(f)
			}
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case came == nil:
			return nil, errors.New("the kernel does not deliver what the server's end of the wire has sent")
		}
	}
	return answer, nil
}

// processor is the one that this thread runs on.
func processor() int {
	var cpu uint32
	if _, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0); errno != 0 {
		return 0
	}
	return int(cpu)
}

// onProcessor calls f on a processor.
func onProcessor(cpu int, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	one.Set(cpu)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	return errors.Join(f(), unix.SchedSetaffinity(0, &all))
}
