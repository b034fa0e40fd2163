package dhcpdconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/option"
)

// exprString writes an expression with every grouping in brackets.
func exprString(x Expr) string {
	switch x := x.(type) {
	case *Binary:
		return "[" + exprString(x.X) + " " + x.Op + " " + exprString(x.Y) + "]"
	case *Not:
		return "[not " + exprString(x.X) + "]"
	case *Exists:
		return "exists " + x.Option.Name
	case *OptionValue:
		return x.Option.Space + "." + x.Option.Name
	case *Call:
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			args[i] = exprString(a)
		}
		if x.User {
			return "user " + x.Name + "(" + strings.Join(args, ", ") + ")"
		}
		return x.Name + "(" + strings.Join(args, ", ") + ")"
	case *Atom:
		return x.Name
	case *Variable:
		return "$" + x.Name
	case *Literal:
		switch x.Kind {
		case LiteralText:
			return fmt.Sprintf("%q", x.Data)
		case LiteralHex:
			return fmt.Sprintf("0x%x", x.Data)
		}
		return fmt.Sprint(x.Num)
	}
	return fmt.Sprintf("%T", x)
}

// TestGrouping has dhcpd's own grouping, which the real dhcpd 4.4.3 has shown
// by what its classes matched: comparisons without parentheses swallow the rest
// of a chain of "and" and "or", which bind alike.
func TestGrouping(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`known and static`, `[known and static]`},
		{`known and static or known`, `[[known and static] or known]`},
		{`known or static and known`, `[[known or static] and known]`},
		{`option host-name = "x" and option host-name = "y" or option host-name = "z"`,
			`[[dhcp.host-name = "x"] and [[dhcp.host-name = "y"] or [dhcp.host-name = "z"]]]`},
		{`option host-name = "x" or option host-name = "y" and option host-name = "z"`,
			`[[dhcp.host-name = "x"] or [[dhcp.host-name = "y"] and [dhcp.host-name = "z"]]]`},
		{`(option host-name = "x") and (option host-name = "y") or (option host-name = "z")`,
			`[[[dhcp.host-name = "x"] and [dhcp.host-name = "y"]] or [dhcp.host-name = "z"]]`},
		{`(option host-name = "x") or (option host-name = "y") and (option host-name = "z")`,
			`[[[dhcp.host-name = "x"] or [dhcp.host-name = "y"]] and [dhcp.host-name = "z"]]`},
		{`known and option host-name = "y" or static`, `[known and [[dhcp.host-name = "y"] or static]]`},
		{`not known and static`, `[[not known] and static]`},
		{`not (known and static)`, `[not [known and static]]`},
		{`exists agent.circuit-id and known`, `[exists circuit-id and known]`},
		{`option host-name ~~ "^A" or known`, `[[dhcp.host-name ~~ "^A"] or known]`},
		{`substring(hardware, 1, 3) = 00:11:2a`, `[substring(hardware, 1, 3) = 0x00112a]`},
		{`extract-int(option dhcp-message-type, 8) = 010`, `[extract-int(dhcp.dhcp-message-type, 8) = 10]`},
		{`option dhcp-message-type = 8`, `[dhcp.dhcp-message-type = 0x08]`},
		{`pick-first-value(option host-name, host-decl-name, "x") = Foo`,
			`[pick-first-value(dhcp.host-name, host-decl-name, "x") = $Foo]`},
		{`Own(1, "A") = "a"`, `[user Own(0x01, "A") = "a"]`},
		{`binary-to-ascii(16, 8, ":", suffix(option DHCP-client-identifier, 6)) = "0:1"`,
			`[binary-to-ascii(16, 8, ":", suffix(dhcp.dhcp-client-identifier, 6)) = "0:1"]`},
	} {
		f, diags := Parse("t", []byte("class \"x\" { match if "+tt.in+"; }"), Options{})
		if diags.HasErrors() {
			t.Errorf("%s: %v", tt.in, diags)
			continue
		}
		m := f.Body[0].(*Class).Body[0].(*Match)
		if got := exprString(m.Expr); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// dataString writes a value field by field.
func dataString(d Data) string {
	if d.Expr != nil {
		return "= " + exprString(d.Expr)
	}
	var b strings.Builder
	for i, f := range d.Fields {
		if i > 0 {
			b.WriteString(" | ")
		}
		switch {
		case f.Host != "":
			b.WriteString("host " + f.Host)
		case f.Value.Addr.IsValid():
			b.WriteString(f.Value.Addr.String())
		case f.Value.Kind == option.Bytes || f.Value.Kind == option.Encapsulated:
			fmt.Fprintf(&b, "%x", f.Value.Text)
		case f.Value.Text != "":
			fmt.Fprintf(&b, "%q", f.Value.Text)
		default:
			fmt.Fprint(&b, f.Value.Num)
		}
	}
	return b.String()
}

func TestValues(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`option domain-name "a\tb\x41\101\"";`, `"a\tbAA\""`},
		{`option domain-name foo;`, `"foo"`},
		{`option domain-name "\0ab";`, `"\b"`},
		{`option routers 10.0.0.1, rtr.example.org, 12;`, `10.0.0.1 | host rtr.example.org | host 12`},
		{`option static-routes 10.0.0.0 10.0.0.1, 10.0.1.0 10.0.0.2;`, `10.0.0.0 | 10.0.0.1 | 10.0.1.0 | 10.0.0.2`},
		{`option time-offset -3600;`, `-3600`},
		{`option interface-mtu 010;`, `8`},
		{`option interface-mtu 0x5dc;`, `1500`},
		{`option ip-forwarding IGNORE;`, `2`},
		{`option domain-search "a.b", "c.d";`, `"a.b" | "c.d"`},
		{`option vendor-class-identifier 1:a:Ff;`, `010aff`},
		{`option vendor-class-identifier "ab";`, `6162`},
		{`option slp-service-scope true;`, `1`},
		{`option slp-service-scope true "x";`, `1 | "x"`},
		{`option dhcp6.name-servers 2001:DB8::1,::2;`, `2001:db8::1 | ::2`},
		{`option dhcp6.status-code NoAddrsAvail "x";`, `2 | "x"`},
		{`option dhcp6.rapid-commit;`, ``},
		{`option host-name = concat("a", 1);`, `= concat("a", 0x01)`},
		{`default-lease-time infinite;`, `4294967295`},
		{`default-lease-time -1;`, `4294967295`},
		{`Filename pxelinux;`, `"pxelinux"`},
		{`next-server tftp.example.org.;`, `host tftp.example.org.`},
		{`log-facility local7;`, `184`},
		{`option x code 200 = { ip-address, array of integer 8 }; option x 1.2.3.4 5, 6;`, `1.2.3.4 | 5 | 6`},
		{`option x code 200 = array of { integer 16, text }; option x 5 "a";`, ``},
		{`option space s; option s.x code 1 = text; option x code 43 = encapsulate s; option x 1:2;`, `0102`},
		{`option domain-name code 15 = string; option domain-name 1:2;`, `0102`},
		{`option unknown-200 1:2;`, `0102`},
	} {
		f, _ := Parse("t", []byte(tt.in), Options{Protocol: DHCP4})
		got := ""
		switch s := f.Body[len(f.Body)-1].(type) {
		case *OptionSet:
			got = dataString(s.Data)
		case *Param:
			got = dataString(s.Data)
		}
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		text     string
		protocol Protocol
		detected bool
	}{
		{"", DHCP4, false},
		{"host a { }", DHCP4, false},
		{"# subnet6\nhost subnet6 { }", DHCP4, false},
		{"subnet 10.0.0.0 netmask 255.0.0.0 { }", DHCP4, true},
		{"subnet6 2001:db8::/64 { }", DHCP6, true},
		{"default-lease-time 5; shared-network a { subnet6 2001:db8::/64 { } }", DHCP6, true},
		{"host a { fixed-address6 2001:db8::1; }", DHCP6, true},
		{"host a { fixed-address 10.0.0.1; }", DHCP4, true},
		{"option dhcp6.name-servers 2001:db8::1;", DHCP6, true},
		{"option domain-name \"subnet6\";", DHCP4, false},
	} {
		f, diags := Parse("t", []byte(tt.text), Options{})
		if f.Protocol != tt.protocol || f.Detected != tt.detected || diags.HasErrors() {
			t.Errorf("%q: DHCPv%d, detected %v, %v", tt.text, f.Protocol, f.Detected, diags)
		}
	}
}

