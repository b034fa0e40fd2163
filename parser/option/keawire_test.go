package option

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// serverOwn are the options that Kea computes or takes out of an answer, so
// that what was configured is not on the wire: what dhcpd's options of the same
// meaning become is not a matter of this package.
var serverOwn = map[Family][]uint32{
	V4: {1, 50, 51, 53, 54, 55, 57, 61, 81, 82},
	V6: {1, 2, 3, 4, 5, 9, 25, 26, 39},
}

// ownTypes are definitions of the file, for the types that no standard option
// has.
var ownTypes = []string{
	"binary", "boolean", "int8", "int16", "int32", "uint8", "uint16", "uint32", "ipv4-address", "ipv6-address",
	"ipv6-prefix", "psid", "string", "tuple", "fqdn",
	"boolean[]", "int8[]", "int16[]", "uint32[]", "ipv4-address[]", "ipv6-address[]", "fqdn[]", "tuple[]",
	"record(boolean,string)", "record(uint8,int16,int32)", "record(ipv6-prefix,uint8)", "record(uint8,binary)",
	"record(fqdn,ipv4-address)[]", "record(uint8,fqdn)[]", "record(int8,tuple)[]", "record(psid,uint8)[]", "record(boolean,ipv6-prefix)[]",
}

type wireCase struct {
	client byte
	def    KeaDef
	data   string
	csv    bool
	wire   []byte
	send   bool // always-send
}

// wireCases gives each sample of each option to the client with its number.
func wireCases(t *testing.T, f Family, v keaversion.Version) (defs []optionDef, cases []wireCase) {
	t.Helper()
	space := "dhcp4"
	code := uint32(162)
	if f == V6 {
		space, code = "dhcp6", 1000
	}
	next := func() {
		for known := true; known; {
			code++
			_, known = KeaLookup(f, space, code, v)
		}
	}
	all := KeaDefs(f, space, v)
	for _, typ := range ownTypes {
		next()
		if f == V4 && typ == "ipv6-address[]" || f == V6 && typ == "ipv4-address[]" {
			continue // sent wrongly: see foreignList
		}
		d := keaRow{code: code, name: fmt.Sprintf("own-%d", code), typ: typ}.def(f, space)
		all = append(all, d)
		defs = append(defs, optionDef{Name: d.Name, Code: code, Space: space, Type: d.Type, RecordTypes: strings.Join(d.RecordTypes, ","), Array: d.Array})
	}
	for _, tt := range encodeTests {
		f4 := mustFormat(t, tt.letters)
		wire, err := f4.Encode(tt.vals)
		if err != nil {
			t.Fatal(err)
		}
		next()
		d := keaRow{code: code, name: fmt.Sprintf("own-%d", code)}.def(f, space)
		d.Type, d.RecordTypes, d.Array, d.Encapsulate, _ = KeaType(f, f4)
		data, csv, err := d.FormatData(wire)
		if tt.wire == "" || strings.HasPrefix(tt.name, "escaped") || d.Encapsulate != "" || strings.Contains(tt.letters, "c") {
			continue // Kea refuses empty text and such names; suboptions; no compression
		}
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		defs = append(defs, optionDef{Name: d.Name, Code: code, Space: space, Type: d.Type, RecordTypes: strings.Join(d.RecordTypes, ","), Array: d.Array})
		cases = append(cases, wireCase{def: d, data: data, csv: csv, wire: wire})
	}
	next() // an option without a definition
	cases = append(cases, wireCase{def: KeaDef{Family: f, Space: space, Code: code}, data: "0102FF", wire: []byte{1, 2, 255}})
	for _, d := range all {
		if slices.Contains(serverOwn[f], d.Code) || d.Encapsulate != "" {
			continue
		}
		for i, wire := range sampleWires(d) {
			data, csv, err := d.FormatData(wire)
			if err != nil {
				t.Fatalf("%s: %v", d.Name, err)
			}
			cases = append(cases, wireCase{client: byte(i), def: d, data: data, csv: csv, wire: wire})
		}
	}
	return defs, cases
}

