package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
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
	// Servers are the addresses of the production server. Without them, whoever answers a
	// message first is taken for it.
	Servers []netip.Addr
	// Live: the input is a capture that still goes on. When the context ends, so does the
	// capture, and no error comes of it.
	Live bool
	// Found, if given, is told each kind of difference that nothing explains, when it is
	// found for the first time.
	Found func(*Difference)
}

type run struct {
	*Job
	conf       *config.Config4
	leases     *memfile.Live4
	server     *server.Server4
	explainer  *explainer // nil: nothing is explained
	now        int64      // in nanoseconds since 1970, as are all times of frames
	frames     frames
	datagram   datagram
	mixed      bool // frames of several interfaces, which are not in order
	sorted     sorted
	waiting    queue
	repeated   repeated
	given      waiting          // a message that gets no answer
	early      [mostEarly]early // answers that came before their messages, as it seems
	earlyNext  int              // how many there have been
	latest     int64            // of the frames so far
	links      links
	gave       netip.Addr // what keasrv has given to the message at hand, if anything
	packet     server.Packet
	comparison *exchange.Comparison
	content    content
	trace      server.Trace
	out        *Result
	groups     map[string]*Difference
	message    packet.Message4 // for messages that are not simple
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
	r := &run{Job: &j, groups: map[string]*Difference{}, out: &Result{Capture: j.Name, Notes: notes, Explained: j.Original != nil}}
	if len(j.Servers) > 0 {
		r.links.local = j.Servers[0]
	}
	if r.conf, err = exchange.BuildKeasrv(conf); err != nil {
		return nil, err
	}
	r.comparison = exchange.NewComparison(nil, keaversion.V3_0)
	r.comparison.Interchangeable(r.interchangeable)
	var f frame
	for err == nil {
		if err = c.next(&f); err == nil {
			err = r.frame(ctx, conf, &f)
		} else if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("frame %d: %w", r.out.Frames+1, err)
		}
	}
	if r.server == nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if errors.Is(err, io.EOF) {
		err = r.release(math.MaxInt64)
		for w := r.waiting.oldest(); w != nil && err == nil; w = r.waiting.oldest() {
			err = r.silence(w)
			r.waiting.forget()
		}
	}
	r.frames.end()
	return r.result(), err
}

// frame deals with one frame.
func (r *run) frame(ctx context.Context, conf *keaconf.DHCP4, f *frame) error {
	const often = 1 << 12
	r.out.Frames++
	if r.out.Frames%often == 0 && ctx.Err() != nil && !r.Live {
		return ctx.Err()
	}
	if r.out.Frames == 1 {
		r.out.Begin = time.Unix(0, f.at).UTC()
		if err := r.begin(ctx, conf); err != nil {
			return err
		}
	}
	d := &r.datagram
	if r.frames.read(f, d) {
		d.at, d.frame = f.at, r.out.Frames
		if r.mixed = r.mixed || f.mixed; r.mixed {
			r.sorted.add(d)
		} else if err := r.take(d); err != nil {
			return err
		}
	}
	r.latest = max(r.latest, f.at)
	return r.release(r.latest - int64(sortTime))
}

// release deals with the datagrams that were put in order, up to a time.
func (r *run) release(until int64) error {
	for r.sorted.ready(until) {
		d := r.sorted.next()
		if err := r.take(d); err != nil {
			return err
		}
		r.sorted.done(d)
	}
	return nil
}

// take deals with one datagram.
func (r *run) take(d *datagram) error {
	switch port := d.dst.Port(); {
	case port == serverPort6 || port == clientPort6:
		r.out.V6++
	case port == serverPort4 || port == clientPort4:
		if err := r.dhcp(d); err != nil {
			return fmt.Errorf("frame %d: %w", d.frame, err)
		}
	}
	return nil
}

// begin starts keasrv when the capture begins.
func (r *run) begin(ctx context.Context, conf *keaconf.DHCP4) (err error) {
	if r.leases, err = leases.Open(ctx, conf, r.out.Begin, r.Leases...); err != nil {
		return fmt.Errorf("leases: %w", err)
	}
	options := server.Options{Leases: r.leases, Clock: func() time.Time { return time.Unix(0, r.now) }}
	r.server = server.New4(r.conf, options)
	if r.Original != nil {
		r.explainer, err = newExplainer(r.Original, r.links.local, options)
	}
	return err
}

