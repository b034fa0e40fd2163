// Command keamigrate takes an operator from ISC dhcpd to Kea: it converts a
// dhcpd.conf, checks Kea's configurations, and puts a dhcpd.conf into canonical
// form. Each verb has a file of its own; what they do is in the packages that
// they call.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func main() {
	// A conversion is short and makes much that it keeps: collecting garbage at
	// every doubling of the heap would take a third of the time.
	debug.SetGCPercent(400)
	os.Exit(run(terminal{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// terminal is what the command reads and writes.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run runs a command line and returns the exit status: 0 when all is well, 1
// when there is something to look at, 2 when nothing was done.
func run(t terminal, args []string) int {
	root := newRoot(t)
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	err := root.Execute()
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(t.err, "keamigrate: %s\n", dhcpdconf.Printable(err.Error()))
	return 2
}

// exitStatus ends the command with a status and without a further word.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// The statuses.
const (
	statusFindings exitStatus = 1
	statusNothing  exitStatus = 2
)
