//go:generate go run ./optionsdoc ../../docs/options.md

package option

import (
	"slices"
	"strings"
	"sync"
)

// row is one built-in option: code, name, format in the letters of
// [ParseFormat].
type row struct {
	code    uint32
	name    string
	letters string
}

// builtin gives dhcpd's own option spaces by name. The result is shared by all
// tables and never changes.
var builtin = sync.OnceValue(func() map[string]*spaceDefs {
	spaces := map[string]*spaceDefs{}
	for _, b := range []struct {
		name                   string
		codeWidth, lengthWidth int
		rows                   []row
	}{
		{"dhcp", 1, 1, dhcpOptions},
		{"agent", 1, 1, agentOptions},
		{"fqdn", 1, 1, fqdnOptions},
		{"nwip", 1, 1, nwipOptions},
		{"vendor", 4, 1, vendorOptions},
		{"vendor-class", 4, 1, vendorClassOptions},
		{"isc", 2, 2, iscOptions},
		{"dhcp6", 2, 2, dhcp6Options},
		{"vsio", 4, 2, vsioOptions},
		{"isc6", 2, 2, isc6Options},
		{"server", 1, 1, slices.Concat(serverOptions, ldapOptions)},
	} {
		s := &spaceDefs{
			space:  Space{Name: b.name, CodeWidth: b.codeWidth, LengthWidth: b.lengthWidth, Standard: true},
			byName: make(map[string]*Def, len(b.rows)),
			byCode: make(map[uint32]*Def, len(b.rows)),
		}
		for _, r := range b.rows {
			f, err := ParseFormat(r.letters)
			if err != nil {
				continue // a test reads every row
			}
			d := &Def{Space: b.name, Code: r.code, Name: strings.ToLower(r.name), Format: f, Standard: true}
			s.byName[d.Name] = d
			s.byCode[d.Code] = d
		}
		spaces[b.name] = s
	}
	return spaces
})
