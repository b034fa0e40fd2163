package answer

import (
	"encoding/binary"
	"slices"
)

// store adds options to the answer: those of a list, then those that the
// client asks for. dhcpd evaluates them among each other: what an expression
// calls an option of the client is one of the answer here.
func (a *answer6) store(from *options, always []uint32, asked []byte) (sent map[*setting]bool) {
	s := a.server
	sent = map[*setting]bool{}
	e := &env{run: a.State, query: a.q, in: from, vars: &a.global}
	put := func(code uint32) bool {
		v := from.lookup(s.dhcp6, code)
		if v == nil {
			return false
		}
		for ; v != nil; v = v.next {
			if data, ok := e.setting(v); ok {
				a.body = appendOption6(a.body, uint16(code), data)
				sent[v] = true
			}
		}
		return true
	}
	for _, code := range always {
		put(code)
	}
	vendor := slices.Contains(always, code6Vendor)
	for ; len(asked) >= 2; asked = asked[2:] {
		code := uint32(binary.BigEndian.Uint16(asked))
		if slices.Contains(always, code) {
			continue
		}
		vendor = vendor || code == code6Vendor
		if put(code) {
			continue
		}
		def, ok := s.table.ByCode(spaceDHCP6, code)
		if !ok {
			continue
		}
		name, whole, holds := encapsulation(def)
		if inner := s.byName[name]; holds && whole && inner != nil {
			x := &env{run: a.State, query: a.q, out: from, vars: &a.global}
			if data, found := x.encapsulate(from, inner, 0); found {
				a.body = appendOption6(a.body, uint16(code), data)
			}
		}
	}
	if vendor {
		a.vendors(from, e)
	}
	return sent
}

// vendors adds the options of each enterprise.
func (a *answer6) vendors(from *options, e *env) {
	s := a.server
	for _, u := range s.order {
		c := u.container
		set := from.set(u)
		if c == nil || s.universe(c.Space) != s.vsio || set == nil {
			continue
		}
		var data []byte
		for _, v := range set.ordered() {
			if content, ok := e.setting(v); ok {
				data = appendTag(data, u, v.def.Code, content)
			}
		}
		if len(data) > 0 {
			a.body = appendOption6(a.body, code6Vendor, append(binary.BigEndian.AppendUint32(nil, c.Code), data...))
		}
	}
}
