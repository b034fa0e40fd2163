package option

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

var keaDataTests = []struct {
	name   string
	family Family
	typ    string // as KeaDef.TypeString
	wire   string // hexadecimal
	data   string
	csv    bool
}{
	{"address list", V4, "ipv4-address[]", "0a0000010a000002", "10.0.0.1, 10.0.0.2", true},
	{"flag", V4, "boolean", "01", "true", true},
	{"ignore", V4, "boolean", "02", "02", false},
	{"negative", V4, "int32", "ffffffff", "-1", true},
	{"text", V4, "string", "612c625c63", `a\,b\\c`, true},
	{"text with a blank in front", V4, "string", "2061", "2061", false},
	{"text with a NUL", V4, "string", "610062", "610062", false},
	{"bytes", V4, "binary", "00ff", "00FF", false},
	{"readable bytes", V4, "binary", "69505845", "'iPXE'", false},
	{"readable bytes with a quote", V4, "binary", "2761", "2761", false},
	{"record", V4, "record(uint8,uint8,ipv6-address,ipv4-address)[]", "0e28" + "20010db8000000000000000000000000" + "0a0000010a000002", "14, 40, 2001:db8::, 10.0.0.1, 10.0.0.2", true},
	{"record with bytes", V4, "record(uint8,binary)", "00aabb", "0, AABB", true},
	{"record with no bytes", V4, "record(uint8,binary)", "00", "00", false},
	{"port set", V6, "record(uint8,psid)", "0802c000", "8, 3/2", true},
	{"port set of no bits", V6, "psid", "000000", "0/0", true},
	{"port set with stray bits", V6, "psid", "02c001", "02C001", false},
	{"prefix", V6, "ipv6-prefix", "2120010db880", "2001:db8:8000::/33", true},
	{"prefix with stray bits", V6, "ipv6-prefix", "2120010db8c0", "2120010DB8C0", false},
	{"name", V4, "fqdn", "01610162" + "00", "a.b.", true},
	{"names", V4, "fqdn[]", "0161000162" + "00", "a., b.", true},
	{"name with a comma", V4, "fqdn", "03612c6200", `a\,b.`, true},
	{"tuples 4", V4, "tuple[]", "03666f6f0162", "foo, b", true},
	{"tuples 6", V6, "tuple[]", "0003666f6f00022c2c", `foo, \,\,`, true},
	{"empty tuple", V6, "tuple[]", "0000", "0000", false},
	{"nothing", V6, "empty", "", "", false},
	{"unknown", V4, "", "0102", "0102", false},
}

func keaType(f Family, typ string) KeaDef {
	return keaRow{code: 200, name: "test", typ: typ}.def(f, "test")
}

func TestKeaData(t *testing.T) {
	for _, tt := range keaDataTests {
		t.Run(tt.name, func(t *testing.T) {
			wire, err := hex.DecodeString(tt.wire)
			if err != nil {
				t.Fatal(err)
			}
			d := keaType(tt.family, tt.typ)
			if d.TypeString() != tt.typ {
				t.Fatalf("type %s prints as %s", tt.typ, d.TypeString())
			}
			data, csv, err := d.FormatData(wire)
			if err != nil {
				t.Fatal(err)
			}
			if data != tt.data || csv != tt.csv {
				t.Errorf("data = %q, csv-format %v, want %q, %v", data, csv, tt.data, tt.csv)
			}
			back, err := d.EncodeData(tt.data, tt.csv)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(back, wire) {
				t.Errorf("encodes to %x, want %x", back, wire)
			}
		})
	}
}

func TestKeaRoutes(t *testing.T) {
	d, ok := KeaLookup(V4, "dhcp4", 121, keaversion.V2_6)
	if !ok {
		t.Fatal("Kea 2.6 has no option 121")
	}
	if _, ok := KeaLookup(V4, "dhcp4", 121, keaversion.V2_2); ok {
		t.Error("Kea 2.2 has option 121")
	}
	wire := []byte{0, 10, 0, 0, 1, 9, 172, 128, 10, 0, 0, 2, 32, 1, 2, 3, 4, 10, 0, 0, 3}
	data, csv, err := d.FormatData(wire)
	if err != nil {
		t.Fatal(err)
	}
	if want := "0.0.0.0/0 - 10.0.0.1, 172.128.0.0/9 - 10.0.0.2, 1.2.3.4/32 - 10.0.0.3"; data != want || !csv {
		t.Errorf("data = %q, %v, want %q", data, csv, want)
	}
	back, err := d.EncodeData(data, csv)
	if err != nil || !bytes.Equal(back, wire) {
		t.Errorf("encodes to %x, %v", back, err)
	}
}

