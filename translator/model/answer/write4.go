package answer

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
)

// Sizes of DHCPv4 messages for dhcpd: with the headers of IP and UDP.
const (
	fixedSize   = 236 + 28
	leastMTU    = 576
	mostMTU     = 1500
	leastOption = leastMTU - fixedSize
	mostOption  = mostMTU - fixedSize
	bootpSize   = 300
	mostCodes   = 300
)

// writer4 writes the answer to a client.
type writer4 struct {
	*env
	maxSize int    // of the message, as the client or the configuration says; 0: neither
	list    []byte // the options asked for; empty: no list
	bootp   bool
	nulls   bool
	spare   byte // 1: the file field may hold options, 2: the sname field
	sent    map[*setting]bool
}

// header makes the fixed part of an answer.
func (w *writer4) header(q *query) []byte {
	raw := make([]byte, optionsAt, 600)
	copy(raw, q.raw[:optionsAt])
	raw[0] = 2
	clear(raw[yiaddrAt:giaddrAt])
	clear(raw[snameAt:])
	return raw
}

// finish adds the options to the fixed part.
func (w *writer4) finish(raw []byte) []byte {
	s := w.run.server
	w.sent = map[*setting]bool{}
	space := w.space()
	agent := w.store([]uint32{codeAgent}, nil, mostOption, 0, 0)
	space = min(space+len(agent.main), mostOption)
	limit := space
	if space > len(agent.main) {
		limit -= len(agent.main)
	}
	first, second := 0, 0
	if w.spare&1 != 0 {
		first = limit
		limit += fileLength
	}
	if w.spare&2 != 0 {
		second = limit
		limit += snameLength
	}
	options := w.store(w.priorities(), cookie, limit, first, second)
	if len(options.main) == len(cookie) {
		// dhcpd takes that for a failure and sends no options at all.
		return append(raw, make([]byte, bootpSize-len(raw))...)
	}
	main := options.main
	if options.overload != 0 && space-len(agent.main)-len(main) >= 3 {
		main = append(main, codeOverload, 1, options.overload)
		if options.overload&1 != 0 {
			copy(raw[fileAt:], options.first)
		}
		if options.overload&2 != 0 {
			copy(raw[snameAt:], options.second)
		}
	}
	if space-len(main) >= len(agent.main) {
		main = append(main, agent.main...)
	}
	if len(main) < space {
		main = append(main, 255)
	}
	raw = append(raw, main...)
	for len(raw) < bootpSize {
		raw = append(raw, 0)
	}
	if w.query.why.trace {
		if w.out.lookup(s.dhcp, codeMessageType) != nil || w.bootp {
			w.explainOptions(w.query, w.sent)
		}
	}
	return raw
}

// space is the number of bytes that options may take.
func (w *writer4) space() int {
	size := w.maxSize
	if b, ok := w.query.option(w.run.server, codeMaxSize); ok && len(b) >= 2 {
		if n := int(bigEndian(b[:2])); size == 0 || n < size {
			size = n
		}
	}
	switch {
	case size == 0 && w.bootp:
		return max(64, len(w.query.raw)-optionsAt)
	case size == 0, size < leastMTU:
		return leastOption
	case size > mostMTU:
		return mostOption
	}
	return size - fixedSize
}

// priorities are the codes of the options that go into the answer, in order.
func (w *writer4) priorities() []uint32 {
	s := w.run.server
	list := []uint32{codeMessageType, codeServerID, codeLeaseTime, codeT1, codeT2, codeMessage, codeRequested, codeAssociatedIP}
	if len(w.list) > 0 {
		if w.out.lookup(s.dhcp, codeSubnetSelection) != nil {
			list = append(list, codeSubnetSelection)
		}
		if w.query.echo {
			list = append(list, codeClientID)
		}
		for _, c := range w.list {
			if c != codeAgent && len(list) < mostCodes {
				list = append(list, uint32(c))
			}
		}
		if len(list) < mostCodes && w.query.options.lookup(s.fqdn, fqdnEncoded) != nil {
			list = append(list, codeFQDN)
		}
		if len(list) < mostCodes && (w.query.kind == typeDiscover || w.query.kind == typeRequest) {
			list = append(list, codeSubnetMask)
		}
		return list
	}
	list = append(list, codeSubnetMask, codeRouters, codeDNS, codeHostName, codeFQDN)
	add := func(set *optionSet, from, below uint32) {
		for _, v := range set.ordered() {
			if c := v.def.Code; c >= from && c < below && c != codeAgent && len(list) < mostCodes {
				list = append(list, c)
			}
		}
	}
	const all = 1 << 31
	if w.out.siteMin > 0 {
		add(w.out.set(s.dhcp), 0, w.out.siteMin)
		add(w.out.set(w.out.siteSpace), w.out.siteMin, all)
	} else {
		add(w.out.set(s.dhcp), 0, all)
	}
	for _, u := range s.order {
		if c := u.container; c != nil && s.universe(c.Space) == s.dhcp && c.Code != codeAgent && len(list) < mostCodes {
			list = append(list, c.Code)
		}
	}
	if len(list) < mostCodes {
		list = append(list, codeVendorOptions)
	}
	return list
}

