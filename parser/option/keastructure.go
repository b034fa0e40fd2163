package option

import (
	"encoding/binary"
	"errors"
	"fmt"
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
