package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

func newDB(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Make Kea's tables in a database",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDBInit(t))
	return cmd
}

func newDBInit(t terminal) *cobra.Command {
	var target keaversion.Version
	cmd := &cobra.Command{
		Use:   "init [--target VERSION] DATABASE",
		Short: "Make the tables that Kea needs for leases, hosts and configuration",
		Long: `Make the tables that a version of Kea needs for leases, hosts and the configuration backend in an empty database of PostgreSQL, MySQL or MariaDB: for machines that have no kea-admin of that version. The database itself has to be there.

They are those that kea-admin db-init makes, but for the functions behind kea-admin lease-dump and lease-upload. kea-admin db-upgrade may need them: where the database is to live through upgrades of Kea, use kea-admin db-init.

Exit status: 0 made, 2 an error.`,
		Example: "  keamigrate db init postgres://kea@localhost/kea\n" +
			"  keamigrate db init --target 2.6 'mysql://kea@/kea?socket=/run/mysqld/mysqld.sock'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := leasesconv.ParsePlace(args[0])
			if err != nil {
				return err
			}
			if err := place.Init(cmd.Context(), target); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s has the tables of Kea %s\n", place, target)
			return err
		},
	}
	addTarget(cmd, &target)
	return cmd
}
