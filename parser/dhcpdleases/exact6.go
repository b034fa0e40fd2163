package dhcpdleases

import (
	"encoding/binary"
	"net/netip"
)

// maxKey is the room for an IAID and a DUID.
const maxKey = 132

// exactIA reads an identity association behind its keyword. It is nil if dhcpd
// drops it; the bindings that were complete by then are dropped with it.
func (r *Reader) exactIA(kind IAKind) Entry {
	ia := &r.ia
	ia.reset(kind)
	key := r.textOrHex(maxKey)
	if len(key) <= 5 {
		r.problem("the key of an identity association is too short")
		r.skipToSemi()
		return nil
	}
	ia.setKey(key, r.iaidOrder())
	r.problems.inIA = true
	if r.next(); !r.is('{') {
		return r.drop(`"{"`)
	}
	for {
		r.next()
		switch {
		case r.is('}'):
			return ia
		case r.isWord("cltt"):
			ia.CLTT = r.date()
			continue
		case kind == PD && r.isWord("iaprefix"):
			a, ok := r.prefix6()
			if !ok {
				return r.drop("an IPv6 prefix")
			}
			if !r.binding6(ia, a) {
				return nil
			}
		case kind != PD && r.isWord("iaaddr"):
			a, ok := r.address6()
			if !ok {
				return r.drop("an IPv6 address")
			}
			if !r.binding6(ia, netip.PrefixFrom(a, 128)) {
				return nil
			}
		case kind == PD:
			return r.drop(`"iaprefix", "cltt" or "}"`)
		default:
			return r.drop(`"iaaddr", "cltt" or "}"`)
		}
	}
}

// drop goes on where dhcpd does behind an error that costs the whole entry.
func (r *Reader) drop(want string) Entry {
	r.unexpected(want)
	r.skipToSemi()
	return nil
}

// iaidOrder is the order of the bytes of an IAID; from the first entry on it
// cannot change.
func (r *Reader) iaidOrder() Order {
	if r.order == Unknown {
		r.order = LittleEndian
	}
	return r.order
}

func (ia *IA) setKey(key []byte, order Order) {
	ia.Key, ia.DUID = key, key[4:]
	if order == BigEndian {
		ia.IAID = binary.BigEndian.Uint32(key)
	} else {
		ia.IAID = binary.LittleEndian.Uint32(key)
	}
}

func (ia *IA) reset(kind IAKind) { *ia = IA{Kind: kind, Bindings: ia.Bindings[:0]} }

// add returns a new binding, which has the memory of one of an earlier entry.
func (ia *IA) add(p netip.Prefix) *Binding6 {
	n := len(ia.Bindings)
	if n < cap(ia.Bindings) {
		ia.Bindings = ia.Bindings[:n+1]
	} else {
		ia.Bindings = append(ia.Bindings, Binding6{})
	}
	b := &ia.Bindings[n]
	*b = Binding6{Prefix: p, Variables: b.Variables[:0], Events: b.Events[:0]}
	return b
}

// prefix6 reads an IPv6 prefix, which has no bits behind its length.
func (r *Reader) prefix6() (netip.Prefix, bool) {
	a, ok := r.address6()
	if !ok {
		return netip.Prefix{}, false
	}
	if r.next(); !r.is('/') {
		r.unexpected(`"/"`)
		if !r.is(';') {
			r.skipToSemi()
		}
		return netip.Prefix{}, false
	}
	if r.next(); r.kind != tokNumber {
		r.unexpected("the length of a prefix")
		if !r.is(';') {
			r.skipToSemi()
		}
		return netip.Prefix{}, false
	}
	n := atoi(r.value)
	p := netip.PrefixFrom(a, int(n))
	if n < 0 || n > 128 || p.Masked() != p {
		r.problem("not the length of the prefix")
		r.skipToSemi()
		return netip.Prefix{}, false
	}
	return p, true
}

// maxBindings may be in one identity association.
const maxBindings = 4096

// binding6 reads the block of an address or prefix. It reports false if dhcpd
// drops the whole identity association.
func (r *Reader) binding6(ia *IA, p netip.Prefix) bool {
	if r.next(); !r.is('{') {
		r.drop(`"{"`)
		return false
	}
	if len(ia.Bindings) == maxBindings {
		r.problems.tooLong = true
		ia.Bindings = ia.Bindings[:0]
	}
	b := ia.add(p)
	b.Ends = -1
	r.problems.wholeBinding = false
	for {
		r.next()
		switch {
		case r.is('}'):
			if b.State == NoState {
				r.problem("there is no binding state")
				return false
			}
			if b.Ends == -1 {
				r.problem("there is no time of the end")
				return false
			}
			r.problems.wholeBinding = true
			return true
		case r.kind == tokEOF:
			r.unexpected(`"}"`)
			return false
		case r.isWord("binding"):
			if r.next(); !r.isWord("state") {
				r.drop(`"state"`)
				return false
			}
			r.next()
			if b.State = r.state(); b.State < Free || b.State > Abandoned {
				r.drop("a binding state")
				return false
			}
			if r.next(); !r.is(';') {
				r.unexpected(`";"`) // the token is lost, and that is all
			}
		case r.isWord("preferred-life"):
			r.lifetime(&b.Preferred)
		case r.isWord("max-life"):
			r.lifetime(&b.Valid)
		case r.isWord("ends"):
			b.Ends = r.date()
		case r.isWord("set"):
			if r.next(); !r.isName() || r.keyword {
				r.unexpected("the name of a variable")
				r.skipToSemi()
				continue
			}
			name := r.keep(r.value)
			if r.next(); !r.is('=') {
				r.unexpected(`"="`)
				return false
			}
			v, ok := r.bindingValue()
			if !ok {
				return false
			}
			r.setVariable(&b.Variables, name, v)
			r.semi()
		case r.isWord("on"):
			e, ok := r.on()
			if !ok {
				r.skipToBrace(1)
				return false
			}
			if len(b.Events) == maxVariables {
				r.problems.tooLong = true
				continue
			}
			b.Events = append(b.Events, e)
		default:
			r.problem("not a statement of a binding")
			r.skipToSemi()
		}
	}
}

// lifetime reads "SECONDS;". Old files lack the ";".
func (r *Reader) lifetime(to *uint32) {
	if r.next(); r.kind != tokNumber {
		r.unexpected("a lifetime")
		r.skipToSemi()
		return
	}
	*to = uint32(atoi(r.value))
	if r.peek(); r.is(';') {
		r.next()
	} else {
		r.unexpected(`";"`)
	}
}
