package keadb_test

import (
	"cmp"
	"context"
	"encoding/hex"
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

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/mysql"
	"github.com/keamigrate/keamigrate/server/store/postgres"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

var versions = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}

// opened is an empty database with the tables that Init makes.
type opened struct {
	server *database.Server
	name   string
	bulk4  func(context.Context) (store.Bulk[lease.Lease4], error)
	bulk6  func(context.Context) (store.Bulk[lease.Lease6], error)
}

func open(t *testing.T, s *database.Server, v keaversion.Version) opened {
	t.Helper()
	o := opened{server: s, name: "own" + strings.ReplaceAll(v.String(), ".", "")}
	if err := s.Create(t.Context(), o.name); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.Engine == database.MySQL {
		var a mysql.Address
		if a, err = mysql.ParseURL(s.URL(o.name)); err == nil {
			err = a.Init(t.Context(), v)
		}
		o.bulk4 = func(ctx context.Context) (store.Bulk[lease.Lease4], error) {
			return a.Create4(ctx, v, keadb.BulkOptions{})
		}
		o.bulk6 = func(ctx context.Context) (store.Bulk[lease.Lease6], error) {
			return a.Create6(ctx, v, keadb.BulkOptions{})
		}
	} else {
		var a postgres.Address
		if a, err = postgres.ParseURL(s.URL(o.name)); err == nil {
			err = a.Init(t.Context(), v)
		}
		o.bulk4 = func(ctx context.Context) (store.Bulk[lease.Lease4], error) {
			return a.Create4(ctx, v, keadb.BulkOptions{})
		}
		o.bulk6 = func(ctx context.Context) (store.Bulk[lease.Lease6], error) {
			return a.Create6(ctx, v, keadb.BulkOptions{})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Kea of each version starts on the tables that Init makes, lists exactly the
// leases that were imported, and a client that comes back keeps its address.
func TestLive(t *testing.T) {
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for _, v := range versions {
				t.Run(v.String(), func(t *testing.T) {
					o := open(t, s, v)
					t.Run("DHCPv4", func(t *testing.T) { live4(t, o, v) })
					t.Run("DHCPv6", func(t *testing.T) { live6(t, o, v) })
				})
			}
		})
	}
}

const control = "/run/kea/control"

