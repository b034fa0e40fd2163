package leasesconv_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// Of subnets within each other Kea takes the one with the lowest id: a client finds
// its lease again when the import has given it that one.
func TestLiveOverlap(t *testing.T) {
	for _, v := range liveVersions {
		for name, ids := range map[string][2]string{"the inner one first": {"1", "2"}, "the outer one first": {"2", "1"}} {
			t.Run(v.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				kea := oracle.Kea(t, v, "dhcp4")
				needRoot(t)
				h := newHost(t)
				conf := h.keaConf(v, "dhcp4", `{"Dhcp4": {%s, "valid-lifetime": 3600, "subnet4": [
	{"id": `+ids[0]+`, "subnet": "192.0.2.0/25", "interface": "eth0", "pools": [{"pool": "192.0.2.10 - 192.0.2.100"}]},
	{"id": `+ids[1]+`, "subnet": "192.0.2.0/24", "interface": "eth0", "pools": [{"pool": "192.0.2.10 - 192.0.2.200"}]}]}}`)
				h.bring(v, conf, lease4(77, "active", time.Hour, "hardware ethernet 02:00:00:00:00:77;")+
					lease4(78, "free", -time.Hour, "hardware ethernet 02:00:00:00:00:78;"))
				server, link := h.serve(kea, conf, false)
				for address, l := range list(t, server, "lease4-get-all") {
					if l.Subnet != 1 {
						t.Errorf("%s is in subnet %d", address, l.Subnet)
					}
				}
				for _, n := range []byte{77, 78} {
					mac := map[byte]string{77: "02:00:00:00:00:77", 78: "02:00:00:00:00:78"}[n]
					answer := ask4(t, link, dhcpv4.MessageTypeDiscover, mac, "", netip.Addr{})
					if got := answer.YourIPAddr.To4(); got == nil || got[3] != n {
						t.Errorf("%s gets %v", mac, answer.YourIPAddr)
					}
				}
			})
		}
	}
}
