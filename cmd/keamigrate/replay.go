package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/replay"
)

type replayFlags struct {
	convertFlags
	config   string
	original string
	leases   []string
	servers  []string
	json     string
	most     int
}

func newReplay(t terminal) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay [flags] CAPTURE",
		Short: "Rehearse with a capture of real traffic",
		Long: `Read a capture of DHCP traffic on or before the production server, give each message of a client to a configuration of kea-dhcp4, in this process, and compare the answer with what the production server answered in the capture. Nothing is sent.

CAPTURE is a file in the format pcap or pcapng, or - for standard input, also of a tcpdump that still runs: each kind of difference is told when it comes, and an interrupt ends the capture and shows the result. VLAN tags, IP fragments and relayed traffic are understood. DHCPv6 is counted, but not compared, since keasrv does not serve it yet: verify --live asks the real servers.

What the production server gives a client is noted as its lease, so that the client is known when it comes back. What was leased before the capture began comes from --leases: the lease file of dhcpd (both of a failover pair), or one of Kea.

With --original, the dhcpd.conf of the production server, a difference is explained where a finding of its translation names the field and the client, and the configuration answers as the translation does.

Exit status: 0 each difference is allowed by the rule book (docs/equivalence.md) or explained, 1 some are not, 2 nothing was compared.`,
		Example: `  keamigrate replay dhcp.pcap --config kea/kea-dhcp4.conf --leases /var/lib/dhcp/dhcpd.leases
  keamigrate replay dhcp.pcap --config kea/kea-dhcp4.conf --original /etc/dhcp/dhcpd.conf
  tcpdump -i eth0 -U -w - 'udp port 67 or udp port 68 or ip[6:2] & 0x1fff != 0' | keamigrate replay - --config kea/kea-dhcp4.conf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, t, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration of kea-dhcp4")
	flags.StringSliceVar(&f.leases, "leases", nil, "lease `FILE` of dhcpd or Kea with what is leased when the capture begins")
	flags.StringSliceVar(&f.servers, "server", nil, "`ADDRESS` of the production server, where several answer in the capture; all of them if it has several")
	flags.StringVar(&f.json, "json", "", "write everything to this `FILE`; - is standard output")
	flags.IntVar(&f.most, "most", 20, "how many kinds of differences are printed")
	flags.StringVar(&f.original, "original", "", "`FILE` of dhcpd that the production server has: findings of its translation explain differences then")
	flags.StringVar(&f.root, "root", "", "`DIR` to put before absolute paths of include statements of the original")
	flags.StringVar(&f.resolve, "resolve", "system", "who knows the addresses of host names in the original: system, off, or a file like /etc/hosts")
	cmd.MarkFlagRequired("config")
	return cmd
}

// replayGarbage is how much garbage there may be, in percent of what is in use, which is
// little.
const replayGarbage = 400

func (f *replayFlags) run(cmd *cobra.Command, t terminal, name string) error {
	shown, text, err := conversion.ReadInput(f.config, t.in)
	if err != nil {
		return err
	}
	var kea verify.Job
	if err := kea.ReadKea(shown, text); err != nil {
		return err
	}
	job := replay.Job{Name: name, Config: kea.Against, Input: t.in}
	for _, text := range f.servers {
		server, err := netip.ParseAddr(text)
		if err != nil || !server.Is4() {
			return fmt.Errorf("--server: %q is no IPv4 address", text)
		}
		job.Servers = append(job.Servers, server)
	}
	if name == "-" {
		job.Name, job.Live = conversion.StdinName, true
		job.Found = func(d *replay.Difference) {
			fmt.Fprintf(t.err, "frame %d: %s of %s in %s: %s, Kea: %s\n", d.Frame, d.Field, d.Step, d.Subnet, d.Want, d.Got)
		}
	} else {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		job.Input = file
	}
	job.Leases = f.leases
	if f.original != "" {
		o := verifyFlags{convertFlags: f.convertFlags}
		o.options.Target = keaversion.V3_0
		original, err := o.prepare(cmd, t, f.original)
		if err != nil {
			return err
		}
		job.Original = &original
	}
	debug.SetGCPercent(replayGarbage)
	r, err := replay.Run(cmd.Context(), job)
	if r == nil {
		return err
	}
	if f.json != "" {
		text, jsonErr := json.MarshalIndent(r, "", "  ")
		if jsonErr != nil {
			return jsonErr
		}
		if err := writeOutput(t.out, f.json, append(text, '\n')); err != nil {
			return err
		}
	}
	if f.json != "-" {
		out := bufio.NewWriter(t.out)
		if err := errors.Join(r.Text(out, f.most), out.Flush()); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return err
	case r.Compared == 0:
		why := "there is no message of a DHCPv4 client in the capture"
		if r.V6 > 0 {
			why += ", and those of DHCPv6 keasrv does not serve yet (verify --live asks the real servers)"
		}
		fmt.Fprintf(t.err, "keamigrate: %s: nothing was compared\n", why)
		return statusNothing
	case r.OneWay():
		fmt.Fprintln(io.Writer(t.err), "keamigrate: there is no answer of the production server in the capture: nothing was compared")
		return statusNothing
	case r.Counts.Different > 0:
		return statusFindings
	}
	return nil
}
