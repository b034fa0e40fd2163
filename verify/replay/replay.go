package replay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/leases"
)

// A Job is a replay to run.
type Job struct {
	Name   string // of the capture
	Input  io.Reader
	Config *keaconf.DHCP4
	// Leases are lease files, of dhcpd or Kea, with what was leased when the capture
	// began.
	Leases []string
	// Original is the verification of the configuration that the production server has,
	// so that findings of its translation explain differences; nil: only the rule book
	// counts.
	Original *verify.Job
	// Server is the address of the production server. If it is not valid, whoever
	// answers is taken for it.
	Server netip.Addr
	// Live: the input is a capture that still goes on. When the context ends, so does the
	// capture, and no error comes of it.
	Live bool
	// Found, if given, is told each kind of difference that nothing explains, when it is
	// found for the first time.
	Found func(*Difference)
}

// Waiting messages and time that an answer may take.
const (
	answerTime  = 5 * time.Second
	mostWaiting = 1 << 14
)

// waiting is a message of a client whose answer has not come yet.
type waiting struct {
	key      key
	hash     uint64
	next     *waiting // another one with the same hash
	frame    int
	at       time.Time
	raw      []byte
	src, dst netip.AddrPort
	kind     uint8
	done     bool
}

// key tells which answer belongs to which message: the transaction, the client, and
// the kind of answer.
type key struct {
	xid    uint32
	answer uint8
	chaddr [16]byte
}

// hash makes a number of a key, which few others have.
func (k *key) hash() uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f // odd, with bits all over
	h := uint64(k.xid)<<8 | uint64(k.answer)
	h = h*a ^ binary.LittleEndian.Uint64(k.chaddr[:8])
	return h*b ^ binary.LittleEndian.Uint64(k.chaddr[8:])
}

// Options that a replay looks at.
const (
	optRequested = 50
	optLeaseTime = 51
	optType      = 53
	optServer    = 54
	optClientID  = 61
	optAgent     = 82
)

// answerTo is the kind of answer that a kind of message gets; of 0 there is none.
func answerTo(kind uint8) uint8 {
	switch kind {
	case packet.Discover:
		return packet.Offer
	case packet.Request, packet.Inform:
		return packet.Ack
	}
	return 0
}

type run struct {
	*Job
	conf       *config.Config4
	leases     *memfile.Live4
	server     *server.Server4
	explainer  *explainer // nil: nothing is explained
	now        time.Time
	local      netip.Addr // the production server's address, as far as it is known
	frames     frames
	waiting    map[uint64]*waiting
	order      []*waiting // the oldest first, from the number first on
	first      int
	spare      []*waiting       // to be used again
	given      waiting          // a message that gets no answer
	early      [mostEarly]early // answers that came before their messages, as it seems
	earlyNext  int              // how many there have been
	latest     time.Time        // of the frames so far
	relay      netip.Addr       // that the capture is in front of; not valid: none
	gave       netip.Addr       // what keasrv has given to the message at hand, if anything
	packet     server.Packet
	message    packet.Message4
	comparison *exchange.Comparison
	content    content
	trace      server.Trace
	out        *Result
	groups     map[string]*Difference
}

const (
	serverPort4, clientPort4 = 67, 68
	serverPort6, clientPort6 = 547, 546
)

