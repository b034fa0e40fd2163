package dhcpdleases

import (
	"bytes"
	"encoding/binary"
)

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
