package translator

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// When Kea makes a name from the address (ddns-replace-client-name).
const (
	makeWhenMissing = "when-not-present"
	makeAlways      = "always"
	makeNever       = "never"
)

// computedHostname translates a ddns-hostname that is computed for each packet:
// names made from the address have keys of their own, others are expressions of
// the hook ddns_tuning.
func (t *translation) computedHostname(p parameterPlace, st dhcpdconf.Statement) Verdict {
	param, ok := st.(*dhcpdconf.Param)
	if !ok || param.Data.Expr == nil {
		return Unset
	}
	if on, known := model.Truth(p.chain().Setting("ddns-updates")); known && !on && p.kind != atGlobal {
		t.ledger.add(st, Finding{
			Code: "no-effect", Severity: S0, Verdict: Ignored,
			Message: "there are no DNS updates here, so dhcpd makes no names.",
		}, p.pointer)
		return Ignored
	}
	if when, prefix, ok := generatedName(param.Data.Expr); ok && p.ddns != nil {
		p.ddns.DDNSReplaceClientName, p.ddns.DDNSGeneratedPrefix = when, &prefix
		t.withoutExpression(p, st)
		t.ledger.add(st, Finding{
			Code: "ddns-hostname", Severity: S1, Verdict: Translated, Fields: []string{"DNS", "option 12", "option 81"},
			Clients: "clients that get a name made from their address",
			Message: "dhcpd and Kea make the same names; Kea also sends them to clients that ask for their name.",
		}, p.pointer+"/ddns-generated-prefix")
		return Translated
	}
	value, err := t.expressions(st).value(param.Data.Expr)
	if err == nil && !t.canTune() {
		t.ledger.add(st, Finding{
			Code: "ddns-hostname", Severity: S2, Verdict: Manual, Fields: []string{"DNS"},
			Message: "the name is computed for each packet; this version of Kea has no open hook for that, and registers the name that the client sends.",
			Remedy:  t.hookRemedy(hookDDNSTuning),
		}, p.pointer)
		return Manual
	}
	if err != nil || value.null || p.kind != atGlobal && p.kind != atSubnet {
		return Unset
	}
	// Without a value dhcpd registers no name; Kea goes on with the client's.
	text := value.text
	if len(value.exists) == 0 && p.ddns != nil {
		// Kea asks the hook only about clients that have a name.
		p.ddns.DDNSReplaceClientName = makeWhenMissing
	}
	if len(value.exists) > 0 {
		text = "ifelse(" + strings.Join(value.exists, " and ") + ", " + text + ", '')"
	}
	// Measured on 3.0.4: for clients that send no name the hook makes one only
	// where Kea would make one itself.
	switch {
	case p.ddns == nil:
	case len(value.exists) == 0 && value.some:
		p.ddns.DDNSReplaceClientName = makeWhenMissing
	case p.kind != atGlobal:
		p.ddns.DDNSReplaceClientName = makeNever
	}
	expression := keaconf.Object{{Key: "hostname-expr", Value: text}}
	pointer := t.hookPointer(hookDDNSTuning) + "/parameters/hostname-expr"
	if p.kind == atGlobal {
		t.hook(hookDDNSTuning, expression)
	} else {
		k := t.subnetOf[p.subnet]
		k.UserContext = append(k.UserContext, keaconf.Member{Key: "ddns-tuning", Value: expression})
		t.hook(hookDDNSTuning, keaconf.Object{{Key: "hostname-expr", Value: ""}})
		pointer = p.pointer + "/user-context/ddns-tuning"
	}
	t.ledger.add(st, Finding{
		Code: "ddns-hostname", Severity: S2, Verdict: Approximated, Fields: []string{"DNS", "option 12", "option 81"},
		Clients: "clients for which the expression has no value, clients that send no name if it can be without one, and hosts with a name in their reservation",
		Message: "the name became an expression of the hook ddns_tuning. Where the expression has no value dhcpd makes no name, Kea the one that the client sends; if there can be none Kea makes no name for a client that sends none.",
	}, pointer)
	return Approximated
}

// withoutExpression keeps the expression for the whole server away from the
// subnets for which a statement further in says something else.
func (t *translation) withoutExpression(p parameterPlace, st dhcpdconf.Statement) {
	if _, loaded := t.hooks[hookDDNSTuning]; !loaded || p.kind == atGlobal {
		return
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil && s.Chain().Setting("ddns-hostname") == st {
			none := keaconf.Object{{Key: "hostname-expr", Value: ""}}
			k.UserContext = append(k.UserContext, keaconf.Member{Key: "ddns-tuning", Value: none})
		}
	}
}

// generatedName reads an expression for names that are made from the address:
// a prefix with a hyphen behind it and the numbers of the address with hyphens
// between them, for all clients or for those that send no name.
func generatedName(e dhcpdconf.Expr) (when, prefix string, ok bool) {
	when = makeAlways
	if pick, isCall := e.(*dhcpdconf.Call); isCall && !pick.User && (pick.Name == "pick-first-value" || pick.Name == "pick") && len(pick.Args) > 1 {
		when = makeWhenMissing
		host := false
		for _, arg := range pick.Args[:len(pick.Args)-1] {
			o, isOption := arg.(*dhcpdconf.OptionValue)
			if !isOption || o.Option == nil {
				return "", "", false
			}
			switch {
			case o.Option.Space == "dhcp" && o.Option.Code == 12:
				host = host || !o.Config
			case o.Option.Space == "fqdn":
			default:
				return "", "", false
			}
		}
		if !host {
			return "", "", false
		}
		e = pick.Args[len(pick.Args)-1]
	}
	var text strings.Builder
	done := false
	if !generatedParts(e, &text, &done, 0) || !done {
		return "", "", false
	}
	prefix, hyphen := strings.CutSuffix(text.String(), "-")
	if !hyphen || !validHostname(prefix) { // with an empty one Kea's names begin with a hyphen
		return "", "", false
	}
	return when, prefix, true
}

// generatedParts collects the constants before the address; done says that the
// address has come.
func generatedParts(e dhcpdconf.Expr, text *strings.Builder, done *bool, depth int) bool {
	if *done || depth > maxExprDepth {
		return false
	}
	if c, ok := model.Fold(e); ok {
		text.Write(c.Data)
		return !c.Numeric
	}
	call, ok := e.(*dhcpdconf.Call)
	if !ok || call.User {
		return false
	}
	switch {
	case call.Name == "concat":
		for _, arg := range call.Args {
			if !generatedParts(arg, text, done, depth+1) {
				return false
			}
		}
		return true
	case call.Name == "binary-to-ascii" && len(call.Args) == 4:
		for i, want := range []int64{10, 8} {
			if n, err := number(call.Args[i]); err != nil || n != want {
				return false
			}
		}
		hyphen, constant := model.Fold(call.Args[2])
		address, isAtom := call.Args[3].(*dhcpdconf.Atom)
		*done = constant && string(hyphen.Data) == "-" && isAtom && address.Name == "leased-address"
		return *done
	}
	return false
}
