package leasesconv_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const config4 = `{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24" } ] } }`

// entry is an entry of dhcpd about 10.0.0.x.
func entry(x, state, mac string, ends time.Duration) string {
	return fmt.Sprintf("lease 10.0.0.%s {\n  starts 5 2026/05/01 11:00:00;\n  ends epoch %d;\n  cltt 5 2026/05/01 11:00:00;\n  binding state %s;\n  hardware ethernet 02:00:00:00:00:%s;\n}\n",
		x, noon.Add(ends).Unix(), state, mac)
}

// site is a folder with the files of a test.
type site struct {
	t                     *testing.T
	leases, config, place string
}

func newSite(t *testing.T, leases string) *site {
	dir := t.TempDir()
	s := &site{t: t, leases: filepath.Join(dir, "dhcpd.leases"), config: filepath.Join(dir, "kea-dhcp4.conf"), place: filepath.Join(dir, "kea-leases4.csv")}
	s.write(s.config, config4)
	s.write(s.leases, leases)
	return s
}

func (s *site) write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) add(content string) {
	s.t.Helper()
	f, err := os.OpenFile(s.leases, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(content); err != nil {
		s.t.Fatal(err)
	}
}

// anew does what dhcpd does when it writes its file anew.
func (s *site) anew(content string) {
	s.t.Helper()
	s.write(s.leases+".1", content)
	for _, move := range [][2]string{{s.leases, s.leases + "~"}, {s.leases + ".1", s.leases}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			s.t.Fatal(err)
		}
	}
}

// now is what Kea would read, as "10 02:..:01, ...".
func (s *site) now() string {
	s.t.Helper()
	table, err := memfile.Load4(s.t.Context(), s.place, func(p memfile.Problem) { s.t.Error(p) })
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for l := range table.All() {
		text := fmt.Sprintf("%s %02x", strings.TrimPrefix(l.Address.String(), "10.0.0."), l.HWAddr[5])
		if l.State != lease.Assigned {
			text += " " + l.State.String()
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

var errEnough = errors.New("enough")

// follow runs the steps one after the other while following, and returns what
// Kea would have read before each of them and at the end.
func (s *site) follow(steps ...func()) (seen []string, caught []leasesconv.Caught) {
	s.t.Helper()
	f := leasesconv.Follow{
		Job:   leasesconv.Job{Files: []string{s.leases}, Config: s.config, To: leasesconv.Place{File: s.place}, Hold: time.Hour, FillOptions: leasesconv.FillOptions{Target: keaversion.V3_0}},
		State: s.place + ".follow",
		Clock: func() time.Time { return noon },
		Wait: func(context.Context, time.Duration) error {
			seen = append(seen, s.now())
			if len(steps) == 0 {
				return errEnough
			}
			steps[0]()
			steps = steps[1:]
			return nil
		},
		Caught: func(c leasesconv.Caught) { caught = append(caught, c) },
	}
	if err := f.Run(s.t.Context()); !errors.Is(err, errEnough) {
		s.t.Fatal(err)
	}
	return seen, caught
}

func TestFollow(t *testing.T) {
	s := newSite(t, entry("10", "active", "01", time.Hour))
	half := entry("13", "active", "04", time.Hour)
	seen, caught := s.follow(
		func() { s.add(entry("11", "active", "02", time.Hour)) },
		func() { s.add(entry("11", "active", "02", 2*time.Hour) + entry("12", "active", "03", time.Hour)) },
		func() { s.add(half[:40]) },
		func() { s.add(half[40:]) },
		func() { s.add(entry("12", "free", "03", -time.Minute)) },
		func() { s.add("lease 10.0.0.13 {\n binding state free;\n}\n") },
		func() { s.add("lease 10.0.0.99 { nonsense }\n" + entry("14", "active", "05", time.Hour)) },
		// 14 is gone from the new file; 15 was added to the old one at the last moment.
		func() {
			s.add(entry("15", "active", "06", time.Hour))
			s.anew(entry("10", "active", "01", time.Hour) + entry("11", "active", "02", 2*time.Hour) + entry("15", "active", "06", time.Hour))
		},
		func() { s.add(entry("16", "active", "07", time.Hour)) },
	)
	want := []string{
		"10 01",
		"10 01, 11 02",
		"10 01, 11 02, 12 03",
		"10 01, 11 02, 12 03",
		"10 01, 11 02, 12 03, 13 04",
		"10 01, 11 02, 12 03 expired-reclaimed, 13 04",
		"10 01, 11 02, 12 03 expired-reclaimed",
		"10 01, 11 02, 12 03 expired-reclaimed, 14 05",
		"10 01, 11 02, 12 03 expired-reclaimed, 15 06",
		"10 01, 11 02, 12 03 expired-reclaimed, 15 06, 16 07",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if c := caught[len(caught)-2]; !c.Anew || c.Changes != 2 || c.Leases != 4 {
		t.Errorf("the file written anew: %+v", c)
	}
	if c := caught[0]; c.Changes != 1 || c.Entries != 1 || c.Lag != time.Hour {
		t.Errorf("the first entry: %+v", c)
	}
}

// A run that was ended, at whatever point, is resumed by the next one.
func TestFollowResumes(t *testing.T) {
	for _, c := range []struct {
		name      string
		meanwhile func(s *site)
		want      string
	}{
		{"nothing", func(s *site) {}, "10 01, 11 02"},
		{"added", func(s *site) { s.add(entry("12", "active", "03", time.Hour)) }, "10 01, 11 02, 12 03"},
		{"anew", func(s *site) { s.anew(entry("11", "active", "09", time.Hour)) }, "11 09"},
		{"torn row", func(s *site) {
			content, err := os.ReadFile(s.place)
			if err != nil {
				t.Fatal(err)
			}
			s.write(s.place, string(content)+"10.0.0.77,02:00")
		}, "10 01, 11 02"},
		{"rows without word of them", func(s *site) {
			// Killed after the rows were written and before the state was.
			s.add(entry("10", "active", "08", time.Hour))
			content, err := os.ReadFile(s.place)
			if err != nil {
				t.Fatal(err)
			}
			s.write(s.place, strings.TrimSuffix(string(content), "\n")+"\n"+strings.ReplaceAll(strings.Split(string(content), "\n")[1], ":01,", ":08,")+"\n")
		}, "10 08, 11 02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, entry("10", "active", "01", time.Hour))
			s.follow(func() { s.add(entry("11", "active", "02", time.Hour)) })
			c.meanwhile(s)
			if seen, _ := s.follow(); seen[0] != c.want {
				t.Errorf("resumed: %q, want %q", seen[0], c.want)
			}
		})
	}
}

// Following ends when nothing has come for long enough.
func TestFollowIdle(t *testing.T) {
	s := newSite(t, entry("10", "active", "01", time.Hour))
	now, waits := noon, 0
	f := leasesconv.Follow{
		Job:   leasesconv.Job{Files: []string{s.leases}, Config: s.config, To: leasesconv.Place{File: s.place}, FillOptions: leasesconv.FillOptions{Target: keaversion.V3_0}},
		State: s.place + ".follow",
		Idle:  30 * time.Second, Every: time.Second,
		Clock: func() time.Time { return now },
		Wait: func(_ context.Context, d time.Duration) error {
			now = now.Add(d)
			if waits++; waits == 20 {
				s.add(entry("11", "active", "02", time.Hour))
			}
			return nil
		},
	}
	if err := f.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waits != 50 {
		t.Errorf("ended after %d seconds, want 50", waits)
	}
	if s.now() != "10 01, 11 02" {
		t.Error(s.now())
	}
}
