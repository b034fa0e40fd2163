package daemon

import (
	"context"
	"errors"
	"net/netip"
	"os"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/transport"
)

// batchSize is how many messages are answered in one turn, at most. Their leases
// are written together.
const batchSize = 64

// receiver answers the messages of a socket.
type receiver struct {
	*DHCP4
	socket  transport.Socket
	answers []outgoing
	bytes   []byte // of the answers
}

// outgoing is an answer that waits for its lease to be written.
type outgoing struct {
	query      *transport.Received
	to         netip.AddrPort
	toAll      bool
	start, end int // in bytes
}

// run answers batch after batch, until the context or the socket ends.
func (r *receiver) run(ctx context.Context) {
	batch := transport.NewBatch(batchSize)
	for ctx.Err() == nil {
		switch err := r.socket.Receive(batch); {
		case err == nil:
			r.answer(batch.Messages)
		case errors.Is(err, os.ErrClosed), ctx.Err() != nil:
			return
		default:
			r.Log.Log(logging.Error, "packets", "DHCP4_PACKET_RECEIVE_FAIL", "%v", err)
		}
	}
}

// answer answers a batch: the answers leave once their leases are written.
func (r *receiver) answer(queries []transport.Received) {
	if !r.prepare(queries) {
		return
	}
	for i := range r.answers {
		o := &r.answers[i]
		r.socket.Queue(o.query, o.to, o.toAll, r.bytes[o.start:o.end])
	}
	if err := r.socket.Flush(); err != nil {
		r.Log.Log(logging.Error, "packets", "DHCP4_PACKET_SEND_FAIL", "%v", err)
	}
}

// prepare makes the answers and reports whether their leases are written.
func (r *receiver) prepare(queries []transport.Received) bool {
	r.answers, r.bytes = r.answers[:0], r.bytes[:0]
	r.turn.Lock()
	defer r.turn.Unlock()
	r.Log.Hold() // what is said of the batch is written together, before it is answered
	defer r.Log.Release()
	on := r.socket.On()
	for i := range queries {
		q := &queries[i]
		in := server.Packet{Raw: q.Payload, Interface: on.Name, InterfaceIndex: on.Index, Local: on.Address, Src: q.Src, Dst: q.Dst}
		in.SrcHWAddr, in.DstHWAddr = q.HWAddrs()
		if r.disabled.any() {
			r.server.Refuse(&in)
			continue
		}
		a, ok := r.server.Handle(&in, nil)
		if !ok {
			if w := r.server.Parked(); w != nil {
				w.Via = &wayBack{on.Name, *q}
			}
			continue
		}
		out := outgoing{query: q, to: r.toClient(a.To), toAll: a.ToAll, start: len(r.bytes)}
		r.bytes = append(r.bytes, a.Raw...)
		out.end = len(r.bytes)
		r.answers = append(r.answers, out)
	}
	if err := r.leases.Commit(); err != nil {
		r.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "no answer is sent, since its lease could not be written: %v", err)
		return false
	}
	return true
}