// Run reads a capture to its end and compares. An error means that nothing, or not
// all of it, was compared.
func Run(ctx context.Context, j Job) (*Result, error) {
	if j.Live {
		j.Input = newLive(ctx, j.Input)
	}
	c, err := openCapture(j.Input)
	if err != nil {
		return nil, err
	}
	conf, notes := verify.Servable(j.Config)
	r := &run{Job: &j, waiting: map[uint64]*waiting{}, local: j.Server, groups: map[string]*Difference{}, out: &Result{Capture: j.Name, Notes: notes, Explained: j.Original != nil}}
	if r.conf, err = exchange.BuildKeasrv(conf); err != nil {
		return nil, err
	}
	r.comparison = exchange.NewComparison(nil, keaversion.V3_0)
	r.comparison.Interchangeable(r.interchangeable)
	const often = 1 << 12
	for {
		data, at, link, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.result(), fmt.Errorf("frame %d: %w", r.out.Frames+1, err)
		}
		r.out.Frames++
		if r.out.Frames%often == 0 {
			if ctx.Err() != nil && !j.Live {
				return r.result(), ctx.Err()
			}
		}
		if r.out.Frames == 1 {
			r.out.Begin = at
			if err := r.begin(ctx, conf, at); err != nil {
				return nil, err
			}
		}
		if at.After(r.latest) {
			r.latest = at
		}
		r.out.End = r.latest
		d, ok := r.frames.read(data, link, at)
		if !ok {
			continue
		}
		switch port := d.dst.Port(); {
		case port == serverPort6 || port == clientPort6:
			r.out.V6++
		case port == serverPort4 || port == clientPort4:
			if err := r.datagram(&d, at); err != nil {
				return r.result(), fmt.Errorf("frame %d: %w", r.out.Frames, err)
			}
		}
	}
	for _, w := range r.order[r.first:] {
		if err := r.silence(w); err != nil {
			return r.result(), err
		}
	}
	r.out.Cut = r.frames.cut
	return r.result(), nil
}

// begin starts keasrv when the capture begins.
func (r *run) begin(ctx context.Context, conf *keaconf.DHCP4, at time.Time) (err error) {
	if r.leases, err = leases.Open(ctx, conf, at, r.Leases...); err != nil {
		return fmt.Errorf("leases: %w", err)
	}
	options := server.Options{Leases: r.leases, Clock: func() time.Time { return r.now }}
	r.server = server.New4(r.conf, options)
	if r.Original != nil {
		r.explainer, err = newExplainer(r.Original, r.Server, options)
	}
	return err
}

// datagram deals with one message.
func (r *run) datagram(d *datagram, at time.Time) error {
	if err := r.expire(at); err != nil {
		return err
	}
	m := &r.message
	if m.Parse(d.payload) != nil {
		r.out.Broken++
		return nil
	}
	var kind uint8
	if t, ok := m.Option(optType); ok && len(t) == 1 {
		kind = t[0]
	}
	if m.Op() == packet.BootReply {
		return r.answer(kind, d.payload, at)
	}
	if m.Op() != packet.BootRequest || d.dst.Port() != serverPort4 {
		return nil
	}
	switch kind {
	case 0, packet.Discover, packet.Request, packet.Inform, packet.Release, packet.Decline:
	default:
		r.out.OtherTypes++
		return nil
	}
	r.out.Messages++
	if kind == packet.Release || kind == packet.Decline {
		r.now = at
		r.given = waiting{raw: d.payload, src: d.src, dst: d.dst}
		r.handle(&r.given, r.local, nil)
		return nil
	}
	k := keyOf(m, answerTo(kind))
	hash := k.hash()
	old := r.find(&k, hash)
	if old != nil && !old.done {
		if !m.GIAddr().IsUnspecified() || at.Sub(old.at) > 0 {
			// The client repeats itself, or this is the same message behind the
			// relay: the later one is what the server answers.
			r.out.Repeated++
			old.raw, old.src, old.dst, old.frame = append(old.raw[:0], d.payload...), d.src, d.dst, r.out.Frames
		}
		return nil
	}
	w := r.another()
	*w = waiting{key: k, hash: hash, next: r.waiting[hash], frame: r.out.Frames, at: at, raw: append(w.raw[:0], d.payload...), src: d.src, dst: d.dst, kind: kind}
	r.waiting[hash] = w
	r.order = append(r.order, w)
	if at.Before(r.latest) && r.earlyNext > 0 {
		return r.overtaken(w)
	}
	return nil
}

func keyOf(m *packet.Message4, answer uint8) (k key) {
	k.xid, k.answer = m.XID(), answer
	copy(k.chaddr[:], m.HWAddr())
	return k
}

// find returns the message that waits under a key, the last one if there are several.
func (r *run) find(k *key, hash uint64) *waiting {
	w := r.waiting[hash]
	for w != nil && w.key != *k {
		w = w.next
	}
	return w
}

// forget takes a message out of those that are found.
func (r *run) forget(w *waiting) {
	before := r.waiting[w.hash]
	switch {
	case before != w:
		for before.next != w {
			before = before.next
		}
		before.next = w.next
	case w.next != nil:
		r.waiting[w.hash] = w.next
	default:
		delete(r.waiting, w.hash)
	}
}

