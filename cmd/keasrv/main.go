// Command keasrv is a DHCP server that takes Kea's configuration: to try a
// migration without Kea, and as a server in its own right. Each verb has a file of
// its own; what they do is in the packages that they call.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	if serves(os.Args) {
		if err := confine(os.Args[0], os.Args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "keasrv: %v\n", err)
			os.Exit(1)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, terminal{os.Stdin, os.Stdout, os.Stderr}, os.Args[0], os.Args[1:]))
}

// serves reports whether a command line is for the server.
func serves(args []string) bool {
	return asKea(args[0]) || len(args) > 1 && args[1] == "dhcp4"
}

// terminal is what the command reads and writes.
type terminal struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run runs a command line, with the name that the program was called by, and
// returns the exit status: 0 when all is well, 1 otherwise, as Kea's programs do.
func run(ctx context.Context, t terminal, name string, args []string) int {
	if asKea(name) {
		return runAsKea(ctx, t, name, args)
	}
	root := &cobra.Command{
		Use:           "keasrv",
		Short:         "Serve DHCP with Kea's configuration",
		Long:          "keasrv is a DHCP server that takes the configuration of kea-dhcp4 and answers as Kea 3.0 does.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newDHCP4(t), newDryRun(t), newShell(t))
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if status := exitError(0); errors.As(err, &status) {
		return int(status)
	}
	fmt.Fprintf(t.err, "keasrv: %v\n", err)
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(t.err, "See %s --help.\n", cmd.CommandPath())
	}
	return 1
}

// runAsKea is run for the name of Kea's server.
func runAsKea(ctx context.Context, t terminal, name string, args []string) int {
	o, err := keaOptions(name, args)
	if err != nil {
		fmt.Fprint(t.err, err.Error()+keaUsage)
		return 1
	}
	o.strict, o.pid = true, true
	if err := serveDHCP4(ctx, t, o); err != nil {
		if status := exitError(0); errors.As(err, &status) {
			return int(status)
		}
		return 1
	}
	return 0
}

// usageError is about how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitError is the exit status that a command over the control channel wants.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("the exit status is %d", int(e)) }
