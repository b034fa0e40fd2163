package dhcpdleases

import "net/netip"

// exact reads the next declaration as dhcpd does, whatever it looks like
// (server/confpars.c, lease_file_subparse). Without entry and error there was
// something that dhcpd passes over without a word. done is the end.
func (r *Reader) exact() (e Entry, err error, done bool) {
	if r.stopped {
		return nil, nil, true
	}
	r.problems.reset()
	r.arena = r.arena[:0]
	r.next()
	p := Place{Offset: r.tokenStart, Line: r.tokenLine}
	switch {
	case r.kind == tokEOF:
		r.stopped = true
		if r.pos < r.end || r.fill() {
			r.problem("a byte 0xff: dhcpd reads no further")
			e = nil
			break
		}
		if len(r.problems.list) == 0 {
			return nil, nil, true
		}
	case r.isWord("lease"):
		if r.exactLease() {
			e = &r.lease
		} else {
			r.problem("dhcpd drops the lease")
		}
	case r.isWord("ia-na"):
		e = r.exactIA(NA)
	case r.isWord("ia-ta"):
		e = r.exactIA(TA)
	case r.isWord("ia-pd"):
		e = r.exactIA(PD)
	case r.isWord("class"), r.isWord("subclass"), r.isWord("host"), r.isWord("group"):
		e = r.declaration()
	case r.isWord("failover"):
		e = r.exactFailover()
	case r.isWord("server-duid"):
		e = r.exactServerDUID()
	case r.isWord("authoring-byte-order"):
		e = r.exactByteOrder()
	default:
		r.problem("not a declaration of a lease file")
		r.problems.unknown = true
		r.skipToSemi()
	}
	p.End, p.EndLine = r.Offset(), r.Line()
	if r.problems.tooLong {
		r.problem("the entry is too long")
		e = nil
	}
	switch e := e.(type) {
	case *Lease4:
		e.Place = p
	case *IA:
		e.Place = p
	case *Failover:
		e.Place = p
	case *Declaration:
		e.Place = p
	case *ServerDUID:
		e.Place = p
	case *ByteOrder:
		e.Place = p
	}
	return e, r.syntaxError(p, e != nil), false
}

// maxEntry is the memory that the values of one entry may take, in bytes. Those
// that dhcpd writes take less than a hundredth of that.
const maxEntry = 1 << 20

// keep copies bytes for the current entry.
func (r *Reader) keep(b []byte) []byte {
	if len(r.arena)+len(b) > maxEntry {
		r.problems.tooLong = true
		return nil
	}
	start := len(r.arena)
	r.arena = append(r.arena, b...)
	return r.arena[start:len(r.arena):len(r.arena)]
}

// ---- dhcpd's ways to go on behind an error ----

func (r *Reader) skipToSemi() { r.skipToBrace(0) }

// skipToBrace is dhcpd's skip_to_rbrace: up to a ";" outside of braces, or the
// brace that closes the last of those that are open. A closing brace where none
// is open ends it too: so an error at the end of a block takes the brace along,
// and what stands behind it is then read as part of the block.
func (r *Reader) skipToBrace(open int) {
	for {
		r.peek()
		switch {
		case r.is('}'):
			if open > 0 {
				open--
			}
			if open == 0 {
				r.next()
				return
			}
		case r.is('{'):
			open++
		case r.is(';') && open == 0:
			r.next()
			return
		}
		r.next()
		if r.kind == tokEOF {
			r.atEOF()
			return
		}
	}
}

// atEOF notes that an entry met the end of the file, which is not every end that
// dhcpd sees: the byte 0xff is one to it (see eof).
func (r *Reader) atEOF() {
	if r.pos == r.end && !r.fill() {
		r.problems.truncated = true
	}
}

func (r *Reader) semi() bool {
	if r.next(); r.is(';') {
		return true
	}
	r.unexpected(`";"`)
	r.skipToSemi()
	return false
}

func (r *Reader) brace() bool {
	if r.next(); r.is('{') {
		return true
	}
	r.unexpected(`"{"`)
	r.skipToSemi()
	return false
}

func (r *Reader) unexpected(want string) {
	if r.kind == tokEOF {
		r.atEOF()
		r.problem("the file ends where " + want + " is expected")
		return
	}
	r.problem("expected " + want)
}

