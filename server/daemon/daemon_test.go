package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/daemon"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// lockedBuffer is a buffer that a running server writes to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a server without interfaces and returns what asks it commands, and
// what waits for its end.
func start(t *testing.T, conf string) (ask func(command string) string, wait func() error, log *lockedBuffer) {
	t.Helper()
	dir := t.TempDir()
	l := lease.Lease4{Address: netip.MustParseAddr("10.0.0.10"), HWAddr: []byte{2, 0, 0, 0, 0, 1}, ClientID: []byte{1, 2},
		Terms: lease.Terms{SubnetID: 1, Valid: 600, CLTT: noon.Unix() - 60, Hostname: "host"}}
	ended := l
	ended.Address, ended.CLTT = netip.MustParseAddr("10.0.0.11"), noon.Unix()-3600
	rows := lease.Append4(lease.Append4([]byte(lease.Header4(keaversion.V3_0)), &l, keaversion.V3_0), &ended, keaversion.V3_0)
	files := map[string]string{"leases.csv": string(rows), "kea.conf": strings.ReplaceAll(conf, "DIR", dir)}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log = &lockedBuffer{}
	d := daemon.DHCP4{Config: filepath.Join(dir, "kea.conf"), Port: 67, Clock: func() time.Time { return noon }, Stdout: log, Stderr: log,
		Log: logging.New("kea-dhcp4", log, logging.Info, func() time.Time { return noon })}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(cancel)
	wait = func() error { return <-done }
	socket := filepath.Join(dir, "socket")
	for !strings.Contains(log.String(), "DHCP4_STARTED") {
		select {
		case err := <-done:
			t.Fatalf("%v\n%s", err, log)
		case <-time.After(time.Millisecond): // it is another goroutine that we wait for
		}
	}
	return func(command string) string {
		t.Helper()
		answer, err := control.Ask(t.Context(), socket, []byte(command))
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}, wait, log
}

const small = `{ "Dhcp4": { // a comment
  "control-socket": { "socket-type": "unix", "socket-name": "DIR/socket" },
  "lease-database": { "type": "memfile", "name": "DIR/leases.csv" },
  "hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10-10.0.0.20" } ] } ] } }`

func TestCommands(t *testing.T) {
	ask, wait, log := start(t, small)
	const found = `{ "client-id": "01:02", "cltt": 1777636740, "fqdn-fwd": false, "fqdn-rev": false, "hostname": "host", "hw-address": "02:00:00:00:00:01", "ip-address": "10.0.0.10", "state": 0, "subnet-id": 1, "valid-lft": 600 }`
	for _, c := range []struct{ command, want string }{
		{`{ "command": "version-get" }`, `"text": "3.0.4"`},
		{`{ "command": "list-commands" }`, `"leases-reclaim", "list-commands", "server-tag-get", "shutdown", "statistic-get"`},
		{`{ "command": "nothing" }`, `{ "result": 2, "text": "'nothing' command not supported." }`},
		{`{ "command": "status-get" }`, `"multi-threading-enabled": true, "packet-queue-size": 64`},
		{`{ "command": "config-get" }`, `"subnet": "10.0.0.0/24"`},
		{`{ "command": "lease4-get", "arguments": { "ip-address": "10.0.0.10" } }`, `{ "arguments": ` + found + `, "result": 0, "text": "IPv4 lease found." }`},
		{`{ "command": "lease4-get", "arguments": { "identifier-type": "hw-address", "identifier": "02:00:00:00:00:01", "subnet-id": 1 } }`, `"result": 0`},
		{`{ "command": "lease4-get", "arguments": { "identifier-type": "client-id", "identifier": "01:02", "subnet-id": 1 } }`, `"result": 0`},
		{`{ "command": "lease4-get", "arguments": { "ip-address": "10.0.0.99" } }`, `{ "result": 3, "text": "Lease not found." }`},
		{`{ "command": "lease4-get", "arguments": { } }`, `"result": 1`},
		{`{ "command": "lease4-get-all" }`, `"text": "2 IPv4 lease(s) found."`},
		{`{ "command": "lease4-get-all", "arguments": { "subnets": [ 7 ] } }`, `"result": 3`},
		{`{ "command": "leases-reclaim" }`, `"result": 1`},
		{`{ "command": "leases-reclaim", "arguments": { "remove": true } }`, `"result": 0`},
		{`{ "command": "lease4-get-all" }`, `{ "arguments": { "leases": [ ` + found + ` ] }, "result": 0, "text": "1 IPv4 lease(s) found." }`},
		{`{ "command": "config-test", "arguments": { "Dhcp4": { } } }`, `"result": 0`},
		{`{ "command": "config-test", "arguments": { "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "x" } ] } } }`, `"result": 1`},
		{`{ "command": "config-test" }`, `"result": 1`},
		{`{ "command": "dhcp-disable" }`, `"result": 0`},
		{`{ "command": "status-get" }`, `"globally-disabled": true`},
		{`{ "command": "dhcp-enable" }`, `"result": 0`},
		{`{ "command": "config-reload" }`, `"result": 0`},
		{`{ "command": "shutdown" }`, `"result": 0`},
	} {
		if got := ask(c.command); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %s", c.command, got, c.want)
		}
	}
	if err := wait(); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"DHCP4_STARTING", "DHCP4_CONFIG_COMPLETE", "DHCPSRV_MEMFILE_LEASE_FILE_LOAD", "COMMAND_RECEIVED", "DHCP4_DYNAMIC_RECONFIGURATION", "DHCP4_SHUTDOWN"} {
		if !strings.Contains(log.String(), " "+id+" ") {
			t.Errorf("the log has no %s:\n%s", id, log)
		}
	}
}

