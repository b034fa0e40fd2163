package exchange_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestKeasrv runs the clients of each archive against keasrv and against the real
// Kea 3.0 with the same translation: the answers have to be the same in every
// field.
func TestKeasrv(t *testing.T) {
	files, err := filepath.Glob("../../golden/exchanges/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a := readArchive(t, file)
			if a.network.V6 {
				t.Skip("DHCPv6")
			}
			program := oracle.Kea(t, keaversion.V3_0, "dhcp4")
			if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
				t.Skip("frames in a namespace need root")
			}
			result := translator.Translate(a.parsed, a.diags, translator.Options{Target: keaversion.V3_0})
			kea, err := exchange.Kea(program, keaversion.V3_0, result, a.network)
			if err != nil {
				t.Fatal(err)
			}
			// What differs once may come from a second that ended in between.
			const tries = 3
			var differences []string
			for range tries {
				want := run(t, kea, a.clients)
				keasrv, err := exchange.Keasrv(result.DHCP4, a.network, want)
				if err != nil {
					t.Fatal(err)
				}
				differences = compareExactly(a, want, run(t, keasrv, a.clients))
				if len(differences) == 0 {
					return
				}
			}
			t.Error(strings.Join(differences, "\n"))
		})
	}
}

// TestKeasrvServes runs the clients of some archives against keasrv as a program
// on a network, in the place of kea-dhcp4: it answers as it does in this process.
func TestKeasrvServes(t *testing.T) {
	if testing.Short() {
		t.Skip("live")
	}
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	program, err := oracle.BuildKeasrv(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hosts", "leases", "permits", "networks", "direct"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := readArchive(t, "../../golden/exchanges/"+name+".txtar")
			result := translator.Translate(a.parsed, a.diags, translator.Options{Target: keaversion.V3_0})
			served, err := exchange.Kea(program, keaversion.V3_0, result, a.network)
			if err != nil {
				t.Fatal(err)
			}
			var differences []string
			for range 3 {
				want := run(t, served, a.clients)
				inside, err := exchange.Keasrv(result.DHCP4, a.network, want)
				if err != nil {
					t.Fatal(err)
				}
				differences = compareExactly(a, want, run(t, inside, a.clients))
				if len(differences) == 0 {
					return
				}
			}
			t.Error(strings.Join(differences, "\n"))
		})
	}
}

func compareExactly(a *archive, want, got []exchange.Message) (differences []string) {
	for i := range want {
		w, g := want[i], got[i]
		oneSecond(w.Answer.Fields, g.Answer.Fields)
		if w.Sent == g.Sent && w.Answer.Type == g.Answer.Type && maps.Equal(w.Answer.Fields, g.Answer.Fields) {
			continue
		}
		differences = append(differences, fmt.Sprintf("client %d: %s\n  %s: Kea %s, keasrv %s", w.Client+1, a.clients[w.Client], w.Step, w.Answer.Type, g.Answer.Type))
		fields := maps.Clone(w.Answer.Fields)
		if fields == nil {
			fields = map[string]string{}
		}
		maps.Copy(fields, g.Answer.Fields)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if w.Answer.Fields[name] != g.Answer.Fields[name] {
				differences = append(differences, fmt.Sprintf("    %s: Kea %q, keasrv %q", name, w.Answer.Fields[name], g.Answer.Fields[name]))
			}
		}
	}
	return differences
}

// oneSecond takes a lifetime that is a second shorter, because the real server's
// clock has moved on, for the same.
func oneSecond(want, got map[string]string) {
	w, errW := strconv.Atoi(want["lease-time"])
	g, errG := strconv.Atoi(got["lease-time"])
	if errW == nil && errG == nil && g-w >= 1 && g-w <= 5 {
		want["lease-time"] = got["lease-time"]
	}
}
