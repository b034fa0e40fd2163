package translator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// TestManyClasses: ten times as many subclasses that no reservation can replace
// take ten times as long, and the report says what they cost in Kea.
func TestManyClasses(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 classes take seconds")
	}
	const few, many = 2000, 20000
	small, _ := translateSubclasses(few)
	large, report := translateSubclasses(many)
	// Quadratic would be a hundred times; what the machine does besides is noise.
	if large > 30*small+time.Second {
		t.Errorf("%d subclasses take %v, %d take %v", few, small, many, large)
	}
	if !slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Code == "class-many" }) {
		t.Error("the report does not say that the tests take time")
	}
}

func translateSubclasses(n int) (time.Duration, *Report) {
	var b strings.Builder
	b.WriteString("class \"c\" { match option host-name; }\n")
	for i := range n {
		fmt.Fprintf(&b, "subclass \"c\" \"h%d\" { option domain-name \"many\"; }\n", i)
	}
	b.WriteString("subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.250; option domain-name \"subnet\"; }\n")
	began := time.Now()
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(b.String()), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	r := Translate(file, diags, Options{Target: keaversion.V2_6})
	return time.Since(began), r.Report
}
