package cutover_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/cutover"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// siteFile is the dhcpd.conf of the site that changes over; there is a capture of it.
const (
	siteFile    = "../../testdata/dhcpd-samples/v4/small-office.conf"
	siteCapture = "../../testdata/captures/small-office.pcap"
)

// machine is the part of the machine that the runbook asks for and a test cannot have:
// systemd with its journal, and a package manager. Units run as programs in the
// background, and are up when they say so.
//
// The environment has SITE, the folder of dhcpd's files, and PREFIX, Kea's.
const machine = `
systemctl() {
	[ "$2" = --now ] || return 1
	verb=$1
	shift 2
	for unit; do
		case $verb-$unit in
		enable-isc-dhcp-server)
			dhcpd -4 -f -d -cf "$SITE/dhcpd.conf" -lf "$SITE/dhcpd.leases" --no-pid eth0 >"$SITE/log" 2>&1 &
			echo $! >"$SITE/pid"
			await grep -q 'Server starting service' "$SITE/log" ;;
		enable-kea-dhcp4)
			kea-dhcp4 -c "$PREFIX/etc/kea/kea-dhcp4.conf" >"$PREFIX/log" 2>&1 &
			echo $! >"$PREFIX/pid"
			await grep -rq DHCP4_STARTED "$PREFIX/log" "$PREFIX/var/log/kea" ;;
		disable-isc-dhcp-server) end "$SITE/pid" ;;
		disable-kea-dhcp4) end "$PREFIX/pid" ;;
		*) return 1 ;;
		esac
	done
}
end() {
	[ -e "$1" ] || return 0
	kill "$(cat "$1")"
	wait "$(cat "$1")" || true
	rm "$1"
}
journalctl() { cat "$PREFIX/log" "$PREFIX"/var/log/kea/*; }
tcpdump() { cp "$CAPTURE" dhcp.pcap; }
await() {
	n=0
	until "$@"; do
		n=$((n + 1))
		if [ $n -gt 600 ]; then
			echo "in vain: $*" >&2
			cat "$SITE/log" "$PREFIX/log" >&2
			exit 1
		fi
		sleep 0.1
	done
}
# client MAC asks for a lease as a machine does that starts, and says what it gets. The
# address that it would like is one that nobody in the capture has.
client() {
	ip -n clients link set c0 down
	ip -n clients link set c0 address "$1"
	ip -n clients link set c0 up
	await sh -c '[ "$(ip netns exec clients cat /sys/class/net/c0/operstate)" = up ]'
	ip netns exec clients udhcpc -i c0 -f -n -q -r 192.0.2.150 -t 20 -T 1 -s "$SITE/bound" >"$SITE/udhcpc" 2>&1 || { cat "$SITE/udhcpc" "$SITE/log" "$PREFIX/log" >&2; exit 1; }
	cat "$SITE/got"
}
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir /run/kea
mount -t sysfs sysfs /sys
ip link set lo up
ip netns add clients
ip link add eth0 type veth peer name c0 netns clients
ip address add 192.0.2.2/24 dev eth0
ip link set eth0 up
cd "$OUT"
`

// block is a piece of shell in a runbook.
var block = regexp.MustCompile("(?s)\n```sh\n(.*?)```\n")

