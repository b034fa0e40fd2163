package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

var kills = flag.Int("kills", 5, "how often a test of keamigrate leases kills the command")

// leasesAt is a folder with a configuration of Kea, a lease file of dhcpd, and
// room for one of Kea.
type leasesAt struct {
	t                    *testing.T
	config, dhcpd, place string
}

func newLeasesAt(t *testing.T) *leasesAt {
	t.Helper()
	dir := t.TempDir()
	l := &leasesAt{t, filepath.Join(dir, "kea-dhcp4.conf"), filepath.Join(dir, "dhcpd.leases"), filepath.Join(dir, "kea", "kea-leases4.csv")}
	if err := os.Mkdir(filepath.Dir(l.place), 0o755); err != nil {
		t.Fatal(err)
	}
	l.write(l.config, `{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "10.0.0.0/8" } ] } }`)
	return l
}

func (l *leasesAt) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// entry4 is an active lease of the address 10.0.0.0 + n, whose client has a
// hardware address of its own and is heard for the time-th time.
func entry4(n, times int) string {
	const heard = 1893456000 // in the year 2030
	return fmt.Sprintf("lease 10.%d.%d.%d {\n  starts epoch %[4]d;\n  ends epoch %[5]d;\n  cltt epoch %[4]d;\n  binding state active;\n  hardware ethernet 02:00:%02[6]x:%02[1]x:%02[2]x:%02[3]x;\n}\n",
		n>>16&255, n>>8&255, n&255, heard+times, heard+times+86400, 0)
}

func (l *leasesAt) command(args ...string) *exec.Cmd {
	cmd := exec.Command("keamigrate", append([]string{"leases"}, args...)...)
	cmd.Args = append(cmd.Args, "--config", l.config, "--to", l.place)
	return cmd
}

// finish runs a command to its end.
func (l *leasesAt) finish(args ...string) {
	l.t.Helper()
	if out, err := l.command(args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// nothingElse demands that there are these files and none that killed commands
// have left.
func (l *leasesAt) nothingElse(names ...string) {
	l.t.Helper()
	entries, err := os.ReadDir(filepath.Dir(l.place))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			l.t.Errorf("%s was left behind", e.Name())
		}
	}
}

