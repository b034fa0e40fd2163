package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/defaults"
	"github.com/keamigrate/keamigrate/translator/outdir"
	"github.com/keamigrate/keamigrate/translator/report"
	"github.com/keamigrate/keamigrate/translator/resolve"
)

// convertFlags are the flags of convert as they were given.
type convertFlags struct {
	protocolFlags
	options    translator.Options
	out        string
	stdout     bool
	force      bool
	full       bool
	root       string
	peer       string
	haMode     haModeFlag
	defaults   string
	layout     string
	hooksDir   string
	scriptsDir string
	resolve    string
	subnetIDs  string
	leases     string
	peerLeases string
	resolved   string
	strict     bool
	validate   bool
	failOn     severityFlag

	askAgain bool // --resolve was given
}

func newConvert(t terminal) *cobra.Command {
	f := convertFlags{failOn: severityFlag(translator.S2)}
	cmd := &cobra.Command{
		Use:   "convert [flags] FILE",
		Short: "Convert a dhcpd.conf to Kea",
		Long: `Convert a dhcpd.conf, with all that it includes, to complete configuration files for Kea, and report what became of every statement. FILE - is standard input.

Files written:
  kea-dhcp4.conf or kea-dhcp6.conf  the configuration
  kea-dhcp-ddns.conf                that of the DNS updater, if there is need of it
  keamigrate-events4.sh, -events6.sh  a script for Kea's hook run_script, if there are "on" blocks
  report.html                       source, findings and result side by side, for a browser
  report.txt, report.json           what became of every statement
  report.sarif                      the findings, for systems of continuous integration
  subnet-ids.json                   the ids of the subnets; the next run keeps them
  resolved.json                     the addresses of host names; the next run uses them again

With --leases the declarations that dhcpd keeps in its lease file count too, as if they stood at the end of FILE, where dhcpd reads them: what OMAPI has made or deleted, reserved leases, and the DUID of a DHCPv6 server. The leases themselves are for "keamigrate leases import".

With --peer both servers of a failover pair are converted: the output directory gets the directories primary and secondary, and beside them the last two files, which both servers share. Without it a file with failover gives both directories too, the partner's derived from the one file; the files beside them are for a server that runs alone (or, with --ha-mode, for this server of the pair).

Nothing is written halfway. A directory that is not empty is only touched with --force; files of other names in it are kept.

Exit status: 0 no finding of severity S2 or worse (--fail-on moves the line), 1 at least one, 2 nothing was written.`,
		Example: `  keamigrate convert /etc/dhcp/dhcpd.conf
  keamigrate convert -6 --target 2.6 -o kea6 /etc/dhcp/dhcpd6.conf
  keamigrate convert --defaults /etc/default/isc-dhcp-server --layout debian /etc/dhcp/dhcpd.conf
  keamigrate convert -o kea a/dhcpd.conf --peer b/dhcpd.conf
  ssh old cat /etc/dhcp/dhcpd.conf | keamigrate convert --stdout - >kea-dhcp4.conf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.askAgain = cmd.Flags().Changed("resolve")
			return f.run(cmd.Context(), t, args[0])
		},
	}
	f.protocolFlags.add(cmd)
	addTarget(cmd, &f.options.Target)
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "kea", "directory for the files")
	flags.BoolVar(&f.stdout, "stdout", false, "print the configuration and write no files")
	flags.BoolVar(&f.force, "force", false, "replace files in a directory that is not empty")
	flags.BoolVar(&f.full, "full", false, "list every statement in report.json")
	flags.StringVar(&f.root, "root", "", "directory to put before absolute paths of include statements")
	flags.StringSliceVar(&f.options.Interfaces, "interface", nil, "interface to listen on (repeat, or separate by commas)")
	flags.StringVar(&f.peer, "peer", "", "dhcpd.conf of the failover partner: convert both, each into a directory of its own")
	flags.Var(&f.haMode, "ha-mode", "load high availability for failover: load-balancing, hot-standby, or auto (by split and hba)")
	flags.StringVar(&f.defaults, "defaults", "", "file with the command line of dhcpd, such as /etc/default/isc-dhcp-server")
	flags.StringVar(&f.layout, "layout", "", "where the target system keeps Kea's files: debian, rhel, or Kea's prefix (default the target version's own)")
	flags.StringVar(&f.hooksDir, "hooks-dir", "", "directory of the hook libraries on the target system")
	flags.StringVar(&f.scriptsDir, "scripts-dir", "", "directory of scripts on the target system")
	flags.StringVar(&f.resolve, "resolve", "system", "who knows the addresses of host names: system, off, or a file like /etc/hosts; given, names are looked up again")
	flags.StringVar(&f.resolved, "resolved", "", "answers of an earlier run (default resolved.json in the output directory)")
	flags.StringVar(&f.leases, "leases", "", "lease file of dhcpd: hosts, groups, classes and reserved leases that OMAPI has made, and the server's DUID")
	flags.StringVar(&f.peerLeases, "peer-leases", "", "lease file of the failover partner, if --leases is not for both")
	flags.StringVar(&f.subnetIDs, "subnet-ids", "", "subnet ids of an earlier run (default subnet-ids.json in the output directory)")
	flags.BoolVar(&f.options.Renumber, "renumber", false, "forget the subnet ids of earlier runs")
	flags.BoolVar(&f.strict, "strict", false, "an include that cannot be read is an error")
	flags.BoolVar(&f.validate, "validate", true, "check the result against the schema of the target version")
	flags.Var(&f.failOn, "fail-on", "least severity for exit status 1: S1, S2, S3, S4")
	flags.DurationVar(&f.options.Hold, "hold", 0, "for how long Kea remembers whose an ended lease was, such as 720h (default a year, for DHCPv6 an hour)")
	flags.BoolVar(&f.options.Premium, "premium", false, "use hook libraries that are not among the open ones of the target version")
	cmd.MarkFlagsMutuallyExclusive("stdout", "force")
	cmd.MarkFlagsMutuallyExclusive("stdout", "peer")
	cmd.MarkFlagDirname("root")
	cmd.MarkFlagDirname("output")
	cmd.RegisterFlagCompletionFunc("layout", cobra.FixedCompletions([]string{"debian", "rhel"}, cobra.ShellCompDirectiveDefault))
	cmd.RegisterFlagCompletionFunc("ha-mode", cobra.FixedCompletions([]string{string(translator.HAByFile), string(translator.HALoadBalancing), string(translator.HAHotStandby)}, cobra.ShellCompDirectiveDefault))
	cmd.RegisterFlagCompletionFunc("resolve", cobra.FixedCompletions([]string{"system", "off"}, cobra.ShellCompDirectiveDefault))
	cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"S1", "S2", "S3", "S4"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *convertFlags) run(ctx context.Context, t terminal, name string) error {
	if !f.stdout {
		if err := outdir.Check(f.out, f.force); err != nil {
			return withForceHint(err)
		}
	}
	job, err := f.job(ctx, t, name, f.leases)
	if err != nil {
		return err
	}
	if f.peerLeases != "" && f.peer == "" {
		return errors.New("--peer-leases is the lease file of the server whose dhcpd.conf --peer names: name that, too")
	}
	if f.peer != "" {
		return f.runPair(ctx, t, job)
	}
	outcome, err := job.Run(ctx)
	if err != nil {
		return t.explain(err)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted, nothing was written")
	}
	if err := f.write(t, outcome); err != nil {
		return err
	}
	if outcome.Report.Worst() >= translator.Severity(f.failOn) {
		return statusFindings
	}
	return nil
}

// runPair converts the files of both servers of a failover pair.
func (f *convertFlags) runPair(ctx context.Context, t terminal, job *conversion.Job) error {
	peer, err := f.job(ctx, t, f.peer, cmp.Or(f.peerLeases, f.leases))
	if err != nil {
		return err
	}
	pair, err := conversion.RunPair(ctx, job, peer)
	if err != nil {
		return t.explain(err)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted, nothing was written")
	}
	if err := pair.Write(f.out, f.force, f.validate); err != nil {
		return withForceHint(err)
	}
	for i, o := range pair.Servers {
		fmt.Fprintf(t.out, "%s:\n", pair.Names[i])
		if err := f.summary(t, o, filepath.Join(f.out, pair.Names[i])); err != nil {
			return err
		}
	}
	if pair.Worst() >= translator.Severity(f.failOn) {
		return statusFindings
	}
	return nil
}

// write writes the result, unless it turns out to be invalid.
func (f *convertFlags) write(t terminal, o *conversion.Outcome) error {
	if !f.stdout {
		if err := o.Write(f.out, f.force, f.validate); err != nil {
			return err
		}
		return f.summary(t, o, f.out)
	}
	if f.validate {
		if err := o.Validate(); err != nil {
			return err
		}
	}
	configs := o.Configs()
	if err := keaconf.Write(t.out, configs[0].Config, f.options.Target); err != nil {
		return err
	}
	return f.stdoutNotes(t, o, configs[1:])
}

// stdoutNotes says on standard error what standard output leaves out.
func (f *convertFlags) stdoutNotes(t terminal, o *conversion.Outcome, others []conversion.NamedConfig) error {
	var notes string
	for _, c := range others {
		notes += fmt.Sprintf("keamigrate: there is also a %s, which --stdout leaves out\n", c.File)
	}
	if o.Report.Worst() >= translator.Severity(f.failOn) {
		notes += fmt.Sprintf("keamigrate: findings: %s; without --stdout there is a report\n", report.Severities(o.Report))
	}
	_, err := io.WriteString(t.err, notes)
	return err
}

// job reads everything that the flags name, and a lease file unless that is empty.
func (f *convertFlags) job(ctx context.Context, t terminal, name, leases string) (*conversion.Job, error) {
	shown, text, err := conversion.ReadInput(name, t.in)
	if err != nil {
		return nil, err
	}
	collectGarbage(len(text))
	j := &conversion.Job{
		Name: shown, Text: text, Options: f.options, Full: f.full,
		Parse: dhcpdconf.Options{Protocol: f.protocol(), Root: f.root, Strict: f.strict},
	}
	j.Options.Now, j.Options.HAMode = time.Now(), translator.HAMode(f.haMode)
	if j.Options.Layout, err = translator.ParseLayout(f.layout); err != nil {
		return nil, err
	}
	if f.hooksDir != "" {
		j.Options.Layout.HooksDir = f.hooksDir
	}
	if f.scriptsDir != "" {
		j.Options.Layout.ScriptsDir = f.scriptsDir
	}
	if f.defaults != "" {
		shown, text, err := conversion.ReadInput(f.defaults, t.in)
		if err != nil {
			return nil, err
		}
		j.Defaults = defaults.Read(shown, text)
	}
	if err := f.state(j); err != nil {
		return nil, err
	}
	if j.Parse.Leases, err = declarations(ctx, t, leases); err != nil {
		return nil, err
	}
	j.Lookup, err = f.lookup()
	return j, err
}

// declarations reads what a lease file adds to the configuration.
func declarations(ctx context.Context, t terminal, name string) (*dhcpdconf.LeaseFile, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("lease file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("lease file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("lease file: %s is no regular file", name)
	}
	bar := newProgress(t.err, "reading")
	done := int64(0)
	found, err := dhcpdleases.Declarations(ctx, name, file, info.Size(), func(n int64) {
		done += n
		bar.update(done, info.Size())
	})
	bar.finish()
	if err != nil {
		return nil, fmt.Errorf("lease file: %w", err)
	}
	return found, nil
}

// state reads what earlier runs left.
func (f *convertFlags) state(j *conversion.Job) (err error) {
	ids, mayMiss := f.subnetIDs, false
	if ids == "" {
		ids, mayMiss = filepath.Join(f.out, conversion.SubnetIDsFile), true
	}
	if j.Options.SubnetIDs, err = conversion.ReadSubnetIDs(ids, mayMiss); err != nil {
		return err
	}
	answers, mayMiss := f.resolved, false
	if answers == "" {
		answers, mayMiss = filepath.Join(f.out, conversion.ResolvedFile), true
	}
	if f.askAgain && f.resolve != "off" {
		return nil
	}
	j.Earlier, err = conversion.ReadAnswers(answers, mayMiss)
	return err
}

func (f *convertFlags) lookup() (resolve.Lookup, error) {
	switch f.resolve {
	case "off":
		return nil, nil
	case "system":
		return resolve.System(net.DefaultResolver), nil
	}
	file, err := os.Open(f.resolve)
	if err != nil {
		return nil, fmt.Errorf("--resolve takes system, off, or a file like /etc/hosts: %w", err)
	}
	defer file.Close()
	lookup, err := resolve.HostsFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.resolve, err)
	}
	return lookup, nil
}

func (f *convertFlags) summary(t terminal, o *conversion.Outcome, dir string) error {
	opts := o.ReportOptions()
	opts.Color, opts.Width = appearance(t.out)
	opts.TextFile = filepath.Join(dir, conversion.ReportText)
	opts.Next = o.NextSteps(dir)
	return report.Summary(t.out, o.Report, opts)
}

// haModeFlag is the value of --ha-mode.
type haModeFlag translator.HAMode

func (f *haModeFlag) String() string { return string(*f) }
func (f *haModeFlag) Type() string   { return "MODE" }
func (f *haModeFlag) Set(text string) error {
	switch mode := translator.HAMode(text); mode {
	case translator.HAByFile, translator.HALoadBalancing, translator.HAHotStandby:
		*f = haModeFlag(mode)
		return nil
	}
	return fmt.Errorf("mode %q is not known: use %s, %s or %s", text, translator.HAByFile, translator.HALoadBalancing, translator.HAHotStandby)
}

// severityFlag is the value of --fail-on.
type severityFlag translator.Severity

func (f *severityFlag) String() string { return translator.Severity(*f).String() }
func (f *severityFlag) Type() string   { return "SEVERITY" }
func (f *severityFlag) Set(text string) error {
	s, ok := translator.ParseSeverity(text)
	if !ok || s == translator.S0 {
		return fmt.Errorf("severity %q is not known: use S1, S2, S3 or S4", text)
	}
	*f = severityFlag(s)
	return nil
}

func withForceHint(err error) error {
	if errors.Is(err, outdir.ErrNotEmpty) {
		return fmt.Errorf("%w: use --force to replace its files, or -o for another directory", err)
	}
	return err
}
