package dhcpdleases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func readDeclarations(t *testing.T, text []byte) *dhcpdconf.LeaseFile {
	t.Helper()
	f, err := Declarations(context.Background(), "dhcpd.leases", bytes.NewReader(text), int64(len(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What dhcpd has written itself is read without a word, each declaration where
// it stands.
func TestDeclarations(t *testing.T) {
	text := samples(t, "leases4")["omapi.leases"]
	conf, diags := dhcpdconf.Parse("dhcpd.conf", nil, dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, Leases: readDeclarations(t, text)})
	for _, d := range diags {
		if d.Code != "unknown-group" {
			t.Errorf("%v", d)
		}
	}
	var keywords []string
	lines := bytes.Split(text, []byte("\n"))
	for _, st := range conf.Leases {
		keywords = append(keywords, st.Keyword())
		line, column := st.Span().Src.Position(0)
		if !bytes.HasPrefix(lines[line-1][column-1:], []byte(st.Keyword())) {
			t.Errorf("%s is not at line %d, column %d", st.Keyword(), line, column)
		}
		if !conf.FromLeases(st) {
			t.Errorf("%s is not from the lease file", st.Span())
		}
	}
	for _, want := range []string{"class", "group", "host"} {
		if !slices.Contains(keywords, want) {
			t.Errorf("no %s among %q", want, keywords)
		}
	}
}

// The last entry of an address says whether it is reserved; what is broken is
// read as far as dhcpd reads it.
func TestDeclarationsReserved(t *testing.T) {
	f := readDeclarations(t, []byte(`authoring-byte-order little-endian;
lease 10.0.0.1 { binding state active; reserved; hardware ethernet 02:00:00:00:00:01; }
lease 10.0.0.2 { binding state active; reserved; hardware ethernet 02:00:00:00:00:02; uid 01:02; }
lease 10.0.0.1 { binding state free; } lease 10.0.0.3 { reserved; }
  server-duid 00:01:02:03;
lease 10.0.0.4 { nonsense }
host x {
  hardware ethernet 02:00:00:00:00:03;
  nonsense yes;
}
host cut { fixed-address 10.0.0.5; hardware`))
	var got []string
	for _, e := range f.Entries {
		what := strings.Fields(string(e.Text))[:2]
		if r := e.Reserved; r != nil {
			what = append(what, fmt.Sprintf("%s %x %x", r.Address, r.Hardware, r.UID))
		}
		got = append(got, fmt.Sprintf("%d:%d %s %x", e.Line, e.Column, strings.Join(what, " "), e.ServerDUID))
	}
	want := []string{
		"3:1 lease 10.0.0.2 10.0.0.2 020000000002 0102 ",
		"4:40 lease 10.0.0.3 10.0.0.3   ",
		"5:3 server-duid 00:01:02:03; 00010203",
		"7:1 host x ",
		"11:1 host cut ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	conf, diags := dhcpdconf.Parse("dhcpd.conf", nil, dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, Leases: f})
	if diags.HasErrors() {
		t.Errorf("an error keeps dhcpd from starting: %v", diags)
	}
	var where []string
	for _, d := range diags {
		where = append(where, d.Span.String()+" "+d.Code)
	}
	if want := []string{"dhcpd.leases:9:3 unknown-statement", "dhcpd.leases:11:44 expected-semicolon"}; len(where) < 2 || where[0] != want[0] {
		t.Errorf("%q, not %q", where, want)
	}
	if n := len(conf.Leases); n != 5 {
		t.Errorf("%d statements", n)
	}
}

func TestDeclarationsOfAnotherFile(t *testing.T) {
	text := []byte("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n")
	_, err := Declarations(context.Background(), "kea-leases4.csv", bytes.NewReader(text), int64(len(text)), nil)
	if !errors.Is(err, ErrNoLeaseFile) {
		t.Errorf("%v", err)
	}
}

// checkDeclarations joins what a lease file declares to a configuration: nothing
// of it is an error, and each statement knows where it stands in the file.
func checkDeclarations(t *testing.T, text []byte) {
	t.Helper()
	leases, err := Declarations(context.Background(), "dhcpd.leases", bytes.NewReader(text), int64(len(text)), nil)
	if errors.Is(err, ErrNoLeaseFile) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	// A declaration may include a file; here there is none.
	none := func(string) ([]byte, error) { return nil, errors.New("there is none") }
	f, diags := dhcpdconf.Parse("dhcpd.conf", []byte("class \"k\" { match hardware; }\n"),
		dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, Leases: leases, ReadFile: none})
	if diags.HasErrors() {
		t.Fatalf("%v", diags)
	}
	lines := bytes.Split(text, []byte("\n"))
	n := 0
	for st := range dhcpdconf.Preorder(f) {
		if st.ID() != n {
			t.Fatalf("statement %d has the number %d", n, st.ID())
		}
		n++
		if !f.FromLeases(st) {
			continue
		}
		span := st.Span()
		line, column := span.Src.Position(span.Off)
		first, _, _ := strings.Cut(span.Text(), "\n")
		if line > len(lines) || column-1 > len(lines[line-1]) || !bytes.HasPrefix(lines[line-1][column-1:], []byte(first)) {
			t.Fatalf("%q is not at line %d, column %d", span.Text(), line, column)
		}
	}
	if n != f.Statements {
		t.Fatalf("%d statements, counted %d", n, f.Statements)
	}
}
