package leasesconv_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

const reserved4 = `{"Dhcp4": {"reservations": [{"hw-address": "02:00:00:00:00:02", "hostname": "everywhere"}],
	"subnet4": [{"id": 7, "subnet": "192.0.2.0/24", "reservations": [
	{"hw-address": "02:00:00:00:00:02", "ip-address": "192.0.2.77", "hostname": "printer", "next-server": "192.0.2.9", "boot-file-name": "x.img",
		"client-classes": ["A", "B"], "comment": "by the door",
		"option-data": [{"name": "domain-name-servers", "data": "192.0.2.5, 192.0.2.6"}, {"code": 224, "csv-format": false, "data": "0102ff", "always-send": true}]},
	{"client-id": "01:02:03", "ip-address": "192.0.2.78"}, {"duid": "00:03:00:01:02:00:00:00:00:09"}]}]}}`

const reserved6 = `{"Dhcp6": {"shared-networks": [{"name": "n", "subnet6": [{"id": 7, "subnet": "2001:db8:1::/64", "reservations": [
	{"duid": "00:03:00:01:02:00:00:00:00:02", "ip-addresses": ["2001:db8:1::77"], "hostname": "printer.example.org.",
		"option-data": [{"name": "dns-servers", "data": "2001:db8::5"}]},
	{"hw-address": "02:00:00:00:00:03", "prefixes": ["2001:db8:9::/56"]}]}]}]}}`

// Reservations that are put into the tables of each version's kea-admin are given
// to their clients; again changes nothing, and others are not overwritten.
func TestHosts(t *testing.T) {
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
				t.Run(v.String(), func(t *testing.T) {
					name := "kea" + strings.ReplaceAll(v.String(), ".", "")
					database.Need(t, s.Init(t.Context(), name, v))
					to, err := leasesconv.ParsePlace(s.URL(name))
					if err != nil {
						t.Fatal(err)
					}
					d := &liveDatabase{server: s, name: name, version: v, place: to}
					put := func(conf string, replace bool) (store.Outcome, error) {
						file := filepath.Join(t.TempDir(), "kea.conf")
						if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
							t.Fatal(err)
						}
						job := leasesconv.HostsJob{Config: file, To: to, Target: v, Replace: replace}
						return job.Run(t.Context())
					}
					other := strings.Replace(reserved4, "192.0.2.77", "192.0.2.79", 1)
					for _, step := range []struct {
						conf    string
						replace bool
						want    store.Outcome
						fails   bool
					}{
						{other, false, store.Outcome{Added: 4}, false},
						{reserved6, false, store.Outcome{Added: 2, Kept: 4}, false},
						{reserved4, false, store.Outcome{}, true},
						{reserved4, true, store.Outcome{Replaced: 1, Unchanged: 3, Kept: 2}, false},
						{reserved4, false, store.Outcome{Unchanged: 4, Kept: 2}, false},
						{reserved6, false, store.Outcome{Unchanged: 2, Kept: 4}, false},
					} {
						if got, err := put(step.conf, step.replace); got != step.want || (err != nil) != step.fails {
							t.Fatalf("%+v, %v; want %+v", got, err, step.want)
						}
					}
					askReserved4(t, d)
					askReserved6(t, d)
				})
			}
		})
	}
}

func askReserved4(t *testing.T, d *liveDatabase) {
	_, link := d.serve(t, "dhcp4", `{"Dhcp4": {%s, "subnet4": [{"id": 7, "subnet": "192.0.2.0/24", "interface": "eth0", "pools": [{"pool": "192.0.2.10 - 192.0.2.60"}]}]}}`,
		oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, Relayed: true})
	offer := discover4(t, link)
	got := fmt.Sprint(offer.YourIPAddr, offer.ServerIPAddr, offer.BootFileName, offer.DNS(), offer.HostName())
	if want := "192.0.2.77 192.0.2.9x.img[192.0.2.5 192.0.2.6]printer"; got != want {
		t.Errorf("offered %s, want %s", got, want)
	}
	if custom := offer.Options.Get(dhcpv4.GenericOptionCode(224)); !bytes.Equal(custom, []byte{1, 2, 255}) {
		t.Errorf("option 224 is %x", custom)
	}
}

func askReserved6(t *testing.T, d *liveDatabase) {
	_, link := d.serve(t, "dhcp6", `{"Dhcp6": {%s, "subnet6": [{"id": 7, "subnet": "2001:db8:1::/64", "interface": "eth0", "pools": [{"pool": "2001:db8:1::10 - 2001:db8:1::ff"}]}]}}`,
		oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8:1::1/64")}})
	duid, err := dhcpv6.DUIDFromBytes([]byte{0, 3, 0, 1, 2, 0, 0, 0, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	m, err := dhcpv6.NewMessage(dhcpv6.WithClientID(duid), dhcpv6.WithRequestedOptions(dhcpv6.OptionDNSRecursiveNameServer))
	if err != nil {
		t.Fatal(err)
	}
	m.MessageType = dhcpv6.MessageTypeSolicit
	m.AddOption(&dhcpv6.OptIANA{IaId: [4]byte{0, 0, 0, 1}})
	m.AddOption(dhcpv6.OptElapsedTime(0))
	var answer *dhcpv6.Message
	raw, err := link.Ask(oracle.Datagram{From: netip.AddrPortFrom(netip.MustParseAddr(oracle.ClientLinkLocal), 546), To: netip.MustParseAddrPort("[ff02::1:2]:547"), Message: m.ToBytes()},
		time.Minute, func(a []byte) bool {
			read, err := dhcpv6.MessageFromBytes(a)
			if err != nil || read.TransactionID != m.TransactionID || read.MessageType != dhcpv6.MessageTypeAdvertise {
				return false
			}
			answer = read
			return true
		})
	if err != nil || raw == nil {
		t.Fatalf("no answer (%v)", err)
	}
	ia := answer.Options.OneIANA()
	if ia == nil || ia.Options.OneAddress() == nil || ia.Options.OneAddress().IPv6Addr.String() != "2001:db8:1::77" {
		t.Errorf("advertised %s", answer.Summary())
	}
	if dns := answer.Options.DNS(); len(dns) != 1 || dns[0].String() != "2001:db8::5" {
		t.Errorf("name servers %v", dns)
	}
}

// discover4 lets a client ask for an address, and returns what it is offered.
func discover4(t *testing.T, link *oracle.Link) *dhcpv4.DHCPv4 {
	t.Helper()
	m, err := dhcpv4.New(dhcpv4.WithHwAddr(net.HardwareAddr{2, 0, 0, 0, 0, 2}), dhcpv4.WithMessageType(dhcpv4.MessageTypeDiscover),
		dhcpv4.WithRequestedOptions(dhcpv4.OptionDomainNameServer, dhcpv4.OptionHostName))
	if err != nil {
		t.Fatal(err)
	}
	m.SetBroadcast()
	raw, err := link.Ask(oracle.Datagram{From: netip.MustParseAddrPort("0.0.0.0:68"), To: netip.MustParseAddrPort("255.255.255.255:67"), Message: m.ToBytes()},
		time.Minute, func(a []byte) bool { return len(a) > 240 && a[0] == 2 && [4]byte(a[4:8]) == [4]byte(m.TransactionID) })
	if err != nil || raw == nil {
		t.Fatalf("no offer (%v)", err)
	}
	offer, err := dhcpv4.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return offer
}
