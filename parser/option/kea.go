package option

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// KeaDef is an option definition of Kea: one of its standard ones or one that
// the configuration makes with "option-def" (Kea manual, "Custom DHCPv4
// Options", "DHCP Vendor-Specific Options").
type KeaDef struct {
	Family      Family
	Space       string // "dhcp4", "dhcp6", "dhcp-agent-options-space", "vendor-4491", ...
	Code        uint32
	Name        string
	Type        string   // "uint8", "ipv4-address", "fqdn", "record", ...; "": Kea has no definition, only hexadecimal data
	RecordTypes []string // Type "record": the types of the fields
	Array       bool     // the value, or the last field of the record, repeats
	Encapsulate string   // the option space of the suboptions
	In          keaversion.Range
	Redefinable bool // the configuration may define the code anew
}

// TypeString writes the type in one word: "ipv4-address[]",
// "record(uint8,psid)", "empty>vendor-encapsulated-options-space".
func (d KeaDef) TypeString() string {
	s := d.Type
	if s == "record" {
		s += "(" + strings.Join(d.RecordTypes, ",") + ")"
	}
	if d.Array {
		s += "[]"
	}
	if d.Encapsulate != "" {
		s += ">" + d.Encapsulate
	}
	return s
}

// keaRow is one of Kea's standard definitions; typ is what
// [KeaDef.TypeString] gives.
type keaRow struct {
	code  uint32
	name  string
	typ   string
	since keaversion.Version
}

func (r keaRow) def(f Family, space string) KeaDef {
	d := KeaDef{Family: f, Space: space, Code: r.code, Name: r.name, In: keaversion.Range{Since: r.since}}
	typ, encapsulate, _ := strings.Cut(r.typ, ">")
	d.Encapsulate = encapsulate
	typ, d.Array = strings.CutSuffix(typ, "[]")
	if fields, ok := strings.CutPrefix(typ, "record("); ok {
		typ = "record"
		d.RecordTypes = strings.Split(strings.TrimSuffix(fields, ")"), ",")
	}
	d.Type = typ
	// Kea reads the content of option 43 late and takes its own definition only
	// when the configuration has none; vendor spaces are the vendors' business.
	d.Redefinable = f == V4 && space == "dhcp4" && r.code == 43 || strings.HasPrefix(space, "vendor-")
	return d
}

type keaSpaceKey struct {
	family Family
	space  string
}

// keaDefs gives Kea's standard definitions by space, in the order of the codes.
// The result is shared and never changes. They were measured on 2.2.0, 2.6.3 and
// 3.0.4; those of 3.2 are taken to be those of 3.0, for want of a binary.
var keaDefs = sync.OnceValue(func() map[keaSpaceKey][]KeaDef {
	defs := map[keaSpaceKey][]KeaDef{}
	for _, s := range []struct {
		family Family
		space  string
		rows   []keaRow
	}{
		{V4, "dhcp4", kea4Options},
		{V4, "dhcp-agent-options-space", keaAgentOptions},
		{V4, "cablelabs-client-conf", keaCableLabsOptions},
		{V4, "vendor-4491", keaDocsis4Options},
		{V6, "dhcp6", kea6Options},
		{V6, "vendor-4491", keaDocsis6Options},
		{V6, "vendor-2495", keaISC6Options},
		{V6, "s46-cont-mape-options", keaMapEOptions},
		{V6, "s46-cont-mapt-options", keaMapTOptions},
		{V6, "s46-cont-lw-options", keaLightweightOptions},
		{V6, "s46-rule-options", keaMapRuleOptions},
		{V6, "s46-v4v6bind-options", keaBindOptions},
		{V6, "v6-ntp-server-suboptions", keaNTPOptions},
	} {
		list := make([]KeaDef, len(s.rows))
		for i, r := range s.rows {
			list[i] = r.def(s.family, s.space)
		}
		slices.SortFunc(list, func(a, b KeaDef) int { return int(a.Code) - int(b.Code) })
		defs[keaSpaceKey{s.family, s.space}] = list
	}
	return defs
})

// KeaLookup finds Kea's standard definition of a code. The definition belongs
// to the table and its slices must not be changed.
func KeaLookup(f Family, space string, code uint32, v keaversion.Version) (KeaDef, bool) {
	list := keaDefs()[keaSpaceKey{f, space}]
	// Not with package slices, which would copy each definition that it looks at.
	i := sort.Search(len(list), func(i int) bool { return list[i].Code >= code })
	if i == len(list) || list[i].Code != code || !list[i].In.Has(v) {
		return KeaDef{}, false
	}
	return list[i], true
}

// KeaByName finds Kea's standard definition by name. Kea compares names with
// regard to case.
func KeaByName(f Family, space, name string, v keaversion.Version) (KeaDef, bool) {
	for _, d := range keaDefs()[keaSpaceKey{f, space}] {
		if d.Name == name && d.In.Has(v) {
			return d, true
		}
	}
	return KeaDef{}, false
}

// KeaDefs lists Kea's standard definitions of a space in the order of their
// codes.
func KeaDefs(f Family, space string, v keaversion.Version) []KeaDef {
	var in []KeaDef
	for _, d := range keaDefs()[keaSpaceKey{f, space}] {
		if d.In.Has(v) {
			in = append(in, d)
		}
	}
	return in
}

