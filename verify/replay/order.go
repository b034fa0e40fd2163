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
	from netip.Addr
	link uint64
	at   int64
	used bool
}

// Answers that are early are kept so long and are so many at most.
const (
	earlyTime = time.Second
	mostEarly = 64
)

// keep keeps an answer until its message comes.
func (r *run) keep(k *key, from netip.Addr, d *datagram) {
	e := &r.early[r.earlyNext%mostEarly]
	r.earlyNext++
	*e = early{key: *k, from: from, link: d.link, raw: append(e.raw[:0], d.payload...), at: d.at}
}

// overtaken looks for the answer to a message that was captured before its answer and
// stands behind it.
func (r *run) overtaken(w *waiting) error {
	for i := range min(r.earlyNext, mostEarly) {
		e := &r.early[i]
		if e.used || e.key != w.key || e.at < w.at || e.at-w.at > int64(earlyTime) {
			continue
		}
		e.used = true
		r.out.Extra--
		r.out.Late++
		return r.answered(w, e.from, e.raw, e.link, e.at)
	}
	return nil
}

// inFront reports whether a message has passed no relay.
func (w *waiting) inFront() bool { return isZero4(w.raw[atGIAddr:]) }

// hasAddress reports whether a client speaks with an address, also to servers far away.
func (w *waiting) hasAddress() bool { return !isZero4(w.raw[atCIAddr:]) }

// passOn makes of a message what a relay makes of it, as far as that can be known: what
// it adds as option 82 cannot.
func (r *run) passOn(w *waiting, relay netip.Addr) {
	copy(w.raw[atGIAddr:], relay.AsSlice())
	w.raw[atHops] = 1
	w.src, w.dst = netip.AddrPortFrom(relay, serverPort4), netip.AddrPortFrom(r.links.local, serverPort4)
	r.out.InFront++
}
