package conversion

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

const samplesDir = "../../testdata/dhcpd-samples"

// samples returns the sample configurations of the repository.
func samples(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(samplesDir, func(name string, d os.DirEntry, err error) error {
		if filepath.Ext(name) == ".conf" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	return names
}

func job(t *testing.T, name string, target keaversion.Version) *Job {
	t.Helper()
	_, text, err := ReadInput(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	j := &Job{Name: name, Text: text, Options: translator.Options{Target: target}, Full: true}
	if strings.Contains(name, "/v6/") {
		j.Parse.Protocol = dhcpdconf.DHCP6
	}
	return j
}

// outputs runs a job and returns what it would write.
func outputs(t *testing.T, j *Job) (*Outcome, map[string]string) {
	t.Helper()
	o, err := j.Run(context.Background())
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		return nil, map[string]string{"error": syntax.Error()}
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil {
		t.Error(err)
	}
	files := map[string]string{}
	for _, f := range o.Files() {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		files[f.Name] = b.String()
	}
	return o, files
}

// Every sample gives the same bytes each time for every version of Kea, every
// statement has its verdict, and secrets are only where Kea needs them, in
// files that not everybody may read.
func TestSamples(t *testing.T) {
	targets := keaversion.All()
	if testing.Short() {
		targets = []keaversion.Version{keaversion.Default}
	}
	for _, name := range samples(t) {
		for _, target := range targets {
			t.Run(name[len(samplesDir)+1:]+"/"+target.String(), func(t *testing.T) {
				o, files := outputs(t, job(t, name, target))
				again := files
				if target == keaversion.Default {
					_, again = outputs(t, job(t, name, target))
				}
				for file, text := range files {
					if again[file] != text {
						t.Errorf("%s has other bytes the second time", file)
					}
					if file != D2File && strings.Contains(text, "UExBTlRFRC") {
						t.Errorf("%s shows a planted secret", file)
					}
				}
				if o == nil {
					return
				}
				sum := 0
				for v, n := range o.Report.Counts() {
					if v != translator.Unset {
						sum += n
					}
				}
				if sum != o.Report.Statements {
					t.Errorf("%d of %d statements have a verdict", sum, o.Report.Statements)
				}
				for _, f := range o.Files() {
					if strings.Contains(files[f.Name], "UExBTlRFRC") && f.Mode.Perm()&0o007 != 0 {
						t.Errorf("%s holds a secret and has mode %o", f.Name, f.Mode)
					}
				}
			})
		}
	}
}

func TestReadInput(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, text, want string }{
		{"zero.conf", "a\x00b", "is no text: there is a zero byte at offset 1"},
		{"utf16.conf", "\xff\xfea\x00", "is UTF-16"},
		{"white.conf", " \n\t\n", "is empty"},
		{"good.conf", "authoritative;", ""},
	} {
		name := filepath.Join(dir, tt.name)
		if err := os.WriteFile(name, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		shown, text, err := ReadInput(name, nil)
		switch {
		case tt.want == "" && (err != nil || shown != name || string(text) != tt.text):
			t.Errorf("%s: %q, %q, %v", tt.name, shown, text, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want %q in it", tt.name, err, tt.want)
		}
	}
	if shown, text, err := ReadInput("-", strings.NewReader("x;")); shown != StdinName || string(text) != "x;" || err != nil {
		t.Errorf("standard input: %q, %q, %v", shown, text, err)
	}
}

func TestSubnetIDs(t *testing.T) {
	name := filepath.Join(t.TempDir(), SubnetIDsFile)
	if ids, err := ReadSubnetIDs(name, true); ids != nil || err != nil {
		t.Errorf("a missing file that may miss: %v, %v", ids, err)
	}
	for text, want := range map[string]string{
		`{"version":1,"subnet4":{"10.0.0.0/8":1},"subnet6":{"2001:db8::/32":1}}`: "",
		`{"version":2}`:                          "version 2 is not known",
		`[]`:                                     "is not the form of subnet-ids.json",
		`{"version":1,"subnet4":{"10.0.0.0":1}}`: `"10.0.0.0" is no prefix`,
		`{"version":1,"subnet4":{"10.0.0.0/8":0}}`:                       "10.0.0.0/8 has the id 0",
		`{"version":1,"subnet6":{"2001:db8::/32":4294967295}}`:           "has the id 4294967295",
		`{"version":1,"subnet4":{"10.0.0.0/8":3,"10.0.0.0/9":3}}`:        "10.0.0.0/8 and 10.0.0.0/9 have the same id 3",
		`{"version":1,"subnet4":{"10.0.0.0/8":99999999999999999999999}}`: "is not the form",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadSubnetIDs(name, false)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q in it", text, err, want)
		}
	}
}

// A conversion that is not possible says why, and nothing is there to write.
func TestSyntaxErrors(t *testing.T) {
	for text, want := range map[string]string{
		"subnet 10.0.0.0 netmask 255.0.0.0 {":        "cannot be converted",
		"option domain-name \"a;\n":                  "cannot be converted",
		strings.Repeat("group {", 100_000):           "cannot be converted",
		"# nothing":                                  "no statements",
		"<html><body>Not found</body></html>":        "is it a dhcpd.conf?",
		strings.Repeat("if (", 100_000):              "",
		strings.Repeat("option domain-name ", 50000): "",
	} {
		o, err := (&Job{Name: "t", Text: []byte(text), Options: translator.Options{Target: keaversion.Default}}).Run(context.Background())
		if want == "" {
			continue // only that it ends
		}
		if err == nil || !strings.Contains(err.Error(), want) || o != nil {
			t.Errorf("%.40q: %v, want %q in it", text, err, want)
		}
	}
}
