package server

import (
	"encoding/binary"
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
)

const (
	optVendorClassID = 124 // RFC 3925: several enterprises say which class
	optVendorOptions = 125 // RFC 3925: several enterprises say more

	// cableLabs is the enterprise whose clients list in a sub-option of 125 which
	// others they want (CL-SP-CANN-DHCP-Reg).
	cableLabs    = 4491
	cableLabsORO = 1
)

// vendorOptions puts the options of enterprises into option 125: those of the
// enterprises that the client speaks of, or that the answer has already; of their
// options those that are always sent, and that the client asks for in the way of
// CableLabs.
func (s *Server4) vendorOptions(x *exchange) {
	has := false
	for _, sc := range x.scopes {
		has = has || len(sc.options.Vendors) > 0
	}
	if !has {
		return
	}
	content := slices.Clone(x.options[optVendorOptions].data)
	var enterprises []uint32
	for _, e := range enterprisesOf(content) {
		enterprises = append(enterprises, e.number)
	}
	for _, code := range []uint8{optVendorOptions, optVendorClassID} {
		data, _ := x.message.Option(code)
		for _, e := range enterprisesOf(data) {
			enterprises = append(enterprises, e.number)
		}
	}
	slices.Sort(enterprises)
	for _, number := range slices.Compact(enterprises) {
		content = s.vendor(x, number, content)
	}
	if len(content) > 0 {
		x.set(optVendorOptions, content)
	}
}

// fillEnterprises puts an option into the answer that there can be one of for each
// enterprise: for each from the first scope that has it.
func (s *Server4) fillEnterprises(x *exchange, code uint8) {
	var content []byte
	var said []uint32
	for _, sc := range x.scopes {
		for o := range sc.options.Each(code, x.query.Classes.HasAny) {
			if len(o.Data) < 4 {
				continue
			}
			number := binary.BigEndian.Uint32(o.Data)
			if slices.Contains(said, number) {
				continue
			}
			said = append(said, number)
			content = append(slices.Clip(content), o.Data...)
			s.sourceIn(code, sc)
		}
	}
	if content != nil {
		x.set(code, content)
	}
}

// appendEnterprises writes an option that there is one of for each enterprise.
func appendEnterprises(dst []byte, code uint8, content []byte) []byte {
	list := enterprisesOf(content)
	length := 0
	for _, e := range list {
		length += 5 + len(e.content)
	}
	if length != len(content) {
		return packet.AppendOption(dst, code, content)
	}
	for _, e := range list {
		dst = packet.AppendOption(dst, code, appendEnterprise(nil, e))
	}
	return dst
}

// enterprise is a part of option 124 or 125.
type enterprise struct {
	number  uint32
	content []byte
}

func enterprisesOf(data []byte) (out []enterprise) {
	for len(data) >= 5 && len(data) >= 5+int(data[4]) {
		end := 5 + int(data[4])
		out = append(out, enterprise{binary.BigEndian.Uint32(data), data[5:end:end]})
		data = data[end:]
	}
	return out
}

// vendor adds the options of one enterprise to the content of option 125.
func (s *Server4) vendor(x *exchange, number uint32, content []byte) []byte {
	var wanted, never []uint8
	if number == cableLabs {
		data, _ := x.message.Option(optVendorOptions)
		for _, e := range enterprisesOf(data) {
			if e.number == cableLabs {
				oro, _ := packet.Suboption(e.content, cableLabsORO)
				wanted = append(wanted, oro...)
			}
		}
	}
	for _, sc := range x.scopes {
		for _, o := range sc.options.Vendors[number] {
			if o.Always {
				wanted = append(wanted, o.Code)
			}
			if o.Never {
				never = append(never, o.Code)
			}
		}
	}
	slices.Sort(wanted)
	var inside []byte
	for _, code := range slices.Compact(wanted) {
		if slices.Contains(never, code) {
			continue
		}
		if o := s.vendorOption(x, number, code); o != nil && len(inside)+2+len(o.Data) <= 255 {
			inside = append(append(inside, code, byte(len(o.Data))), o.Data...)
		}
	}
	if len(inside) == 0 {
		return content
	}
	var out []byte
	done := false
	for _, e := range enterprisesOf(content) {
		if e.number == number && !done && len(e.content)+len(inside) <= 255 {
			e.content = append(slices.Clone(e.content), inside...)
			done = true
		}
		out = appendEnterprise(out, e)
	}
	if !done {
		out = appendEnterprise(out, enterprise{number, inside})
	}
	return out
}

func appendEnterprise(dst []byte, e enterprise) []byte {
	dst = binary.BigEndian.AppendUint32(dst, e.number)
	return append(append(dst, byte(len(e.content))), e.content...)
}

// vendorOption returns an option of an enterprise, from the first scope that has
// it for the client.
func (s *Server4) vendorOption(x *exchange, number uint32, code uint8) *config.Option {
	for _, sc := range x.scopes {
		list := sc.options.Vendors[number]
		for i := range list {
			if list[i].Code == code && x.inAny(list[i].Classes) {
				return &list[i]
			}
		}
	}
	return nil
}
