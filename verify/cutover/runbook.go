package cutover

import (
	"fmt"
	"path"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
)

// System says how the target system names things.
type System struct {
	Name string // "debian", "rhel", or the prefix of a Kea that was built
}

// names are those of one protocol on a system.
type names struct {
	dhcpd, kea, ddns string // units of systemd
	user             string
	install          string
}

func (s System) names(v6 bool, v keaversion.Version) names {
	digit, old := "4", ""
	if v6 {
		digit, old = "6", "6"
	}
	switch {
	case s.Name == "rhel":
		return names{"dhcpd" + old, "kea-dhcp" + digit, "kea-dhcp-ddns", "kea", "dnf install kea"}
	case s.Name == "" || s.Name == "debian":
		n := names{"isc-dhcp-server" + old, "kea-dhcp" + digit + "-server", "kea-dhcp-ddns-server", "_kea", "apt-get install kea-dhcp" + digit + "-server kea-dhcp-ddns-server kea-admin"}
		if v >= keaversion.V3_0 {
			n.install += "   # or ISC's packages isc-kea-dhcp" + digit + ", where the distribution has an older Kea"
		}
		return n
	}
	return names{"isc-dhcp-server" + old, "kea-dhcp" + digit, "kea-dhcp-ddns", "root", "# Kea below " + s.Name + " is there"}
}

