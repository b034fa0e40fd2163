package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/leases"
)

type verifyFlags struct {
	convertFlags
	against string
	leases  []string
	at      string
	clients string
	server  string
	page    string
	json    string
	all     bool
	most    int
	seed    uint64
	shrink  bool
	live    bool
	dhcpd   string
	keas    []string
}

func newVerify(t terminal) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [flags] FILE",
		Short: "Prove that Kea gives the same clients the same answers",
		Long: `Convert a dhcpd.conf, derive clients from it, and compare what they get from dhcpd with what they get from Kea, option by option. Nothing is sent and nothing runs: for dhcpd a model of it answers, for Kea keasrv, both in this process. The servers themselves need not be there, nor root.

The clients are made for each subnet, host, subclass, class and condition of the file, on both sides of every condition, with other wishes, renewing, coming back, on a wrong network. Each of them is then

  equal       the same answers, field by field
  allowed     they differ in what the rule book (docs/equivalence.md) leaves open
  explained   they differ where a finding of the translation names the field and the client
  DIFFERENT   nothing explains it

With --leases both servers begin with the leases of dhcpd's lease file, as dhcpd reads it and as "keamigrate leases import" does, and there are clients of these leases, too: renewing, coming back, moved, and others who want the same addresses.

With --against a configuration that somebody else has written or changed is compared in place of the translation. A finding explains its differences only where it answers as the translation does.

With --live the real servers are asked on the wire, in network namespaces of their own: dhcpd with the original, and every Kea that is found (or those of --kea) with the translation for its version. This needs root, and the servers; the command says which are missing and what package has them. The file is adapted to a machine with one interface first. Leases, DNS updates and the network of this machine are not touched.

DHCPv6 is not in keasrv yet: without --live nothing is verified for dhcpd6.conf (exit status 2).

Exit status: 0 nothing is left unexplained, 1 something is, 2 nothing was verified.`,
		Example: `  keamigrate verify /etc/dhcp/dhcpd.conf
  keamigrate verify -o verify.html /etc/dhcp/dhcpd.conf
  keamigrate verify --leases /var/lib/dhcp/dhcpd.leases /etc/dhcp/dhcpd.conf
  keamigrate verify --against /etc/kea/kea-dhcp4.conf /etc/dhcp/dhcpd.conf
  keamigrate verify --live /etc/dhcp/dhcpd6.conf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.live {
				return f.runLive(cmd, t, args[0])
			}
			job, err := f.prepare(cmd, t, args[0])
			if err != nil {
				return err
			}
			// What the conversion leaves behind is no longer wanted, and clients make
			// much that is short-lived.
			debug.SetGCPercent(verifyGarbage)
			r, err := verify.Run(cmd.Context(), job)
			if err != nil {
				return err
			}
			if f.shrink {
				const cases, tries = 5, 2000
				options := f.options
				options.Now = job.Now
				if err := r.ShrinkConfigs(cmd.Context(), job, options, cases, tries); err != nil {
					return err
				}
			}
			return f.show(t, []*verify.Result{r})
		},
	}
	f.protocolFlags.add(cmd)
	addTarget(cmd, &f.options.Target)
	flags := cmd.Flags()
	flags.StringVar(&f.against, "against", "", "`FILE` of kea-dhcp4 to compare with, in place of the translation")
	flags.StringSliceVar(&f.leases, "leases", nil, "lease `FILE` of dhcpd; both servers begin with what is in it (repeat for both files of a failover pair)")
	flags.StringVar(&f.at, "at", "", "`TIME` at which the servers begin, such as 2026-01-31T12:00:00Z, for an old lease file; now, without it")
	flags.StringVar(&f.clients, "clients", "", "`FILE` with clients, one on each line, in place of the derived ones (docs/clients.md)")
	flags.IntVar(&f.most, "most", 0, "how many clients are derived at most (default 4000)")
	flags.Uint64Var(&f.seed, "seed", 1, "another number gives other clients where there are too many")
	flags.StringVar(&f.server, "server", "", "the server's `ADDRESS` on the link of clients without a relay; without it, a free one of the first subnet")
	flags.StringVarP(&f.page, "output", "o", "", "write a page for a browser to this `FILE`")
	flags.StringVar(&f.json, "json", "", "write everything to this `FILE`; - is standard output")
	flags.BoolVar(&f.all, "all", false, "print the explained differences too")
	flags.StringVar(&f.root, "root", "", "`DIR` to put before absolute paths of include statements")
	flags.StringVar(&f.resolve, "resolve", "system", "who knows the addresses of host names: system, off, or a file like /etc/hosts")
	flags.BoolVar(&f.options.Premium, "premium", false, "use hook libraries that are not among the open ones of the target version")
	flags.BoolVar(&f.shrink, "shrink", false, "find for each kind of difference the smallest configuration that shows it; with --against, of Kea too")
	flags.BoolVar(&f.live, "live", false, "ask the real servers, in network namespaces (needs root)")
	flags.StringVar(&f.dhcpd, "dhcpd", "", "`PATH` of dhcpd, for --live")
	flags.StringSliceVar(&f.keas, "kea", nil, "`PATH` of kea-dhcp4 or kea-dhcp6, for --live (repeat for several versions)")
	cmd.MarkFlagDirname("root")
	for _, other := range []string{"against", "clients", "server", "target", "leases", "at"} {
		cmd.MarkFlagsMutuallyExclusive("live", other)
	}
	return cmd
}

// verifyGarbage is how much garbage there may be while clients are asked, in percent of
// what is in use.
const verifyGarbage = 60

// runLive asks the real servers.
func (f *verifyFlags) runLive(cmd *cobra.Command, t terminal, name string) error {
	shown, text, err := conversion.ReadInput(name, t.in)
	if err != nil {
		return err
	}
	file, _ := dhcpdconf.Parse(shown, text, dhcpdconf.Options{Protocol: f.protocol(), Root: f.root})
	dhcpd, keas, missing, err := verify.FindServers(file.Protocol == dhcpdconf.DHCP6, f.dhcpd, f.keas)
	if err != nil {
		return err
	}
	for _, m := range missing {
		fmt.Fprintf(t.err, "keamigrate: %s\n", m)
	}
	list, err := verify.Live(cmd.Context(), verify.LiveJob{File: file, Dhcpd: dhcpd, Keas: keas, Most: f.most, Seed: f.seed, Now: time.Now()})
	if err != nil {
		return err
	}
	return f.show(t, list)
}

// prepare converts the file and reads what the flags name.
func (f *verifyFlags) prepare(cmd *cobra.Command, t terminal, name string) (verify.Job, error) {
	none := verify.Job{}
	shown, text, err := conversion.ReadInput(name, t.in)
	if err != nil {
		return none, err
	}
	collectGarbage(len(text))
	j := &conversion.Job{Name: shown, Text: text, Options: f.options, Parse: dhcpdconf.Options{Protocol: f.protocol(), Root: f.root}}
	j.Options.Now = time.Now()
	if f.at != "" {
		if j.Options.Now, err = time.Parse(time.RFC3339, f.at); err != nil {
			return none, fmt.Errorf("--at: %q is no time like 2026-01-31T12:00:00Z", f.at)
		}
	}
	if len(f.leases) > 0 {
		// Hosts that OMAPI has made, and what else dhcpd keeps only there.
		if j.Parse.Leases, err = leases.Declarations(cmd.Context(), f.leases[0]); err != nil {
			return none, err
		}
	}
	if j.Lookup, err = f.lookup(); err != nil {
		return none, err
	}
	outcome, err := j.Run(cmd.Context())
	if err != nil {
		return none, t.explain(err)
	}
	if outcome.DHCP4 == nil {
		return none, errors.New("this is a file for DHCPv6, which keasrv does not serve yet, so nothing was verified: keamigrate verify --live asks the real dhcpd -6 and kea-dhcp6")
	}
	job, err := verify.Prepare(outcome, j.Options)
	if err != nil {
		return none, err
	}
	job.Most, job.Seed = f.most, f.seed
	if len(f.leases) > 0 {
		if job.Leases, err = leases.Read(cmd.Context(), j.Options.Now, f.leases...); err != nil {
			return none, err
		}
	}
	if f.server != "" {
		if job.Address, err = netip.ParseAddr(f.server); err != nil || !job.Address.Is4() {
			return none, fmt.Errorf("--server: %q is no IPv4 address", f.server)
		}
	}
	if f.clients != "" {
		_, text, err := conversion.ReadInput(f.clients, t.in)
		if err != nil {
			return none, err
		}
		if job.Clients, err = client.ParseList(string(text)); err != nil {
			return none, fmt.Errorf("%s: %w", f.clients, err)
		}
	}
	if f.against != "" {
		shown, text, err := conversion.ReadInput(f.against, t.in)
		if err != nil {
			return none, err
		}
		if err := job.ReadKea(shown, text); err != nil {
			return none, err
		}
	}
	return job, nil
}

// show writes the results to where they are wanted.
func (f *verifyFlags) show(t terminal, list []*verify.Result) error {
	different := 0
	for i, r := range list {
		different += r.Counts.Different
		if f.page != "" {
			var page bytes.Buffer
			if err := r.HTML(&page); err != nil {
				return err
			}
			if err := writeOutput(t.out, numbered(f.page, i), page.Bytes()); err != nil {
				return err
			}
		}
		if f.json == "-" {
			continue
		}
		if i > 0 {
			fmt.Fprintln(t.out)
		}
		if err := r.Text(t.out, f.all); err != nil {
			return err
		}
	}
	if f.json != "" {
		var all any = list
		if !f.live {
			all = list[0]
		}
		text, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		if err := writeOutput(t.out, f.json, append(text, '\n')); err != nil {
			return err
		}
	}
	switch {
	case len(list) == 0:
		return statusNothing
	case different > 0:
		return statusFindings
	}
	return nil
}

// numbered is the name of a file for the n-th result: verify.html, verify-2.html ...
func numbered(name string, n int) string {
	if n == 0 || name == "-" {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n+1, ext)
}

func writeOutput(out io.Writer, name string, text []byte) error {
	if name == "-" {
		_, err := out.Write(text)
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
