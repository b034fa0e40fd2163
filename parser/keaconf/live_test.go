package keaconf

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
// SOAK=1 tries all, SOAK=500 so many.
const sampleSize = 30

// TestAgreesWithKea compares the verdict on configurations with one change each
// with that of Kea's own -t.
func TestAgreesWithKea(t *testing.T) {
	for _, p := range programs {
		t.Run(p.version.String()+"-"+string(p.daemon), func(t *testing.T) {
			kea := oracle.Kea(t, p.version, string(p.daemon))
			all := mutants(t, p.daemon, p.version)
			if size := howMany(os.Getenv("SOAK")); size < len(all) {
				// The unchanged ones come first and are always tried.
				r := rand.New(rand.NewPCG(1, uint64(p.version)))
				r.Shuffle(len(all)-1, func(i, j int) { all[i+1], all[j+1] = all[j+1], all[i+1] })
				all = all[:size]
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

func howMany(soak string) int {
	n, err := strconv.Atoi(soak)
	switch {
	case err != nil:
		return sampleSize
	case n == 1:
		return math.MaxInt
	}
	return n
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
	if ok == !faults.HasErrors() {
		return ""
	}
	if ok {
		return fmt.Sprintf("%s: Kea accepts it; we say: %v", m, faults)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return fmt.Sprintf("%s: we accept it; Kea says: %s", m, lines[len(lines)-1])
}

// TestKeaExamples checks the configurations of Kea's own documentation: none
// that Kea accepts may be refused here.
func TestKeaExamples(t *testing.T) {
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String(), func(t *testing.T) {
			examples := oracle.Examples(t, v)
			n := 0
			err := filepath.WalkDir(examples, func(file string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				n += example(t, v, file)
				return nil
			})
			if err != nil || n < 20 {
				t.Errorf("%d examples checked: %v", n, err)
			}
		})
	}
}

// example returns 1 if the file is a configuration that can be judged.
func example(t *testing.T, v keaversion.Version, file string) int {
	read := func(name string) ([]byte, error) { return os.ReadFile(name) }
	daemon, faults, err := CheckFile(file, v, read)
	if err != nil || daemon == "" {
		return 0 // of a server that this version or this project does not have
	}
	if !faults.HasErrors() {
		return 1
	}
	kea, err := oracle.FindKea(v, string(daemon))
	if err != nil {
		t.Logf("%s: %v", file, err)
		return 0
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return 0
	}
	interfaces, err := oracle.Interfaces(text)
	if err != nil {
		t.Errorf("%s: %v", file, err)
	}
	ok, out, err := kea.Check(t.Context(), file, interfaces...)
	if err != nil {
		t.Errorf("%s: %v", file, err)
	}
	if ok {
		t.Errorf("%s: Kea %s accepts it; we say:\n%v", file, v, faults)
	} else {
		t.Logf("%s: Kea %s refuses it too (%s); we say:\n%v", filepath.Base(file), v, strings.TrimSpace(out), faults)
	}
	return 1
}
