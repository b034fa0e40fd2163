package exchange_test

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// quickClient has dhclient ask again after a second.
const quickClient = "initial-interval 1; backoff-cutoff 1;\n"

// beside is a program that runs in a namespace of a server, and ends with the test.
type beside struct {
	t   *testing.T
	ctx context.Context
	s   *oracle.Server
}

// start starts a program at the other end of the server's wire.
func (b beside) start(args ...string) *exec.Cmd {
	b.t.Helper()
	cmd, err := b.s.PeerCommand(b.ctx, netip.MustParsePrefix("10.0.0.250/24"), args...)
	if err != nil {
		b.t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		cmd.Process.Kill() // it may be gone
		cmd.Wait()
	})
	return cmd
}

// await waits until a text has been logged so many times.
func (b beside) await(what, text string, times int) {
	b.t.Helper()
	for strings.Count(b.s.Log(), text) < times {
		if b.ctx.Err() != nil {
			b.t.Fatalf("%s\n%s", what, b.s.Log())
		}
		time.Sleep(20 * time.Millisecond) // it is another program's clock that has to move on
	}
}

// needs looks for a program, and says which package has it.
func needs(t *testing.T, program, packageName string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("install the package %s: %v", packageName, err)
		}
		t.Skipf("install the package %s: %v", packageName, err)
	}
	return path
}

// rebindConf lets clients give up the server that they know after two seconds.
const rebindConf = `{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "valid-lifetime": 600, "renew-timer": 1, "rebind-timer": 2, "cache-threshold": 0.0,
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/rebind" }, "lease-database": { "type": "memfile", "persist": false },
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "stdout" } ] }, { "name": "kea-dhcp4.packets", "severity": "DEBUG", "debuglevel": 40, "output-options": [ { "output": "stdout" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10 - 10.0.0.20" } ] } ] } }`

// TestRebind has clients ask everybody when their server, keasrv, does not answer any
// more, and keep their lease when it does again.
func TestRebind(t *testing.T) {
	program := robustProgram(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"kea-dhcp4.conf": rebindConf, "script": addressScript, "dhclient.conf": quickClient} {
		if err := os.WriteFile(at(name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, packageName string
		args              []string
	}{
		{"dhclient", "isc-dhcp-client", []string{"dhclient", "-d", "-4", "-cf", at("dhclient.conf"), "-lf", at("leases"), "-pf", at("pid"), "-sf", at("script"), "keapeer0"}},
		// dhcpcd keeps files in places of its own, which are hidden from the machine, and
		// has processes that must end with it.
		{"dhcpcd", "dhcpcd-base", []string{"unshare", "-m", "-p", "--fork", "--kill-child", "sh", "-c", "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd && exec dhcpcd -B -4 -A -c /bin/true keapeer0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			needs(t, c.name, c.packageName)
			s, err := program.Serve(t.Context(), at("kea-dhcp4.conf"), false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
			defer stop()
			b := beside{t, ctx, s}
			b.start(c.args...)
			b.await("no lease", "DHCP4_LEASE_ALLOC", 1)
			command := func(name string) {
				if answer, err := s.Control("/run/kea/rebind", `{ "command": "`+name+`" }`); err != nil || !strings.Contains(string(answer), `"result": 0`) {
					t.Fatalf("%s: %s, %v", name, answer, err)
				}
			}
			const toAll, discover = "to 255.255.255.255:67 over interface eth0", "DHCPDISCOVER (type 1) received"
			command("dhcp-disable")
			before, discovers, leases := strings.Count(s.Log(), toAll), strings.Count(s.Log(), discover), strings.Count(s.Log(), "DHCP4_LEASE_ALLOC")
			b.await("the client does not ask everybody", toAll, before+1)
			command("dhcp-enable")
			b.await("the client does not get its lease again", "DHCP4_LEASE_ALLOC", leases+1)
			if n := strings.Count(s.Log(), discover); n != discovers {
				t.Errorf("the client has begun anew\n%s", s.Log())
			}
		})
	}
}
