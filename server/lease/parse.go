package lease

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
)

// The longest identifiers that Kea takes, in bytes.
const (
	maxHWAddr   = 20
	maxClientID = 255
	maxDUID     = 130
)

// parse4 reads the fields of a row into l. What the row does not have gets its
// default.
func parse4(fields [][]byte, l *Lease4) error {
	p := rowParser{columns: &columns4, fields: fields}
	*l = Lease4{}
	l.Address = p.address(0, netip.Addr.Is4)
	l.HWAddr = p.hex(1, maxHWAddr)
	l.ClientID = p.hex(2, maxClientID)
	l.Valid = uint32(p.number(3, 0, 1<<32-1))
	expire := p.number(4, -1<<62, 1<<62)
	l.CLTT = expire - int64(l.Valid)
	l.SubnetID = uint32(p.number(5, 0, 1<<32-1))
	l.FQDNFwd = p.number(6, 0, 1) == 1
	l.FQDNRev = p.number(7, 0, 1) == 1
	l.Hostname = p.text(8)
	l.State = State(p.number(9, 0, int64(Released)))
	l.UserContext = p.text(10)
	l.PoolID = uint32(p.number(11, 0, 1<<32-1))
	if p.err == nil && len(l.HWAddr) == 0 && len(l.ClientID) == 0 && l.State != Declined {
		return errors.New("the lease has neither a hwaddr nor a client_id, so it is nobody's")
	}
	return p.err
}

// parse6 reads the fields of a row into l. What the row does not have gets its
// default.
func parse6(fields [][]byte, l *Lease6) error {
	p := rowParser{columns: &columns6, fields: fields}
	*l = Lease6{}
	l.Address = p.address(0, netip.Addr.Is6)
	l.DUID = p.hex(1, maxDUID)
	l.Valid = uint32(p.number(2, 0, 1<<32-1))
	expire := p.number(3, -1<<62, 1<<62)
	l.CLTT = expire - int64(l.Valid)
	l.SubnetID = uint32(p.number(4, 0, 1<<32-1))
	l.Preferred = uint32(p.number(5, 0, 1<<32-1))
	l.Type = Type(p.number(6, 0, int64(PD)))
	l.IAID = uint32(p.number(7, 0, 1<<32-1))
	l.PrefixLen = uint8(p.number(8, 0, 128))
	l.FQDNFwd = p.number(9, 0, 1) == 1
	l.FQDNRev = p.number(10, 0, 1) == 1
	l.Hostname = p.text(11)
	l.HWAddr = p.hex(12, maxHWAddr)
	l.State = State(p.number(13, 0, int64(Registered)))
	l.UserContext = p.text(14)
	l.HWType = uint16(p.number(15, 0, 1<<16-1))
	l.HWSource = uint32(p.number(16, 0, 1<<32-1))
	l.PoolID = uint32(p.number(17, 0, 1<<32-1))
	switch {
	case p.err != nil:
		return p.err
	case len(l.DUID) == 0:
		return errors.New("the lease has no duid, so it is nobody's")
	case l.Type != PD && l.PrefixLen != 128:
		return fmt.Errorf("prefix_len is %d, and only a prefix has another one than 128", l.PrefixLen)
	}
	return nil
}

// rowParser reads fields until the first error, which it keeps.
type rowParser struct {
	columns *columns
	fields  [][]byte
	err     error
}

// field returns a column's text; that of a column which the file does not have,
// or of one after an error, is empty.
func (p *rowParser) field(i int) []byte {
	if p.err != nil || i >= len(p.fields) {
		return nil
	}
	return p.fields[i]
}

func (p *rowParser) fail(i int, problem string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s %q %s", p.columns.names[i].name, p.fields[i], problem)
	}
}

func (p *rowParser) address(i int, right func(netip.Addr) bool) netip.Addr {
	text := p.field(i)
	if p.err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(string(text))
	if err != nil || !right(a) || a.Zone() != "" {
		p.fail(i, "is no address of "+p.columns.protocol)
		return netip.Addr{}
	}
	return a
}

// number reads a whole number; nothing at all counts as 0 for columns that a
// lease may go without.
func (p *rowParser) number(i int, least, most int64) int64 {
	text := p.field(i)
	if p.err != nil || i >= len(p.fields) {
		return 0
	}
	if len(text) == 0 && i >= p.columns.least {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < least || n > most {
		p.fail(i, fmt.Sprintf("is no number from %d to %d", least, most))
		return 0
	}
	return n
}

// hex reads bytes in hexadecimal digits, with colons between them or without.
func (p *rowParser) hex(i, most int) []byte {
	text := p.field(i)
	if len(text) == 0 {
		return nil
	}
	data, ok := parseHex(text)
	switch {
	case !ok:
		p.fail(i, "is not hexadecimal")
	case len(data) > most:
		p.fail(i, fmt.Sprintf("has more than %d bytes", most))
	}
	return data
}

func parseHex(text []byte) ([]byte, bool) {
	data := make([]byte, 0, (len(text)+2)/3)
	if bytes.IndexByte(text, ':') < 0 && len(text) > 2 {
		if len(text)%2 != 0 {
			return nil, false
		}
		for i := 0; i < len(text); i += 2 {
			high, low := nibble(text[i]), nibble(text[i+1])
			if high > 15 || low > 15 {
				return nil, false
			}
			data = append(data, high<<4|low)
		}
		return data, true
	}
	for {
		octet := text
		colon := bytes.IndexByte(text, ':')
		if colon >= 0 {
			octet = text[:colon]
		}
		var b byte
		switch len(octet) {
		case 1:
			b = nibble(octet[0])
			if b > 15 {
				return nil, false
			}
		case 2:
			high, low := nibble(octet[0]), nibble(octet[1])
			if high > 15 || low > 15 {
				return nil, false
			}
			b = high<<4 | low
		default:
			return nil, false
		}
		data = append(data, b)
		if colon < 0 {
			return data, true
		}
		text = text[colon+1:]
	}
}

// nibble returns the value of a hexadecimal digit, or 255.
func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// text reads text with escapes. What is no escape is left as it is.
func (p *rowParser) text(i int) string {
	text := p.field(i)
	at := bytes.Index(text, []byte("&#x"))
	if at < 0 {
		return string(text)
	}
	out := make([]byte, 0, len(text))
	for at >= 0 {
		out = append(out, text[:at]...)
		text = text[at:]
		if len(text) >= 5 && nibble(text[3]) < 16 && nibble(text[4]) < 16 {
			out = append(out, nibble(text[3])<<4|nibble(text[4]))
			text = text[5:]
		} else {
			out = append(out, text[:3]...)
			text = text[3:]
		}
		at = bytes.Index(text, []byte("&#x"))
	}
	return string(append(out, text...))
}
