package answer

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// universes are the option spaces of a configuration.
type universes struct {
	table       *option.Table
	byName      map[string]*universe
	order       []*universe // in dhcpd's order: its own first, then those of the file
	dhcp, dhcp6 *universe
	serverSpace *universe
	agent, fqdn *universe
	vsio        *universe
}

// ownSpaces are dhcpd's own spaces, in its order.
var ownSpaces = []string{
	spaceDHCP, spaceNWIP, spaceFQDN, "vendor-class", "vendor", spaceISC, spaceDHCP6, spaceVSIO, "isc6", spaceAgent, spaceServer,
}

func (u *universes) collect(file *dhcpdconf.File) {
	u.table = file.Options
	u.byName = map[string]*universe{}
	add := func(name string) {
		key := strings.ToLower(name)
		if u.byName[key] != nil {
			return
		}
		space, ok := u.table.Space(name)
		if !ok {
			return
		}
		linked := slices.Contains([]string{spaceNWIP, spaceFQDN, spaceISC, spaceAgent}, key)
		v := &universe{name: space.Name, space: *space, linked: linked}
		u.byName[key] = v
		u.order = append(u.order, v)
	}
	for _, name := range ownSpaces {
		add(name)
	}
	for st := range dhcpdconf.Preorder(file) {
		if s, ok := st.(*dhcpdconf.OptionSpace); ok {
			add(s.Name.Text)
		}
	}
	for _, name := range u.table.Spaces() {
		add(name)
	}
	// The table has no such space: nothing can be written in it.
	u.byName[spaceFQDN6] = &universe{name: spaceFQDN6, linked: true}
	u.findContainers(file)
	u.dhcp, u.dhcp6 = u.byName[spaceDHCP], u.byName[spaceDHCP6]
	u.serverSpace, u.agent, u.fqdn, u.vsio = u.byName[spaceServer], u.byName[spaceAgent], u.byName[spaceFQDN], u.byName[spaceVSIO]
}

// findContainers finds the option that holds each space: the last one that is
// defined to.
func (u *universes) findContainers(file *dhcpdconf.File) {
	holds := func(d *option.Def) {
		if name, ok := d.Encapsulates(); ok && name != "" {
			if inner := u.byName[strings.ToLower(name)]; inner != nil {
				inner.container = d
			}
		}
	}
	for _, outer := range u.order {
		for _, name := range u.table.Names(outer.name) {
			if d, ok := u.table.Lookup(outer.name, name); ok && d.Standard {
				holds(d)
			}
		}
	}
	for st := range dhcpdconf.Preorder(file) {
		if s, ok := st.(*dhcpdconf.OptionDefine); ok && s.Def != nil {
			holds(s.Def)
		}
	}
}

func (u *universes) universe(name string) *universe {
	if v := u.byName[name]; v != nil {
		return v
	}
	if name == "" {
		return u.dhcp
	}
	return u.byName[strings.ToLower(name)]
}

// def returns the definition of an option; one for bytes where there is none.
func (u *universes) def(space *universe, code uint32) *option.Def {
	if d, ok := u.table.ByCode(space.name, code); ok {
		return d
	}
	return &option.Def{Space: space.name, Code: code, Format: option.Format{Fields: []option.Field{{Kind: option.Bytes}}}}
}

func compressed(d *option.Def) bool {
	return len(d.Format.Fields) > 0 && d.Format.Fields[0].Kind == option.CompressedDomainList
}

// hasText reports whether dhcpd takes an option for text: it strips NUL from
// the end of what clients send, and gives it back to those who send it.
func hasText(d *option.Def) bool {
	if d.Format.Repeat != option.Once {
		return false
	}
	for _, f := range d.Format.Fields {
		switch f.Kind {
		case option.Text, option.KeyName:
			return true
		case option.Bytes, option.DomainName, option.DomainList, option.CompressedDomainList:
			return false
		}
	}
	return false
}

// encapsulation returns the space that an option holds and whether it holds
// nothing but the space. An option without a name for it holds the space that
// vendor-option-space chooses.
func encapsulation(d *option.Def) (space string, whole, ok bool) {
	space, ok = d.Encapsulates()
	return space, ok && len(d.Format.Fields) == 1, ok
}

// parse reads the bytes of options into a set, as dhcpd reads a message. It
// stops at what is cut off and reports false.
func (u *universes) parse(into *options, space *universe, data []byte) bool {
	return u.parseTo(into, space, data, 0)
}

// maxNesting bounds options within options.
const maxNesting = 16

func (u *universes) parseTo(into *options, space *universe, data []byte, depth int) bool {
	switch {
	case space == u.fqdn:
		return u.parseFQDN(into, data)
	case space.name == spaceFQDN6:
		return u.parseFQDN6(into, data)
	}
	width, lengthWidth := space.space.CodeWidth, space.space.LengthWidth
	end := int64(-1)
	if space == u.dhcp {
		end = 255
	} else if width == 1 {
		end = 0
	}
	for len(data) >= width {
		code := uint32(bigEndian(data[:width]))
		if int64(code) == end {
			break
		}
		data = data[width:]
		if code == 0 {
			continue
		}
		if len(data) < lengthWidth {
			return false
		}
		n := int(bigEndian(data[:lengthWidth]))
		data = data[lengthWidth:]
		if n > len(data) {
			return false
		}
		content := data[:n:n]
		data = data[n:]
		def := u.def(space, code)
		if name, whole, ok := encapsulation(def); ok && name != "" && depth < maxNesting {
			inner := content
			if !whole {
				inner = nil // dhcpd takes what stands before for options; nobody can use it
			}
			if v := u.byName[strings.ToLower(name)]; v != nil && inner != nil {
				u.parseTo(into, v, inner, depth+1)
			}
		}
		if space == u.dhcp && code == codeHostName && n == 0 {
			continue
		}
		u.keep(into, space, def, content)
	}
	return true
}

// keep adds an option of a message to those before it.
func (u *universes) keep(into *options, space *universe, def *option.Def, content []byte) {
	old := into.lookup(space, def.Code)
	v := bytesOf(def, content)
	switch {
	case old == nil:
		if hasText(def) {
			least := 0
			if def.Format.Fields[0].Kind == option.Bool {
				least = 1
			}
			for len(v.data) > least && v.data[len(v.data)-1] == 0 {
				v.data, v.nulls = v.data[:len(v.data)-1], true
			}
		}
		into.save(space, v)
	case space == u.dhcp:
		joined := bytesOf(def, append(append([]byte{}, old.data...), content...))
		joined.nulls = old.nulls
		into.save(space, joined)
	default:
		last := old
		for last.next != nil {
			last = last.next
		}
		last.next = v
	}
}
