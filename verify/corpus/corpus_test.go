package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"

	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// makeCorpus writes files, by their path in a new folder.
func makeCorpus(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLayOut(t *testing.T) {
	dir := makeCorpus(t, map[string]string{
		"INDEX.tsv": "file\tkind\tbytes\tdhcpd_verdict\tfirst_message\trepo\tpath\n" +
			"o+r+etc__dhcpd.conf\tconf4\t9\tok\t\to/r\tetc/dhcpd.conf\n" +
			"o+r+etc__dhcpd6.conf\tconf6\t9\terror\tbad\to/r\tetc/dhcpd6.conf\n" +
			"o+r+leases\tleases4\t9\tok\t\to/r\tleases\n",
		"INCLUDES.tsv": "repo\tcommit\tincluding_file\tinclude_text\tresolved_to\n" +
			"o+r\tabc\tetc/dhcpd.conf\t/etc/dhcp/a.conf\tdir/a.conf\n" +
			"o+r\tabc\tdir/a.conf\tb.conf\tdir/b.conf\n" +
			"o+r\tabc\tdir/b.conf\tb.conf\tdir/b.conf\n" +
			"o+r\tabc\tetc/dhcpd.conf\t../../../../outside\tdir/b.conf\n" +
			"o+r\tabc\tetc/dhcpd.conf\t/missing\t\n" +
			"o+other\tabc\tetc/dhcpd.conf\t/other\tx\n",
		"conf4/o+r+etc__dhcpd.conf":  "main",
		"conf6/o+r+etc__dhcpd6.conf": "six",
		"includes/o+r/dir/a.conf":    "a",
		"includes/o+r/dir/b.conf":    "b",
	})
	c, err := realfiles.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []realfiles.Entry{
		{Name: "o+r+etc__dhcpd.conf", V6: false, Accepted: true, Message: "", Repo: "o+r", Path: "etc/dhcpd.conf"},
		{Name: "o+r+etc__dhcpd6.conf", V6: true, Accepted: false, Message: "bad", Repo: "o+r", Path: "etc/dhcpd6.conf"},
	}
	if d := cmp.Diff(want, c.Entries, cmp.AllowUnexported(realfiles.Entry{})); d != "" {
		t.Error(d)
	}
	work := filepath.Join(t.TempDir(), "work")
	file, err := c.LayOut(c.Entries[0], work)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(work, "cwd/dhcpd.conf"); file != want {
		t.Errorf("file %s, want %s", file, want)
	}
	got := map[string]string{}
	err = filepath.WalkDir(filepath.Dir(work), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		got[strings.TrimPrefix(name, work)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFiles := map[string]string{"/cwd/dhcpd.conf": "main", "/root/etc/dhcp/a.conf": "a", "/cwd/b.conf": "b"}
	if d := cmp.Diff(wantFiles, got); d != "" {
		t.Error(d)
	}
}

func TestCheckAccounts(t *testing.T) {
	for _, tt := range []struct{ report, want string }{
		{`{"statements": 3, "verdicts": {"translated": 2, "manual": 1}, "keywords": {"range": {"translated": 2}, "zone": {"manual": 1}}}`, ""},
		{`{"statements": 4, "verdicts": {"translated": 2, "manual": 1}, "keywords": {}}`, "4 statements, but 3 verdicts"},
		{`{"statements": 2, "verdicts": {"translated": 2}, "keywords": {"range": {"translated": 1, "manual": 1}}}`, "but 1 by keyword"},
		{`{"verdicts": {}}`, "no number"},
		{`{`, "unexpected end"},
	} {
		file := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(file, []byte(tt.report), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := checkAccounts(file); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.report, got, tt.want)
		}
	}
	if checkAccounts(filepath.Join(t.TempDir(), "none")) == "" {
		t.Error("a missing report adds up")
	}
}

func TestTable(t *testing.T) {
	good := result{entry: realfiles.Entry{Name: "good", Accepted: true}, parsed: parsed{verbatim: true}, converted: []converted{{}}}
	rejected := result{entry: realfiles.Entry{Name: "rejected", Message: "m"}, parsed: parsed{verbatim: true, message: "m"}, converted: []converted{{nothing: "nothing"}}}
	refused := good
	refused.entry.Name = "refused"
	refused.converted = []converted{{check: "unknown keyword"}}
	for _, tt := range []struct {
		results []result
		met     bool
		want    []string
	}{
		{[]result{good, rejected}, true, []string{"2 of 2", "100.0 %"}},
		{[]result{good, rejected, refused}, false, []string{"1 of 2", "50.0 %", "NOT MET", "refused\n  unknown keyword\n"}},
	} {
		var b strings.Builder
		met, err := write(&b, rows(tt.results, []keaversion.Version{keaversion.V3_0}))
		if err != nil || met != tt.met {
			t.Errorf("met = %v, error %v, want %v", met, err, tt.met)
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%s", want, b.String())
			}
		}
	}
}

func TestMutate(t *testing.T) {
	text := []byte("option routers 192.0.2.1;\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }\n")
	file := seedFile{text: text, spans: statements("dhcpd.conf", text, false)}
	if len(file.spans) != 3 {
		t.Fatalf("%d statements, want 3", len(file.spans))
	}
	make100 := func(seed uint64) (texts []string) {
		random := rand.New(rand.NewPCG(seed, 0))
		for range 100 {
			texts = append(texts, string(mutate(random, file, []seedFile{file})))
		}
		return texts
	}
	first := make100(1)
	if d := cmp.Diff(first, make100(1)); d != "" {
		t.Errorf("the same seed gives other mutants: %s", d)
	}
	slices.Sort(first)
	if n := len(slices.Compact(first)); n < 20 {
		t.Errorf("only %d different mutants of 100", n)
	}
}
