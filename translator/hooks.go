package translator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// library is the file of one of Kea's hook libraries.
type library string

// The libraries that translations load.
const (
	hookFlexID     library = "libdhcp_flex_id.so"
	hookBootp      library = "libdhcp_bootp.so"
	hookLimits     library = "libdhcp_limits.so"
	hookPingCheck  library = "libdhcp_ping_check.so"
	hookDDNSTuning library = "libdhcp_ddns_tuning.so"
	hookFlexOption library = "libdhcp_flex_option.so"
	hookLegalLog   library = "libdhcp_legal_log.so"
	hookRunScript  library = "libdhcp_run_script.so"
	hookLeaseCmds  library = "libdhcp_lease_cmds.so"
	hookHA         library = "libdhcp_ha.so"
)

// hookLibraries is what is known of each library, in the order in which Kea
// loads and calls them: what tells clients apart comes before what answers
// them, and lease_cmds before the high availability that needs it. bootp comes
// behind what changes answers, because it packs those for BOOTP clients and
// flex_option then refuses them, and before ha, which lets it unpack questions.
var hookLibraries = []struct {
	file library
	// open is the first version whose open packages hold the library, paid the
	// first that has it in the packages of subscribers; 0: never paid.
	open, paid keaversion.Version
	only4      bool
	purpose    string
}{
	{hookFlexID, keaversion.V3_0, keaversion.V2_2, false, "hosts recognised by any option (`host-identifier`)"},
	{hookLimits, keaversion.V3_0, keaversion.V2_2, false, "`lease limit` of a class"},
	{hookPingCheck, keaversion.V3_0, keaversion.V2_6, true, "`ping-check`, which is on unless the file says otherwise"},
	{hookDDNSTuning, keaversion.V3_0, keaversion.V2_2, false, "`ddns-hostname` computed from the packet; reserved addresses without DNS updates"},
	{hookFlexOption, keaversion.V2_2, 0, false, "options computed from the packet (`option NAME = EXPRESSION`)"},
	{hookLegalLog, keaversion.V3_0, keaversion.V2_2, false, "`log` outside of events"},
	{hookRunScript, keaversion.V2_2, 0, false, "`on commit`, `on release`, `on expiry`"},
	{hookBootp, keaversion.V2_2, 0, true, "BOOTP clients (`allow bootp`, `range dynamic-bootp`)"},
	{hookLeaseCmds, keaversion.V2_2, 0, false, "high availability sends leases with its commands"},
	{hookHA, keaversion.V2_2, 0, false, "`failover peer`"},
}

// canHook reports whether a library may be loaded: the target version's open
// packages hold it, or the operator has those of subscribers.
func (t *translation) canHook(file library) bool {
	for _, l := range hookLibraries {
		if l.file == file {
			return t.opts.Target >= l.open || t.opts.Premium && l.paid != 0 && t.opts.Target >= l.paid
		}
	}
	return false
}

// hookRemedy says how to come by a library that may not be loaded.
func (t *translation) hookRemedy(file library) string {
	for _, l := range hookLibraries {
		if l.file != file {
			continue
		}
		text := fmt.Sprintf("convert for Kea %s, whose open packages hold the hook %s", l.open, l.file.short())
		if l.paid != 0 && t.opts.Target >= l.paid {
			text += ", or with --premium if you have ISC's packages for subscribers"
		}
		return text
	}
	return ""
}

// short is the name that Kea's manual uses for the library.
func (f library) short() string {
	return strings.TrimSuffix(strings.TrimPrefix(string(f), "libdhcp_"), ".so")
}

// hook loads a library. Parameters of several callers come together; of a key
// that is there already the first value stays.
func (t *translation) hook(file library, parameters keaconf.Object) {
	if t.hooks == nil {
		t.hooks = map[library]keaconf.Object{}
	}
	have := t.hooks[file]
	for _, m := range parameters {
		if !slices.ContainsFunc(have, func(h keaconf.Member) bool { return h.Key == m.Key }) {
			have = append(have, m)
		}
	}
	t.hooks[file] = have
}

// hookPointer is where a library will stand in the result. Its number is known
// when all libraries are, so until then the pointer holds the file's name.
func (t *translation) hookPointer(file library) string {
	return t.root() + "/hooks-libraries/" + string(file)
}

// loadHooks writes the libraries into the configuration in the order of the
// table, and puts their numbers into the places of findings.
func (t *translation) loadHooks() {
	s := t.topServer()
	pointers := []string{}
	for _, l := range hookLibraries {
		parameters, wanted := t.hooks[l.file]
		if !wanted {
			continue
		}
		number := t.root() + "/hooks-libraries/" + strconv.Itoa(len(s.HooksLibraries))
		pointers = append(pointers, t.hookPointer(l.file), number)
		s.HooksLibraries = append(s.HooksLibraries, keaconf.HookLibrary{Library: t.hookLibrary(string(l.file)), Parameters: parameters})
	}
	numbered := strings.NewReplacer(pointers...)
	for i := range t.ledger.findings {
		for j, place := range t.ledger.findings[i].Places {
			t.ledger.findings[i].Places[j] = numbered.Replace(place)
		}
	}
}

// HooksMarkdown returns docs/hooks.md: the table as a page for people.
func HooksMarkdown() []byte {
	var b strings.Builder
	b.WriteString("# Hook libraries\n\n" +
		"This page is generated from the table in the source (`go generate ./translator`).\n\n" +
		"Some of what dhcpd does itself Kea does with hook libraries. The converter loads those that the file needs, in this order, and only libraries that ISC publishes as open source for the target version. " +
		"ISC sells some libraries to subscribers for versions in which they are not open; with `--premium` the converter uses these too. " +
		"Otherwise the statement has the verdict `manual`, and its finding names the version that has the library.\n\n" +
		"| library | needed for | open source from | for subscribers from | servers |\n|---|---|---|---|---|\n")
	for _, l := range hookLibraries {
		paid, servers := "-", "DHCPv4, DHCPv6"
		if l.paid != 0 {
			paid = l.paid.String()
		}
		if l.only4 {
			servers = "DHCPv4"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", l.file, l.purpose, l.open, paid, servers)
	}
	b.WriteString("\n2.2 is the oldest version that the converter knows; libraries named with it can be older.\n")
	return []byte(b.String())
}
