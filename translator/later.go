package translator

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// later speaks for what is not translated yet, actions and some conditions:
// each gets one finding and the verdict Manual, with everything inside it.
func (t *translation) later() {
	for st := range dhcpdconf.Preorder(t.file) {
		t.laterStatement(st)
	}
}

func (t *translation) laterWhole(st dhcpdconf.Statement, f Finding) {
	f.Verdict = Manual
	t.ledger.add(st, f, "")
	t.markInside(st, Manual)
}

// laterStatement speaks for conditions and actions that no pass has taken.
func (t *translation) laterStatement(st dhcpdconf.Statement) {
	if t.ledger.verdicts[st.ID()] != Unset {
		return
	}
	switch st := st.(type) {
	case *dhcpdconf.If:
		t.laterWhole(st, Finding{
			Code: "condition", Severity: S3,
			Fields:  []string{"options", "lease-time", "siaddr", "file", "answered"},
			Clients: "clients that fulfil the condition, or that do not",
			Message: "the condition is not translated yet; nothing of what it decides is in the result.",
			Remedy:  "write a client class with the condition as its test",
		})
		for next := st.Next; next != nil; next = next.Next {
			t.ledger.mark(next, Manual)
			t.markInside(next, Manual)
		}
	case *dhcpdconf.Switch:
		t.laterWhole(st, Finding{
			Code: "condition", Severity: S3,
			Fields:  []string{"options", "lease-time", "siaddr", "file", "answered"},
			Clients: "clients that fulfil one of its cases",
			Message: "the switch is not translated yet; nothing of what it decides is in the result.",
			Remedy:  "write a client class for each case",
		})
	case *dhcpdconf.On:
		t.laterEvent(st)
	case *dhcpdconf.Execute, *dhcpdconf.Log, *dhcpdconf.Eval, *dhcpdconf.Set, *dhcpdconf.Unset,
		*dhcpdconf.Func, *dhcpdconf.Add, *dhcpdconf.Return, *dhcpdconf.Case:
		t.laterWhole(st, Finding{
			Code: "action", Severity: S2, Fields: t.addFields(nil, []dhcpdconf.Statement{st}),
			Message: "dhcpd does this for each message that it answers; Kea's configuration has no actions, and its scripts are only called for leases.",
			Remedy:  "write it into an \"on commit\" block and convert again, if once for each lease is enough",
		})
	}
}

var laterCodes = []CodeInfo{
	{"condition", S3, "A condition",
		"dhcpd evaluates if and switch for each packet, in place. Kea has no statements: each branch becomes a client class whose test is the condition. This is not translated yet; nothing inside the condition is in the result."},
	{"action", S2, "An action",
		"The statement acts, rather than sets anything: log, execute, set, eval and the like. Kea's configuration has no actions; the run_script hook can call a script. This is not translated yet."},
	{"no-effect", S0, "A setting that decides nothing",
		"The setting stands in a scope that serves nobody, such as a group without hosts and subnets, or an inner scope overrides it everywhere. It has no effect in dhcpd and is not in the result."},
	{"unaccounted", S4, "A statement that the translation missed",
		"This is a defect of the translator: no part of it spoke for the statement, so it is probably not in the result. Check the statement by hand and report the defect."},
}
