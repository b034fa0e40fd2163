package replay

import (
	"net/netip"
	"time"
)

// early is an answer that no message was there for. Frames of several interfaces, or of
// several queues of one, are not always in order.
type early struct {
	key  key
	raw  []byte
	at   time.Time
	used bool
}

// Answers that are early are kept so long and are so many at most.
const (
	earlyTime = time.Second
	mostEarly = 64
)

// keep keeps an answer until its message comes.
func (r *run) keep(k key, raw []byte, at time.Time) {
	e := &r.early[r.earlyNext%mostEarly]
	r.earlyNext++
	*e = early{key: k, raw: append(e.raw[:0], raw...), at: at}
}

// overtaken looks for the answer to a message that was captured before its answer and
// stands behind it.
func (r *run) overtaken(w *waiting) error {
	for i := range min(r.earlyNext, mostEarly) {
		e := &r.early[i]
		if e.used || e.key != w.key || e.at.Before(w.at) || e.at.Sub(w.at) > earlyTime {
			continue
		}
		e.used = true
		r.out.Extra--
		r.out.Late++
		if r.message.Parse(e.raw) != nil {
			return nil
		}
		from := r.local
		if id, ok := r.message.Option(optServer); ok && len(id) == 4 {
			from = netip.AddrFrom4([4]byte(id))
		}
		return r.answered(w, from, e.raw, e.at)
	}
	return nil
}

// inFront reports whether a message has passed no relay.
func (w *waiting) inFront() bool {
	return len(w.raw) >= atOptions && netip.AddrFrom4([4]byte(w.raw[atGIAddr:])).IsUnspecified()
}

// hasAddress reports whether a client speaks with an address, also to servers far away.
func (w *waiting) hasAddress() bool {
	return len(w.raw) >= atOptions && !netip.AddrFrom4([4]byte(w.raw[atCIAddr:])).IsUnspecified()
}

// passOn makes of a message what the relay makes of it, as far as that can be known: what
// it adds as option 82 cannot.
func (r *run) passOn(w *waiting) {
	const atHops = 3
	copy(w.raw[atGIAddr:], r.relay.AsSlice())
	w.raw[atHops] = 1
	w.src, w.dst = netip.AddrPortFrom(r.relay, serverPort4), netip.AddrPortFrom(r.local, serverPort4)
	r.out.InFront++
}
