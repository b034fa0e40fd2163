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

// choose gives the client something when it has not got anything yet.
func (x *association) choose() outcome {
	p := x.fixed
	if x.static && x.kind == code6PD {
		p = x.host.prefixes[0]
		for _, fixed := range x.host.prefixes {
			if fixed.Bits() == x.length {
				p = fixed
				break
			}
		}
	}
	if !x.static {
		best := x.best()
		if best == nil || best.state == abandoned {
			best = x.pickFrom()
		}
		if best == nil {
			x.q.why.Reason = "there is nothing free that the client may have"
			return nothing
		}
		x.current = best
		p = best.prefix
	}
	vars, g := x.where(p)
	if x.give(vars, g) == broken {
		return broken
	}
	x.q.why.Reason = ""
	x.send(p)
	x.current = nil
	return done
}

// best finds what the client had.
func (x *association) best() *binding6 {
	if x.old == nil {
		return nil
	}
	var best *binding6
	for _, b := range x.old.bindings {
		if b.block.pool.network != x.q.network || !x.usable(b) || !x.allows(b.block.pool, x.q) {
			continue
		}
		best = x.better6(b, best)
	}
	if best != nil && x.kind == code6PD && x.length > 0 && x.prefer != modeIgnore && x.length != best.prefix.Bits() && x.q.kind != type6Rebind {
		return nil
	}
	return best
}

func (x *association) better6(b, best *binding6) *binding6 {
	if best == nil {
		return b
	}
	if x.kind == code6PD && x.length >= 0 && (b.prefix.Bits() == x.length) != (best.prefix.Bits() == x.length) {
		if b.prefix.Bits() == x.length {
			return b
		}
		return best
	}
	rank := map[binding]int{active: 2, free: 1}
	if b.state != best.state {
		if rank[b.state] > rank[best.state] {
			return b
		}
		return best
	}
	if b.ends < best.ends {
		return best
	}
	return b
}

// pickFrom chooses from the pools of the link.
func (x *association) pickFrom() *binding6 {
	if x.kind == code6NA {
		return x.pickAddress()
	}
	fits := func(length, mode int) bool {
		switch mode {
		case modeExact:
			return length == x.length
		case modeMinimum:
			return length >= x.length
		case modeMaximum:
			return length <= x.length
		}
		return true
	}
	modes := []int{modeIgnore}
	if x.length > 0 {
		switch x.prefer {
		case modePrefer:
			modes = []int{modeExact, modeIgnore}
		case modeExact:
			modes = []int{modeExact}
		case modeMinimum, modeMaximum:
			modes = []int{modeExact, int(x.prefer)}
		}
	}
	for _, mode := range modes {
		for _, p := range x.q.network.pools {
			if !x.allows(p, x.q) {
				continue
			}
			for _, b := range p.blocks {
				if b.kind != code6PD || !fits(b.units, mode) {
					continue
				}
				if found, _ := x.pick(b, x.key[1:]); found != nil {
					return found
				}
			}
		}
	}
	return nil
}

func (x *association) pickAddress() *binding6 {
	for _, p := range x.q.network.pools {
		n := len(p.blocks)
		if n == 0 || !x.allows(p, x.q) {
			continue
		}
		first := x.last[p]
		for i := range n {
			at := (first + i) % n
			b := p.blocks[at]
			if b.kind != code6NA {
				continue
			}
			found, attempts := x.pick(b, x.key[1:])
			if found == nil {
				continue
			}
			if attempts > 1 {
				at = (at + 1) % n
			}
			x.last[p] = at
			return found
		}
	}
	return nil
}

// give executes the scopes of an address or prefix and finds its lifetimes.
func (x *association) give(vars **variables, g *group) outcome {
	s, q := x.server, x.q
	on := x.on
	if x.current != nil {
		on = x.current.on
	}
	run := func(out *options, on map[string][]statement, root bool) {
		e := &env{run: x.State, query: q, in: q.options, out: out, vars: vars, on: on}
		if root {
			first := *e
			first.out, first.vars = &options{}, &x.global
			first.scope(s.root, nil)
		}
		e.scope(g, s.root)
		for i := len(q.classes) - 1; i >= 0; i-- {
			e.scope(q.classes[i].group, g)
		}
		if x.host != nil {
			e.scope(x.host.group, g)
		}
	}
	run(x.answer6.out, on, true)
	e := x.env(vars)
	x.valid = defaultValidLifetime6
	if x.wishValid != 0 {
		x.valid = x.wishValid
	}
	if !e.lifetime6(paramDefaultTime, &x.valid) {
		return broken
	}
	x.preferred = x.valid
	if x.wishPreferred != 0 {
		x.preferred = x.wishPreferred
	}
	if x.preferred >= x.valid && x.valid != infiniteTime {
		x.preferred = x.valid/2 + x.valid/8
	}
	if !e.lifetime6(paramPreferred, &x.preferred) {
		return broken
	}
	x.leastPreferred = min(x.leastPreferred, x.preferred)
	if b := x.current; b != nil {
		b.valid = int64(x.valid)
		x.result.bindings = append(x.result.bindings, b)
	}
	run(x.out, nil, false)
	x.given++
	return done
}

// lifetime6 evaluates a parameter that is a time; false: it has no value.
func (e *env) lifetime6(code uint32, t *uint32) bool {
	v := e.param(code)
	if v == nil {
		return true
	}
	b, ok := e.setting(v)
	if !ok || len(b) != 4 {
		e.query.silent("a lifetime has no value", v)
		return false
	}
	*t = binary.BigEndian.Uint32(b)
	return true
}

