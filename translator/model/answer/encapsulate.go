package answer

import (
	"encoding/binary"
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
)

// encapsulate gives the options of a space as they stand within another
// option; ok is false when there are none.
func (e *env) encapsulate(from *options, u *universe, depth int) (data []byte, ok bool) {
	switch {
	case depth > maxNesting:
		return nil, false
	case u.name == spaceFQDN:
		return e.encapsulateFQDN(from, u)
	case u.name == spaceNWIP:
		return e.encapsulateNWIP(from, u)
	case u.name == spaceFQDN6:
		return e.encapsulateFQDN6(from)
	case from.set(u) == nil:
		return nil, false // dhcpd does not look for spaces within it
	}
	for _, v := range from.set(u).ordered() {
		if e.appendOption(&data, from, u, v, depth) {
			ok = true
		}
	}
	if e.innerSpaces(from, u, &data, depth) {
		ok = true
	}
	return data, ok
}

// innerSpaces adds the spaces whose options belong into an option of this one.
func (e *env) innerSpaces(from *options, u *universe, data *[]byte, depth int) (ok bool) {
	for _, inner := range e.run.server.order {
		c := inner.container
		if c == nil || e.run.server.universe(c.Space) != u || from.lookup(u, c.Code) != nil {
			continue
		}
		if _, whole, _ := encapsulation(c); !whole {
			continue
		}
		if content, found := e.encapsulate(from, inner, depth+1); found && len(content) > 0 {
			*data = appendTag(*data, u, c.Code, content)
			ok = true
		}
	}
	return ok
}

// appendOption adds one option of a space.
func (e *env) appendOption(data *[]byte, from *options, u *universe, v *setting, depth int) bool {
	content, ok := e.setting(v)
	if !ok {
		return false
	}
	if name, whole, holds := encapsulation(v.def); holds && !whole && name != "" {
		if inner := e.run.server.byName[strings.ToLower(name)]; inner != nil {
			more, _ := e.encapsulate(from, inner, depth+1)
			content = append(append([]byte{}, content...), more...)
		}
	}
	empty := len(v.def.Format.Fields) > 0 && v.def.Format.Fields[0].Kind == option.Empty
	if len(content) == 0 && !empty {
		return false
	}
	*data = appendTag(*data, u, v.def.Code, content)
	return true
}

func appendTag(data []byte, u *universe, code uint32, content []byte) []byte {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], code)
	data = append(data, b[4-u.space.CodeWidth:]...)
	binary.BigEndian.PutUint32(b[:], uint32(len(content)))
	if u.space.LengthWidth > 0 {
		data = append(data, b[4-u.space.LengthWidth:]...)
	}
	return append(data, content...)
}

// Parts of option 81 (RFC 4702), which dhcpd keeps as options of a space.
const (
	fqdnNoUpdate     = 1
	fqdnServerUpdate = 2
	fqdnEncoded      = 3
	fqdnRcode1       = 4
	fqdnRcode2       = 5
	fqdnHostName     = 6
	fqdnDomainName   = 7
	fqdnName         = 8
)

func (e *env) encapsulateFQDN(from *options, u *universe) ([]byte, bool) {
	set := from.set(u)
	if set == nil {
		return nil, false
	}
	var parts [fqdnName + 1][]byte
	for _, v := range set.list {
		if v.def.Code <= fqdnName {
			parts[v.def.Code], _ = e.setting(v)
		}
	}
	isSet := func(code int) bool { return len(parts[code]) > 0 && parts[code][0] != 0 }
	out := []byte{0, 0, 0}
	for code, bit := range map[int]byte{fqdnServerUpdate: 1, fqdnNoUpdate: 2, fqdnEncoded: 4} {
		if isSet(code) {
			out[0] |= bit
		}
	}
	for i, code := range []int{fqdnRcode1, fqdnRcode2} {
		if len(parts[code]) > 0 {
			out[1+i] = parts[code][0]
		}
	}
	name := parts[fqdnName]
	if !isSet(fqdnEncoded) || len(name) == 0 {
		return append(out, name...), true
	}
	wire, ok := encodeName(name)
	return append(out, wire...), ok
}

// encapsulateNWIP is the space "nwip" (RFC 2242).
func (e *env) encapsulateNWIP(from *options, u *universe) (data []byte, ok bool) {
	set := from.set(u)
	if set == nil {
		return nil, false
	}
	for _, v := range set.list {
		if e.appendOption(&data, from, u, v, 0) {
			ok = true
		}
	}
	if !ok {
		// This is how dhcpd says that there is nothing here.
		return appendTag(nil, u, 1, []byte{1, 0}), true
	}
	// dhcpd puts the option that has to come first before them, and forgets to
	// say how long that is: nothing is sent.
	return nil, true
}

