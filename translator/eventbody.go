package translator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// handler writes the function for one block and one event.
type handler struct {
	*handlers
	on    *dhcpdconf.On
	event string
	// variables are those of dhcpd's that the block has set so far, by name.
	variables map[string]shellValue
	names     map[string]string // their names in the shell
	taken     map[string]bool
	octetsIn  map[string]bool // variables of dhcpd's that hold octets

	hostName, agent, ia bool // the statement at hand uses them
}

func (h *handler) body(list []dhcpdconf.Statement) {
	for _, st := range list {
		h.statement(st)
	}
}

// statement writes a statement, or a comment in its place.
func (h *handler) statement(st dhcpdconf.Statement) {
	h.hostName, h.agent, h.ia = false, false, false
	var write func() error
	switch st := st.(type) {
	case *dhcpdconf.Include:
		h.ledger().mark(st, h.moved)
		h.body(st.Body)
		return
	case *dhcpdconf.Empty, *dhcpdconf.Percent, *dhcpdconf.Bad:
		return // see accounts
	case *dhcpdconf.If:
		h.conditional(st)
		return
	case *dhcpdconf.Set:
		write = func() error { return h.assign(st) }
	case *dhcpdconf.Unset:
		write = func() error {
			h.variables[st.Name.Text] = shellValue{null: true}
			h.s.line("unset %s", h.name(st.Name.Text))
			return nil
		}
	case *dhcpdconf.Execute:
		write = func() error { return h.execute(st) }
	case *dhcpdconf.Log:
		write = func() error { return h.log(st) }
	default:
		write = func() error { return errors.New("a script cannot do this") }
	}
	err := h.s.attempt(write)
	if err != nil {
		if set, ok := st.(*dhcpdconf.Set); ok {
			h.variables[set.Name.Text] = shellValue{why: err}
		}
		h.leaveOut(st, err)
		return
	}
	h.ledger().mark(st, h.moved)
	h.approximations(st)
}

func (h *handler) ledger() *ledger { return h.t.ledger }

// approximations names what a statement uses that Kea has in another form.
func (h *handler) approximations(st dhcpdconf.Statement) {
	if h.hostName {
		h.ledger().add(st, Finding{
			Code: "event-host-name", Severity: S2, Verdict: Approximated, Fields: []string{"script"},
			Clients: "clients that send a host name",
			Message: "the script gets the host name of the lease as Kea keeps it (lower case, a reservation's, or with a domain), not the option that the client sent.",
			Remedy:  "compare the names that the commands get",
		}, "")
	}
	if h.ia {
		h.ledger().add(st, Finding{
			Code: "event-ia", Severity: S1, Verdict: Approximated, Fields: []string{"script"},
			Message: "the script puts the option together from the lease: identifier, address or prefix, lifetimes. dhcpd has the client's own option, with its wishes for T1, T2 and the lifetimes.",
		}, "")
	}
	if h.agent {
		h.ledger().add(st, Finding{
			Code: "event-agent", Severity: S1, Verdict: h.moved, Fields: []string{"script"},
			Clients: "clients that renew without a relay",
			Message: "the relay agent information is that of the message at hand; dhcpd keeps that of the first one for renewals that are sent to it directly.",
		}, "")
	}
}

// leaveOut speaks for a statement that is not in the script, and what is in it.
func (h *handler) leaveOut(st dhcpdconf.Statement, why error) {
	f := Finding{
		Code: "event-value", Severity: S3, Fields: []string{"script"},
		Message: fmt.Sprintf("left out of the script: %s.", why),
		Remedy:  "add it to the script by hand, or do without",
	}
	var cannot *inexpressible
	if errors.As(why, &cannot) {
		f.Span = cannot.at
	}
	h.t.laterWhole(st, f)
	h.s.comment(fmt.Sprintf("%s: %s is left out: %s", st.Head(), st.Keyword(), why))
}

// name returns the shell's name of a variable.
func (h *handler) name(variable string) string {
	n, ok := h.names[variable]
	if !ok {
		n = shellVariable(variable, h.taken)
		h.names[variable] = n
	}
	return n
}

func (h *handler) assign(st *dhcpdconf.Set) error {
	v, err := h.data(st.Expr, 0)
	if err != nil {
		return err
	}
	n := h.name(st.Name.Text)
	if v.hex || strings.IndexByte(string(v.constant), 0) >= 0 {
		h.octetsIn[st.Name.Text] = true
	}
	if h.octetsIn[st.Name.Text] && !v.null {
		v = h.toHex(v)
	}
	switch {
	case v.null:
		h.s.line("unset %s", n)
		h.variables[st.Name.Text] = v
		return nil
	case v.nullable:
		h.s.line("unset %s", n)
		h.s.line("%s && %s=%s", v.isSet(), n, v.word())
	default:
		h.s.line("%s=%s", n, v.word())
	}
	h.variables[st.Name.Text] = shellValue{name: n, hex: v.hex, nullable: v.nullable}
	return nil
}

