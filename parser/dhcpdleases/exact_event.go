package dhcpdleases

// on reads "EVENT or EVENT { ... }" behind "on". The statements are kept as they
// are.
func (r *Reader) on() (e Event, ok bool) {
	start := len(r.arena)
	r.keep([]byte("on"))
	for {
		r.next()
		switch {
		case r.isWord("expiry"):
			e.Expiry = true
		case r.isWord("release"):
			e.Release = true
		case r.isWord("commit"):
			e.Commit = true
		case r.isWord("transmission"):
			e.Transmission = true
		default:
			r.unexpected("an event of a lease")
			r.skipToSemi()
			return e, false
		}
		r.keepByte(' ')
		r.keep(r.value)
		if r.next(); !r.isWord("or") {
			break
		}
		r.keep([]byte(" or"))
	}
	switch {
	case r.is(';'):
		e.Empty = true
		r.keepByte(';')
	case r.is('{'):
		r.keep([]byte(" {"))
		if e.Empty, ok = r.block(); !ok {
			return e, false
		}
	default:
		r.unexpected(`"{" or ";"`)
		r.skipToSemi()
		return e, false
	}
	e.Raw = r.arena[start:len(r.arena):len(r.arena)]
	return e, true
}

// block keeps the text up to the brace that closes an open one.
func (r *Reader) block() (empty, ok bool) {
	empty = true
	r.capture = true
	defer func() { r.capture = false }()
	for open := 1; ; {
		r.next()
		switch {
		case r.kind == tokEOF:
			r.unexpected(`"}"`)
			return empty, false
		case r.is('{'):
			open++
		case r.is('}'):
			if open--; open == 0 {
				return empty, true
			}
		}
		empty = false
	}
}
