package dhcpdleases

import (
	"bytes"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// fast reads the next declaration if it is in the buffer as a whole and has the
// layout that dhcpd writes. It is nil if not, and then nothing is consumed:
// exact reads what fast leaves, with the same result where fast reads it.
func (r *Reader) fast() Entry {
	for {
		e, at := r.fastEntry()
		if e != nil {
			return e
		}
		// What did not fit may be but the end of the buffer.
		if at < r.end || !r.fill() {
			return nil
		}
	}
}

// fastEntry does so with what is in the buffer. It returns where it could not go
// on.
func (r *Reader) fastEntry() (e Entry, at int) {
	i, line := r.pos, r.line
	for ; isBlank(int(r.buf[i])); i++ {
		if r.buf[i] == '\n' {
			line++
		}
		if i-r.pos == padding {
			return nil, 0 // dhcpd counts them
		}
	}
	r.arena = r.arena[:0]
	p := Place{Offset: r.base + int64(i), Line: line}
	f := scan{b: r.buf, end: r.end, i: i, line: line}
	var to *Place
	switch {
	case f.has("lease "):
		if !r.fastLease(&f) {
			return nil, f.i
		}
		e, to = &r.lease, &r.lease.Place
	case f.has("ia-na "), f.has("ia-pd "), f.has("ia-ta "):
		if !r.fastIA(&f, f.b[i+3]) {
			return nil, f.i
		}
		e, to = &r.ia, &r.ia.Place
	default:
		if r.end-i < len("ia-na ") {
			return nil, r.end
		}
		return nil, 0
	}
	r.pos = f.i
	p.End, p.EndLine = r.base+int64(r.pos), f.line
	r.line, r.lineStart = f.line, f.start(r.base, r.lineStart)
	*to = p
	return e, 0
}

// scan walks over the bytes of a buffer that ends in padding, which is zero and
// so fits nothing that scan looks for.
type scan struct {
	b    []byte
	end  int // of what was read
	i    int
	line int
	last int // where the current line starts, 0 if it is the first one
}

// start is the offset of the current line.
func (f *scan) start(base, before int64) int64 {
	if f.last == 0 {
		return before
	}
	return base + int64(f.last)
}

// has passes over a text of at most 22 bytes if it is there.
func (f *scan) has(text string) bool {
	if string(f.b[f.i:f.i+len(text)]) != text {
		return false
	}
	f.i += len(text)
	return true
}

// indent passes over the blanks before a statement.
func (f *scan) indent() bool {
	start := f.i
	for f.b[f.i] == ' ' || f.b[f.i] == '\t' {
		f.i++
	}
	return f.i-start < padding
}

// lineEnd passes over a line end, and a comment before it.
func (f *scan) lineEnd() bool {
	if f.b[f.i] != '\n' && !f.comment() {
		return false
	}
	f.i++
	f.line++
	f.last = f.i
	return true
}

func (f *scan) comment() bool {
	if !f.indent() {
		return false
	}
	if f.b[f.i] == '#' {
		n := bytes.IndexByte(f.b[f.i:f.end], '\n')
		if n < 0 {
			f.i = f.end
			return false
		}
		if bytes.IndexByte(f.b[f.i:f.i+n], 0xff) >= 0 {
			return false
		}
		f.i += n
	} else if f.b[f.i] == '\r' {
		f.i++
	}
	return f.b[f.i] == '\n'
}

// date reads a date with its ";". Not all dates that there are: see
// dateMemo.date.
func (r *Reader) fastDate(f *scan) (t int64, ok bool) {
	b := f.b[f.i : f.i+23]
	if '0' <= b[0] && b[0] <= '9' && b[1] == ' ' {
		// The 20 bytes end with the ";" that was looked for.
		if t, ok = r.memo.date(b[2:22]); ok {
			f.i += 22
			return t, true
		}
		f.atEnd(22)
		return 0, false
	}
	switch {
	case f.has("never;"):
		return Never, true
	case f.has("epoch "):
		n, ok := f.number(9)
		if !ok {
			// Ten digits are the rule, but must not overflow.
			n, ok = f.number(10)
		}
		if !ok || n > Never || !f.has(";") {
			return 0, false
		}
		return int64(n), true
	}
	f.atEnd(23)
	return 0, false
}

// atEnd moves to the end if that is less than n bytes away: what did not fit may
// be cut.
func (f *scan) atEnd(n int) {
	if f.end-f.i < n {
		f.i = f.end
	}
}

// number reads a decimal number with at most so many digits.
func (f *scan) number(digits int) (n uint64, ok bool) {
	i := f.i
	for ; '0' <= f.b[i] && f.b[i] <= '9'; i++ {
		if i-f.i == digits {
			return 0, false
		}
		n = n*10 + uint64(f.b[i]-'0')
	}
	ok = i > f.i
	f.i = i
	return n, ok
}

// text is a table of the bytes that stand for themselves in a string.
var textBytes = func() (t [256]bool) {
	for c := ' '; c < 0xff; c++ {
		t[c] = c != '"' && c != '\\' && c != 0x7f
	}
	return t
}()

// maxFastText leaves what is long to the exact reader, which knows the limits.
const maxFastText = 1000

// quoted reads a string in quotes. It points into the buffer, or, with escapes
// in it, into the arena.
func (r *Reader) quoted(f *scan) (text []byte, ok bool) {
	b, i := f.b, f.i
	if b[i] != '"' {
		f.atEnd(1)
		return nil, false
	}
	i++
	start := i
	for textBytes[b[i]] {
		i++
	}
	if b[i] == '"' && i-start < maxFastText {
		f.i = i + 1
		return b[start:i:i], true
	}
	from := len(r.arena)
	r.arena = append(r.arena, b[start:i]...)
	for len(r.arena)-from < maxFastText {
		c := b[i]
		switch {
		case textBytes[c]:
			i++
		case c == '"':
			f.i = i + 1
			return r.arena[from:len(r.arena):len(r.arena)], true
		case c == '\\' && (b[i+1] == '"' || b[i+1] == '\\'):
			c = b[i+1]
			i += 2
		case c == '\\' && '0' <= b[i+1] && b[i+1] <= '3' && b[i+2]&^7 == '0' && b[i+3]&^7 == '0':
			c = b[i+1]<<6 | b[i+2]&7<<3 | b[i+3]&7
			i += 4
		default:
			f.i = i
			f.atEnd(4)
			return nil, false
		}
		r.arena = append(r.arena, c)
	}
	return nil, false
}

// hexDigits holds the values of hexadecimal digits, 0xff for other bytes.
var hexDigits = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range byte(10) {
		t['0'+i] = i
	}
	for i := range byte(6) {
		t['a'+i], t['A'+i] = 10+i, 10+i
	}
	return t
}()

