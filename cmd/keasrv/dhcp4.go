package main

import (
	"cmp"
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

func newDHCP4(t terminal, asKea bool) *cobra.Command {
	d := daemon.DHCP4{Clock: time.Now, Stdout: t.out, Stderr: t.err, Paths: daemon.PathsOf(os.Getenv), PIDFile: asKea}
	var test, load string
	var debug, shortVersion, longVersion, report, anywhere, strict bool
	cmd := &cobra.Command{
		Use:   "dhcp4 -c FILE",
		Short: "Serve DHCPv4",
		Long: `Serve DHCPv4 with a configuration of kea-dhcp4: clients on the link by raw sockets, and relay agents. Leases are kept in Kea's lease file, and an answer leaves when its lease is in the file.

SIGHUP reads the configuration again; a wrong one changes nothing. SIGTERM and SIGINT end the server. Files whose names the configuration gives without a folder are where KEA_DHCP_DATA_DIR, KEA_LOG_FILE_DIR, KEA_CONTROL_SOCKET_DIR and KEA_PIDFILE_DIR say, or where Kea has them.

Under the name kea-dhcp4 it takes the place of Kea's server: it writes the file with its process id, and refuses files that are elsewhere, as Kea 3.0 does, unless -X is given.

What is not there yet is in docs/keasrv.md.`,
		Example: "  keasrv dhcp4 -c /etc/kea/kea-dhcp4.conf",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case shortVersion:
				fmt.Fprintln(t.out, daemon.Version)
				return nil
			case longVersion:
				fmt.Fprintln(t.out, daemon.ExtendedVersion())
				return nil
			case report:
				fmt.Fprint(t.out, daemon.BuildReport())
				return nil
			case test != "" || load != "":
				d.Paths.Strict = asKea || strict
				if err := d.CheckConfig4(cmp.Or(test, load)); err != nil {
					return verdict{err}
				}
				return nil
			case d.Config == "":
				return usageError{errors.New("the configuration file is not specified (-c)")}
			case d.Port == 0:
				return usageError{errors.New("the server port is between 1 and 65535")}
			}
			least := logging.Info
			if debug {
				least = logging.Debug
			}
			d.Paths.Strict = (asKea || strict) && !anywhere
			d.Log = logging.New("kea-dhcp4", t.out, least, time.Now)
			reload := make(chan os.Signal, 1)
			signal.Notify(reload, syscall.SIGHUP)
			collectGarbage()
			defer signal.Stop(reload)
			d.Reload = reload
			if err := d.Run(cmd.Context()); err != nil {
				return err
			}
			if status := d.ExitStatus(); status != 0 {
				return exitError(status)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&d.Config, "config", "c", "", "configuration of kea-dhcp4")
	flags.StringVarP(&test, "test", "t", "", "only check a configuration")
	flags.StringVarP(&load, "test-load", "T", "", "only check a configuration and its hook libraries")
	flags.BoolVarP(&debug, "debug", "d", false, "log what is for debugging")
	flags.BoolVarP(&shortVersion, "version", "v", false, "print the version of Kea whose place it takes")
	flags.BoolVarP(&longVersion, "extended-version", "V", false, "print the version in full")
	flags.BoolVarP(&report, "build-report", "W", false, "print of what it was built")
	flags.BoolVarP(&anywhere, "any-path", "X", false, "take files in any folder")
	flags.BoolVar(&strict, "strict-paths", false, "refuse files in other folders than those of Kea 3.0")
	flags.Uint16VarP(&d.Port, "server-port", "p", 67, "port to listen on, for tests")
	flags.Uint16VarP(&d.ClientPort, "client-port", "P", 0, "port that answers to clients go to, for tests")
	return cmd
}

// verdict is what is wrong with a configuration that was only to be checked, as
// Kea's server says it.
type verdict struct{ error }

func (v verdict) Error() string {
	if daemon.IsSyntax(v.error) {
		return "Syntax check failed with: " + v.error.Error()
	}
	return "Error encountered: " + v.error.Error()
}

// keaUsage is what Kea's server says to whoever calls it wrongly.
const keaUsage = `Kea DHCPv4 server, version ` + daemon.Version + ` (keasrv)

Usage: kea-dhcp4 -[v|V|W|X] [-d] [-{c|t|T} cfgfile] [-p number] [-P number]
  -v: print version number and exit
  -V: print extended version and exit
  -W: display the configuration report and exit
  -d: debug mode with extra verbosity (former -v)
  -c file: specify configuration file
  -t file: check the configuration file syntax and exit
  -T file: check the configuration file doing hooks load and extra checks and exit
  -p number: specify non-standard server port number 1-65535 (useful for testing only)
  -P number: specify non-standard client port number 1-65535 (useful for testing only)
  -X: disables security restrictions
`

// collectGarbage lets the heap grow by a quarter between collections, unless the
// environment says otherwise: nearly all of it are leases, in which the collector
// finds no pointers and has little to do.
func collectGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
}
