package dhcpdconf

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// noFiles is a file system without files.
func noFiles(name string) ([]byte, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// TestHostileInput gives the parser what no operator writes. It must say
// something and give a tree that prints back; that it takes linear time shows
// in the sizes.
func TestHostileInput(t *testing.T) {
	const many = 100_000
	for _, tt := range []struct {
		name string
		text string
		code string // of a diagnostic; "" for none
	}{
		{"empty", "", ""},
		{"blanks", strings.Repeat(" \n", many), "blanks-too-long"},
		{"blanks that fit", "authoritative;" + strings.Repeat(" ", 1499) + "authoritative;" + strings.Repeat("\n", 1499), ""},
		{"blanks that do not fit", "authoritative;" + strings.Repeat(" ", 1500) + "authoritative;", "blanks-too-long"},
		{"blanks between comments", strings.Repeat(strings.Repeat(" ", 1000)+"# x\n", 3), ""},
		{"word that fits", "host " + strings.Repeat("z", 1499) + " { }", ""},
		{"word that does not fit", "host " + strings.Repeat("z", 1500) + " { }", "word-too-long"},
		{"text that fits", "option domain-name \"" + strings.Repeat("z", 1499) + "\";", ""},
		{"text that does not fit", "option domain-name \"" + strings.Repeat("z", 1500) + "\";", "text-too-long"},
		{"byte 255 at the end", "authoritative; \xff nonsense {", ""},
		{"byte 255 in a comment", "# \xff nonsense word\n", "unknown-statement"},
		{"byte 255 in a text", "option domain-name \"\xff\";", "byte-255-in-text"},
		{"byte 255 in a block", "group { \xff }", "unterminated-block"},
		{"latin-1", "# \xfc\noption domain-name \"\xfc\";", ""},
		{"comment without end", "# nothing", ""},
		{"unterminated string", `option domain-name "abc`, "unterminated-string"},
		{"backslash at the end", `option domain-name "abc\`, "unterminated-string"},
		{"unterminated block", "subnet 10.0.0.0 netmask 255.0.0.0 {\n", "unterminated-block"},
		{"nothing but zeros", strings.Repeat("\x00", many), "unknown-statement"},
		{"binary", string(randomBytes(many)), "unknown-statement"},
		{"nested groups", strings.Repeat("group { ", many), "nesting-too-deep"},
		{"closed nested groups", strings.Repeat("group { ", many) + strings.Repeat("}", many), "nesting-too-deep"},
		{"nested ifs", strings.Repeat("if known { ", many) + strings.Repeat("}", many), "nesting-too-deep"},
		{"braces", strings.Repeat("{", many), "unknown-statement"},
		{"closing braces", strings.Repeat("}", many), "stray-brace"},
		{"semicolons", strings.Repeat(";", many), "stray-semicolon"},
		{"parentheses", "if " + strings.Repeat("(", many) + "known" + strings.Repeat(")", many) + " { }", "nesting-too-deep"},
		{"calls", "set x = " + strings.Repeat("concat(", many) + `"a"` + strings.Repeat(")", many) + ";", "nesting-too-deep"},
		{"nots", "if " + strings.Repeat("not ", many) + "known { }", "nesting-too-deep"},
		{"ands", "if known" + strings.Repeat(" and known", 10_000) + " { }", ""},
		{"comparisons", `if "a" = "b"` + strings.Repeat(` and "a" = "b"`, 9_000) + " { }", ""},
		{"too many operands", "if known" + strings.Repeat(" or known", 30_000) + " { }", "expression-too-long"},
		{"elsifs", "if known { }" + strings.Repeat(" elsif static { }", many/5), ""},
		{"else ifs with errors", "if known { }" + strings.Repeat(" else if static = { }", many/5), "expected-block"},
		{"unknown statements", strings.Repeat("nonsense word;\n", many), "too-many-errors"},
		{"unknown options", strings.Repeat("option nonsense 1;\n", many), "too-many-errors"},
		{"missing semicolons", strings.Repeat("authoritative\n", many), "missing-semicolon"},
		{"one long line", "option domain-name-servers " + strings.Repeat("10.0.0.1, ", many) + "10.0.0.1;", ""},
		{"one long word", strings.Repeat("a", 1_000_000), "unknown-statement"},
		{"one long text", `filename "` + strings.Repeat("a", 1_000_000) + `";`, "text-too-long"},
		{"escapes", `filename "` + strings.Repeat(`\0`, many), "unterminated-string"},
		{"cases", "switch (option host-name) { " + strings.Repeat(`case "a": `, many) + "}", ""},
		{"cases without colons", "switch (option host-name) { " + strings.Repeat(`case "a" `, many) + "}", "expected-colon"},
		{"octets", "option vendor-encapsulated-options " + strings.Repeat("1:", many) + "1;", ""},
		{"log", strings.Repeat(`log(`, many), "nesting-too-deep"},
		{"zone parts", "zone a. { " + strings.Repeat("foo ", many), "unknown-setting"},
		{"comments", strings.Repeat("# a\n", many) + "authoritative;" + strings.Repeat("# b\n", many), ""},
		{"hosts of one name", strings.Repeat("host a { }\n", many), "duplicate-host"},
		{"ranges", "subnet 10.0.0.0 netmask 255.0.0.0 { " + strings.Repeat("range 10.0.0.1 10.2.255.254;\n", many) + "}", "address-declared-twice"},
		{"subnets with pools", "shared-network a { " + manySubnets(2000) + "}", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, diags := Parse("dhcpd.conf", []byte(tt.text), Options{ReadFile: noFiles})
			if !bytes.Equal(Print(f), []byte(tt.text)) {
				t.Error("printing it back gives other bytes")
			}
			if tt.code == "" {
				if diags.HasErrors() {
					t.Errorf("unexpected: %.300s", diags)
				}
				return
			}
			for _, d := range diags {
				if d.Code == tt.code {
					return
				}
			}
			t.Errorf("no %s: %.300s", tt.code, diags)
		})
	}
}

// randomBytes is what a compressed file looks like.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func manySubnets(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "subnet 10.%d.%d.0 netmask 255.255.255.0 { }\n", i>>8, i&255)
	}
	for i := range n {
		fmt.Fprintf(&b, "pool { range 10.%d.%d.1; }\n", i>>8, i&255)
	}
	return b.String()
}

