package hook_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
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
		raw := packet.AppendHeader(nil, &packet.Header4{GIAddr: netip.MustParseAddr(giaddr)})
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
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	const device = " a device with hardware address: hwtype=1 02:00:00:00:00:31, client-id: 01:02:03"
	for name, want := range map[string]string{
		"legal.20260501.txt": "2026-05-01 23:59:00 UTC Address: 10.0.0.15 has been assigned for 1 hrs 6 mins 40 secs to" + device + "\n" +
			"2026-05-01 23:59:00 UTC Address: 10.0.0.15 has been assigned for 1 hrs 6 mins 40 secs to" + device +
			" connected via relay at address: 10.0.0.99, identified by circuit-id: 70:6f:72:74 (port) and remote-id: 61:62:63 (abc) and subscriber-id: 41 (A)\n",
		"legal.20260502.txt": "2026-05-02 00:01:00 UTC Address: 10.0.0.15 has been released from" + device + "\n",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(text) != want {
			t.Errorf("%s: %s, %v\nwant %s", name, text, err, want)
		}
	}
}
