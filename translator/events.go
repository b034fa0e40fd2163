package translator

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// File is a file that Kea needs besides its configuration.
type File struct {
	Name string      // without a directory
	Dir  string      // where Kea will look for it
	Mode fs.FileMode // permissions
	Text string
}

// scriptsDir is where Kea's packages want scripts of the hook run_script; from
// 3.0 on Kea takes them from nowhere else.
const scriptsDir = "/usr/share/kea/scripts"

// eventScript is the name of the script for run_script.
const eventScript = "keamigrate-events4.sh"

func (t *translation) eventScript() string {
	if t.v6() {
		return eventScript6
	}
	return eventScript
}

// hookPoints says what the script makes of each hook point: where the lease
// stands in Kea's environment variables, and whether a message belongs to it.
// Kea calls leases4_committed for renewals too (and lease4_renew before, which
// would be the same event twice), after a release with no lease, and after a
// decline with a declined one. dhcpd runs its expiry statements when it abandons
// a declined address, then without a hardware address.
var hookPoints = []struct {
	point, event, lease string
	hardware            string // prefix of the variables; empty: none
	state               string // what the lease's state must be; empty: anything
}{
	{"leases4_committed", "commit", "LEASES4_AT0_", "QUERY4_", "default"},
	{"lease4_release", "release", "LEASE4_", "QUERY4_", ""},
	{"lease4_expire", "expiry", "LEASE4_", "LEASE4_", "default"},
	{"lease4_decline", "expiry", "LEASE4_", "", ""},
}

// events moves "on" blocks to a script that Kea's hook library run_script calls.
// dhcpd keeps one block for each event and lease, the one executed last, so the
// innermost scope decides.
func (t *translation) events() {
	h := &handlers{t: t, s: newScript(), functions: map[handlerKey]string{}, set: map[string]int{}, global: map[string]*dhcpdconf.Set{}}
	blocks := false
	for st := range dhcpdconf.Preorder(t.file) {
		switch st := st.(type) {
		case *dhcpdconf.On:
			blocks = true
		case *dhcpdconf.Set:
			h.set[st.Name.Text]++
		}
	}
	if !blocks {
		return
	}
	for _, st := range t.conf.Global.Own {
		if set, ok := st.(*dhcpdconf.Set); ok {
			h.global[set.Name.Text] = set
		}
	}
	dispatch := map[string][]eventCase{}
	some := false
	for _, event := range eventNames {
		dispatch[event] = eventBlocks{event, map[*model.Scope]*dhcpdconf.On{}}.cases(t)
		for _, c := range dispatch[event] {
			some = some || c.on != nil && len(c.on.Body) > 0
		}
	}
	if !some {
		return
	}
	h.moved = h.useful(dispatch)
	for _, event := range eventNames {
		for _, c := range dispatch[event] {
			if c.on != nil {
				h.function(c.on, event)
			}
		}
	}
	if h.moved != Moved {
		return
	}
	if t.v6() {
		h.dispatch6(dispatch)
	} else {
		h.dispatch(dispatch)
	}
	file := File{Name: t.eventScript(), Dir: t.opts.Layout.ScriptsDir, Mode: 0o755}
	if file.Dir == "" {
		file.Dir = scriptsDir
	}
	file.Text = h.s.assemble([]string{
		fmt.Sprintf("Made by keamigrate from %s: what it does on commit, release and expiry.", t.file.Source.Name),
		"Kea's hook library run_script calls it with the name of the hook point; the",
		"lease and the message are in environment variables.",
	}, t.syslogFacility())
	t.scripts = append(t.scripts, file)
	name := path.Join(file.Dir, file.Name)
	if t.opts.Layout.ScriptsDir == "" {
		t.ledger.add(nil, Finding{
			Code: "event-script", Severity: S3, Verdict: Approximated,
			Message: fmt.Sprintf("%s does what dhcpd did on events, but the configuration does not call it yet: Kea does not start without the script in its place. The script runs as Kea's user, beside the server; dhcpd runs its commands as its own user and waits for them before it answers.", file.Name),
			Remedy:  fmt.Sprintf("install it (install -m 755 %s %s), let Kea's user run what it calls, allow it in the profile where AppArmor or SELinux confines Kea, and convert again with --scripts-dir %s", file.Name, file.Dir, file.Dir),
		}, "")
		return
	}
	t.hook(hookRunScript, keaconf.Object{{Key: "name", Value: name}, {Key: "sync", Value: false}})
	t.ledger.add(nil, Finding{
		Code: "event-script", Severity: S2, Verdict: Translated,
		Message: fmt.Sprintf("Kea does not start without the script %s. It runs as Kea's user, beside the server; dhcpd runs its commands as its own user and waits for them before it answers.", name),
		Remedy:  fmt.Sprintf("copy %s there (install -m 755), let Kea's user run what it calls, and allow the script in the profile where AppArmor or SELinux confines Kea", file.Name),
	}, t.hookPointer(hookRunScript))
}