// wireConfig gives each client the options of its number through a class.
func wireConfig(t *testing.T, f Family, v keaversion.Version, defs []optionDef, cases []wireCase) string {
	t.Helper()
	sets := map[byte][]optionData{}
	for _, c := range cases {
		sets[c.client] = append(sets[c.client], optionData{Name: c.def.Name, Code: c.def.Code, Space: c.def.Space, CSV: c.csv, Data: c.data, Send: c.send})
	}
	var classes []map[string]any
	for client := byte(0); int(client) < len(sets); client++ {
		test := fmt.Sprintf("pkt4.mac == 0x0200000000%02x", client)
		if f == V6 {
			test = fmt.Sprintf("option[1].hex == 0x000300010200000000%02x", client)
		}
		classes = append(classes, map[string]any{"name": fmt.Sprintf("set%d", client), "test": test, "option-data": sets[client]})
	}
	conf := map[string]any{
		"interfaces-config": map[string]any{"interfaces": []string{"srv0"}},
		"lease-database":    map[string]any{"type": "memfile", "persist": false},
		"client-classes":    classes,
		"option-def":        defs,
		"loggers":           []any{map[string]any{"name": fmt.Sprintf("kea-dhcp%d", f), "severity": "WARN", "output_options": []any{map[string]any{"output": "stdout"}}}},
	}
	subnet := map[string]any{"id": 1, "interface": "srv0", "subnet": "198.18.0.0/15", "pools": []any{map[string]any{"pool": "198.18.1.1 - 198.18.1.200"}}}
	if f == V6 {
		subnet["subnet"] = "2001:db8::/64"
		delete(subnet, "pools")
		conf["server-id"] = map[string]any{"type": "EN", "enterprise-id": 2495, "identifier": "0102", "persist": false}
	}
	conf[fmt.Sprintf("subnet%d", f)] = []any{subnet}
	text, err := json.MarshalIndent(map[string]any{fmt.Sprintf("Dhcp%d", f): conf}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "kea.conf", string(text))
}

// What Kea sends for the data that FormatData writes are the bytes that it was
// given, for every standard option that Kea does not make itself and for every
// type of a definition.
func TestKeaSendsTheSame(t *testing.T) {
	for _, v := range liveVersions {
		for _, f := range []Family{V4, V6} {
			t.Run(fmt.Sprintf("%s v%d", v, f), func(t *testing.T) {
				kea := oracle.Kea(t, v, fmt.Sprintf("dhcp%d", f))
				l := newLink(t)
				l.neighbour(t)
				defs, cases := wireCases(t, f, v)
				file := wireConfig(t, f, v, defs, cases)
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				cmd := kea.Command(ctx, "-c", file)
				keaFolders(t, cmd)
				ctx, out := l.serve(ctx, t, cmd)
				ask := l.ask4
				if f == V6 {
					ask = l.ask6
				}
				for _, c := range cases {
					got, found, err := ask(ctx, c.client, c.def.Code)
					if err != nil {
						t.Fatalf("%s: %v\n%s", c.def.Name, err, out)
					}
					if !found || !bytes.Equal(got, c.wire) {
						t.Errorf("%d %s %s, data %q, csv-format %v: Kea sends %x (%v), want %x",
							c.def.Code, c.def.Name, c.def.TypeString(), c.data, c.csv, got, found, c.wire)
					}
				}
				t.Logf("%d values", len(cases))
			})
		}
	}
}

