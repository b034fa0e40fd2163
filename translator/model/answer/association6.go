package answer

import (
	"encoding/binary"
	"net/netip"
)

// association is an identity association in a client's message, and the answer
// to it.
type association struct {
	*answer6
	kind   uint32
	data   []byte // as the client sent it
	key    []byte
	old    *ia
	out    *options // what goes into the answer
	result *ia      // what the client has from now on

	static bool // the host has a fixed address or prefix
	fixed  netip.Prefix
	on     map[string][]statement // of a fixed address

	wishValid, wishPreferred uint32
	length                   int // of the prefix that the client would like; -1: it says nothing
	valid, preferred         uint32
	leastPreferred           uint32
	given                    int  // addresses or prefixes
	included                 bool // something is in the answer
	current                  *binding6
}

// outcome is how dhcpd's treatment of an association ends.
type outcome uint8

const (
	done      outcome = iota
	refused           // with a status code
	nothing           // nothing to give
	broken            // the whole message is not answered
	untouched         // of one address: it is left out
)

// lease answers a message that asks for addresses, prefixes or options.
func (a *answer6) lease() []byte {
	s, q := a.server, a.q
	e := a.begin()
	var asked []byte
	if v := q.options.lookup(s.dhcp6, code6ORO); v != nil {
		asked = v.data
	}
	if h := a.findHost6(); h != nil {
		q.known = true
		a.host = onLink(h, q.network)
	}
	q.why.Known = q.known
	if a.host != nil {
		q.why.Host = a.host.decl
	}
	count := 0
	for _, kind := range []uint32{code6NA, code6PD} {
		for v := q.options.lookup(s.dhcp6, kind); v != nil; v = v.next {
			if len(v.data) < ia6Header {
				q.why.Reason = "an identity association is cut off"
				return nil
			}
			count++
			if a.associate(kind, v.data) == broken {
				if q.why.Reason == "" {
					q.why.Reason = "a lifetime has no value"
				}
				return nil
			}
		}
	}
	if count == 0 {
		if q.kind != type6Inform {
			q.why.Reason = "the client asks for nothing"
			return nil
		}
		e.scope(q.network.group, s.root)
		for i := len(q.classes) - 1; i >= 0; i-- {
			e.scope(q.classes[i].group, q.network.group)
		}
		if a.host != nil {
			e.scope(a.host.group, q.network.group)
		}
	}
	sent := a.store(a.out, alwaysLease6, asked)
	if q.why.trace {
		x := &env{run: a.State, query: q, in: q.options, out: a.out, vars: &a.global}
		x.explainOptions(q, sent)
	}
	return a.finish()
}

// associate answers one identity association.
func (a *answer6) associate(kind uint32, data []byte) outcome {
	s, q := a.server, a.q
	x := &association{
		answer6: a, kind: kind, data: data, key: a.key(kind, data), out: &options{}, result: &ia{}, length: -1,
		leastPreferred: infiniteTime, on: map[string][]statement{},
	}
	x.old = a.ias[string(x.key)]
	inside := &options{}
	s.parse(inside, s.dhcp6, data[ia6Header:])
	code := uint32(code6Address)
	if kind == code6PD {
		code = code6Prefix
		x.static = a.host != nil && len(a.host.prefixes) > 0
	} else if a.host != nil && a.host.hasFixed {
		if len(a.host.fixed) == 0 {
			q.why.Reason = "the fixed address of the host is a name without address"
			return broken
		}
		x.static = true
		x.fixed = netip.PrefixFrom(a.host.fixed[0], 128)
	}
	end := done
	for v := inside.lookup(s.dhcp6, code); v != nil && end != refused; v = v.next {
		if end = x.process(v.data); end == broken {
			return broken
		}
		x.current = nil
	}
	if end != refused && x.given == 0 {
		switch end = x.choose(); {
		case end == nothing && (q.kind == type6Solicit || q.kind == type6Request):
			x.out = &options{}
			if kind == code6PD {
				a.setStatus(x.out, statusNoPrefixes, "No prefixes available for this interface.")
			} else {
				a.setStatus(x.out, statusNoAddresses, "No addresses available for this interface.")
			}
		case end == nothing && !x.included:
			// dhcpd has begun with the association and goes on behind it.
			a.body = appendOption6(a.body, uint16(kind), data[:ia6Header])
			return nothing
		case end == broken:
			return broken
		}
	}
	if end != refused && a.kind == type6Reply {
		x.commit()
	}
	x.write()
	return done
}

