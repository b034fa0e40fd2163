package leases_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/leases"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/population"
)

const patience = 20 * time.Second

// confs are served with leases written at random.
var confs = map[string]string{
	"plain": `
default-lease-time 3600; max-lease-time 7200;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; option routers 10.0.0.254; }
subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.49; authoritative; }
host h { hardware ethernet 02:00:00:00:00:05; fixed-address 10.0.0.5; }
`,
	"classes": `
class "phones" { match if option vendor-class-identifier = "phone"; default-lease-time 900; }
class "ports" { spawn with option agent.circuit-id; lease limit 3; }
authoritative;
shared-network s {
  subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.254; pool { range 10.0.0.10 10.0.0.39; allow members of "phones"; } pool { range 10.0.0.40 10.0.0.69; deny members of "phones"; } }
  subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.19; }
}
subnet 10.0.2.0 netmask 255.255.255.0 { one-lease-per-client true; range 10.0.2.10 10.0.2.29; dhcp-cache-threshold 0; }
host known { hardware ethernet 02:00:00:00:00:06; option host-name "known"; }
`,
}

// writeLeases writes leases in the pools of a configuration, in all states; with several
// of few clients, so that some have several.
func writeLeases(conf *model.Config, seed uint64, several bool, now int64) []byte {
	var b bytes.Buffer
	who := 0
	r := rand.New(rand.NewPCG(seed, 1))
	b.WriteString("authoring-byte-order little-endian;\n")
	for _, n := range conf.Networks {
		for _, p := range n.Pools {
			for _, rg := range p.Ranges {
				low, high := binary.BigEndian.Uint32(rg.Low.AsSlice()), binary.BigEndian.Uint32(rg.High.AsSlice())
				for a := low; a <= high; a += 1 + r.Uint32N(6) {
					address := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, a)))
					for range 1 + r.IntN(2) {
						if who++; several {
							who = r.IntN(24)
						}
						writeLease(&b, r, who, several, address, now)
					}
				}
			}
		}
	}
	return b.Bytes()
}

func writeLease(b *bytes.Buffer, r *rand.Rand, who int, several bool, a netip.Addr, now int64) {
	begin := now - 10 - r.Int64N(3000)
	length := []int64{3600, 900, 600, 7200, 86400}[r.IntN(5)]
	if left := begin + length - now; left > -10 && left < 200 {
		begin -= 300 // none ends while the clients speak
	}
	states := []string{"active", "active", "active", "free", "abandoned", "expired", "released"}
	if several {
		// The last two are those of failover; in which order dhcpd likes them best of
		// the leases of one client, the model does not know.
		states = states[:5]
	}
	state := states[r.IntN(len(states))]
	ends := "epoch " + strconv.FormatInt(begin+length, 10)
	switch {
	case state == "free" || state == "expired" || state == "released":
		ends = "epoch " + strconv.FormatInt(now-r.Int64N(2000)-5, 10)
	case r.IntN(8) == 0:
		ends = "never"
	}
	fmt.Fprintf(b, "lease %s { starts epoch %d; ends %s; cltt epoch %[2]d; binding state %[4]s; next binding state free;", a, begin, ends, state)
	if state != "abandoned" {
		fmt.Fprintf(b, " hardware ethernet 02:00:00:00:00:%02x;", who)
		if who%3 == 0 {
			fmt.Fprintf(b, " uid 01:02:00:00:00:00:%02x;", who)
		}
		if who%4 == 0 {
			b.WriteString(` client-hostname "pc` + strconv.Itoa(who) + `";`)
		}
		if who%5 == 0 {
			b.WriteString(` set vendor-class-identifier = "phone";`)
		}
		if who%6 == 1 {
			b.WriteString(` option agent.circuit-id "port` + strconv.Itoa(who%2) + `";`)
		}
	}
	b.WriteString(" }\n")
}

// TestTakenOver: dhcpd, started on a lease file, answers as its model does that was given
// the same leases, and Kea 3.0, started on what the import makes of them, as keasrv does
// (where no client has several leases: Kea's order of those is its own).
func TestTakenOver(t *testing.T) {
	dhcpd, kea := oracle.Dhcpd(t), oracle.Kea(t, keaversion.V3_0, "dhcp4")
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	for name, text := range confs {
		for _, several := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/several=%t", name, several), func(t *testing.T) {
				t.Parallel()
				takenOver(t, dhcpd, kea, []byte("ping-check false;\n"+text), several)
			})
		}
	}
}

