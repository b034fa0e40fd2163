package option

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// liveVersions are the releases of which there is a binary.
var liveVersions = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}

// sampleWires gives bytes that a definition can hold: plain ones, limits, and
// ones that Kea's text notation cannot express.
func sampleWires(d KeaDef) [][]byte {
	if d.isRoutes() {
		return [][]byte{{0, 10, 0, 0, 1}, {9, 172, 128, 10, 0, 0, 2, 32, 1, 2, 3, 4, 10, 0, 0, 3}}
	}
	if d.Name == "v4-dnr" || d.Name == "v6-dnr" {
		return sampleDNR(d.Family)
	}
	if samples := structured[d.Name]; samples != nil && (d.Type == "record" || d.isVendorOptions()) {
		return samples
	}
	types := d.RecordTypes
	if d.Type != "record" {
		types = []string{d.Type}
	}
	var out [][]byte
	for round := range 3 {
		var wire []byte
		for i, typ := range types {
			n := 1
			if d.Array && i == len(types)-1 {
				n = round + 1
			}
			for k := range n {
				wire = append(wire, sampleElement(d, typ, round+k)...)
			}
		}
		out = append(out, wire)
	}
	return out
}

// structured are samples for the options that hold more than their type says.
var structured = map[string][][]byte{
	"vivco-suboptions": {[]byte("\x00\x00\x11\x8b\x06docsis"), []byte("\x00\x00\x11\x8b\x01a\x00\x00\x11\x8b\x01b")},
	"vendor-class":     {[]byte("\x00\x00\x11\x8b\x00\x06docsis"), []byte("\x00\x00\x11\x8b\x00\x01a\x00\x01b")},
	"vivso-suboptions": {[]byte("\x00\x00\x11\x8b\x00")},
	"vendor-opts":      {[]byte("\x00\x00\x11\x8b")},
	"fqdn":             {[]byte("\x05\x00\x00\x01a\x01b\x00")},
	"client-fqdn":      {[]byte("\x01\x01a\x01b\x00")},
}

func sampleElement(d KeaDef, typ string, round int) []byte {
	tuple := func(s string) []byte {
		if d.tupleHead() == 2 {
			return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...)
		}
		return append([]byte{byte(len(s))}, s...)
	}
	samples := map[string][]string{
		"boolean":      {"\x00", "\x01", "\x01"},
		"int8":         {"\x00", "\x7f", "\x80"},
		"uint8":        {"\x00", "\x01", "\xff"},
		"int16":        {"\x00\x00", "\x7f\xff", "\x80\x00"},
		"uint16":       {"\x00\x00", "\x01\x02", "\xff\xff"},
		"int32":        {"\x00\x00\x00\x00", "\x7f\xff\xff\xff", "\x80\x00\x00\x00"},
		"uint32":       {"\x00\x00\x00\x00", "\x00\x01\x00\x00", "\xff\xff\xff\xff"},
		"ipv4-address": {"\x0a\x00\x00\x01", "\xc0\x00\x02\x01", "\xff\xff\xff\xff"},
		"ipv6-address": {"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", strings.Repeat("\xfe", 16), strings.Repeat("\x00", 16)},
		"ipv6-prefix":  {"\x20\x20\x01\x0d\xb8", "\x21\x20\x01\x0d\xb8\x80", "\x40\x20\x01\x0d\xb8\x00\x00\x00\x01"},
		"psid":         {"\x00\x00\x00", "\x02\xc0\x00", "\x10\xff\xff"},
		"fqdn":         {"\x01a\x07example\x03com\x00", "\x05b,_*'\x01C\x00", "\x03a-b\x01c\x00"},
		"string":       {"text", `a,b\c "d" '/`, "\xc3\xa4 "},
		"binary":       {"\x00\x01", "text", "it's"},
		"tuple":        {string(tuple("text")), string(tuple(`a,b\c`)), string(tuple("x y"))},
		"empty":        {"", "", ""},
	}[typ]
	if samples == nil {
		return nil
	}
	return []byte(samples[round%len(samples)])
}

// sampleDNR is one resolver of RFC 9463 with its name alone.
func sampleDNR(f Family) [][]byte {
	name := "\x03dns\x07example\x00"
	head := string(binary.BigEndian.AppendUint16(nil, 1)) // service priority
	if f == V6 {
		return [][]byte{[]byte(head + "\x00\x0d" + name)}
	}
	instance := head + "\x0d" + name
	return [][]byte{[]byte(string(binary.BigEndian.AppendUint16(nil, uint16(len(instance)))) + instance)}
}

type optionData struct {
	Name  string `json:"name,omitempty"`
	Code  uint32 `json:"code,omitempty"`
	Space string `json:"space"`
	CSV   bool   `json:"csv-format"`
	Data  string `json:"data,omitempty"`
	Send  bool   `json:"always-send,omitempty"`
}

