package randomconf_test

import (
	"bytes"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/randomconf"
)

// Whatever is written is read without a complaint, and the same again for the
// same seed.
func TestWrite(t *testing.T) {
	const seeds = 100
	seen := map[string]bool{}
	for seed := range uint64(seeds) {
		for _, v6 := range []bool{false, true} {
			text := randomconf.Write(seed, v6)
			if !bytes.Equal(text, randomconf.Write(seed, v6)) {
				t.Fatalf("seed %d gives another text each time", seed)
			}
			seen[string(text)] = true
			protocol := dhcpdconf.DHCP4
			if v6 {
				protocol = dhcpdconf.DHCP6
			}
			_, diags := dhcpdconf.Parse("dhcpd.conf", text, dhcpdconf.Options{Protocol: protocol})
			for _, d := range diags {
				t.Errorf("seed %d: %s: %s\n%s", seed, d.Span, d.Summary, d.Span.Text())
			}
			if _, err := client.ParseList(randomconf.Clients(seed, v6, 20)); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
	if len(seen) != 2*seeds {
		t.Errorf("%d seeds give %d texts", 2*seeds, len(seen))
	}
}
