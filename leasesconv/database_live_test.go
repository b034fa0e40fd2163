package leasesconv_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// Kea of each version starts on the tables that Init makes, lists exactly the
// leases that were put into them, and a client that comes back keeps its address.
func TestLiveDatabase(t *testing.T) {
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for _, v := range liveVersions {
				t.Run(v.String(), func(t *testing.T) {
					d := liveDatabase{server: s, name: "own" + strings.ReplaceAll(v.String(), ".", ""), version: v}
					if err := s.Create(t.Context(), d.name); err != nil {
						t.Fatal(err)
					}
					var err error
					if d.place, err = leasesconv.ParsePlace(s.URL(d.name)); err != nil {
						t.Fatal(err)
					}
					if err := d.place.Init(t.Context(), v); err != nil {
						t.Fatal(err)
					}
					t.Run("DHCPv4", d.live4)
					t.Run("DHCPv6", d.live6)
				})
			}
		})
	}
}

// liveDatabase is an empty database with the tables that Init makes.
type liveDatabase struct {
	server  *database.Server
	name    string
	version keaversion.Version
	place   leasesconv.Place
	// configured: Kea takes its configuration from it, too.
	configured bool
}

// serve starts Kea on a database. %s in the configuration is what all have.
func (d *liveDatabase) serve(t *testing.T, daemon, conf string, ifc oracle.Interface) (*oracle.Server, *oracle.Link) {
	t.Helper()
	p := oracle.Kea(t, d.version, daemon)
	kind, host, user, name := d.server.Access(d.name)
	access := fmt.Sprintf(`{"type": %q, "host": %q, "user": %q, "name": %q, "password": ""}`, kind, host, user, name)
	hooks := []string{"libdhcp_lease_cmds.so"}
	if d.version >= keaversion.V3_0 {
		hooks = append(hooks, map[string]string{"mysql": "libdhcp_mysql.so", "postgresql": "libdhcp_pgsql.so"}[kind])
	}
	source := ""
	if d.configured {
		source = fmt.Sprintf(`"server-tag": "one", "config-control": {"config-databases": [%s], "config-fetch-wait-time": 1},`, access)
		if d.version < keaversion.V3_0 {
			hooks = append(hooks, map[string]string{"mysql": "libdhcp_mysql_cb.so", "postgresql": "libdhcp_pgsql_cb.so"}[kind])
		}
	}
	var libraries []string
	for _, h := range hooks {
		libraries = append(libraries, fmt.Sprintf(`{"library": "%s/%s"}`, keaHooks, h))
	}
	all := source + fmt.Sprintf(`"lease-database": %[1]s, "hosts-database": %[1]s, "hooks-libraries": [%[2]s],
		"interfaces-config": {"interfaces": ["eth0"]}, "multi-threading": {"enable-multi-threading": false},
		"control-socket": {"socket-type": "unix", "socket-name": %[3]q},
		"expired-leases-processing": {"reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 0},
		"loggers": [{"name": "kea-%[4]s", "severity": "INFO", "output_options": [{"output": "stdout"}]},
			{"name": "kea-%[4]s.bad-packets", "severity": "DEBUG", "debuglevel": 99, "output_options": [{"output": "stdout"}]}]`,
		access, strings.Join(libraries, ", "), control, daemon)
	file := filepath.Join(d.server.Sockets, fmt.Sprintf("kea-%s-%s.conf", daemon, d.version))
	if err := os.WriteFile(file, []byte(fmt.Sprintf(conf, all)), 0o644); err != nil {
		t.Fatal(err)
	}
	server, err := p.Serve(t.Context(), file, daemon == "dhcp6", ifc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	link, err := server.Link(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { link.Close() })
	return server, link
}

// listedOf is what Kea should list of a lease in a database.
func listedOf(a netip.Addr, hwaddr []byte, terms *lease.Terms) listed {
	l := asListed(a, hwaddr, terms)
	// Kea prints each byte that is not ASCII as a character.
	l.Context = json.RawMessage(strings.ReplaceAll(string(l.Context), "ü", `\u00c3\u00bc`))
	if len(l.Context) == 0 {
		l.Context = nil
	}
	return l
}

// halfway is the age of leases, half of their lifetime: Kea 3.0 leaves younger
// ones as they are when they are renewed.
const halfway = 2000

func (d *liveDatabase) live4(t *testing.T) {
	now := time.Now().Unix()
	var leases []lease.Lease4
	add := func(change func(*lease.Lease4)) lease.Lease4 {
		n := byte(len(leases) + 10)
		l := lease.Lease4{Address: netip.AddrFrom4([4]byte{192, 0, 2, n}), HWAddr: []byte{2, 0, 0, 0, 1, n}, ClientID: []byte{1, 2, 0, 0, 0, 1, n},
			Terms: lease.Terms{SubnetID: 7, Valid: 4000, CLTT: now - halfway}}
		change(&l)
		leases = append(leases, l)
		return l
	}
	add(func(*lease.Lease4) {})
	without := add(func(l *lease.Lease4) { l.ClientID = nil })
	add(func(l *lease.Lease4) { l.HWAddr = nil })
	add(func(l *lease.Lease4) { l.Valid = lease.Infinite })
	add(func(l *lease.Lease4) {
		l.State, l.HWAddr, l.ClientID = lease.Declined, nil, nil
	})
	remembered := add(func(l *lease.Lease4) { l.State, l.Valid = lease.Reclaimed, 30 })
	add(func(l *lease.Lease4) { l.Hostname, l.FQDNFwd, l.FQDNRev = "a-host.example.org.", true, false })
	add(func(l *lease.Lease4) { l.UserContext = `{"isc-dhcp": {"note": "it's \"ü\", ok"}}` })
	add(func(l *lease.Lease4) { l.Valid = 1 << 31 }) // ends after 2038
	if d.version >= keaversion.V2_6 {
		add(func(l *lease.Lease4) { l.PoolID = 3 })
	}
	bulk, err := d.place.Bulk4(t.Context(), leasesconv.FillOptions{Target: d.version})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, bulk, leases)

	server, link := d.serve(t, "dhcp4", `{"Dhcp4": {%s, "valid-lifetime": 4000,
		"subnet4": [{"id": 7, "subnet": "192.0.2.0/24", "interface": "eth0", "pools": [{"pool": "192.0.2.10 - 192.0.2.200"}]}]}}`,
		oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, Relayed: true})
	got := list(t, server, "lease4-get-all")
	want := map[string]listed{}
	for _, l := range leases {
		w := listedOf(l.Address, l.HWAddr, &l.Terms)
		w.ClientID = colons(l.ClientID)
		if l.Expire() > 1<<31-1 && l.Valid != lease.Infinite {
			w.Valid = uint32(1<<31 - 1 - l.CLTT)
		}
		want[w.Address] = w
	}
	if diff := gocmp.Diff(want, got, sameJSON); diff != "" {
		t.Errorf("imported -, listed +\n%s", diff)
	}
	for _, l := range []lease.Lease4{leases[0], without, remembered} {
		if offer := ask4(t, link, dhcpv4.MessageTypeDiscover, net.HardwareAddr(l.HWAddr).String(), string(l.ClientID), netip.Addr{}); !offer.YourIPAddr.Equal(l.Address.AsSlice()) {
			t.Errorf("the client of %v is offered %v", l.Address, offer.YourIPAddr)
		}
	}
	first := leases[0]
	answer := ask4(t, link, dhcpv4.MessageTypeRequest, net.HardwareAddr(first.HWAddr).String(), string(first.ClientID), first.Address)
	if answer.MessageType() != dhcpv4.MessageTypeAck || !answer.YourIPAddr.Equal(first.Address.AsSlice()) {
		t.Errorf("renewing %v: %v of %v", first.Address, answer.MessageType(), answer.YourIPAddr)
	}
	if l := list(t, server, "lease4-get-all")[first.Address.String()]; l.CLTT < now {
		t.Errorf("after the renewal the client was last heard at %d, before %d", l.CLTT, now)
	}
}

