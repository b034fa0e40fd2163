package option

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// dhcpdType writes a format as the type of an option definition; ok is false
// for the formats that only dhcpd's own tables have.
func dhcpdType(f Format) (typ string, ok bool) {
	var fields []string
	for i, field := range f.Fields {
		s := field.Kind.String()
		switch field.Kind {
		case Bool:
			s = "boolean"
		case Int8, Int16, Int32:
			s = "signed " + s
		case Lifetime, Enum, KeyName, SpaceName, Empty, Encapsulated:
			return "", false
		}
		if field.Optional {
			return "", false
		}
		if f.Repeat == RepeatLast && i == len(f.Fields)-1 {
			s = "array of " + s
		}
		fields = append(fields, s)
	}
	s := strings.Join(fields, ", ")
	if len(fields) > 1 {
		s = "{ " + s + " }"
	}
	if f.Repeat == RepeatWhole {
		s = "array of " + s
	}
	return s, true
}

// What Encode gives is what dhcpd sends, for every kind of field, and dhcpd
// reads what Text writes.
func TestDhcpdSendsTheSame(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	l := newLink(t)
	type sent struct {
		name string
		code uint32
		wire string
	}
	var want []sent
	var conf strings.Builder
	conf.WriteString("ping-check false;\nauthoritative;\nsubnet 198.18.0.0 netmask 255.254.0.0 { range 198.18.1.1 198.18.1.200; }\n")
	code := uint32(160)
	for _, tt := range encodeTests {
		f := mustFormat(t, tt.letters)
		typ, ok := dhcpdType(f)
		if !ok {
			continue
		}
		code++
		fmt.Fprintf(&conf, "option x%d code %d = %s;\noption x%d %s;\n", code, code, typ, code, f.Text(tt.vals))
		want = append(want, sent{tt.name, code, tt.wire})
	}
	for _, d := range []struct {
		name, letters string
		vals          []Value
	}{
		{"slp-service-scope", "fto", []Value{num(Bool, 1)}},
		{"slp-service-scope", "fto", []Value{num(Bool, 1), text(Text, "a")}},
		{"vivco", "Evendor-class.", []Value{text(Encapsulated, "\x00\x00\x09\xbf\x01a")}},
	} {
		own, ok := NewTable(V4).Lookup("", d.name)
		if !ok || own.Format.String() != d.letters {
			t.Fatalf("%s = %+v", d.name, own)
		}
		wire, err := own.Format.Encode(d.vals)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&conf, "option %s %s;\n", d.name, own.Format.Text(d.vals))
		if n := len(want); want[n-1].code == own.Code {
			want = want[:n-1] // the last value wins
		}
		want = append(want, sent{d.name, own.Code, hex.EncodeToString(wire)})
	}
	file := writeFile(t, "dhcpd.conf", conf.String())
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if ok, out, err := dhcpd.CheckDhcpd(ctx, file, false); err != nil || !ok {
		t.Fatalf("dhcpd refuses: %v\n%s\n%s", err, out, conf.String())
	}
	ctx, out := l.serve(ctx, t, dhcpd.Command(ctx, "-4", "-f", "-d", "-cf", file, "-lf", writeFile(t, "dhcpd.leases", ""), "--no-pid", "srv0"))
	for _, w := range want {
		got, found, err := l.ask4(ctx, 1, w.code)
		if err != nil {
			t.Fatalf("%s: %v\n%s", w.name, err, out)
		}
		wire, err := hex.DecodeString(w.wire)
		if err != nil {
			t.Fatal(err)
		}
		if len(wire) == 0 && !found {
			continue // dhcpd leaves out what is empty
		}
		if !found || !bytes.Equal(got, wire) {
			t.Errorf("%s: dhcpd sends %x (%v), want %x", w.name, got, found, wire)
		}
	}
}