// ---- a lease of DHCPv4 ----

// Statements that may be in a lease once.
const (
	seenStarts = 1 << iota
	seenEnds
	seenTSTP
	seenTSFP
	seenATSFP
	seenCLTT
	seenUID
	seenHardware
	seenState
	seenNext
	seenRewind
	seenHostname
	seenBilling
	seenExpiry
	seenRelease
	seenForward
	seenReverse
	seenClass
)

// exactLease reads a lease behind its keyword. It reports whether dhcpd keeps
// the lease; if not, the token that reading goes on with is as dhcpd leaves it.
func (r *Reader) exactLease() bool {
	l := &r.lease
	l.reset()
	var a [4]byte
	if !r.address4(&a) || !r.brace() {
		return false
	}
	l.Address = netip.AddrFrom4(a)
	var seen uint32
	for {
		r.next()
		if r.is('}') {
			break
		}
		if r.kind == tokEOF {
			r.atEOF()
			r.problem("the file ends within a lease")
			break
		}
		off, line, col := r.tokenStart, r.tokenLine, r.tokenCol
		bit, ok := r.leaseStatement(l, seen)
		if !ok {
			return false
		}
		if seen&bit != 0 {
			at := Problem{off, line, col, "a lease has this twice: the second counts"}
			if len(r.problems.list) < maxProblems {
				r.problems.list = append(r.problems.list, at)
			} else {
				r.problems.more++
			}
		}
		seen |= bit
	}
	if seen&seenState != 0 && l.State == NoState {
		r.problem("the binding state is missing: for dhcpd nobody has the address")
		l.reset()
		l.Address, l.State, l.Next = netip.AddrFrom4(a), Free, Free
	}
	l.finish(seen)
	return true
}

// finish sets what an entry leaves out, as dhcpd does.
func (l *Lease4) finish(seen uint32) {
	if l.TSTP == 0 {
		l.TSTP = l.Ends
	}
	if seen&seenState == 0 {
		l.State, l.Next, l.Rewind = NoState, NoState, NoState
	}
	if l.Rewind == NoState {
		l.Rewind = l.State // "abandoned;" of old files
	}
	if !l.HasHardware {
		l.HardwareType = 0 // read before an address that was too long
	}
}

// reset empties a lease but keeps its memory.
func (l *Lease4) reset() {
	*l = Lease4{Variables: l.Variables[:0], AgentOptions: l.AgentOptions[:0], Events: l.Events[:0]}
}

// leaseStatement reads one statement of a lease, of which the first token is the
// current one. bit says what was seen; ok is false if dhcpd drops the lease.
func (r *Reader) leaseStatement(l *Lease4, seen uint32) (bit uint32, ok bool) {
	switch {
	case r.isWord("starts"):
		l.Starts = r.date()
		return seenStarts, true
	case r.isWord("ends"):
		l.Ends = r.date()
		return seenEnds, true
	case r.isWord("tstp"):
		l.TSTP = r.date()
		return seenTSTP, true
	case r.isWord("tsfp"):
		l.TSFP = r.date()
		return seenTSFP, true
	case r.isWord("atsfp"):
		l.ATSFP = r.date()
		return seenATSFP, true
	case r.isWord("cltt"):
		l.CLTT = r.date()
		return seenCLTT, true
	case r.isWord("timestamp"):
		r.date()
		r.problem("a time that dhcpd no longer knows: it does not start with this file")
		return 0, true
	case r.isWord("binding"):
		return seenState, r.bindingState(l, seenState, seen)
	case r.isWord("next"):
		return seenNext, r.nextOrRewind(l, seenNext, seen)
	case r.isWord("rewind"):
		return seenRewind, r.nextOrRewind(l, seenRewind, seen)
	case r.isWord("hardware"):
		r.hardware(l)
		return seenHardware, true
	case r.isWord("uid"):
		return r.uid(l)
	case r.isWord("client-hostname"):
		return seenHostname, r.hostname(l)
	case r.isWord("set"):
		return 0, r.set(&l.Variables)
	case r.isWord("option"), r.isWord("supersede"):
		r.agentOption(l)
		return 0, true
	case r.isWord("on"):
		e, ok := r.on()
		if !ok {
			r.skipToBrace(1)
			return 0, false
		}
		if len(l.Events) == maxVariables {
			r.problems.tooLong = true
			return 0, true
		}
		l.Events = append(l.Events, e)
		if !e.Empty {
			if e.Expiry {
				bit |= seenExpiry
			}
			if e.Release {
				bit |= seenRelease
			}
		}
		return bit, true
	case r.isWord("billing"):
		r.billing(l)
		return seenBilling, true
	case r.isWord("reserved"):
		l.Reserved = true
		r.semi()
		return 0, true
	case r.isWord("dynamic-bootp"):
		l.BOOTP = true
		r.semi()
		return 0, true
	case r.isWord("abandoned"):
		l.State, l.Next = Abandoned, Abandoned
		r.semi()
		return seenState, true
	case r.isWord("class"):
		r.next()
		if !r.isName() {
			r.unexpected("the name of a class")
			if !r.is(';') {
				r.skipToBrace(1)
			}
			return 0, false
		}
		r.semi()
		return seenClass, true
	case r.kind != tokMark && len(r.value) == len("ddns-fwd-name") && equalFold(r.value, "ddns-fwd-name"):
		return seenForward, r.variable(&l.Variables, true)
	case r.kind != tokMark && len(r.value) == len("ddns-rev-name") && equalFold(r.value, "ddns-rev-name"):
		return seenReverse, r.variable(&l.Variables, true)
	}
	r.problem("not a statement of a lease")
	r.skipToSemi()
	return 0, false
}

