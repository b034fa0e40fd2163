package leasesconv_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// liveVersions are those that Debian packages.
var liveVersions = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}

const (
	// patience is for a machine under load; nothing waits for it.
	patience = time.Minute
	// control is Kea's control socket.
	control = "/run/kea/control"
	// keaHooks is where Debian has Kea's hook libraries.
	keaHooks = "/usr/lib/x86_64-linux-gnu/kea/hooks"
)

// host is a folder for a server: the configuration, and below lib its leases.
type host struct {
	t      *testing.T
	dir    string
	leases string // Kea's lease file
}

func newHost(t *testing.T) *host {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &host{t: t, dir: dir, leases: filepath.Join(dir, "lib", "kea-leases.csv")}
}

func (h *host) write(name, text string) string {
	h.t.Helper()
	file := filepath.Join(h.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
	return file
}

// keaConf writes a configuration; %s in it is what all have.
func (h *host) keaConf(v keaversion.Version, daemon, conf string) string {
	checks := ""
	if v >= keaversion.V2_6 {
		checks = `"sanity-checks": {"extended-info-checks": "pedantic"},`
	}
	all := fmt.Sprintf(`"lease-database": {"type": "memfile", "name": "/var/lib/kea/%[1]s", "lfc-interval": 0}, %[5]s
		"hooks-libraries": [{"library": "%[4]s/libdhcp_lease_cmds.so"}], "store-extended-info": true,
		"interfaces-config": {"interfaces": ["eth0"]}, "multi-threading": {"enable-multi-threading": false},
		"control-socket": {"socket-type": "unix", "socket-name": %[2]q},
		"expired-leases-processing": {"reclaim-timer-wait-time": 0, "hold-reclaimed-time": 31536000},
		"loggers": [{"name": "kea-%[3]s", "severity": "INFO", "output_options": [{"output": "stdout"}]},
			{"name": "kea-%[3]s.bad-packets", "severity": "DEBUG", "debuglevel": 99, "output_options": [{"output": "stdout"}]}]`,
		filepath.Base(h.leases), control, daemon, keaHooks, checks)
	return h.write("kea-"+daemon+".conf", fmt.Sprintf(conf, all))
}

// serve starts a server and opens the wire of its interface.
func (h *host) serve(p *oracle.Program, conf string, v6 bool) (*oracle.Server, *oracle.Link) {
	h.t.Helper()
	ifc := oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, Relayed: true}
	if v6 {
		ifc = oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8:1::1/64")}}
	}
	server, err := p.Serve(h.t.Context(), conf, v6, ifc)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(server.Close)
	link, err := server.Link(0)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { link.Close() })
	return server, link
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
}

