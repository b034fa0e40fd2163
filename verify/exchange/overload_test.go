package exchange

import (
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// Options in the fields for the boot file and the server's name are options.
func TestOverload(t *testing.T) {
	raw := make([]byte, 240)
	raw[0], raw[1], raw[2] = 2, 1, 6
	copy(raw[44:], []byte{15, 1, 'a', 255})
	copy(raw[108:], []byte{0, 46, 1, 8, 255, 'x'})
	copy(raw[236:], []byte{99, 130, 83, 99})
	raw = append(raw, 52, 1, 3, 255)
	m, err := dhcpv4.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	a := answer4(m, raw, 0)
	for field, want := range map[string]string{"option 15": "0x61", "option 46": "0x08", "option 52": "", "file": "", "sname": ""} {
		if got := a.Fields[field]; got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	for n := range raw {
		answer4(m, raw[:n], 0) // cut off: no panic
	}
}