// killAfter starts a command and kills it after a time, unless it has ended.
func (l *leasesAt) killAfter(d time.Duration, args ...string) (killed bool) {
	l.t.Helper()
	cmd := l.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	timer := time.AfterFunc(d, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	if err == nil {
		return false
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		l.t.Fatalf("%v: %v\n%s", args, err, &out)
	}
	return true
}

// leases are those that Kea would read, by address. A last row that is torn is
// left out.
func (l *leasesAt) leases() map[string]lease.Lease4 {
	l.t.Helper()
	problems := 0
	table, err := memfile.Load4(context.Background(), l.place, func(p memfile.Problem) {
		if problems++; problems > 1 {
			l.t.Error(p)
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		l.t.Fatal(err)
	}
	all := map[string]lease.Lease4{}
	for e := range table.All() {
		all[e.Address.String()] = e
	}
	return all
}

// An import that is killed at any moment leaves no lease file or a whole one, and
// of one that was there before either that or the new one.
func TestKilledImport(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	for _, before := range []string{"", "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n" +
		"10.9.9.9,02:00:00:00:00:99,,3600,4000000000,1,0,0,,0,,0\n"} {
		l := newLeasesAt(t)
		var text strings.Builder
		for n := range 20_000 {
			text.WriteString(entry4(n, 1))
		}
		l.write(l.dhcpd, text.String())
		prepare := func() {
			if before != "" {
				l.write(l.place, before)
			} else if err := os.Remove(l.place); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		prepare()
		took := time.Minute // for what is neither slow at first nor disturbed
		for range 3 {
			prepare()
			start := time.Now()
			l.finish("import", l.dhcpd)
			took = min(took, time.Since(start))
		}
		whole, err := os.ReadFile(l.place)
		if err != nil || bytes.Count(whole, []byte("\n")) < 20_001 {
			t.Fatalf("%d bytes are imported (%v)", len(whole), err)
		}
		random := rand.New(rand.NewPCG(1, uint64(len(before))))
		interrupted := 0
		for range *kills {
			prepare()
			// The end, where the file is put in place, is of most interest.
			wait := took/4 + time.Duration(random.Int64N(int64(took)*3/4))
			if l.killAfter(wait, "import", l.dhcpd) {
				interrupted++
			}
			left, err := os.ReadFile(l.place)
			if absent := errors.Is(err, fs.ErrNotExist); !(absent && before == "") && (err != nil || string(left) != before && !bytes.Equal(left, whole)) {
				t.Errorf("killed after %v: %d bytes of %d are there (%v)", wait, len(left), len(whole), err)
			}
		}
		t.Logf("%d of %d were killed before they ended", interrupted, *kills)
		l.finish("import", l.dhcpd)
		if left, err := os.ReadFile(l.place); err != nil || !bytes.Equal(left, whole) {
			t.Errorf("the import after that gives %d bytes of %d (%v)", len(left), len(whole), err)
		}
		l.nothingElse(filepath.Base(l.place))
	}
}

// Following that is killed at any moment, while dhcpd writes and renames its file,
// goes on when it is started again: no lease is lost, none is there twice.
func TestKilledFollow(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	l := newLeasesAt(t)
	random := rand.New(rand.NewPCG(7, 7))
	current := map[int]string{} // the last entry of each address
	times := 0
	next := func() string {
		times++
		n := random.IntN(3000)
		current[n] = entry4(n, times)
		return current[n]
	}
	l.write(l.dhcpd, next())
	for range *kills {
		stop, done := make(chan struct{}), make(chan error, 1)
		go func() { done <- l.beDhcpd(random, next, current, stop) }()
		killed := l.killAfter(200*time.Millisecond+time.Duration(random.Int64N(int64(1500*time.Millisecond))), "follow", l.dhcpd)
		close(stop)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if !killed {
			t.Fatal("follow has ended by itself")
		}
		for a, got := range l.leases() {
			if len(got.HWAddr) != 6 || fmt.Sprintf("10.%d.%d.%d", got.HWAddr[3], got.HWAddr[4], got.HWAddr[5]) != a {
				t.Errorf("%s is that of %x", a, got.HWAddr)
			}
		}
	}
	l.finish("follow", l.dhcpd, "--until-idle", "100ms")
	l.nothingElse(filepath.Base(l.place), filepath.Base(l.place)+".follow")
	got := l.leases()
	l.place += ".whole"
	l.finish("import", l.dhcpd)
	want := l.leases()
	if len(want) != len(current) || len(want) < 100 {
		t.Fatalf("an import gives %d leases, and there should be %d", len(want), len(current))
	}
	for a, w := range want {
		if g, ok := got[a]; !ok || !lease.Equal(&g, &w) {
			t.Errorf("%s: followed %+v, imported %+v", a, g, w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("followed %d leases, imported %d", len(got), len(want))
	}
}

// beDhcpd writes to a lease file as dhcpd does, until it is told to stop: entry by
// entry, sometimes in two pieces, and now and then all of them to a new file that
// takes the name of the old one.
func (l *leasesAt) beDhcpd(random *rand.Rand, next func() string, current map[int]string, stop chan struct{}) (err error) {
	f, err := os.OpenFile(l.dhcpd, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		if n%200 == 199 {
			var all strings.Builder
			for _, e := range current {
				all.WriteString(e)
			}
			if err := os.WriteFile(l.dhcpd+".new", []byte(all.String()), 0o644); err != nil {
				return err
			}
			if err := errors.Join(f.Close(), os.Rename(l.dhcpd, l.dhcpd+"~"), os.Rename(l.dhcpd+".new", l.dhcpd)); err != nil {
				return err
			}
			if f, err = os.OpenFile(l.dhcpd, os.O_APPEND|os.O_WRONLY, 0); err != nil {
				return err
			}
		}
		entry := next()
		cut := len(entry)
		if n%3 == 0 {
			cut = random.IntN(len(entry))
		}
		for _, piece := range []string{entry[:cut], entry[cut:]} {
			if _, err := f.WriteString(piece); err != nil {
				return err
			}
		}
	}
}