// bring imports a lease file of dhcpd for the configuration.
func (h *host) bring(v keaversion.Version, conf, leases string) *leasesconv.Outcome {
	h.t.Helper()
	job := leasesconv.Job{Files: []string{h.write("old.leases", leases)}, Config: conf, To: leasesconv.Place{File: h.leases},
		FillOptions: leasesconv.FillOptions{Target: v}, Now: time.Now(), Hold: -1}
	out, err := job.Run(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range out.Notes {
		h.t.Error(n)
	}
	if !out.Balanced() {
		h.t.Errorf("the counts do not add up: %+v", out)
	}
	return out
}

// export writes Kea's leases as the lease file of a dhcpd in a folder of its own.
func (h *host) export(conf string) *host {
	h.t.Helper()
	back := newHost(h.t)
	job := leasesconv.ExportJob{From: leasesconv.Place{File: h.leases}, To: filepath.Join(back.dir, "dhcpd.leases"),
		Problem: func(err error) { h.t.Error(err) }}
	if _, err := job.Run(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	back.write("dhcpd.conf", conf)
	return back
}

// listed is a lease as the hook lease_cmds lists it.
type listed struct {
	Address  string          `json:"ip-address"`
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

func list(t *testing.T, s *oracle.Server, command string) map[string]listed {
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
	found := map[string]listed{}
	for _, l := range a.Arguments.Leases {
		found[l.Address] = l
	}
	if len(found) != len(a.Arguments.Leases) {
		t.Errorf("%d addresses in %d leases", len(found), len(a.Arguments.Leases))
	}
	return found
}

// asListed is what Kea should list of a lease that a lease file holds.
func asListed(a netip.Addr, hwaddr []byte, terms *lease.Terms) listed {
	l := listed{Address: a.String(), HWAddr: colons(hwaddr), CLTT: terms.CLTT, Valid: terms.Valid, Subnet: terms.SubnetID, Pool: terms.PoolID,
		State: terms.State, Fwd: terms.FQDNFwd, Rev: terms.FQDNRev, Hostname: terms.Hostname}
	if terms.UserContext != "" {
		l.Context = json.RawMessage(terms.UserContext)
	}
	return l
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

// stamp is a time as dhcpd writes it.
func stamp(t time.Time) string { return fmt.Sprintf("epoch %d", t.Unix()) }

// lease4 is an entry of dhcpd about 192.0.2.x: the client was heard half an hour
// before, and the lease ends after a time.
func lease4(x int, state string, ends time.Duration, more string) string {
	now := time.Now()
	return fmt.Sprintf("lease 192.0.2.%d {\n  starts %[2]s;\n  ends %[3]s;\n  cltt %[2]s;\n  binding state %[4]s;\n  next binding state free;\n  %[5]s\n}\n",
		x, stamp(now.Add(min(0, ends)-30*time.Minute)), stamp(now.Add(ends)), state, more)
}

// liveLeases4 are leases of clients by hardware address and by client identifier:
// those that have one, and those that had one.
func liveLeases4() string {
	return lease4(20, "active", time.Hour, `hardware ethernet 02:00:00:00:00:20; uid "\001\002\000\000\000\000\040"; client-hostname "Laptop, old";`) +
		lease4(21, "active", time.Hour, `hardware ethernet 02:00:00:00:00:21;`) +
		lease4(22, "free", -40*24*time.Hour, `hardware ethernet 02:00:00:00:00:22;`) +
		lease4(23, "released", -time.Hour, `hardware ethernet 02:00:00:00:00:23; uid "client-23";`) +
		lease4(24, "abandoned", 24*time.Hour, ``) +
		lease4(25, "active", time.Hour, `hardware ethernet 02:00:00:00:00:25;
  option agent.circuit-id "eth0/1"; option agent.remote-id 1:2:3:ff; option agent.unknown-12 "relay";
  set vendor-class-identifier = "MSFT \"5.0\", &"; set count = %17;`) +
		strings.Replace(lease4(26, "active", time.Hour, `hardware ethernet 02:00:00:00:00:26; dynamic-bootp;`), "  ends epoch", "  ends never; # epoch", 1) +
		lease4(27, "active", time.Hour, `hardware ethernet 02:00:00:00:00:27; client-hostname "pc27";
  set ddns-fwd-name = "pc27.example.org"; set ddns-rev-name = "27.2.0.192.in-addr.arpa."; set ddns-dhcid = "\000\001";`) +
		lease4(28, "active", -time.Minute, `hardware ethernet 02:00:00:00:00:28;`) +
		lease4(29, "expired", -2*time.Hour, `hardware ethernet 02:00:00:00:00:29; uid 01:02:00:00:00:00:29;`)
}

const liveConf4 = `{"Dhcp4": {%s, "valid-lifetime": 3600,
	"subnet4": [{"id": 7, "subnet": "192.0.2.0/24", "interface": "eth0", "pools": [{"pool": "192.0.2.10 - 192.0.2.200"}]}]}}`

const liveDhcpd4 = "ping-check false; authoritative; default-lease-time 3600;\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.200; }\n"

// Kea started on imported leases lists them, and knows its clients: those that
// renew, and those that come back after their lease has ended and ask for no
// address. So does a dhcpd that is started on what is exported of Kea.
func TestLive4(t *testing.T) {
	for _, v := range liveVersions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			kea, dhcpd := oracle.Kea(t, v, "dhcp4"), oracle.Dhcpd(t)
			needRoot(t)
			h := newHost(t)
			conf := h.keaConf(v, "dhcp4", liveConf4)
			if out := h.bring(v, conf, liveLeases4()); out.Total() != 10 {
				t.Errorf("%d leases are imported, want all 10", out.Total())
			}
			want := map[string]listed{}
			table, err := memfile.Load4(t.Context(), h.leases, func(p memfile.Problem) { t.Error(p) })
			if err != nil {
				t.Fatal(err)
			}
			for l := range table.All() {
				w := asListed(l.Address, l.HWAddr, &l.Terms)
				w.ClientID = colons(l.ClientID)
				want[w.Address] = w
			}
			server, link := h.serve(kea, conf, false)
			if diff := gocmp.Diff(want, list(t, server, "lease4-get-all"), sameJSON); diff != "" {
				t.Errorf("imported -, listed +\n%s", diff)
			}
			checkLog(t, server.Log())
			if v >= keaversion.V2_6 && !strings.Contains(server.Log(), "modified 0 / updated 0 leases and 1 leases have relay or remote id") {
				t.Errorf("Kea does not take the relay agent's options as they are:\n%s", server.Log())
			}
			h.checkHeld(v, conf)
			checkClients4(t, link)
			if got := list(t, server, "lease4-get-all")["192.0.2.20"]; got.CLTT < time.Now().Add(-10*time.Minute).Unix() {
				t.Errorf("after the renewal Kea has %+v", got)
			}

			back := h.export(liveDhcpd4)
			_, link = back.serve(dhcpd, filepath.Join(back.dir, "dhcpd.conf"), false)
			checkClients4(t, link)
		})
	}
}

// checkHeld fails unless an import to the lease file of a Kea that runs is refused
// and changes nothing.
func (h *host) checkHeld(v keaversion.Version, conf string) {
	h.t.Helper()
	before, err := os.ReadFile(h.leases)
	if err != nil {
		h.t.Fatal(err)
	}
	job := leasesconv.Job{Files: []string{filepath.Join(h.dir, "old.leases")}, Config: conf, To: leasesconv.Place{File: h.leases},
		FillOptions: leasesconv.FillOptions{Target: v, Replace: true}, Now: time.Now(), Hold: -1}
	if _, err := job.Run(h.t.Context()); !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), "kea-dhcp4") {
		h.t.Errorf("importing to the lease file of a Kea that runs: %v", err)
	}
	follow := leasesconv.Follow{Job: job, State: filepath.Join(h.dir, "state"), Clock: time.Now,
		Wait: func(context.Context, time.Duration) error { return errEnough }}
	if err := follow.Run(h.t.Context()); !errors.Is(err, store.ErrInUse) {
		h.t.Errorf("following to the lease file of a Kea that runs: %v", err)
	}
	after, err := os.ReadFile(h.leases)
	if err != nil || string(before) != string(after) {
		h.t.Errorf("the lease file has changed (%v)", err)
	}
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(h.leases), "*")); err != nil || len(files) != 1 {
		h.t.Errorf("the folder of the leases has %v (%v)", files, err)
	}
	if _, err := os.Stat(follow.State); !errors.Is(err, fs.ErrNotExist) {
		h.t.Errorf("there is a state of following (%v)", err)
	}
}