// TestRunbook does what a runbook says, from the checksums to the way back, with the real
// dhcpd and Kea and a client that asks before and after: it keeps its address all the way.
func TestRunbook(t *testing.T) {
	dhcpd, kea := oracle.Dhcpd(t), oracle.Kea(t, keaversion.V3_0, "dhcp4")
	for program, pkg := range map[string]string{"udhcpc": "udhcpc", "ip": "iproute2"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: install the package %s", program, pkg)
			}
			t.Skipf("%s is missing: install the package %s", program, pkg)
		}
	}
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("namespaces with clients and servers need root")
	}
	source, err := os.ReadFile(siteFile)
	if err != nil {
		t.Fatal(err)
	}
	conf := "ping-check false;\n" + string(source)
	dir := t.TempDir()
	site, prefix, out, bin := filepath.Join(dir, "dhcp"), filepath.Join(dir, "kea"), filepath.Join(dir, "out"), filepath.Join(dir, "bin")
	for _, d := range []string{site, bin, filepath.Join(prefix, "etc/kea"), filepath.Join(prefix, "var/lib/kea"), filepath.Join(prefix, "var/run/kea"), filepath.Join(prefix, "var/log/kea")} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(site, "dhcpd.conf"), conf, 0o644)
	write(filepath.Join(site, "dhcpd.leases"), "", 0o644)
	write(filepath.Join(site, "bound"), "#!/bin/sh\n[ \"$1\" != bound ] || echo \"$ip\" >'"+site+"/got'\n", 0o755)
	for _, p := range []*oracle.Program{dhcpd, kea} {
		write(filepath.Join(bin, p.Name), "#!/bin/sh\nexec '"+strings.Join(p.Command(t.Context()).Args, "' '")+"' \"$@\"\n", 0o755)
	}
	link(t, kea, filepath.Join(prefix, "lib/kea/hooks"))
	if text, err := exec.Command("go", "build", "-o", filepath.Join(bin, "keamigrate"), "../../cmd/keamigrate").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	layout, err := translator.ParseLayout(prefix)
	if err != nil {
		t.Fatal(err)
	}
	capture, err := filepath.Abs(siteCapture)
	if err != nil {
		t.Fatal(err)
	}
	r, err := cutover.Run(t.Context(), cutover.Job{Sources: []cutover.Source{{Name: filepath.Join(site, "dhcpd.conf"), Text: []byte(conf)}},
		Leases4: []string{filepath.Join(site, "dhcpd.leases")}, Out: out, System: cutover.System{Name: prefix},
		Options: translator.Options{Target: keaversion.V3_0, Layout: layout, Now: time.Now()}})
	if err != nil || r.Different() != 0 {
		t.Fatal(err, r)
	}
	runbook, err := os.ReadFile(filepath.Join(out, "RUNBOOK.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := script(t, string(runbook))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Env = append(os.Environ(), "SITE="+site, "PREFIX="+prefix, "OUT="+out, "CAPTURE="+capture, "PATH="+bin+":/usr/sbin:/usr/bin:/sbin:/bin", "TZ=UTC", "LC_ALL=C",
		// Kea takes its places for those of the prefix that it was built with.
		"KEA_CONTROL_SOCKET_DIR="+prefix+"/var/run/kea", "KEA_DHCP_DATA_DIR="+prefix+"/var/lib/kea", "KEA_LOG_FILE_DIR="+prefix+"/var/log/kea",
		"KEA_HOOKS_PATH="+prefix+"/lib/kea/hooks")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, runbook)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			got[key] = value
		}
	}
	for _, who := range []string{"old", "printer"} {
		if a, b, c := got[who+"-dhcpd"], got[who+"-kea"], got[who+"-back"]; a == "" || a != b || b != c {
			t.Errorf("the client %s had %q, has %q with Kea, and %q after the way back", who, a, b, c)
		}
	}
	if a, b := got["new-kea"], got["new-back"]; a == "" || a != b || a == got["old-kea"] {
		t.Errorf("the client that came with Kea had %q, and has %q after the way back", a, b)
	}
	if t.Failed() {
		t.Logf("%s\n%s", text, runbook)
	}
}

// link makes a name for the folder of the hook libraries of a Kea.
func link(t *testing.T, kea *oracle.Program, name string) {
	t.Helper()
	for _, arg := range kea.Command(t.Context()).Args {
		root, ok := strings.CutSuffix(arg, "/usr/sbin/kea-dhcp4")
		if !ok {
			continue
		}
		found, err := filepath.Glob(filepath.Join(root, "/usr/lib/*/kea/hooks"))
		if err != nil || len(found) != 1 {
			t.Fatalf("hook libraries of Kea in %q: %v, %v", root, found, err)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found[0], name); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("where is Kea?")
}

// script makes the blocks of a runbook into one, with what people do in between.
func script(t *testing.T, runbook string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(machine)
	ask := func(when string, who ...string) {
		macs := map[string]string{"old": "02:00:00:00:00:01", "new": "02:00:00:00:00:02", "printer": "00:00:5e:00:53:10"}
		for _, w := range who {
			fmt.Fprintf(&b, "got=$(client %s); echo %s-%s=$got\n", macs[w], w, when)
		}
	}
	b.WriteString("systemctl enable --now isc-dhcp-server\n")
	ask("dhcpd", "old", "printer")
	blocks := block.FindAllStringSubmatch(runbook, -1)
	followed, ended := false, false
	for _, m := range blocks {
		commands := m[1]
		if before, follow, ok := strings.Cut(commands, "keamigrate leases follow"); ok {
			followed = true
			fmt.Fprintf(&b, "%skeamigrate leases follow%s &\nfollow=$!\n", before, strings.TrimRight(follow, "\n"))
			b.WriteString("await grep -q 192.0.2.1 \"$PREFIX/var/lib/kea/kea-leases4.csv\"\n")
			continue
		}
		if followed && !ended && strings.Contains(commands, "keamigrate leases import") {
			ended = true
			b.WriteString("kill -INT $follow\nwait $follow || true\n")
		}
		b.WriteString(commands)
		switch {
		case strings.Contains(commands, "enable --now kea-dhcp4"):
			ask("kea", "old", "printer", "new")
		case strings.Contains(commands, "enable --now isc-dhcp-server"):
			ask("back", "old", "printer", "new")
		}
	}
	if !followed || !ended || len(blocks) < 9 {
		t.Fatalf("the runbook has not the steps that it should have:\n%s", runbook)
	}
	b.WriteString("systemctl disable --now isc-dhcp-server\n")
	return b.String()
}
