package keaconf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/parser/suggest"
)

// optionTable holds the definitions of a configuration beside Kea's own.
type optionTable struct {
	family  option.Family
	version keaversion.Version
	space   string // of the packet: dhcp4 or dhcp6
	codes   map[optionKey]option.KeaDef
	names   map[optionName]option.KeaDef
	class   map[optionKey]option.KeaDef // of the class being checked
}

type optionKey struct {
	space string
	code  uint32
}

type optionName struct{ space, name string }

func newOptionTable(f option.Family, v keaversion.Version) *optionTable {
	return &optionTable{
		family: f, version: v, space: "dhcp" + strconv.Itoa(int(f)),
		codes: map[optionKey]option.KeaDef{}, names: map[optionName]option.KeaDef{},
	}
}

// vendorSpace returns the name under which the table has a space that Kea knows
// by two.
func vendorSpace(space string) string {
	if space == "docsis3-v4" || space == "docsis3-v6" {
		return "vendor-4491"
	}
	return space
}

func (t *optionTable) byCode(space string, code uint32) (option.KeaDef, bool) {
	if d, ok := t.class[optionKey{space, code}]; ok {
		return d, true
	}
	if d, ok := t.codes[optionKey{space, code}]; ok {
		return d, true
	}
	return option.KeaLookup(t.family, vendorSpace(space), code, t.version)
}

func (t *optionTable) byName(space, name string) (option.KeaDef, bool) {
	for _, d := range t.class {
		if d.Space == space && d.Name == name {
			return d, true
		}
	}
	if d, ok := t.names[optionName{space, name}]; ok {
		return d, true
	}
	return option.KeaByName(t.family, vendorSpace(space), name, t.version)
}

// code finds an option of the packet by name, for expressions.
func (t *optionTable) code(name string) (uint32, bool) {
	d, ok := t.byName(t.space, name)
	return d.Code, ok
}

// goodName reports whether a name of an option or space is one that Kea takes.
func goodName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return s != "" && strings.IndexByte("-_", s[0]) < 0 && strings.IndexByte("-_", s[len(s)-1]) < 0
}

// optionDefs checks definitions and enters them (Kea manual, section "Custom
// DHCPv4 Options").
func (s *semantics) optionDefs(defs []OptionDef, at *place) {
	t := s.options
	for i := range defs {
		d, ok := s.optionDef(&defs[i], at.item(i))
		if !ok {
			continue
		}
		key, name := optionKey{d.Space, d.Code}, optionName{d.Space, d.Name}
		if _, twice := t.codes[key]; twice {
			s.fail(at.item(i).member("code"), "code %d of the space %s is defined already", d.Code, d.Space)
			continue
		}
		if _, twice := t.names[name]; twice {
			s.fail(at.item(i).member("name"), "an option %s of the space %s is defined already", d.Name, d.Space)
			continue
		}
		t.codes[key], t.names[name] = d, d
	}
}

// classDefs checks the definitions of a class, which are for the codes whose
// meaning depends on the vendor.
func (s *semantics) classDefs(defs []OptionDef, at *place) {
	for i := range defs {
		d, ok := s.optionDef(&defs[i], at.item(i))
		if !ok {
			continue
		}
		if d.Space != "dhcp4" || d.Code != 43 && (d.Code < 224 || d.Code > 254) {
			s.fail(at.item(i).member("code"), "a class may define the codes 43 and 224 to 254 only")
			continue
		}
		s.options.class[optionKey{d.Space, d.Code}] = d
	}
}

var optionTypes = []string{"empty", "binary", "boolean", "int8", "int16", "int32", "uint8", "uint16", "uint32", "ipv4-address", "ipv6-address", "ipv6-prefix", "psid", "string", "tuple", "fqdn", "record", "internal"}

