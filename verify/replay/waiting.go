package replay

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Waiting messages and time that an answer may take.
const (
	answerTime  = 5 * time.Second
	mostWaiting = 1 << 14
)

// waiting is a message of a client whose answer has not come yet.
type waiting struct {
	key      key
	hash     uint64
	next     *waiting // another one with the same place in the table
	frame    int
	at       int64
	link     uint64
	raw      []byte
	src, dst netip.AddrPort
	kind     uint8
	done     bool
}

// key tells which answer belongs to which message: the transaction, the client, the kind
// of answer, and the relay. A relay may take a message that a client sends to the server
// itself, and pass it on as well, even in the name of several addresses: each of these
// messages gets an answer of its own.
type key struct {
	xid    uint32
	answer uint8
	chaddr [16]byte
	giaddr [4]byte
}

func keyOf(raw []byte, answer uint8) (k key) {
	k.xid, k.answer = binary.BigEndian.Uint32(raw[atXID:]), answer
	length := min(int(raw[atHLen]), len(k.chaddr))
	copy(k.chaddr[:], raw[atCHAddr:atCHAddr+length])
	k.giaddr = [4]byte(raw[atGIAddr:])
	return k
}

// hash makes a number of a key without its relay, which few others have.
func (k *key) hash() uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f // odd, with bits all over
	h := uint64(k.xid)<<8 | uint64(k.answer)
	h = h*a ^ binary.LittleEndian.Uint64(k.chaddr[:8])
	h = h*b ^ binary.LittleEndian.Uint64(k.chaddr[8:])
	h *= a
	return h ^ h>>32
}

// queue holds the messages that wait, in the order in which they came, and finds them.
type queue struct {
	table []*waiting
	order []*waiting // the oldest first, from the number first on
	first int
	spare []*waiting // to be used again
}

// tableSize is a power of two.
const tableSize = mostWaiting

func (q *queue) length() int { return len(q.order) - q.first }

// oldest is the message that has waited for the longest time; nil: there is none.
func (q *queue) oldest() *waiting {
	if q.first == len(q.order) {
		return nil
	}
	return q.order[q.first]
}

// find returns the message that waits under a key, the last one if there are several.
func (q *queue) find(k *key, hash uint64) *waiting {
	if q.table == nil {
		return nil
	}
	w := q.table[hash%tableSize]
	for w != nil && (w.hash != hash || w.key != *k) {
		w = w.next
	}
	return w
}

// passedOn reports whether a message that has passed no relay is there behind one too.
func (q *queue) passedOn(w *waiting) bool {
	for o := q.table[w.hash%tableSize]; o != nil; o = o.next {
		k := o.key
		k.giaddr = w.key.giaddr
		if o != w && o.hash == w.hash && k == w.key {
			return true
		}
	}
	return false
}

// add returns a message for the caller to fill.
func (q *queue) add(k *key, hash uint64) *waiting {
	if q.table == nil {
		q.table = make([]*waiting, tableSize)
	}
	var w *waiting
	if n := len(q.spare); n > 0 {
		w, q.spare = q.spare[n-1], q.spare[:n-1]
	} else {
		w = &waiting{}
	}
	head := &q.table[hash%tableSize]
	w.key, w.hash, w.next, w.done = *k, hash, *head, false
	*head = w
	q.order = append(q.order, w)
	return w
}

// forget lets go of the oldest message.
func (q *queue) forget() {
	w := q.order[q.first]
	q.first++
	switch {
	case q.first == len(q.order):
		q.order, q.first = q.order[:0], 0
	case q.first > mostWaiting:
		q.order, q.first = append(q.order[:0], q.order[q.first:]...), 0
	}
	at := &q.table[w.hash%tableSize]
	for *at != w {
		at = &(*at).next
	}
	*at = w.next
	w.next = nil
	q.spare = append(q.spare, w)
}

// repeated remembers messages that have had their answer a moment ago: another one of the
// same transaction without an answer is the same message before or behind a relay, a copy,
// or was lost and came again.
type repeated [1 << 10]struct {
	hash uint64
	at   int64
}

func (r *repeated) note(w *waiting) {
	e := &r[w.hash>>32%uint64(len(r))]
	e.hash, e.at = w.hash, w.at
}

func (r *repeated) is(w *waiting) bool {
	e := &r[w.hash>>32%uint64(len(r))]
	apart := w.at - e.at
	return e.hash == w.hash && -int64(answerTime) < apart && apart < int64(answerTime)
}