// TestComments says which comment belongs to which statement.
func TestComments(t *testing.T) {
	const text = `# of authoritative
# and more
authoritative; # behind it
# of the group
group { # behind the brace
  # of the host
  host a { } # behind the host
  # left over
} # behind the group
option # within
  domain-name "x";
if known { } # behind if
# of else
else { } # behind else
# at the end
`
	f, diags := Parse("t", []byte(text), Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got strings.Builder
	write := func(s Statement, where string, list []Span) {
		for _, span := range list {
			fmt.Fprintf(&got, "%s %s: %s\n", s.Keyword(), where, span.Text())
		}
	}
	for s := range Preorder(f) {
		if c := s.Comments(); c != nil {
			write(s, "before", c.Before)
			write(s, "inner", c.Inner)
			write(s, "head", c.Head)
			write(s, "suffix", c.Suffix)
		}
		if g, ok := s.(*Group); ok {
			write(s, "trailing", g.Trailing)
		}
	}
	for _, span := range f.Trailing {
		fmt.Fprintf(&got, "trailing: %s\n", span.Text())
	}
	const want = `authoritative before: # of authoritative
authoritative before: # and more
authoritative suffix: # behind it
group before: # of the group
group head: # behind the brace
group suffix: # behind the group
group trailing: # left over
host before: # of the host
host suffix: # behind the host
option inner: # within
if suffix: # behind if
else before: # of else
else suffix: # behind else
trailing: # at the end
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

// TestRecovery demands that errors do not hide what stands around them.
func TestRecovery(t *testing.T) {
	const text = `option domain-nam "x";
option domain-name "x"
default-lease-time 600;
subnet 10.0.0.0 netmask foo { range 10.0.0.1; }
hots a { hardware ethernet 1:2:3:4:5:6; }
group { host a { } host b { hardware ethernet x; fixed-address 10.0.0.1; } }
max-lease-time 5;
`
	f, diags := Parse("t", []byte(text), Options{})
	var got strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&got, "%s: %s: %s %s\n", d.Span, d.Code, d.Summary, d.Detail)
	}
	const want = `t:1:8: unknown-option: there is no option domain-nam in the space dhcp Did you mean "domain-name"?
t:2:22: missing-semicolon: expected ";" here, found "default-lease-time" 
t:4:25: expected-number: expected the number of an address, found "foo" 
t:5:1: unknown-statement: unknown statement "hots" Did you mean "host"?
t:6:47: bad-number: "x" is not a number with the base 16 
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	var keywords []string
	for s := range Preorder(f) {
		keywords = append(keywords, s.Keyword())
	}
	if got := strings.Join(keywords, " "); got != "option option default-lease-time subnet hots group host host hardware fixed-address max-lease-time" {
		t.Errorf("statements: %s", got)
	}
}

// TestGrammarPage demands that docs/grammar.md is the page of these grammars.
func TestGrammarPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "grammar.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, GrammarPage()) {
		t.Error("docs/grammar.md is not up to date: run go generate ./parser/dhcpdconf")
	}
}