func TestIncludes(t *testing.T) {
	files := map[string]string{
		"/etc/dhcp/dhcpd.conf":     "authoritative;",
		"/etc/dhcp/hosts.conf":     "host a { }\nhost b { }\n",
		"/etc/dhcp/loop.conf":      `include "/etc/dhcp/loop.conf";`,
		"/etc/dhcp/a.conf":         `include "/etc/dhcp/b.conf";`,
		"/etc/dhcp/b.conf":         `include "/etc/dhcp/a.conf";`,
		"/copy/etc/dhcp/root.conf": "authoritative;",
		"/etc/dhcp/beside.conf":    "authoritative;",
		"cwd.conf":                 "authoritative;",
		"/etc/dhcp/subnet6.conf":   "subnet6 2001:db8::/64 { }",
		"/etc/dhcp/brace.conf":     "authoritative; }",
		"/etc/dhcp/open.conf":      "group {",
		"/etc/dhcp/hw.conf":        "hardware ethernet 1:2:3:4:5:6;",
		"/etc/dhcp/pool.conf":      "range 10.0.0.5;",
	}
	read := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return noFiles(name)
	}
	for _, tt := range []struct {
		name, text, root string
		strict           bool
		code             string
		errors           bool
		statements       int
	}{
		{name: "plain", text: `include "/etc/dhcp/hosts.conf"; authoritative;`, statements: 4},
		{name: "loop", text: `include "/etc/dhcp/loop.conf";`, code: "include-loop", errors: true, statements: 2},
		{name: "longer loop", text: `include "/etc/dhcp/a.conf";`, code: "include-loop", errors: true, statements: 3},
		{name: "itself", text: `include "/etc/dhcp/dhcpd.conf";`, code: "include-loop", errors: true, statements: 1},
		{name: "twice", text: `include "cwd.conf"; include "cwd.conf";`, statements: 4},
		{name: "missing", text: `include "/nowhere"; authoritative;`, code: "include-missing", statements: 2},
		{name: "missing, strict", text: `include "/nowhere"; authoritative;`, strict: true, code: "include-missing", errors: true, statements: 2},
		{name: "root", text: `include "/etc/dhcp/root.conf";`, root: "/copy", statements: 2},
		{name: "beside", text: `include "beside.conf";`, code: "include-relative", statements: 2},
		{name: "working directory", text: `include "cwd.conf";`, statements: 2},
		{name: "the protocol is in the include", text: `include "/etc/dhcp/subnet6.conf";`, statements: 2},
		{name: "a brace too many", text: `group { include "/etc/dhcp/brace.conf"; }`, code: "stray-brace", errors: true, statements: 4},
		{name: "a brace too few", text: `include "/etc/dhcp/open.conf"; authoritative;`, code: "unterminated-block", errors: true, statements: 3},
		{name: "hardware in an include", text: `host a { include "/etc/dhcp/hw.conf"; }`, code: "not-allowed-here", errors: true, statements: 3},
		{name: "range in an include", text: `subnet 10.0.0.0 netmask 255.0.0.0 { include "/etc/dhcp/pool.conf"; }`, statements: 3},
		{name: "range in an include of a pool", text: `subnet 10.0.0.0 netmask 255.0.0.0 { pool { range 10.0.0.4; include "/etc/dhcp/pool.conf"; } }`,
			code: "not-allowed-here", errors: true, statements: 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, diags := Parse("/etc/dhcp/dhcpd.conf", []byte(tt.text), Options{ReadFile: read, Root: tt.root, Strict: tt.strict})
			if diags.HasErrors() != tt.errors {
				t.Errorf("errors: %v", diags)
			}
			found := tt.code == ""
			for _, d := range diags {
				found = found || d.Code == tt.code
			}
			if !found {
				t.Errorf("no %s: %v", tt.code, diags)
			}
			if f.Statements != tt.statements {
				t.Errorf("%d statements, want %d", f.Statements, tt.statements)
			}
			checkSpans(t, f)
		})
	}
}

// TestIncludeBomb has files that each include the next one twice.
func TestIncludeBomb(t *testing.T) {
	read := func(name string) ([]byte, error) {
		next := fmt.Sprintf("include \"%s0\";", name)
		return []byte(next + next), nil
	}
	f, diags := Parse("dhcpd.conf", []byte(`include "/a";`), Options{ReadFile: read})
	if !diags.HasErrors() || f.Statements > 3*maxIncluded {
		t.Errorf("%d statements, %d diagnostics", f.Statements, len(diags))
	}
	checkSpans(t, f)
}

func TestReadFileError(t *testing.T) {
	_, diags := Parse("dhcpd.conf", []byte(`include "x";`), Options{ReadFile: func(string) ([]byte, error) {
		return nil, errors.New("is a directory")
	}})
	if len(diags) != 1 || !strings.Contains(diags[0].Summary, "is a directory") {
		t.Errorf("got %v", diags)
	}
}
