package exchange_test

import (
	"encoding/binary"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

var (
	kills        = flag.Int("kills", 5, "how often TestKeasrvKilled kills the server")
	reconfigured = flag.Int("reconfigured", 10, "how often TestKeasrvReconfigured changes the configuration, at least")
)

const robustServed = `{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "valid-lifetime": 4000, LIFETIME
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/robust" }, "lease-database": { "type": "memfile", "name": "leases.csv" },
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "stdout" } ] }, { "name": "kea-dhcp4.packets", "severity": "WARN" }, { "name": "kea-dhcp4.leases", "severity": "WARN" }, { "name": "kea-dhcp4.dhcp4", "severity": "INFO" } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/16", "interface": "eth0", "pools": [ { "pool": "10.0.1.0 - 10.0.250.250" } ] } ] } }`

// robust starts keasrv as a program; its lease file is in the folder lib of the one
// that is given.
func robust(t *testing.T, program *oracle.Program, dir string) (*oracle.Server, *oracle.Link) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "lib"), 0o750); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kea-dhcp4.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(robustServed, "LIFETIME", "")), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := program.Serve(t.Context(), file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/16")}})
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Link(0)
	if err != nil {
		s.Close()
		t.Fatal(err)
	}
	return s, link
}

func clientMessage(kind byte, n uint32, wish netip.Addr) []byte {
	m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, XID: n, CHAddr: binary.BigEndian.AppendUint32([]byte{2, 7}, n), Flags: packet.BroadcastFlag})
	m[0] = packet.BootRequest
	m = packet.AppendOption(m, 53, []byte{kind})
	if wish.IsValid() {
		a := wish.As4()
		m = packet.AppendOption(packet.AppendOption(m, 50, a[:]), 54, []byte{10, 0, 0, 1})
	}
	return packet.AppendEnd(m, 0, 300)
}

// lease gets a lease; ok is false when an answer does not come in time.
func lease4(link *oracle.Link, n uint32, patience time.Duration) (a netip.Addr, ok bool) {
	var m packet.Message4
	offer, err := link.Exchange4(clientMessage(1, n, netip.Addr{}), patience)
	if err != nil || m.Parse(offer) != nil {
		return a, false
	}
	a = m.YIAddr()
	ack, err := link.Exchange4(clientMessage(3, n, a), patience)
	if err != nil || m.Parse(ack) != nil {
		return a, false
	}
	kind, _ := m.Option(53)
	return a, len(kind) == 1 && kind[0] == 5
}

func robustProgram(t *testing.T) *oracle.Program {
	t.Helper()
	if testing.Short() {
		t.Skip("servers run in namespaces: not with -short")
	}
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	program, err := oracle.BuildKeasrv(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// TestKeasrvKilled kills the server while it serves, again and again: every lease
// that it has acknowledged is in the lease file, and the next server starts on it.
func TestKeasrvKilled(t *testing.T) {
	program, dir := robustProgram(t), t.TempDir()
	acknowledged := map[netip.Addr]uint32{}
	n := uint32(1)
	for kill := range *kills {
		s, link := robust(t, program, dir)
		stop := time.AfterFunc(time.Duration(200+37*kill)*time.Millisecond, s.Close)
		for {
			n++
			a, ok := lease4(link, n, 300*time.Millisecond)
			if !ok {
				break // the server is gone
			}
			acknowledged[a] = n
		}
		stop.Stop()
		s.Close()
		link.Close()
		leases, err := memfile.Load4(t.Context(), filepath.Join(dir, "lib", "leases.csv"), func(p memfile.Problem) { t.Logf("kill %d: %v", kill+1, p) })
		if err != nil {
			t.Fatal(err)
		}
		for a, client := range acknowledged {
			l, ok := leases.Get(a)
			if !ok || binary.BigEndian.Uint32(l.HWAddr[2:]) != client {
				t.Fatalf("kill %d: the lease of %v for client %d is lost: %+v", kill+1, a, client, l)
			}
		}
	}
	if len(acknowledged) < 5**kills {
		t.Errorf("only %d leases were acknowledged", len(acknowledged))
	}
	t.Logf("%d leases", len(acknowledged))
}

// TestKeasrvReconfigured changes the configuration again and again while clients
// ask: each gets its answers.
func TestKeasrvReconfigured(t *testing.T) {
	program, dir := robustProgram(t), t.TempDir()
	s, link := robust(t, program, dir)
	defer s.Close()
	defer link.Close()
	done, changes := make(chan error, 1), atomic.Int64{}
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-ended:
				done <- nil
				return
			default:
			}
			conf := strings.ReplaceAll(robustServed, "LIFETIME", []string{`"renew-timer": 100,`, `"rebind-timer": 200,`}[changes.Load()%2])
			answer, err := s.Control("/run/kea/robust", `{ "command": "config-set", "arguments": `+conf+` }`)
			if err != nil || !strings.Contains(string(answer), `"result": 0`) {
				t.Errorf("%s, %v", answer, err)
				done <- err
				return
			}
			changes.Add(1)
		}
	}()
	const clients = 400
	n := uint32(0)
	for ; n < clients || changes.Load() < int64(*reconfigured) && !t.Failed(); n++ {
		if a, ok := lease4(link, n+1, time.Minute); !ok {
			t.Errorf("client %d has no answer (%v)", n+1, a)
		}
	}
	close(ended)
	if err := <-done; err != nil {
		t.Error(err)
	}
	t.Logf("%d changes, %d clients", changes.Load(), n)
}