// What Pack gives is what dhcpd sends for the options of a space within another
// option, also of its own vendor spaces. It sends option 125 only when an option
// of the space "vendor" itself is set: options of the vendors' spaces alone are
// not sent.
func TestDhcpdSendsSpaces(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	l := newLink(t)
	var conf strings.Builder
	conf.WriteString("ping-check false;\nsubnet 198.18.0.0 netmask 255.254.0.0 { range 198.18.1.1 198.18.1.200; }\n")
	for i, tt := range packTests {
		fmt.Fprintf(&conf, "option space s%d code width %d length width %d;\n", i, tt.code, tt.length)
		for k, o := range tt.options {
			fmt.Fprintf(&conf, "option s%d.o%d code %d = string;\noption s%d.o%d %s;\n", i, k, o.Code, i, k, bytesText(string(o.Data)))
		}
		fmt.Fprintf(&conf, "option x%d code %d = encapsulate s%d;\n", i, 170+i, i)
	}
	conf.WriteString("option space acme;\noption acme.a code 2 = text;\noption acme.a \"b\";\n" +
		"option vendor.acme code 4491 = encapsulate acme;\noption vendor.isc \"z\";\noption vendor-class.isc \"c\";\n")
	file := writeFile(t, "dhcpd.conf", conf.String())
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ctx, out := l.serve(ctx, t, dhcpd.Command(ctx, "-4", "-f", "-d", "-cf", file, "-lf", writeFile(t, "dhcpd.leases", ""), "--no-pid", "srv0"))
	check := func(code uint32, want string) {
		t.Helper()
		got, _, err := l.ask4(ctx, 1, code)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if hex.EncodeToString(got) != want {
			t.Errorf("option %d: dhcpd sends %x, want %s", code, got, want)
		}
	}
	check(43, "") // no vendor-option-space
	for i, tt := range packTests {
		check(uint32(170+i), tt.wire)
	}
	table := NewTable(V4)
	for _, v := range []struct {
		code       uint32
		space      string
		suboptions []Suboption
	}{
		{125, "vendor", []Suboption{{2495, []byte("z")}, {4491, []byte("\x02\x01b")}}},
		{124, "vendor-class", []Suboption{{2495, []byte("c")}}},
	} {
		s, ok := table.Space(v.space)
		if !ok {
			t.Fatalf("no space %s", v.space)
		}
		wire, err := s.Pack(v.suboptions)
		if err != nil {
			t.Fatal(err)
		}
		check(v.code, hex.EncodeToString(wire))
	}
}

// dhcpd accepts a value of every built-in option in the notation that Text
// writes, under the name and with the format of the table.
func TestDhcpdAcceptsEveryOption(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	var conf strings.Builder
	n := 0
	for _, family := range []Family{V4, V6} {
		conf.Reset()
		table := NewTable(family)
		for _, space := range table.Spaces() {
			for _, name := range table.Names(space) {
				d, ok := table.Lookup(space, name)
				if !ok {
					t.Fatalf("%s.%s vanished", space, name)
				}
				if strings.HasPrefix(d.Name, "ldap-") || d.Name == "omapi-key" || len(d.Format.Fields) == 0 {
					continue // another build; needs a key; cannot be written
				}
				vals := sampleValues(d.Format)
				if _, err := d.Format.Encode(vals); err != nil {
					t.Errorf("%s.%s: %v", space, name, err)
				}
				fmt.Fprintf(&conf, "option %s.%s %s;\n", d.Space, d.Name, d.Format.Text(vals))
				n++
			}
		}
		file := writeFile(t, "dhcpd.conf", conf.String())
		ok, out, err := dhcpd.CheckDhcpd(t.Context(), file, family == V6)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			t.Errorf("DHCPv%d: dhcpd refuses:\n%s\n%s", family, out, conf.String())
		}
	}
	t.Logf("%d values", n)
}