// What clean-ups of Kea (kea-lfc) leave beside a lease file is read as Kea reads
// it, whether Kea runs or has been killed.
func TestLiveCleanUp(t *testing.T) {
	for _, v := range liveVersions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			kea := oracle.Kea(t, v, "dhcp4")
			needRoot(t)
			h := newHost(t)
			conf := h.keaConf(v, "dhcp4", liveConf4)
			text, err := os.ReadFile(conf)
			if err != nil {
				t.Fatal(err)
			}
			h.write(filepath.Base(conf), strings.Replace(string(text), `"lfc-interval": 0`, `"lfc-interval": 1`, 1))
			h.bring(v, conf, liveLeases4())
			server, link := h.serve(kea, conf, false)
			deadline := time.Now().Add(patience)
			for n := 0; ; n = (n + 1) % 100 {
				// Rows are added all the time, so that there is something to clean up.
				renew := netip.AddrFrom4([4]byte{192, 0, 2, 20})
				ask4(t, link, dhcpv4.MessageTypeRequest, "02:00:00:00:00:20", "\x01\x02\x00\x00\x00\x00\x20", renew)
				if _, err := os.Stat(h.leases + ".2"); err == nil {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("Kea does not clean up:\n%s", server.Log())
				}
			}
			want := list(t, server, "lease4-get-all")
			for _, state := range []string{"running", "killed"} {
				if state == "killed" {
					server.Close()
				}
				got := map[string]listed{}
				table, err := memfile.Load4(t.Context(), h.leases, func(p memfile.Problem) { t.Error(p) })
				if err != nil {
					t.Fatal(err)
				}
				for l := range table.All() {
					w := asListed(l.Address, l.HWAddr, &l.Terms)
					w.ClientID = colons(l.ClientID)
					got[w.Address] = w
				}
				if diff := gocmp.Diff(want, got, sameJSON); diff != "" {
					t.Errorf("%s: listed by Kea -, read +\n%s", state, diff)
				}
			}
			// Killed as it was, Kea may have left any of the files; an import takes
			// them all in and leaves one.
			h.bring(v, conf, lease4(99, "active", time.Hour, "hardware ethernet 02:00:00:00:00:99;"))
			if files, err := filepath.Glob(h.leases + "*"); err != nil || len(files) != 1 {
				t.Errorf("after an import there are %v (%v)", files, err)
			}
			server, _ = h.serve(kea, conf, false)
			if got := list(t, server, "lease4-get-all"); len(got) != len(want)+1 {
				t.Errorf("after an import there are %d leases, want %d and one more", len(got), len(want))
			}
		})
	}
}