// A configuration that is wrong does not start a server.
func TestRefused(t *testing.T) {
	for conf, want := range map[string]string{
		`{ "Dhcp4": { "lease-database": { "type": "mysql" } } }`:                                                                    "mysql",
		`{ "Dhcp4": { "hooks-libraries": [ { "library": "/x/libdhcp_radius.so" } ] } }`:                                             "libdhcp_radius.so",
		`{ "Dhcp4": { "control-socket": { "socket-type": "pigeon" }, "lease-database": { "type": "memfile", "persist": false } } }`: "pigeon",
		`{ "Dhcp6": { } }`: "not for kea-dhcp4",
		`{ "Dhcp4": { "lease-database": { "type": "memfile", "name": "/nowhere/leases.csv" } } }`: "supported path is",
		`{ `: "kea.conf:1",
	} {
		name := filepath.Join(t.TempDir(), "kea.conf")
		if err := os.WriteFile(name, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		var log lockedBuffer
		d := daemon.DHCP4{Config: name, Clock: time.Now, Stdout: &log, Stderr: &log, Paths: daemon.Paths{Data: "/var/lib/kea", Strict: true}, Log: logging.New("kea-dhcp4", &log, logging.Info, time.Now)}
		err := d.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %q", conf, err, want)
		}
		if !strings.Contains(log.String(), "DHCP4_INIT_FAIL") {
			t.Errorf("%s: the log does not say so: %s", conf, &log)
		}
	}
}

// The lease file of an earlier version of Kea is converted when the server starts, and
// what cannot be read of it, or is not in its subnet, is told in Kea's words.
func TestOldLeaseFile(t *testing.T) {
	dir := t.TempDir()
	const header = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
	const rows = "10.0.0.1,02:00:00:00:00:01,,600,2000000000,1,0,0,,0,\njunk\n10.0.0.2,02:00:00:00:00:02,,600,2000000000,7,0,0,,0,\n192.0.2.1,02:00:00:00:00:03,,600,2000000000,1,0,0,,0,\n"
	conf := `{ "Dhcp4": { "control-socket": { "socket-type": "unix", "socket-name": "` + dir + `/s" }, "lease-database": { "type": "memfile", "name": "` + dir + `/l.csv" },
		"subnet4": [ { "id": 1, "subnet": "10.0.0.0/24" } ] } }`
	for name, text := range map[string]string{"l.csv": header + rows, "l.csv.2": header, "kea.conf": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log lockedBuffer
	d := daemon.DHCP4{Config: filepath.Join(dir, "kea.conf"), Clock: time.Now, Stdout: &log, Stderr: &log, Log: logging.New("kea-dhcp4", &log, logging.Info, time.Now)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	for !strings.Contains(log.String(), "DHCPSRV_MEMFILE_LFC_COMPLETE") {
		select {
		case err := <-done:
			t.Fatalf("%v\n%s", err, &log)
		case <-time.After(time.Millisecond): // it is another goroutine that we wait for
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	at := 0
	for _, want := range []string{
		"DHCPSRV_MEMFILE_LEASE_FILE_LOAD loading leases from file " + dir + "/l.csv.2\n",
		"DHCPSRV_MEMFILE_LEASE_FILE_LOAD loading leases from file " + dir + "/l.csv\n",
		"DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR discarding row 2, error: ",
		"DHCPSRV_MEMFILE_NEEDS_UPGRADING version of lease file: " + dir + "/l.csv schema is earlier than version 3.0\n",
		"DHCPSRV_LEASE_SANITY_FAIL The lease 10.0.0.2 with subnet-id 7 failed subnet-id checks (the lease should have subnet-id 1).\n",
		"DHCPSRV_LEASE_SANITY_FAIL The lease 192.0.2.1 with subnet-id 1 failed subnet-id checks (the lease IP address did not belong to a configured subnet).\n",
		"DHCPSRV_MEMFILE_EXTRACT_EXTENDED_INFO4 extracting extended info saw 3 leases, ",
		"DHCPSRV_MEMFILE_LFC_SETUP setting up the Lease File Cleanup interval to 3600 sec\n",
		"DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES running LFC now to convert lease files to the current schema: 3.0\n",
		"DHCPSRV_MEMFILE_LFC_START starting Lease File Cleanup\n",
	} {
		next := strings.Index(log.String()[at:], want)
		if next < 0 {
			t.Fatalf("%q is not behind the others in\n%s", want, &log)
		}
		at += next
	}
	text, err := os.ReadFile(filepath.Join(dir, "l.csv.2"))
	if want := lease.Header4(keaversion.V3_0); err != nil || !strings.HasPrefix(string(text), want) || strings.Count(string(text), "\n") != 4 {
		t.Errorf("cleaned up: %q %v", text, err)
	}
}
