package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/keamigrate/keamigrate/server/logging"
)

const (
	// maxCommand is the largest command in bytes; a whole configuration fits.
	maxCommand = 64 << 20
	// patience is how long a client may take for its command, as with Kea.
	patience = 10 * time.Second
	// socketMode is that of the sockets of Kea 3.0: for owner and group.
	socketMode = 0o770
	// readSize is how much is read at once.
	readSize = 32 << 10
)

// Handler answers commands, and tells a log of what goes on.
type Handler struct {
	Log     *logging.Logger
	Command func(context.Context, Command) Reply
}

const (
	part        = "commands" // of the log
	commandData = 10         // the level of messages about connections
)

// ListenUnix opens the socket of a control channel. What an earlier server has
// left in its place is taken away; a socket at which a server answers is not.
func ListenUnix(name string) (net.Listener, error) {
	lock, err := lockSocket(name)
	if err != nil {
		return nil, err
	}
	l, err := listenUnix(name)
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &lockedListener{l, lock}, nil
}

func listenUnix(name string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", name, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("control socket %s: a server answers there already", name)
	}
	if info, err := os.Lstat(name); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(name, socketMode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// lockedListener is a socket with the lock beside it that keeps other servers, also
// Kea's, from taking it.
type lockedListener struct {
	net.Listener
	lock *os.File
}

func (l *lockedListener) Close() error {
	err := l.Listener.Close()
	os.Remove(l.lock.Name()) // a later server finds that nobody holds it
	return errors.Join(err, l.lock.Close())
}

// lockSocket takes the lock of a socket, which has its name and ".lock".
func lockSocket(name string) (*os.File, error) {
	lock, err := os.OpenFile(name+".lock", os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, problemf("cannot create socket lockfile, %s.lock,  : %v", name, Cause(err))
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, problemf("cannot lock socket lockfile, %s.lock,  : %v", name, Cause(err))
	}
	return lock, nil
}

// Cause is what the operating system has said, as programs in C write it.
func Cause(err error) string {
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		text := e.Error()
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return err.Error()
}

// Serve answers the commands that come in, until the listener is closed.
func Serve(ctx context.Context, l net.Listener, h Handler) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		go h.serveOne(ctx, c)
	}
}

// socketNumber is the number that the operating system has for a connection.
func socketNumber(c net.Conn) (number int) {
	number = -1
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			raw.Control(func(fd uintptr) { number = int(fd) }) // it stays unknown
		}
	}
	return number
}

// serveOne answers one command and closes the connection, as Kea does.
func (h *Handler) serveOne(ctx context.Context, c net.Conn) {
	number := socketNumber(c)
	h.Log.DebugLog(commandData, part, "COMMAND_SOCKET_CONNECTION_OPENED", "Opened socket %d for incoming command connection", number)
	defer func() {
		c.Close() // whoever has gone away does not wait for it
		h.Log.DebugLog(commandData, part, "COMMAND_SOCKET_CONNECTION_CLOSED", "Closed socket %d for existing command connection", number)
	}()
	reply, ok := h.receive(ctx, c, number)
	if !ok {
		return
	}
	if c.SetDeadline(time.Now().Add(patience)) != nil {
		return // closed
	}
	text := reply.Append(nil)
	n, err := c.Write(text)
	if err != nil {
		h.Log.Log(logging.Error, part, "COMMAND_SOCKET_WRITE_FAIL", "Error while writing to command socket %d : %s", number, Cause(err))
		return
	}
	h.Log.DebugLog(commandData, part, "COMMAND_SOCKET_WRITE", "Sent response of %d bytes (%d bytes left to send) over command socket %d", n, len(text)-n, number)
}

// receive takes a command and answers it; ok: there is somebody for the answer.
func (h *Handler) receive(ctx context.Context, c net.Conn, number int) (reply Reply, ok bool) {
	var f feed
	buffer := make([]byte, readSize)
	for {
		if c.SetReadDeadline(time.Now().Add(patience)) != nil {
			return Reply{}, false // closed
		}
		n, err := c.Read(buffer)
		if n > 0 {
			h.Log.DebugLog(commandData, part, "COMMAND_SOCKET_READ", "Received %d bytes over command socket %d", n, number)
			done, err := f.add(buffer[:n])
			if err == nil && f.bytes > maxCommand {
				err = problem("the command is too large")
			}
			if err == nil && done {
				var text []byte
				if text, err = fromWire(f.text); err == nil {
					return h.answer(ctx, text), true
				}
			}
			if err != nil {
				h.Log.Log(logging.Warn, part, "COMMAND_PROCESS_ERROR1", "Error while processing command: %v", err)
				return Reply{Result: Error, Text: err.Error()}, true
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			h.Log.Log(logging.Info, part, "COMMAND_SOCKET_CONNECTION_TIMEOUT", "Timeout occurred for connection over socket %d", number)
			text := "Connection over control channel timed out"
			if f.bytes > 0 {
				text += fmt.Sprintf(", discarded partial command of %d bytes", f.bytes)
			}
			return Reply{Result: Error, Text: text}, true
		case errors.Is(err, io.EOF):
			discarded := "no input data to discard"
			if f.bytes > 0 {
				discarded = fmt.Sprintf("discarding partial command of %d bytes", f.bytes)
			}
			h.Log.Log(logging.Info, part, "COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST", "Closed command socket %d by foreign host, %s", number, discarded)
			return Reply{}, false
		default:
			h.Log.Log(logging.Error, part, "COMMAND_SOCKET_READ_FAIL", "Encountered error %s while reading from command socket %d", Cause(err), number)
			return Reply{}, false
		}
	}
}

// answer answers a command that is JSON.
func (h *Handler) answer(ctx context.Context, text []byte) Reply {
	command, err := ParseCommand(text)
	if err != nil {
		h.Log.Log(logging.Warn, part, "COMMAND_PROCESS_ERROR2", "Error while processing command: %v", err)
		return Reply{Result: Error, Text: "Error during command processing: " + err.Error()}
	}
	return h.Command(ctx, command)
}

// Ask sends a command to a server's socket and returns its answer as it is.
func Ask(ctx context.Context, name string, command []byte) ([]byte, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", name)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	if _, err := c.Write(command); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(c, maxCommand))
}
