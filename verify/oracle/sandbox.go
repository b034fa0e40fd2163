package oracle

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// An Interface is a network interface that a program finds in its namespace.
type Interface struct {
	Name      string         // at most 15 bytes, no blanks and no slash
	Addresses []netip.Prefix // besides the link-local address that IPv6 gives it
	// Relayed: all other IPv4 addresses are reached through the other end of
	// the wire, so that a server can answer relays and clients there. For one
	// interface only. Addresses should be of length 32, or the server asks for
	// the hardware addresses of their networks, which nobody answers.
	Relayed bool
}

// setupFailed is the exit status of the set-up script when the program was not
// even started. No program here uses it.
const setupFailed = 97

// setup builds the root directory and the interfaces, then becomes the program.
// It runs in new mount, network and process namespaces.
//
//	$1 folder whose usr/ to use   $2 folder that becomes /etc/kea
//	$3 folder whose log/ becomes /var/log and whose socket "syslog" becomes
//	   /dev/log, or ""
//	   Scripts beside the configuration are found in Kea's folder for them, a
//	   folder lib there is /var/lib/kea, where Kea keeps its leases, and a socket
//	   "mysqld.sock" is where clients of MySQL look for it.
//	$4 lines for ip -batch        $5 such lines for the other ends
//	$6... program and arguments
//
// A veth pair is used for each interface because Kea opens no socket on an
// interface that has no carrier, and dummy interfaces are a kernel module that
// minimal kernels lack. The other ends are in a network namespace of their own
// (/peers), so that a program that looks for interfaces does not find them.
// The kernel notices a carrier a little later; Kea does not wait for it.
// Duplicate address detection is off, because an IPv6 socket cannot be bound to an
// address that is still being probed; even so an address is tentative (flag 40 in
// if_inet6) until a busy kernel has found time to see that.
const setup = `
trap 'exit 97' EXIT
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /mnt
mkdir /mnt/usr /mnt/etc /mnt/etc/kea /mnt/dev /mnt/proc /mnt/sys /mnt/run /mnt/run/lock /mnt/tmp
mkdir /mnt/var /mnt/var/lib /mnt/var/log
for device in null zero full random urandom tty; do
	: >/mnt/dev/$device
	mount --bind /dev/$device /mnt/dev/$device
done
ln -s /proc/self/fd /mnt/dev/fd
if [ -n "$3" ]; then
	mount --bind "$3/log" /mnt/var/log
	: >/mnt/dev/log
	mount --bind "$3/syslog" /mnt/dev/log
fi
mkdir -m 0750 /mnt/run/kea /mnt/var/lib/kea /mnt/var/log/kea
chmod 1777 /mnt/tmp
ln -s ../run /mnt/var/run
ln -s usr/bin /mnt/bin
ln -s usr/sbin /mnt/sbin
ln -s usr/lib /mnt/lib
ln -s usr/lib64 /mnt/lib64
mount --rbind "$1/usr" /mnt/usr
mount --rbind "$2" /mnt/etc/kea
if [ -d "$2/lib" ]; then
	mount --bind "$2/lib" /mnt/var/lib/kea
fi
for script in "$2"/*.sh; do
	if [ -x "$script" ] && [ -d /mnt/usr/share/kea/scripts ]; then
		mount --bind "$2" /mnt/usr/share/kea/scripts
		break
	fi
done
if [ -S "$2/mysqld.sock" ]; then
	mkdir /mnt/run/mysqld
	ln -s /etc/kea/mysqld.sock /mnt/run/mysqld/mysqld.sock
fi
mount -t proc proc /mnt/proc
mount -t sysfs sysfs /mnt/sys
if [ -e /mnt/proc/sys/net/ipv6/conf/default/accept_dad ]; then
	echo 0 >/mnt/proc/sys/net/ipv6/conf/default/accept_dad
fi
mount -t tmpfs tmpfs /run
ip netns add peers
: >/mnt/peers
mount --bind /run/netns/peers /mnt/peers
printf '%s' "$4" | ip -batch -
printf '%s' "$5" | ip -netns peers -batch -
unready() {
	cat /mnt/sys/class/net/*/operstate | grep -q down && return
	[ -e /mnt/proc/net/if_inet6 ] && grep -Eq '^([0-9a-f]+ ){4}[4-7c-f]' /mnt/proc/net/if_inet6
}
tries=0
while [ "$tries" -lt 500 ] && unready; do
	sleep 0.01
	tries=$((tries + 1))
done
shift 5
cd /mnt
trap - EXIT
exec chroot . "$@"
`

// sandboxed returns a command that runs the program in a root directory of its
// own, to which the caller adds arguments, and the name of file in there.
func (p *Program) sandboxed(ctx context.Context, file string, interfaces []Interface, logs string) (*exec.Cmd, string, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, "", err
	}
	links, peers, err := linkCommands(interfaces)
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", setup, "oracle",
		p.root, filepath.Dir(file), logs, links, peers, filepath.Join("/usr/sbin", p.Name))
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"}
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	}
	cmd.SysProcAttr = attr
	return cmd, filepath.Join("/etc/kea", filepath.Base(file)), nil
}

// linkCommands returns what ip -batch is to do for the interfaces and for
// their other ends.
func linkCommands(interfaces []Interface) (links, peers string, err error) {
	var b, p strings.Builder
	b.WriteString("link set lo up\n")
	for i, ifc := range interfaces {
		if ifc.Name == "lo" {
			continue
		}
		if ifc.Name == "" || len(ifc.Name) > 15 || strings.ContainsAny(ifc.Name, "/ \t\r\n\"'\\#") {
			return "", "", fmt.Errorf("no network interface can be named %q", ifc.Name)
		}
		fmt.Fprintf(&b, "link add %s type veth peer name keapeer%d netns peers\nlink set %s up\n", ifc.Name, i, ifc.Name)
		fmt.Fprintf(&p, "link set keapeer%d up\n", i)
		for _, a := range ifc.Addresses {
			fmt.Fprintf(&b, "address add %s dev %s\n", a, ifc.Name)
		}
	}
	return b.String(), p.String(), nil
}

// runLocked keeps the goroutine on its thread: the signal that ends a child
// with its parent is sent when the parent's thread ends.
func runLocked(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return f()
}