type optionDef struct {
	Name        string `json:"name"`
	Code        uint32 `json:"code"`
	Space       string `json:"space,omitempty"`
	Type        string `json:"type"`
	RecordTypes string `json:"record-types,omitempty"`
	Array       bool   `json:"array,omitempty"`
	Encapsulate string `json:"encapsulate,omitempty"`
}

// keaOptionsFile writes a configuration that holds the options, each value in a
// class of its own when there is more than one of an option.
func keaOptionsFile(t *testing.T, f Family, defs []optionDef, sets [][]optionData) string {
	t.Helper()
	var classes []map[string]any
	for i, set := range sets {
		c := map[string]any{"name": fmt.Sprintf("set%d", i), "option-data": set}
		classes = append(classes, c)
	}
	conf := map[string]any{
		"interfaces-config": map[string]any{"interfaces": []string{"en0"}},
		"lease-database":    map[string]any{"type": "memfile", "persist": false},
	}
	if len(classes) > 0 {
		conf["client-classes"] = classes
	}
	if len(defs) > 0 {
		conf["option-def"] = defs
	}
	key := fmt.Sprintf("Dhcp%d", f)
	text, err := json.MarshalIndent(map[string]any{key: conf}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kea.conf")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func keaVerdict(t *testing.T, v keaversion.Version, f Family, file string) (bool, string) {
	t.Helper()
	ok, out, err := oracle.Kea(t, v, fmt.Sprintf("dhcp%d", f)).Check(t.Context(), file, oracle.Interface{Name: "en0"})
	if err != nil {
		t.Fatal(err)
	}
	return ok, out
}

// Kea itself accepts every standard option by the name and with the data that
// this package writes.
func TestKeaAcceptsEveryOption(t *testing.T) {
	for _, v := range liveVersions {
		for _, f := range []Family{V4, V6} {
			t.Run(fmt.Sprintf("%s v%d", v, f), func(t *testing.T) {
				var sets [3][]optionData
				count := 0
				for _, space := range KeaSpaces(f) {
					for _, d := range KeaDefs(f, space, v) {
						for i, wire := range sampleWires(d) {
							data, csv, err := d.FormatData(wire)
							if err != nil {
								t.Errorf("%s %s: %v", space, d.Name, err)
								continue
							}
							sets[i] = append(sets[i], optionData{Name: d.Name, Space: space, CSV: csv, Data: data})
							count++
						}
					}
				}
				ok, out := keaVerdict(t, v, f, keaOptionsFile(t, f, nil, sets[:]))
				if !ok {
					t.Errorf("Kea refuses:\n%s", out)
				}
				t.Logf("%d values", count)
			})
		}
	}
}

// Every code that the table does not have can be defined in Kea, so the table
// lacks none of Kea's own definitions; and what the table marks can be defined
// anew.
func TestKeaDefinesOtherCodes(t *testing.T) {
	for _, v := range liveVersions {
		for _, f := range []Family{V4, V6} {
			t.Run(fmt.Sprintf("%s v%d", v, f), func(t *testing.T) {
				var defs []optionDef
				space, last := "dhcp4", uint32(254)
				if f == V6 {
					space, last = "dhcp6", 400
				}
				for code := uint32(1); code <= last; code++ {
					if d, ok := KeaLookup(f, space, code, v); ok && !d.Redefinable {
						continue
					}
					defs = append(defs, optionDef{Name: fmt.Sprintf("own-%d", code), Code: code, Space: space, Type: "binary"})
				}
				if ok, out := keaVerdict(t, v, f, keaOptionsFile(t, f, defs, nil)); !ok {
					t.Errorf("Kea refuses:\n%s", out)
				}
			})
		}
	}
}

// Kea refuses to define its own options anew, by code and by name: that is what
// KeaLookup and KeaName are for. A run for each of them would take minutes, so
// every 16th stands for the rest.
func TestKeaRefusesItsOwnCodes(t *testing.T) {
	for _, v := range liveVersions {
		for _, f := range []Family{V4, V6} {
			t.Run(fmt.Sprintf("%s v%d", v, f), func(t *testing.T) {
				n := 0
				for _, space := range KeaSpaces(f) {
					for _, d := range KeaDefs(f, space, v) {
						if n++; d.Redefinable || n%16 != 1 {
							continue
						}
						file := keaOptionsFile(t, f, []optionDef{{Name: "own", Code: d.Code, Space: space, Type: "binary"}}, nil)
						if ok, _ := keaVerdict(t, v, f, file); ok {
							t.Errorf("Kea accepts a definition of %s code %d", space, d.Code)
						}
						if n%32 != 1 {
							continue
						}
						file = keaOptionsFile(t, f, []optionDef{{Name: d.Name, Code: 250, Space: space, Type: "binary"}}, nil)
						if ok, _ := keaVerdict(t, v, f, file); ok {
							t.Errorf("Kea accepts a second option named %s in %s", d.Name, space)
						}
					}
				}
			})
		}
	}
}
