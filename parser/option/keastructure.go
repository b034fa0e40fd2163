package option

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// checkInner reports why Kea refuses bytes that fit the definition: a few
// options have a structure that their definition does not show. The definition
// of option 124 and that of option 16 of DHCPv6 end with "binary", but Kea
// reads tuples there (RFC 3925 section 3, RFC 8415 section 21.16); the flags of
// the options for the client's name exclude each other (RFC 4702 section 2.1,
// RFC 4704 section 4.1).
func (d KeaDef) checkInner(wire []byte) error {
	switch {
	case d.Array && foreignList(d.Family, d.Type):
		return fmt.Errorf("a list of the type %s is sent wrongly by Kea in DHCPv%d: define the option as binary", d.Type, d.Family)
	case d.isVendorOptions4():
		return checkVendorClass4(wire)
	case d.isVendorOptions():
		return checkVendorClass6(wire, 2)
	case d.Family == V4 && d.Space == "dhcp4" && d.Code == 124:
		return checkVendorClass4(wire)
	case d.Family == V6 && d.Space == "dhcp6" && d.Code == 16:
		return checkVendorClass6(wire, 0)
	case d.Family == V4 && d.Space == "dhcp4" && d.Code == 81:
		if len(wire) > 0 && wire[0]&0x09 == 0x09 {
			return errors.New("the flags N and S of the client's name exclude each other")
		}
	case d.Family == V6 && d.Space == "dhcp6" && d.Code == 39:
		if len(wire) > 0 && wire[0]&0x05 == 0x05 {
			return errors.New("the flags N and S of the client's name exclude each other")
		}
	}
	return nil
}

// isVendorOptions4 reports whether the option is option 125, RFC 3925 section 4:
// its type is the enterprise number, after which Kea always writes the length of
// the suboptions.
func (d KeaDef) isVendorOptions4() bool {
	return d.Family == V4 && d.Space == "dhcp4" && d.Code == 125
}

// isVendorOptions reports whether the option is option 125 or its counterpart
// in DHCPv6, option 17, whose type is the enterprise number alone.
func (d KeaDef) isVendorOptions() bool {
	return d.isVendorOptions4() || d.Family == V6 && d.Space == "dhcp6" && d.Code == 17
}

// tupleHead is the number of bytes of a tuple's length: two in DHCPv6 and in
// option 143 (RFC 8572 section 8), one in DHCPv4 otherwise.
func (d KeaDef) tupleHead() int {
	if d.Family == V6 || d.Space == "dhcp4" && d.Code == 143 {
		return 2
	}
	return 1
}

// checkVendorClass4 wants an enterprise number and text with one byte of length
// before it, again and again with the same number: Kea keeps only one.
func checkVendorClass4(wire []byte) error {
	first := wire
	for len(wire) > 0 {
		if len(wire) < 5 || len(wire) < 5+int(wire[4]) {
			return errors.New("the data are cut short: each part is an enterprise number of 4 bytes, a length of 1 byte and so many bytes")
		}
		if string(wire[:4]) != string(first[:4]) {
			return errors.New("the parts are of different enterprises, of which Kea sends only the first")
		}
		wire = wire[5+int(wire[4]):]
	}
	return nil
}

// checkVendorClass6 wants an enterprise number and then, again and again, a code
// of so many bytes, two bytes of length and so many bytes.
func checkVendorClass6(wire []byte, code int) error {
	if len(wire) < 4 {
		return errors.New("an enterprise number of 4 bytes must come first")
	}
	for wire = wire[4:]; len(wire) > 0; {
		if len(wire) < code+2 || len(wire) < code+2+int(binary.BigEndian.Uint16(wire[code:])) {
			return fmt.Errorf("what follows the enterprise number is cut short: each part is %d bytes and as many as they say", code+2)
		}
		wire = wire[code+2+int(binary.BigEndian.Uint16(wire[code:])):]
	}
	return nil
}

// maxDepth limits how deep options are nested in options.
const maxDepth = 8

// checkEncapsulated reports why Kea would send other bytes than these for an
// option that holds options: it reads them, by the definitions of the space if
// there are any, keeps one of each code, and writes them anew in the order of
// their codes without padding and end. What it cannot read it leaves out without
// a word. depth counts the options around this one.
func (d KeaDef) checkEncapsulated(wire []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("options are nested more than %d deep", maxDepth)
	}
	if len(wire) == 0 {
		return nil
	}
	if d.Encapsulate == "" {
		return errors.New("it holds no data in Kea")
	}
	space := &Space{Name: d.Encapsulate, CodeWidth: 1, LengthWidth: 1}
	if d.Family == V6 {
		space.CodeWidth, space.LengthWidth = 2, 2
	}
	options, err := space.Unpack(wire)
	if err != nil {
		return fmt.Errorf("%w: Kea would leave that out", err)
	}
	if again, err := space.Pack(options); err != nil || string(again) != string(wire) {
		return errors.New("padding or an end mark is among the suboptions, which Kea would leave out")
	}
	for i, o := range options {
		if i > 0 && o.Code <= options[i-1].Code {
			return fmt.Errorf("suboption %d comes after %d: Kea sends each code once, in ascending order", o.Code, options[i-1].Code)
		}
		// Definitions are only ever added: the newest version has them all.
		sub, ok := KeaLookup(d.Family, d.Encapsulate, o.Code, keaversion.V3_2)
		if !ok {
			continue
		}
		if _, _, err := sub.formatData(o.Data, depth+1); err != nil {
			return fmt.Errorf("suboption %d: %w", o.Code, err)
		}
	}
	return nil
}
