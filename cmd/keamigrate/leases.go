package main

import "github.com/spf13/cobra"

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
