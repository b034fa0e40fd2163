package exchange_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// pingConf asks for the addresses that somebody has (those on the link) with so
// much patience that the answer is there in time, and for those that nobody has
// with little.
const pingConf = `{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "valid-lifetime": 4000, "multi-threading": { "enable-multi-threading": false },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/ping" }, "lease-database": { "type": "memfile", "persist": false },
  "expired-leases-processing": { "reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 0 }, "parked-packet-limit": 3,
  "hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" }, { "library": "libdhcp_ping_check.so", "parameters": { "reply-timeout": 60000, "min-ping-requests": 2 } } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 99, "output-options": [ { "output": "stdout" } ] } ],
  "subnet4": [
    { "id": 1, "subnet": "10.0.0.0/25", "pools": [ { "pool": "10.0.0.10 - 10.0.0.11" } ] },
    { "id": 2, "subnet": "10.2.0.0/24", "pools": [ { "pool": "10.2.0.10 - 10.2.0.19" } ], "user-context": { "ping-check": { "reply-timeout": 30, "min-ping-requests": 2 } },
      "reservations": [ { "hw-address": "02:00:00:00:50:03", "ip-address": "10.2.0.77" }, { "hw-address": "02:00:00:00:50:04", "ip-address": "10.2.0.11" } ] },
    { "id": 3, "subnet": "10.0.0.128/26", "offer-lifetime": 60, "pools": [ { "pool": "10.0.0.140 - 10.0.0.140" } ] },
    { "id": 4, "subnet": "10.4.0.0/24", "pools": [ { "pool": "10.4.0.10 - 10.4.0.10" } ] },
    { "id": 5, "subnet": "10.5.0.0/24", "pools": [ { "pool": "10.5.0.10 - 10.5.0.20" } ] },
    { "id": 6, "subnet": "10.6.0.0/24", "pools": [ { "pool": "10.6.0.10 - 10.6.0.20" } ], "user-context": { "ping-check": { "enable-ping-check": false } } },
    { "id": 7, "subnet": "10.7.0.0/24", "offer-lifetime": 60, "pools": [ { "pool": "10.7.0.10 - 10.7.0.20" } ], "user-context": { "ping-check": { "reply-timeout": 30 } } },
    { "id": 8, "subnet": "10.8.0.0/24", "cache-threshold": 0.0, "pools": [ { "pool": "10.8.0.10 - 10.8.0.20" } ], "user-context": { "ping-check": { "reply-timeout": 30, "ping-cltt-secs": 0 } } },
    { "id": 9, "subnet": "10.0.0.240/28", "pools": [ { "pool": "10.0.0.255 - 10.0.0.255" } ] } ],
  "shared-networks": [ { "name": "n", "user-context": { "ping-check": { "enable-ping-check": false } }, "subnet4": [ { "id": 10, "subnet": "10.10.0.0/24", "pools": [ { "pool": "10.10.0.10 - 10.10.0.20" } ] } ] } ] } }`

// pingLeases are leases that have ended: when they began, in seconds before now.
var pingLeases = []struct {
	address string
	client  uint8
	subnet  int
	began   int64
}{
	{"10.2.0.15", 21, 2, 5},
	{"10.2.0.16", 22, 2, 3000},
	{"10.2.0.17", 23, 2, 5}, // somebody else asks for it
}

// pingStep is a message to the server, and what is in its log once it has dealt
// with that.
type pingStep struct {
	kind   uint8
	client uint8
	relay  string
	wish   string
	until  string // an answer, if empty
}

