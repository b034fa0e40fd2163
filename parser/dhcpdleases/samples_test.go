package dhcpdleases

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// samples are the lease files among the samples, by name.
func samples(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../testdata/dhcpd-samples/" + folder + "/*.leases")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = text
	}
	return texts
}

func TestSamples(t *testing.T) {
	for _, folder := range []string{"leases4", "leases6"} {
		for name, text := range samples(t, folder) {
			t.Run(folder+"/"+name, func(t *testing.T) {
				checkAgree(t, text)
				checkRoundTrip(t, text)
				for start := 0; start < len(text); start += 997 {
					checkAgree(t, text[start:])
					checkAgree(t, text[:start])
				}
			})
		}
	}
}

// dhcpd keeps of each sample what the reader gives, and reads what was written
// of it the same.
func TestSamplesLikeDhcpd(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for folder, v6 := range map[string]bool{"leases4": false, "leases6": true} {
		for name, text := range samples(t, folder) {
			t.Run(folder+"/"+name, func(t *testing.T) {
				t.Parallel()
				checkLikeDhcpd(t, dhcpd, text, v6)
			})
		}
	}
}