// sampleValues gives values for each field, and for repetitions two rounds.
func sampleValues(f Format) []Value {
	var vals []Value
	add := func(fields []Field) {
		for _, field := range fields {
			v := Value{Kind: field.Kind, Num: 1}
			switch field.Kind {
			case Empty:
				continue
			case IPv4:
				v.Addr = ip4("192.0.2.1").Addr
			case IPv6:
				v.Addr = ip6("2001:db8::1").Addr
			case Text, Bytes, Encapsulated:
				v.Text = "te\"x\\t"
			case Enum:
				if e, ok := LookupEnum(field.Space); ok {
					v.Num = e.Values[0].Number
				}
			case SpaceName:
				v.Text = "nwip"
			case DomainName, DomainList, CompressedDomainList, KeyName:
				v.Text = "a.example"
				vals = append(vals, v)
				if field.Kind == DomainName || field.Kind == KeyName {
					continue
				}
				v.Text = "b.example"
			}
			vals = append(vals, v)
		}
	}
	add(f.Fields)
	switch {
	case len(f.Fields) == 0:
	case f.Repeat == RepeatLast:
		add(f.Fields[len(f.Fields)-1:])
	case f.Repeat == RepeatWhole:
		add(f.Fields)
	}
	return vals
}

// After definitions that repeat a name or a code, dhcpd reads a value by the
// format that the table finds.
func TestDefineAsDhcpd(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	type def struct {
		name    string
		code    uint32
		letters string
	}
	sample := map[string]string{"t": `"text"`, "S": "7", "IA": "192.0.2.1", "Sa": "7", "X": "61:62:63"}
	for _, tt := range []struct {
		defs []def
		use  string
	}{
		{nil, "routers"},
		{nil, "unknown-3"},
		{nil, "unknown-224"},
		{[]def{{"arch", 93, "t"}}, "arch"},
		{[]def{{"arch", 93, "t"}}, "pxe-system-type"},
		{[]def{{"arch", 93, "t"}}, "unknown-93"},
		{[]def{{"routers", 200, "t"}}, "routers"},
		{[]def{{"routers", 200, "t"}}, "unknown-3"},
		{[]def{{"a", 200, "t"}, {"b", 200, "S"}}, "a"},
		{[]def{{"a", 200, "t"}, {"b", 200, "S"}}, "b"},
		{[]def{{"a", 200, "t"}, {"b", 200, "S"}}, "unknown-200"},
		{[]def{{"a", 200, "t"}, {"a", 201, "S"}}, "a"},
		{[]def{{"a", 200, "t"}, {"a", 201, "S"}}, "unknown-200"},
		{[]def{{"a", 200, "t"}, {"a", 201, "S"}}, "unknown-201"},
		{[]def{{"A", 200, "t"}}, "a"},
	} {
		table := NewTable(V4)
		var conf strings.Builder
		for _, d := range tt.defs {
			f := mustFormat(t, d.letters)
			if _, err := table.Define(Def{Name: d.name, Code: d.code, Format: f}); err != nil {
				t.Fatal(err)
			}
			typ, _ := dhcpdType(f)
			fmt.Fprintf(&conf, "option %s code %d = %s;\n", d.name, d.code, typ)
		}
		found, ok := table.Lookup("", tt.use)
		if !ok {
			t.Errorf("%v: %s is not found", tt.defs, tt.use)
			continue
		}
		letters := found.Format.String()
		for other, value := range sample {
			// A number can be octets or the name of a host; "Sa" and "S" take the same.
			if other == "Sa" || letters == "X" && other != "IA" || letters == "IA" && other == "S" {
				continue
			}
			want := other == letters || other == "S" && letters == "Sa"
			file := writeFile(t, "dhcpd.conf", conf.String()+"option "+tt.use+" "+value+";\n")
			accepted, out, err := dhcpd.CheckDhcpd(t.Context(), file, false)
			if err != nil {
				t.Fatal(err)
			}
			if accepted != want {
				t.Errorf("%v: option %s %s: dhcpd accepts %v, the table has the format %s\n%s", tt.defs, tt.use, value, accepted, letters, out)
			}
		}
	}
}