// send puts an address or prefix into the answer.
func (x *association) send(p netip.Prefix) {
	s := x.server
	var data []byte
	code := uint32(code6Address)
	if x.kind == code6PD {
		code = code6Prefix
	} else {
		data = p.Addr().AsSlice()
	}
	data = binary.BigEndian.AppendUint32(data, x.preferred)
	data = binary.BigEndian.AppendUint32(data, x.valid)
	if x.kind == code6PD {
		data = append(append(data, byte(p.Bits())), p.Addr().AsSlice()...)
	}
	s.keep(x.out, s.dhcp6, s.def(s.dhcp6, code), data)
	x.included = true
	x.explain(p)
}

func (x *association) explain(p netip.Prefix) {
	why := x.q.why
	if !why.trace || x.kind == code6PD && why.Address.IsValid() {
		return
	}
	why.Address, why.Static = p.Addr(), x.static
	if b := x.current; b != nil {
		why.Pool = b.block.pool.decls[0]
		for _, d := range b.block.pool.decls {
			for _, r := range d.Ranges {
				if r.Low.Compare(p.Addr()) <= 0 && p.Addr().Compare(r.High) <= 0 {
					why.Pool = d
				}
			}
		}
		why.Subnet = b.block.subnet.decl
	} else if sub := x.q.network.subnetOf(p.Addr()); sub != nil {
		why.Subnet = sub.decl
	}
}

// commit gives for good what has been given.
func (x *association) commit() {
	if x.static {
		e := &env{run: x.State, query: x.q, in: x.q.options, out: x.answer6.out}
		e.execute(x.on["commit"], nil)
		return
	}
	if len(x.result.bindings) == 0 {
		return
	}
	for _, b := range x.result.bindings {
		e := &env{run: x.State, query: x.q, in: x.q.options, out: x.answer6.out, vars: &b.vars, on: b.on}
		body := b.on["commit"]
		delete(b.on, "commit")
		e.execute(body, nil)
		if x.reuse6(b) {
			continue
		}
		ends := int64(maxTime)
		if b.valid != infiniteTime {
			ends = x.now + b.valid
		}
		x.activate(b, ends)
	}
	if x.roam && x.old != nil && len(x.old.bindings) > 0 && x.old.bindings[0].block.pool.network != x.q.network {
		for _, b := range x.old.bindings {
			if b.state == active {
				x.inactive(b, "release")
			}
		}
	}
	x.ias[string(x.key)] = x.result
}

// reuse6 reports whether a lease is so young that dhcpd leaves it as it is; the
// client is told what remains of it.
func (x *association) reuse6(b *binding6) bool {
	if b.state != active || b.ends == 0 {
		return false
	}
	percent := int64(cacheThreshold)
	if v := x.answer6.out.lookup(x.server.serverSpace, paramCacheThreshold); v != nil {
		if d, ok := x.env(&b.vars).setting(v); ok && len(d) == 1 && d[0] < 100 {
			percent = int64(d[0])
		}
	}
	switch {
	case percent <= 0:
		return false
	case b.valid >= maxTime:
		return true
	}
	age := x.now - (b.ends - b.valid)
	if age >= b.valid*percent/100 {
		return false
	}
	x.shorten(b, age)
	return true
}

// shorten takes from lifetimes what has passed of them.
func (x *association) shorten(b *binding6, age int64) {
	code, at := uint32(code6Address), 16
	if x.kind == code6PD {
		code, at = code6Prefix, 0
	}
	for v := x.out.lookup(x.server.dhcp6, code); v != nil; v = v.next {
		if p, ok := prefixOf(x.kind, v.data); !ok || p != b.prefix {
			continue
		}
		for i := at; i <= at+4; i += 4 {
			t := int64(binary.BigEndian.Uint32(v.data[i:]))
			if t < maxTime && t > age {
				t -= age
				binary.BigEndian.PutUint32(v.data[i:], uint32(t))
				if i == at {
					x.leastPreferred = min(x.leastPreferred, uint32(t))
				}
			}
		}
	}
}

// write puts the association into the answer.
func (x *association) write() {
	outer := x.answer6.body
	x.answer6.body = nil
	content := []uint32{code6Address, code6Status}
	if x.kind == code6PD {
		content[0] = code6Prefix
	}
	x.store(x.out, content, nil)
	inner := x.answer6.body
	t1, t2 := x.tees()
	head := append([]byte{}, x.data[:4]...)
	head = binary.BigEndian.AppendUint32(head, t1)
	head = binary.BigEndian.AppendUint32(head, t2)
	x.answer6.body = appendOption6(outer, uint16(x.kind), append(head, inner...))
}

// tees are T1 and T2.
func (x *association) tees() (t1, t2 uint32) {
	s := x.server
	e := x.env(&x.global)
	on, _ := e.flag(e.param(paramTeeTimes))
	tee := func(code uint32, share func(uint32) uint32) uint32 {
		if v := x.answer6.out.lookup(s.dhcp, code); v != nil {
			if b, ok := e.setting(v); ok && len(b) == 4 {
				return binary.BigEndian.Uint32(b)
			}
			return 0
		}
		switch {
		case !on:
			return 0
		case x.leastPreferred == infiniteTime:
			return infiniteTime
		}
		return share(x.leastPreferred)
	}
	t1 = tee(codeT1, func(t uint32) uint32 { return t / 2 })
	return t1, tee(codeT2, func(t uint32) uint32 { return t / 5 * 4 })
}
