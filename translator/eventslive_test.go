package translator_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

const eventConf = `option domain-name "example.org";
on commit {
  set hwa = binary-to-ascii(16, 8, ":", substring(hardware, 1, 6));
  execute("/etc/kea/record", "commit", binary-to-ascii(10, 8, ".", leased-address), hwa, pick-first-value(option host-name, "none"));
}
on release or expiry { execute("/etc/kea/record", "gone", binary-to-ascii(10, 8, ".", leased-address)); }
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.0.10 198.18.0.20; }
`

// eventFiles writes Kea's configuration and the script that it calls.
func eventFiles(t *testing.T, v keaversion.Version) string {
	t.Helper()
	dir := t.TempDir()
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(eventConf), dhcpdconf.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	result := translator.Translate(file, diags, translator.Options{Target: v, Layout: translator.Layout{ScriptsDir: "/usr/share/kea/scripts"}})
	for _, s := range result.Scripts {
		if err := os.WriteFile(filepath.Join(dir, s.Name), []byte(s.Text), s.Mode); err != nil {
			t.Fatal(err)
		}
	}
	return write(t, dir, "kea.conf", translated(t, eventConf, false, v))
}

// Kea loads the hook and finds the script; without the script it does not start.
func TestEventScriptIsTaken(t *testing.T) {
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String(), func(t *testing.T) {
			kea := oracle.Kea(t, v, "dhcp4")
			file := eventFiles(t, v)
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

// A lease that Kea gives calls the command, once. Only
// in the system's own Kea can a script run: the unpacked ones have no shell.
func TestEventScriptRuns(t *testing.T) {
	kea := oracle.Kea(t, keaversion.V2_2, "dhcp4")
	if _, err := os.Stat("/usr/sbin/kea-dhcp4"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("package kea-dhcp4-server of Debian bookworm is not installed in the system itself")
	}
	file := eventFiles(t, keaversion.V2_2)
	record := filepath.Join(filepath.Dir(file), "record.txt")
	command := filepath.Join(filepath.Dir(file), "record")
	if err := os.WriteFile(command, []byte("#!/bin/sh\necho \"$@\" >>/etc/kea/record.txt\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := kea.Serve(t.Context(), file, false, served)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	link, err := s.Link(0)
	if err != nil {
		if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
			t.Skipf("frames in a namespace need root: %v", err)
		}
		t.Fatal(err)
	}
	defer link.Close()
	message := func(kind byte, options ...byte) []byte {
		m := make([]byte, 236)
		m[0], m[1], m[2], m[10] = 1, 1, 6, 0x80
		copy(m[4:], "xid4")
		copy(m[28:], []byte{2, 0, 0, 10, 0, 2})
		m = append(m, 99, 130, 83, 99, 53, 1, kind)
		return append(append(m, options...), 255)
	}
	offer, err := link.Exchange4(message(1), 10*time.Second)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Log())
	}
	address, _ := netip.AddrFromSlice(offer[16:20])
	identity := slices.Concat([]byte{54, 4, 198, 18, 0, 1, 50, 4}, offer[16:20])
	if _, err := link.Exchange4(message(3, append(identity, "\x0c\x0b$(id) `id`;"...)...), 10*time.Second); err != nil {
		t.Fatalf("%v\n%s", err, s.Log())
	}
	want := "commit " + address.String() + " 2:0:0:a:0:2 "
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(20 * time.Second)
	for {
		text, err := os.ReadFile(record)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if strings.HasSuffix(string(text), "\n") {
			if !strings.HasPrefix(string(text), want) || strings.Contains(string(text), "uid=") || strings.Count(string(text), "\n") != 1 {
				t.Errorf("recorded %q, want %q and the name", text, want)
			}
			t.Logf("%s", text)
			return
		}
		select {
		case <-patience:
			t.Fatalf("the command was not called within 20 s; the log:\n%s", s.Log())
		case <-tick.C:
		}
	}
}
