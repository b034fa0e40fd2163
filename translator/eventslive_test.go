package translator_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

const (
	eventConf = `option domain-name "example.org";
default-lease-time 5; min-lease-time 1; max-lease-time 5;
on commit {
  set hwa = binary-to-ascii(16, 8, ":", substring(hardware, 1, 6));
  execute("/etc/kea/record", "commit", binary-to-ascii(10, 8, ".", leased-address), hwa, pick-first-value(option host-name, "none"));
}
on release { execute("/etc/kea/record", "release", binary-to-ascii(10, 8, ".", leased-address)); }
on expiry { execute("/etc/kea/record", "expiry", binary-to-ascii(10, 8, ".", leased-address)); }
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.0.10; }
`
	eventConf6 = `default-lease-time 5;
on commit {
  execute("/etc/kea/record", "commit", binary-to-ascii(16, 16, ":", substring(option dhcp6.ia-na, 16, 16)),
    binary-to-ascii(16, 16, ":", suffix(option dhcp6.ia-pd, 16)), binary-to-ascii(16, 8, ":", option dhcp6.client-id));
}
on release { execute("/etc/kea/record", "release"); }
on expiry { execute("/etc/kea/record", "expiry"); }
subnet6 2001:db8::/64 { range6 2001:db8::100 2001:db8::100; prefix6 2001:db8:1:: 2001:db8:1:: /56; }
`
)

// eventFiles writes Kea's configuration and the script that it calls.
func eventFiles(t *testing.T, conf string, v6 bool, v keaversion.Version) string {
	t.Helper()
	dir := t.TempDir()
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	result := translator.Translate(file, diags, translator.Options{Target: v, Layout: translator.Layout{ScriptsDir: "/usr/share/kea/scripts"}})
	for _, s := range result.Scripts {
		if err := os.WriteFile(filepath.Join(dir, s.Name), []byte(s.Text), s.Mode); err != nil {
			t.Fatal(err)
		}
	}
	// Kea looks every second for what has expired, so that the test need not wait.
	text := regexp.MustCompile(`"reclaim-timer-wait-time": \d+`).ReplaceAll(translated(t, conf, v6, v), []byte(`"reclaim-timer-wait-time": 1`))
	return write(t, dir, "kea.conf", text)
}

// Kea loads the hook and finds the script; without the script it does not start.
func TestEventScriptIsTaken(t *testing.T) {
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String(), func(t *testing.T) {
			kea := oracle.Kea(t, v, "dhcp4")
			file := eventFiles(t, eventConf, false, v)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			ok, output, err := kea.Check(ctx, file, served)
			if err != nil || !ok {
				t.Errorf("-t: %t, %v\n%s", ok, err, output)
			}
			if v >= keaversion.V2_6 {
				if ok, output, err = kea.CheckHooks(ctx, file, served); err != nil || !ok {
					t.Errorf("-T: %t, %v\n%s", ok, err, output)
				}
			}
			if ok, output, err = kea.Start(ctx, file, served); err != nil || !ok || strings.Contains(output, " ERROR ") {
				t.Errorf("start: %t, %v\n%s", ok, err, output)
			}
			scripts, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.sh"))
			if err != nil || len(scripts) != 1 {
				t.Fatalf("scripts %v, %v", scripts, err)
			}
			if err := os.Remove(scripts[0]); err != nil {
				t.Fatal(err)
			}
			if ok, output, err = kea.Start(ctx, file, served); err != nil || ok {
				t.Errorf("start without the script: %t, %v\n%s", ok, err, output)
			}
		})
	}
}

// hostileName is a host name that a shell must not read.
const hostileName = "$(id) `id`;"

// What dhcpd executes when a lease is committed, released or expires is
// executed by each Kea for a lease of its own.
func TestEventScriptRuns(t *testing.T) {
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String()+" DHCPv4", func(t *testing.T) {
			t.Parallel() // it is mostly waiting
			s, record := serveEvents(t, eventConf, false, v)
			link := linkOf(t, s)
			// 0x0c is the host name.
			address := lease(t, s, link, append([]byte{12, byte(len(hostileName))}, hostileName...)...)
			commit := "commit " + address.String() + " 2:0:0:0:0:2 "
			lines := recorded(t, s, record, 1)
			if !strings.HasPrefix(lines[0], commit) || strings.Contains(lines[0], "uid=") {
				t.Errorf("recorded %q, want %q and the name", lines[0], commit)
			}
			release := message4(dhcpRelease, address, 54, 4, 198, 18, 0, 1)
			if err := link.Send(oracle.Datagram{From: netip.MustParseAddrPort("0.0.0.0:68"), To: netip.MustParseAddrPort("255.255.255.255:67"), Message: release}); err != nil {
				t.Fatal(err)
			}
			recorded(t, s, record, 2)
			lease(t, s, link)
			want := []string{"release " + address.String(), commit + "none", "expiry " + address.String()}
			if diff := cmp.Diff(want, recorded(t, s, record, 4)[1:]); diff != "" {
				t.Error(diff)
			}
		})
		t.Run(v.String()+" DHCPv6", func(t *testing.T) {
			t.Parallel()
			s, record := serveEvents(t, eventConf6, true, v)
			c := newClient6(t, s)
			c.take()
			const commit = "commit 2001:db8:0:0:0:0:0:100 2001:db8:1:0:0:0:0:0 0:3:0:1:2:0:0:0:0:2"
			recorded(t, s, record, 2)
			c.say(release6, c.na, c.pd)
			recorded(t, s, record, 4)
			c.id = nil
			c.take()
			want := []string{commit, commit, "release", "release", commit, commit, "expiry", "expiry"}
			got := recorded(t, s, record, 8)
			slices.Sort(got[4:]) // Kea does not wait for its scripts: on a busy machine they overtake each other
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// serveEvents starts Kea with the translation of conf and with a command that
// writes its arguments into the file record.
func serveEvents(t *testing.T, conf string, v6 bool, v keaversion.Version) (s *oracle.Server, record string) {
	t.Helper()
	daemon := "dhcp4"
	if v6 {
		daemon = "dhcp6"
	}
	kea := oracle.Kea(t, v, daemon)
	file := eventFiles(t, conf, v6, v)
	dir := filepath.Dir(file)
	if err := os.WriteFile(filepath.Join(dir, "record"), []byte("#!/bin/sh\necho \"$@\" >>/etc/kea/record.txt\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := kea.Serve(t.Context(), file, v6, served)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, filepath.Join(dir, "record.txt")
}

// recorded waits until so many calls of the command are recorded.
func recorded(t *testing.T, s *oracle.Server, record string, calls int) []string {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(30 * time.Second)
	for {
		text, err := os.ReadFile(record)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if lines := strings.SplitAfter(string(text), "\n"); len(lines) > calls {
			for i := range lines {
				lines[i] = strings.TrimSuffix(lines[i], "\n")
			}
			return lines[:len(lines)-1]
		}
		select {
		case <-patience:
			t.Fatalf("recorded %q, %d calls were expected; the log:\n%s", text, calls, s.Log())
		case <-tick.C:
		}
	}
}
