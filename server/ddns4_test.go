package server_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/packet"
)

// TestNameChanges holds requests for changes of DNS against those that Kea 3.0.4
// sent when the same client did the same.
func TestNameChanges(t *testing.T) {
	const conf = `{ "Dhcp4": { "dhcp-ddns": { "enable-updates": true }, "ddns-qualifying-suffix": "Example.Org", "valid-lifetime": 4000,
		"subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10-10.0.0.10" } ] } ] } }`
	var got []string
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s, _ := newServer(t, conf, server.Options{Clock: func() time.Time { return noon }, Update: func(c server.NameChange) {
		got = append(got, fmt.Sprintf("remove=%v %v %v %s %v %s %d %d %s", c.Remove, c.Forward, c.Reverse, c.FQDN, c.Address, c.DHCID, c.Expires-noon.Unix(), c.TTL, c.ConflictMode))
	}})
	say := func(kind byte, name string, ciaddr netip.Addr) {
		m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, XID: 1, CHAddr: []byte{2, 0, 0, 0, 0, 0x77}, GIAddr: netip.MustParseAddr("10.0.0.1"), CIAddr: ciaddr})
		m[0] = packet.BootRequest
		m = packet.AppendOption(packet.AppendOption(packet.AppendOption(m, 53, []byte{kind}), 12, []byte(name)), 61, []byte{1, 2, 3, 4, 5})
		s.Handle(&server.Packet{Raw: packet.AppendEnd(m, 0, 0), Interface: "eth0", Local: netip.MustParseAddr("10.0.0.1")}, nil)
	}
	address := netip.MustParseAddr("10.0.0.10")
	const discover, request, release = 1, 3, 7
	say(discover, "MyHost", netip.Addr{})
	say(request, "MyHost", netip.Addr{})
	say(request, "MyHost", address) // renews, and nothing changes
	say(request, "other.full.name.", address)
	say(release, "", address) // the name stays until the lease is taken back
	if got := len(got); got != 3 {
		t.Errorf("%d requests before the lease is taken back", got)
	}
	s.ReclaimAll(noon.Unix(), false)
	const mine = "000101" + "4190D6B3762EF6BB8529EA31354FCEE955BFBC45D78F0F7D5515B6D832D23E45"
	const other = "000101" + "F0549017F244D9A50CF4B83A2007655A8A7AA6DFD433FDC8209D54CB27380713"
	want := []string{
		"remove=false true true myhost.Example.Org. 10.0.0.10 " + mine + " 1333 1333 check-with-dhcid",
		"remove=true true true myhost.Example.Org. 10.0.0.10 " + mine + " 1333 1333 check-with-dhcid",
		"remove=false true true other.full.name. 10.0.0.10 " + other + " 1333 1333 check-with-dhcid",
		"remove=true true true other.full.name. 10.0.0.10 " + other + " 600 600 check-with-dhcid",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}
