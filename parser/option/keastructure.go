package option

import (
	"encoding/binary"
	"errors"
)

// checkInner reports why Kea refuses bytes that fit the definition: a few
// options have a structure that their definition does not show. The definition
// of option 124 and that of option 16 of DHCPv6 end with "binary", but Kea
// reads tuples there (RFC 3925 section 3, RFC 8415 section 21.16); the flags of
// the options for the client's name exclude each other (RFC 4702 section 2.1,
// RFC 4704 section 4.1).
func (d KeaDef) checkInner(wire []byte) error {
	switch {
	case d.Family == V4 && d.Space == "dhcp4" && d.Code == 124:
		return checkVendorClass4(wire)
	case d.Family == V6 && d.Space == "dhcp6" && d.Code == 16:
		return checkVendorClass6(wire)
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

// checkVendorClass4 wants an enterprise number and text with one byte of length
// before it, again and again with the same number: Kea keeps only one.
func checkVendorClass4(wire []byte) error {
	first := wire
	for len(wire) > 0 {
		if len(wire) < 5 || len(wire) < 5+int(wire[4]) {
			return errors.New("a vendor class is cut short: each is an enterprise number of 4 bytes, a length of 1 byte and so many bytes")
		}
		if string(wire[:4]) != string(first[:4]) {
			return errors.New("the vendor classes are of different enterprises, of which Kea sends only the first")
		}
		wire = wire[5+int(wire[4]):]
	}
	return nil
}

// checkVendorClass6 wants an enterprise number and texts with two bytes of
// length before each.
func checkVendorClass6(wire []byte) error {
	if len(wire) < 4 {
		return errors.New("a vendor class starts with an enterprise number of 4 bytes")
	}
	for wire = wire[4:]; len(wire) > 0; {
		if len(wire) < 2 || len(wire) < 2+int(binary.BigEndian.Uint16(wire)) {
			return errors.New("a vendor class is cut short: each is a length of 2 bytes and so many bytes")
		}
		wire = wire[2+int(binary.BigEndian.Uint16(wire)):]
	}
	return nil
}