func (r *run) another() *waiting {
	if n := len(r.spare); n > 0 {
		w := r.spare[n-1]
		r.spare = r.spare[:n-1]
		return w
	}
	return &waiting{}
}

// expire gives up waiting for answers that do not come.
func (r *run) expire(at time.Time) error {
	for r.first < len(r.order) {
		w := r.order[r.first]
		if !w.done && at.Sub(w.at) < answerTime && len(r.order)-r.first <= mostWaiting {
			break
		}
		if err := r.silence(w); err != nil {
			return err
		}
		r.forget(w)
		r.spare = append(r.spare, w)
		r.first++
	}
	switch {
	case r.first == len(r.order):
		r.order, r.first = r.order[:0], 0
	case r.first > mostWaiting:
		r.order, r.first = append(r.order[:0], r.order[r.first:]...), 0
	}
	return nil
}

// answer compares an answer of the production server.
func (r *run) answer(kind uint8, raw []byte, at time.Time) error {
	answer := uint8(0)
	switch kind {
	case packet.Offer:
		answer = packet.Offer
	case packet.Ack, packet.Nak:
		answer = packet.Ack
	}
	r.out.Answers++
	id, ok := r.message.Option(optServer)
	from := r.local
	if ok && len(id) == 4 {
		from = netip.AddrFrom4([4]byte(id))
	}
	if r.Server.IsValid() && from != r.Server {
		r.out.Others++
		return nil
	}
	k := keyOf(&r.message, answer)
	hash := k.hash()
	w := r.find(&k, hash)
	if w == nil || w.done {
		r.out.Extra++ // another server's, or the same answer on another link
		if w == nil {
			r.keep(k, raw, at)
		}
		return nil
	}
	return r.answered(w, from, raw, at)
}

// answered compares the answer to a message.
func (r *run) answered(w *waiting, from netip.Addr, raw []byte, at time.Time) error {
	w.done = true
	r.local = from
	if relay := r.message.GIAddr(); !relay.IsUnspecified() && w.inFront() {
		r.relay = relay
		r.passOn(w)
	}
	same, err := r.compare(w, from, raw, at)
	if err != nil {
		return err
	}
	// Where both have given the same, keasrv has noted it already.
	if w.kind == packet.Request && !same {
		r.learn(w, raw, at)
	}
	return nil
}

// silence compares a message that the production server has not answered.
func (r *run) silence(w *waiting) error {
	if w.done {
		return nil
	}
	w.done = true
	r.out.Unanswered++
	if r.relay.IsValid() && w.inFront() && !w.hasAddress() {
		r.passOn(w)
	}
	_, err := r.compare(w, r.local, nil, w.at)
	return err
}

// handle gives a message to keasrv.
func (r *run) handle(w *waiting, local netip.Addr, trace *server.Trace) ([]byte, bool) {
	return ask(r.server, &r.packet, w, local, trace)
}

// ask gives a message to a server. The packet is of the caller's, who uses it again.
func ask(s *server.Server4, p *server.Packet, w *waiting, local netip.Addr, trace *server.Trace) ([]byte, bool) {
	if !local.IsValid() {
		local = netip.IPv4Unspecified()
		if a := w.dst.Addr(); a.Is4() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			local = a
		}
	}
	*p = server.Packet{Raw: w.raw, Local: local, Src: w.src, Dst: w.dst}
	a, ok := s.Handle(p, trace)
	return a.Raw, ok
}

// interchangeable reports whether two addresses are of pools of one network that are
// for the same clients.
func (r *run) interchangeable(a, b netip.Addr) bool {
	p, q := r.poolOf(a), r.poolOf(b)
	if p == nil || q == nil {
		return false
	}
	if p == q {
		return true
	}
	same := p.Subnet == q.Subnet || p.Subnet.Network != nil && p.Subnet.Network == q.Subnet.Network
	return same && fmt.Sprint(p.Guards, p.Subnet.Guards) == fmt.Sprint(q.Guards, q.Subnet.Guards)
}

func (r *run) poolOf(a netip.Addr) (pool *config.Pool) {
	r.conf.ByAddress(a, func(s *config.Subnet) bool {
		pool = s.PoolOf(a)
		return pool != nil
	})
	return pool
}