func TestKeaDataErrors(t *testing.T) {
	for _, tt := range []struct{ typ, wire string }{
		{"uint8", "0102"}, {"ipv4-address", "0a0000"}, {"ipv4-address[]", ""}, {"record(uint32,binary)", "000000"},
		{"fqdn", "0161"}, {"fqdn", "03612e6200"}, {"fqdn[]", "0161000361206200"}, {"tuple[]", "03"}, {"psid", "0000"}, {"string", ""},
	} {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			t.Fatal(err)
		}
		if data, csv, err := keaType(V4, tt.typ).FormatData(wire); err == nil {
			t.Errorf("%s %s: no error but %q, %v", tt.typ, tt.wire, data, csv)
		}
	}
	for _, tt := range []struct{ typ, data string }{
		{"uint8", "256"}, {"uint8", "-1"}, {"uint8", "1,2"}, {"int8", "128"}, {"string", ""}, {"string", "a,b"},
		{"boolean", "yes"}, {"psid", "4/2"}, {"psid", "1/17"}, {"ipv6-prefix", "::"}, {"record(uint8,uint8)", "1"}, {"", "01"},
		{"ipv4-address", "::1"}, {"ipv6-address", "1.2.3.4"}, {"empty", "1"}, {"fqdn", `a\\.b`}, {"fqdn", "a@b"}, {"fqdn", "a b"}, {"fqdn", "a..b"},
	} {
		if wire, err := keaType(V4, tt.typ).EncodeData(tt.data, true); err == nil {
			t.Errorf("%s %q: no error but %x", tt.typ, tt.data, wire)
		}
	}
}

func TestKeaSame(t *testing.T) {
	d, ok := KeaByName(V4, "dhcp4", "domain-search", keaversion.Default)
	if !ok {
		t.Fatal("no option domain-search")
	}
	compressed := []byte("\x01a\x07example\x00\x01b\xc0\x02")
	data, csv, err := d.FormatData(compressed)
	if err != nil || data != "a.example., b.example." || !csv {
		t.Fatalf("data = %q, %v, %v", data, csv, err)
	}
	plain, err := d.EncodeData(data, csv)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Same(compressed, plain) {
		t.Errorf("%x and %x are not the same", compressed, plain)
	}
	if d.Same(compressed, plain[:len(plain)-1]) || d.Same(compressed, []byte("\x01a\x07example\x00")) {
		t.Error("different lists are the same")
	}
}

// Kea takes the NUL bytes off the end of text, and only there.
func TestKeaDropsNUL(t *testing.T) {
	d := keaType(V4, "string")
	data, csv, err := d.FormatData([]byte("a\x00\x00"))
	if err != nil || data != "a" || !csv {
		t.Errorf("data = %q, %v, %v", data, csv, err)
	}
	if !d.Same([]byte("a\x00"), []byte("a")) || d.Same([]byte("a\x00b"), []byte("a")) {
		t.Error("Same is wrong about NUL bytes in text")
	}
	if binary := keaType(V4, "binary"); binary.Same([]byte("a\x00"), []byte("a")) {
		t.Error("Same is wrong about NUL bytes in bytes")
	}
	if data, _, err := d.FormatData([]byte{0}); err == nil {
		t.Errorf("text of one NUL is %q", data)
	}
}

func FuzzKeaData(f *testing.F) {
	for _, tt := range keaDataTests {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(tt.typ, tt.family == V6, wire)
	}
	f.Fuzz(func(t *testing.T, typ string, v6 bool, wire []byte) {
		family := V4
		if v6 {
			family = V6
		}
		d := keaType(family, typ)
		data, csv, err := d.FormatData(wire)
		if err != nil {
			return
		}
		back, err := d.EncodeData(data, csv)
		if err != nil {
			t.Fatalf("%s: %x is written as %q, %v, which does not read: %v", typ, wire, data, csv, err)
		}
		if !d.Same(wire, back) {
			t.Fatalf("%s: %x is written as %q, %v, which reads as %x", typ, wire, data, csv, back)
		}
	})
}

// nested is option 45 within option 45, so many times.
func nested(depth int) string {
	var wire []byte
	for range depth {
		wire = append([]byte{0, 45, byte(len(wire) >> 8), byte(len(wire))}, wire...)
	}
	return hex.EncodeToString(wire)
}