// Kea's reading of texts that a person could have written is that of
// EncodeData: what it takes comes out as the same bytes, what it refuses is
// refused.
func TestKeaReadsTheSame(t *testing.T) {
	texts := []struct {
		typ, data string
		csv       bool
	}{
		{"string", `a\,b`, true}, {"string", `a\\b`, true}, {"string", `a\b`, true}, {"string", `  a b  `, true}, {"string", `a\`, true},
		{"string", `\,`, true}, {"string", `,,a,,`, true}, {"string", `"a"`, true}, {"string", `'a'`, true}, {"string", "a\tb", true},
		{"string", `'a'`, false}, {"string", `61 62`, false}, {"string", `0x6162`, false}, {"string", `6162`, false}, {"string", `61:62`, false},
		{"string", `6:62`, false}, {"string", `162`, false}, {"string", `' a '`, false}, {"string", `'a,b\c"'`, false},
		{"string", `666F6F00`, false}, {"string", `660000`, false}, {"string", `0066`, false}, {"tuple[]", "0261000162", false},
		{"record(uint8,string)", "016100", false}, {"record(uint8,string)", "0100", false}, {"binary", "6100", false},
		{"uint16[]", "1,,2", true}, {"uint16[]", " 1 , 2 ", true}, {"uint8", "007", true}, {"int8", "-128", true}, {"uint32", "4294967295", true},
		{"boolean", "1", true}, {"boolean", "0", true}, {"boolean", "TRUE", true}, {"boolean", "02", false},
		{"fqdn", "a.b", true}, {"fqdn", "a.b.", true}, {"fqdn", "A.b", true}, {"fqdn[]", "a, b.c", true},
		{"binary", "0102", true}, {"binary", "'ab'", false}, {"binary", "1:2", false},
		{"psid", "0/1", true}, {"psid", "65535/16", true}, {"ipv6-prefix", "2001:db8::/32", true}, {"ipv6-prefix", "2001:db8::1/32", true},
		{"tuple[]", `a b,c`, true}, {"record(uint8,string)", `1, a\,b`, true}, {"record(uint8,uint8)[]", "1,2,3,4", true},
	}
	for _, v := range liveVersions {
		t.Run(v.String(), func(t *testing.T) {
			kea := oracle.Kea(t, v, "dhcp4")
			l := newLink(t)
			var defs []optionDef
			var cases []wireCase
			code := uint32(162)
			for _, tt := range texts {
				code++
				d := keaRow{code: code, name: fmt.Sprintf("own-%d", code), typ: tt.typ}.def(V4, "dhcp4")
				wire, err := d.EncodeData(tt.data, tt.csv)
				if err != nil {
					t.Errorf("%s %q %v: %v", tt.typ, tt.data, tt.csv, err)
					continue
				}
				defs = append(defs, optionDef{Name: d.Name, Code: code, Space: "dhcp4", Type: d.Type, RecordTypes: strings.Join(d.RecordTypes, ","), Array: d.Array})
				cases = append(cases, wireCase{def: d, data: tt.data, csv: tt.csv, wire: wire})
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			cmd := kea.Command(ctx, "-c", wireConfig(t, V4, v, defs, cases))
			keaFolders(t, cmd)
			ctx, out := l.serve(ctx, t, cmd)
			for _, c := range cases {
				got, _, err := l.ask4(ctx, 0, c.def.Code)
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if !bytes.Equal(got, c.wire) {
					t.Errorf("%s %q, csv-format %v: Kea sends %x, want %x", c.def.TypeString(), c.data, c.csv, got, c.wire)
				}
			}
		})
	}
}

// Kea reads the content of option 43 and writes it anew, unless the file defines
// the option as binary: FormatData tells what would be lost.
func TestKeaSendsEncapsulated(t *testing.T) {
	wires := []string{
		"0102abcd", "01020304", "060108", "0102abcd0300", "2b01ff", // kept
		"0102abcdff", "06010803", "09", "ff", "0000", "74657374", "dead", "0201aa0101bb", // changed
	}
	for _, v := range liveVersions {
		for _, typ := range []string{"", "binary"} {
			t.Run(v.String()+typ, func(t *testing.T) {
				kea := oracle.Kea(t, v, "dhcp4")
				l := newLink(t)
				d, ok := KeaLookup(V4, "dhcp4", 43, v)
				if !ok {
					t.Fatal("no option 43")
				}
				defs := []optionDef{}
				if typ != "" {
					d.Type, d.Encapsulate = typ, ""
					defs = append(defs, optionDef{Name: d.Name, Code: d.Code, Space: d.Space, Type: d.Type})
				}
				var cases []wireCase
				for i, w := range wires {
					wire, err := hex.DecodeString(w)
					if err != nil {
						t.Fatal(err)
					}
					cases = append(cases, wireCase{client: byte(i), def: d, data: w, wire: wire})
				}
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				cmd := kea.Command(ctx, "-c", wireConfig(t, V4, v, defs, cases))
				keaFolders(t, cmd)
				ctx, out := l.serve(ctx, t, cmd)
				for _, c := range cases {
					got, _, err := l.ask4(ctx, c.client, c.def.Code)
					if err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					_, _, formatErr := d.FormatData(c.wire)
					if kept := bytes.Equal(got, c.wire); kept != (formatErr == nil) {
						t.Errorf("%x: Kea sends %x, FormatData says %v", c.wire, got, formatErr)
					}
				}
			})
		}
	}
}

// Kea joins the options of a vendor's space, which need no definitions, to the
// option for vendors as Pack does, when each has always-send.
func TestKeaSendsVendorOptions(t *testing.T) {
	suboptions := []Suboption{{2, []byte{1, 2, 3}}, {201, []byte("a")}}
	for _, v := range liveVersions {
		for _, f := range []Family{V4, V6} {
			t.Run(fmt.Sprintf("%s v%d", v, f), func(t *testing.T) {
				kea := oracle.Kea(t, v, fmt.Sprintf("dhcp%d", f))
				l := newLink(t)
				l.neighbour(t)
				top, code, ask := "dhcp4", uint32(125), l.ask4
				inner := &Space{Name: "inner", CodeWidth: 1, LengthWidth: 1}
				if f == V6 {
					top, code, ask = "dhcp6", 17, l.ask6
					inner.CodeWidth, inner.LengthWidth = 2, 2
				}
				data, err := inner.Pack(suboptions)
				if err != nil {
					t.Fatal(err)
				}
				all := binary.BigEndian.AppendUint32(nil, 9999)
				alone := bytes.Clone(all)
				if f == V4 {
					alone = append(alone, 0)
					all = append(all, byte(len(data)))
				}
				all = append(all, data...)
				var cases []wireCase
				for client, send := range []bool{false, true} {
					cases = append(cases, wireCase{client: byte(client), def: KeaDef{Space: top, Code: code}, data: "9999", csv: true})
					for _, o := range suboptions {
						cases = append(cases, wireCase{client: byte(client), def: KeaDef{Space: "vendor-9999", Code: o.Code},
							data: hex.EncodeToString(o.Data), send: send})
					}
				}
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				cmd := kea.Command(ctx, "-c", wireConfig(t, f, v, []optionDef{}, cases))
				keaFolders(t, cmd)
				ctx, out := l.serve(ctx, t, cmd)
				for client, want := range [][]byte{alone, all} {
					got, _, err := ask(ctx, byte(client), code)
					if err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					if !bytes.Equal(got, want) {
						t.Errorf("always-send %v: Kea sends %x, want %x", client == 1, got, want)
					}
				}
			})
		}
	}
}
