package dhcpdleases

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"unsafe"
)

// date reads a date and its ";". dhcpd takes what is broken for the time 0.
func (r *Reader) date() int64 {
	t := r.dateWithoutSemi()
	if !r.semi() {
		return 0
	}
	return t
}

func (r *Reader) dateWithoutSemi() int64 {
	r.peek()
	switch {
	case r.isWord("never"):
		r.next()
		return Never
	case r.isWord("epoch"):
		r.next()
		s, ok := r.dateNumber("the seconds since 1970")
		if !ok {
			return 0
		}
		return int64(s)
	}
	// The day of the week, year, month, day, hour, minute and second.
	var field [7]int32
	what := [7]string{"the number of a day of the week, \"epoch\" or \"never\"", "a year", "a month", "a day of a month", "an hour", "a minute", "a second"}
	const before = "  // ::"
	for i := range field {
		if mark := before[i]; mark != ' ' {
			if r.peek(); !r.is(mark) {
				r.dateError(`"` + string(mark) + `"`)
				return 0
			}
			r.next()
		}
		var ok bool
		if field[i], ok = r.dateNumber(what[i]); !ok {
			return 0
		}
	}
	offset := int32(0)
	if r.peek(); r.kind == tokNumber {
		r.next()
		offset = atoi(r.value)
	} else if !r.is(';') {
		r.dateError(`an offset of the time zone or ";"`)
		return 0
	}
	month := field[2]
	if month < 1 || month > 12 {
		r.problem("there is no such month")
		month = 1
	}
	return unixTime(field[1], month, field[3], field[4], field[5], field[6], offset)
}

func (r *Reader) dateNumber(what string) (int32, bool) {
	if r.peek(); r.kind != tokNumber {
		r.dateError(what)
		return 0, false
	}
	r.next()
	return atoi(r.value), true
}

// dateError passes over the token that has no place in a date.
func (r *Reader) dateError(want string) {
	r.unexpected(want)
	if !r.is(';') {
		r.next()
	}
}

// ---- numbers and octets ----

// number converts a token as dhcpd's convert_num does, to 8 bits or more. base
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