// page writes RUNBOOK.md.
type page struct {
	strings.Builder
	job *Job
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// commands writes a block for a shell.
func (p *page) commands(list ...string) {
	p.line("\n```sh")
	for _, c := range list {
		p.line("%s", c)
	}
	p.line("```")
}

// quote protects a word from the shell.
func quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// runbook writes the steps for this site.
func (j *Job) runbook(r *Result) []byte {
	p := &page{job: j}
	p.line("# From dhcpd to Kea %s: the steps for this site\n", j.Options.Target)
	p.line("Prepared by `keamigrate migrate` on %s. The commands are for the target system, in this directory, as root.", day(j.Options.Now))
	p.line("`SHA256SUMS` has the checksums of all files here:")
	p.commands("sha256sum -c " + sumsFile)
	p.line("\n## What was prepared\n")
	for _, part := range r.Parts {
		p.summary(part)
	}
	p.line("\n## 1. Before the day\n")
	n := 1
	step := func(format string, args ...any) {
		p.line("\n%d. "+format, append([]any{n}, args...)...)
		n++
	}
	for _, part := range r.Parts {
		step("Read `%s`%s. Where something is to be decided, change dhcpd.conf and run `keamigrate migrate` again.", reportOf(part), map[bool]string{true: " and `" + path.Join(part.Folder, "verify.html") + "`"}[part.Proof != nil])
	}
	step("Install Kea, and keep it from starting:")
	for _, part := range r.Parts {
		names := j.System.names(part.Source.V6, j.Options.Target)
		p.commands(names.install, "systemctl disable --now "+names.kea)
	}
	step("Put the files in their places, and let Kea check them:")
	for _, part := range r.Parts {
		p.install(part)
	}
	if hasPair(r) {
		step("The failover pair: do all of this on both servers, on the primary with the files of `primary/`, on the secondary with those of `secondary/`. The lease file goes to both. Both change over at the same time: a dhcpd and a Kea are no pair.")
	}
	for _, part := range r.Parts {
		if !part.Source.V6 {
			step("Rehearse with your own traffic, without touching the network:")
			p.commands("tcpdump -i any -w dhcp.pcap -G 3600 -W 1 'udp port 67 or udp port 68 or ip[6:2] & 0x1fff != 0'",
				"keamigrate replay dhcp.pcap --config "+path.Join(part.Folder, part.configFile())+leaseFlags(part))
		}
	}
	p.line("\n## 2. The change\n")
	n = 1
	for _, part := range r.Parts {
		p.change(part, step)
	}
	p.line("\n## 3. Look whether it works\n")
	n = 1
	for _, part := range r.Parts {
		names := j.System.names(part.Source.V6, j.Options.Target)
		step("The log, and the leases of %s:", protocolOf(part))
		p.commands("journalctl -u "+names.kea+" --since '-10min' | grep -E 'ERROR|WARN|LEASE_ALLOC|ALLOC_FAIL'",
			"keamigrate leases show "+j.leasePlace(part)+" --pools --config "+j.confPlace(part))
	}
	p.line("\n## 4. Going back\n")
	p.line("dhcpd's configuration is untouched. Clients keep the addresses that Kea has given them.")
	n = 1
	for _, part := range r.Parts {
		p.back(part, step)
	}
	return []byte(p.String())
}

func protocolOf(part *Part) string {
	if part.Source.V6 {
		return "DHCPv6"
	}
	return "DHCPv4"
}

func reportOf(part *Part) string {
	if part.Pair != nil {
		return path.Join(part.Folder, part.Pair.Names[0], conversion.ReportText)
	}
	return path.Join(part.Folder, conversion.ReportText)
}

func hasPair(r *Result) bool {
	for _, part := range r.Parts {
		if part.Pair != nil || part.Outcome.Pair != nil {
			return true
		}
	}
	return false
}

func leaseFlags(part *Part) (flags string) {
	for _, l := range part.Leases {
		flags += " --leases " + quote(absolute(l))
	}
	return flags
}

// summary says what was found and made of one configuration.
func (p *page) summary(part *Part) {
	p.line("- %s from `%s`, in `%s/`: %d statements; findings: %s.", protocolOf(part), absolute(part.Source.Name), part.Folder, part.Outcome.Report.Statements, severities(part.Outcome.Report))
	switch {
	case part.Import != nil:
		p.line("  %d of %d entries of leases are imported (`%s`); what became of each: `%s`.", imported(part), part.Import.Entries, path.Join(part.Folder, part.leaseFile()), path.Join(part.Folder, "leases.txt"))
	default:
		p.line("  No lease file was found or given: no leases are imported.")
	}
	if part.Proof != nil {
		c := part.Proof.Counts
		p.line("  Verified with %d clients: %d equal, %d allowed by the rule book, %d explained by findings, **%d different** (`%s`).", part.Proof.Clients, c.Equal, c.Allowed, c.Explained, c.Different, path.Join(part.Folder, "verify.html"))
	} else {
		p.line("  **Not verified**: %s. Rehearse with real clients in a network of their own.", part.Unknown)
	}
}

func imported(part *Part) (n int) {
	for _, i := range part.Import.Imported {
		n += i
	}
	return n
}

// Severities counts the findings that need a decision: "4 S3, 3 S2".
func (p *Part) Severities() string { return severities(p.Outcome.Report) }

func severities(r *translator.Report) string {
	counts := map[translator.Severity]int{}
	for _, f := range r.Findings {
		counts[f.Severity]++
	}
	var list []string
	for s := translator.S4; s >= translator.S2; s-- {
		if counts[s] > 0 {
			list = append(list, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	if list == nil {
		return "none that needs a decision"
	}
	return strings.Join(list, ", ")
}

// dirs are where the target system keeps Kea's files.
func (j *Job) dirs() (conf, data string) {
	conf, data = j.Options.Layout.ConfDir, j.Options.Layout.DataDir
	if conf == "" {
		conf = "/etc/kea"
	}
	if data == "" {
		data = "/var/lib/kea"
	}
	return conf, data
}

// confPlace is where Kea reads its configuration.
func (j *Job) confPlace(part *Part) string {
	dir, _ := j.dirs()
	return path.Join(dir, path.Base(part.configFile()))
}

// leasePlace is where Kea keeps its leases: as the configuration says, or the default.
func (j *Job) leasePlace(part *Part) string {
	_, dir := j.dirs()
	server := part.Outcome.DHCP4
	if !part.Source.V6 && server != nil && server.LeaseDatabase != nil && path.IsAbs(server.LeaseDatabase.Name) {
		return server.LeaseDatabase.Name
	}
	if v6 := part.Outcome.DHCP6; part.Source.V6 && v6 != nil && v6.LeaseDatabase != nil && path.IsAbs(v6.LeaseDatabase.Name) {
		return v6.LeaseDatabase.Name
	}
	return path.Join(dir, part.leaseFile())
}

// install copies the files of one configuration to their places.
func (p *page) install(part *Part) {
	names := p.job.System.names(part.Source.V6, p.job.Options.Target)
	dir, _ := p.job.dirs()
	from := path.Join(part.Folder, path.Dir(part.configFile()))
	list := []string{fmt.Sprintf("install -o root -g %s -m 640 %s %s", names.user, path.Join(from, path.Base(part.configFile())), p.job.confPlace(part))}
	if part.Outcome.D2 != nil {
		list = append(list, fmt.Sprintf("install -o root -g %s -m 640 %s %s", names.user, path.Join(from, conversion.D2File), path.Join(dir, conversion.D2File)))
	}
	for _, s := range part.Outcome.Scripts {
		list = append(list, fmt.Sprintf("install -D -m %o %s %s", s.Mode.Perm(), path.Join(from, s.Name), path.Join(s.Dir, s.Name)))
	}
	program := "kea-dhcp4"
	if part.Source.V6 {
		program = "kea-dhcp6"
	}
	list = append(list, program+" -t "+p.job.confPlace(part))
	if part.Outcome.D2 != nil {
		list = append(list, "kea-dhcp-ddns -t "+path.Join(dir, conversion.D2File))
	}
	p.commands(list...)
}

// change is the way from dhcpd to Kea.
func (p *page) change(part *Part, step func(string, ...any)) {
	j := p.job
	names := j.System.names(part.Source.V6, j.Options.Target)
	if len(part.Leases) > 0 {
		step("Carry the leases of %s over while dhcpd still serves. The command goes on until you end it:", protocolOf(part))
		p.commands("rm -f "+j.leasePlace(part),
			"keamigrate leases follow "+quote(absolute(part.Leases[0]))+" --config "+j.confPlace(part)+" --to "+j.leasePlace(part)+" --target "+j.Options.Target.String())
	}
	step("Stop dhcpd:")
	p.commands("systemctl disable --now " + names.dhcpd)
	if len(part.Leases) > 0 {
		files := ""
		for _, l := range part.Leases {
			files += " " + quote(absolute(l))
		}
		step("End `leases follow`, and import what came last:")
		p.commands("keamigrate leases import"+files+" --config "+j.confPlace(part)+" --to "+j.leasePlace(part)+" --target "+j.Options.Target.String()+" --replace",
			"chown "+names.user+": "+j.leasePlace(part))
	}
	step("Start Kea:")
	start := "systemctl enable --now " + names.kea
	if part.Outcome.D2 != nil {
		start = "systemctl enable --now " + names.ddns + " " + names.kea
	}
	p.commands(start)
}

// back is the way back to dhcpd.
func (p *page) back(part *Part, step func(string, ...any)) {
	j := p.job
	names := j.System.names(part.Source.V6, j.Options.Target)
	step("%s:", protocolOf(part))
	stop := "systemctl disable --now " + names.kea
	if part.Outcome.D2 != nil {
		stop += " " + names.ddns
	}
	to := "/var/lib/dhcp/dhcpd.leases"
	if part.Source.V6 {
		to = "/var/lib/dhcp/dhcpd6.leases"
	}
	if j.System.Name == "rhel" {
		to = strings.Replace(to, "/var/lib/dhcp/", "/var/lib/dhcpd/", 1)
	}
	if len(part.Leases) > 0 {
		to = absolute(part.Leases[0])
	}
	p.commands(stop,
		"cp -p "+quote(to)+" "+quote(to+".before-kea"),
		"keamigrate leases export "+j.leasePlace(part)+" --to "+quote(to)+" --force",
		"systemctl enable --now "+names.dhcpd)
}
