package keaconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// verdict is a line of testdata/verdicts.txt.
type verdict struct {
	daemon   Daemon
	versions map[string]bool // whose -t accepts it
	text     []byte
}

func verdicts(t testing.TB) []verdict {
	t.Helper()
	text, err := os.ReadFile("testdata/verdicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []verdict
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		v := verdict{daemon: Daemon(columns[0]), versions: map[string]bool{}}
		for _, name := range strings.Fields(columns[1]) {
			v.versions[name] = true
		}
		v.text = fmt.Appendf(nil, "{ %q: {%s} }", v.daemon.TopKey(), columns[2])
		all = append(all, v)
	}
	return all
}

var measured = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}

// known are differences that are meant: a nonsense value at the top is refused
// here also when every subnet has its own.
func known(text []byte) bool {
	return bytes.Contains(text, []byte(`"renew-timer":-1,"subnet4":[{"id":1,"subnet":"10.0.0.0/24","renew-timer":10}]`))
}

// TestVerdicts compares with what Kea was measured to say.
func TestVerdicts(t *testing.T) {
	checkers := map[string]*Checker{}
	for _, d := range []Daemon{DaemonDHCP4, DaemonDHCP6, DaemonDDNS} {
		for _, v := range measured {
			checkers[string(d)+v.String()] = checker(t, d, v)
		}
	}
	all, wrong := 0, 0
	for _, x := range verdicts(t) {
		root, syntax := Parse("f", x.text, nil)
		for _, v := range measured {
			faults := append(syntax[:len(syntax):len(syntax)], checkers[string(x.daemon)+v.String()].Check(root)...)
			all++
			if want := x.versions[v.String()]; want == faults.HasErrors() {
				if wrong++; known(x.text) {
					continue
				}
				t.Errorf("Kea %s accepts it: %v; %.300s\n%v", v, want, x.text, faults)
			}
		}
	}
	t.Logf("%d verdicts, %d differ", all, wrong)
}

// TestVerdictsLive asks Kea again, for some of them.
func TestVerdictsLive(t *testing.T) {
	dir := t.TempDir()
	for i, x := range verdicts(t) {
		if i%40 != 0 {
			continue
		}
		file := filepath.Join(dir, "kea.conf")
		if err := os.WriteFile(file, x.text, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, v := range measured {
			ok, out, err := oracle.Kea(t, v, string(x.daemon)).Check(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if ok != x.versions[v.String()] {
				t.Errorf("Kea %s accepts it: %v: %s\n%s", v, ok, x.text, out)
			}
		}
	}
}
