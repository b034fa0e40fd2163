package verify_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/leases"
)

const leasedConf = `
default-lease-time 3600; max-lease-time 3600;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.29; option routers 10.0.0.254; }
subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.29; }
`

// leased prepares a job with a lease file that was written half an hour ago.
func leased(t *testing.T, conf, entries string) verify.Job {
	t.Helper()
	job, ok := prepare(t, sample{"dhcpd.conf", []byte(conf)})
	if !ok {
		t.Fatal("not converted")
	}
	job.Now = time.Unix(1800, 0)
	file := filepath.Join(t.TempDir(), "dhcpd.leases")
	if err := os.WriteFile(file, []byte(entries), 0o644); err != nil {
		t.Fatal(err)
	}
	var err error
	if job.Leases, err = leases.Read(t.Context(), job.Now, file); err != nil {
		t.Fatal(err)
	}
	return job
}

const someLeases = `
lease 10.0.0.12 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:01; uid 01:02:00:00:00:00:01; client-hostname "a"; }
lease 10.0.0.13 { starts epoch 1500; ends epoch 5100; cltt epoch 1500; binding state active; hardware ethernet 02:00:00:00:00:02; }
lease 10.0.0.14 { starts epoch 100; ends epoch 1700; cltt epoch 100; binding state free; hardware ethernet 02:00:00:00:00:03; }
lease 10.0.0.15 { starts epoch 100; ends epoch 9000; cltt epoch 100; binding state abandoned; }
lease 10.0.9.15 { starts epoch 100; ends epoch 9000; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:04; }
`

// TestLeased: clients of leases are asked, keep what is theirs, and nothing differs.
func TestLeased(t *testing.T) {
	r, err := verify.Run(t.Context(), leased(t, leasedConf, someLeases))
	if err != nil {
		t.Fatal(err)
	}
	about := map[string]int{}
	for _, s := range r.Subjects {
		if s.Kind == "lease" {
			about[s.Name] = len(s.Outcomes)
		}
	}
	for name, n := range map[string]int{"10.0.0.12": 13, "10.0.0.13": 12, "10.0.0.14": 5, "10.0.0.15": 3, "10.0.9.15": 0} {
		if about[name] != n {
			t.Errorf("%d clients of the lease of %s, want %d", about[name], name, n)
		}
	}
	if r.Counts.Different > 0 {
		t.Errorf("%d clients are different", r.Counts.Different)
	}
	const note = "3 in use, 1 ended or free, 1 abandoned; Kea has 4 of them"
	if !strings.Contains(strings.Join(r.Notes, "\n"), note) {
		t.Errorf("no note that says %q: %q", note, r.Notes)
	}
}

// TestLeaseLost: a Kea that does not have the leases is found out.
func TestLeaseLost(t *testing.T) {
	job := leased(t, leasedConf, someLeases)
	// dhcpd has lost them instead, which comes to the same.
	for i := range job.Leases.Entries {
		if l := &job.Leases.Entries[i]; l.Address == netip.MustParseAddr("10.0.0.13") {
			l.Binding = answer.FreeLease
			l.Hardware = []byte{1, 2, 0, 0, 0, 0, 9}
		}
	}
	r, err := verify.Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if r.Counts.Different == 0 {
		t.Error("nobody notices that a lease is another client's")
	}
}

// TestManyLeases: of many leases each gets some of the questions.
func TestManyLeases(t *testing.T) {
	var b strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&b, "lease 10.%d.%d.%d { starts epoch 1500; ends epoch 5100; cltt epoch 1500; binding state active; hardware ethernet 02:00:00:00:%02x:%02x; }\n", 8+i>>16, i>>8&255, i&255, i>>8, i&255)
	}
	job := leased(t, "default-lease-time 3600; subnet 10.8.0.0 netmask 255.255.0.0 { range 10.8.0.0 10.8.255.250; }", b.String())
	r, err := verify.Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range r.Subjects {
		if s.Kind == "lease" {
			n++
		}
	}
	if n < 250 || r.Counts.Different > 0 {
		t.Errorf("clients of %d leases, %d different", n, r.Counts.Different)
	}
}

// TestSeveralLeases: a machine with several leases in a network may keep any of its own,
// under the same client identifier or where one has none; those of another network and
// under another identifier are not meant.
func TestSeveralLeases(t *testing.T) {
	const both = `
lease 10.0.0.12 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:01; uid 01:02:00:00:00:00:01; }
lease 10.0.0.13 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:01; }
`
	const apart = `
lease 10.0.0.14 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:02; uid 01:aa; }
lease 10.0.0.15 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:02; uid 01:bb; }
lease 10.0.0.16 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:03; }
lease 10.0.1.16 { starts epoch 100; ends epoch 3700; cltt epoch 100; binding state active; hardware ethernet 02:00:00:00:00:03; }
`
	for _, c := range []struct {
		entries string
		allowed bool
	}{{both, true}, {apart, false}} {
		r, err := verify.Run(t.Context(), leased(t, leasedConf, c.entries))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := r.Text(&b, false); err != nil {
			t.Fatal(err)
		}
		if r.Counts.Different > 0 || strings.Contains(b.String(), "several-leases: ") != c.allowed {
			t.Errorf("%s", b.String())
		}
	}
}
