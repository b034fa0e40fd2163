package golden

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/report"
)

// TestConvert translates the dhcpd.conf (or dhcpd6.conf) of each archive in
// convert/ and compares Kea's configuration and the report with those in the
// archive. The archive's comment may hold "target: 2.6" lines, one for each
// version; 3.0 alone is the default. Other files of the archive can be
// included by the first; one whose name ends in .leases is the lease file.
func TestConvert(t *testing.T) { checkArchives(t, "convert", isResult, convert) }

// options reads how the archive wants to be translated: "ha-mode: MODE" and
// "scripts-dir: DIR" lines of its comment.
func options(a *txtar.Archive, target keaversion.Version) translator.Options {
	opts := translator.Options{Target: target}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); key {
		case "ha-mode":
			opts.HAMode = translator.HAMode(value)
		case "scripts-dir":
			opts.Layout.ScriptsDir = value
		}
	}
	return opts
}

func isResult(name string) bool {
	return strings.HasPrefix(name, "kea-") || strings.HasPrefix(name, "keamigrate-") || strings.HasPrefix(name, "report-")
}

// convert translates an archive's input and returns the result files. It also
// checks what must hold for every translation.
func convert(t *testing.T, a *txtar.Archive, target keaversion.Version) []txtar.File {
	t.Helper()
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "dhcpd") })
	if i < 0 {
		t.Fatal("the archive has no dhcpd.conf")
	}
	opts := dhcpdconf.Options{ReadFile: func(name string) ([]byte, error) {
		for _, f := range a.Files {
			if f.Name == strings.TrimPrefix(name, "/") {
				return f.Data, nil
			}
		}
		return nil, os.ErrNotExist
	}}
	if at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, ".leases") }); at >= 0 {
		f := a.Files[at]
		leases, err := dhcpdleases.Declarations(t.Context(), f.Name, bytes.NewReader(f.Data), int64(len(f.Data)), nil)
		if err != nil {
			t.Fatal(err)
		}
		opts.Leases = leases
	}
	file, diags := dhcpdconf.Parse(a.Files[i].Name, a.Files[i].Data, opts)
	with := options(a, target)
	result := translator.Translate(file, diags, with)
	sum := 0
	for v, n := range result.Report.Counts() {
		sum += n
		if v == translator.Unset {
			t.Errorf("%d statements have no verdict", n)
		}
	}
	if sum != result.Report.Statements {
		t.Errorf("the verdicts count %d, the statements %d", sum, result.Report.Statements)
	}
	for _, f := range result.Report.Findings {
		if f.Code == "unaccounted" {
			t.Errorf("%s: no pass speaks for this %s", f.Span, f.Keyword)
		}
	}
	name, conf := written(t, result, target)
	with.SubnetIDs = &result.SubnetIDs
	again := translator.Translate(file, diags, with)
	if _, second := written(t, again, target); !bytes.Equal(conf, second) {
		t.Errorf("a second translation with the subnet ids of the first gives another file:\n%s", cmp.Diff(string(conf), string(second)))
	}
	var text bytes.Buffer
	if err := report.Text(&text, result.Report, report.Options{Target: target.String(), Redact: dhcpdconf.NewRedactor(file)}); err != nil {
		t.Fatal(err)
	}
	files := []txtar.File{{Name: name + "-" + target.String() + ".conf", Data: conf}}
	if result.D2 != nil {
		var d2 bytes.Buffer
		if err := keaconf.Write(&d2, result.D2, target); err != nil {
			t.Fatal(err)
		}
		files = append(files, txtar.File{Name: "kea-dhcp-ddns-" + target.String() + ".conf", Data: d2.Bytes()})
	}
	for _, script := range result.Scripts {
		stem, ext, _ := strings.Cut(script.Name, ".")
		files = append(files, txtar.File{Name: stem + "-" + target.String() + "." + ext, Data: []byte(script.Text)})
	}
	return append(files, txtar.File{Name: "report-" + target.String() + ".txt", Data: text.Bytes()})
}

// written returns the name and the text of the result's configuration.
func written(t *testing.T, r *translator.Result, target keaversion.Version) (string, []byte) {
	t.Helper()
	name, conf := "kea-dhcp4", keaconf.Config(r.DHCP4)
	if r.DHCP6 != nil {
		name, conf = "kea-dhcp6", r.DHCP6
	}
	var out bytes.Buffer
	if err := keaconf.Write(&out, conf, target); err != nil {
		t.Fatal(err)
	}
	return name, out.Bytes()
}
