package verify_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/verify"
)

// TestCoverage: what no client can reach is named, with the reason.
func TestCoverage(t *testing.T) {
	const conf = `
class "declared" { default-lease-time 700; }
class "phones" { match if substring(option vendor-class-identifier, 0, 5) = "Phone"; if option user-class = "x" { option root-path "/x"; } }
subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.254; pool { range 10.0.0.10 10.0.0.19; deny members of "phones"; } pool { range 10.0.0.20 10.0.0.29; allow members of "phones"; } }
subnet 10.0.1.0 netmask 255.255.255.0 { option routers 10.0.1.254; }
host nameless { option host-name "n"; }
host h { hardware ethernet 02:00:00:00:00:11; fixed-address 10.0.0.5; option host-name "h"; }
`
	job, ok := prepare(t, sample{"dhcpd.conf", []byte(conf)})
	if !ok {
		t.Fatal("not converted")
	}
	r, err := verify.Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	missed := map[string]string{}
	touched := map[string]int{}
	for _, c := range r.Coverage[0].Things {
		touched[c.Kind] = c.Touched
		for _, m := range c.Missed {
			missed[m.Text] = m.Why
		}
	}
	for text, why := range map[string]string{
		`class "declared" {`:      "it has no condition: nobody is a member",
		`default-lease-time 700;`: "its class has no member",
		`host nameless {`:         "it says nothing by which a client is recognised",
		`option host-name "n";`:   "its host is not reached",
		// An INFORM asks there, and dhcpd says nothing, as it is not authoritative.
		`option routers 10.0.1.254;`: "another statement comes first for every client, or the value is never sent",
	} {
		if got, ok := missed[text]; got != why {
			t.Errorf("%s: %q (%v), want %q", text, got, ok, why)
		}
	}
	for kind, n := range map[string]int{"ranges of pools": 2, "hosts": 1, "classes with a member": 1, "conditions that are true for a client": 1, "conditions that are false for a client": 1} {
		if touched[kind] != n {
			t.Errorf("%s: %d are touched, want %d", kind, touched[kind], n)
		}
	}
}

// TestCoverageOfShowcase: the clients touch everything of the showcase and of its
// translation.
func TestCoverageOfShowcase(t *testing.T) {
	const name = "../testdata/dhcpd-samples/showcase.conf"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	job, ok := prepare(t, sample{name, text})
	if !ok {
		t.Fatal("not converted")
	}
	r, err := verify.Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Coverage) != 2 {
		t.Fatalf("%d sides", len(r.Coverage))
	}
	for _, side := range r.Coverage {
		if len(side.Things) < 6 {
			t.Errorf("%s: only %d kinds of things", side.Name, len(side.Things))
		}
		for _, c := range side.Things {
			for _, m := range c.Missed {
				t.Errorf("%s: %s: %s: %s", side.Name, c.Kind, m.Place, m.Why)
			}
		}
	}
}

// TestGrownUntilTouched: what the first clients have no room for gets its own afterwards,
// and options of hosts that hang on a condition get clients that are both.
func TestGrownUntilTouched(t *testing.T) {
	var b strings.Builder
	b.WriteString("class \"c\" { match if option vendor-class-identifier = \"c\"; option root-path \"/c\"; }\n")
	b.WriteString("if exists fqdn.hostname { option nis-domain \"named\"; }\n")
	b.WriteString("subnet 10.0.0.0 netmask 255.255.0.0 { option routers 10.0.0.1; range 10.0.200.1 10.0.200.200; }\n")
	const hosts = 4500
	for i := range hosts {
		fmt.Fprintf(&b, "host h%d { hardware ethernet 02:00:00:00:%02x:%02x; fixed-address 10.0.%d.%d; option log-servers 10.1.%d.%d; }\n", i, i>>8, i&255, 1+i>>8, i&255, i>>8, i&255)
	}
	job, ok := prepare(t, sample{"dhcpd.conf", []byte(b.String())})
	if !ok {
		t.Fatal("not converted")
	}
	r, err := verify.Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range r.Coverage {
		for _, c := range side.Things {
			if c.Touched != c.All {
				t.Errorf("%s: %d of %d %s are touched, not %s: %s", side.Name, c.Touched, c.All, c.Kind, c.Missed[0].Place.String(), c.Missed[0].Why)
			}
		}
	}
	if r.Counts.Different > 0 {
		t.Errorf("%d clients are different", r.Counts.Different)
	}
}