// process answers one address or prefix that the client names.
func (x *association) process(data []byte) outcome {
	q := x.q
	p, ok := prefixOf(x.kind, data)
	if !ok {
		q.why.Reason = "an address is cut off"
		return broken
	}
	times := data[16:]
	if x.kind == code6PD {
		times = data
	}
	least := func(have *uint32, b []byte) {
		if n := binary.BigEndian.Uint32(b); *have == 0 || *have > n {
			*have = n
		}
	}
	least(&x.wishPreferred, times)
	least(&x.wishValid, times[4:])
	if x.kind == code6PD && p.Bits() > 0 && x.length < 0 {
		x.length = p.Bits()
	}
	if p.Addr().IsUnspecified() {
		return done
	}
	if x.kind == code6NA && q.network.subnetOf(p.Addr()) == nil {
		switch q.kind {
		case type6Solicit:
			x.answer6.kind = type6Advertise
			x.answer6.out.remove(x.server.dhcp6, code6Rapid)
			return done
		case type6Request:
			x.out = &options{}
			x.setStatus(x.out, statusNotOnLink, "Address not for use on this link.")
			return refused
		}
		x.valid, x.preferred = 0, 0
		x.send(p)
		return done
	}
	if !x.owned(p) {
		if q.kind == type6Renew {
			x.out = &options{}
			text := "Address not bound to this interface."
			if x.kind == code6PD {
				text = "Prefix not bound to this interface."
			}
			x.setStatus(x.out, statusNoBinding, text)
			return refused
		}
		if !x.try(p) {
			if q.kind == type6Rebind {
				x.valid, x.preferred = 0, 0
				x.send(p)
			}
			return done
		}
	}
	vars, g := x.where(p)
	if x.given > 0 {
		limit := int64(1)
		code := uint32(paramAddressesPerIA)
		if x.kind == code6PD {
			code = paramPrefixesPerIA
		}
		if v := x.answer6.out.lookup(x.server.serverSpace, code); v != nil {
			b, ok := x.env(vars).setting(v)
			if !ok || len(b) != 4 {
				return broken
			}
			limit = int64(bigEndian(b))
		}
		if int64(x.given) >= limit {
			return done
		}
	}
	if x.give(vars, g) == broken {
		return broken
	}
	x.send(p)
	return done
}

// env is where parameters of the answer are evaluated.
func (x *association) env(vars **variables) *env {
	return &env{run: x.State, query: x.q, in: x.q.options, out: x.answer6.out, vars: vars}
}

// where gives the variables and the scope of an address or prefix.
func (x *association) where(p netip.Prefix) (**variables, *group) {
	if !x.static {
		return &x.current.vars, x.current.block.pool.group
	}
	n := x.q.network
	if sub := n.subnetOf(p.Addr()); sub != nil {
		return &x.global, sub.group
	}
	if x.host.hasFixed && len(x.host.fixed) > 0 {
		if sub := n.subnetOf(x.host.fixed[0]); sub != nil {
			return &x.global, sub.group
		}
	}
	return &x.global, n.group
}

// owned reports whether the client has an address or prefix already.
func (x *association) owned(p netip.Prefix) bool {
	if x.static {
		if x.kind == code6NA {
			return p == x.fixed
		}
		for _, fixed := range x.host.prefixes {
			if fixed == p {
				return true
			}
		}
		return false
	}
	b := x.boundTo(x.key, p)
	if b == nil || !x.usable(b) || !x.allows(b.block.pool, x.q) {
		return false
	}
	x.current = b
	return true
}

// try takes an address or prefix that the client would like, if it is free.
func (x *association) try(p netip.Prefix) bool {
	for _, pool := range x.q.network.pools {
		if !x.allows(pool, x.q) {
			continue
		}
		for _, b := range pool.blocks {
			if uint32(b.kind) != x.kind || p.Bits() != b.units || p != p.Masked() || !netip.PrefixFrom(b.start, b.bits).Contains(p.Addr()) {
				continue
			}
			if x.taken(b, p.Addr()) {
				if x.kind == code6PD {
					return false
				}
				continue
			}
			x.current = &binding6{block: b, prefix: p, on: map[string][]statement{}}
			return true
		}
	}
	return false
}