// dhcp deals with one message.
func (r *run) dhcp(d *datagram) error {
	at := d.at
	if err := r.expire(at); err != nil {
		return err
	}
	h, ok := headOf(d.payload, &r.message)
	if !ok {
		r.out.Broken++
		return nil
	}
	if h.op == packet.BootReply {
		return r.answer(&h, d)
	}
	if h.op != packet.BootRequest || d.dst.Port() != serverPort4 {
		return nil
	}
	switch h.kind {
	case 0, packet.Discover, packet.Request, packet.Inform, packet.Release, packet.Decline:
	default:
		r.out.OtherTypes++
		return nil
	}
	r.out.Messages++
	if h.kind == packet.Release || h.kind == packet.Decline {
		r.given = waiting{raw: d.payload, src: d.src, dst: d.dst, at: at}
		r.handle(&r.given, r.links.localOf(d.link), nil)
		return nil
	}
	k := keyOf(d.payload, answerTo(h.kind))
	hash := k.hash()
	if old := r.waiting.find(&k, hash); old != nil && !old.done {
		// The client repeats itself, or the capture has the message twice.
		r.out.Repeated++
		old.raw, old.src, old.dst, old.link, old.frame = append(old.raw[:0], d.payload...), d.src, d.dst, d.link, d.frame
		return nil
	}
	w := r.waiting.add(&k, hash)
	w.frame, w.at, w.link, w.src, w.dst, w.kind = d.frame, at, d.link, d.src, d.dst, h.kind
	w.raw = append(w.raw[:0], d.payload...)
	if r.earlyNext > 0 && at < r.latest {
		return r.overtaken(w)
	}
	return nil
}

// expire gives up waiting for answers that do not come.
func (r *run) expire(at int64) error {
	for w := r.waiting.oldest(); w != nil; w = r.waiting.oldest() {
		if !w.done {
			if at-w.at < int64(answerTime) && r.waiting.length() <= mostWaiting {
				break
			}
			if err := r.silence(w); err != nil {
				return err
			}
		}
		r.waiting.forget()
	}
	return nil
}

// answer compares an answer of the production server.
func (r *run) answer(h *head, d *datagram) error {
	answer := uint8(0)
	switch h.kind {
	case packet.Offer:
		answer = packet.Offer
	case packet.Ack, packet.Nak:
		answer = packet.Ack
	}
	r.out.Answers++
	from := r.serverOf(h, d)
	r.out.heard(from)
	other := len(r.Servers) > 0 && !slices.Contains(r.Servers, from) && !slices.Contains(r.Servers, d.src.Addr())
	// An offer without an address is of a server that knows about booting only.
	if other || answer == packet.Offer && isZero4(d.payload[atYIAddr:]) {
		r.out.Others++
		return nil
	}
	k := keyOf(d.payload, answer)
	hash := k.hash()
	w := r.waiting.find(&k, hash)
	if w == nil && k.giaddr != [4]byte{} {
		front := k
		front.giaddr = [4]byte{}
		w = r.waiting.find(&front, hash)
	}
	if w == nil || w.done {
		r.out.Extra++ // another server's, or the same answer on another link
		if w == nil {
			r.keep(&k, from, d)
		}
		return nil
	}
	return r.answered(w, from, d.payload, d.link, d.at)
}

// serverOf is the address of the server that has sent an answer. A relay that wants to
// hear the renewals too has its own address told to the client (RFC 5107).
func (r *run) serverOf(h *head, d *datagram) netip.Addr {
	giaddr := netip.AddrFrom4([4]byte(d.payload[atGIAddr:]))
	switch {
	case h.hasServer && (h.server != giaddr.As4() || giaddr.IsUnspecified()):
		return netip.AddrFrom4(h.server)
	case d.src.Addr() != giaddr && !giaddr.IsUnspecified() && d.src.Addr().Is4():
		return d.src.Addr()
	}
	return r.links.local
}

// answered compares the answer to a message; link is where the answer was seen.
func (r *run) answered(w *waiting, from netip.Addr, raw []byte, link uint64, at int64) error {
	w.done = true
	r.repeated.note(w)
	if w.inFront() {
		relay := netip.AddrFrom4([4]byte(raw[atGIAddr:]))
		r.links.learn(w.link, from, relay)
		r.links.learn(link, from, relay)
		if !relay.IsUnspecified() {
			r.passOn(w, relay)
		}
	}
	r.links.local = from
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
	if r.repeated.is(w) || w.inFront() && r.waiting.passedOn(w) {
		r.out.Repeated++
		return nil
	}
	r.out.Unanswered++
	local := r.links.local
	if w.inFront() && !w.hasAddress() {
		l := r.links.of(w.link)
		if local = l.local; l.relay.IsValid() {
			r.passOn(w, l.relay)
		}
	}
	_, err := r.compare(w, local, nil, w.at)
	return err
}

// handle gives a message to keasrv.
func (r *run) handle(w *waiting, local netip.Addr, trace *server.Trace) ([]byte, bool) {
	r.now = w.at
	return ask(r.server, &r.packet, w, local, trace)
}

// ask gives a message to a server. The packet is of the caller's, who uses it again.
func ask(s *server.Server4, p *server.Packet, w *waiting, local netip.Addr, trace *server.Trace) ([]byte, bool) {
	if !local.IsValid() {
		local = netip.IPv4Unspecified()
		if a := w.dst.Addr(); a.Is4() && a != everybody {
			local = a
		}
	}
	p.Raw, p.Local, p.Src, p.Dst = w.raw, local, w.src, w.dst
	a, ok := s.Handle(p, trace)
	return a.Raw, ok
}

// everybody is the address of broadcasts.
var everybody = netip.AddrFrom4([4]byte{255, 255, 255, 255})

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