// address4 reads four numbers with dots between them.
func (r *Reader) address4(a *[4]byte) bool {
	for i := range a {
		if i > 0 {
			if r.peek(); !r.is('.') {
				if !r.is('{') && !r.is('}') {
					r.next()
				}
				r.unexpected(`"."`)
				if !r.is(';') {
					r.skipToSemi()
				}
				return false
			}
			r.next()
		}
		switch r.next(); r.kind {
		case tokEOF:
			r.unexpected("a number")
			return true // as far as it goes; something else will be missing
		case tokNumber:
			a[i] = byte(r.convert(10, 8))
		default:
			r.unexpected("a number")
			r.skipToSemi()
			return false
		}
	}
	return true
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

// ---- the values of a lease ----

// maxHardware is the room for a hardware address.
const maxHardware = 20

// hardware reads "TYPE ADDRESS;".
func (r *Reader) hardware(l *Lease4) {
	r.next()
	switch {
	case r.isWord("ethernet"):
		l.HardwareType = 1
	case r.isWord("token-ring"):
		l.HardwareType = 6
	case r.isWord("fddi"):
		l.HardwareType = 8
	case r.isWord("infiniband"):
		l.HardwareType = 32
	case r.kind != tokEOF && bytes.HasPrefix(r.value, []byte("unknown-")):
		l.HardwareType = byte(atoi(r.value[len("unknown-"):]))
	default:
		r.unexpected("a type of hardware")
		r.skipToSemi()
		return
	}
	if r.peek(); r.is(';') {
		l.HasHardware, l.Hardware = true, nil
	} else {
		a, ok := r.octets()
		if !ok {
			// The bytes of an earlier statement are still there, but none of
			// them counts.
			l.HasHardware, l.Hardware = true, nil
			return
		}
		if len(a) > maxHardware {
			r.problem("the hardware address is too long")
		} else {
			l.HasHardware, l.Hardware = true, a
		}
	}
	r.semi()
}

// uid reads "TEXT;" or "OCTETS;".
func (r *Reader) uid(l *Lease4) (bit uint32, ok bool) {
	if r.peek(); r.kind == tokString {
		r.next()
		l.UID, l.HasUID = r.keep(r.value), true
	} else {
		id, ok := r.octets()
		if !ok {
			return 0, false
		}
		l.UID, l.HasUID = id, true
	}
	r.semi()
	return seenUID, true
}

// hostname reads `"NAME";` or a name without quotes.
func (r *Reader) hostname(l *Lease4) bool {
	if r.peek(); r.kind == tokString {
		r.next()
		name := r.keep(cString(r.value))
		if !r.semi() {
			return false
		}
		l.ClientHostname, l.HasHostname = name, true
		return true
	}
	start := len(r.arena)
	for n := 0; ; n++ {
		if r.peek(); !r.isName() && r.kind != tokNumber {
			if n == 0 {
				r.unexpected("a host name")
				r.skipToSemi()
				return false
			}
			break
		}
		r.next()
		r.keep(r.value)
		if r.peek(); !r.is('.') {
			break
		}
		r.next()
		r.keepByte('.')
	}
	l.ClientHostname, l.HasHostname = r.arena[start:len(r.arena):len(r.arena)], true
	r.semi()
	return true
}

// set reads "NAME = VALUE;".
func (r *Reader) set(vars *[]Variable) bool {
	r.next()
	if !r.isName() || r.keyword {
		r.unexpected("the name of a variable")
		r.skipToSemi()
		return false
	}
	return r.variable(vars, false)
}

// maxVariables may be in one block.
const maxVariables = 1000

// variable reads "= VALUE;" behind the name, which is the current token; old
// files have names without "=". It reports false if dhcpd drops the lease.
func (r *Reader) variable(vars *[]Variable, noEqual bool) bool {
	name := r.keep(r.value)
	if !noEqual {
		if r.next(); !r.is('=') {
			r.unexpected(`"="`)
			r.skipToSemi()
			return false
		}
	}
	v, ok := r.bindingValue()
	if !ok {
		return false
	}
	r.setVariable(vars, name, v)
	r.semi()
	return true
}

func (r *Reader) setVariable(vars *[]Variable, name []byte, v Value) {
	for i := range *vars {
		if bytes.Equal((*vars)[i].Name, name) {
			(*vars)[i].Value = v
			return
		}
	}
	if len(*vars) == maxVariables {
		r.problems.tooLong = true
		return
	}
	*vars = append(*vars, Variable{name, v})
}

// bindingValue reads a constant. A list of octets that starts with two decimal
// digits is none for dhcpd.
func (r *Reader) bindingValue() (v Value, ok bool) {
	switch r.peek(); {
	case r.kind == tokString:
		r.next()
		return Value{Kind: Text, Data: r.keep(r.value)}, true
	case r.kind == tokNumWord:
		data, ok := r.octets()
		if !ok {
			r.skipToSemi()
			return v, false
		}
		return Value{Kind: Hex, Data: data}, true
	case r.is('%'):
		r.next()
		if r.next(); r.kind == tokNumber {
			return Value{Kind: Number, Number: atol(r.value)}, true
		}
		r.unexpected("a decimal number")
	case r.kind == tokWord && !r.keyword:
		r.next()
		if r.isWord("true") || r.isWord("false") {
			return Value{Kind: Bool, Bool: r.isWord("true")}, true
		}
		r.unexpected(`"true" or "false"`)
	default:
		r.unexpected("a constant")
	}
	if !r.is(';') {
		r.skipToSemi()
	}
	return v, false
}

// agentOption reads "agent.NAME VALUE;". dhcpd goes on with the lease whatever
// is wrong with it.
func (r *Reader) agentOption(l *Lease4) {
	if r.next(); !r.isName() {
		r.unexpected("the name of an option")
		if !r.is(';') {
			r.skipToSemi()
		}
		return
	}
	agent := r.isWord("agent")
	if r.peek(); !r.is('.') {
		r.problem("only options of the relay agent may be in a lease")
		r.skipToSemi()
		return
	}
	r.next()
	if r.next(); !r.isName() {
		r.unexpected("the name of an option")
		if !r.is(';') {
			r.skipToSemi()
		}
		return
	}
	code, format, ok := agentSuboption(r.value)
	if !agent || !ok {
		r.problem("only options of the relay agent may be in a lease, and there is none of this name")
		r.skipToSemi()
		return
	}
	o := AgentOption{Code: code}
	switch format {
	case 'X':
		r.peek()
		o.Quoted = r.kind == tokString
		o.Data = r.textOrHex(1024)
	case 'I':
		var a [4]byte
		if !r.address4(&a) {
			return
		}
		o.Data = r.keep(a[:])
	case 'L':
		if r.next(); !r.isHex() {
			r.unexpected("a number")
			if !r.is(';') {
				r.skipToSemi()
			}
			return
		}
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], r.convert(0, 32))
		o.Data = r.keep(b[:])
	case 'Z':
		if r.peek(); !r.is(';') {
			r.unexpected(`";"`)
			r.skipToSemi()
			return
		}
	}
	if r.semi() {
		if len(l.AgentOptions) == maxVariables {
			r.problems.tooLong = true
			return
		}
		l.AgentOptions = append(l.AgentOptions, o)
	}
}

