package exchange_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

var update = flag.Bool("update", false, "rewrite the recorded answers and differences")

// patience is for a machine under load; nothing waits for it.
const patience = 20 * time.Second

// Files of an archive.
const (
	confFile        = "dhcpd.conf"
	leasesFile      = "dhcpd.leases" // that dhcpd finds when it starts; may be missing
	clientsFile     = "clients.txt"
	answersFile     = "answers-dhcpd.txt"
	differencesFile = "differences.txt"
)

// TestExchanges runs the clients of each archive in golden/exchanges against
// the real dhcpd with the archive's configuration and against each Kea with the
// translation. dhcpd must answer as recorded. Each difference must be allowed by
// the rule book, or else named by a finding of the translation; which ones
// there are is recorded too. A line "server: ADDRESS" in the archive's comment
// gives the server's address.
func TestExchanges(t *testing.T) {
	files, err := filepath.Glob("../../golden/exchanges/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runArchive(t, file)
		})
	}
}

type archive struct {
	*txtar.Archive
	conf    *model.Config
	parsed  *dhcpdconf.File
	diags   dhcpdconf.Diagnostics
	clients []*client.Client
	network exchange.Network
}

func (a *archive) file(name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func readArchive(t *testing.T, file string) *archive {
	t.Helper()
	text, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{Archive: text}
	a.clients, err = client.ParseList(string(a.file(clientsFile)))
	if err != nil || len(a.clients) == 0 {
		t.Fatalf("%s: %v", clientsFile, err)
	}
	protocol := dhcpdconf.DHCP4
	if a.clients[0].V6 {
		protocol, a.network.V6 = dhcpdconf.DHCP6, true
	}
	opts := dhcpdconf.Options{Protocol: protocol}
	if leases := a.file(leasesFile); leases != nil {
		opts.Leases, err = dhcpdleases.Declarations(t.Context(), leasesFile, bytes.NewReader(leases), int64(len(leases)), nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	a.parsed, a.diags = dhcpdconf.Parse(confFile, a.file(confFile), opts)
	for _, d := range a.diags {
		t.Logf("%s: %s", d.Span, d.Summary)
	}
	a.conf = model.Build(a.parsed, protocol)
	a.network.Patience = patience
	for line := range strings.Lines(string(a.Comment)) {
		if text, ok := strings.CutPrefix(line, "server:"); ok {
			a.network.Address = netip.MustParseAddr(strings.TrimSpace(text))
		}
	}
	if !a.network.Address.IsValid() {
		if a.network.Address, err = exchange.ServerAddress(a.conf); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func runArchive(t *testing.T, file string) {
	daemon := "dhcp4"
	a := readArchive(t, file)
	if a.network.V6 {
		daemon = "dhcp6"
	}
	dhcpd := oracle.Dhcpd(t)
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	want := run(t, exchange.DhcpdWith(dhcpd, a.file(confFile), a.file(leasesFile), a.network), a.clients)
	checkRecorded(t, a, want)
	differences := map[string][]string{} // versions by difference
	var order []string
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		result := translator.Translate(a.parsed, a.diags, translator.Options{Target: v, Interfaces: []string{"eth0"}})
		target, err := exchange.Kea(oracle.Kea(t, v, daemon), v, result, a.network)
		if err != nil {
			t.Fatal(err)
		}
		got := run(t, target, a.clients)
		list, err := exchange.Compare(a.conf, v, a.clients, want, got)
		if err != nil {
			t.Fatal(err)
		}
		judge := exchange.NewJudge(a.conf, a.network.Address, a.clients, want, got)
		for _, d := range list {
			if d.Allowed {
				continue
			}
			finding := explanation(judge, result.Report, d)
			line := fmt.Sprintf("%s (%s)", d, finding)
			if differences[line] == nil {
				order = append(order, line)
			}
			differences[line] = append(differences[line], v.String())
			if finding == unexplained && !known(a, v, d) {
				t.Errorf("Kea %s: %s: no finding has this field\n%s", v, d, a.clients[d.Client])
			}
		}
	}
	var lines strings.Builder
	for _, line := range order {
		fmt.Fprintf(&lines, "%s: %s\n", strings.Join(differences[line], " "), line)
	}
	compareRecorded(t, a, file, exchange.Format(a.clients, want), lines.String())
}

const unexplained = "no finding"

// explanation names the findings that explain a difference.
func explanation(judge *exchange.Judge, r *translator.Report, d exchange.Difference) string {
	var codes []string
	for _, code := range judge.Explanations(r, d) {
		codes = append(codes, string(code))
	}
	if codes == nil {
		return unexplained
	}
	return strings.Join(codes, ", ")
}

// known reports whether the archive's comment calls the difference a defect
// that is known: "known: FIELD: what is wrong".
func known(a *archive, v keaversion.Version, d exchange.Difference) bool {
	for line := range strings.Lines(string(a.Comment)) {
		if strings.HasPrefix(line, "known: "+d.Field+":") || strings.HasPrefix(line, "known: "+v.String()+" "+d.Field+":") {
			return true
		}
	}
	return false
}

var atOnce = make(chan struct{}, 3)

func run(t *testing.T, target exchange.Target, clients []*client.Client) []exchange.Message {
	t.Helper()
	atOnce <- struct{}{}
	defer func() { <-atOnce }()
	messages, err := target.Run(t.Context(), clients)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// checkRecorded compares what dhcpd answers with the archive, as the rule book
// compares: seconds may have passed.
func checkRecorded(t *testing.T, a *archive, got []exchange.Message) {
	t.Helper()
	if *update {
		return
	}
	want, err := exchange.ParseMessages(string(a.file(answersFile)))
	if err != nil {
		t.Fatalf("%s: %v", answersFile, err)
	}
	list, err := exchange.Compare(a.conf, keaversion.Default, a.clients, want, got)
	if err != nil {
		t.Fatalf("%s: %v; go test ./verify/exchange -update records anew", answersFile, err)
	}
	for _, d := range list {
		if d.Rule != "clock" {
			t.Errorf("%s, %s of client %d: recorded %s, dhcpd answers %s", d.Field, d.Step, d.Client+1, d.Want, d.Got)
		}
	}
}

func compareRecorded(t *testing.T, a *archive, file, answers, differences string) {
	t.Helper()
	if !*update {
		if have := string(a.file(differencesFile)); have != differences {
			t.Errorf("the differences were\n%sand are\n%s", have, differences)
		}
		return
	}
	updated := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if f.Name != answersFile && f.Name != differencesFile {
			updated.Files = append(updated.Files, f)
		}
	}
	updated.Files = append(updated.Files, txtar.File{Name: answersFile, Data: []byte(answers)})
	if differences != "" {
		updated.Files = append(updated.Files, txtar.File{Name: differencesFile, Data: []byte(differences)})
	}
	if text := txtar.Format(updated); !bytes.Equal(text, txtar.Format(a.Archive)) {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
