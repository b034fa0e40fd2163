package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

const (
	// maxCommand is the largest command in bytes; a whole configuration fits.
	maxCommand = 64 << 20
	// patience is how long a client may take for its command, as with Kea.
	patience = 10 * time.Second
	// socketMode is that of the sockets of Kea 3.0: for owner and group.
	socketMode = 0o770
)

// ListenUnix opens the socket of a control channel. What an earlier server has
// left in its place is taken away; a socket at which a server answers is not.
func ListenUnix(name string) (net.Listener, error) {
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

// Serve answers the commands that come in, until the listener is closed.
func Serve(ctx context.Context, l net.Listener, handle func(context.Context, Command) Reply) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		go serveOne(ctx, c, handle)
	}
}

// serveOne answers one command and closes the connection, as Kea does.
func serveOne(ctx context.Context, c net.Conn, handle func(context.Context, Command) Reply) {
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	var text json.RawMessage
	var reply Reply
	if err := json.NewDecoder(io.LimitReader(c, maxCommand)).Decode(&text); err != nil {
		if errors.Is(err, io.EOF) {
			return // nothing was said
		}
		reply = Reply{Result: Error, Text: fmt.Sprintf("invalid command: %v", err)}
	} else {
		reply = answer(ctx, text, handle)
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	c.Write(reply.Append(nil)) // whoever has gone away does not wait for it
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
