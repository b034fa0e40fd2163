package oracle

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// PeerCommand returns a command that runs a program of this machine at the other
// end of the first interface, which gets an address there for it. It needs root.
func (s *Server) PeerCommand(ctx context.Context, address netip.Prefix, args ...string) (*exec.Cmd, error) {
	peers := fmt.Sprintf("--net=/proc/%d/%s", s.cmd.Process.Pid, peerNamespace)
	out, err := exec.CommandContext(ctx, "nsenter", peers, "ip", "address", "replace", address.String(), "dev", "keapeer0").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("giving the other end an address: %w\n%s", err, out)
	}
	return exec.CommandContext(ctx, "nsenter", append([]string{peers}, args...)...), nil
}

// clockTicks is how many units of processor time a second has in /proc on Linux
// (USER_HZ, the same on all of its architectures that Debian has).
const clockTicks = 100

// ProcessorTime is what the program has used so far, all of its threads together,
// to a hundredth of a second.
func (s *Server) ProcessorTime() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, can have blanks (proc(5)).
	_, rest, _ := bytes.Cut(text, []byte(") "))
	fields := strings.Fields(string(rest))
	const user, system = 14 - 3, 15 - 3
	if len(fields) <= system {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", s.cmd.Process.Pid, len(fields))
	}
	var ticks int64
	for _, f := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / clockTicks), nil
}

// Memory is the resident size of the program in bytes.
func (s *Server) Memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm has %d fields", s.cmd.Process.Pid, len(fields))
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
