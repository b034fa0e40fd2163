package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/server/daemon"
	"github.com/keamigrate/keamigrate/server/logging"
)

// serveOptions say what of the server is wanted.
type serveOptions struct {
	config           string
	check            bool   // the configuration is only looked at
	hooks            bool   // and so are hook libraries, and the lease file
	show             string // what is to be written, and nothing else done; empty: nothing
	debug            bool
	anywhere         bool // files may be in any folder
	strict           bool // Kea's rules for folders hold
	pid              bool // the process id is written into a file
	port, clientPort uint16
}

// serverPort is where servers of DHCPv4 listen.
const serverPort = 67

func newDHCP4(t terminal) *cobra.Command {
	var o serveOptions
	var test, load string
	var shortVersion, longVersion, report bool
	cmd := &cobra.Command{
		Use:   "dhcp4 -c FILE",
		Short: "Serve DHCPv4",
		Long: `Serve DHCPv4 with a configuration of kea-dhcp4: clients on the link by raw sockets, and relay agents. Leases are kept in Kea's lease file, and an answer leaves when its lease is in the file.

SIGHUP reads the configuration again; a wrong one changes nothing. SIGTERM and SIGINT end the server. Files whose names the configuration gives without a folder are where KEA_DHCP_DATA_DIR, KEA_LOG_FILE_DIR, KEA_CONTROL_SOCKET_DIR and KEA_PIDFILE_DIR say, or where Kea has them.

Under the name kea-dhcp4 it takes the place of Kea's server: it takes Kea's flags, writes the file with its process id, and refuses files that are elsewhere, as Kea 3.0 does, unless -X is given.

What is not there yet is in docs/keasrv.md.`,
		Example: "  keasrv dhcp4 -c /etc/kea/kea-dhcp4.conf",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case shortVersion:
				o.show = daemon.Version + "\n"
			case longVersion:
				o.show = daemon.ExtendedVersion() + "\n"
			case report:
				o.show = daemon.BuildReport()
			case test != "" || load != "":
				o.config, o.check, o.hooks = cmp.Or(test, load), true, load != ""
			case o.config == "":
				return usageError{errors.New("the configuration file is not specified (-c)")}
			case o.port == 0:
				return usageError{errors.New("the server port is between 1 and 65535")}
			}
			return serveDHCP4(cmd.Context(), t, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.config, "config", "c", "", "configuration of kea-dhcp4")
	flags.StringVarP(&test, "test", "t", "", "only check a configuration")
	flags.StringVarP(&load, "test-load", "T", "", "only check a configuration and its hook libraries")
	flags.BoolVarP(&o.debug, "debug", "d", false, "log what is for debugging")
	flags.BoolVarP(&shortVersion, "version", "v", false, "print the version of Kea whose place it takes")
	flags.BoolVarP(&longVersion, "extended-version", "V", false, "print the version in full")
	flags.BoolVarP(&report, "build-report", "W", false, "print of what it was built")
	flags.BoolVarP(&o.anywhere, "any-path", "X", false, "take files in any folder")
	flags.BoolVar(&o.strict, "strict-paths", false, "refuse files in other folders than those of Kea 3.0")
	flags.Uint16VarP(&o.port, "server-port", "p", serverPort, "port to listen on, for tests")
	flags.Uint16VarP(&o.clientPort, "client-port", "P", 0, "port that answers to clients go to, for tests")
	return cmd
}

// serveDHCP4 does what the options say. Errors are in the log or on the standard error
// output already.
func serveDHCP4(ctx context.Context, t terminal, o serveOptions) error {
	if o.show != "" {
		fmt.Fprint(t.out, o.show)
		return nil
	}
	d := daemon.DHCP4{Config: o.config, Port: o.port, ClientPort: o.clientPort, Clock: time.Now, Stdout: t.out, Stderr: t.err,
		Paths: daemon.PathsOf(os.Getenv), PIDFile: o.pid}
	d.Paths.Strict = o.strict && !o.anywhere
	least := logging.Info
	if o.debug {
		least = logging.Debug
	}
	d.Log = logging.New("kea-dhcp4", t.out, least, time.Now)
	d.Verbose = o.debug
	if o.check {
		if err := d.CheckConfig4(o.config, o.hooks); err != nil {
			fmt.Fprintln(t.err, verdict(err))
			return exitError(1)
		}
		if o.debug {
			fmt.Fprintln(t.err, "Syntax check OK")
		}
		return nil
	}
	d.Unsafe = o.strict && o.anywhere
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	collectGarbage()
	d.Reload = reload
	if err := d.Run(ctx); err != nil {
		return exitError(1)
	}
	if status := d.ExitStatus(); status != 0 {
		return exitError(status)
	}
	return nil
}

// verdict says what is wrong with a configuration that was only to be checked, as
// Kea's server says it.
func verdict(err error) string {
	if daemon.IsSyntax(err) {
		return "Syntax check failed with: " + err.Error()
	}
	return "Error encountered: " + err.Error()
}

// collectGarbage lets the heap grow by a quarter between collections, unless the
// environment says otherwise: nearly all of it are leases, in which the collector
// finds no pointers and has little to do.
func collectGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
}