// arrange drops repeated codes and puts the subnet mask before the routers.
func arrange(list []uint32) []uint32 {
	var out []uint32
	seen := map[uint32]bool{}
	for _, c := range list {
		if seen[c] {
			continue
		}
		seen[c] = true
		out = append(out, c)
		if c == codeSubnetMask {
			for i := len(out) - 2; i >= 0; i-- {
				if out[i] == codeRouters {
					out[i], out[len(out)-1] = codeSubnetMask, codeRouters
					break
				}
			}
		}
	}
	return out
}

// stored is options in the three places where they can be.
type stored struct {
	main, first, second []byte
	overload            byte
}

// store writes the options of a list. The places that the fields file and
// sname offer begin at first and second; 0: they offer none. Everything ends
// at limit.
func (w *writer4) store(list []uint32, start []byte, limit, first, second int) stored {
	out := stored{main: append([]byte{}, start...)}
	end, firstEnd := limit, limit
	switch {
	case first != 0:
		end = first
		if second != 0 {
			firstEnd = second
		}
	case second != 0:
		end = second
	}
	list = arrange(list)
	for i, code := range list {
		data, def, ok := w.content(code)
		if !ok {
			continue
		}
		if w.nulls && hasText(def) {
			data = append(append([]byte{}, data...), 0)
		}
		before := [3]int{len(out.main), len(out.first), len(out.second)}
		split := len(data) > 255
		for len(data) > 0 {
			n := len(data)
			var to *[]byte
			switch {
			case !split && (len(out.first) == 0 && len(out.second) == 0 && i == len(list)-1 && len(out.main)+2+n < end || len(out.main)+5+n < end):
				to = &out.main
			case !split && first != 0 && first+len(out.first)+3+n < firstEnd:
				to = &out.first
			case !split && second != 0 && second+len(out.second)+3+n < limit:
				to = &out.second
			default:
				split = true
				switch {
				case len(out.main)+6 < end:
					n, to = end-len(out.main)-5, &out.main
				case first != 0 && first+len(out.first)+4 < firstEnd:
					n, to = firstEnd-first-len(out.first)-3, &out.first
				case second != 0 && second+len(out.second)+4 < limit:
					n, to = limit-second-len(out.second)-3, &out.second
				}
			}
			if to == nil {
				out.main, out.first, out.second = out.main[:before[0]], out.first[:before[1]], out.second[:before[2]]
				break
			}
			n = min(n, len(data), 255)
			*to = append(append(*to, byte(code), byte(n)), data[:n]...)
			data = data[n:]
		}
	}
	if len(out.first) > 0 {
		out.first = append(out.first, 255)
		out.overload |= 1
	}
	if len(out.second) > 0 {
		out.second = append(out.second, 255)
		out.overload |= 2
	}
	return out
}

// content is the value of an option of the answer.
func (w *writer4) content(code uint32) (data []byte, def *option.Def, ok bool) {
	s := w.run.server
	u := s.dhcp
	if w.out.siteMin > 0 && code >= w.out.siteMin {
		u = w.out.siteSpace
	}
	v := w.out.lookup(u, code)
	if v != nil {
		def = v.def
	} else {
		def = s.def(u, code)
	}
	var inner []byte
	found := false
	if name, whole, holds := encapsulation(def); holds && whole == (v == nil) {
		if name == "" {
			if chosen := w.param(paramVendorSpace); chosen != nil {
				text, _ := w.setting(chosen)
				name = string(text)
			}
		}
		if name != "" {
			if sub := s.byName[strings.ToLower(name)]; sub != nil {
				inner, found = w.encapsulate(w.out, sub, 0)
			}
		}
	}
	if v == nil {
		if !found {
			return nil, def, false
		}
		return inner, def, true
	}
	data, _ = w.setting(v)
	if len(data) == 0 {
		return nil, def, false
	}
	w.sent[v] = true
	if found {
		data = append(append([]byte{}, data...), inner...)
	}
	return data, def, true
}
