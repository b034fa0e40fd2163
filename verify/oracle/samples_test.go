package oracle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

const samples = "../../testdata/dhcpd-samples"

// TestSamples asks dhcpd whether the samples are what they say they are.
func TestSamples(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for _, tt := range []struct {
		pattern  string
		v6       bool
		rejected bool
		atLeast  int
	}{
		{"*.conf", false, false, 1},
		{"v4/*.conf", false, false, 20},
		{"v4/rejected/*.conf", false, true, 10},
		{"v6/*.conf", true, false, 8},
		{"v6/rejected/*.conf", true, true, 2},
	} {
		files, err := filepath.Glob(filepath.Join(samples, tt.pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < tt.atLeast {
			t.Errorf("%s: only %d files", tt.pattern, len(files))
		}
		for _, file := range files {
			t.Run(strings.TrimPrefix(file, samples+"/"), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.HasPrefix(text, []byte("# ")) {
					t.Error("does not begin with a note on what it shows")
				}
				ok, out, err := dhcpd.CheckDhcpd(t.Context(), file, tt.v6)
				if err != nil {
					t.Fatal(err)
				}
				if !tt.rejected {
					if !ok {
						t.Errorf("dhcpd rejects it:\n%s", out)
					}
					return
				}
				complaint := complaintOf(text)
				if complaint == "" {
					t.Fatal("has no line \"# complaint:\"")
				}
				if ok || !strings.Contains(out, complaint) {
					t.Errorf("ok = %v, want a complaint with %q:\n%s", ok, complaint, out)
				}
			})
		}
	}
}

// complaintOf returns what the line "# complaint:" of a rejected sample holds.
func complaintOf(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if c, ok := strings.CutPrefix(line, "# complaint:"); ok {
			return strings.TrimSpace(c)
		}
	}
	return ""
}
