package dhcpdconf

import (
	"fmt"
	"strings"
	"testing"
)

// manyHosts is a configuration with n hosts.
func manyHosts(n int) []byte {
	var b strings.Builder
	b.WriteString("subnet 10.0.0.0 netmask 255.0.0.0 {\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "host h%d {\n  hardware ethernet 02:00:%02x:%02x:%02x:01;\n  fixed-address 10.%d.%d.%d;\n}\n",
			i, i>>16&255, i>>8&255, i&255, i>>16&255, i>>8&255, i&255)
	}
	return []byte(b.String())
}

func BenchmarkHosts(b *testing.B) {
	text := manyHosts(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse("dhcpd.conf", text, Options{}); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

func BenchmarkSubclasses(b *testing.B) {
	var s strings.Builder
	s.WriteString("class \"known\" { match hardware; }\n")
	for i := range 8000 {
		fmt.Fprintf(&s, "subclass \"known\" 1:02:00:00:00:%02x:%02x;\n", i>>8, i&255)
	}
	text := []byte(s.String())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse("dhcpd.conf", text, Options{}); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

func BenchmarkConditions(b *testing.B) {
	var s strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&s, "if exists host-name and substring(option vendor-class-identifier, 0, %d) = \"PXEClient\" { filename \"f%d\"; }\n", i, i)
	}
	text := []byte(s.String())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse("dhcpd.conf", text, Options{}); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}
