package answer

import (
	"encoding/binary"
	"net/netip"
)

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