// KeaSpaces lists Kea's own option spaces of a protocol, sorted.
func KeaSpaces(f Family) []string {
	var names []string
	for k := range keaDefs() {
		if k.family == f {
			names = append(names, k.space)
		}
	}
	slices.Sort(names)
	return names
}

// KeaType gives the definition that Kea needs for an option of dhcpd's format:
// the four values of "option-def". An array of records of different types is not
// possible in Kea, which repeats only the last field, nor is an optional field, nor a list of
// addresses of the other protocol, which Kea sends wrongly; then ok is false
// and the option needs the type "binary" with hexadecimal data. The space of an
// encapsulation is dhcpd's name: see [KeaSpace].
func KeaType(family Family, f Format) (typ string, recordTypes []string, array bool, encapsulate string, ok bool) {
	binary := func() (string, []string, bool, string, bool) { return "binary", nil, false, "", false }
	if len(f.Fields) == 0 {
		return "empty", nil, false, "", true
	}
	types := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		if field.Optional {
			return binary()
		}
		types[i] = keaTypeOf(field)
		if types[i] == "" {
			return binary()
		}
	}
	last := f.Fields[len(f.Fields)-1]
	array = f.Repeat != Once
	if last.Kind == DomainList || last.Kind == CompressedDomainList {
		array = true
	}
	if len(types) == 1 {
		if last.Kind == Encapsulated {
			return "empty", nil, false, last.Space, true
		}
		if array && (last.Kind == Bytes || last.Kind == Empty || foreignList(family, types[0])) {
			return binary()
		}
		return types[0], nil, array, "", true
	}
	if f.Repeat == RepeatWhole {
		// Records of one type all over are a list of it on the wire.
		alike := slices.Equal(types, slices.Repeat(types[:1], len(types)))
		if alike && fixedSizes[types[0]] > 0 && !foreignList(family, types[0]) {
			return types[0], nil, true, "", true
		}
		return binary()
	}
	for i, field := range f.Fields {
		switch field.Kind {
		case Encapsulated, Empty:
			return binary()
		case Text, Bytes, DomainList, CompressedDomainList:
			// Kea allows these only at the end of a record.
			if i < len(types)-1 || f.Repeat != Once && !array {
				return binary()
			}
		}
	}
	return "record", types, array, "", true
}

// foreignList reports whether Kea has a list of the type that is made for the
// other protocol: it writes the option's header as that one does, in every
// version that was measured.
func foreignList(f Family, typ string) bool {
	return f == V4 && typ == "ipv6-address" || f == V6 && typ == "ipv4-address"
}

func keaTypeOf(f Field) string {
	switch f.Kind {
	case Bool:
		return "boolean"
	case Uint8:
		return "uint8"
	case Int8:
		return "int8"
	case Uint16:
		return "uint16"
	case Int16:
		return "int16"
	case Uint32, Lifetime:
		return "uint32"
	case Int32:
		return "int32"
	case IPv4:
		return "ipv4-address"
	case IPv6:
		return "ipv6-address"
	case Text:
		return "string"
	case Bytes:
		return "binary"
	case DomainName, DomainList, CompressedDomainList:
		return "fqdn"
	case Empty, Encapsulated:
		return "empty"
	case Enum:
		switch f.width() {
		case 1:
			return "uint8"
		case 2:
			return "uint16"
		}
	}
	return ""
}

// KeaSpace names Kea's option space for one of dhcpd's: "dhcp" is "dhcp4",
// "agent" is "dhcp-agent-options-space". The error says that Kea has no such
// space: the server parameters and the parts of options that dhcpd treats as
// suboptions. A space of the file keeps its name as far as Kea allows: letters,
// digits, hyphens and underscores, with no hyphen or underscore at the ends.
func KeaSpace(space string) (string, error) {
	space = strings.ToLower(space)
	switch space {
	case "", "dhcp":
		return "dhcp4", nil
	case "dhcp6":
		return "dhcp6", nil
	case "agent":
		return "dhcp-agent-options-space", nil
	case "server", "fqdn", "nwip", "vendor", "vendor-class", "vsio":
		return "", fmt.Errorf("there is no counterpart in Kea of the option space %s", space)
	case "isc6":
		return "vendor-2495", nil
	}
	name := keaIdentifier(space)
	if isKeaSpace(name) {
		name = "isc-" + name
	}
	return name, nil
}

func isKeaSpace(name string) bool {
	for k := range keaDefs() {
		if k.space == name {
			return true
		}
	}
	return name == "vendor-encapsulated-options-space" || name == "rsoo-opts" || strings.HasPrefix(name, "vendor-")
}

// KeaName gives the name of an option in Kea: its own name for a code that it
// knows, dhcpd's otherwise, changed so that Kea takes it in "option-def", where
// the names of its standard options are not allowed.
func KeaName(d *Def, f Family, v keaversion.Version) string {
	space, err := KeaSpace(d.Space)
	if err != nil {
		return keaIdentifier(d.Name)
	}
	if k, ok := KeaLookup(f, space, d.Code, v); ok {
		return k.Name
	}
	name := keaIdentifier(d.Name)
	if _, taken := KeaByName(f, space, name, v); taken {
		name = "isc-" + name
	}
	return name
}

// keaIdentifier keeps what Kea allows in the name of an option or a space.
func keaIdentifier(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, name)
	name = strings.Trim(name, "-_")
	if name == "" {
		return "option"
	}
	return name
}