// octets reads hexadecimal octets with colons between them, of one or two digits
// each, into the arena.
func (r *Reader) fastOctets(f *scan) (list []byte, ok bool) {
	from := len(r.arena)
	for len(r.arena)-from < maxFastText {
		high, low := hexDigits[f.b[f.i]], hexDigits[f.b[f.i+1]]
		switch {
		case high == 0xff:
			return nil, false
		case low == 0xff:
			f.i++
			r.arena = append(r.arena, high)
		default:
			f.i += 2
			r.arena = append(r.arena, high<<4|low)
		}
		if f.b[f.i] != ':' {
			return r.arena[from:len(r.arena):len(r.arena)], true
		}
		f.i++
	}
	return nil, false
}

// state reads a binding state and its ";".
func (f *scan) state() State {
	var s State
	switch f.b[f.i] {
	case 'a':
		if f.has("active;") {
			return Active
		}
		s = Abandoned
	case 'f':
		s = Free
	case 'e':
		s = Expired
	case 'b':
		s = Backup
	case 'r':
		if f.has("released;") {
			return Released
		}
		s = Reset
	}
	if s != NoState && f.has(stateNames[s]) && f.b[f.i] == ';' {
		f.i++
		return s
	}
	f.atEnd(22)
	return NoState
}

// fastSet reads "NAME = VALUE;" with a value in quotes.
func (r *Reader) fastSet(f *scan, vars *[]Variable) bool {
	start := f.i
	if !isLetter(int(f.b[start])) {
		f.atEnd(1)
		return false
	}
	for inWord(int(f.b[f.i])) {
		f.i++
	}
	name := f.b[start:f.i:f.i]
	if len(name) > padding || !knownName(name) && dhcpdconf.Reserved(name) {
		return false
	}
	if !f.has(" = ") {
		f.atEnd(3)
		return false
	}
	text, ok := r.quoted(f)
	if !ok || f.b[f.i] != ';' {
		f.atEnd(1)
		return false
	}
	f.i++
	if len(*vars) == maxVariables {
		return false
	}
	r.setVariable(vars, name, Value{Kind: Text, Data: text})
	return true
}

// knownName knows the variables that dhcpd itself sets.
func knownName(b []byte) bool {
	switch string(b) {
	case "vendor-class-identifier", "ddns-fwd-name", "ddns-rev-name", "ddns-txt", "ddns-dhcid", "ddns-client-fqdn", "ddns-ttl":
		return true
	}
	return false
}