var facilityName = regexp.MustCompile(`^[a-z]+[0-7]?$`)

// syslogFacility is the facility to which dhcpd logs.
func (t *translation) syslogFacility() string {
	if st := t.conf.Global.Setting("log-facility"); st != nil {
		if v, ok := valueOf(st); ok && facilityName.MatchString(v.text) {
			return v.text
		}
	}
	return "daemon"
}

// eventCase is the block that some subnets, or the addresses of a pool, have for
// an event.
type eventCase struct {
	on  *dhcpdconf.On // nil: nothing is done
	ids []uint32      // of the subnets
	// The addresses and prefixes of a pool that has a block of its own.
	ranges      []*model.Range
	delegations []*dhcpdconf.Prefix6
}

// eventBlocks finds the blocks of scopes.
type eventBlocks struct {
	event string
	known map[*model.Scope]*dhcpdconf.On // the last of each scope
}

// cases returns the blocks that pools and subnets have for an event, pools
// first, in the order of the file.
func (b eventBlocks) cases(t *translation) []eventCase {
	var pools, cases []eventCase
	for _, n := range t.conf.Networks {
		for _, p := range n.Pools {
			if p.Stmt == nil || len(p.Ranges)+len(p.Delegations) == 0 {
				continue // the scope is that of the subnet
			}
			if on := lastBlock(p.Scope, b.event); on != nil {
				pools = append(pools, eventCase{on: on, ranges: p.Ranges, delegations: p.Delegations})
			}
		}
	}
	index := map[*dhcpdconf.On]int{}
	for _, s := range t.conf.Subnets {
		k := t.subnetOf[s]
		if k == nil {
			continue
		}
		on := b.decides(s.Chain())
		i, ok := index[on]
		if !ok {
			i = len(cases)
			index[on] = i
			cases = append(cases, eventCase{on: on})
		}
		cases[i].ids = append(cases[i].ids, k.ID)
	}
	if len(cases) == 0 {
		cases = append(cases, eventCase{on: b.decides(model.Chain{t.conf.Global})})
	}
	return append(pools, cases...)
}

// decides returns the block that is executed last.
func (b eventBlocks) decides(c model.Chain) *dhcpdconf.On {
	for _, s := range c {
		on, known := b.known[s]
		if !known {
			on = lastBlock(s, b.event)
			b.known[s] = on
		}
		if on != nil {
			return on
		}
	}
	return nil
}

func lastBlock(s *model.Scope, event string) *dhcpdconf.On {
	for _, st := range slices.Backward(s.Own) {
		if on, ok := st.(*dhcpdconf.On); ok && slices.Contains(on.Events, event) {
			return on
		}
	}
	return nil
}

type handlerKey struct {
	on    *dhcpdconf.On
	event string
}

// handlers writes a function for each block and event.
type handlers struct {
	t         *translation
	s         *script
	functions map[handlerKey]string
	set       map[string]int            // how often the file sets a variable
	global    map[string]*dhcpdconf.Set // those set in the global scope
	trial     *ledger                   // for what is written on trial
	// moved is the verdict of what is in the functions: Ignored when they do
	// nothing at all, so that there will be no script.
	moved Verdict
}

