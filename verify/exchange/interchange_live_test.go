package exchange_test

import (
	"bufio"
	"encoding/binary"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

var interchanged = flag.Int("interchanged", 2000, "how many leases TestInterchange hands from server to server")

// TestInterchange lets Kea and keasrv start on the lease file of each other, in
// turn: nothing is lost, and what one changes the other has.
func TestInterchange(t *testing.T) {
	keasrv := robustProgram(t)
	kea := oracle.Kea(t, keaversion.V3_0, "dhcp4")
	dir := t.TempDir()
	lib := filepath.Join(dir, "lib")
	if err := os.MkdirAll(lib, 0o750); err != nil {
		t.Fatal(err)
	}
	conf := strings.ReplaceAll(robustServed, "LIFETIME", `"hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" } ], "expired-leases-processing": { "reclaim-timer-wait-time": 0 },`)
	conf = strings.ReplaceAll(conf, "10.0.0.0/16", "10.0.0.0/8")
	file := filepath.Join(dir, "kea-dhcp4.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(lib, "leases.csv")
	want := lease.NewTable4()
	writeLeases(t, name, want)
	for round, p := range []*oracle.Program{keasrv, kea, keasrv, kea} {
		begin := time.Now()
		s, err := p.Serve(t.Context(), file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/8")}})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d: %s serves after %s", round+1, p.Version, time.Since(begin).Round(10*time.Millisecond))
		// One lease goes, one changes, one comes.
		gone, changed, fresh := address(3*round), address(3*round+1), netip.AddrFrom4([4]byte{10, 200, 0, byte(round)})
		for _, c := range []string{
			`{ "command": "lease4-del", "arguments": { "ip-address": "` + gone.String() + `" } }`,
			`{ "command": "lease4-update", "arguments": { "ip-address": "` + changed.String() + `", "hw-address": "02:99:00:00:00:01", "hostname": "a,b&c", "expire": 1900000000, "valid-lft": 100, "user-context": { "a": "x,y" } } }`,
			`{ "command": "lease4-add", "arguments": { "ip-address": "` + fresh.String() + `", "hw-address": "02:98:00:00:00:01", "client-id": "01:02:03", "expire": 1900000000, "valid-lft": 200, "hostname": "n" } }`,
		} {
			answer, err := s.Control("/run/kea/robust", c)
			if err != nil || !strings.Contains(string(answer), `"result": 0`) {
				t.Fatalf("%s: %s, %v", c, answer, err)
			}
		}
		want.Delete(gone)
		want.Put(&lease.Lease4{Address: fresh, HWAddr: []byte{2, 0x98, 0, 0, 0, 1}, ClientID: []byte{1, 2, 3}, Terms: lease.Terms{SubnetID: 1, Valid: 200, CLTT: 1900000000 - 200, Hostname: "n"}})
		want.Put(&lease.Lease4{Address: changed, HWAddr: []byte{2, 0x99, 0, 0, 0, 1}, Terms: lease.Terms{SubnetID: 1, Valid: 100, CLTT: 1900000000 - 100, Hostname: "a,b&c", UserContext: `{ "a": "x,y" }`}})
		s.Close()
		got, err := memfile.Load4(t.Context(), name, func(p memfile.Problem) { t.Error(p) })
		if err != nil {
			t.Fatal(err)
		}
		if got.Len() != want.Len() {
			t.Fatalf("round %d: %d leases, want %d", round+1, got.Len(), want.Len())
		}
		for l := range want.All() {
			g, ok := got.Get(l.Address)
			if !ok || !lease.Equal(&g, &l) {
				t.Fatalf("round %d: %+v, want %+v", round+1, g, l)
			}
		}
	}
}

func address(i int) netip.Addr {
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], 10<<24|1<<20+uint32(i))
	return netip.AddrFrom4(four)
}

// writeLeases writes a lease file of all kinds of leases.
func writeLeases(t *testing.T, name string, table *lease.Table[lease.Lease4]) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	w.WriteString(lease.Header4(keaversion.V3_0))
	var row []byte
	for i := range *interchanged {
		l := lease.Lease4{Address: address(i), HWAddr: binary.BigEndian.AppendUint32([]byte{2, 1}, uint32(i)), Terms: lease.Terms{SubnetID: 1, Valid: 86400, CLTT: time.Now().Unix() - int64(i%1000)}}
		switch i % 10 {
		case 1:
			l.ClientID = binary.BigEndian.AppendUint32([]byte{1, 2}, uint32(i))
		case 2:
			l.Hostname, l.FQDNFwd, l.FQDNRev = "host.example.org", true, true
		case 3:
			l.State, l.HWAddr = lease.Declined, nil
		case 4:
			l.State = lease.Reclaimed
		case 5:
			l.Valid = lease.Infinite
		case 6:
			l.UserContext = `{ "ISC": { "relay-agent-info": { "sub-options": "0x0104706F7274" } } }`
		case 7:
			l.PoolID = 7
		}
		table.Put(&l)
		row = lease.Append4(row[:0], &l, keaversion.V3_0)
		w.Write(row)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
