package dhcpdleases

import "net/netip"

// fastIA reads an identity association behind its keyword, of which the first
// letter behind the "-" says the kind.
func (r *Reader) fastIA(f *scan, letter byte) bool {
	ia := &r.ia
	kind := NA
	switch letter {
	case 't':
		kind = TA
	case 'p':
		kind = PD
	}
	ia.reset(kind)
	var key []byte
	var ok bool
	if f.b[f.i] == '"' {
		key, ok = r.quoted(f)
	} else {
		key, ok = r.fastOctets(f)
	}
	if !ok || len(key) <= 5 || len(key) >= maxKey || !f.has(" {") || !f.lineEnd() {
		f.atEnd(22)
		return false
	}
	order := r.order // exact finds it as it was, should it have to read this
	ia.setKey(key, r.iaidOrder())
	if r.fastBindings(f, ia) {
		return true
	}
	r.order = order
	f.atEnd(23)
	return false
}

func (r *Reader) fastBindings(f *scan, ia *IA) bool {
	for f.indent() {
		ok := false
		switch f.b[f.i] {
		case '}':
			f.i++
			return true
		case 'c':
			if f.has("cltt ") {
				ia.CLTT, ok = r.fastDate(f)
				ok = ok && f.lineEnd()
			}
		case 'i':
			ok = r.fastBinding(f, ia)
		}
		if !ok {
			return false
		}
	}
	return false
}

// fastBinding reads an address or prefix with its block.
func (r *Reader) fastBinding(f *scan, ia *IA) bool {
	if ia.Kind == PD && !f.has("iaprefix ") || ia.Kind != PD && !f.has("iaaddr ") {
		return false
	}
	start := f.i
	for f.b[f.i] == ':' || f.b[f.i] == '.' || hexDigits[f.b[f.i]] != 0xff {
		f.i++
	}
	text := f.b[start:f.i]
	if len(text) > maxAddress6 {
		return false
	}
	a, ok := parseAddress6(text)
	if !ok {
		return false
	}
	length := uint64(128)
	if ia.Kind == PD {
		ok := f.has("/")
		if ok {
			length, ok = f.number(3)
		}
		if !ok || length > 128 {
			return false
		}
	}
	p := netip.PrefixFrom(a, int(length))
	if p.Masked() != p || !f.has(" {") || !f.lineEnd() || len(ia.Bindings) == maxBindings {
		return false
	}
	b := ia.add(p)
	b.Ends = -1
	for {
		if !f.indent() {
			return false
		}
		ok := false
		switch f.b[f.i] {
		case '}':
			f.i++
			return b.State != NoState && b.Ends != -1 && f.lineEnd()
		case 'b':
			if f.has("binding state ") {
				b.State = f.state()
				ok = b.State >= Free && b.State <= Abandoned
			}
		case 'e':
			if f.has("ends ") {
				b.Ends, ok = r.fastDate(f)
			}
		case 'p':
			ok = f.has("preferred-life ") && f.lifetime(&b.Preferred)
		case 'm':
			ok = f.has("max-life ") && f.lifetime(&b.Valid)
		case 's':
			ok = f.has("set ") && r.fastSet(f, &b.Variables)
		}
		if !ok || !f.lineEnd() {
			f.atEnd(23)
			return false
		}
	}
}

func (f *scan) lifetime(to *uint32) bool {
	n, ok := f.number(10)
	*to = uint32(n)
	return ok && f.has(";")
}
