package exchange_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// Files of an archive in golden/ddns.
const (
	startFile       = "start.txt"
	recordsFile     = "records-dhcpd.txt"
	recordsDiffFile = "differences.txt"
)

// TestNames runs the clients of each archive in golden/ddns against the real
// dhcpd and each Kea with kea-dhcp-ddns, each beside BIND with empty zones, and
// compares the records that are there in the end. A line "zones: NAME..." in
// the archive's comment names the zones, the keys are those of the file;
// start.txt has records that are there before: a zone and a line of its master
// file. In the records, the address of a client stands as "client N".
func TestNames(t *testing.T) {
	files, err := filepath.Glob("../../golden/ddns/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			namesArchive(t, file)
		})
	}
}

func namesArchive(t *testing.T, file string) {
	a := readArchive(t, file)
	daemon := "dhcp4"
	if a.network.V6 {
		daemon = "dhcp6"
	}
	dhcpd, named := oracle.Dhcpd(t), oracle.Named(t)
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	service := exchange.NameService{Named: named, Start: map[string]string{}}
	for line := range strings.Lines(string(a.Comment)) {
		if text, ok := strings.CutPrefix(line, "zones:"); ok {
			service.Zones = strings.Fields(text)
		}
	}
	for _, k := range a.conf.Keys {
		service.Keys = append(service.Keys, oracle.TSIGKey{
			Name: k.Name.Text, Algorithm: strings.ToLower(k.Algorithm.Text), Secret: k.Secret.Text,
		})
	}
	for line := range strings.Lines(string(a.file(startFile))) {
		zone, record, _ := strings.Cut(line, " ")
		service.Start[zone] += record
	}

	recorded := strings.Split(strings.TrimSuffix(string(a.file(recordsFile)), "\n"), "\n")
	want := runNames(t, a, exchange.Dhcpd(dhcpd, a.file(confFile), a.network), service, recorded)
	differences := map[string][]string{}
	var order []string
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		result := translator.Translate(a.parsed, a.diags, translator.Options{Target: v, Interfaces: []string{"eth0"}})
		if result.D2 == nil {
			t.Fatalf("no file for kea-dhcp-ddns %s", v)
		}
		target, err := exchange.Kea(oracle.Kea(t, v, daemon), v, result, a.network)
		if err != nil {
			t.Fatal(err)
		}
		kea := service
		kea.D2 = oracle.Kea(t, v, "ddns")
		if kea.D2Conf, err = exchange.D2Conf(result.D2, v); err != nil {
			t.Fatal(err)
		}
		codes := dnsFindings(result.Report)
		got := runNames(t, a, target, kea, expected(a, v, want))
		for _, line := range diffRecords(want, got) {
			if differences[line] == nil {
				order = append(order, line)
			}
			differences[line] = append(differences[line], v.String())
			if codes == "" {
				t.Errorf("Kea %s: %s: no finding is about the DNS", v, line)
			}
		}
	}
	slices.Sort(order)
	var lines strings.Builder
	for _, line := range order {
		fmt.Fprintf(&lines, "%s: %s\n", strings.Join(differences[line], " "), line)
	}
	if !*update {
		if !slices.Equal(recorded, want) {
			t.Errorf("dhcpd left\n%s\nrecorded is\n%s", strings.Join(want, "\n"), strings.Join(recorded, "\n"))
		}
		if have := string(a.file(recordsDiffFile)); have != lines.String() {
			t.Errorf("the differences were\n%sand are\n%s", have, lines.String())
		}
		return
	}
	updated := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if f.Name != recordsFile && f.Name != recordsDiffFile {
			updated.Files = append(updated.Files, f)
		}
	}
	updated.Files = append(updated.Files, txtar.File{Name: recordsFile, Data: []byte(strings.Join(want, "\n") + "\n")})
	if lines.Len() > 0 {
		updated.Files = append(updated.Files, txtar.File{Name: recordsDiffFile, Data: []byte(lines.String())})
	}
	if text := txtar.Format(updated); !bytes.Equal(text, txtar.Format(a.Archive)) {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// dnsFindings lists the findings that are about the DNS and worse than a note
// that nothing differs.
func dnsFindings(r *translator.Report) string {
	var codes []string
	for _, f := range r.Findings {
		if slices.Contains(f.Fields, "DNS") && !slices.Contains(codes, string(f.Code)) {
			codes = append(codes, string(f.Code))
		}
	}
	return strings.Join(codes, ", ")
}

// runNames returns the records that are there in the end. Those that are
// expected are waited for, and a little longer: more would be wrong.
func runNames(t *testing.T, a *archive, target exchange.Target, service exchange.NameService, expected []string) []string {
	t.Helper()
	atOnce <- struct{}{}
	defer func() { <-atOnce }()
	left, err := exchange.RunNames(t.Context(), target, service, a.clients, func(records []oracle.Record) bool {
		return *update || len(recordLines(records, nil)) >= len(expected)
	})
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("KEAMIGRATE_LOGS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, target.Name()+".log"), []byte(left.Log), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return recordLines(left.Records, left.Messages)
}

// recordLines writes records for comparison. The addresses of clients are
// replaced, since the servers choose them in different ways; a DHCID record
// beside a PTR record is left out: only Kea writes them, and nobody reads them.
func recordLines(records []oracle.Record, messages []exchange.Message) []string {
	var replace [][2]string
	for _, m := range messages {
		addr, err := netip.ParseAddr(m.Answer.Fields["address"])
		if err != nil {
			continue
		}
		label := fmt.Sprintf("client %d", m.Client+1)
		dashed := strings.NewReplacer(".", "-", ":", "-").Replace(addr.String())
		replace = append(replace, [2]string{reverseName(addr), "reverse of " + label},
			[2]string{addr.String(), label}, [2]string{dashed, fmt.Sprintf("CLIENT-%d", m.Client+1)})
	}
	// One address may be the beginning of another.
	slices.SortStableFunc(replace, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	var pairs []string
	for _, r := range replace {
		pairs = append(pairs, r[0], r[1])
	}
	names := strings.NewReplacer(pairs...)
	lines := []string{}
	for _, r := range records {
		switch {
		case r.Type == "DHCID" && strings.HasSuffix(r.Name, ".arpa."):
			continue
		case r.Type == "DHCID":
			const kindAndSome = 2 * (3 + 8) // hexadecimal digits: the head, and enough of the hash
			r.Data = r.Data[:min(len(r.Data), kindAndSome)] + "..."
		}
		lines = append(lines, names.Replace(fmt.Sprintf("%s %s %s", r.Name, r.Type, r.Data)))
		lines = append(lines, fmt.Sprintf("(TTL) %d", r.TTL))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func reverseName(a netip.Addr) string {
	var b strings.Builder
	if a.Is4() {
		q := a.As4()
		return fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa.", q[3], q[2], q[1], q[0])
	}
	for _, octet := range slices.Backward(a.AsSlice()) {
		fmt.Fprintf(&b, "%x.%x.", octet&15, octet>>4)
	}
	return b.String() + "ip6.arpa."
}

// expected are the records that Kea leaves, by what is recorded.
func expected(a *archive, v keaversion.Version, dhcpd []string) []string {
	lines := slices.Clone(dhcpd)
	for line := range strings.Lines(string(a.file(recordsDiffFile))) {
		versions, change, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !slices.Contains(strings.Fields(versions), v.String()) {
			continue
		}
		if record, ok := strings.CutPrefix(change, "dhcpd alone: "); ok {
			lines = slices.DeleteFunc(lines, func(have string) bool { return have == record })
		} else if record, ok := strings.CutPrefix(change, "Kea alone: "); ok {
			lines = append(lines, record)
		}
	}
	return lines
}

func diffRecords(dhcpd, kea []string) []string {
	var out []string
	for _, r := range dhcpd {
		if !slices.Contains(kea, r) {
			out = append(out, "dhcpd alone: "+r)
		}
	}
	for _, r := range kea {
		if !slices.Contains(dhcpd, r) {
			out = append(out, "Kea alone: "+r)
		}
	}
	return out
}
