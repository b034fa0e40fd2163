package oracle

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A Companion is a program that runs in the namespaces of a server, so that
// the two reach each other on the loopback address, until Close.
type Companion struct {
	name   string
	out    lockedBuffer
	stop   context.CancelFunc
	exited chan error
}

// Beside runs another of Kea's daemons of the same suite beside a server, in
// its root directory, until it logs that it serves. The configuration lies in
// the folder of the server's own and logs INFO to standard output. It needs
// root, and the server has to be closed last.
func (s *Server) Beside(ctx context.Context, p *Program, file string) (*Companion, error) {
	if p.root != s.program.root {
		return nil, fmt.Errorf("%s and %s are not of one suite", p.Name, s.program.Name)
	}
	cmd := []string{"nsenter", "-t", strconv.Itoa(s.cmd.Process.Pid), "-n", "-m", "-r", "--wd=/",
		filepath.Join("/usr/sbin", p.Name), "-c", filepath.Join("/etc/kea", filepath.Base(file))}
	return accompany(ctx, p.Name, startedMessages[p.Name], cmd)
}

// accompany starts a command and waits for a text in what it writes.
func accompany(ctx context.Context, name, ready string, args []string) (*Companion, error) {
	ctx, stop := context.WithCancel(ctx)
	c := &Companion{name: name, stop: stop, exited: make(chan error, 1)}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &c.out, &c.out
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := startAndWait(ctx, cmd, c.exited, func() bool { return strings.Contains(c.out.String(), ready) }); err != nil {
		stop()
		return nil, fmt.Errorf("%s does not serve: %w\n%s", name, err, c.out.String())
	}
	return c, nil
}

// Log returns what the program has written so far.
func (c *Companion) Log() string { return c.out.String() }

// Close ends the program. It may be called once.
func (c *Companion) Close() {
	c.stop()
	<-c.exited
}
