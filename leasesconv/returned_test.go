package leasesconv_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// TestReturned: of a client that has a lease in use, ended ones by which Kea would know
// it are not imported, on the same link.
func TestReturned(t *testing.T) {
	const conf = `{ "Dhcp4": {
		"subnet4": [ { "id": 1, "subnet": "10.0.1.0/24" } ],
		"shared-networks": [ { "name": "n", "subnet4": [ { "id": 2, "subnet": "10.0.2.0/24" }, { "id": 3, "subnet": "10.0.3.0/24" } ] } ] } }`
	const used = " starts epoch 1000; ends epoch 9000; cltt epoch 1000; binding state active; "
	const over = " starts epoch 1000; ends epoch 4900; cltt epoch 1000; binding state free; "
	const one, two, id, other = "hardware ethernet 02:00:00:00:00:01; ", "hardware ethernet 02:00:00:00:00:02; ", "uid 01:02:03; ", "uid 01:02:04; "
	for _, c := range []struct {
		name, leases string
		dropped      []string
	}{
		{"the same hardware address", "10.0.1.10" + over + one + "|10.0.1.11" + used + one, []string{"10.0.1.10"}},
		{"whatever the order", "10.0.1.12" + over + one + "|10.0.1.11" + used + one, []string{"10.0.1.12"}},
		{"the same identifier on another card", "10.0.1.10" + over + one + id + "|10.0.1.11" + used + two + id, []string{"10.0.1.10"}},
		{"the one in use has no identifier", "10.0.1.10" + over + one + id + "|10.0.1.11" + used + one, []string{"10.0.1.10"}},
		{"another identifier: two clients", "10.0.1.10" + over + one + other + "|10.0.1.11" + used + one + id, nil},
		{"another link", "10.0.1.10" + over + one + "|10.0.2.11" + used + one, nil},
		{"another subnet of the link", "10.0.2.10" + over + one + "|10.0.3.11" + used + one, []string{"10.0.2.10"}},
		{"both ended", "10.0.1.10" + over + one + "|10.0.1.11" + over + one, nil},
		{"another client", "10.0.1.10" + over + one + "|10.0.1.11" + used + two, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dhcp4, _, err := keaconf.ReadDHCP4("kea-dhcp4.conf", []byte(conf), nil)
			if err != nil {
				t.Fatal(err)
			}
			networks, err := leasesconv.NewNetworks(dhcp4)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			all := map[string]bool{}
			for l := range strings.SplitSeq(c.leases, "|") {
				address, rest, _ := strings.Cut(l, " ")
				all[address] = true
				text.WriteString("lease " + address + " { " + rest + "}\n")
			}
			got, err := leasesconv.Collect4(t.Context(), leasesconv.Options{Target: keaversion.V3_0, Networks: networks, Now: time.Unix(5000, 0), Hold: time.Hour},
				leasesconv.Input{Name: "dhcpd.leases", Reader: strings.NewReader(text.String())})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range c.dropped {
				if _, ok := got.Leases.Get(netip.MustParseAddr(a)); ok {
					t.Errorf("%s is imported", a)
				}
				delete(all, a)
			}
			for a := range all {
				if _, ok := got.Leases.Get(netip.MustParseAddr(a)); !ok {
					t.Errorf("%s is not imported", a)
				}
			}
			if !got.Balanced() || got.Skipped[leasesconv.Returned] != len(c.dropped) {
				t.Errorf("the account: %+v", got.Account)
			}
		})
	}
}