func takenOver(t *testing.T, dhcpd, kea *oracle.Program, text []byte, several bool) {
	const seed = 1
	parsed, diags := dhcpdconf.Parse("dhcpd.conf", text, dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	conf := model.Build(parsed, dhcpdconf.DHCP4)
	network := exchange.Network{Patience: patience}
	var err error
	if network.Address, err = exchange.ServerAddress(conf); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	file := filepath.Join(t.TempDir(), "dhcpd.leases")
	written := writeLeases(conf, seed, several, now.Unix())
	if err := os.WriteFile(file, written, 0o644); err != nil {
		t.Fatal(err)
	}
	had, err := leases.Read(t.Context(), now, file)
	if err != nil {
		t.Fatal(err)
	}
	var clients []*client.Client
	for _, m := range population.Leased(conf, had.Entries, now.Unix(), population.Options{Seed: seed, Most: 480, Server: network.Address}) {
		clients = append(clients, m.Client)
	}
	if len(clients) < 50 {
		t.Fatalf("%d clients of %d entries in\n%.400s", len(clients), len(had.Entries), written)
	}
	want, err := exchange.DhcpdWith(dhcpd, text, written, network).Run(t.Context(), clients)
	if err != nil {
		t.Fatal(err)
	}
	got, err := exchange.ModelWith(answer.New(conf, exchange.ModelSettings(network)), had.All(), want).Run(t.Context(), clients)
	if err != nil {
		t.Fatal(err)
	}
	list, err := exchange.Deviations(conf, want, got)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		wish, _ := clients[d.Client].Option(50)
		for line := range strings.Lines(string(written)) {
			if a, ok := netip.AddrFromSlice(wish); ok && strings.HasPrefix(line, "lease "+a.String()+" ") {
				t.Log(line)
			}
		}
		t.Errorf("%s\n%s", strings.Replace(d.String(), "Kea", "model", 1), clients[d.Client])
	}

	if several {
		return
	}
	result := translator.Translate(parsed, diags, translator.Options{Target: keaversion.V3_0, Interfaces: []string{"eth0"}})
	csv := imported(t, result, file, now)
	served, err := exchange.KeaWith(kea, keaversion.V3_0, result, csv, network)
	if err != nil {
		t.Fatal(err)
	}
	if want, err = served.Run(t.Context(), clients); err != nil {
		t.Fatal(err)
	}
	taken, err := had.Import(t.Context(), result.DHCP4, keaversion.V3_0)
	if err != nil {
		t.Fatal(err)
	}
	db, err := taken.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	target, err := exchange.KeasrvWith(result.DHCP4, network, db, want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = target.Run(t.Context(), clients); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		w, g := want[i], got[i]
		if w.Answer.Type != g.Answer.Type || !maps.EqualFunc(w.Answer.Fields, g.Answer.Fields, nearly) {
			id, _ := clients[w.Client].Option(61)
			var own []string
			for _, l := range had.Of(nil, id, clients[w.Client].MAC) {
				own = append(own, fmt.Sprint(l.Address, " ", l.Binding, " ", l.UID))
			}
			t.Errorf("%s\n  %s: Kea %s %v\n  keasrv %s %v\n  leases %v", clients[w.Client], w.Step, w.Answer.Type, w.Answer.Fields, g.Answer.Type, g.Answer.Fields, own)
		}
	}
}

// nearly allows for a second that ends between two servers.
func nearly(a, b string) bool {
	x, err := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	return a == b || err == nil && err2 == nil && max(x, y)-min(x, y) <= 2
}

// imported is the lease file that the import writes.
func imported(t *testing.T, result *translator.Result, file string, now time.Time) []byte {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "kea-dhcp4.conf")
	if err := writeConf(conf, result); err != nil {
		t.Fatal(err)
	}
	job := leasesconv.Job{Files: []string{file}, Config: conf, Now: now, Hold: -1}
	job.Target = keaversion.V3_0
	var err error
	name := filepath.Join(t.TempDir(), "leases.csv")
	if job.To, err = leasesconv.ParsePlace(name); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	csv, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return csv
}

func writeConf(name string, result *translator.Result) error {
	var b bytes.Buffer
	if err := keaconf.Write(&b, result.DHCP4, keaversion.V3_0); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
