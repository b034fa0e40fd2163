package golden

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// refused are constructs that the dhcpd of the live tests refuses wherever they
// stand, so that their sample is among those that it rejects: LDAP is for other
// builds, and a semicolon alone is for nobody.
func refused(c dhcpdconf.Construct) bool {
	return c.Name == ";" || c.Kind == dhcpdconf.ConstructParameter && strings.HasPrefix(c.Name, "ldap-")
}

// TestConstructs: whatever the language has stands in a sample that dhcpd takes
// and in a golden case. The list is made from the parser's tables.
func TestConstructs(t *testing.T) {
	samples, rejected, golden := map[dhcpdconf.Construct]bool{}, map[dhcpdconf.Construct]bool{}, map[dhcpdconf.Construct]bool{}
	note := func(seen map[dhcpdconf.Construct]bool, name string, text []byte, v6 bool, read func(string) ([]byte, error)) {
		opts := dhcpdconf.Options{ReadFile: read}
		if v6 {
			opts.Protocol = dhcpdconf.DHCP6
		}
		file, _ := dhcpdconf.Parse(name, text, opts)
		for st := range dhcpdconf.Preorder(file) {
			for _, c := range dhcpdconf.ConstructsOf(st) {
				seen[c] = true
			}
		}
	}
	for _, dir := range []struct {
		pattern string
		v6      bool
		seen    map[dhcpdconf.Construct]bool
	}{
		{"*.conf", false, samples}, {"v4/*.conf", false, samples}, {"v6/*.conf", true, samples},
		{"v4/rejected/*.conf", false, rejected}, {"v6/rejected/*.conf", true, rejected},
	} {
		files, err := filepath.Glob(filepath.Join("../testdata/dhcpd-samples", dir.pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", dir.pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			note(dir.seen, file, text, dir.v6, os.ReadFile)
		}
	}
	archives, err := filepath.Glob("convert/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in convert/: %v", err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasPrefix(f.Name, "dhcpd") {
				note(golden, f.Name, f.Data, false, func(name string) ([]byte, error) {
					i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == strings.TrimPrefix(name, "/") })
					if i < 0 {
						return nil, os.ErrNotExist
					}
					return a.Files[i].Data, nil
				})
			}
		}
	}
	for _, c := range dhcpdconf.Constructs() {
		if !samples[c] && !(refused(c) && rejected[c]) {
			t.Errorf("no sample in testdata/dhcpd-samples has the %s", c)
		}
		if !golden[c] {
			t.Errorf("no golden case in convert/ has the %s", c)
		}
	}
	known := dhcpdconf.Constructs()
	for _, seen := range []map[dhcpdconf.Construct]bool{samples, rejected, golden} {
		for c := range seen {
			if !slices.Contains(known, c) {
				t.Errorf("the %s is not in the list of constructs", c)
			}
		}
	}
}