var pingSteps = []pingStep{
	// Both addresses are in use, and then there is none.
	{1, 1, "", "", "SERVER_INITIATED_DECLINE "},
	{1, 1, "", "", "SERVER_INITIATED_DECLINE "},
	{1, 1, "", "", "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES "},
	// Nobody has the address; and the client, once it has a lease, is not in doubt.
	{1, 2, "10.2.0.1", "", ""},
	{3, 2, "10.2.0.1", "10.2.0.10", ""},
	{1, 2, "10.2.0.1", "", ""},
	// Reserved addresses.
	{1, 3, "10.2.0.1", "", ""},
	{1, 4, "10.2.0.1", "", ""},
	// Offers that are kept.
	{1, 5, "10.0.0.129", "", "SERVER_INITIATED_DECLINE "},
	{1, 6, "10.7.0.1", "", ""},
	{1, 6, "10.7.0.1", "", ""},
	// A subnet without the check; one where each offer is checked.
	{1, 7, "10.6.0.1", "", ""},
	{1, 8, "10.8.0.1", "", ""},
	{3, 8, "10.8.0.1", "10.8.0.10", ""},
	{1, 8, "10.8.0.1", "", ""},
	// A network that has settings, of which the hook knows nothing.
	{1, 16, "10.10.0.1", "", "LEASE4_OFFER_PARK "},
	// An address that cannot be asked.
	{1, 9, "10.0.0.241", "", ""},
	// Leases that have ended.
	{1, 21, "10.2.0.1", "", ""},
	{1, 22, "10.2.0.1", "", ""},
	{1, 24, "10.2.0.1", "10.2.0.17", ""},
	{3, 24, "10.2.0.1", "10.2.0.17", ""},
	// An address that is being checked; and more packets that wait than may.
	{1, 10, "10.4.0.1", "", "LEASE4_OFFER_PARK "},
	{1, 11, "10.4.0.1", "", "LEASE4_OFFER_DROP "},
	{1, 10, "10.4.0.1", "", "LEASE4_OFFER_DROP "},
	{1, 12, "10.5.0.1", "", "LEASE4_OFFER_PARK "},
	{1, 13, "10.5.0.1", "", "PARKING_LOT_FULL "},
	{1, 7, "10.6.0.1", "", "PARKING_LOT_FULL "},
	{3, 7, "10.6.0.1", "10.6.0.10", ""},
}

// TestPingCheck has the real Kea and keasrv look whether somebody has the addresses
// that they are about to offer: what they answer, log, count and know afterwards is
// the same.
func TestPingCheck(t *testing.T) {
	program := robustProgram(t)
	t.Parallel()
	want, got := pingOutcome(t, oracle.Kea(t, keaversion.V3_0, "dhcp4")), pingOutcome(t, program)
	if want == got {
		return
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		line := func(list []string) string {
			if i < len(list) {
				return list[i]
			}
			return ""
		}
		if line(w) != line(g) {
			t.Errorf("Kea    %s\nkeasrv %s", line(w), line(g))
		}
	}
}

// pingLine matches what is logged about checks.
var pingLine = regexp.MustCompile(`(?:INFO|WARN|ERROR|DEBUG) +\[kea-dhcp4\.([a-z0-9-]+)/[^]]*\] ((?:PING_CHECK|DHCP4_HOOK|DHCP4_SERVER_INIT|DHCP4_LEASE_OFFER|DHCP4_PACKET_SEND).*)`)

// pingWho is the transaction, or else the address, that a line is about.
var pingWho = regexp.MustCompile(`tid=0x[0-9a-f]+|10\.[0-9.]+`)

