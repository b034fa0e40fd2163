package keaexpr

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestSamplesLive asks Kea again about some of the samples.
func TestSamplesLive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kea.conf")
	for i, s := range samples(t) {
		if i%10 != 0 {
			continue
		}
		test, err := json.Marshal(s.text)
		if err != nil {
			t.Fatal(err)
		}
		conf := fmt.Sprintf(`{ "Dhcp%d": { "client-classes": [ { "name": "a", "test": %s } ] } }`, s.family, test)
		if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
			ok, out, err := oracle.Kea(t, v, fmt.Sprintf("dhcp%d", s.family)).Check(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if ok != s.versions[v.String()] {
				t.Errorf("Kea %s, %s: accepted: %v\n%s", v, s.text, ok, out)
			}
		}
	}
}