// parseFQDN reads option 81 as dhcpd does.
func (u *universes) parseFQDN(into *options, data []byte) bool {
	if len(data) < 3 {
		return false
	}
	save := func(code uint32, content ...byte) {
		into.save(u.fqdn, bytesOf(u.def(u.fqdn, code), append([]byte{}, content...)))
	}
	bit := func(b byte) byte {
		if data[0]&b != 0 {
			return 1
		}
		return 0
	}
	save(fqdnEncoded, bit(4))
	if bit(4) == 0 {
		name := data[3:]
		if len(name) > 0 && name[len(name)-1] == 0 {
			name = name[:len(name)-1]
		}
		first, rest, _ := strings.Cut(string(name), ".")
		if first != "" {
			save(fqdnHostName, []byte(first)...)
		}
		if rest != "" {
			save(fqdnDomainName, []byte(rest)...)
		}
		if len(name) > 0 {
			save(fqdnName, name...)
		}
	} else if !u.saveLabels(data[3:], save) {
		return false
	}
	save(fqdnNoUpdate, bit(2))
	save(fqdnServerUpdate, bit(1))
	save(fqdnRcode1, data[1])
	save(fqdnRcode2, data[2])
	return true
}

func (u *universes) saveLabels(wire []byte, save func(code uint32, content ...byte)) bool {
	var labels []string
	ended := false
	for len(wire) > 0 {
		n := int(wire[0])
		if n == 0 {
			ended = true
			break
		}
		if n > 63 || n >= len(wire) {
			return false
		}
		labels = append(labels, string(wire[1:1+n]))
		wire = wire[1+n:]
	}
	name := strings.Join(labels, ".")
	first := name
	if ended && len(labels) > 0 {
		first = labels[0]
	}
	if first != "" {
		save(fqdnHostName, []byte(first)...)
	}
	if first != name {
		save(fqdnDomainName, []byte(name[len(first):])...)
	}
	if name != "" {
		save(fqdnName, []byte(name)...)
	}
	return true
}

// encapsulateFQDN6 is option 39 of DHCPv6 (RFC 4704).
func (e *env) encapsulateFQDN6(from *options) ([]byte, bool) {
	set := from.set(e.run.server.fqdn)
	if set == nil {
		return nil, false
	}
	var parts [fqdnName + 1][]byte
	for _, v := range set.list {
		if v.def.Code <= fqdnName {
			parts[v.def.Code], _ = e.setting(v)
		}
	}
	out := []byte{0}
	if p := parts[fqdnNoUpdate]; len(p) > 0 && p[0] != 0 {
		out[0] |= 2
	}
	if p := parts[fqdnServerUpdate]; len(p) > 0 && p[0] != 0 {
		out[0] |= 1
	}
	if len(parts[fqdnName]) == 0 {
		return out, true
	}
	name, ok := encodeName(parts[fqdnName])
	return append(out, name...), ok
}

// encodeName writes a name in labels; the root stands behind it where the text
// ends with a dot.
func encodeName(name []byte) (out []byte, ok bool) {
	for _, label := range strings.Split(strings.TrimSuffix(string(name), "."), ".") {
		if label == "" || len(label) > 63 {
			return nil, false
		}
		out = append(append(out, byte(len(label))), label...)
	}
	if name[len(name)-1] == '.' {
		out = append(out, 0)
	}
	return out, true
}

// parseFQDN6 reads option 39 of DHCPv6.
func (u *universes) parseFQDN6(into *options, data []byte) bool {
	if len(data) < 1 {
		return false
	}
	save := func(code uint32, content ...byte) {
		into.save(u.fqdn, bytesOf(u.def(u.fqdn, code), append([]byte{}, content...)))
	}
	save(fqdnEncoded, 1)
	save(fqdnServerUpdate, data[0]&1)
	save(fqdnNoUpdate, data[0]&2>>1)
	var labels []string
	for wire := data[1:]; len(wire) > 0 && wire[0] != 0; {
		n := int(wire[0])
		if n > 63 || n >= len(wire) {
			return false
		}
		labels = append(labels, string(wire[1:1+n]))
		wire = wire[1+n:]
	}
	if len(labels) == 0 {
		return true
	}
	name := strings.Join(labels, ".")
	save(fqdnName, []byte(name)...)
	save(fqdnHostName, []byte(labels[0])...)
	if len(labels) > 1 {
		save(fqdnDomainName, []byte(name[len(labels[0]):])...)
	}
	return true
}
