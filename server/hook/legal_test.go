package hook_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// TestLegal holds lines against those that Kea 3.0.4 wrote about the same.
func TestLegal(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 5, 1, 23, 59, 0, 0, time.UTC)
	g := hook.Legal{Folder: dir, Base: "legal", Unit: "day", Count: 1, Timestamp: "%Y-%m-%d %H:%M:%S %Z", Clock: func() time.Time { return now }, Failed: func(err error) { t.Error(err) }}
	l := lease.Lease4{Address: netip.MustParseAddr("10.0.0.15"), HWAddr: []byte{2, 0, 0, 0, 0, 0x31}, ClientID: []byte{1, 2, 3}, Terms: lease.Terms{Valid: 4000}}
	message := func(giaddr string, agent []byte) *packet.Message4 {
		raw := packet.AppendHeader(nil, &packet.Header4{HType: 1, GIAddr: netip.MustParseAddr(giaddr)})
		if agent != nil {
			raw = packet.AppendOption(raw, 82, agent)
		}
		m := &packet.Message4{}
		if err := m.Parse(packet.AppendEnd(raw, 0, 0)); err != nil {
			t.Fatal(err)
		}
		return m
	}
	g.Told(&server.Event{Point: server.LeasesCommitted, Message: message("0.0.0.0", nil), Leases: []lease.Lease4{l}})
	g.Told(&server.Event{Point: server.LeasesCommitted, Message: message("10.0.0.99", []byte("\x01\x04port\x02\x03abc\x06\x01A")), Leases: []lease.Lease4{l}})
	now = now.Add(2 * time.Minute)
	g.Told(&server.Event{Point: server.LeaseReleased, Message: message("0.0.0.0", nil), Lease: &l})
	now = now.Add(time.Minute)
	g.Off = map[uint32]bool{3: true}
	g.Told(&server.Event{Point: server.LeaseReleased, Message: message("10.0.0.99", nil), Subnet: &config.Subnet{ID: 3}, Lease: &l})
	l.ClientID, l.UserContext = []byte("abc"), `{ "a": 1 }`
	g.Told(&server.Event{Point: server.LeaseDeclined, Message: message("10.0.0.99", nil), Subnet: &config.Subnet{ID: 4}, Lease: &l})
	g.Command("lease4-add", map[string]any{"ip-address": "10.0.0.17", "hw-address": "01:02:03:04:05:06"})
	g.Command("lease4-update", map[string]any{"ip-address": "10.0.0.18", "hw-address": "01:02:03:04:05:07", "client-id": "01:02:03", "valid-lft": json.Number("5000"), "user-context": map[string]any{"a": json.Number("1")}, "origin": "ha-partner"})
	g.Command("lease4-del", map[string]any{"ip-address": "10.0.0.17"})
	g.Command("lease4-del", map[string]any{"identifier-type": "hw-address", "identifier": "01:02", "subnet-id": json.Number("1")})
	g.Command("lease4-wipe", nil)
	text := func(s string) classify.Text { return func(*classify.Query) ([]byte, error) { return []byte(s), nil } }
	g.Response = text("answer\n")
	sent := server.Event{Point: server.AnswerSent, Packet: &server.Packet{}, Leases: []lease.Lease4{l}, Answer: message("0.0.0.0", nil).Raw()}
	g.Told(&sent)
	g.Request = text("one\ntwo, ")
	g.Told(&sent)
	g.Told(&server.Event{Point: server.LeaseReleased, Lease: &l})
	sent.Leases = nil // a lease that is left as it is
	g.Told(&sent)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	const device = " a device with hardware address: hwtype=1 02:00:00:00:00:31, client-id: 01:02:03"
	for name, want := range map[string]string{
		"legal.20260501.txt": "2026-05-01 23:59:00 UTC Address: 10.0.0.15 has been assigned for 1 hrs 6 mins 40 secs to" + device + "\n" +
			"2026-05-01 23:59:00 UTC Address: 10.0.0.15 has been assigned for 1 hrs 6 mins 40 secs to" + device +
			" connected via relay at address: 10.0.0.99, identified by circuit-id: 70:6f:72:74 (port) and remote-id: 61:62:63 (abc) and subscriber-id: 41 (A)\n",
		"legal.20260502.txt": "2026-05-02 00:01:00 UTC Address: 10.0.0.15 has been released from" + device + "\n" +
			"2026-05-02 00:02:00 UTC Address: 10.0.0.15 has been released from a device with hardware address: hwtype=1 02:00:00:00:00:31, client-id: 61:62:63 (abc) connected via relay at address: 10.0.0.99, context: { \"a\": 1 }\n" +
			"2026-05-02 00:02:00 UTC Administrator added a lease of address: 10.0.0.17 to a device with hardware address: 01:02:03:04:05:06\n" +
			"2026-05-02 00:02:00 UTC HA partner updated information on the lease of address: 10.0.0.18 to a device with hardware address: 01:02:03:04:05:07, client-id: 01:02:03 for 1 hrs 23 mins 20 secs, context: { \"a\": 1 }\n" +
			"2026-05-02 00:02:00 UTC Administrator deleted the lease for address: 10.0.0.17\n" +
			"2026-05-02 00:02:00 UTC Administrator deleted a lease for a device identified by: hw-address of 01:02\n" +
			"2026-05-02 00:02:00 UTC answer\n" +
			"2026-05-02 00:02:00 UTC one\n2026-05-02 00:02:00 UTC two, answer\n" +
			"2026-05-02 00:02:00 UTC one\n2026-05-02 00:02:00 UTC two, \n",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(text) != want {
			t.Errorf("%s: %s, %v\nwant %s", name, text, err, want)
		}
	}
}
