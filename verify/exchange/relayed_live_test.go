package exchange_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const relayedConf = `{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "valid-lifetime": 3600, "cache-threshold": 0.0,
  "lease-database": { "type": "memfile", "persist": false }, "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "stdout" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24" },
    { "id": 2, "subnet": "10.10.0.0/24", "pools": [ { "pool": "10.10.0.10 - 10.10.0.20" } ], "option-data": [ { "name": "routers", "data": "10.10.0.1" } ] } ] } }`

// relayed runs a client behind dhcrelay: the relay agent on the server's wire, the client
// on one of its own in a namespace that ends with it. The client asks until it is
// answered, so nobody has to know when the relay agent is ready.
const relayed = `set -e
ip link add r0 type veth peer name c0
ip address add 10.10.0.1/24 dev r0
ip link set r0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
setpriv --pdeathsig KILL unshare --net sleep 300 &
holder=$!
while [ "$(readlink /proc/$holder/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
ip link set c0 netns $holder
inside="nsenter --net --target $holder"
$inside ip link set lo up
$inside ip link set c0 up
setpriv --pdeathsig KILL dhcrelay -4 -d -q -a -i r0 -i keapeer0 -pf "$1/relay.pid" 10.0.0.1 &
exec $inside udhcpc -i c0 -f -R -t 60 -T 1 -A 1 -s "$1/script"
`

// TestRelayedClient has a real client get a lease from keasrv by way of the real
// dhcrelay, renew it, which the relay agent does not see, and give it back.
func TestRelayedClient(t *testing.T) {
	program := robustProgram(t)
	needs(t, "dhcrelay", "isc-dhcp-relay")
	needs(t, "udhcpc", "udhcpc")
	dir := t.TempDir()
	script := strings.Replace(addressScript, `bound | renew) ip address replace "$ip/24" dev "$interface" ;;`,
		`bound | renew) ip address replace "$ip/24" dev "$interface"; ip route replace default via 10.10.0.1 ;;`, 1)
	if err := os.WriteFile(filepath.Join(dir, "script"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	server := serveClients(t, program, relayedConf)
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	client, err := server.PeerCommand(ctx, netip.MustParsePrefix("10.0.0.250/24"), "sh", "-c", relayed, "relayed", dir)
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	client.Stdout, client.Stderr = &said, &said
	client.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	wait := func(what, text string, times int, again func()) {
		begin := time.Now()
		for strings.Count(server.Log(), text) < times {
			if ctx.Err() != nil {
				client.Wait() // killed
				t.Fatalf("%s\n%s\n%s", what, server.Log(), said.String())
			}
			time.Sleep(50 * time.Millisecond) // it is another program's clock that has to move on
			if again != nil && time.Since(begin) > 5*time.Second {
				begin = time.Now()
				again()
			}
		}
	}
	defer client.Wait() // it is killed, or gone
	defer client.Process.Kill()
	signal := func(s os.Signal) func() {
		return func() {
			if err := client.Process.Signal(s); err != nil {
				t.Error(err)
			}
		}
	}
	wait("no lease", "lease 10.10.0.10 has been allocated", 1, nil)
	signal(syscall.SIGUSR1)()
	wait("not renewed", "lease 10.10.0.10 has been allocated", 2, signal(syscall.SIGUSR1))
	signal(syscall.SIGUSR2)()
	// A release is sent once, and nobody answers it: where it got lost, the client gets a
	// lease again, and gives that back.
	bound := false
	wait("not given back", "was released properly", 1, func() {
		if bound = !bound; bound {
			signal(syscall.SIGUSR1)()
		} else {
			signal(syscall.SIGUSR2)()
		}
	})
	if log := server.Log(); !strings.Contains(log, "DHCPDISCOVER (type 1) received from 10.0.0.250") {
		t.Errorf("the relay agent sent nothing:\n%s", log)
	}
}
