package answer

import (
	"encoding/binary"
)

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
