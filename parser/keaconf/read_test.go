package keaconf

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// brief gives the faults as "line:column[w] message" lines.
func brief(fs Faults) string {
	var b strings.Builder
	for _, f := range fs {
		line, col := f.Span.Src.Position(f.Span.Off)
		w := ""
		if f.Severity == Warning {
			w = "w"
		}
		fmt.Fprintf(&b, "%d:%d%s %s\n", line, col, w, f.Message)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestParseFaults(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", `{ "a": [ 1, -2, 01, "x", true, false, null, 1.5, .5, 1., +1, 1e3, -.5E-3 ] }`, ""},
		{"comments", "# a\n// b\n/* c\n { */ { \"a\": /**/ 1 # d\r\n } // e", ""},
		{"trailing commas", `{ "a": [ 1,, 2, ], "b": { "c": 1, }, }`,
			"1:12w an extra comma, which Kea ignores with a warning\n1:15w an extra comma, which Kea ignores with a warning\n1:33w an extra comma, which Kea ignores with a warning\n1:36w an extra comma, which Kea ignores with a warning"},
		{"leading comma", `{ , "a": [ , ] }`, "1:3 a comma stands before the first item\n1:12 a comma stands before the first item"},
		{"duplicate", "{ \"a\": 1,\n \"a\": 2 }", `2:2 duplicate key "a"; it stands at f:1:3 already`},
		{"missing comma", `{ "a": 1 "b": [ 1 2 ] }`, `1:10 a comma is missing before string "b"` + "\n" + `1:19 a comma is missing before number 2`},
		{"missing colon", `{ "a" 1, "b" }`, `1:7 a colon is missing after the key "a"` + "\n" + `1:14 a colon is missing after the key "b"` + "\n" + `1:14 the value of "b" is missing`},
		{"missing value", `{ "a": , "b": 1 }`, `1:8 the value of "a" is missing`},
		{"key without quotes", `{ a: 1, 2: 3 }`, "1:3 unexpected word a; strings are written in double quotes\n1:9 a key in double quotes is expected, not number 2"},
		{"capitals", `{ "a": True, "b": NULL }`, "1:8 write true in lower case\n1:19 write null in lower case"},
		{"single quotes", `{ "a": 'x' }`, "1:8 strings are written in double quotes"},
		{"no end", `{ "a": [ 1`, "1:8 this list has no end; add ]\n1:1 this map has no end; add }"},
		{"wrong bracket", "{ \"a\": [ 1 }, \"b\": 1 }", "1:12 ] expected, to end the list that begins at f:1:8, not }"},
		{"after the end", `{ "a": 1 } }`, "1:12 unexpected } after the end of the configuration"},
		{"no map", `[ 1 ]`, "1:1 a configuration is a map: { ... }"},
		{"empty", ``, "1:1 a configuration is a map: { ... }"},
		{"string without end", "{ \"a\": \"x\n, \"b\": 1 }", `1:8 this string has no end; add "`},
		{"escapes", `{ "a": "\"\\\/\b\f\n\r\t\u0041\u00ff", "b": "\x", "c": "\u0100", "d": "\u00g0" }`,
			`1:46 a backslash stands for itself only when doubled: \\` + "\n" + `1:57 Kea knows escapes up to \u00ff only; write the character itself` + "\n" + `1:72 \u wants four hexadecimal digits`},
		{"control character", "{ \"a\": \"x\ty\" }", `1:10 control characters in a string are written as escapes, as \t or \u0007`},
		{"numbers", `{ "a": 9223372036854775808, "b": -, "c": 1e400, "d": 0x10 }`,
			"1:8 the integer does not fit into 64 bits\n1:34 \"-\" is not a number\n1:42 \"1e400\" is not a number\n1:55 unexpected \"x10\""},
		{"comment without end", "{ \"a\": 1 /* x }", "1:10 this comment has no end; add */\n1:1 this map has no end; add }"},
		{"odd bytes", "\ufeff{ \"a\": 1\v }", "1:1 Kea does not take a byte order mark; save the file without one\n1:12 unexpected \"\\v\""},
		{"missing include", `{ <?include "nope"?> }`, "1:3 cannot include: file does not exist"},
		{"bad includes", "{ <?include nope?>\n<?exclude?>\n<?include \"x\" ?}\n<x \"a\": 1 }", "1:3 the name of the file to include is missing: <?include \"file\"?>\n2:1 the only directive is <?include \"file\"?>\n3:1 ?> is missing after the name of the file to include\n4:1 unexpected \"<x\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			none := func(string) ([]byte, error) { return nil, fs.ErrNotExist }
			_, faults := Parse("f", []byte(tt.in), none)
			if got := brief(faults); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestParseTree(t *testing.T) {
	root, faults := Parse("f", []byte("{ \"a\": [ 1, { \"b\": \"\\u00ffx\" } ],\n  \"c\": 2.5 }"), nil)
	if faults != nil {
		t.Fatal(faults)
	}
	if got, want := root.Value(), (Object{{"a", []any{int64(1), Object{{"b", "\xffx"}}}}, {"c", 2.5}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, tt := range []struct {
		span       Span
		text, want string
	}{
		{root.Get("a").Span(), `[ 1, { "b": "\u00ffx" } ]`, "f:1:8"},
		{root.Get("a").KeySpan(), `"a"`, "f:1:3"},
		{root.Get("c").Span(), `2.5`, "f:2:8"},
	} {
		if tt.span.Text() != tt.text || tt.span.String() != tt.want {
			t.Errorf("got %s at %s, want %s at %s", tt.span.Text(), tt.span, tt.text, tt.want)
		}
	}
}

func TestInclude(t *testing.T) {
	files := map[string]string{
		"one": `"b": 1, <?include "two"?>`, "two": `"c": [ 1 2 ]`,
		"loop": `<?include "loop"?>`, "/etc/kea/sub": `"d": 1`,
		"bomb": strings.Repeat(`<?include "bomb"?>`, 50),
	}
	read := func(name string) ([]byte, error) {
		if s, ok := files[name]; ok {
			return []byte(s), nil
		}
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	root, faults := Parse("/etc/kea/f", []byte(`{ "a": 0, <?include "one"?>, "e": 2 }`), read)
	if len(faults) != 1 || faults[0].Span.String() != "two:1:10" {
		t.Fatalf("got %v", faults)
	}
	if stack := faults[0].Span.IncludeStack(); len(stack) != 2 || stack[0].String() != "one:1:9" || stack[1].String() != "/etc/kea/f:1:11" {
		t.Errorf("stack %v", stack)
	}
	var keys []string
	for _, m := range root.Items {
		keys = append(keys, m.Key)
	}
	if got := strings.Join(keys, ""); got != "abce" {
		t.Errorf("keys %s", got)
	}
	_, faults = Parse("/etc/kea/f", []byte(`{ <?include "sub"?> }`), read)
	if len(faults) != 1 || faults[0].Severity != Warning {
		t.Errorf("an include beside the file: %v", faults)
	}
	_, faults = Parse("f", []byte(`{ <?include "loop"?> }`), read)
	if len(faults) != 1 || !strings.Contains(faults[0].Message, "nested more than 11 deep") {
		t.Errorf("a loop: %v", faults)
	}
	_, faults = Parse("f", []byte(`{ <?include "bomb"?> }`), read)
	if !strings.Contains(faults.Error(), "more than 1000 includes") || len(faults) > maxFaults+1 {
		t.Errorf("%d faults", len(faults))
	}
}

func TestParseLimits(t *testing.T) {
	for name, in := range map[string]string{
		"lists":   `{ "a": ` + strings.Repeat("[", 1e6),
		"maps":    strings.Repeat(`{ "a": `, 1e5),
		"closed":  `{ "a": ` + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + " }",
		"faults":  `{ "a": [ ` + strings.Repeat("} ", 1e5),
		"commas":  `{ "a": [ 1` + strings.Repeat(",", 1e6) + "] }",
		"strings": `{ "a": "` + strings.Repeat(`\x`, 1e5),
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := Parse("f", []byte(in), nil)
			if len(faults) == 0 || len(faults) > maxFaults+1 {
				t.Errorf("%d faults", len(faults))
			}
		})
	}
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, "\"k%d\": %d,\n", i, i)
	}
	root, faults := Parse("f", []byte("{"+many.String()+`"k99999": 1 }`), nil)
	if len(root.Items) != 100_000 || len(faults) != 1 {
		t.Errorf("%d members, %v", len(root.Items), faults)
	}
}

func TestDetect(t *testing.T) {
	for in, want := range map[string]string{
		`{ "Dhcp4": {} }`:         "dhcp4",
		`{ "Dhcp6": 1 }`:          "dhcp6",
		`{ "DhcpDdns": {} }`:      "ddns",
		`{ "Control-agent": {} }`: "ctrl-agent",
		`{ "DHCP4": {} }`:         `f:1:3: "DHCP4" is no server of Kea; did you mean "Dhcp4"?`,
		`{ "Logging": {} }`:       `f:1:3: "Logging" is no server of Kea; use Dhcp4, Dhcp6, DhcpDdns or Control-agent`,
		`{}`:                      `f:1:1: a configuration begins with { "Dhcp4":, { "Dhcp6":, { "DhcpDdns": or { "Control-agent":`,
	} {
		root, _ := Parse("f", []byte(in), nil)
		got, fault := Detect(root)
		if fault != nil {
			got = Daemon(fault.Error())
		}
		if string(got) != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	if _, fault := Detect(nil); fault == nil {
		t.Error("nothing is a configuration")
	}
}

func TestDecodeFaults(t *testing.T) {
	root, _ := Parse("f", []byte(`{ "Dhcp4": {
  "valid-lifetime": "1", "rebind-timer": -1, "renew-timer": 4294967296,
  "authoritative": 1, "subnet4": {}, "valid-lifetimes": 1,
  "host-reservation-identifiers": [ 1 ], "option-data": [ 5, { "code": 65536 } ]
}, "Dhcp6": {} }`), nil)
	_, faults := Decode(root)
	if got, want := brief(faults), strings.Join([]string{
		`2:21 an integer is expected for "valid-lifetime", not a string`,
		`2:42 "rebind-timer" is between 0 and 4294967295`,
		`2:61 "renew-timer" is between 0 and 4294967295`,
		`3:20 a boolean is expected for "authoritative", not an integer`,
		`3:34 a list is expected for "subnet4", not a map`,
		`3:38 unknown key "valid-lifetimes"`,
		`4:37 a string is expected for "", not an integer`,
		`4:59 a map is expected for "", not an integer`,
		`4:72 "code" is between 0 and 65535`,
		`5:4 only "Dhcp4" may stand here`,
	}, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// again writes c and reads the result.
func again(t *testing.T, c Config) Config {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c, keaversion.V3_0); err != nil {
		t.Fatal(err)
	}
	root, faults := Parse("again", b.Bytes(), nil)
	if len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, b.Bytes())
	}
	back, faults := Decode(root)
	if len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, b.Bytes())
	}
	return back
}

func FuzzParse(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, sample(), keaversion.V2_2); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	for _, s := range []string{
		`{ "Dhcp6": { "subnet6": [ { "id": 1, "subnet": "2001:db8::/32", "pd-pools": [ { "prefix": "2001:db8::", "prefix-len": 48, "delegated-len": 64 } ] } ] } }`,
		`{ "DhcpDdns": { "tsig-keys": [ { "name": "\u00ff\u0000" } ], "user-context": { "a": [ 1e3, -0, +1., null, { } ] } } }`,
		`{ "Control-agent": { "control-sockets": { "d2": { "socket-name": "x" } }, } } // end`,
		"{ , /* <?include \"x\"?> <?include \"self\"?> # \"\\", `{ "Dhcp4": { "relay-supplied-options": [ "1", 2 ], "a": 'b' ] ] }`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		reads := 0
		root, faults := Parse("f", in, func(name string) ([]byte, error) {
			if reads++; name == "self" && reads < 5 {
				return in, nil
			}
			return nil, errors.New("no such file")
		})
		for _, fault := range faults {
			_ = fault.Error()
		}
		if faults.HasErrors() {
			return
		}
		c, faults := Decode(root)
		if len(faults) > 0 {
			return
		}
		// Once written, absent and empty are told apart no more.
		once := again(t, c)
		if twice := again(t, once); !reflect.DeepEqual(once, twice) {
			t.Errorf("written and read:\n%#v\nthen:\n%#v", once, twice)
		}
	})
}

func TestWriteRead(t *testing.T) {
	c := sample()
	c.Comments, c.KeyComments = nil, nil // not read
	once := again(t, c)
	if twice := again(t, once); !reflect.DeepEqual(once, twice) {
		t.Error("written and read twice, the configuration has changed")
	}
	got := once.(*DHCP4)
	if *got.ValidLifetime != 43200 || *got.Subnet4[0].Reservations[1].Extra.BootFileName != "" || len(got.Loggers[0].OutputOptions) != 1 {
		t.Errorf("got %#v", got)
	}
}

func BenchmarkParse100kHosts(b *testing.B) {
	var buf bytes.Buffer
	if err := Write(&buf, bigConfig(100_000), keaversion.V3_0); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, faults := Parse("f", buf.Bytes(), nil); faults != nil {
			b.Fatal(faults)
		}
	}
}
