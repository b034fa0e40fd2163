package translator

import (
	"cmp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// diagnostics turns what the parser said into findings about the statements
// it is about.
func (t *translation) diagnostics() {
	for st := range dhcpdconf.Preorder(t.file) {
		if _, ok := st.(*dhcpdconf.Bad); ok {
			t.ledger.mark(st, Invalid)
		}
	}
	for _, s := range t.conf.Cut {
		for _, st := range s.Own {
			if model.IsBreak(st) {
				t.ledger.mark(st, Translated)
			}
		}
		for _, st := range s.Unreached {
			t.unreached(st)
		}
	}
	if len(t.diags) == 0 {
		return
	}
	usual := map[Code]Severity{}
	for _, c := range Codes() {
		usual[c.Code] = c.Severity
	}
	statements := statementsByPlace(t.file)
	inLeases := map[*dhcpdconf.Source]bool{}
	for _, st := range t.file.Leases {
		inLeases[st.Span().Src] = true
	}
	for _, d := range t.diags {
		f := Finding{
			Code: Code(d.Code), Severity: usual[Code(d.Code)], Verdict: Translated, Span: d.Span,
			Message: d.Summary, Remedy: d.Detail,
		}
		switch {
		case inLeases[d.Span.Src]:
			f.Severity, f.Verdict = S1, Ignored
			f.Message, f.Remedy = d.Summary+": dhcpd logs that, leaves it out, and goes on.", ""
		case d.Severity == dhcpdconf.Error:
			f.Severity, f.Verdict = S4, Invalid
		case d.Code == "bare-word":
			f.Verdict = Ignored
		case d.Code == "include-missing":
			f.Verdict = Manual
		}
		t.ledger.add(statements.at(d.Span), f, "")
	}
}

// placed are the statements of each source in order of appearance.
type placed map[*dhcpdconf.Source][]dhcpdconf.Statement

func statementsByPlace(f *dhcpdconf.File) placed {
	p := placed{}
	for st := range dhcpdconf.Preorder(f) {
		src := st.Span().Src
		p[src] = append(p[src], st)
	}
	return p
}

// at returns the statement in whose head a span begins, nil when there is none.
func (p placed) at(span dhcpdconf.Span) dhcpdconf.Statement {
	list := p[span.Src]
	i, found := slices.BinarySearchFunc(list, span.Off, func(st dhcpdconf.Statement, off uint32) int {
		return cmp.Compare(st.Span().Off, off)
	})
	if !found {
		i--
	}
	if i < 0 || span.Off > list[i].Head().End {
		return nil
	}
	return list[i]
}

// accounts speaks for the statements that only hold others and for settings
// that decide nothing, and finds those that no pass has spoken for.
func (t *translation) accounts() {
	for _, c := range t.conf.Classes {
		for _, sub := range c.Subclasses {
			for _, st := range sub.Again {
				t.ledger.mark(st, t.ledger.verdicts[sub.Stmt.ID()])
			}
		}
	}
	for st := range dhcpdconf.Preorder(t.file) {
		if t.ledger.verdicts[st.ID()] != Unset {
			continue
		}
		switch st.(type) {
		case *dhcpdconf.Include, *dhcpdconf.Group:
			t.ledger.mark(st, Translated)
		case *dhcpdconf.Empty, *dhcpdconf.Percent, *dhcpdconf.HostState:
			t.ledger.mark(st, Ignored)
		case *dhcpdconf.Bad:
			t.ledger.mark(st, Invalid)
		}
	}
	t.settingsWithoutEffect()
	t.bootFieldsOfGroups()
	for st := range dhcpdconf.Preorder(t.file) {
		if t.ledger.verdicts[st.ID()] == Unset {
			t.ledger.add(st, Finding{
				Code: "unaccounted", Severity: S4, Verdict: Manual,
				Message: "the translation missed this statement: a defect of the translator.",
				Remedy:  "check it by hand and report the defect",
			}, "")
		}
	}
}

// settingsWithoutEffect speaks for the settings of scopes from which nothing
// is served: dhcpd reads them and never executes them.
func (t *translation) settingsWithoutEffect() {
	serves := t.servingScopes()
	for _, s := range t.conf.Scopes {
		if serves[s] {
			continue
		}
		for _, st := range s.Own {
			if t.ledger.verdicts[st.ID()] != Unset {
				continue
			}
			t.ledger.add(st, Finding{
				Code: "no-effect", Severity: S0, Verdict: Ignored,
				Message: "nothing is served from the scope that this stands in, so it decides nothing.",
			}, "")
			t.markInside(st, Ignored)
		}
	}
}

// servingScopes returns the scopes that some place of the result takes over.
func (t *translation) servingScopes() map[*model.Scope]bool {
	serves := make(map[*model.Scope]bool, len(t.conf.Scopes))
	serves[t.conf.Global] = true
	mark := func(s *model.Scope) {
		for ; s != nil && !serves[s]; s = s.Parent {
			serves[s] = true
		}
	}
	for n := range t.networkOf {
		mark(n.Scope)
	}
	for s := range t.subnetOf {
		mark(s.Scope)
	}
	for i := range t.poolPlaces {
		mark(t.poolPlaces[i].from.Scope)
	}
	for _, r := range t.hosts {
		if len(r.from.Scope.Own) > 0 {
			mark(&r.from.Scope)
		} else {
			mark(r.from.Scope.Parent)
		}
	}
	return serves
}