// checkClients4 lets the clients of liveLeases4 ask a server.
func checkClients4(t *testing.T, link *oracle.Link) {
	t.Helper()
	for _, c := range []struct {
		name, mac, id string
		want          byte
	}{
		{"active, by both", "02:00:00:00:00:20", "\x01\x02\x00\x00\x00\x00\x20", 20},
		{"active, by hardware address", "02:00:00:00:00:21", "", 21},
		{"came back, by hardware address", "02:00:00:00:00:22", "", 22},
		{"came back, by client identifier", "02:00:00:00:ff:23", "client-23", 23},
		{"bootp", "02:00:00:00:00:26", "", 26},
		{"just ended", "02:00:00:00:00:28", "", 28},
		{"came back, by both", "02:00:00:00:00:29", "\x01\x02\x00\x00\x00\x00\x29", 29},
	} {
		answer := ask4(t, link, dhcpv4.MessageTypeDiscover, c.mac, c.id, netip.Addr{})
		if got := answer.YourIPAddr.To4(); answer.MessageType() != dhcpv4.MessageTypeOffer || got == nil || got[3] != c.want {
			t.Errorf("%s: %v of %v, want 192.0.2.%d", c.name, answer.MessageType(), answer.YourIPAddr, c.want)
		}
	}
	for _, mac := range []string{"02:00:00:00:00:20", "02:00:00:00:00:25"} {
		id := ""
		if mac[15:] == "20" {
			id = "\x01\x02\x00\x00\x00\x00\x20"
		}
		a := netip.MustParseAddr("192.0.2." + mac[15:])
		if answer := ask4(t, link, dhcpv4.MessageTypeRequest, mac, id, a); answer.MessageType() != dhcpv4.MessageTypeAck || answer.YourIPAddr.String() != a.String() {
			t.Errorf("renewing %v: %v of %v", a, answer.MessageType(), answer.YourIPAddr)
		}
	}
}

// ask4 sends a DISCOVER, or a REQUEST that renews an address, and returns the
// answer.
func ask4(t *testing.T, link *oracle.Link, kind dhcpv4.MessageType, mac, clientID string, address netip.Addr) *dhcpv4.DHCPv4 {
	t.Helper()
	hwaddr, err := net.ParseMAC(mac)
	if err != nil {
		t.Fatal(err)
	}
	m, err := dhcpv4.New(dhcpv4.WithHwAddr(hwaddr), dhcpv4.WithMessageType(kind))
	if err != nil {
		t.Fatal(err)
	}
	if clientID != "" {
		m.UpdateOption(dhcpv4.OptClientIdentifier([]byte(clientID)))
	}
	d := oracle.Datagram{From: netip.MustParseAddrPort("0.0.0.0:68"), To: netip.MustParseAddrPort("255.255.255.255:67")}
	if address.IsValid() {
		m.ClientIPAddr = address.AsSlice()
		d = oracle.Datagram{From: netip.AddrPortFrom(address, 68), To: netip.MustParseAddrPort("192.0.2.1:67")}
	} else {
		m.SetBroadcast()
	}
	d.Message = m.ToBytes()
	return answer4(t, link, d, m)
}

