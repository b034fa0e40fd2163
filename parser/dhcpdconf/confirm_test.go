package dhcpdconf

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestVerdictsConfirmed asks the real dhcpd about every case of the table, so
// that the table says what dhcpd says.
func TestVerdictsConfirmed(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	dir := t.TempDir()
	cases := verdictCases(t)
	const workers = 2
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < len(cases); i += workers {
				c := cases[i]
				name := filepath.Join(dir, fmt.Sprintf("%d.conf", i))
				if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
					t.Error(err)
					return
				}
				ok, output, err := dhcpd.CheckDhcpd(ctx, name, c.protocol == DHCP6)
				if c.verdict == "crash" {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if ok != (c.verdict == "ok") {
					t.Errorf("DHCPv%d: the table says %s, dhcpd says:\n%s\n%s", c.protocol, c.verdict, output, c.text)
				}
			}
		})
	}
	wg.Wait()
}

// TestSamplesConfirmed compares the parser's verdict on the sample
// configurations with dhcpd's.
func TestSamplesConfirmed(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	root := filepath.Join("..", "..", "testdata", "dhcpd-samples")
	files := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".conf" {
			return err
		}
		files++
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, diags := Parse(name, text, Options{Strict: true, ReadFile: func(path string) ([]byte, error) {
			if !filepath.IsAbs(path) && !strings.HasPrefix(path, root) {
				path = filepath.Join(filepath.Dir(name), path) // where dhcpd works in the test
			}
			return os.ReadFile(path)
		}})
		ok, output, err := dhcpd.CheckDhcpd(t.Context(), name, f.Protocol == DHCP6)
		if err != nil {
			return err
		}
		// The parser takes the words of a dhcpd that is built with LDAP, which
		// Debian's is not (docs/dhcpd-differences.md).
		ldap := filepath.Base(name) == "ldap.conf" && !ok && !diags.HasErrors() && strings.Contains(output, "ldap-")
		if ok == diags.HasErrors() && !ldap {
			t.Errorf("%s: dhcpd says %v: %s\nthe parser says %v", name, ok, lastLines(output), diags)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Errorf("no samples in %s", root)
	}
}

// lastLines leaves out the banner that dhcpd prints first.
func lastLines(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-6):], "\n")
}
