package population

import (
	"bytes"
	"net"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

func isHardware(e dhcpdconf.Expr) bool {
	a, ok := e.(*dhcpdconf.Atom)
	return ok && a.Name == "hardware"
}

// hardware sets type and address; the rest of an address of six bytes is made up,
// another one for each client.
func (p *planner) hardware(value []byte) change {
	return func(c *client.Client) bool {
		if c.V6 || len(value) < 2 || value[0] == 0 || len(value) > 17 {
			return false
		}
		if value[0] != ethernet {
			c.HType = value[0]
		}
		c.MAC = net.HardwareAddr(bytes.Clone(value[1:]))
		p.made++
		for len(c.MAC) < lengthOfMAC {
			c.MAC = append(c.MAC, byte(p.made>>(8*(lengthOfMAC-1-len(c.MAC)))))
		}
		return true
	}
}

// packet sets bytes of the message that a client or relay decides.
func (p *planner) packet(offset int64, value []byte) (change, bool) {
	const giaddr, chaddr, addressEnd = 24, 28, 44
	switch {
	case offset == giaddr && len(value) == 4:
		return func(c *client.Client) bool {
			if c.V6 {
				return false
			}
			c.Relay = netip.AddrFrom4([4]byte(value))
			return true
		}, true
	case offset >= chaddr && offset+int64(len(value)) <= addressEnd:
		whole := append(append([]byte{ethernet}, bytes.Repeat([]byte{0x0a}, int(offset-chaddr))...), value...)
		return p.hardware(whole), len(whole) > 1
	}
	return nil, false
}

// assign sets an option of the client or its relay agent.
func (p *planner) assign(o *option.Def, value []byte) change {
	return func(c *client.Client) bool { return p.setNamed(c, o, value) }
}

// setNamed sets an option where packets of the protocol hold it.
func (p *planner) setNamed(c *client.Client, o *option.Def, value []byte) bool {
	const longest = 200
	if o == nil || len(value) > longest || o.Code > 0xffff {
		return false
	}
	code := uint16(o.Code)
	switch {
	case o.Space == "agent" && !p.v6:
		if !c.Relay.IsValid() || len(value) == 0 {
			return false
		}
		setOption(&c.Agent, code, value)
	case o.Space == "dhcp6" && p.v6:
		if code == 1 {
			const shortest = 3 // a type and something behind it (RFC 8415 section 11.1)
			c.DUID = value
			return len(value) >= shortest
		}
		if code < 20 && code != code6List && code != 15 && code != 16 {
			return false
		}
		if code == 61 && !fits(o, value) {
			return false // no client sends that; Kea drops the message
		}
		setOption(&c.Options, code, value)
	case o.Space == "fqdn" && !p.v6:
		name, ok := nameOfFQDN(o.Code, value)
		if !ok {
			return false
		}
		// Flags and two result codes, then the name as text (RFC 4702 section 2).
		setOption(&c.Options, code4FQDN, append([]byte{0, 0, 0}, name...))
	case o.Space == "dhcp" && !p.v6:
		if !fits(o, value) {
			return false // no client sends that; Kea drops the message
		}
		if code == 0 || code == 53 || code == 82 || code == 255 {
			return false
		}
		setOption(&c.Options, code, value)
	default:
		return false
	}
	return true
}

const code4FQDN = 81

// nameOfFQDN is the name of a client for a part of it in dhcpd's space "fqdn": the host
// name, the domain or the whole. What else is there a client does not choose freely.
func nameOfFQDN(code uint32, value []byte) ([]byte, bool) {
	const hostname, domain, whole = 6, 7, 8
	switch {
	case len(value) == 0 || bytes.IndexByte(value, 0) >= 0:
		return nil, false
	case code == hostname:
		return append(bytes.Clone(value), ".example.org"...), true
	case code == domain:
		return append([]byte("guest."), value...), true
	}
	return value, code == whole
}

// fits reports whether a value is one of the option's type. Kea knows the type
// of options that the file does not define, too.
func fits(o *option.Def, value []byte) bool {
	if code := o.Code; code == 93 || code == 57 { // numbers of two bytes
		return len(value) == 2
	}
	if o.Space == "dhcp6" && o.Code == 61 { // a list of them
		return len(value) > 0 && len(value)%2 == 0
	}
	for _, f := range o.Format.Fields {
		switch f.Kind {
		case option.Text, option.Bytes, option.Encapsulated:
			return len(value) > 0
		}
	}
	_, err := o.Format.Decode(value)
	return err == nil && len(value) > 0
}

// plausible makes up a value for an option.
func (p *planner) plausible(o *option.Def) []byte {
	if o != nil && o.Space == "dhcp" {
		switch o.Code {
		case 50, 51, 54:
			return []byte{0, 0, 2, 88}
		case code4List:
			return []byte{1, 3, 6, 15}
		case 57, 93:
			return []byte{5, 220}
		case 97:
			return append([]byte{0}, bytes.Repeat([]byte{7}, 16)...)
		}
	}
	// Options of vendors have lengths in them, and Kea drops messages in which these are wrong.
	if v := ofVendor(o); v != nil {
		return v
	}
	for _, v := range []string{"anything", "\x0a\x00\x00\x09", "\x00\x01", "\x01", "sixteen bytes of"} {
		if o == nil || fits(o, []byte(v)) {
			return []byte(v)
		}
	}
	return nil
}

// ofVendor is a well-formed value of an option that tells vendors apart by their enterprise
// numbers, or of the list of classes that is the user class; nil: it is none of these.
func ofVendor(o *option.Def) []byte {
	switch {
	case o == nil:
	case o.Space == "dhcp6" && o.Code == 15: // RFC 8415 section 21.15
		return []byte("\x00\x08anything")
	case o.Space == "dhcp6" && o.Code == 16: // section 21.16
		return []byte("\x00\x00\x00\x09\x00\x08anything")
	case o.Space == "dhcp6" && o.Code == 17: // section 21.17
		return []byte("\x00\x00\x00\x09\x00\x01\x00\x08anything")
	case o.Space == "dhcp" && o.Code == 124: // RFC 3925 section 3
		return []byte("\x00\x00\x00\x09\x09\x08anything")
	case o.Space == "dhcp" && o.Code == 125: // section 4
		return []byte("\x00\x00\x00\x09\x0a\x01\x08anything")
	}
	return nil
}

// constant returns the bytes of an identifier; nil when it is computed.
func constant(d dhcpdconf.Data) []byte {
	if d.Expr != nil {
		k, ok := model.Fold(d.Expr)
		if !ok || k.Numeric {
			return nil
		}
		return k.Data
	}
	var out []byte
	for _, f := range d.Fields {
		out = append(out, f.Value.Text...)
	}
	return out
}
