package oracle

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"
)

// Join lets two servers reach each other: address is one that s was started
// with, others one of the other server. Nothing else can be reached over the
// wire between them. It needs root.
func (s *Server) Join(ctx context.Context, other *Server, address, others netip.Addr) error {
	own, theirs := strconv.Itoa(s.cmd.Process.Pid), strconv.Itoa(other.cmd.Process.Pid)
	wire := "pair" + theirs // a server can have several
	for _, args := range [][]string{
		{"ip", "link", "add", "name", wire, "netns", own, "type", "veth", "peer", "name", wire, "netns", theirs},
		{"nsenter", "-t", own, "-n", "ip", "link", "set", wire, "up"},
		{"nsenter", "-t", theirs, "-n", "ip", "link", "set", wire, "up"},
		{"nsenter", "-t", own, "-n", "ip", "route", "add", others.String(), "dev", wire, "src", address.String()},
		{"nsenter", "-t", theirs, "-n", "ip", "route", "add", address.String(), "dev", wire, "src", others.String()},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("joining two servers: %v: %w\n%s", args, err, out)
		}
	}
	return nil
}
