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

// clientsConf lets clients renew after two seconds.
const clientsConf = `{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "valid-lifetime": 20, "renew-timer": 2, "rebind-timer": 8, "cache-threshold": 0.0,
  "lease-database": { "type": "memfile", "persist": false }, "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "stdout" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10 - 10.0.0.20" } ], "option-data": [ { "name": "routers", "data": "10.0.0.1" } ] } ] } }`

// addressScript gives the interface the address that udhcpc or dhclient has got, as
// their own scripts do, and touches nothing else of the machine.
const addressScript = `#!/bin/sh
case "$1$reason" in
bound | renew) ip address replace "$ip/24" dev "$interface" ;;
BOUND | RENEW | REBIND | REBOOT) ip address replace "$new_ip_address/24" dev "$interface" ;;
esac
`

// networkd runs systemd-networkd where it sees nothing of the machine but the wire: what it
// reads and writes is in a folder of its own, and udev, which it would wait for, is not
// there.
const networkd = `set -e
mount -t tmpfs none /run
mount -t tmpfs none /etc/systemd
mount -t sysfs -o ro none /sys || mount -o remount,bind,ro /sys
mkdir -p /etc/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network /run/systemd/netif
printf '[Match]\nName=keapeer0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' >/etc/systemd/network/wire.network
exec /lib/systemd/systemd-networkd`

// realClient is a program that gets a lease, and how it gives that back.
type realClient struct {
	name, packageName string
	start             []string
	release           func(running *exec.Cmd) []string // a command, or a signal that it has sent
}

// TestRealClients has the clients that people run get a lease from keasrv, renew it,
// and give it back.
func TestRealClients(t *testing.T) {
	program := robustProgram(t)
	const wire = "keapeer0"
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte(addressScript), 0o755); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	// dhcpcd keeps files in places of its own, which are hidden from the machine.
	hide := func(command string) []string {
		return []string{"unshare", "-m", "sh", "-c", "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd && exec " + command}
	}
	for _, c := range []realClient{
		{"udhcpc", "udhcpc", []string{"udhcpc", "-i", wire, "-f", "-R", "-s", script}, func(running *exec.Cmd) []string {
			if err := running.Process.Signal(syscall.SIGUSR2); err != nil {
				t.Error(err)
			}
			return nil
		}},
		{"dhclient", "isc-dhcp-client", []string{"dhclient", "-d", "-4", "-lf", at("leases"), "-pf", at("pid"), "-sf", script, wire}, func(running *exec.Cmd) []string {
			return []string{"dhclient", "-r", "-4", "-lf", at("leases"), "-pf", at("pid"), "-sf", script, wire}
		}},
		{"dhcpcd", "dhcpcd-base", hide("dhcpcd -B -4 -A -c /bin/true " + wire), func(running *exec.Cmd) []string {
			if err := running.Process.Signal(syscall.SIGALRM); err != nil { // to give the lease back
				t.Error(err)
			}
			return nil
		}},
		{"/lib/systemd/systemd-networkd", "systemd", []string{"unshare", "-m", "sh", "-c", networkd}, func(running *exec.Cmd) []string {
			if err := running.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			return nil
		}},
	} {
		t.Run(filepath.Base(c.name), func(t *testing.T) {
			t.Parallel()
			needs(t, c.name, c.packageName)
			// A release is sent once, and nobody answers it: on a busy machine it gets lost.
			for range 3 {
				if useClient(t, program, c) {
					return
				}
			}
			t.Errorf("%s: not given back", c.name)
		})
	}
}

// serveClients starts a server for real clients on 10.0.0.1.
func serveClients(t *testing.T, program *oracle.Program, conf string) *oracle.Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kea-dhcp4.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	server, err := program.Serve(t.Context(), file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// useClient says whether the server has got the lease back.
func useClient(t *testing.T, program *oracle.Program, c realClient) bool {
	t.Helper()
	server := serveClients(t, program, clientsConf)
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	run := func(args []string) *exec.Cmd {
		cmd, err := server.PeerCommand(ctx, netip.MustParsePrefix("10.0.0.250/24"), args...)
		if err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	client := run(c.start)
	defer client.Wait() // it is killed, or gone
	defer client.Process.Kill()
	wait := func(what, text string, times int) {
		for strings.Count(server.Log(), text) < times {
			if ctx.Err() != nil {
				t.Fatalf("%s: %s\n%s", c.name, what, server.Log())
			}
			time.Sleep(50 * time.Millisecond) // it is another program's clock that has to move on
		}
	}
	wait("no lease", "DHCP4_LEASE_ALLOC", 1)
	if c.name == "udhcpc" { // it renews no lease as short as this unless told to
		if err := client.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
	}
	wait("not renewed", "DHCP4_LEASE_ALLOC", 2)
	if args := c.release(client); args != nil {
		if err := run(args).Wait(); err != nil {
			t.Error(err)
		}
	}
	const released = "was released properly"
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end) && !strings.Contains(server.Log(), released); {
		time.Sleep(50 * time.Millisecond) // as above
	}
	return strings.Contains(server.Log(), released)
}