func fill[L lease.Lease](t *testing.T, b store.Bulk[L], leases []L) {
	t.Helper()
	for i := range leases {
		if err := b.Add(t.Context(), &leases[i]); err != nil {
			t.Fatal(err)
		}
	}
	if o, err := b.Commit(t.Context()); err != nil || o.Added != len(leases) {
		t.Fatalf("%+v, %v", o, err)
	}
}

func (d *liveDatabase) live6(t *testing.T) {
	now := time.Now().Unix()
	var leases []lease.Lease6
	add := func(change func(*lease.Lease6)) {
		n := byte(len(leases) + 16)
		l := lease.Lease6{Address: netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, 15: n}), PrefixLen: 128, IAID: 1, DUID: []byte{0, 3, 0, 1, 2, 0, 0, 0, 1, n},
			Preferred: 3000, Terms: lease.Terms{SubnetID: 7, Valid: 4000, CLTT: now - halfway}}
		change(&l)
		leases = append(leases, l)
	}
	add(func(*lease.Lease6) {})
	add(func(l *lease.Lease6) { l.IAID = 4294967290 })
	add(func(l *lease.Lease6) { l.Valid, l.Preferred = lease.Infinite, lease.Infinite })
	add(func(l *lease.Lease6) { l.HWAddr, l.HWType, l.HWSource = []byte{2, 0, 0, 0, 1, 2}, 1, 4 })
	add(func(l *lease.Lease6) {
		l.Type, l.PrefixLen, l.Address = lease.PD, 56, netip.MustParseAddr("2001:db8:8:100::")
	})
	add(func(l *lease.Lease6) { l.State, l.Valid, l.Preferred = lease.Reclaimed, 30, 20 })
	add(func(l *lease.Lease6) {
		l.Hostname, l.FQDNFwd, l.UserContext = "a-host.example.org.", true, `{"isc-dhcp": {"note": "ü"}}`
	})
	if d.version >= keaversion.V2_6 {
		add(func(l *lease.Lease6) { l.PoolID = 3 })
	}
	bulk, err := d.place.Bulk6(t.Context(), leasesconv.FillOptions{Target: d.version})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, bulk, leases)

	server, link := d.serve(t, "dhcp6", `{"Dhcp6": {%s, "valid-lifetime": 4000, "preferred-lifetime": 3000,
		"subnet6": [{"id": 7, "subnet": "2001:db8:1::/64", "interface": "eth0", "pools": [{"pool": "2001:db8:1::10 - 2001:db8:1::ff"}],
			"pd-pools": [{"prefix": "2001:db8:8::", "prefix-len": 48, "delegated-len": 56}]}]}}`,
		oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8:1::1/64")}})
	got := list(t, server, "lease6-get-all")
	want := map[string]listed{}
	for _, l := range leases {
		w := listedOf(l.Address, l.HWAddr, &l.Terms)
		w.DUID, w.IAID, w.Type, w.Pref = colons(l.DUID), l.IAID, l.Type.String(), l.Preferred
		if l.Type == lease.PD {
			w.Prefix = int(l.PrefixLen)
		}
		want[w.Address] = w
	}
	if diff := gocmp.Diff(want, got, sameJSON); diff != "" {
		t.Errorf("imported -, listed +\n%s", diff)
	}
	for _, l := range leases[:2] {
		if a := rebind6(t, link, l); a != l.Address {
			t.Errorf("rebinding %v: %v", l.Address, a)
		}
	}
}

