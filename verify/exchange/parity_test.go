package exchange_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestParity runs the clients of each archive of golden/kea against the real Kea
// 3.0 and against keasrv, both with the archive's configuration of Kea: the answers
// have to be the same byte for byte, and so what both know afterwards: leases and
// statistics. Only what time decides may differ.
func TestParity(t *testing.T) {
	files, err := filepath.Glob("../../golden/kea/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a := readParity(t, file)
			program := oracle.Kea(t, keaversion.V3_0, "dhcp4")
			if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
				t.Skip("frames in a namespace need root")
			}
			// What differs once may come from a second that ended in between.
			const tries = 3
			var differences []string
			for range tries {
				want, err := exchange.AskKea(t.Context(), program, a.conf, a.network, a.clients, a.pauses)
				if err != nil {
					t.Fatal(err)
				}
				got, err := exchange.AskKeasrv(t.Context(), a.conf, a.network, a.clients, want.Messages)
				if err != nil {
					t.Fatal(err)
				}
				if differences = parityDifferences(a, want, got); len(differences) == 0 {
					return
				}
			}
			t.Error(strings.Join(differences, "\n"))
		})
	}
}

// TestParityLive is TestParity with keasrv as a program, for what happens as time
// goes by.
func TestParityLive(t *testing.T) {
	program := robustProgram(t)
	files, err := filepath.Glob("../../golden/kea/live/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a := readParity(t, file)
			kea := oracle.Kea(t, keaversion.V3_0, "dhcp4")
			var differences []string
			for range 3 {
				var outcomes []*exchange.Outcome
				for _, p := range []*oracle.Program{kea, program} {
					o, err := exchange.AskKea(t.Context(), p, a.conf, a.network, a.clients, a.pauses)
					if err != nil {
						t.Fatal(err)
					}
					outcomes = append(outcomes, o)
				}
				if differences = parityDifferences(a, outcomes[0], outcomes[1]); len(differences) == 0 {
					return
				}
			}
			t.Error(strings.Join(differences, "\n"))
		})
	}
}

var parityNetwork = exchange.Network{Address: netip.MustParseAddr("10.0.0.1"), Patience: time.Minute}

type parityArchive struct {
	conf    *keaconf.DHCP4
	network exchange.Network
	clients []*client.Client
	pauses  map[int]time.Duration
	skip    map[string]bool // statistics that need not be the same
}

func readParity(t *testing.T, file string) *parityArchive {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := &parityArchive{network: parityNetwork, skip: map[string]bool{}, pauses: map[int]time.Duration{}}
	for _, f := range archive.Files {
		switch f.Name {
		case "kea.json":
			if a.conf, _, err = keaconf.ReadDHCP4(f.Name, f.Data, nil); err != nil {
				t.Fatal(err)
			}
		case "clients.txt":
			// A line "# pause 3s" lets time go by.
			for line := range strings.Lines(string(f.Data)) {
				if text, ok := strings.CutPrefix(strings.TrimSpace(line), "# pause "); ok {
					d, err := time.ParseDuration(text)
					if err != nil {
						t.Fatal(err)
					}
					a.pauses[len(a.clients)] = d
				}
				more, err := client.ParseList(line)
				if err != nil {
					t.Fatal(err)
				}
				a.clients = append(a.clients, more...)
			}
		default:
			t.Fatalf("what is %s?", f.Name)
		}
	}
	return a
}

func parityDifferences(a *parityArchive, want, got *exchange.Outcome) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for i := range want.Messages {
		w, g := want.Messages[i], got.Messages[i]
		if w.Sent == g.Sent && bytes.Equal(timeless(w.Raw, g.Raw), g.Raw) {
			continue
		}
		add("client %d: %s\n  %s: Kea %s, keasrv %s", w.Client+1, a.clients[w.Client], w.Step, w.Answer.Type, g.Answer.Type)
		fields := maps.Clone(w.Answer.Fields)
		if fields == nil {
			fields = map[string]string{}
		}
		maps.Copy(fields, g.Answer.Fields)
		same := true
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if w.Answer.Fields[name] != g.Answer.Fields[name] {
				same = false
				add("    %s: Kea %q, keasrv %q", name, w.Answer.Fields[name], g.Answer.Fields[name])
			}
		}
		if same {
			add("    Kea    %x\n    keasrv %x", w.Raw, g.Raw)
		}
	}
	addresses := maps.Clone(want.Leases)
	maps.Copy(addresses, got.Leases)
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		w, g := want.Leases[address], got.Leases[address]
		if w != nil && g != nil {
			wc, gc := w["cltt"].(float64), g["cltt"].(float64)
			began := float64(got.Messages[0].At.Unix() - want.Messages[0].At.Unix())
			if math.Abs(wc+began-gc) <= 2 {
				w["cltt"] = gc
			}
		}
		if !reflect.DeepEqual(w, g) {
			add("lease\n  Kea    %v\n  keasrv %v", w, g)
		}
	}
	names := maps.Clone(want.Statistics)
	maps.Copy(names, got.Statistics)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		w, wok := want.Statistics[name]
		g, gok := got.Statistics[name]
		if (w != g || wok != gok) && !a.skip[name] {
			add("statistic %s: Kea %d (%v), keasrv %d (%v)", name, w, wok, g, gok)
		}
	}
	return out
}

// timeless returns an answer with the lifetimes of another one, where they are at
// most two seconds apart: what is left of a lease.
func timeless(raw, like []byte) []byte {
	var a, b packet.Message4
	if len(raw) != len(like) || a.Parse(bytes.Clone(raw)) != nil || b.Parse(like) != nil {
		return raw
	}
	for _, code := range []uint8{51, 58, 59} {
		x, okX := a.Option(code)
		y, okY := b.Option(code)
		if okX && okY && len(x) == 4 && len(y) == 4 {
			if d := int64(binary.BigEndian.Uint32(x)) - int64(binary.BigEndian.Uint32(y)); d >= -2 && d <= 2 {
				copy(x, y)
			}
		}
	}
	return a.Raw()
}
