package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/leasesconv"
)

func newLeasesExport(t terminal) *cobra.Command {
	job := leasesconv.ExportJob{Problem: func(err error) { fmt.Fprintf(t.err, "keamigrate: left out: %v\n", err) }}
	var p protocolFlags
	cmd := &cobra.Command{
		Use:   "export [flags] FILE|DATABASE",
		Short: "Write Kea's leases as a lease file of dhcpd: the way back",
		Long: `Write the leases of Kea's lease file, with what clean-ups have left beside it, or of its database, as a lease file of dhcpd, so that dhcpd can take over again and every client keeps its address.

For DHCPv6 the server's DUID comes from the file that kea-dhcp6 keeps beside its leases (kea-dhcp6-serverid), or from --server-id: clients know the server by it. For a database --server-id has to name it.

Exit status: 0 written, 2 nothing was written.`,
		Example: "  keamigrate leases export /var/lib/kea/kea-leases4.csv --to /var/lib/dhcp/dhcpd.leases",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if job.From, err = leasesconv.ParsePlace(args[0]); err != nil {
				return err
			}
			job.From.Protocol = p.protocol()
			out, err := job.Run(cmd.Context())
			if err != nil {
				return explainImport(err)
			}
			return out.Summary(t.out, job.To)
		},
	}
	p.addAs(cmd, "of a database: leases of")
	flags := cmd.Flags()
	flags.StringVar(&job.To, "to", "", "lease file of dhcpd to write, such as /var/lib/dhcp/dhcpd.leases")
	flags.BoolVar(&job.Force, "force", false, "replace a lease file that is there")
	flags.StringVar(&job.ServerID, "server-id", "", "file with the DUID of kea-dhcp6 (default kea-dhcp6-serverid beside the leases)")
	cmd.MarkFlagRequired("to")
	return cmd
}
