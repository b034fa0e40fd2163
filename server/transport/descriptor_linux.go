package transport

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A receive that finds a crowd of messages is followed by a pause in which more come:
// each turn costs threads that sleep and are woken, and a write to the lease file, so
// that under load, when nobody would be answered sooner anyway, few large turns serve
// more clients than many small ones. Both values are measured: below a crowd a pause
// would be a delay, and above the length little is won.
const (
	crowd = 4
	pause = 400 * time.Microsecond
)

// descriptor is a socket whose user waits for it in the kernel, and not with the
// runtime's poller: that would wake a thread for each message, also while the one that
// answers is at work, which costs as much as all that it does itself.
type descriptor struct {
	conn syscall.RawConn // of file
	file *os.File        // not with the poller, since it is blocking; the calls say that they do not wait
	end  *os.File        // can be read when the socket is closed
	// receiving is held while somebody waits for messages, so that Close can wait for
	// that to end.
	receiving sync.Mutex
	closed    atomic.Bool
	crowded   bool
}

// newDescriptor takes a blocking socket over, also when there is an error.
func newDescriptor(fd int, name string) (_ *descriptor, err error) {
	d := &descriptor{file: os.NewFile(uintptr(fd), name)}
	if d.conn, err = d.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, d.file.Close())
	}
	end, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, errors.Join(err, d.file.Close())
	}
	d.end = os.NewFile(uintptr(end), name)
	return d, nil
}

// Close closes the socket, and ends a Receive that waits.
func (d *descriptor) Close() error {
	if d.closed.Swap(true) {
		return os.ErrClosed
	}
	_, err := d.end.Write([]byte{1, 0, 0, 0, 0, 0, 0, 0}) // a number in the machine's order; any but 0 will do
	d.receiving.Lock()
	defer d.receiving.Unlock()
	return errors.Join(err, d.file.Close(), d.end.Close())
}

// receive waits for messages, and takes those that there are. The error is os.ErrClosed
// behind Close.
func (d *descriptor) receive(list []multiMessage) (n int, err error) {
	d.receiving.Lock()
	defer d.receiving.Unlock()
	if d.crowded {
		// Not time.Sleep, which lets the runtime's threads go to sleep, too, and rounds
		// up to a millisecond. That a signal ends it early does no harm.
		_ = unix.Nanosleep(&unix.Timespec{Nsec: pause.Nanoseconds()}, nil)
	}
	n, err = d.call(unix.SYS_RECVMMSG, list, unix.POLLIN)
	d.crowded = err == nil && (n >= crowd || d.crowded && n > crowd/2)
	return n, err
}

// send sends messages; those that cannot be sent are left out.
func (d *descriptor) send(list []multiMessage) (failed error) {
	for len(list) > 0 {
		n, err := d.call(unix.SYS_SENDMMSG, list, unix.POLLOUT)
		var errno syscall.Errno
		switch {
		case errors.As(err, &errno):
			failed, n = errors.Join(failed, err), 1 // the first one is at fault
		case err != nil:
			return errors.Join(failed, err)
		}
		list = list[n:]
	}
	return failed
}

// call calls recvmmsg(2) or sendmmsg(2) until there is something to read or room to
// write. The error is a syscall.Errno, or os.ErrClosed.
func (d *descriptor) call(number uintptr, list []multiMessage, until int16) (n int, err error) {
	failed := d.conn.Control(func(fd uintptr) {
		for {
			var errno syscall.Errno
			n, errno = multi(number, fd, list)
			switch {
			case d.closed.Load():
				n, err = 0, os.ErrClosed
			case errno == unix.EAGAIN:
				if err = d.wait(fd, until); err == nil {
					continue
				}
			case errno != 0:
				err = errno
			}
			return
		}
	})
	if failed != nil {
		return 0, os.ErrClosed
	}
	return n, err
}

// wait waits until the socket is ready, or closed.
func (d *descriptor) wait(fd uintptr, until int16) (err error) {
	conn, err := d.end.SyscallConn()
	if err != nil {
		return err
	}
	failed := conn.Control(func(end uintptr) {
		list := [2]unix.PollFd{{Fd: int32(fd), Events: until}, {Fd: int32(end), Events: unix.POLLIN}}
		for {
			if _, err = unix.Poll(list[:], -1); !errors.Is(err, unix.EINTR) {
				return
			}
		}
	})
	return errors.Join(err, failed)
}

// multi calls recvmmsg(2) or sendmmsg(2) without waiting.
func multi(call, fd uintptr, list []multiMessage) (int, syscall.Errno) {
	for {
		n, _, errno := unix.Syscall6(call, fd, uintptr(unsafe.Pointer(&list[0])), uintptr(len(list)), unix.MSG_DONTWAIT, 0, 0)
		if errno == 0 {
			return int(n), 0
		}
		if errno != unix.EINTR {
			return 0, errno
		}
	}
}
