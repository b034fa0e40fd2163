package main

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/leasesconv"
)

type leasesShowFlags struct {
	protocolFlags
	config              string
	mac, ip, state      string
	filter              leasesconv.Filter
	asJSON, asCSV, pool bool
}

func newLeasesShow(t terminal) *cobra.Command {
	var f leasesShowFlags
	cmd := &cobra.Command{
		Use:   "show [flags] FILE|DATABASE",
		Short: "List leases of Kea or of dhcpd",
		Long: `List the leases in a lease file: of Kea, with what clean-ups have left beside it, or of dhcpd; or in a database of Kea (postgres://..., mysql://...). Servers may be running meanwhile.

With --pools and the configuration of Kea it shows how full each pool is instead.

Exit status: 0 shown, 2 the file cannot be read.`,
		Example: "  keamigrate leases show /var/lib/kea/kea-leases4.csv --hostname printer\n" +
			"  keamigrate leases show /var/lib/kea/kea-leases4.csv --pools --config /etc/kea/kea-dhcp4.conf\n" +
			"  keamigrate leases show -4 postgres://kea@localhost/kea --state declined",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), t, args[0]) },
	}
	f.addAs(cmd, "of a database: leases of")
	flags := cmd.Flags()
	flags.StringVar(&f.mac, "mac", "", "only those of a hardware address")
	flags.StringVar(&f.ip, "ip", "", "only that of an address, or those of a prefix")
	flags.StringVar(&f.filter.Hostname, "hostname", "", "only those with this in their name")
	flags.StringVar(&f.state, "state", "", "only those in a state: assigned, declined, expired-reclaimed, released, registered (or by dhcpd's names, such as active), or ended")
	flags.Uint32Var(&f.filter.SubnetID, "subnet", 0, "only those of the subnet with an id")
	flags.BoolVar(&f.asJSON, "json", false, "write JSON")
	flags.BoolVar(&f.asCSV, "csv", false, "write comma-separated values")
	flags.BoolVar(&f.pool, "pools", false, "show how full the pools are; needs --config")
	flags.StringVar(&f.config, "config", "", "configuration of Kea, for the subnets of leases in a file of dhcpd and for --pools")
	cmd.MarkFlagsMutuallyExclusive("json", "csv", "pools")
	return cmd
}

func (f *leasesShowFlags) run(ctx context.Context, t terminal, name string) error {
	if err := f.parse(); err != nil {
		return err
	}
	place, err := leasesconv.ParsePlace(name)
	if err != nil {
		return err
	}
	place.Protocol = f.protocol()
	var networks *leasesconv.Networks
	if f.config != "" {
		if networks, err = leasesconv.ReadNetworks(f.config); err != nil {
			return err
		}
	} else if f.pool {
		return fmt.Errorf("--pools needs the configuration of Kea: add --config FILE")
	}
	now := time.Now()
	leases, err := leasesconv.OpenLeases(ctx, place, networks, now, func(err error) { fmt.Fprintf(t.err, "keamigrate: left out: %v\n", err) })
	if err != nil {
		return err
	}
	if f.pool {
		return showPools(t, leases, networks, now)
	}
	write := leasesconv.WriteTable
	if f.asJSON {
		write = leasesconv.WriteJSON
	}
	if f.asCSV {
		write = leasesconv.WriteCSV
	}
	var list iter.Seq2[leasesconv.Shown, error]
	if leases.V6 {
		list = leasesconv.Show6(leases.All6, f.filter, now)
	} else {
		list = leasesconv.Show4(leases.All4, f.filter, now)
	}
	n, err := write(t.out, list)
	if err == nil && !f.asJSON && !f.asCSV {
		_, err = fmt.Fprintf(t.out, "%d leases\n", n)
	}
	return err
}

// parse reads the filters.
func (f *leasesShowFlags) parse() (err error) {
	if f.mac != "" {
		if f.filter.HWAddr, err = leasesconv.ParseHWAddr(f.mac); err != nil {
			return fmt.Errorf("--mac: %w", err)
		}
	}
	if f.ip != "" {
		if f.filter.Address, err = parsePrefix(f.ip); err != nil {
			return fmt.Errorf("--ip: %w", err)
		}
	}
	if f.state == "ended" {
		f.filter.Ended = true
	} else if f.state != "" {
		state, err := leasesconv.ParseState(f.state)
		if err != nil {
			return fmt.Errorf("--state: %w", err)
		}
		f.filter.State = &state
	}
	return nil
}

// parsePrefix reads an address or a prefix.
func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("%q is neither an address nor a prefix", text)
	}
	return p.Masked(), nil
}

func showPools(t terminal, leases *leasesconv.Leases, networks *leasesconv.Networks, now time.Time) error {
	use := leasesconv.NewUtilisation(networks)
	if leases.V6 {
		for l, err := range leases.All6 {
			if err != nil {
				return err
			}
			use.Count6(&l, now)
		}
	} else {
		for l, err := range leases.All4 {
			if err != nil {
				return err
			}
			use.Count4(&l, now)
		}
	}
	return use.Write(t.out)
}
