package keaconf

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

var programs = []struct {
	daemon  Daemon
	version keaversion.Version
}{
	{DaemonDHCP4, keaversion.V2_2}, {DaemonDHCP4, keaversion.V2_6}, {DaemonDHCP4, keaversion.V3_0},
	{DaemonDHCP6, keaversion.V2_2}, {DaemonDHCP6, keaversion.V2_6}, {DaemonDHCP6, keaversion.V3_0},
	{DaemonDDNS, keaversion.V2_2}, {DaemonDDNS, keaversion.V2_6}, {DaemonDDNS, keaversion.V3_0},
	{DaemonCtrlAgent, keaversion.V2_2}, {DaemonCtrlAgent, keaversion.V2_6},
}

// sampleSize is how many mutants of each program are tried, of some thousand;
// SOAK=1 tries all.
const sampleSize = 60

// TestAgreesWithKea compares the verdict on configurations with one change each
// with that of Kea's own -t.
func TestAgreesWithKea(t *testing.T) {
	for _, p := range programs {
		t.Run(p.version.String()+"-"+string(p.daemon), func(t *testing.T) {
			kea := oracle.Kea(t, p.version, string(p.daemon))
			all := mutants(t, p.daemon, p.version)
			if os.Getenv("SOAK") == "" {
				// The unchanged ones come first and are always tried.
				r := rand.New(rand.NewPCG(1, uint64(p.version)))
				r.Shuffle(len(all)-1, func(i, j int) { all[i+1], all[j+1] = all[j+1], all[i+1] })
				all = all[:min(len(all), sampleSize)]
			}
			c := checker(t, p.daemon, p.version)
			wrong := compare(t, kea, c, all)
			agree := 100 - 100*float64(len(wrong))/float64(len(all))
			t.Logf("%d configurations, %.2f %% judged as Kea does", len(all), agree)
			for _, w := range wrong {
				t.Log(w)
			}
			if agree < 95 {
				t.Errorf("agreement is %.2f %%, want 95", agree)
			}
		})
	}
}

// compare returns a line for each mutant that Kea judges otherwise.
func compare(t *testing.T, kea *oracle.Program, c *Checker, all []mutant) []string {
	dir := t.TempDir()
	var mu sync.Mutex
	var wrong []string
	var wg sync.WaitGroup
	jobs := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range jobs {
				file := filepath.Join(dir, fmt.Sprint(i), "kea.conf")
				line := judge(t, kea, c, all[i], file)
				if line != "" {
					mu.Lock()
					wrong = append(wrong, line)
					mu.Unlock()
				}
			}
		})
	}
	for i := range all {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	slices.SortFunc(wrong, cmp.Compare[string])
	return wrong
}

func judge(t *testing.T, kea *oracle.Program, c *Checker, m mutant, file string) string {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Error(err)
		return ""
	}
	defer os.RemoveAll(filepath.Dir(file))
	if err := os.WriteFile(file, m.text, 0o644); err != nil {
		t.Error(err)
		return ""
	}
	root, faults := Parse(file, m.text, nil)
	if root != nil {
		faults = append(faults, c.Check(root)...)
	}
	ok, out, err := kea.Check(t.Context(), file)
	if err != nil {
		// A crash is no verdict that could be asked of us, but a refusal.
		ok, out = false, err.Error()
	}
	// -t does not see these.
	faults = slices.DeleteFunc(faults, func(f Fault) bool { return f.AtStart })
	if ok == !faults.HasErrors() {
		return ""
	}
	if ok {
		return fmt.Sprintf("%s: Kea accepts it; we say: %v", m, faults)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return fmt.Sprintf("%s: we accept it; Kea says: %s", m, lines[len(lines)-1])
}
