package option

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Decode reads the bytes of an option into the values that [Format.Encode]
// turns into them. Kinds that run to the end of the option (text, bytes, domain
// lists, encapsulated options) take all that is left. Data that are shorter or
// longer than the format are an error.
func (f Format) Decode(wire []byte) ([]Value, error) {
	d := decoder{wire: wire}
	n := len(f.Fields)
	for i, field := range f.Fields {
		if err := d.field(field); err != nil {
			return nil, fmt.Errorf("field %d: %w", i+1, err)
		}
	}
	first := n
	switch f.Repeat {
	case RepeatLast:
		first = n - 1
	case RepeatWhole:
		first = 0
	}
	for first < n && d.at < len(wire) {
		before := d.at
		for _, field := range f.Fields[first:] {
			if err := d.field(field); err != nil {
				return nil, err
			}
		}
		if d.at == before {
			break
		}
	}
	if d.at < len(wire) {
		return nil, fmt.Errorf("%d of %d bytes are left over after the format %s", len(wire)-d.at, len(wire), f)
	}
	return d.vals, nil
}

type decoder struct {
	wire []byte
	at   int
	vals []Value
}

func (d *decoder) field(f Field) error {
	rest := len(d.wire) - d.at
	if f.Optional && rest == 0 {
		return nil
	}
	v := Value{Kind: f.Kind}
	switch {
	case f.Kind == Empty:
		return nil
	case f.Kind.isText():
		v.Text = string(d.wire[d.at:])
		d.at = len(d.wire)
	case f.Kind == DomainName:
		labels, next, err := readName(d.wire, d.at, false)
		if err != nil {
			return err
		}
		v.Text, d.at = nameText(labels), next
	case f.Kind == DomainList || f.Kind == CompressedDomainList:
		return d.domainList(f.Kind)
	default:
		width := f.width()
		if width == 0 {
			return fmt.Errorf("a field of the kind %s %s cannot be read", f.Kind, f.Space)
		}
		if rest < width {
			return fmt.Errorf("a %s takes %d bytes, %d are left", f.Kind, width, rest)
		}
		data := d.wire[d.at : d.at+width]
		d.at += width
		if f.Kind == IPv4 || f.Kind == IPv6 {
			v.Addr, _ = netip.AddrFromSlice(data)
			break
		}
		v.Num = number(f.Kind, data)
		if f.Kind == Bool && v.Num > 2 {
			return fmt.Errorf("%d is no flag: it must be 0, 1 or 2", v.Num)
		}
	}
	d.vals = append(d.vals, v)
	return nil
}

// domainList reads names up to the end of the data. Pointers count from the
// start of the list.
func (d *decoder) domainList(k Kind) error {
	list := d.wire[d.at:]
	at := 0
	for {
		labels, next, err := readName(list, at, k == CompressedDomainList)
		if err != nil {
			return err
		}
		d.vals = append(d.vals, Value{Kind: k, Text: nameText(labels)})
		at = next
		if at == len(list) {
			d.at = len(d.wire)
			return nil
		}
	}
}

// number reads an integer in network byte order.
func number(k Kind, data []byte) int64 {
	var n int64
	switch len(data) {
	case 1:
		n = int64(data[0])
	case 2:
		n = int64(binary.BigEndian.Uint16(data))
	case 4:
		n = int64(binary.BigEndian.Uint32(data))
	}
	switch k {
	case Int8:
		return int64(int8(n))
	case Int16:
		return int64(int16(n))
	case Int32:
		return int64(int32(n))
	}
	return n
}