func (h *handlers) function(on *dhcpdconf.On, event string) {
	key := handlerKey{on, event}
	if _, known := h.functions[key]; known {
		return
	}
	name := fmt.Sprintf("%s_%d", event, len(h.functions)+1)
	h.functions[key] = name
	s := h.s
	s.line("")
	s.comment(fmt.Sprintf("%s: on %s", on.Span(), strings.Join(on.Events, " or ")))
	s.open("%s() {", name)
	h.handler(on, event, h.octetVariables(on, event)).body(on.Body)
	s.line(":")
	s.closed("}")
	if h.moved == Moved {
		h.t.ledger.add(on, Finding{
			Code: "event", Severity: S1, Verdict: Moved,
			Message: fmt.Sprintf("became a function of %s, which Kea's hook run_script calls.", h.t.eventScript()),
		}, h.t.hookPointer(hookRunScript))
		return
	}
	verdict := Ignored
	for _, st := range on.Body {
		verdict = max(verdict, h.t.ledger.verdicts[st.ID()])
	}
	h.t.ledger.add(on, Finding{
		Code: "event", Severity: S1, Verdict: verdict,
		Message: "no script was written, since no command or message of the file's blocks can be part of it.",
	}, "")
}

// useful writes the blocks on trial. It returns Moved when the script would run a
// command or write a message, otherwise Ignored.
func (h *handlers) useful(cases map[string][]eventCase) Verdict {
	verdict := Ignored
	real := h.t.ledger
	h.trial = newLedger(h.t.conf, len(real.verdicts))
	h.t.ledger = h.trial
	_ = h.s.attempt(func() error { // it only undoes
		for event, list := range cases {
			for _, c := range list {
				if c.on != nil {
					h.handler(c.on, event, map[string]bool{}).body(c.on.Body)
				}
			}
		}
		if h.s.uses["report"] { // run needs it, too
			verdict = Moved
		}
		return errDryRun
	})
	h.t.ledger = real
	return verdict
}

func (h *handlers) handler(on *dhcpdconf.On, event string, octets map[string]bool) *handler {
	return &handler{
		handlers: h, on: on, event: event, variables: map[string]shellValue{},
		names: map[string]string{}, taken: map[string]bool{}, octetsIn: octets,
	}
}

// octetVariables returns the variables that hold octets somewhere in a block, so
// that they do everywhere in it. For that it writes the block on trial.
func (h *handlers) octetVariables(on *dhcpdconf.On, event string) map[string]bool {
	octets := map[string]bool{}
	real := h.t.ledger
	h.t.ledger = h.trial
	_ = h.s.attempt(func() error { // it only undoes
		h.handler(on, event, octets).body(on.Body)
		return errDryRun
	})
	h.t.ledger = real
	return octets
}

// dispatch writes what finds out which function to call.
func (h *handlers) dispatch(cases map[string][]eventCase) {
	s := h.s
	s.line("")
	s.line("case ${1-} in")
	for _, p := range hookPoints {
		calls := h.calls(cases[p.event], p.event)
		if calls == nil {
			continue
		}
		s.open("%s)", p.point)
		s.line(`[ -n "${%sADDRESS-}" ] || exit 0`, p.lease)
		if p.point == "lease4_expire" {
			s.line("%s", notReleased("LEASE4_"))
		}
		if p.state != "" {
			s.line(`[ "${%sSTATE-}" = %s ] || exit 0`, p.lease, p.state)
		}
		s.line(`address=$%sADDRESS`, p.lease)
		s.line(`lifetime=${%sVALID_LIFETIME-}`, p.lease)
		if p.hardware == "" {
			s.line("hwaddr=")
			s.line("hwtype=")
		} else {
			s.line(`hwaddr=${%sHWADDR-}`, p.hardware)
			s.line(`hwtype=${%sHWADDR_TYPE:-1}`, p.hardware)
		}
		s.line("unset client_id host_name")
		s.line(`[ -z "${%[1]sCLIENT_ID-}" ] || client_id=$%[1]sCLIENT_ID`, p.lease)
		s.line(`[ -z "${%[1]sHOSTNAME-}" ] || host_name=${%[1]sHOSTNAME%%.}`, p.lease)
		for _, line := range calls {
			s.line("%s", strings.ReplaceAll(line, "LEASE_", p.lease))
		}
		s.line(";;")
		s.indent--
	}
	s.line("esac")
}

// notReleased leaves out leases that Kea lets expire because they were released
// (2.6 and later): then the lifetime is 0. dhcpd does not count that as expiry.
func notReleased(prefix string) string {
	return fmt.Sprintf(`[ "${%sVALID_LIFETIME-}" != 0 ] || exit 0`, prefix)
}

