package dhcpdconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// dhcpd says the same about a file in canonical form as about the file.
func TestFormatLive(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	// The canonical forms lie in a copy of the tree, so that includes are found.
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS("../../testdata/dhcpd-samples")); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for _, name := range samples(t) {
		name, err := filepath.Rel("../../testdata/dhcpd-samples", name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			v6 := strings.HasPrefix(name, "v6")
			file := filepath.Join(copied, name)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before, _, err := dhcpd.CheckDhcpd(t.Context(), file, v6)
			if err != nil {
				t.Fatal(err)
			}
			protocol := DHCP4
			if v6 {
				protocol = DHCP6
			}
			f, _ := Parse(file, text, Options{Protocol: protocol})
			if err := os.WriteFile(file, Format(f), 0o600); err != nil {
				t.Fatal(err)
			}
			after, out, err := dhcpd.CheckDhcpd(t.Context(), file, v6)
			if err != nil {
				t.Fatal(err)
			}
			if before != after {
				t.Errorf("dhcpd took the file: %v, the canonical form: %v\n%s", before, after, out)
			}
			if after {
				accepted++
			}
		})
	}
	if accepted == 0 {
		t.Error("dhcpd accepted no sample at all")
	}
}
