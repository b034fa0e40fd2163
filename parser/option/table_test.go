package option

import (
	"slices"
	"testing"
)

// Every row of the built-in tables has a format that reads, and no name or code
// is used twice in a space.
func TestBuiltinRows(t *testing.T) {
	for name, s := range builtin() {
		rows := map[string][]row{
			"dhcp": dhcpOptions, "agent": agentOptions, "fqdn": fqdnOptions, "nwip": nwipOptions,
			"vendor": vendorOptions, "vendor-class": vendorClassOptions, "isc": iscOptions,
			"dhcp6": dhcp6Options, "vsio": vsioOptions, "isc6": isc6Options, "server": slices.Concat(serverOptions, ldapOptions),
		}[name]
		if len(rows) == 0 {
			t.Errorf("space %s has no rows", name)
		}
		for _, r := range rows {
			f, err := ParseFormat(r.letters)
			if err != nil {
				t.Errorf("%s %s: %v", name, r.name, err)
				continue
			}
			if got := f.String(); got != r.letters {
				t.Errorf("%s %s: format %q prints as %q", name, r.name, r.letters, got)
			}
			for _, field := range f.Fields {
				if field.Kind == Enum {
					if _, ok := LookupEnum(field.Space); !ok {
						t.Errorf("%s %s: enumeration %q is missing", name, r.name, field.Space)
					}
				}
			}
		}
		if len(s.byName) != len(rows) || len(s.byCode) != len(rows) {
			t.Errorf("space %s: %d rows, %d names, %d codes", name, len(rows), len(s.byName), len(s.byCode))
		}
	}
}

func TestLookup(t *testing.T) {
	table := NewTable(V4)
	for _, tt := range []struct {
		space, name string
		code        uint32
		format      string
	}{
		{"", "routers", 3, "IA"},
		{"dhcp", "Domain-Name", 15, "t"},
		{"DHCP6", "name-servers", 23, "6A"},
		{"agent", "docsis-device-class", 4, "L"},
		{"", "unknown-3", 3, "IA"},
		{"", "Unknown-224", 224, "X"},
		{"", "unknown-224x", 224, "X"},
		{"dhcp", "unknown-70000", 70000, "X"},
		{"dhcp6", "unknown-255", 255, "X"},
		{"server", "omapi-key", 36, "k"},
		{"vsio", "isc", 2495, "Eisc6."},
	} {
		d, ok := table.Lookup(tt.space, tt.name)
		if !ok {
			t.Errorf("%s.%s not found", tt.space, tt.name)
			continue
		}
		if d.Code != tt.code || d.Format.String() != tt.format {
			t.Errorf("%s.%s = code %d format %s, want %d %s", tt.space, tt.name, d.Code, d.Format, tt.code, tt.format)
		}
	}
	for _, name := range []string{"unknown-0", "unknown-255", "unknown-", "unknown-abc", "no-such-option", ""} {
		if d, ok := table.Lookup("", name); ok {
			t.Errorf("%q found: %+v", name, d)
		}
	}
	if _, ok := table.Lookup("nowhere", "routers"); ok {
		t.Error("an option was found in a space that does not exist")
	}
}

// The behaviour is what dhcpd -t 4.4.3-P1 showed for such files.
func TestDefine(t *testing.T) {
	table := NewTable(V4)
	text, err := ParseFormat("t")
	if err != nil {
		t.Fatal(err)
	}
	previous, err := table.Define(Def{Name: "Arch", Code: 93, Format: text})
	if err != nil || previous == nil || previous.Name != "pxe-system-type" {
		t.Fatalf("previous = %+v, %v", previous, err)
	}
	if d, _ := table.ByCode("", 93); d.Name != "arch" || d.Standard {
		t.Errorf("code 93 = %+v", d)
	}
	if d, ok := table.Lookup("", "pxe-system-type"); !ok || d.Format.String() != "Sa" {
		t.Errorf("the old name = %+v, %v", d, ok)
	}
	previous, err = table.Define(Def{Name: "routers", Code: 200, Format: text})
	if err != nil || previous == nil || previous.Code != 3 {
		t.Fatalf("previous = %+v, %v", previous, err)
	}
	if d, ok := table.ByCode("dhcp", 3); ok {
		t.Errorf("code 3 is still %+v", d)
	}
	if _, err := table.Define(Def{Space: "nowhere", Name: "x", Code: 1}); err == nil {
		t.Error("a definition in a space that does not exist passed")
	}
	if d, _ := NewTable(V4).Lookup("", "routers"); d.Code != 3 {
		t.Error("a definition changed another table")
	}
}

func TestAddSpace(t *testing.T) {
	table := NewTable(V6)
	if err := table.AddSpace(Space{Name: "Acme", CodeWidth: 3}); err == nil {
		t.Error("code width 3 passed")
	}
	if err := table.AddSpace(Space{Name: "Acme", LengthWidth: 4}); err == nil {
		t.Error("length width 4 passed")
	}
	if err := table.AddSpace(Space{Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	if s, ok := table.Space("ACME"); !ok || s.CodeWidth != 1 || s.LengthWidth != 1 || s.Name != "Acme" {
		t.Errorf("space = %+v, %v", s, ok)
	}
	encapsulates, err := ParseFormat("EAcme.")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Define(Def{Space: "vsio", Name: "acme", Code: 4491, Format: encapsulates}); err != nil {
		t.Fatal(err)
	}
	if n, ok := table.Enterprise(V6, "acme"); !ok || n != 4491 {
		t.Errorf("enterprise = %d, %v", n, ok)
	}
	if _, ok := table.Enterprise(V4, "acme"); ok {
		t.Error("the space has an enterprise number for DHCPv4")
	}
}