func answer4(t *testing.T, link *oracle.Link, d oracle.Datagram, m *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
	t.Helper()
	raw, err := link.Ask(d, patience, func(a []byte) bool {
		return len(a) > 240 && a[0] == byte(dhcpv4.OpcodeBootReply) && [4]byte(a[4:8]) == [4]byte(m.TransactionID)
	})
	if err != nil || raw == nil {
		t.Fatalf("no answer to %v of %v (%v)", m.MessageType(), m.ClientHWAddr, err)
	}
	answer, err := dhcpv4.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// checkLog fails when Kea complains about what it has loaded.
func checkLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if (strings.Contains(line, " WARN ") || strings.Contains(line, " ERROR ")) && !strings.Contains(line, "MULTI_THREADING_INFO") {
			t.Errorf("Kea says: %s", line)
		}
	}
}

// What the import writes about a relay agent's options is what Kea writes itself
// for the same client, when it is told to keep them (store-extended-info).
func TestLiveAgentOptions(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	needRoot(t)
	old := newHost(t)
	old.write("dhcpd.leases", "")
	_, link := old.serve(dhcpd, old.write("dhcpd.conf", liveDhcpd4), false)
	relayed4(t, link)
	text, err := os.ReadFile(filepath.Join(old.dir, "dhcpd.leases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range liveVersions {
		t.Run(v.String(), func(t *testing.T) {
			kea := oracle.Kea(t, v, "dhcp4")
			h := newHost(t)
			conf := h.keaConf(v, "dhcp4", liveConf4)
			h.bring(v, conf, string(text))
			want := h.context4()
			if err := os.Remove(h.leases); err != nil {
				t.Fatal(err)
			}
			_, link := h.serve(kea, conf, false)
			relayed4(t, link)
			if got := h.context4(); got == "" || got != want {
				t.Errorf("Kea writes\n%s, the import\n%s", got, want)
			}
		})
	}
}

// context4 is the user context of the only lease.
func (h *host) context4() string {
	h.t.Helper()
	table, err := memfile.Load4(h.t.Context(), h.leases, func(p memfile.Problem) { h.t.Error(p) })
	if err != nil || table.Len() != 1 {
		h.t.Fatalf("not one lease (%v)", err)
	}
	for l := range table.All() {
		return l.UserContext
	}
	return ""
}

// relayed4 gets a lease for a client behind a relay agent.
func relayed4(t *testing.T, link *oracle.Link) {
	t.Helper()
	relay := netip.MustParseAddr("192.0.2.5")
	var offered, server net.IP
	for _, kind := range []dhcpv4.MessageType{dhcpv4.MessageTypeDiscover, dhcpv4.MessageTypeRequest} {
		m, err := dhcpv4.New(dhcpv4.WithHwAddr(net.HardwareAddr{2, 0, 0, 0, 0, 0x25}), dhcpv4.WithMessageType(kind), dhcpv4.WithGatewayIP(relay.AsSlice()))
		if err != nil {
			t.Fatal(err)
		}
		m.HopCount = 1
		if offered != nil {
			m.UpdateOption(dhcpv4.OptRequestedIPAddress(offered))
			m.UpdateOption(dhcpv4.OptServerIdentifier(server))
		}
		m.UpdateOption(dhcpv4.OptGeneric(dhcpv4.OptionRelayAgentInformation,
			[]byte("\x01\x06eth0/1\x02\x04\x01\x02\x03\xff\x0c\x05relay\x06\x03abc")))
		d := oracle.Datagram{From: netip.AddrPortFrom(relay, 67), To: netip.MustParseAddrPort("192.0.2.1:67"), Message: m.ToBytes()}
		answer := answer4(t, link, d, m)
		offered, server = answer.YourIPAddr, answer.ServerIdentifier()
	}
}
