package option

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func num(k Kind, n int64) Value   { return Value{Kind: k, Num: n} }
func text(k Kind, s string) Value { return Value{Kind: k, Text: s} }
func ip4(s string) Value          { return Value{Kind: IPv4, Addr: netip.MustParseAddr(s)} }
func ip6(s string) Value          { return Value{Kind: IPv6, Addr: netip.MustParseAddr(s)} }
func mustFormat(t testing.TB, letters string) Format {
	t.Helper()
	f, err := ParseFormat(letters)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var encodeTests = []struct {
	name, letters string
	vals          []Value
	wire          string // hexadecimal
}{
	{"flag", "f", []Value{num(Bool, 1)}, "01"},
	{"ignore", "f", []Value{num(Bool, 2)}, "02"},
	{"int8", "b", []Value{num(Int8, -1)}, "ff"},
	{"int32", "l", []Value{num(Int32, -3600)}, "fffff1f0"},
	{"uint16", "S", []Value{num(Uint16, 1500)}, "05dc"},
	{"infinite", "T", []Value{num(Lifetime, 0xffffffff)}, "ffffffff"},
	{"addresses", "IA", []Value{ip4("10.0.0.1"), ip4("10.0.0.2")}, "0a0000010a000002"},
	{"pairs", "IIA", []Value{ip4("1.0.0.0"), ip4("1.0.0.1"), ip4("2.0.0.0"), ip4("2.0.0.1")}, "01000000010000010200000002000001"},
	{"last repeats", "fIa", []Value{num(Bool, 1), ip4("1.1.1.1"), ip4("2.2.2.2")}, "010101010102020202"},
	{"address 6", "6", []Value{ip6("2001:db8::1")}, "20010db8000000000000000000000001"},
	{"text", "t", []Value{text(Text, "foo")}, "666f6f"},
	{"empty text", "t", []Value{text(Text, "")}, ""},
	{"bytes with NUL", "X", []Value{text(Bytes, "\x01\x00\xff")}, "0100ff"},
	{"optional absent", "fto", []Value{num(Bool, 1)}, "01"},
	{"optional present", "fto", []Value{num(Bool, 1), text(Text, "a")}, "0161"},
	{"domain name", "d", []Value{text(DomainName, "a.bc")}, "01610262630" + "0"},
	{"domain list", "D", []Value{text(DomainList, "a.b"), text(DomainList, "c.b")}, "01610162000163016200"},
	{"compressed", "Dc", []Value{text(CompressedDomainList, "a.example.com"), text(CompressedDomainList, "b.Example.com"), text(CompressedDomainList, "com")},
		"0161076578616d706c6503636f6d00" + "0162c002" + "c00a"},
	{"three names", "D", []Value{text(DomainList, "a.b"), text(DomainList, "cc.b"), text(DomainList, "d")}, "016101620002636301620001640" + "0"},
	{"record compressed", "BDc", []Value{num(Uint8, 9), text(CompressedDomainList, "a.bc"), text(CompressedDomainList, "d.bc")}, "09" + "016102626300" + "0164c002"},
	{"compressed bytes", "Dc", []Value{text(CompressedDomainList, `\218.bc`), text(CompressedDomainList, `\131.bc`), text(CompressedDomainList, `\131.BC`)},
		"01da02626300" + "0183c002" + "c006"},
	{"record with text", "BSt", []Value{num(Uint8, 1), num(Uint16, 2), text(Text, "x \"y\" \\")}, "010002" + "78202279222" + "05c"},
	{"records of three", "BIfA", []Value{num(Uint8, 1), ip4("1.1.1.1"), num(Bool, 0), num(Uint8, 2), ip4("2.2.2.2"), num(Bool, 1)}, "010101010100" + "020202020201"},
	{"limits", "bsl", []Value{num(Int8, -128), num(Int16, -32768), num(Int32, -2147483648)}, "80800080000000"},
	{"record with list", "6BD", []Value{ip6("::1"), num(Uint8, 3), text(DomainList, "a"), text(DomainList, "b")},
		"0000000000000000000000000000000103016100016200"},
	{"enumeration", "Nstatus-codes.to", []Value{num(Enum, 2), text(Text, "no")}, "00026e6f"},
	{"nothing", "Z", nil, ""},
	{"escaped dot", "D", []Value{text(DomainList, `a\.b.c`)}, "03612e62016300"},
	{"encapsulated", "Evendor.", []Value{text(Encapsulated, "\x01\x01\x00")}, "010100"},
}

func TestEncodeDecode(t *testing.T) {
	for _, tt := range encodeTests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustFormat(t, tt.letters)
			wire, err := f.Encode(tt.vals)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(wire); got != tt.wire {
				t.Errorf("wire = %s, want %s", got, tt.wire)
			}
			vals, err := f.Decode(wire)
			if err != nil {
				t.Fatal(err)
			}
			fold := cmp.Comparer(func(a, b string) bool { return lowerASCII(a) == lowerASCII(b) })
			if d := cmp.Diff(tt.vals, vals, fold, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("decoded (-want +got):\n%s", d)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	for _, tt := range []struct {
		letters string
		vals    []Value
		want    string
	}{
		{"B", []Value{num(Uint8, 256)}, "-128..255"},
		{"S", []Value{num(Uint16, -32769)}, "-32768..65535"},
		{"f", []Value{num(Bool, 3)}, "0..2"},
		{"T", []Value{num(Lifetime, -1)}, "0..4294967295"},
		{"I", []Value{ip6("::1")}, "::1 is no ip-address"},
		{"6", []Value{ip4("1.2.3.4")}, "1.2.3.4 is no ip6-address"},
		{"I", []Value{text(Text, "x")}, "a text stands where a ip-address belongs"},
		{"I", nil, "value 1 (ip-address) is missing"},
		{"IIA", []Value{ip4("1.1.1.1"), ip4("1.1.1.1"), ip4("1.1.1.1")}, "value 4 (ip-address) is missing"},
		{"I", []Value{ip4("1.1.1.1"), ip4("1.1.1.1")}, "value 2 is one too many"},
		{"Z", []Value{num(Uint8, 1)}, "value 1 is one too many"},
		{"d", []Value{text(DomainName, "a..b")}, "empty label"},
		{"d", []Value{text(DomainName, strings.Repeat("a", 64))}, "64 bytes, the most is 63"},
		{"d", []Value{text(DomainName, strings.Repeat("a.", 200))}, "more than 255 bytes"},
		{"D", []Value{num(Uint8, 1)}, "must be a domain name"},
	} {
		_, err := mustFormat(t, tt.letters).Encode(tt.vals)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %v: error %v, want %q", tt.letters, tt.vals, err, tt.want)
		}
	}
	_, err := mustFormat(t, "I").Encode([]Value{{Kind: IPv4, Text: "ns.example.com"}})
	if !errors.Is(err, ErrHostName) {
		t.Errorf("a host name: %v", err)
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, tt := range []struct{ letters, wire, want string }{
		{"I", "0a0000", "takes 4 bytes, 3 are left"},
		{"I", "0a00000101", "1 of 5 bytes are left over"},
		{"IA", "", "takes 4 bytes, 0 are left"},
		{"f", "03", "3 is no flag"},
		{"Z", "00", "left over"},
		{"d", "0161", "end within"},
		{"D", "016100c000", "starts with the byte 0xc0"},
		{"Dc", "c000", "does not point backwards"},
	} {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mustFormat(t, tt.letters).Decode(wire); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: error %v, want %q", tt.letters, tt.wire, err, tt.want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, tt := range encodeTests {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(tt.letters, wire)
	}
	for _, s := range builtin() {
		for _, d := range s.byCode {
			f.Add(d.Format.String(), []byte("\x01\x00\x00\x00\x00"))
		}
	}
	f.Fuzz(func(t *testing.T, letters string, wire []byte) {
		format, err := ParseFormat(letters)
		if err != nil {
			return
		}
		if format.String() != letters {
			t.Fatalf("format %q prints as %q", letters, format)
		}
		vals, err := format.Decode(wire)
		if err != nil {
			return
		}
		again, err := format.Encode(vals)
		if err != nil {
			t.Fatalf("%s: %x decodes to %v, which does not encode: %v", letters, wire, vals, err)
		}
		if !strings.Contains(letters, "Dc") {
			if string(again) != string(wire) {
				t.Fatalf("%s: %x decodes to %v and encodes to %x", letters, wire, vals, again)
			}
			return
		}
		// A list can be compressed in more than one way: the names must be the same.
		back, err := format.Decode(again)
		if err != nil {
			t.Fatalf("%s: %x encodes to %x, which does not decode: %v", letters, wire, again, err)
		}
		if len(back) != len(vals) {
			t.Fatalf("%s: %v became %v", letters, vals, back)
		}
		for i := range vals {
			if lowerASCII(vals[i].Text) != lowerASCII(back[i].Text) || vals[i].Num != back[i].Num || vals[i].Addr != back[i].Addr {
				t.Fatalf("%s: %v became %v", letters, vals, back)
			}
		}
	})
}
