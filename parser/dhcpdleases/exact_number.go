package dhcpdleases

// convert converts a token as dhcpd's convert_num does, to 8 bits or more. base
// 0 is the base that the number says.
func (r *Reader) convert(base, bits uint32) uint32 {
	s := r.value
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		s = s[1:]
	}
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	if base == 0 {
		switch {
		case at(0) == '0' && at(1) == 'x':
			base, s = 16, s[2:]
		case at(0) == '0' && '0' <= at(1) && at(1) <= '9':
			base, s = 8, s[1:]
		default:
			base = 10
		}
	}
	var n uint32
	for i := 0; i == 0 || i < len(s); i++ {
		digit := uint32(at(i))
		switch {
		case digit >= 'a':
			digit -= 'a' - 10
		case digit >= 'A':
			digit -= 'A' - 10
		case digit >= '0':
			digit -= '0'
		default:
			digit = 99
		}
		if digit >= base {
			r.problem("not a number")
			break
		}
		n = n*base + digit
	}
	limit := uint32(1)<<(bits-1) - 1 + uint32(1)<<(bits-1)
	if negative {
		limit = 1 << (bits - 1)
	}
	if n > limit {
		r.problem("the number is too large; dhcpd takes its lowest bits")
	}
	if negative {
		n = -n
	}
	return n & (uint32(1)<<(bits-1) - 1 + uint32(1)<<(bits-1))
}

// octets reads hexadecimal octets with colons between them, dhcpd's
// parse_numeric_aggregate: the end of the file ends them too.
func (r *Reader) octets() (list []byte, ok bool) {
	start := len(r.arena)
	for n := 0; ; n++ {
		if n > 0 {
			if r.peek(); !r.is(':') {
				break
			}
			r.next()
		}
		if r.next(); r.kind == tokEOF {
			r.unexpected("an octet")
			if n == 0 {
				return nil, false
			}
			break
		}
		if !r.isHex() {
			r.unexpected("a hexadecimal number")
			r.skipToSemi()
			return nil, false
		}
		r.keepByte(byte(r.convert(16, 8)))
	}
	return r.arena[start:len(r.arena):len(r.arena)], true
}

// hexList is dhcpd's parse_cshl, for which the end of the file is an error.
func (r *Reader) hexList() (list []byte, ok bool) {
	start := len(r.arena)
	for {
		if r.next(); !r.isHex() {
			r.unexpected("a hexadecimal number")
			r.skipToSemi()
			return nil, false
		}
		r.keepByte(byte(r.convert(16, 8)))
		if r.peek(); !r.is(':') {
			return r.arena[start:len(r.arena):len(r.arena)], true
		}
		r.next()
	}
}

func (r *Reader) keepByte(b byte) {
	if len(r.arena) >= maxEntry {
		r.problems.tooLong = true
		return
	}
	r.arena = append(r.arena, b)
}

// textOrHex is dhcpd's parse_X: text in quotes or hexadecimal octets. Without
// either, and when there is no room for them, the value is empty and the rest
// of the statement passed over.
func (r *Reader) textOrHex(room int) []byte {
	switch r.peek(); {
	case r.isHex():
		start := len(r.arena)
		for {
			if r.next(); !r.isHex() {
				r.unexpected("a hexadecimal number")
				r.skipToSemi()
				return nil
			}
			if len(r.arena)-start >= room {
				r.problem("too many octets")
				r.skipToSemi()
				return nil
			}
			r.keepByte(byte(r.convert(16, 8)))
			if r.peek(); !r.is(':') {
				return r.arena[start:len(r.arena):len(r.arena)]
			}
			r.next()
		}
	case r.kind == tokString:
		r.next()
		if len(r.value)+1 > room {
			r.problem("the text is too long")
			r.skipToSemi()
			return nil
		}
		return r.keep(r.value)
	}
	r.unexpected("text in quotes or hexadecimal octets")
	r.skipToSemi()
	return nil
}
