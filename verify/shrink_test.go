package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify"
)

// TestSmallestClient: of a client that is answered in another way what is not needed is
// taken away.
func TestSmallestClient(t *testing.T) {
	const conf = `
authoritative;
class "phones" { match if substring(option vendor-class-identifier, 0, 5) = "Phone"; option root-path "/phones"; }
subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.254; range 10.0.0.10 10.0.0.29; }
`
	job, ok := prepare(t, sample{"dhcpd.conf", []byte(conf)})
	if !ok {
		t.Fatal("not converted")
	}
	changed := strings.ReplaceAll(string(text(tree(job.Root).(map[string]any))), "/phones", "/fones")
	if err := job.ReadKea("changed.conf", []byte(changed)); err != nil {
		t.Fatal(err)
	}
	r, err := verify.Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	shortest := ""
	for _, c := range r.Cases {
		if c.Smallest != "" && (shortest == "" || len(c.Smallest) < len(shortest)) {
			shortest = c.Smallest
		}
	}
	if !strings.Contains(shortest, "vendor-class=") || !strings.HasSuffix(shortest, "do=discover") || !strings.Contains(shortest, "prl=17 ") {
		t.Errorf("the smallest client is %q", shortest)
	}
}

func TestSmallestText(t *testing.T) {
	const conf = `
# a comment
authoritative;
option domain-name "example.org";
subnet 10.0.0.0 netmask 255.255.255.0 {
  option routers 10.0.0.254;
  pool { range 10.0.0.10 10.0.0.19; default-lease-time 600; }
}
subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.19; }
`
	tries := 0
	small, ok := verify.SmallestText("dhcpd.conf", conf, 1000, func(text string) bool {
		tries++
		return strings.Contains(text, "default-lease-time") && strings.Contains(text, "subnet 10.0.0.0")
	})
	const want = "subnet 10.0.0.0 netmask 255.255.255.0 {\n  pool {  default-lease-time 600; }\n}\n"
	if !ok || small != want {
		t.Errorf("%v, %q; want %q", ok, small, want)
	}
	if _, ok := verify.SmallestText("dhcpd.conf", conf, 1000, func(string) bool { return false }); ok {
		t.Error("what the whole has not got is found")
	}
	if _, ok := verify.SmallestText("dhcpd.conf", conf, 3, func(string) bool { return true }); !ok || tries > 100 {
		t.Errorf("%v after %d tries", ok, tries)
	}
}

// TestSmallestConfigs: of both files what a difference does not need is left out.
func TestSmallestConfigs(t *testing.T) {
	conf := []byte(`
authoritative;
option domain-name "example.org";
class "phones" { match if substring(option vendor-class-identifier, 0, 5) = "Phone"; option root-path "/phones"; }
`)
	for i := range 8 {
		conf = fmt.Appendf(conf, "subnet 10.0.%d.0 netmask 255.255.255.0 { option routers 10.0.%[1]d.254; range 10.0.%[1]d.10 10.0.%[1]d.29; }\n", i)
	}
	for i := range 40 {
		conf = fmt.Appendf(conf, "host h%d { hardware ethernet 02:00:00:00:00:%02x; fixed-address 10.0.1.%d; }\n", i, i, 100+i)
	}
	job, ok := prepare(t, sample{"dhcpd.conf", conf})
	if !ok {
		t.Fatal("not converted")
	}
	run := func(from, to string) *verify.Case {
		against := job
		changed := string(text(tree(job.Root).(map[string]any)))
		if !strings.Contains(changed, from) {
			t.Fatalf("%s: no %s in there", changed, from)
		}
		if err := against.ReadKea("changed.conf", []byte(strings.ReplaceAll(changed, from, to))); err != nil {
			t.Fatal(err)
		}
		r, err := verify.Run(t.Context(), against)
		if err != nil {
			t.Fatal(err)
		}
		const cases, tries = 1, 300
		if err := r.ShrinkConfigs(t.Context(), against, translator.Options{Target: against.Target, Now: now}, cases, tries); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Cases {
			if c.SmallestConfig != "" {
				return c
			}
		}
		t.Fatalf("%s: nothing was shrunk", from)
		return nil
	}
	c := run("10.0.5.254", "10.0.5.253")
	const want = "subnet 10.0.5.0 netmask 255.255.255.0 { option routers 10.0.5.254; range 10.0.5.10 10.0.5.29; }\n"
	if c.SmallestConfig != want {
		t.Errorf("the smallest configuration is\n%s", c.SmallestConfig)
	}
	if !strings.Contains(c.SmallestKea, "10.0.5.253") || strings.Contains(c.SmallestKea, "10.0.4.") || strings.Contains(c.SmallestKea, "phones") || strings.Count(c.SmallestKea, "\n") > 25 {
		t.Errorf("the smallest configuration of Kea is\n%s", c.SmallestKea)
	}
	// A class is needed on both sides.
	c = run("/phones", "/fones")
	if !strings.Contains(c.SmallestConfig, `class "phones"`) || strings.Contains(c.SmallestConfig, "host") || strings.Contains(c.SmallestConfig, "example.org") {
		t.Errorf("the smallest configuration is\n%s", c.SmallestConfig)
	}
	if !strings.Contains(c.SmallestKea, "/fones") || strings.Contains(c.SmallestKea, "reservations") || strings.Contains(c.SmallestKea, "example.org") {
		t.Errorf("the smallest configuration of Kea is\n%s", c.SmallestKea)
	}
}
