package main

import (
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

func newDHCP4(t terminal) *cobra.Command {
	d := daemon.DHCP4{Clock: time.Now}
	var test, debug bool
	cmd := &cobra.Command{
		Use:   "dhcp4 -c FILE",
		Short: "Serve DHCPv4",
		Long: `Serve DHCPv4 with a configuration of kea-dhcp4: clients on the link by raw sockets, and relay agents. Leases are kept in Kea's lease file, and an answer leaves when its lease is in the file.

SIGHUP reads the configuration again; a wrong one changes nothing. SIGTERM and SIGINT end the server.

What is not there yet, such as databases and the clean-up of the lease file, is in docs/keasrv.md.`,
		Example: "  keasrv dhcp4 -c /etc/kea/kea-dhcp4.conf",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if test {
				_, err := daemon.ReadConfig4(d.Config)
				if err == nil {
					fmt.Fprintf(t.out, "%s: taken\n", d.Config)
				}
				return err
			}
			least := logging.Info
			if debug {
				least = logging.Debug
			}
			d.Log = logging.New("kea-dhcp4", t.out, least, time.Now)
			reload := make(chan os.Signal, 1)
			signal.Notify(reload, syscall.SIGHUP)
			collectGarbage()
			defer signal.Stop(reload)
			d.Reload = reload
			return d.Run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&d.Config, "config", "c", "", "configuration of kea-dhcp4")
	flags.BoolVarP(&test, "test", "t", false, "only check the configuration")
	flags.BoolVarP(&debug, "debug", "d", false, "log what is for debugging")
	flags.Uint16VarP(&d.Port, "port", "p", 67, "port to listen on, for tests")
	cmd.MarkFlagRequired("config")
	return cmd
}

// collectGarbage lets the heap grow by a quarter between collections, unless the
// environment says otherwise: nearly all of it are leases, in which the collector
// finds no pointers and has little to do.
func collectGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
}