// pingOutcome is what a server did about the steps, as text.
func pingOutcome(t *testing.T, program *oracle.Program) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kea-dhcp4.conf")
	if err := os.WriteFile(file, []byte(pingConf), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := program.Serve(t.Context(), file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, Relayed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, a := range []string{"10.0.0.10/24", "10.0.0.11/24", "10.0.0.140/24", "10.0.0.129/24", "10.0.0.241/24"} {
		cmd, err := s.PeerCommand(t.Context(), netip.MustParsePrefix(a), "true")
		if err == nil {
			err = cmd.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	link, err := s.Link(0)
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	for _, l := range pingLeases {
		command := fmt.Sprintf(`{ "command": "lease4-add", "arguments": { "ip-address": %q, "hw-address": "02:00:00:00:50:%02x", "subnet-id": %d, "valid-lft": 1, "expire": %d } }`,
			l.address, l.client, l.subnet, time.Now().Unix()-l.began+1)
		if answer, err := s.Control("/run/kea/ping", command); err != nil || !strings.Contains(string(answer), `"result": 0`) {
			t.Fatalf("%s: %s, %v", command, answer, err)
		}
	}
	var out strings.Builder
	for i, step := range pingSteps {
		pingAsk(t, s, link, i, step, &out)
	}
	for _, c := range []string{"lease4-get-all", "statistic-get-all"} {
		fmt.Fprintln(&out, strings.Join(pingKnows(t, s, c), "\n"))
	}
	// What is logged about a client, or an address, has its order. All of it is there
	// now that commands were answered.
	about := map[string][]string{}
	for _, m := range pingLine.FindAllStringSubmatch(s.Log(), -1) {
		who := pingWho.FindString(m[2])
		about[who] = append(about[who], m[1]+" "+m[2])
	}
	for _, who := range slices.Sorted(maps.Keys(about)) {
		fmt.Fprintln(&out, strings.Join(about[who], "\n"))
	}
	return out.String()
}

// pingAsk takes a step.
func pingAsk(t *testing.T, s *oracle.Server, link *oracle.Link, n int, step pingStep, out *strings.Builder) {
	t.Helper()
	const patience = 20 * time.Second
	h := packet.Header4{HType: 1, HLen: 6, XID: uint32(n + 1), CHAddr: []byte{2, 0, 0, 0, 0x50, step.client}, Flags: packet.BroadcastFlag}
	from, to := netip.MustParseAddrPort("0.0.0.0:68"), netip.MustParseAddrPort("255.255.255.255:67")
	if step.relay != "" {
		h.GIAddr = netip.MustParseAddr(step.relay)
		h.Hops = 1
		from, to = netip.AddrPortFrom(h.GIAddr, 67), netip.MustParseAddrPort("10.0.0.1:67")
	}
	m := packet.AppendHeader(nil, &h)
	m[0] = packet.BootRequest
	m = packet.AppendOption(m, 53, []byte{step.kind})
	if step.wish != "" {
		a := netip.MustParseAddr(step.wish).As4()
		m = packet.AppendOption(m, 50, a[:])
		if step.kind == packet.Request {
			m = packet.AppendOption(m, 54, []byte{10, 0, 0, 1})
		}
	}
	m = packet.AppendEnd(m, 0, 300)
	fmt.Fprintf(out, "step %d\n", n+1)
	log := len(s.Log())
	if err := link.Send(oracle.Datagram{From: from, To: to, Message: m}); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	if step.until != "" {
		for !strings.Contains(s.Log()[log:], step.until) {
			if time.Now().After(deadline) {
				t.Fatalf("step %d: no %s in\n%s", n+1, step.until, s.Log()[log:])
			}
			time.Sleep(2 * time.Millisecond) // it is the server's work that has to get done
		}
		return
	}
	answer, err := link.Await(patience, func(b []byte) bool { return len(b) > 8 && string(b[4:8]) == string(m[4:8]) && b[0] == packet.BootReply })
	if err != nil {
		t.Fatalf("step %d: %v\n%s", n+1, err, s.Log()[log:])
	}
	var a packet.Message4
	if answer == nil || a.Parse(answer) != nil {
		t.Fatalf("step %d: no answer\n%s", n+1, s.Log()[log:])
	}
	kind, _ := a.Option(53)
	fmt.Fprintf(out, "answer %d %v\n%x\n", kind, a.YIAddr(), answer)
}

// pingKnows asks what a server knows, without times.
func pingKnows(t *testing.T, s *oracle.Server, command string) (out []string) {
	t.Helper()
	answer, err := s.Control("/run/kea/ping", `{ "command": "`+command+`" }`)
	if err != nil {
		t.Fatal(err)
	}
	var reply struct{ Arguments map[string]any }
	if err := json.Unmarshal(answer, &reply); err != nil {
		t.Fatal(err)
	}
	if list, ok := reply.Arguments["leases"].([]any); ok {
		for _, l := range list {
			delete(l.(map[string]any), "cltt")
			text, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(text))
		}
		slices.Sort(out)
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(reply.Arguments)) {
		samples, _ := reply.Arguments[name].([]any)
		var values []any
		for _, one := range samples {
			values = append(values, one.([]any)[0])
		}
		out = append(out, fmt.Sprintf("%s %v", name, values))
	}
	return out
}
