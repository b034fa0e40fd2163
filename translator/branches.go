package translator

import (
	"errors"
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// branches returns the branches of an if or switch statement, and of those
// inside it, in order of precedence. outer is the test of the branch that the
// statement stands in; "" is none.
func (t *translation) branches(st dhcpdconf.Statement, in *model.Scope, outer string, depth int) ([]branch, error) {
	if depth > maxExprDepth {
		return nil, errors.New("conditions are nested too deeply")
	}
	switch st := st.(type) {
	case *dhcpdconf.If:
		return t.ifBranches(st, in, outer, depth)
	case *dhcpdconf.Switch:
		return t.switchBranches(st, in, outer, depth)
	}
	return nil, nil
}

// ifBranches: the first branch whose condition holds is taken.
func (t *translation) ifBranches(chain *dhcpdconf.If, in *model.Scope, outer string, depth int) ([]branch, error) {
	var list []branch
	var before []string
	x := t.expressions(chain)
	for b := chain; b != nil; b = b.Next {
		tests := outerTest(outer)
		for _, earlier := range before {
			tests = append(tests, opposite(earlier))
		}
		if b.Cond != nil {
			test, err := x.boolean(b.Cond)
			if err != nil {
				if b == chain {
					return nil, err
				}
				t.inexpressible(b, err) // the branches before it are exact
				return list, nil
			}
			tests = append(tests, test)
			before = append(before, test)
		}
		t.behindBreak(b.Body)
		more, err := t.branchBody(b, untilBreak(b.Body), all(tests), in, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// switchBranches: execution begins at the first case with the value, or at
// default, and goes on until break, through other cases.
func (t *translation) switchBranches(sw *dhcpdconf.Switch, in *model.Scope, outer string, depth int) ([]branch, error) {
	var list []branch
	var before []string
	x := t.expressions(sw)
	t.ledger.mark(sw, Translated)
	var otherwise *dhcpdconf.Case
	otherwiseAt := 0
	for i, st := range sw.Body {
		if model.IsBreak(st) {
			t.ledger.mark(st, Translated)
		}
		label, ok := st.(*dhcpdconf.Case)
		if !ok {
			continue
		}
		if label.Value == nil {
			otherwise, otherwiseAt = label, i
			continue
		}
		same := &dhcpdconf.Binary{ExprBase: dhcpdconf.ExprBase{At: label.Span()}, Op: "=", X: sw.Value, Y: label.Value}
		test, err := x.boolean(same)
		if err != nil {
			return nil, err
		}
		tests := append(outerTest(outer), test)
		for _, earlier := range before {
			tests = append(tests, opposite(earlier))
		}
		before = append(before, test)
		more, err := t.branchBody(label, untilBreak(sw.Body[i+1:]), all(tests), in, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	if otherwise == nil {
		return list, nil
	}
	tests := outerTest(outer)
	for _, earlier := range before {
		tests = append(tests, opposite(earlier))
	}
	if len(tests) == 0 {
		tests = append(tests, truth(true))
	}
	more, err := t.branchBody(otherwise, untilBreak(sw.Body[otherwiseAt+1:]), all(tests), in, depth)
	return append(list, more...), err
}

func outerTest(outer string) []string {
	if outer == "" {
		return nil
	}
	return []string{outer}
}

// untilBreak returns the statements that are executed from a case on.
func untilBreak(body []dhcpdconf.Statement) []dhcpdconf.Statement {
	var run []dhcpdconf.Statement
	for _, st := range body {
		if model.IsBreak(st) {
			return run
		}
		if _, ok := st.(*dhcpdconf.Case); !ok {
			run = append(run, st)
		}
	}
	return run
}

// behindBreak speaks for what a break hides: that of a branch of an if, or of a
// scope, ends this alone (asked of dhcpd 4.4.3-P1).
func (t *translation) behindBreak(body []dhcpdconf.Statement) {
	at := slices.IndexFunc(body, model.IsBreak)
	if at < 0 {
		return
	}
	t.ledger.mark(body[at], Translated)
	for _, st := range body[at+1:] {
		t.unreached(st)
	}
}

func (t *translation) unreached(st dhcpdconf.Statement) {
	t.ledger.add(st, Finding{
		Code: "no-effect", Severity: S0, Verdict: Ignored,
		Message: "dhcpd never executes this, because a break stands before it.",
	}, "")
	t.markInside(st, Ignored)
	for b, ok := st.(*dhcpdconf.If); ok && b.Next != nil; {
		b = b.Next
		t.ledger.mark(b, Ignored)
		t.markInside(b, Ignored)
	}
}

// branchBody makes the branch of a body, and those of conditions inside it.
func (t *translation) branchBody(head dhcpdconf.Statement, body []dhcpdconf.Statement, test string, in *model.Scope, depth int) ([]branch, error) {
	t.ledger.mark(head, Translated)
	own := &model.Scope{Kind: model.ClassScope, Stmt: head, Parent: in}
	t.branchScopes = append(t.branchScopes, own)
	var list []branch
	for _, st := range body {
		if !isCondition(st) {
			own.Own = append(own.Own, st)
			continue
		}
		inner, err := t.branches(st, in, test, depth+1)
		var cannot *inexpressible
		if errors.As(err, &cannot) {
			t.inexpressible(st, err) // the rest of the branch is exact
			continue
		}
		if err != nil {
			return nil, err
		}
		// What stands further down is executed later, so it wins.
		list = append(inner, list...)
	}
	if len(own.Own) > 0 {
		line, _ := head.Span().Src.Position(head.Span().Off)
		name := uniqueName(fmt.Sprintf("%s-line-%d", head.Keyword(), line), t.branchNames)
		list = append(list, branch{name: name, test: test, scope: own})
	}
	return list, nil
}
