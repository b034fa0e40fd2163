package option

import (
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// One option on its way through: found, encoded, written for Kea and proved.
func BenchmarkOption(b *testing.B) {
	vals := []Value{ip4("10.0.0.1"), ip4("10.0.0.2")}
	b.ReportAllocs()
	for b.Loop() {
		d, _ := NewTable(V4).Lookup("", "domain-name-servers")
		wire, err := d.Format.Encode(vals)
		if err != nil {
			b.Fatal(err)
		}
		k, _ := KeaLookup(V4, "dhcp4", d.Code, keaversion.Default)
		data, csv, err := k.FormatData(wire)
		if err != nil {
			b.Fatal(err)
		}
		back, err := k.EncodeData(data, csv)
		if err != nil || !k.Same(wire, back) {
			b.Fatal(err)
		}
	}
}
