package hook_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/lease"
)

// TestScript runs a script that writes its environment down.
func TestScript(t *testing.T) {
	dir := t.TempDir()
	script, out := filepath.Join(dir, "script"), filepath.Join(dir, "out")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n{ echo \"$1\"; env; } >"+out+".part; mv "+out+".part "+out+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := hook.Script{Name: script, Failed: func(err error) { t.Error(err) }}
	// What looks like a command to a shell is text.
	l := lease.Lease4{Address: netip.MustParseAddr("10.0.0.1"), HWAddr: []byte{2, 0, 0, 0, 0, 1}, Terms: lease.Terms{SubnetID: 7, Valid: 60, CLTT: 5, Hostname: "$(touch /tmp/x); a\x00b"}}
	s.Told(&server.Event{Point: server.LeaseExpired, Lease: &l})
	var text []byte
	for deadline := time.Now().Add(time.Minute); text == nil; {
		var err error
		if text, err = os.ReadFile(out); err != nil && time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"lease4_expire\n", "LEASE4_ADDRESS=10.0.0.1\n", "LEASE4_HWADDR=02:00:00:00:00:01\n", "LEASE4_STATE=default\n", "LEASE4_HOSTNAME=$(touch /tmp/x); ab\n", "REMOVE_LEASE=false\n", "LEASE4_CLIENT_ID=\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "HOME=") {
		t.Error("the script gets the environment of the server")
	}
	failed := false
	bad := hook.Script{Name: filepath.Join(dir, "nothing"), Failed: func(error) { failed = true }}
	bad.Told(&server.Event{Point: server.LeaseExpired, Lease: &l})
	if !failed {
		t.Error("a script that is not there is told of")
	}
}