// rebind6 asks any server for a lease again and returns what it gets.
func rebind6(t *testing.T, link *oracle.Link, l lease.Lease6) netip.Addr {
	t.Helper()
	duid, err := dhcpv6.DUIDFromBytes(l.DUID)
	if err != nil {
		t.Fatal(err)
	}
	m, err := dhcpv6.NewMessage(dhcpv6.WithClientID(duid))
	if err != nil {
		t.Fatal(err)
	}
	m.MessageType = dhcpv6.MessageTypeRebind
	ia := &dhcpv6.OptIANA{IaId: [4]byte{byte(l.IAID >> 24), byte(l.IAID >> 16), byte(l.IAID >> 8), byte(l.IAID)}}
	ia.Options.Add(&dhcpv6.OptIAAddress{IPv6Addr: l.Address.AsSlice()})
	m.AddOption(ia)
	m.AddOption(dhcpv6.OptElapsedTime(0))
	var answer *dhcpv6.Message
	raw, err := link.Ask(oracle.Datagram{From: netip.AddrPortFrom(netip.MustParseAddr(oracle.ClientLinkLocal), 546),
		To: netip.MustParseAddrPort("[ff02::1:2]:547"), Message: m.ToBytes()}, patience, func(a []byte) bool {
		read, err := dhcpv6.MessageFromBytes(a)
		if err != nil || read.TransactionID != m.TransactionID || read.MessageType != dhcpv6.MessageTypeReply {
			return false
		}
		answer = read
		return true
	})
	if err != nil || raw == nil {
		t.Fatalf("no answer (%v)", err)
	}
	given := answer.Options.OneIANA()
	if given == nil || given.Options.OneAddress() == nil || given.Options.OneAddress().ValidLifetime == 0 {
		t.Fatalf("no address: %s", answer.Summary())
	}
	a, _ := netip.AddrFromSlice(given.Options.OneAddress().IPv6Addr)
	return a
}
