package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/leasesconv"
)

func newLeases(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "leases",
		Short: "Take leases from dhcpd to Kea and back",
		Long:  "Take leases from lease files of dhcpd to the lease file or database that Kea uses, so that every client keeps its address.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLeasesImport(t), newLeasesFollow(t), newLeasesExport(t), newLeasesShow(t))
	return cmd
}

// addHold adds the flag --hold, by which nothing is left out if it is not given.
func addHold(cmd *cobra.Command, hold *time.Duration) {
	cmd.Flags().DurationVar(hold, "hold", leasesconv.KeepAll, "leave out leases that ended longer ago than this")
	cmd.Flags().Lookup("hold").DefValue = "0s" // which help does not show
}