// address reads an IPv4 address.
func (f *scan) address4() (a netip.Addr, ok bool) {
	var octets [4]byte
	for i := range octets {
		if i > 0 {
			if f.b[f.i] != '.' {
				return a, false
			}
			f.i++
		}
		n, ok := f.number(3)
		if !ok || n > 255 {
			return a, false
		}
		octets[i] = byte(n)
	}
	return netip.AddrFrom4(octets), true
}

// fastLease reads a lease behind its keyword.
func (r *Reader) fastLease(f *scan) bool {
	l := &r.lease
	l.reset()
	var ok bool
	if l.Address, ok = f.address4(); !ok || !f.has(" {") || !f.lineEnd() {
		f.atEnd(22)
		return false
	}
	var seen uint32
	for {
		if !f.indent() {
			return false
		}
		if f.b[f.i] == '}' {
			f.i++
			l.finish(seen)
			return true
		}
		bit, ok := r.fastStatement(f, l, seen)
		if !ok || seen&bit != 0 || !f.lineEnd() {
			f.atEnd(23)
			return false
		}
		seen |= bit
	}
}

func (r *Reader) fastStatement(f *scan, l *Lease4, seen uint32) (bit uint32, ok bool) {
	switch f.b[f.i] {
	case 's':
		if f.has("starts ") {
			l.Starts, ok = r.fastDate(f)
			return seenStarts, ok
		}
		return 0, f.has("set ") && r.fastSet(f, &l.Variables)
	case 'e':
		if f.has("ends ") {
			l.Ends, ok = r.fastDate(f)
		}
		return seenEnds, ok
	case 't':
		if f.has("tstp ") {
			l.TSTP, ok = r.fastDate(f)
			return seenTSTP, ok
		}
		if f.has("tsfp ") {
			l.TSFP, ok = r.fastDate(f)
		}
		return seenTSFP, ok
	case 'c':
		if f.has("cltt ") {
			l.CLTT, ok = r.fastDate(f)
			return seenCLTT, ok
		}
		if !f.has("client-hostname ") {
			return 0, false
		}
		l.ClientHostname, ok = r.quoted(f)
		l.ClientHostname, l.HasHostname = cString(l.ClientHostname), true
		return seenHostname, ok && f.has(";")
	case 'b':
		return r.fastState(f, l, "binding state ", seenState, seen)
	case 'n':
		return r.fastState(f, l, "next binding state ", seenNext, seen)
	case 'h':
		if !f.has("hardware ethernet ") {
			return 0, false
		}
		l.HardwareType, l.HasHardware = 1, true
		l.Hardware, ok = r.fastOctets(f)
		return seenHardware, ok && len(l.Hardware) <= maxHardware && f.has(";")
	case 'u':
		if !f.has("uid ") {
			return 0, false
		}
		l.HasUID = true
		if f.b[f.i] == '"' {
			l.UID, ok = r.quoted(f)
		} else {
			l.UID, ok = r.fastOctets(f)
		}
		return seenUID, ok && f.has(";")
	case 'r':
		if f.has("reserved;") {
			l.Reserved = true
			return 0, true
		}
		return r.fastState(f, l, "rewind binding state ", seenRewind, seen)
	case 'a':
		if f.has("atsfp ") {
			l.ATSFP, ok = r.fastDate(f)
		}
		return seenATSFP, ok
	case 'd':
		l.BOOTP = true
		return 0, f.has("dynamic-bootp;")
	case 'o':
		return 0, r.fastAgentOption(f, l)
	}
	return 0, false
}

func (r *Reader) fastState(f *scan, l *Lease4, words string, which, seen uint32) (bit uint32, ok bool) {
	if !f.has(words) {
		return 0, false
	}
	s := f.state()
	if s == NoState {
		return 0, false
	}
	l.setState(s, which, seen)
	return which, true
}

func (r *Reader) fastAgentOption(f *scan, l *Lease4) bool {
	var o AgentOption
	if !f.has("option agent.") {
		return false
	}
	switch {
	case f.has("circuit-id "):
		o.Code = 1
	case f.has("remote-id "):
		o.Code = 2
	default:
		return false
	}
	var ok bool
	if o.Quoted = f.b[f.i] == '"'; o.Quoted {
		o.Data, ok = r.quoted(f)
	} else {
		o.Data, ok = r.fastOctets(f)
	}
	if !ok || !f.has(";") || len(l.AgentOptions) == maxVariables {
		return false
	}
	l.AgentOptions = append(l.AgentOptions, o)
	return true
}