// execute runs a command, unless one of the arguments has no value: then dhcpd
// does not either.
func (h *handler) execute(st *dhcpdconf.Execute) error {
	words := []string{shellQuote(st.Command)}
	if !strings.Contains(st.Command, "/") {
		words = append([]string{"env"}, words...) // never a word of the shell
	}
	var tests []string
	for _, arg := range st.Args {
		v, err := h.data(arg, 0)
		if err != nil {
			return err
		}
		if v.null {
			h.withoutEffect(st)
			return nil
		}
		v = h.toText(v)
		words = append(words, v.word())
		if test := v.isSet(); test != "" && !slices.Contains(tests, test) {
			tests = append(tests, test)
		}
	}
	h.guarded(tests, h.s.call("run")+" "+strings.Join(words, " "))
	return nil
}

func (h *handler) guarded(tests []string, command string) {
	if len(tests) == 0 {
		h.s.line("%s", command)
		return
	}
	h.s.open("if %s; then", strings.Join(tests, " && "))
	h.s.line("%s", command)
	h.s.closed("fi")
}

func (h *handler) withoutEffect(st dhcpdconf.Statement) {
	h.s.comment(fmt.Sprintf("%s: %s has no effect on %s, because a value does not exist", st.Head(), st.Keyword(), h.event))
	h.ledger().add(st, Finding{
		Code: "event-without-effect", Severity: S1, Verdict: h.moved,
		Message: fmt.Sprintf("on %s one of the values does not exist, so that dhcpd does not execute this; neither does the script.", h.event),
	}, "")
}

// logPriorities are what dhcpd gives to syslog.
var logPriorities = map[string]string{"fatal": "err", "error": "err", "info": "info", "debug": "debug", "": "debug"}

func (h *handler) log(st *dhcpdconf.Log) error {
	v, err := h.data(st.Expr, 0)
	if err != nil {
		return err
	}
	if v.null {
		h.withoutEffect(st)
		return nil
	}
	v = h.toText(v)
	var tests []string
	if test := v.isSet(); test != "" {
		tests = append(tests, test)
	}
	h.guarded(tests, fmt.Sprintf("%s %s %s", h.s.call("report"), logPriorities[st.Priority], v.word()))
	if st.Priority == "fatal" {
		h.ledger().add(st, Finding{
			Code: "event-fatal", Severity: S2, Verdict: Approximated,
			Message: "dhcpd ends itself after a message of priority fatal; the script writes an error message and Kea goes on.",
		}, "")
	}
	return nil
}

// conditional writes a chain of if, elsif and else. A chain with a condition that
// the script cannot test is left out as a whole.
func (h *handler) conditional(first *dhcpdconf.If) {
	branches := []*dhcpdconf.If{}
	for b := first; b != nil; b = b.Next {
		branches = append(branches, b)
	}
	for _, b := range branches {
		if b.Cond == nil {
			continue
		}
		err := h.s.attempt(func() error {
			if _, err := h.condition(b.Cond, 0); err != nil {
				return err
			}
			return errDryRun
		})
		if err != errDryRun {
			h.leaveOut(first, err)
			for _, b := range branches[1:] {
				h.ledger().mark(b, Manual)
				h.t.markInside(b, Manual)
			}
			h.forget(branches, err)
			return
		}
	}
	before := h.variables
	var after []map[string]shellValue
	depth := 0
	for _, b := range branches {
		h.hostName, h.agent, h.ia = false, false, false
		h.variables = maps.Clone(before)
		h.ledger().mark(b, h.moved)
		if b.Cond != nil {
			test, _ := h.condition(b.Cond, 0) // it could be written before
			h.approximations(b)
			h.s.open("if %s; then", test)
			depth++
		}
		h.body(b.Body)
		h.s.line(":")
		h.s.indent--
		after = append(after, h.variables)
		if b.Next != nil {
			h.s.open("else")
		}
	}
	last := branches[len(branches)-1]
	if last.Cond != nil {
		after = append(after, before)
	}
	for i := range depth {
		h.s.line("fi")
		if i < depth-1 {
			h.s.indent--
		}
	}
	h.variables = merged(after)
}

// errDryRun undoes what was written to see whether it can be.
var errDryRun = errors.New("dry run")

// forget says of the variables that the branches set that they are not known.
func (h *handler) forget(branches []*dhcpdconf.If, why error) {
	for _, b := range branches {
		dhcpdconf.Walk(b.Body, func(st dhcpdconf.Statement) bool {
			switch st := st.(type) {
			case *dhcpdconf.Set:
				h.variables[st.Name.Text] = shellValue{why: why}
			case *dhcpdconf.Unset:
				h.variables[st.Name.Text] = shellValue{why: why}
			}
			return true
		})
	}
}

// merged returns what is known of the variables when one of several ways was
// taken.
func merged(ways []map[string]shellValue) map[string]shellValue {
	all := map[string]shellValue{}
	for _, way := range ways {
		for name := range way {
			all[name] = mergedVariable(name, ways)
		}
	}
	return all
}

func mergedVariable(name string, ways []map[string]shellValue) shellValue {
	var sum shellValue
	for i, way := range ways {
		v, ok := way[name]
		switch {
		case !ok:
			return shellValue{why: errors.New("it keeps the value of an earlier event unless a condition holds")}
		case v.why != nil:
			return v
		case i == 0 || sum.null && v.null:
			sum = v
		case sum.null:
			sum = v
			sum.nullable = true
		case v.null:
			sum.nullable = true
		case v.hex != sum.hex:
			return shellValue{why: errors.New("it holds text or other octets, as a condition decides")}
		default:
			sum.nullable = sum.nullable || v.nullable
		}
	}
	return sum
}
