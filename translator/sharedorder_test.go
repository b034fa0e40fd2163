package translator_test

import (
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// TestSharedOrder: where relay agents are led to the subnet that dhcpd begins with.
func TestSharedOrder(t *testing.T) {
	const a = "subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.250; option routers 10.0.1.1; }"
	for _, c := range []struct {
		name, conf string
		relays     int // addresses in the list; 0: there is none
	}{
		{"different routers", a + "subnet 10.0.2.0 netmask 255.255.255.0 { range 10.0.2.11 10.0.2.250; option routers 10.0.2.1; }", 14},
		{"a fixed address is no relay's", a + "subnet 10.0.2.0 netmask 255.255.255.0 { range 10.0.2.11 10.0.2.250; option routers 10.0.2.1; host h { hardware ethernet 02:00:00:00:00:01; fixed-address 10.0.2.5; } }", 13},
		{"the same settings", strings.ReplaceAll(a, "option routers 10.0.1.1;", "") + "subnet 10.0.2.0 netmask 255.255.255.0 { range 10.0.2.11 10.0.2.250; }", 0},
		{"no common clients", a + "subnet 10.0.2.0 netmask 255.255.255.0 { pool { range 10.0.2.11 10.0.2.250; deny unknown-clients; } option routers 10.0.2.1; }", 0},
		{"one subnet with addresses", a + "subnet 10.0.2.0 netmask 255.255.255.0 { option routers 10.0.2.1; }", 0},
		{"too many addresses", a + "subnet 10.2.0.0 netmask 255.255.240.0 { range 10.2.0.11 10.2.0.250; option routers 10.2.0.1; }", 0},
		{"a wide subnet with few left", a + "subnet 10.2.0.0 netmask 255.255.240.0 { range 10.2.0.11 10.2.15.250; option routers 10.2.0.1; }", 13}, // dhcpd begins in the second
	} {
		t.Run(c.name, func(t *testing.T) {
			file, diags := dhcpdconf.Parse("dhcpd.conf", []byte("shared-network n { "+c.conf+" }"), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
			result := translator.Translate(file, diags, translator.Options{Target: keaversion.V3_0})
			listed := 0
			for _, s := range result.DHCP4.SharedNetworks[0].Subnet4 {
				if s.Relay != nil {
					listed += len(s.Relay.IPAddresses)
				}
			}
			if listed != c.relays {
				t.Errorf("%d addresses of relay agents, not %d", listed, c.relays)
			}
		})
	}
}