func (s *semantics) optionDef(o *OptionDef, at *place) (option.KeaDef, bool) {
	d := option.KeaDef{Family: s.family, Space: o.Space, Code: uint32(o.Code), Name: o.Name, Type: o.Type, Array: isTrue(o.Array), Encapsulate: o.Encapsulate}
	if d.Space == "" {
		d.Space = s.options.space
	}
	if o.RecordTypes != "" {
		for _, r := range strings.Split(o.RecordTypes, ",") {
			d.RecordTypes = append(d.RecordTypes, strings.TrimSpace(r))
		}
	}
	fail := func(key, format string, args ...any) (option.KeaDef, bool) {
		s.fail(at.member(key), format, args...)
		return d, false
	}
	if o.Name == "" || o.Type == "" {
		return d, false // the schema's business
	}
	old, standard := option.KeaLookup(s.family, d.Space, d.Code, s.version)
	if d.Space == "dhcp6" && s.family == option.V4 {
		old, standard = option.KeaLookup(option.V6, d.Space, d.Code, s.version)
	}
	same, named := option.KeaByName(s.family, d.Space, d.Name, s.version)
	switch {
	case !goodName(o.Name):
		return fail("name", "%q is no name of an option; letters, digits, - and _ may stand in it", clip(o.Name))
	case !goodName(d.Space):
		return fail("space", "%q is no name of an option space", clip(d.Space))
	case d.Space == s.options.space && (d.Code == 0 || s.family == option.V4 && d.Code == 255):
		return fail("code", "the code %d is reserved", d.Code)
	case standard && !old.Redefinable:
		return fail("code", "the code %d is %s, which Kea defines itself; leave the definition out", d.Code, old.Name)
	case named && !same.Redefinable:
		return fail("name", "%s is code %d, which Kea defines itself; leave the definition out", d.Name, same.Code)
	case !slices.Contains(optionTypes, d.Type) || d.Type == "internal" && s.version < keaversion.V2_6:
		return fail("type", "%q is no type of an option; use %s", clip(d.Type), orList(optionTypes))
	case d.Encapsulate != "" && !goodName(d.Encapsulate):
		return fail("encapsulate", "%q is no name of an option space", clip(d.Encapsulate))
	case d.Encapsulate == d.Space:
		return fail("encapsulate", "an option cannot encapsulate the space it belongs to")
	case d.Encapsulate != "" && d.Array:
		return fail("encapsulate", "array and encapsulate exclude each other")
	}
	if msg := recordFault(d); msg != "" {
		return fail("record-types", "%s", msg)
	}
	return d, true
}

// recordFault checks how the types go together.
func recordFault(d option.KeaDef) string {
	last := d.Type
	if d.Type != "record" {
		if d.RecordTypes != nil {
			return `record-types is for the type "record"`
		}
	} else {
		if len(d.RecordTypes) < 2 {
			return "a record has at least two types in record-types"
		}
		for i, t := range d.RecordTypes {
			if !slices.Contains(optionTypes, t) || t == "record" || t == "empty" || t == "internal" {
				return strconv.Quote(clip(t)) + " cannot be part of a record"
			}
			if i < len(d.RecordTypes)-1 && (t == "string" || t == "binary") {
				return t + " can only be the last part of a record, because it has no length"
			}
		}
		last = d.RecordTypes[len(d.RecordTypes)-1]
	}
	if d.Array && (last == "string" || last == "binary" || last == "empty") {
		return "there is no array of the type " + last
	}
	return ""
}

// optionData checks values (Kea manual, section "Standard DHCPv4 Options").
func (s *semantics) optionData(list []OptionData, at *place) {
	item := place{up: at}
	for i := range list {
		item.index = i
		s.optionValue(&list[i], &item)
	}
}