// agentSuboption finds a suboption of option 82 by its name.
func agentSuboption(name []byte) (code, format byte, ok bool) {
	for _, o := range agentSuboptions {
		if len(name) == len(o.name) && equalFold(name, o.name) {
			return o.code, o.format, true
		}
	}
	const unknown = "unknown-"
	if len(name) > len(unknown) && equalFold(name[:len(unknown)], unknown) {
		n := atoi(name[len(unknown):])
		if n <= 0 || n >= 255 {
			return 0, 0, false
		}
		for _, o := range agentSuboptions {
			if int32(o.code) == n {
				return o.code, o.format, true
			}
		}
		return byte(n), 'X', true
	}
	return 0, 0, false
}

// agentSuboptions are those that dhcpd knows, with the letters of their formats
// in its common/tables.c; the test compares them with parser/option.
var agentSuboptions = [...]struct {
	name         string // in lower case
	code, format byte
}{
	{"circuit-id", 1, 'X'}, {"remote-id", 2, 'X'}, {"agent-id", 3, 'I'},
	{"docsis-device-class", 4, 'L'}, {"link-selection", 5, 'I'}, {"relay-port", 19, 'Z'},
}

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

// address6 reads an IPv6 address, in which there is no blank.
func (r *Reader) address6() (netip.Addr, bool) {
	text, n := &r.address, 0
	for r.peek(); ; r.peekRaw() {
		ok := r.kind == tokNumber || r.is('.') || r.is(':') || r.isName() && (!r.keyword || r.isWord("add")) && allHex(r.value)
		if !ok {
			break
		}
		r.peeked = false
		if n+len(r.value) >= len(text) {
			r.problem("not an IPv6 address")
			r.skipToSemi()
			return netip.Addr{}, false
		}
		n += copy(text[n:], r.value)
	}
	a, ok := parseAddress6(text[:n])
	if !ok {
		r.unexpected("an IPv6 address")
		r.skipToSemi()
		return netip.Addr{}, false
	}
	return a, true
}

// maxAddress6 is the length of the longest IPv6 address.
const maxAddress6 = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

// parseAddress6 reads an IPv6 address without zone, and without allocation.
func parseAddress6(text []byte) (netip.Addr, bool) {
	if len(text) == 0 {
		return netip.Addr{}, false
	}
	// Nothing keeps the text but an error, which is dropped here.
	a, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	return a, err == nil && a.Is6()
}

func allHex(b []byte) bool {
	for _, c := range b {
		if !isHexDigit(int(c)) {
			return false
		}
	}
	return true
}
