package replay

import (
	"container/heap"
	"time"
)

// sortTime is how much earlier than another a frame may be that stands behind it.
const sortTime = time.Second

// mostSorted is how many datagrams wait to be put in order; more are dealt with as they
// stand.
const mostSorted = 1 << 14

// sorted puts datagrams in the order of their times. Programs that capture on several
// interfaces write what each has had for a while, one after the other.
type sorted struct {
	heap  earliest
	spare []*datagram
}

// earliest is a heap.
type earliest []*datagram

func (e earliest) Len() int { return len(e) }
func (e earliest) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].frame < e[j].frame
}
func (e earliest) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *earliest) Push(x any)   { *e = append(*e, x.(*datagram)) }
func (e *earliest) Pop() any {
	n := len(*e) - 1
	last := (*e)[n]
	*e = (*e)[:n]
	return last
}

// add takes a copy of a datagram.
func (s *sorted) add(d *datagram) {
	var own *datagram
	if n := len(s.spare); n > 0 {
		own, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		own = &datagram{}
	}
	payload := append(own.payload[:0], d.payload...)
	*own = *d
	own.payload = payload
	heap.Push(&s.heap, own)
}

// ready reports whether the next datagram may be dealt with, since no earlier one than
// that comes any more.
func (s *sorted) ready(until int64) bool {
	return len(s.heap) > 0 && (s.heap[0].at <= until || len(s.heap) > mostSorted)
}

func (s *sorted) next() *datagram { return heap.Pop(&s.heap).(*datagram) }

// done says that a datagram is used no more.
func (s *sorted) done(d *datagram) { s.spare = append(s.spare, d) }
