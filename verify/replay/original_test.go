package replay_test

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/leases"
	"github.com/keamigrate/keamigrate/verify/replay"
)

// dhcpd is the production server that the model of dhcpd is, with a lease file or, if
// that is empty, without.
func dhcpd(t *testing.T, conf, leaseFile string) func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
	t.Helper()
	parsed, _ := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	state := answer.New(model.Build(parsed, dhcpdconf.DHCP4), answer.Settings{Interface: "eth0", Address: productionServer}).Start(begin.Unix())
	if leaseFile != "" {
		had, err := leases.Read(t.Context(), begin, leaseFile)
		if err != nil {
			t.Fatal(err)
		}
		state.Load(had.All())
	}
	return func(raw []byte, at time.Time, _, _ netip.AddrPort) []byte {
		return state.Answer4(raw, at, false).Message
	}
}

// TestOriginal: what findings of the translation name is explained, and nothing else.
func TestOriginal(t *testing.T) {
	// Kea cannot name the leased address as the router.
	conf := strings.Replace(original, "option routers 10.0.1.254;", "use-lease-addr-for-default-route true;", 1)
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, dhcpd(t, conf, ""), clients(t, usual...))
	capture := tr.pcap().Bytes()
	run := func(serves string, with bool) *replay.Result {
		job := replay.Job{Name: "test", Input: bytes.NewReader(capture), Config: translated(t, serves).Own}
		if with {
			o := translated(t, conf)
			job.Original = &o
		}
		r, err := replay.Run(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := run(conf, false); r.Counts.Different == 0 || r.Counts.Explained != 0 {
		t.Errorf("the rule book alone: %s", text(t, r))
	}
	r := run(conf, true)
	if r.Counts.Different != 0 || r.Counts.Explained == 0 || len(r.Groups) == 0 || r.Groups[0].Findings[0] != "lease-address-as-router" {
		t.Errorf("with the findings: %s", text(t, r))
	}
	if out := text(t, r); !strings.Contains(out, "explained in 1 messages: option 3 of discover in 10.0.1.0/24 [lease-address-as-router]") {
		t.Errorf("%s", out)
	}
	// A router that the translation does not give is not explained.
	changed := strings.Replace(conf, "use-lease-addr-for-default-route true;", "option routers 10.0.1.77;", 1)
	if r := run(changed, true); r.Counts.Different == 0 || r.Counts.Explained != 0 || len(r.Groups) == 0 || r.Groups[0].Findings != nil {
		t.Errorf("another configuration: %s", text(t, r))
	}
	// Nor is what no finding is about.
	if r := run(strings.Replace(conf, "default-lease-time 600", "default-lease-time 700", 1), true); r.Counts.Different == 0 {
		t.Errorf("another lifetime: %s", text(t, r))
	}
}

// TestLeases: a client that renews what it has had since before the capture began. The
// lease file counts as of that time.
func TestLeases(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dhcpd.leases")
	const entry = "lease 10.0.1.33 { starts 5 2026/01/02 03:03:00; ends 5 2026/01/02 03:13:00; cltt 5 2026/01/02 03:03:00; binding state active; hardware ethernet 02:00:00:00:00:21; }\n"
	if err := os.WriteFile(file, []byte(entry), 0o644); err != nil {
		t.Fatal(err)
	}
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, dhcpd(t, original, file), clients(t, "mac=02:00:00:00:00:21 relay=10.0.1.1 ciaddr=10.0.1.33 prl=1,3 do=rebind"))
	capture := tr.pcap().Bytes()
	for _, c := range []struct {
		leases    []string
		different int
	}{{nil, 1}, {[]string{file}, 0}} {
		r, err := replay.Run(t.Context(), replay.Job{Name: "test", Input: bytes.NewReader(capture), Config: translated(t, original).Own, Leases: c.leases})
		if err != nil {
			t.Fatal(err)
		}
		if r.Compared != 1 || r.Counts.Different != c.different {
			t.Errorf("with %d lease files: %s", len(c.leases), text(t, r))
		}
		for _, d := range r.Groups {
			if !strings.Contains(d.Client, "ciaddr=10.0.1.33") {
				t.Errorf("the client's line does not show its address: %s", d.Client)
			}
		}
	}
}
