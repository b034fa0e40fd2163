package translator

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// TestManyClasses: subclasses that no reservation can replace take as much memory
// each, however many there are, and the report says what they cost in Kea. What
// time they take is for verify/bench.
func TestManyClasses(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 classes take seconds")
	}
	const few, many = 2000, 20000
	small, _ := translateSubclasses(few)
	large, report := translateSubclasses(many)
	if large > 15*small {
		t.Errorf("%d subclasses take %d bytes, %d take %d", few, small, many, large)
	}
	if !slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Code == "class-many" }) {
		t.Error("the report does not say that the tests take time")
	}
}

// translateSubclasses returns how many bytes were allocated meanwhile, too.
func translateSubclasses(n int) (uint64, *Report) {
	var b strings.Builder
	b.WriteString("class \"c\" { match option host-name; }\n")
	for i := range n {
		fmt.Fprintf(&b, "subclass \"c\" \"h%d\" { option domain-name \"many\"; }\n", i)
	}
	b.WriteString("subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.250; option domain-name \"subnet\"; }\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(b.String()), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	r := Translate(file, diags, Options{Target: keaversion.V2_6})
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, r.Report
}
