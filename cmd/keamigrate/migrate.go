package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/cutover"
)

func newMigrate(t terminal) *cobra.Command {
	var f convertFlags
	var leases4, leases6 []string
	j := cutover.Job{}
	cmd := &cobra.Command{
		Use:   "migrate [flags] DIR|FILE -o OUT",
		Short: "Prepare a whole migration: convert, import leases, verify, runbook",
		Long: `Go the whole way in one command: find the dhcpd.conf and dhcpd6.conf of a directory, convert them, import the leases, verify the result, and write a directory with everything:

  dhcp4/, dhcp6/   the files that "keamigrate convert" writes, Kea's lease file, what became
                   of each lease (leases.txt), and what was proved (verify.html, .txt, .json)
  RUNBOOK.md       the steps of the change and of going back, with the exact commands
  SHA256SUMS       the checksums of all files

Nothing of the running servers is touched. The output directory must not be there yet, or be empty; it appears when it is complete.

Lease files are those beside the configuration, or in the usual place when it is in /etc; --leases4 and --leases6 name others, both files of a failover pair. What dhcpd keeps only there, such as hosts that OMAPI has made, is converted with the configuration. With --peer the failover partner's dhcpd.conf is converted, too.

DHCPv6 is not verified, since keasrv does not serve it yet; the runbook says so.

Exit status: 0 no finding of severity S2 or worse and no client different, 1 there is one, 2 nothing was written.`,
		Example: "  keamigrate migrate /etc/dhcp -o kea-migration\n  keamigrate migrate --layout rhel --target 2.6 /etc/dhcp -o kea-migration",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			f.options.Now = time.Now()
			if f.options.Layout, err = translator.ParseLayout(f.layout); err != nil {
				return err
			}
			j.Options, j.Out, j.Peer, j.Root, j.System = f.options, f.out, f.peer, f.root, cutover.System{Name: f.layout}
			if j.Lookup, err = f.lookup(); err != nil {
				return err
			}
			if j.Sources, err = cutover.Find(cmd.Context(), args[0], f.root); err != nil {
				return err
			}
			j.Leases4, j.Leases6 = leases4, leases6
			for _, s := range j.Sources {
				list := &j.Leases4
				if s.V6 {
					list = &j.Leases6
				}
				if len(*list) == 0 {
					if name := cutover.FindLeases(s, f.root); name != "" {
						*list = []string{name}
					}
				}
			}
			r, err := cutover.Run(cmd.Context(), j)
			if err != nil {
				return t.explain(err)
			}
			return showMigration(t, r, f.out)
		},
	}
	addTarget(cmd, &f.options.Target)
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "kea-migration", "directory to be made")
	flags.StringVar(&f.root, "root", "", "directory to put before absolute paths of include statements, and of lease files")
	flags.StringVar(&f.peer, "peer", "", "dhcpd.conf of the failover partner")
	flags.StringSliceVar(&leases4, "leases4", nil, "lease `FILE` of dhcpd; repeat for both servers of a failover pair")
	flags.StringSliceVar(&leases6, "leases6", nil, "lease `FILE` of dhcpd -6")
	flags.StringVar(&f.layout, "layout", "", "the target system: debian (the default for names of services), rhel, or Kea's prefix")
	flags.StringVar(&f.resolve, "resolve", "system", "who knows the addresses of host names: system, off, or a file like /etc/hosts")
	flags.StringSliceVar(&f.options.Interfaces, "interface", nil, "interface to listen on (repeat, or separate by commas)")
	flags.BoolVar(&f.options.Premium, "premium", false, "use hook libraries that are not among the open ones of the target version")
	cmd.MarkFlagDirname("root")
	cmd.MarkFlagDirname("output")
	return cmd
}

// showMigration says in short what was prepared.
func showMigration(t terminal, r *cutover.Result, out string) error {
	var b strings.Builder
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%s: %d statements", p.Source.Name, p.Outcome.Report.Statements)
		if p.Import != nil {
			fmt.Fprintf(&b, ", %d entries of leases", p.Import.Entries)
		}
		if p.Proof != nil {
			c := p.Proof.Counts
			fmt.Fprintf(&b, "; %d clients: %d equal, %d allowed, %d explained, %d DIFFERENT\n", p.Proof.Clients, c.Equal, c.Allowed, c.Explained, c.Different)
		} else {
			fmt.Fprintf(&b, "; not verified: %s\n", p.Unknown)
		}
		if p.Outcome.Report.Worst() >= translator.S2 {
			fmt.Fprintf(&b, "  findings that need a decision: %s, see %s\n", p.Severities(), filepath.Join(out, p.Folder, "report.txt"))
		}
	}
	fmt.Fprintf(&b, "\n%d files in %s; begin with %s\n", len(r.Files), out, filepath.Join(out, "RUNBOOK.md"))
	if _, err := t.out.Write([]byte(b.String())); err != nil {
		return err
	}
	if r.Worst() >= translator.S2 || r.Different() > 0 {
		return statusFindings
	}
	return nil
}
