package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/leasesconv"
)

func newLeasesFollow(t terminal) *cobra.Command {
	f := leasesconv.Follow{Every: 250 * time.Millisecond, Clock: time.Now, Wait: wait}
	var to string
	cmd := &cobra.Command{
		Use:   "follow [flags] FILE",
		Short: "Keep Kea's leases up to date while dhcpd still serves",
		Long: `Import a lease file of dhcpd as "leases import" does, and go on taking over what dhcpd adds, also when it writes the file anew. When dhcpd is stopped the leases are in place at once, so that Kea can start within seconds.

How far it has come is kept beside Kea's lease file (or in --state), so that a run which was ended is resumed by the next one. An interrupt (Ctrl-C) ends it: what dhcpd has written until then is taken over.

Kea must not run meanwhile: it would not see what is added.

Exit status: 0 ended in good order, 2 an error; what has been taken over remains.`,
		Example: "  keamigrate leases follow /var/lib/dhcp/dhcpd.leases --config kea/kea-dhcp4.conf --to /var/lib/kea/kea-leases4.csv\n" +
			"  keamigrate leases follow /var/lib/dhcp/dhcpd.leases --config kea/kea-dhcp4.conf --to /var/lib/kea/kea-leases4.csv --until-idle 30s",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			f.Files = args
			if f.To, err = leasesconv.ParsePlace(to); err != nil {
				return fmt.Errorf("--to: %w", err)
			}
			if f.State == "" && f.To.IsDatabase() {
				return errors.New("--state: name a file that remembers how far it has come; there is none beside a database")
			}
			if f.State == "" {
				f.State = f.To.File + ".follow"
			}
			_, err = os.Stat(f.State)
			following := err == nil
			f.Imported = func(o *leasesconv.Outcome) error {
				following = true
				if err := o.Summary(t.out); err != nil {
					return err
				}
				text, err := f.Next(o)
				fmt.Fprintf(t.out, "%s\nFollowing %s.\n", text, args[0])
				return err
			}
			f.Caught = func(c leasesconv.Caught) { showCaught(t, c) }
			if err = f.Run(cmd.Context()); following && errors.Is(err, syscall.ENOSPC) {
				return fmt.Errorf("%w\nFollowing goes on where it was when it is started again, once there is room on the disk", err)
			}
			return explainImport(err)
		},
	}
	addTarget(cmd, &f.Target)
	flags := cmd.Flags()
	flags.StringVar(&f.Config, "config", "", "configuration of kea-dhcp4 or kea-dhcp6 that the leases are for")
	flags.StringVar(&to, "to", "", "Kea's lease file, such as /var/lib/kea/kea-leases4.csv, or its database: postgres://... or mysql://...")
	flags.StringVar(&f.State, "state", "", "file that remembers how far it has come (default the lease file's name and .follow; needed for a database)")
	flags.DurationVar(&f.Idle, "until-idle", 0, "end when dhcpd has added nothing for so long, such as 30s")
	addHold(cmd, &f.Hold)
	flags.BoolVar(&f.Replace, "replace", false, "at the first run take away what is there already, newer leases too")
	cmd.MarkFlagRequired("config")
	cmd.MarkFlagRequired("to")
	return cmd
}

// wait waits, or ends with the context's error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// showCaught prints a line about what has been taken over.
func showCaught(t terminal, c leasesconv.Caught) {
	fmt.Fprintf(t.out, "%d entries, %d changes, %d leases in all", c.Entries, c.Changes, c.Leases)
	if c.Lag > 0 {
		fmt.Fprintf(t.out, "; the newest %s old", c.Lag.Round(time.Second))
	}
	if c.Anew {
		fmt.Fprint(t.out, "; dhcpd has written its file anew")
	}
	fmt.Fprintln(t.out)
	for _, n := range c.Notes {
		fmt.Fprintln(t.out, n)
	}
}
