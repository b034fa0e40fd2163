package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

type leasesImportFlags struct {
	job   leasesconv.Job
	to    string
	notes string
	since string
	hosts string
}

func newLeasesImport(t terminal) *cobra.Command {
	var f leasesImportFlags
	cmd := &cobra.Command{
		Use:   "import [flags] [FILE [PARTNER'S FILE]]",
		Short: "Import lease files of dhcpd",
		Long: `Import a lease file of dhcpd, for DHCPv4 or DHCPv6, into the place where Kea keeps its leases. The configuration of Kea says which subnet a lease belongs to; it has to be the one that Kea is going to run, since leases name their subnet by its id.

Of the files of both servers of a failover pair the entry counts whose client was heard last.

Nothing is left out because it is old. A client whose lease has ended gets its old address back for as long as Kea remembers it (hold-reclaimed-time in the configuration); what ended before that Kea forgets soon after it starts, and --hold leaves out here.

Nothing is written halfway: until the end the place is as it was. Leases of other addresses that are already there stay; if there is a newer one of the same address, Kea has been at work already, and nothing is written without --replace.

A database is named postgres://USER@HOST/NAME or mysql://USER@HOST/NAME, with ?host=FOLDER or ?socket=FILE for a local socket. Its password is better left out of the command line: PostgreSQL's comes from PGPASSWORD or the file that PGPASSFILE names, MySQL's and MariaDB's from MYSQL_PWD, and either's from a file with ?password-file=FILE. Its tables have to be those of the --target version (kea-admin db-init, or keamigrate db init).

With --hosts-to the reservations of the configuration are put into the hosts tables of a database (hosts-database in Kea's configuration), which Kea asks beside its configuration: take them out of the file then. Other hosts in the database stay. This needs no lease file.

Exit status: 0 imported, 1 imported but for some leases that somebody has (each is named), 2 nothing was written.`,
		Example: `  keamigrate leases import /var/lib/dhcp/dhcpd.leases --config kea/kea-dhcp4.conf --to /var/lib/kea/kea-leases4.csv
  keamigrate leases import /var/lib/dhcp/dhcpd.leases --config kea/kea-dhcp4.conf --to 'postgres://kea@localhost/kea'
  keamigrate leases import a/dhcpd.leases b/dhcpd.leases --config kea/kea-dhcp4.conf --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.hosts != "" && len(args) == 0 {
				return nil
			}
			return cobra.RangeArgs(1, 2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.job.Files = args
			return f.run(cmd.Context(), t)
		},
	}
	addTarget(cmd, &f.job.Target)
	flags := cmd.Flags()
	flags.StringVar(&f.job.Config, "config", "", "configuration of kea-dhcp4 or kea-dhcp6 that the leases are for")
	flags.StringVar(&f.to, "to", "", "Kea's lease file, such as /var/lib/kea/kea-leases4.csv, or its database: postgres://... or mysql://...")
	flags.BoolVar(&f.job.Dry, "dry-run", false, "only say what would be imported")
	flags.BoolVar(&f.job.Replace, "replace", false, "take away what is there already, newer leases too")
	flags.StringVar(&f.since, "since", "", "leave out leases that ended before this date (2026-01-31, or with time as in RFC 3339)")
	addHold(cmd, &f.job.Hold)
	flags.StringVar(&f.notes, "report", "", "file for a line about each lease that is skipped")
	cmd.MarkFlagRequired("config")
	flags.StringVar(&f.hosts, "hosts-to", "", "database for the reservations of the configuration: postgres://... or mysql://...")
	cmd.MarkFlagsOneRequired("to", "dry-run", "hosts-to")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "hosts-to")
	return cmd
}

// leasesGarbage is how much garbage there may be, in percent of what is in use.
const leasesGarbage = 25

// shownNotes is how many single leases the summary names.
const shownNotes = 10

func (f *leasesImportFlags) run(ctx context.Context, t terminal) error {
	if len(f.job.Files) > 0 && f.to == "" && !f.job.Dry {
		return errors.New("--to: name the place for the leases")
	}
	if f.hosts != "" {
		if err := f.importHosts(ctx, t); err != nil || len(f.job.Files) == 0 {
			return err
		}
	}
	var err error
	if f.to != "" {
		if f.job.To, err = leasesconv.ParsePlace(f.to); err != nil {
			return fmt.Errorf("--to: %w", err)
		}
	}
	if f.job.Since, err = parseDate(f.since); err != nil {
		return fmt.Errorf("--since: %w", err)
	}
	// Leases stay where they are until the end, and what is dropped is little: the
	// collector has not much to do, and may come early to save memory.
	debug.SetGCPercent(leasesGarbage)
	f.job.Now = time.Now()
	bar := newProgress(t.err, "reading")
	f.job.Progress = bar.update
	out, err := f.job.Run(ctx)
	bar.finish()
	if err != nil {
		return explainImport(err)
	}
	if err := f.show(t, out); err != nil {
		return err
	}
	if len(out.Notes) > 0 {
		return statusFindings
	}
	return nil
}

// importHosts puts the reservations into a database.
func (f *leasesImportFlags) importHosts(ctx context.Context, t terminal) error {
	place, err := leasesconv.ParsePlace(f.hosts)
	if err != nil {
		return fmt.Errorf("--hosts-to: %w", err)
	}
	job := leasesconv.HostsJob{Config: f.job.Config, To: place, Target: f.job.Target, Replace: f.job.Replace}
	o, err := job.Run(ctx)
	if errors.Is(err, keadb.ErrOtherHosts) {
		return fmt.Errorf("%w\nNothing was written. --replace puts those of the configuration in their place", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "Hosts in %s: %d new, %d replaced, %d unchanged; %d others are there.\n", place, o.Added, o.Replaced, o.Unchanged, o.Kept)
	return err
}

// show prints the account.
func (f *leasesImportFlags) show(t terminal, out *leasesconv.Outcome) error {
	if err := out.Summary(t.out); err != nil {
		return err
	}
	if err := f.showNotes(t, out); err != nil {
		return err
	}
	text, err := f.job.Next(out)
	fmt.Fprint(t.out, text)
	return err
}

// showNotes names the leases that are skipped although somebody has them.
func (f *leasesImportFlags) showNotes(t terminal, out *leasesconv.Outcome) error {
	if len(out.Notes) == 0 {
		return nil
	}
	fmt.Fprintln(t.out)
	if f.notes == "" {
		return out.WriteNotes(t.out, shownNotes)
	}
	file, err := os.Create(f.notes)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d single entries: see %s\n", len(out.Notes), f.notes)
	return errors.Join(out.WriteNotes(file, 0), file.Close())
}

// explainImport says what to do about an error.
func explainImport(err error) error {
	var newer *store.NewerError
	switch {
	case errors.As(err, &newer):
		return fmt.Errorf("%w\nKea has been at work there already. Nothing was written. --replace takes its leases away; keamigrate leases show lists them", err)
	case errors.Is(err, store.ErrInUse):
		return fmt.Errorf("%w\nNothing was written: stop Kea, import, and start it again", err)
	}
	return explainDisk(err)
}

// explainDisk says what to do when a place for leases cannot be made.
func explainDisk(err error) error {
	var failed *fs.PathError
	switch {
	case !errors.As(err, &failed) || failed.Op != "write" && failed.Op != "open" && failed.Op != "sync":
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w\nThe leases are as they were. The disk has to have room for another lease file beside the old one", err)
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w\nThe leases are as they were. Run it as a user who may read dhcpd's and write to the folder of Kea's, such as root", err)
	}
	return err
}

func parseDate(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%q is no date: write 2026-01-31 or 2026-01-31T12:00:00Z", text)
	}
	return t, nil
}
