package dhcpdleases

// declaration keeps a declaration in the language of dhcpd.conf as it is, up to
// its closing brace or ";". The keyword is the current token.
func (r *Reader) declaration() Entry {
	d := &r.decl
	*d = Declaration{}
	for _, word := range declarationWords {
		if r.isWord(word) {
			d.Keyword = word
		}
	}
	start := len(r.arena)
	r.keep(r.value)
	if r.pos > 0 && r.buf[r.pos-1] == 0xff {
		r.keepByte(0xff) // ends the word, and is gone (see unchar)
	}
	r.capture = true
	defer func() { r.capture = false }()
	for open := 0; ; {
		r.next()
		switch {
		case r.kind == tokEOF:
			r.unexpected(`"}" or ";"`)
			return nil
		case r.is('{'):
			open++
		case r.is('}') && open == 0:
			r.unexpected(`"{" or ";"`)
			if d.Keyword != "subclass" {
				r.skipToSemi() // dhcpd has read past the brace here
			}
			return nil
		case r.is('}'):
			open--
		}
		if open == 0 && (r.is('}') || r.is(';')) {
			d.Raw = r.arena[start:len(r.arena):len(r.arena)]
			return d
		}
	}
}

// failoverStates are the states of a failover peer.
var failoverStates = [...]string{
	"unknown-state", "partner-down", "normal", "communications-interrupted", "conflict-done", "resolution-interrupted",
	"potential-conflict", "recover", "recover-wait", "recover-done", "shutdown", "paused", "startup",
}

// exactFailover reads "peer NAME state { ... }". Whether the configuration has
// such a peer is not known here. What was read before an error counts for dhcpd.
func (r *Reader) exactFailover() Entry {
	f := &r.failover
	*f = Failover{}
	if r.next(); !r.isWord("peer") {
		return r.drop(`"peer"`)
	}
	if r.next(); !r.isName() && r.kind != tokString {
		return r.drop("the name of a failover peer")
	}
	f.Name = r.keep(cString(r.value))
	if r.next(); !r.isWord("state") {
		r.unexpected(`"state"`)
		if !r.is(';') {
			r.skipToSemi()
		}
		return nil
	}
	if r.next(); !r.is('{') {
		r.unexpected(`"{"`)
		if !r.is(';') {
			r.skipToSemi()
		}
		return nil
	}
	for {
		r.next()
		ok := true
		switch {
		case r.is('}'):
			return f
		case r.isWord("my"):
			ok = r.peerState(&f.My)
		case r.isWord("partner"):
			ok = r.peerState(&f.Partner)
		case r.isWord("mclt"):
			if r.next(); r.kind != tokNumber {
				r.unexpected("a number of seconds")
				ok = false
				break
			}
			f.MCLT, f.HasMCLT = int64(atoi(r.value)), true
			r.semi()
		default:
			r.unexpected("the state of a peer")
			ok = false
		}
		if !ok {
			r.skipToBrace(1)
			return f
		}
	}
}

// peerState reads "state STATE at TIME;". It reports false if dhcpd gives up on
// the entry.
func (r *Reader) peerState(s *PeerState) bool {
	if r.next(); !r.isWord("state") {
		r.unexpected(`"state"`)
		return false
	}
	r.next()
	name := ""
	for _, n := range failoverStates {
		if r.isWord(n) {
			name = n
		}
	}
	if name == "" {
		r.unexpected("the state of a failover peer")
		r.skipToSemi()
		return true
	}
	if r.next(); r.is(';') {
		*s = PeerState{State: name}
		return true
	}
	if !r.isWord("at") {
		r.unexpected(`"at"`)
		r.skipToSemi()
		return true
	}
	if at := r.date(); at != 0 {
		*s = PeerState{name, at}
	}
	return true
}

// maxDUID is the room for a server's DUID.
const maxDUID = 128

func (r *Reader) exactServerDUID() Entry {
	r.duid = ServerDUID{DUID: r.textOrHex(maxDUID)}
	if len(r.duid.DUID) <= 2 {
		r.problem("the DUID is too short")
		r.skipToSemi()
		return nil
	}
	r.semi()
	return &r.duid
}

func (r *Reader) exactByteOrder() Entry {
	if r.order != Unknown {
		r.problem("the byte order is known already: it must be said once, before the first identity association")
		r.skipToSemi()
		return nil
	}
	r.next()
	switch {
	case r.isWord("little-endian"):
		r.order = LittleEndian
	case r.isWord("big-endian"):
		r.order = BigEndian
	default:
		return r.drop(`"little-endian" or "big-endian"`)
	}
	r.orders = ByteOrder{Big: r.order == BigEndian}
	if r.next(); !r.is(';') {
		r.unexpected(`";"`)
		r.skipToSemi()
	}
	return &r.orders
}
