package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Server is a real program that serves in namespaces of its own, until
// Close or the end of the context it was started with.
type Server struct {
	program *Program
	cmd     *exec.Cmd
	out     lockedBuffer
	stop    context.CancelFunc
	exited  chan error
	closing sync.Once

	interfaces []Interface
}

// serving is what dhcpd logs when it serves.
const serving = "Server starting service."

// Serve runs dhcpd or Kea with a configuration, in a network namespace with the
// given interfaces, until it logs that it serves. Kea's configuration has to
// log INFO to standard output; dhcpd keeps its leases beside the configuration,
// in the file "dhcpd.leases", which has to be there. A name in the interfaces
// must not be used twice. The error holds the log when the program exits.
func (p *Program) Serve(ctx context.Context, file string, v6 bool, interfaces ...Interface) (*Server, error) {
	ready := startedMessages[p.Name]
	if p.Name == "dhcpd" {
		ready = serving
	}
	return p.serve(ctx, file, v6, func(s *Server) bool { return strings.Contains(s.out.String(), ready) }, interfaces)
}

// ServeQuiet is Serve for Kea with a configuration of DHCPv4 that logs nothing: it
// waits until the port for clients is bound.
func (p *Program) ServeQuiet(ctx context.Context, file string, interfaces ...Interface) (*Server, error) {
	return p.serve(ctx, file, false, func(s *Server) bool {
		const port67 = ":0043 " // proc(5)
		sockets, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp", s.cmd.Process.Pid))
		return err == nil && strings.Contains(string(sockets), port67)
	}, interfaces)
}

func (p *Program) serve(ctx context.Context, file string, v6 bool, ready func(*Server) bool, interfaces []Interface) (*Server, error) {
	ctx, stop := context.WithCancel(ctx)
	cmd, inside, err := p.sandboxed(ctx, file, interfaces, "")
	if err != nil {
		stop()
		return nil, err
	}
	// The lines for ip (see setup): the neighbour entry lets the server
	// answer a client whose address no kernel has.
	const links = 7
	for _, ifc := range interfaces {
		cmd.Args[links] += fmt.Sprintf("neigh add %s lladdr %s dev %s nud permanent\n", ClientLinkLocal, ClientMAC, ifc.Name)
		if ifc.Relayed {
			cmd.Args[links] += fmt.Sprintf("neigh add %[1]s lladdr %[2]s dev %[3]s nud permanent\nroute add default via %[1]s dev %[3]s onlink\n",
				gateway, ClientMAC, ifc.Name)
		}
	}
	if p.Name == "dhcpd" {
		family := "-4"
		if v6 {
			family = "-6"
		}
		cmd.Args = append(cmd.Args, family, "-f", "-d", "--no-pid", "-cf", inside,
			"-lf", filepath.Join(filepath.Dir(inside), "dhcpd.leases"))
		for _, ifc := range interfaces {
			cmd.Args = append(cmd.Args, ifc.Name)
		}
	} else {
		cmd.Args = append(cmd.Args, "-c", inside)
	}
	s := &Server{program: p, cmd: cmd, stop: stop, exited: make(chan error, 1), interfaces: interfaces}
	cmd.Stdout, cmd.Stderr = &s.out, &s.out
	if err := startAndWait(ctx, cmd, s.exited, func() bool { return ready(s) }); err != nil {
		stop()
		return nil, fmt.Errorf("%s does not serve: %w\n%s", p.Name, err, s.out.String())
	}
	return s, nil
}

// startAndWait starts a command that lives until ctx is done and waits until it is
// ready. How the command ends goes to exited, unless it has ended before it was
// ready, which is an error.
func startAndWait(ctx context.Context, cmd *exec.Cmd, exited chan error, ready func() bool) error {
	started := make(chan error, 1)
	go func() {
		exited <- runLocked(func() error {
			err := cmd.Start()
			started <- err
			if err != nil {
				return err
			}
			return cmd.Wait()
		})
	}()
	if err := <-started; err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-exited:
			if err = errors.Join(err, ctx.Err()); err == nil {
				err = errors.New("it has ended")
			}
			return err
		case <-tick.C:
			if ready() {
				return nil
			}
		}
	}
}

// Log returns what the program has written so far.
func (s *Server) Log() string { return s.out.String() }

// Signal sends the program a signal.
func (s *Server) Signal(sig os.Signal) error { return s.cmd.Process.Signal(sig) }

// Close kills the program, and does nothing when it has been called before.
func (s *Server) Close() {
	s.stop()
	s.closing.Do(func() { <-s.exited })
}

// The network namespaces of a server, as files below its folder in /proc: its
// own, and the one that has the other ends of its interfaces.
const (
	ownNamespace  = "ns/net"
	peerNamespace = "root/peers"
)

// inNamespace runs f on a thread in one of the server's network namespaces.
// The thread ends afterwards.
func (s *Server) inNamespace(file string, f func() error) error {
	done := make(chan error, 1)
	go func() {
		// Never unlocked: so the thread is not used for anything else.
		lockThread()
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, file), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			done <- err
			return
		}
		defer unix.Close(fd)
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("entering the network namespace of %s: %w", s.program.Name, err)
			return
		}
		done <- f()
	}()
	return <-done
}
