// Command keamigrate takes an operator from ISC dhcpd to Kea: it converts a
// dhcpd.conf, checks Kea's configurations, and puts a dhcpd.conf into canonical
// form. Each verb has a file of its own; what they do is in the packages that
// they call.
package main

//go:generate go test -run TestREADMEShowsRealOutput -update .

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func main() {
	// The first interrupt ends the work before anything is written, or lets the
	// writing end; the second one kills.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, terminal{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// terminal is what the command reads and writes.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run runs a command line and returns the exit status: 0 when all is well, 1
// when there is something to look at, 2 when nothing was done.
func run(ctx context.Context, t terminal, args []string) int {
	root := newRoot(t)
	understood := false
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	cmd, err := root.ExecuteContextC(ctx)
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(t.err, "keamigrate: %s\n", dhcpdconf.Printable(err.Error()))
	if !understood {
		fmt.Fprintf(t.err, "See %s --help.\n", cmd.CommandPath())
	}
	return 2
}

// Sizes of an input, in bytes: a small one is converted before the garbage is
// worth collecting; from a large one on memory counts more than time.
const (
	smallInput = 2 << 20
	largeInput = 32 << 20
)

// collectGarbage says how often garbage is collected, for an input of a size. A
// conversion is short and makes much that it keeps: collecting at every doubling
// of the heap takes a third of the time. 5,000 subnets (0.8 MB) make 50 MB, less
// than the heap's least size at the first percentage, so that nothing is collected
// at all; 100,000 hosts (9 MB) fit into 250 MB at the second.
func collectGarbage(size int) {
	percent := 1600
	switch {
	case size >= largeInput:
		percent = 100
	case size >= smallInput:
		percent = 800
	}
	debug.SetGCPercent(percent)
}

// exitStatus ends the command with a status and without a further word.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// The statuses.
const (
	statusFindings exitStatus = 1
	statusNothing  exitStatus = 2
)