func TestKeaStructure(t *testing.T) {
	for _, tt := range []struct {
		family Family
		space  string
		code   uint32
		wire   string
		ok     bool
	}{
		{V4, "dhcp4", 124, "0000118b0161", true},
		{V4, "dhcp4", 124, "0000118b01610000118b00", true},
		{V4, "dhcp4", 124, "0000118b01610000000900", false},
		{V4, "dhcp4", 124, "0000118b0261", false},
		{V6, "dhcp6", 16, "0000118b000161", true},
		{V6, "dhcp6", 16, "0000118b000261", false},
		{V4, "dhcp4", 81, "01000000", true},
		{V4, "dhcp4", 81, "09000000", false},
		{V6, "dhcp6", 39, "0500", false},
		{V6, "dhcp6", 45, "", true},
		{V6, "dhcp6", 45, "00070001ff", true},
		{V6, "dhcp6", 45, "00070002ffff", false},
		{V6, "dhcp6", 45, strings.Repeat("002d0000", 2), false},
		{V6, "dhcp6", 45, "002d0004002d0000", true},
		{V6, "dhcp6", 45, nested(20), false},
		{V6, "dhcp6", 14, "00", false},
	} {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := KeaLookup(tt.family, tt.space, tt.code, keaversion.Default)
		if !ok {
			t.Fatalf("no option %d", tt.code)
		}
		if _, _, err := d.FormatData(wire); (err == nil) != tt.ok {
			t.Errorf("%d %s: %v", tt.code, tt.wire, err)
		}
	}
}

func TestKeaType(t *testing.T) {
	for _, tt := range []struct {
		letters, want string
		ok            bool
	}{
		{"6A", "binary", false},
		{"6", "ipv6-address", true},
		{"I", "ipv4-address", true},
		{"IA", "ipv4-address[]", true},
		{"Ia", "ipv4-address[]", true},
		{"IIA", "ipv4-address[]", true},
		{"IBA", "binary", false},
		{"66A", "binary", false},
		{"fIa", "record(boolean,ipv4-address)[]", true},
		{"BBS", "record(uint8,uint8,uint16)", true},
		{"fto", "binary", false},
		{"BX", "record(uint8,binary)", true},
		{"BD", "record(uint8,fqdn)[]", true},
		{"Dc", "fqdn[]", true},
		{"d", "fqdn", true},
		{"t", "string", true},
		{"X", "binary", true},
		{"Z", "empty", true},
		{"T", "uint32", true},
		{"Nstatus-codes.", "uint16", true},
		{"Nddns-styles.", "uint8", true},
		{"Eacme.", "empty>acme", true},
		{"BEacme.", "binary", false},
		{"k", "binary", false},
	} {
		typ, records, array, encapsulate, ok := KeaType(V4, mustFormat(t, tt.letters))
		got := KeaDef{Type: typ, RecordTypes: records, Array: array, Encapsulate: encapsulate}.TypeString()
		if got != tt.want || ok != tt.ok {
			t.Errorf("%s: %s, %v, want %s, %v", tt.letters, got, ok, tt.want, tt.ok)
		}
	}
}

func TestKeaNames(t *testing.T) {
	for _, tt := range []struct {
		space string
		code  uint32
		name  string
		want  string
	}{
		{"dhcp", 5, "ien116-name-servers", "name-servers"},
		{"dhcp", 6, "domain-name-servers", "domain-name-servers"},
		{"dhcp", 249, "ms-routes", "ms-routes"},
		{"dhcp", 249, "classless-static-route", "isc-classless-static-route"},
		{"dhcp", 250, "trailing-_", "trailing"},
		{"agent", 1, "circuit-id", "circuit-id"},
		{"acme", 1, "x", "x"},
	} {
		if got := KeaName(&Def{Space: tt.space, Code: tt.code, Name: tt.name}, V4, keaversion.Default); got != tt.want {
			t.Errorf("%s %d %s is %s, want %s", tt.space, tt.code, tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct{ space, want string }{
		{"", "dhcp4"}, {"DHCP6", "dhcp6"}, {"agent", "dhcp-agent-options-space"}, {"PXE", "pxe"},
		{"dhcp4", "isc-dhcp4"}, {"vendor-4491", "isc-vendor-4491"}, {"x_", "x"},
	} {
		if got, err := KeaSpace(tt.space); err != nil || got != tt.want {
			t.Errorf("space %q is %q, %v, want %q", tt.space, got, err, tt.want)
		}
	}
	if got, err := KeaSpace("server"); err == nil {
		t.Errorf("the server parameters are %q", got)
	}
}
