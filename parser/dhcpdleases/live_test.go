package dhcpdleases

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// liveConfig4 covers the addresses of the tables.
const (
	liveConfig4 = "ping-check false;\nsubnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.0 10.0.0.15; }\nsubnet 192.0.2.0 netmask 255.255.255.0 { }\n"
	liveConfig6 = "subnet6 2001:db8::/64 { range6 2001:db8::1 2001:db8::f; range6 2001:db8::10/124 temporary; prefix6 2001:db8:1:: 2001:db8:1:f00:: /56; }\nsubnet6 2001:db8:ffff::/64 { }\n"
)

// restarted starts dhcpd on a lease file and returns the one it leaves.
func restarted(t *testing.T, dhcpd *oracle.Program, conf string, leases []byte, v6 bool) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	text, log, err := dhcpd.Restart(ctx, conf, leases, v6)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("dhcpd says:\n%s\nand leaves\n%s", log, text)
	return text
}

// kept is what counts of the entries of a lease file in the end: of each address
// the last entry, with those states alike that mean that nobody has it.
func kept(t *testing.T, text []byte, v6 bool) []string {
	t.Helper()
	now := time.Now().Unix()
	leases := map[netip.Addr]string{}
	type address struct {
		kind   IAKind
		prefix netip.Prefix
	}
	owner := map[address]string{}
	bindings := map[address]string{}
	ends := map[address]int64{}
	for e, err := range Read(bytes.NewReader(text), Options{}) {
		var broken *SyntaxError
		if errors.As(err, &broken) && broken.Dropped != nil {
			key := fmt.Sprintf("%v %d %x", broken.Dropped.Kind, broken.Dropped.IAID, broken.Dropped.DUID)
			for _, b := range broken.Dropped.Bindings {
				a := address{broken.Dropped.Kind, b.Prefix}
				if inUse := b.State == Active || b.State == Abandoned; inUse != (owner[a] == key) {
					delete(owner, a)
					delete(bindings, a)
				}
			}
		}
		switch e := e.(type) {
		case *Lease4:
			if v6 {
				continue
			}
			state := e.StateAt(now)
			if state != Abandoned && state != Active || e.Ends <= now {
				// dhcpd keeps in mind whose the address was, and no more.
				state, e.ClientHostname, e.Variables = Free, nil, nil
			}
			if bytes.ContainsFunc(e.ClientHostname, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
				e.ClientHostname = nil // dhcpd does not write it
			}
			var vars []string
			for _, v := range e.Variables {
				vars = append(vars, fmt.Sprintf("%s=%q %d %v", v.Name, v.Value.Data, v.Value.Number, v.Value.Bool))
			}
			slices.Sort(vars)
			leases[e.Address] = fmt.Sprintf("%v %v hardware %d %x uid %x host %q reserved %v bootp %v %v", state, e.Ends, e.HardwareType, e.Hardware,
				e.UID, e.ClientHostname, e.Reserved, e.BOOTP, vars)
			if state == Free && !e.HasHardware && !e.HasUID {
				delete(leases, e.Address) // dhcpd has nothing to remember
			}
		case *IA:
			if !v6 {
				continue
			}
			key := fmt.Sprintf("%v %d %x", e.Kind, e.IAID, e.DUID)
			for a, k := range owner {
				if k == key {
					delete(owner, a)
					delete(bindings, a)
				}
			}
			for _, b := range e.Bindings {
				a := address{e.Kind, b.Prefix}
				if b.State != Active && b.State != Abandoned {
					if owner[a] == key {
						delete(owner, a)
						delete(bindings, a)
					}
					continue
				}
				owner[a] = key
				ends[a] = b.Ends
				bindings[a] = fmt.Sprintf("%s %v %v ends %d life %d %d cltt %d", key, b.Prefix, b.State, b.Ends, b.Preferred, b.Valid, e.CLTT)
			}
		}
	}
	var list []string
	for _, a := range slices.SortedFunc(maps.Keys(leases), netip.Addr.Compare) {
		list = append(list, a.String()+" "+leases[a])
	}
	maps.DeleteFunc(bindings, func(a address, _ string) bool { return ends[a] <= now })
	return append(list, slices.Sorted(maps.Values(bindings))...)
}

// Of a broken lease file, the reader keeps what dhcpd keeps when it starts; the
// answers of dhcpd are recorded (-update), for runs without it.
func TestBrokenLikeDhcpd(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for _, table := range []struct {
		name, conf string
		cases      []brokenCase
		v6         bool
	}{{"v4", liveConfig4, brokenCases4, false}, {"v6", liveConfig6, brokenCases6, true}} {
		answers := make([][]string, len(table.cases))
		t.Run(table.name, func(t *testing.T) {
			for i, c := range table.cases {
				t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
					t.Parallel()
					answers[i] = kept(t, restarted(t, dhcpd, table.conf, []byte(c.text), table.v6), table.v6)
					if diff := cmp.Diff(answers[i], kept(t, []byte(c.text), table.v6)); diff != "" {
						t.Errorf("dhcpd keeps (-), the reader gives (+):\n%s", diff)
					}
				})
			}
		})
		if *update && !slices.ContainsFunc(answers, func(a []string) bool { return a == nil }) {
			if err := os.WriteFile(goldenBroken(table.name), brokenPage(table.cases, answers), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var update = flag.Bool("update", false, "record what dhcpd keeps of broken lease files")

func goldenBroken(table string) string { return filepath.Join("testdata", "broken-"+table+".golden") }

// brokenPage is the text of a golden file.
func brokenPage(cases []brokenCase, answers [][]string) []byte {
	var b bytes.Buffer
	for i, c := range cases {
		fmt.Fprintf(&b, "%s\n", c.name)
		for _, line := range answers[i] {
			fmt.Fprintf(&b, "\t%s\n", line)
		}
	}
	return b.Bytes()
}

func TestBroken(t *testing.T) {
	for name, cases := range map[string][]brokenCase{"v4": brokenCases4, "v6": brokenCases6} {
		want, err := os.ReadFile(goldenBroken(name))
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, c := range cases {
			got = append(got, kept(t, []byte(c.text), name == "v6"))
		}
		if diff := cmp.Diff(string(want), string(brokenPage(cases, got))); diff != "" {
			t.Errorf("dhcpd keeps (-), the reader gives (+):\n%s", diff)
		}
	}
}