// serve starts Kea on a database. %s in the configuration is what all have.
func serve(t *testing.T, o opened, v keaversion.Version, daemon, conf string, ifc oracle.Interface) (*oracle.Server, *oracle.Link) {
	t.Helper()
	p := oracle.Kea(t, v, daemon)
	kind, host, user, name := o.server.Access(o.name)
	access := fmt.Sprintf(`{"type": %q, "host": %q, "user": %q, "name": %q, "password": ""}`, kind, host, user, name)
	hooks := []string{"libdhcp_lease_cmds.so"}
	if v >= keaversion.V3_0 {
		hooks = append(hooks, map[string]string{"mysql": "libdhcp_mysql.so", "postgresql": "libdhcp_pgsql.so"}[kind])
	}
	var libraries []string
	for _, h := range hooks {
		libraries = append(libraries, fmt.Sprintf(`{"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/%s"}`, h))
	}
	all := fmt.Sprintf(`"lease-database": %[1]s, "hosts-database": %[1]s, "hooks-libraries": [%[2]s],
		"interfaces-config": {"interfaces": ["eth0"]}, "multi-threading": {"enable-multi-threading": false},
		"control-socket": {"socket-type": "unix", "socket-name": %[3]q},
		"expired-leases-processing": {"reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 0},
		"loggers": [{"name": "kea-%[4]s", "severity": "INFO", "output_options": [{"output": "stdout"}]},
			{"name": "kea-%[4]s.bad-packets", "severity": "DEBUG", "debuglevel": 99, "output_options": [{"output": "stdout"}]}]`,
		access, strings.Join(libraries, ", "), control, daemon)
	file := filepath.Join(o.server.Sockets, fmt.Sprintf("kea-%s-%s.conf", daemon, v))
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

// listed is a lease as lease_cmds lists it.
type listed struct {
	Address  netip.Addr      `json:"ip-address"`
	HWAddr   string          `json:"hw-address"`
	ClientID string          `json:"client-id"`
	DUID     string          `json:"duid"`
	IAID     uint32          `json:"iaid"`
	Type     string          `json:"type"`
	Prefix   int             `json:"prefix-len"`
	CLTT     int64           `json:"cltt"`
	Valid    uint32          `json:"valid-lft"`
	Pref     uint32          `json:"preferred-lft"`
	Subnet   uint32          `json:"subnet-id"`
	Pool     uint32          `json:"pool-id"`
	State    lease.State     `json:"state"`
	Fwd      bool            `json:"fqdn-fwd"`
	Rev      bool            `json:"fqdn-rev"`
	Hostname string          `json:"hostname"`
	Context  json.RawMessage `json:"user-context"`
}

func list(t *testing.T, s *oracle.Server, command string) map[netip.Addr]listed {
	t.Helper()
	answer, err := s.Control(control, fmt.Sprintf(`{"command": %q}`, command))
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Result    int
		Text      string
		Arguments struct{ Leases []listed }
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Result != 0 {
		t.Fatalf("%s: %v\n%s", command, err, answer)
	}
	found := map[netip.Addr]listed{}
	for _, l := range a.Arguments.Leases {
		found[l.Address] = l
	}
	if len(found) != len(a.Arguments.Leases) {
		t.Errorf("%d addresses in %d leases", len(found), len(a.Arguments.Leases))
	}
	return found
}

func terms(l *listed, t lease.Terms) {
	l.CLTT, l.Valid, l.Subnet, l.Pool, l.State, l.Fwd, l.Rev, l.Hostname = t.CLTT, t.Valid, t.SubnetID, t.PoolID, t.State, t.FQDNFwd, t.FQDNRev, t.Hostname
	if t.UserContext != "" {
		// Kea prints each byte that is not ASCII as a character.
		l.Context = json.RawMessage(strings.ReplaceAll(t.UserContext, "ü", `\u00c3\u00bc`))
	}
}

func colons(b []byte) string {
	var parts []string
	for _, octet := range b {
		parts = append(parts, hex.EncodeToString([]byte{octet}))
	}
	return strings.Join(parts, ":")
}

// sameJSON compares user contexts whatever blanks they have.
var sameJSON = gocmp.Comparer(func(a, b json.RawMessage) bool {
	var x, y any
	if json.Unmarshal([]byte(cmp.Or(string(a), "null")), &x) != nil || json.Unmarshal([]byte(cmp.Or(string(b), "null")), &y) != nil {
		return false
	}
	return gocmp.Equal(x, y)
})

var sameAddress = gocmp.Comparer(func(a, b netip.Addr) bool { return a == b })

const patience = time.Minute

// halfway is the age of leases, half of their lifetime: Kea 3.0 leaves younger
// ones as they are when they are renewed.
const halfway = 2000

func live4(t *testing.T, o opened, v keaversion.Version) {
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
	if v >= keaversion.V2_6 {
		add(func(l *lease.Lease4) { l.PoolID = 3 })
	}
	fill(t, o.bulk4, leases)

	server, link := serve(t, o, v, "dhcp4", `{"Dhcp4": {%s, "valid-lifetime": 4000,
		"subnet4": [{"id": 7, "subnet": "192.0.2.0/24", "interface": "eth0", "pools": [{"pool": "192.0.2.10 - 192.0.2.200"}]}]}}`,
		oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, Relayed: true})
	got := list(t, server, "lease4-get-all")
	want := map[netip.Addr]listed{}
	for _, l := range leases {
		w := listed{Address: l.Address, HWAddr: colons(l.HWAddr), ClientID: colons(l.ClientID)}
		terms(&w, l.Terms)
		if l.Expire() > 1<<31-1 && l.Valid != lease.Infinite {
			w.Valid = uint32(1<<31 - 1 - l.CLTT)
		}
		want[l.Address] = w
	}
	if diff := gocmp.Diff(want, got, sameJSON, sameAddress); diff != "" {
		t.Errorf("imported -, listed +\n%s", diff)
	}
	for _, l := range []lease.Lease4{leases[0], without, remembered} {
		discover, err := dhcpv4.New(dhcpv4.WithHwAddr(net.HardwareAddr(l.HWAddr)), dhcpv4.WithMessageType(dhcpv4.MessageTypeDiscover))
		if err != nil {
			t.Fatal(err)
		}
		if offer := ask4(t, link, discover, l.ClientID, netip.IPv4Unspecified()); !offer.YourIPAddr.Equal(l.Address.AsSlice()) {
			t.Errorf("the client of %v is offered %v", l.Address, offer.YourIPAddr)
		}
	}
	renew, err := dhcpv4.New(dhcpv4.WithHwAddr(net.HardwareAddr(leases[0].HWAddr)), dhcpv4.WithMessageType(dhcpv4.MessageTypeRequest), dhcpv4.WithClientIP(leases[0].Address.AsSlice()))
	if err != nil {
		t.Fatal(err)
	}
	answer := ask4(t, link, renew, leases[0].ClientID, leases[0].Address)
	if answer.MessageType() != dhcpv4.MessageTypeAck || !answer.YourIPAddr.Equal(leases[0].Address.AsSlice()) {
		t.Errorf("renewing %v: %v of %v", leases[0].Address, answer.MessageType(), answer.YourIPAddr)
	}
	if l := list(t, server, "lease4-get-all")[leases[0].Address]; l.CLTT < now {
		t.Errorf("after the renewal the client was last heard at %d, before %d", l.CLTT, now)
	}
}

