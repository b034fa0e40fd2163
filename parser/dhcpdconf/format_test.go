package dhcpdconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nothingIncluded is a file system without files.
func nothingIncluded(name string) ([]byte, error) { return nil, os.ErrNotExist }

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"only a comment", "  # a  \n\n\n# b", "# a\n\n# b\n"},
		{"empty block", "subnet 10.0.0.0 netmask 255.0.0.0 {\n}\n", "subnet 10.0.0.0 netmask 255.0.0.0 { }\n"},
		{"empty block with a comment", "subnet 10.0.0.0 netmask 255.0.0.0 { # none\n}", "subnet 10.0.0.0 netmask 255.0.0.0 { # none\n}\n"},
		{"CRLF", "authoritative;\r\n# x\r\n", "authoritative;\n# x\n"},
		{"head over lines", "subnet 10.0.0.0\n  netmask 255.0.0.0\n{ }", "subnet 10.0.0.0 netmask 255.0.0.0 { }\n"},
		{"comment in a head", "subnet 10.0.0.0 # why\n  netmask 255.0.0.0 { }", "subnet 10.0.0.0 # why\n    netmask 255.0.0.0 { }\n"},
		{"empty lines", "\n\nauthoritative;\n\n\n\nddns-updates off;\n\n", "authoritative;\n\nddns-updates off;\n"},
		{"empty lines in a block", "group {\n\n\n authoritative;\n\n\n}", "group {\n  authoritative;\n}\n"},
		{"suffix comments", "authoritative; # a\n# b\nddns-updates off; # c", "authoritative; # a\n# b\nddns-updates off; # c\n"},
		{"texts keep their blanks", `option domain-name   "a  ,  b;{}#";`, "option domain-name \"a  ,  b;{}#\";\n"},
		{"definition", "option  x code 200=array of {integer 8,boolean};", "option x code 200 = array of { integer 8, boolean };\n"},
		{"base64", "key k { algorithm hmac-md5; secret UExBTlRFRC1TRUNSRVQ=; }", "key k {\n  algorithm hmac-md5;\n  secret UExBTlRFRC1TRUNSRVQ=;\n}\n"},
		{"key with a semicolon", "key k { algorithm hmac-md5; secret \"UExBTlRFRA==\"; };\nauthoritative;", "key k {\n  algorithm hmac-md5;\n  secret \"UExBTlRFRA==\";\n};\nauthoritative;\n"},
		{"operators", `class "a" { match if not(substring (option x0,0,1)="a" and option x1!="b")or known; }`, ""},
		{"functions", `set x = concat ( "a" ,"b", suffix(lcase("C"),1) ) ;`, "set x = concat(\"a\", \"b\", suffix(lcase(\"C\"), 1));\n"},
		{"switch", "switch (option dhcp-message-type) { case 1: authoritative; break; default: ddns-updates off; }", ""},
		{"capitals", "Subnet 10.0.0.0 NETMASK 255.0.0.0 { OPTION Routers 10.0.0.1; }", "subnet 10.0.0.0 NETMASK 255.0.0.0 {\n  option Routers 10.0.0.1;\n}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, diags := Parse("t", []byte(tt.in), Options{ReadFile: nothingIncluded})
			got := string(Format(f))
			if tt.want != "" || tt.in == "" {
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
				if diags.HasErrors() {
					t.Errorf("the example has errors: %s", diags)
				}
			}
			checkFormat(t, f)
		})
	}
}

// checkFormat verifies that formatting changes neither the meaning nor, the
// second time, anything at all.
func checkFormat(t *testing.T, f *File) {
	t.Helper()
	once := Format(f)
	again, _ := Parse(f.Source.Name, once, Options{Protocol: f.Protocol, ReadFile: nothingIncluded})
	if twice := Format(again); !bytes.Equal(once, twice) {
		t.Errorf("formatted again: %s", cmp.Diff(string(once), string(twice)))
	}
	if diff := cmp.Diff(outline(f), outline(again)); diff != "" {
		t.Errorf("the meaning changed: %s", diff)
	}
	if a, b := comments(f.Source.Text, f), comments(once, again); a != b {
		t.Errorf("comments changed: %s", cmp.Diff(a, b))
	}
}

// outline says what the statements are: type, keyword and tokens of each.
func outline(f *File) []string {
	var lines []string
	depth := map[Statement]int{}
	for s := range ownStatements(f) {
		for _, child := range Children(s) {
			depth[child] = depth[s] + 1
		}
		var words []string
		marks := headMarks
		if _, ok := s.(*Setting); ok {
			marks = settingMarks
		}
		head := []byte(s.Head().Text())
		if len(head) > 0 {
			if _, ok := s.(*Percent); !ok {
				for {
					tok, rest := nextHeadToken(head, marks)
					if tok.text == nil {
						break
					}
					head = rest
					if tok.text[0] != '#' {
						words = append(words, strings.ToLower(string(tok.text)))
					}
				}
			}
		}
		lines = append(lines, fmt.Sprintf("%d %T %s %q", depth[s], s, s.Keyword(), words))
	}
	return lines
}

// comments returns the comments of a file, in order.
func comments(text []byte, f *File) string {
	var b strings.Builder
	gaps := func(gap []byte) {
		for len(gap) > 0 {
			if i := bytes.IndexByte(gap, '#'); i < 0 {
				return
			} else {
				gap = gap[i:]
			}
			line, rest, _ := bytes.Cut(gap, []byte("\n"))
			b.Write(bytes.TrimRight(line, " \t\r\v\f"))
			b.WriteByte('\n')
			gap = rest
		}
	}
	at := uint32(0)
	for s := range ownStatements(f) {
		head := s.Head()
		gaps(text[at:head.Off])
		at = head.End
	}
	gaps(text[at:])
	return b.String()
}

func TestFormatSamples(t *testing.T) {
	for _, name := range samples(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, diags := Parse(name, text, Options{})
			if diags.HasErrors() {
				t.Skip("the file has errors, fmt would leave it alone")
			}
			if got := Print(f); !bytes.Equal(got, text) {
				t.Errorf("printed again: %s", cmp.Diff(string(text), string(got)))
			}
			once := Format(f)
			again, diags := Parse(name, once, Options{Protocol: f.Protocol})
			if diags.HasErrors() {
				t.Errorf("the canonical form has errors: %s", diags)
			}
			if diff := cmp.Diff(outline(f), outline(again)); diff != "" {
				t.Errorf("the meaning changed: %s", diff)
			}
			if twice := Format(again); !bytes.Equal(once, twice) {
				t.Errorf("formatted again: %s", cmp.Diff(string(once), string(twice)))
			}
		})
	}
}

// samples returns the sample configurations of the repository.
func samples(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.conf", "v4/*.conf", "v6/*.conf", "v4/rejected/*.conf", "v6/rejected/*.conf"} {
		found, err := filepath.Glob("../../testdata/dhcpd-samples/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		t.Fatal("no samples found")
	}
	return names
}

func FuzzFormat(f *testing.F) {
	for _, name := range samples(f) {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, diags := Parse("t", []byte(text), Options{ReadFile: nothingIncluded})
		if got := Print(file); string(got) != text {
			t.Fatalf("printed again:\n%q\nwant\n%q", got, text)
		}
		if diags.HasErrors() {
			Format(file) // must not panic
			return
		}
		checkFormat(t, file)
	})
}
