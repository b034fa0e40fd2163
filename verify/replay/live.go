package replay

import (
	"context"
	"io"
)

// live reads from something that may wait for a long time, such as a program that
// captures, and ends when the context does.
type live struct {
	ctx   context.Context
	parts chan part
	rest  []byte
}

type part struct {
	data []byte
	err  error
}

// newLive reads ahead in a goroutine. It ends with the reader, or is left waiting for it
// when the context ends: then the program ends as well.
func newLive(ctx context.Context, r io.Reader) *live {
	l := &live{ctx: ctx, parts: make(chan part)}
	go func() {
		for {
			data := make([]byte, 1<<16)
			n, err := r.Read(data)
			select {
			case l.parts <- part{data[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return l
}

// Read returns io.EOF when the context has ended: whoever ends a capture wants to know
// what was in it.
func (l *live) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		select {
		case <-l.ctx.Done():
			return 0, io.EOF
		case next := <-l.parts:
			l.rest = next.data
			if len(l.rest) == 0 && next.err != nil {
				return 0, next.err
			}
			if next.err != nil {
				// The error comes again from an ended reader.
				done := make(chan part, 1)
				done <- part{nil, next.err}
				l.parts = done
			}
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