func fill[L lease.Lease](t *testing.T, open func(context.Context) (store.Bulk[L], error), leases []L) {
	t.Helper()
	b, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range leases {
		if err := b.Add(t.Context(), &leases[i]); err != nil {
			t.Fatal(err)
		}
	}
	if o, err := b.Commit(t.Context()); err != nil || o.Added != len(leases) {
		t.Fatalf("%+v, %v", o, err)
	}
}

func ask4(t *testing.T, link *oracle.Link, m *dhcpv4.DHCPv4, clientID []byte, from netip.Addr) *dhcpv4.DHCPv4 {
	t.Helper()
	if clientID != nil {
		m.UpdateOption(dhcpv4.OptClientIdentifier(clientID))
	}
	to := netip.MustParseAddrPort("255.255.255.255:67")
	if from.IsValid() && !from.IsUnspecified() {
		to = netip.MustParseAddrPort("192.0.2.1:67")
	} else {
		m.SetBroadcast()
	}
	raw, err := link.Ask(oracle.Datagram{From: netip.AddrPortFrom(from, 68), To: to, Message: m.ToBytes()}, patience, func(a []byte) bool {
		return len(a) > 240 && a[0] == byte(dhcpv4.OpcodeBootReply) && [4]byte(a[4:8]) == [4]byte(m.TransactionID)
	})
	if err != nil || raw == nil {
		t.Fatalf("no answer to %v (%v)", m.MessageType(), err)
	}
	answer, err := dhcpv4.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func live6(t *testing.T, o opened, v keaversion.Version) {
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
	if v >= keaversion.V2_6 {
		add(func(l *lease.Lease6) { l.PoolID = 3 })
	}
	fill(t, o.bulk6, leases)

	server, link := serve(t, o, v, "dhcp6", `{"Dhcp6": {%s, "valid-lifetime": 4000, "preferred-lifetime": 3000,
		"subnet6": [{"id": 7, "subnet": "2001:db8:1::/64", "interface": "eth0", "pools": [{"pool": "2001:db8:1::10 - 2001:db8:1::ff"}],
			"pd-pools": [{"prefix": "2001:db8:8::", "prefix-len": 48, "delegated-len": 56}]}]}}`,
		oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8:1::1/64")}})
	got := list(t, server, "lease6-get-all")
	want := map[netip.Addr]listed{}
	for _, l := range leases {
		w := listed{Address: l.Address, DUID: colons(l.DUID), IAID: l.IAID, Type: l.Type.String(), Pref: l.Preferred, HWAddr: colons(l.HWAddr)}
		if l.Type == lease.PD {
			w.Prefix = int(l.PrefixLen)
		}
		terms(&w, l.Terms)
		want[l.Address] = w
	}
	if diff := gocmp.Diff(want, got, sameJSON, sameAddress); diff != "" {
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