func (r *Reader) nextOrRewind(l *Lease4, which, seen uint32) bool {
	if r.next(); !r.isWord("binding") {
		r.unexpected(`"binding"`)
		r.skipToSemi()
		return true
	}
	return r.bindingState(l, which, seen)
}

// bindingState reads "state STATE;". It reports false if dhcpd drops the lease.
func (r *Reader) bindingState(l *Lease4, which, seen uint32) bool {
	if r.next(); !r.isWord("state") {
		r.unexpected(`"state"`)
		r.skipToSemi()
		return true
	}
	r.next()
	var s State
	switch {
	case r.isWord("reserved"):
		s, l.Reserved = Active, true
	case r.isWord("bootp"):
		s, l.BOOTP = Active, true
	default:
		if s = r.state(); s == NoState {
			r.unexpected("a binding state")
			r.skipToSemi()
			return false
		}
	}
	l.setState(s, which, seen)
	r.semi()
	return true
}

func (l *Lease4) setState(s State, which, seen uint32) {
	switch which {
	case seenState:
		l.State = s
		if seen&seenNext == 0 {
			l.Next = s
		}
		if seen&seenRewind == 0 {
			l.Rewind = s
		}
	case seenNext:
		l.Next = s
	case seenRewind:
		l.Rewind = s
	}
}

// state is the state that the current token names.
func (r *Reader) state() State {
	for s := Free; s <= Backup; s++ {
		if r.isWord(stateNames[s]) {
			return s
		}
	}
	return NoState
}

// billing reads "class NAME;" or "subclass NAME VALUE;". Whether the
// configuration has such a class is not known here.
func (r *Reader) billing(l *Lease4) {
	r.next()
	subclass := r.isWord("subclass")
	if !subclass && !r.isWord("class") {
		r.unexpected(`"class" or "subclass"`)
		if !r.is(';') {
			r.skipToSemi()
		}
		return
	}
	r.next()
	if r.kind != tokString {
		r.unexpected("the name of a class in quotes")
		if subclass || !r.is(';') {
			r.skipToSemi()
		}
		return
	}
	b := Billing{Given: true, Class: r.keep(cString(r.value)), Subclass: subclass}
	if !subclass {
		l.Billing = b
		r.semi()
		return
	}
	l.Billing = Billing{}
	switch r.peek(); {
	case r.kind == tokString:
		r.next()
		b.Data = r.keep(r.value)
	case r.isHex():
		var ok bool
		if b.Data, ok = r.hexList(); !ok {
			return
		}
	default:
		r.unexpected("text in quotes or hexadecimal octets")
		return
	}
	if r.peek(); r.is(';') {
		r.next()
	} else if r.brace() {
		r.skipToBrace(1)
	} else {
		return
	}
	l.Billing = b
}

// cString is what C's functions see of bytes.
func cString(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}