// calls returns the lines that call the right function for an event, or nil when
// nothing is to be done. LEASE_ stands for the prefix of the lease's variables.
func (h *handlers) calls(cases []eventCase, event string) []string {
	name := func(on *dhcpdconf.On) string {
		if on == nil {
			return ":"
		}
		return h.functions[handlerKey{on, event}]
	}
	var lines []string
	pools := 0
	for pools < len(cases) && cases[pools].ofPool() {
		c := cases[pools]
		word := "if"
		if pools > 0 {
			word = "elif"
		}
		var tests []string
		if h.t.v6() {
			tests = h.within6(c)
		} else {
			tests = within4(c)
			if pools == 0 {
				lines = append(lines, "number=$((0x$("+h.s.call("address_hex")+` "$address")))`)
			}
		}
		lines = append(lines, word+" "+strings.Join(tests, " || ")+"; then", "\t"+name(c.on))
		pools++
	}
	rest := cases[pools:]
	var inner []string
	switch {
	case len(rest) == 1 && rest[0].on == nil:
	case len(rest) == 1:
		inner = []string{name(rest[0].on)}
	default:
		inner = []string{"case ${LEASE_SUBNET_ID-} in"}
		for _, c := range rest {
			ids := make([]string, len(c.ids))
			for i, id := range c.ids {
				ids[i] = strconv.FormatUint(uint64(id), 10)
			}
			inner = append(inner, strings.Join(ids, " | ")+") "+name(c.on)+" ;;")
		}
		inner = append(inner, "esac")
	}
	if pools == 0 {
		return inner
	}
	if inner != nil {
		lines = append(lines, "else")
		for _, line := range inner {
			lines = append(lines, "\t"+line)
		}
	}
	return append(lines, "fi")
}

// within4 are the shell's tests that $number is an address of a pool's.
func within4(c eventCase) []string {
	tests := make([]string, len(c.ranges))
	for i, r := range c.ranges {
		tests[i] = fmt.Sprintf(`{ [ "$number" -ge %d ] && [ "$number" -le %d ]; }`, number4(r.Low), number4(r.High))
	}
	return tests
}

// number4 is an IPv4 address as the script compares it.
func number4(a netip.Addr) uint32 {
	if a = a.Unmap(); !a.Is4() {
		return 0
	}
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// laterEvent speaks for a block that did not become part of the script.
func (t *translation) laterEvent(on *dhcpdconf.On) {
	f := Finding{
		Code: "event", Severity: S3, Clients: "clients to whose leases the event happens",
		Message: "the block stands where Kea cannot tell a script that it applies: in a class, a host or a condition. dhcpd executes it in place of the one around it; with Kea that one is executed, if there is any.",
		Remedy:  "write the conditions into the script, as far as Kea's variables show them",
	}
	if t.eventBlocks == nil {
		t.eventBlocks = t.looksForBlocks()
	}
	switch {
	case slices.Contains(on.Events, "transmission"):
		f.Severity = S1
		f.Message = "the event transmission is one of dhclient, not of the server."
		f.Remedy = ""
		t.ledger.add(on, withVerdict(f, Ignored), "")
		t.markInside(on, Ignored)
		return
	case len(on.Body) == 0:
		t.ledger.add(on, Finding{
			Code: "no-effect", Severity: S0, Verdict: Ignored,
			Message: "the block is empty.",
		}, "")
		return
	case t.eventBlocks[on]:
		t.ledger.add(on, Finding{
			Code: "no-effect", Severity: S0, Verdict: Ignored,
			Message: "everywhere another block for the same events is executed after this one and takes its place.",
		}, "")
		t.markInside(on, Ignored)
		return
	}
	t.laterWhole(on, f)
}

// looksForBlocks returns the blocks that stand where blocks are looked for: those
// of them that no function was made of decide nothing.
func (t *translation) looksForBlocks() map[*dhcpdconf.On]bool {
	blocks := map[*dhcpdconf.On]bool{}
	seen := map[*model.Scope]bool{}
	for _, s := range t.conf.Subnets {
		if t.subnetOf[s] == nil {
			continue
		}
		for _, scope := range s.Chain() {
			if seen[scope] {
				continue
			}
			seen[scope] = true
			for _, st := range scope.Own {
				if on, ok := st.(*dhcpdconf.On); ok {
					blocks[on] = true
				}
			}
		}
	}
	for _, n := range t.conf.Networks {
		for _, p := range n.Pools {
			for _, st := range p.Scope.Own {
				if on, ok := st.(*dhcpdconf.On); ok {
					blocks[on] = true
				}
			}
		}
	}
	return blocks
}
