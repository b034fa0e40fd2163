package option

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Table holds the option spaces of one file: dhcpd's own and those that the
// file adds. Both families are always there, as in dhcpd, where a file for
// DHCPv4 may set options of DHCPv6 and the other way round. A Table is not
// safe for concurrent changes; any number of readers may share one that no
// longer changes.
type Table struct {
	family Family
	added  map[string]*spaceDefs // by name in lower case; hides the built-in space of that name
}

// spaceDefs is one option space with its definitions.
type spaceDefs struct {
	space  Space
	byName map[string]*Def // names in lower case
	byCode map[uint32]*Def
}

// NewTable gives the definitions that dhcpd 4.4.3 starts with. It costs next
// to nothing: the built-in definitions are shared until the file changes them.
// The family only decides [Table.PacketSpace].
func NewTable(f Family) *Table {
	return &Table{family: f}
}

// Family is the protocol the table was made for.
func (t *Table) Family() Family { return t.family }

// PacketSpace names the space of the options that stand in the packets of the
// table's protocol: "dhcp" or "dhcp6". It is not the space of names written
// without one: that is always "dhcp", also under dhcpd -6.
func (t *Table) PacketSpace() string {
	if t.family == V6 {
		return "dhcp6"
	}
	return "dhcp"
}

func (t *Table) space(name string) *spaceDefs {
	if name == "" {
		name = "dhcp"
	}
	name = strings.ToLower(name)
	if s, ok := t.added[name]; ok {
		return s
	}
	return builtin()[name]
}

// Lookup finds an option by the name of its space, "" being "dhcp", and its own
// name. Both are compared without regard to case, as dhcpd does. The name
// "unknown-N" finds the option with the code N; when there is none, it is an
// option of that name holding bytes (dhcp-options(5), "unknown-<code>"). The
// definition belongs to the table and must not be changed.
func (t *Table) Lookup(space, name string) (*Def, bool) {
	s := t.space(space)
	if s == nil {
		return nil, false
	}
	name = strings.ToLower(name)
	if d, ok := s.byName[name]; ok {
		return d, true
	}
	return s.unknown(name)
}

// unknown reads "unknown-N" as dhcpd does: with atoi, which stops at the first
// character that is no digit.
func (s *spaceDefs) unknown(name string) (*Def, bool) {
	digits, ok := strings.CutPrefix(name, "unknown-")
	if !ok {
		return nil, false
	}
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	code, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || !s.space.HasCode(uint32(code)) {
		return nil, false
	}
	if d, ok := s.byCode[uint32(code)]; ok {
		return d, true
	}
	return &Def{
		Space:  s.space.Name,
		Code:   uint32(code),
		Name:   "unknown-" + strconv.FormatUint(code, 10),
		Format: Format{Fields: []Field{{Kind: Bytes}}},
	}, true
}

// ByCode finds an option by its code.
func (t *Table) ByCode(space string, code uint32) (*Def, bool) {
	s := t.space(space)
	if s == nil {
		return nil, false
	}
	d, ok := s.byCode[code]
	return d, ok
}

// Space finds an option space by its name, without regard to case.
func (t *Table) Space(name string) (*Space, bool) {
	s := t.space(name)
	if s == nil {
		return nil, false
	}
	return &s.space, true
}

// Spaces lists the names of all option spaces, sorted.
func (t *Table) Spaces() []string {
	names := make([]string, 0, len(t.added)+len(builtin()))
	for name, s := range builtin() {
		if _, hidden := t.added[name]; !hidden {
			names = append(names, s.space.Name)
		}
	}
	for _, s := range t.added {
		names = append(names, s.space.Name)
	}
	slices.Sort(names)
	return names
}

// Names lists the option names of a space, sorted; it is nil when there is no
// such space.
func (t *Table) Names(space string) []string {
	s := t.space(space)
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.byName))
}

// AddSpace adds an option space without options. As in dhcpd, a space that
// exists already is replaced and its options are no longer found. Widths that
// are zero become dhcpd's default of one byte.
func (t *Table) AddSpace(s Space) error {
	if s.Name == "" {
		return fmt.Errorf("an option space needs a name")
	}
	if s.CodeWidth == 0 {
		s.CodeWidth = 1
	}
	if s.LengthWidth == 0 {
		s.LengthWidth = 1
	}
	if s.CodeWidth != 1 && s.CodeWidth != 2 && s.CodeWidth != 4 {
		return fmt.Errorf("option space %s: the code width is %d, it must be 1, 2 or 4", s.Name, s.CodeWidth)
	}
	if s.LengthWidth != 1 && s.LengthWidth != 2 {
		return fmt.Errorf("option space %s: the length width is %d, it must be 1 or 2", s.Name, s.LengthWidth)
	}
	t.put(&spaceDefs{space: s, byName: map[string]*Def{}, byCode: map[uint32]*Def{}})
	return nil
}

func (t *Table) put(s *spaceDefs) {
	if t.added == nil {
		t.added = map[string]*spaceDefs{}
	}
	t.added[strings.ToLower(s.space.Name)] = s
}

// Define adds the definition of an option, or replaces one: dhcpd allows both a
// second definition of a name and a second name for a code. A name that is
// defined again leaves its old code; a code that is defined again keeps its old
// name, with the old format, as a second name. previous is the definition that
// had the name or, failing that, the code; nil when both are new.
//
// The error says that the space does not exist.
func (t *Table) Define(d Def) (previous *Def, err error) {
	s := t.space(d.Space)
	if s == nil {
		return nil, fmt.Errorf("there is no option space named %s", d.Space)
	}
	key := strings.ToLower(s.space.Name)
	if own, ok := t.added[key]; !ok || own != s {
		s = &spaceDefs{space: s.space, byName: maps.Clone(s.byName), byCode: maps.Clone(s.byCode)}
		t.put(s)
	}
	d.Space = s.space.Name
	d.Name = strings.ToLower(d.Name)
	previous = s.byName[d.Name]
	if previous != nil && s.byCode[previous.Code] == previous {
		delete(s.byCode, previous.Code)
	}
	if previous == nil {
		previous = s.byCode[d.Code]
	}
	s.byName[d.Name] = &d
	s.byCode[d.Code] = &d
	return previous, nil
}

// Enterprise gives the enterprise number under which options of the space
// travel within option 125 (the space "vendor") or, for DHCPv6, option 17
// ("vsio"): the code of the option there that encapsulates the space.
func (t *Table) Enterprise(f Family, space string) (number uint32, ok bool) {
	vendor := "vendor"
	if f == V6 {
		vendor = "vsio"
	}
	s := t.space(vendor)
	if s == nil {
		return 0, false
	}
	for _, d := range s.byCode {
		e, encapsulates := d.Encapsulates()
		if encapsulates && strings.EqualFold(e, space) && (!ok || d.Code < number) {
			number, ok = d.Code, true
		}
	}
	return number, ok
}

// Encapsulates names the option space whose options the option holds.
func (d *Def) Encapsulates() (space string, ok bool) {
	if n := len(d.Format.Fields); n > 0 && d.Format.Fields[n-1].Kind == Encapsulated {
		return d.Format.Fields[n-1].Space, true
	}
	return "", false
}