func (s *semantics) optionValue(o *OptionData, at *place) {
	space := o.Space
	if space == "" {
		space = s.options.space
	}
	other := map[option.Family]string{option.V4: "dhcp6", option.V6: "dhcp4"}[s.family]
	switch {
	case o.Name == "" && o.Code == nil:
		return // the schema's business
	case space == other:
		s.fail(at.member("space"), "the space %s is for the other protocol", space)
		return
	case !goodName(space):
		s.fail(at.member("space"), "%q is no name of an option space", clip(space))
		return
	}
	var d option.KeaDef
	var ok bool
	if o.Code != nil {
		d, ok = s.options.byCode(space, uint32(*o.Code))
		if ok && o.Name != "" && o.Name != d.Name {
			s.fail(at.member("name"), "the option with code %d is named %s, not %s", *o.Code, d.Name, clip(o.Name))
			return
		}
	} else {
		d, ok = s.options.byName(space, o.Name)
	}
	csv := o.CSVFormat == nil || *o.CSVFormat
	switch {
	case !ok && o.Code == nil:
		s.unknownOption(o, space, at)
		return
	case !ok && csv:
		s.fail(at.member("code"), "Kea %s has no definition of code %d in the space %s; add one, or write hexadecimal digits with \"csv-format\": false", s.version, *o.Code, space)
		return
	case !ok && space == s.options.space && (*o.Code == 0 || s.family == option.V4 && *o.Code == 255):
		s.fail(at.member("code"), "the code %d is reserved", *o.Code)
		return
	case !ok:
		d = option.KeaDef{Family: s.family, Space: space, Code: uint32(*o.Code), Type: "binary"}
	}
	switch {
	case o.Data == "" && mayBeEmpty(d):
		return
	case d.Type == "internal" && csv && d.Code != 121:
		return // notations of their own (DNR), which package option does not read
	}
	_, err := d.EncodeData(o.Data, csv)
	if err == nil {
		return
	}
	if csv && !d.Array {
		if short, cut := firstElements(o.Data, max(1, len(d.RecordTypes))); cut {
			if _, again := d.EncodeData(short, csv); again == nil {
				s.warn(at.member("data"), "%s: Kea takes %q and drops the rest; a comma within text needs a backslash before it", d.Name, clip(short))
				return
			}
		}
	}
	if !csv && d.Encapsulate != "" || d.Type == "ipv4-address" && csv && onlyAddresses(o.Data) {
		s.warn(at.member("data"), "%s: Kea does not look at this closely, but %v", d.Name, err)
		return
	}
	s.fail(at.member("data"), "%s: %v", d.Name, err)
}

// onlyAddresses reports whether data is a list of addresses of any protocol,
// which Kea does not tell apart where it wants IPv4.
func onlyAddresses(data string) bool {
	for e := range strings.SplitSeq(data, ",") {
		if _, err := netip.ParseAddr(strings.TrimSpace(e)); err != nil {
			return false
		}
	}
	return true
}

// firstElements cuts data after n elements; cut says whether there were more.
func firstElements(data string, n int) (short string, cut bool) {
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case ',':
			if n--; n == 0 {
				return data[:i], true
			}
		}
	}
	return data, false
}

// mayBeEmpty reports whether Kea takes an option without data: lists, and
// options that hold others.
func mayBeEmpty(d option.KeaDef) bool {
	return d.Array || d.Type == "empty" || d.Type == "binary" || d.Type == "internal" || d.Type == ""
}

func (s *semantics) unknownOption(o *OptionData, space string, at *place) {
	var names []string
	for _, d := range option.KeaDefs(s.family, space, s.version) {
		names = append(names, d.Name)
	}
	for k := range s.options.names {
		if k.space == space {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	if n := suggest.Nearest(o.Name, names); n != "" {
		s.fail(at.member("name"), "Kea %s has no option %q in the space %s; did you mean %q?", s.version, clip(o.Name), space, n)
		return
	}
	s.fail(at.member("name"), "Kea %s has no option %q in the space %s; add an option-def, or write the code and hexadecimal digits with \"csv-format\": false", s.version, clip(o.Name), space)
}
