package transport

import (
	"os"
	"sync/atomic"
)

// closing remembers that a socket was closed: what waits for one then gets an error
// from the runtime that it gives no name.
type closing struct{ closed atomic.Bool }

// because is an error of a socket, or os.ErrClosed where that was closed.
func (c *closing) because(err error) error {
	if err != nil && c.closed.Load() {
		return os.ErrClosed
	}
	return err
}
