package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// variables gives the variables and functions of a file their meaning at one
// statement of it. dhcpd executes "set" in place, so a variable has the value
// of its only "set" where that was executed before for certain.
type variables struct {
	names *declaredNames
	at    dhcpdconf.Statement // nil: before every statement, as the match of a class
}

// declaredNames are the variables and functions of a file.
type declaredNames struct {
	sets      map[string][]*dhcpdconf.Set
	unset     map[string]bool
	functions map[string][]*dhcpdconf.Func
	// around is, for each statement, the one that it stands in; nil at the top.
	around map[dhcpdconf.Statement]dhcpdconf.Statement
}

// names finds the file's variables and functions, once.
func (t *translation) names() *declaredNames {
	if t.declared != nil {
		return t.declared
	}
	n := &declaredNames{
		sets: map[string][]*dhcpdconf.Set{}, unset: map[string]bool{},
		functions: map[string][]*dhcpdconf.Func{}, around: map[dhcpdconf.Statement]dhcpdconf.Statement{},
	}
	t.declared = n
	some := false
	for st := range dhcpdconf.Preorder(t.file) {
		switch st := st.(type) {
		case *dhcpdconf.Set:
			n.sets[st.Name.Text] = append(n.sets[st.Name.Text], st)
			some = true
		case *dhcpdconf.Unset:
			n.unset[st.Name.Text] = true
		case *dhcpdconf.Func:
			n.functions[st.Name.Text] = append(n.functions[st.Name.Text], st)
			some = true
		}
	}
	if !some {
		return n
	}
	for st := range dhcpdconf.Preorder(t.file) {
		around := st
		if _, ok := st.(*dhcpdconf.Include); ok {
			around = n.around[st]
		}
		for _, inner := range dhcpdconf.Children(st) {
			n.around[inner] = around
		}
		if branch, ok := st.(*dhcpdconf.If); ok && branch.Next != nil {
			n.around[branch.Next] = n.around[st]
		}
	}
	return n
}

// executedBefore reports whether a "set" was executed, with the same packet,
// whenever a statement is.
func (n *declaredNames) executedBefore(set *dhcpdconf.Set, at dhcpdconf.Statement) bool {
	if at == nil {
		return false
	}
	block := n.around[set]
	if _, ok := block.(*dhcpdconf.Switch); ok {
		return false // only in some cases
	}
	below := at
	for {
		outer := n.around[below]
		if outer == block {
			break
		}
		if outer == nil {
			return false
		}
		below = outer
	}
	// Scopes inside are executed after the whole of the one around them.
	return set.ID() < below.ID() || isScope(below)
}

// isScope reports whether a statement declares a scope of its own.
func isScope(st dhcpdconf.Statement) bool {
	switch st.(type) {
	case *dhcpdconf.Subnet, *dhcpdconf.Subnet6, *dhcpdconf.SharedNetwork, *dhcpdconf.Pool, *dhcpdconf.Group, *dhcpdconf.Host, *dhcpdconf.Class, *dhcpdconf.Subclass:
		return true
	}
	return false
}

// maxInlined bounds how many parts an expression may have once variables and
// functions are written out in it.
const maxInlined = 10000

// inline writes variables and functions out. It returns the same expression
// when there are none.
func (v *variables) inline(e dhcpdconf.Expr) (dhcpdconf.Expr, error) {
	if v == nil || v.names == nil || !mentionsNames(e, 0) {
		return e, nil
	}
	parts := 0
	if call, ok := e.(*dhcpdconf.Call); ok && !call.User && (call.Name == "pick-first-value" || call.Name == "pick") {
		return v.pick(call, &parts)
	}
	return v.expand(e, nil, 0, &parts, true)
}

// pick writes out what an option gets from pick-first-value: where nothing else has
// a value, what the last of the functions gave is left over, of which dhcpd believes
// that it is none (asked of dhcpd 4.4.3-P1).
func (v *variables) pick(e *dhcpdconf.Call, parts *int) (dhcpdconf.Expr, error) {
	out := *e
	out.Args = nil
	var functions []dhcpdconf.Expr
	for _, arg := range e.Args {
		call, isCall := arg.(*dhcpdconf.Call)
		function := isCall && call.User
		written, err := v.expand(arg, nil, 1, parts, function)
		switch {
		case err != nil:
			return nil, err
		case function:
			functions = slices.Insert(functions, 0, written)
		default:
			out.Args = append(out.Args, written)
		}
	}
	out.Args = append(out.Args, functions...)
	return &out, nil
}

// mentionsNames reports whether there is a variable or function to write out.
func mentionsNames(e dhcpdconf.Expr, depth int) bool {
	if depth > maxExprDepth {
		return false
	}
	switch e := e.(type) {
	case *dhcpdconf.Variable:
		return true
	case *dhcpdconf.Call:
		return e.User || slices.ContainsFunc(e.Args, func(a dhcpdconf.Expr) bool { return mentionsNames(a, depth+1) })
	case *dhcpdconf.Binary:
		return mentionsNames(e.X, depth+1) || mentionsNames(e.Y, depth+1)
	case *dhcpdconf.Not:
		return mentionsNames(e.X, depth+1)
	}
	return false
}

// expand writes out an expression whose names that args holds are arguments of
// the function around it. What a function gives counts where it is the whole value,
// of a statement, an argument or one side of a comparison; inside of other
// expressions dhcpd calls it and takes it for null (asked of dhcpd 4.4.3-P1).
func (v *variables) expand(e dhcpdconf.Expr, args map[string]dhcpdconf.Expr, depth int, parts *int, whole bool) (dhcpdconf.Expr, error) {
	if *parts++; depth > maxExprDepth || *parts > maxInlined {
		return nil, cannot(e, "variables and functions make the expression too large")
	}
	switch e := e.(type) {
	case *dhcpdconf.Variable:
		return v.variable(e, args, depth, parts)
	case *dhcpdconf.Call:
		if e.User && !whole {
			return &dhcpdconf.Atom{ExprBase: e.ExprBase, Name: "null"}, nil
		}
		out := *e
		out.Args = make([]dhcpdconf.Expr, len(e.Args))
		for i, a := range e.Args {
			var err error
			if out.Args[i], err = v.expand(a, args, depth+1, parts, e.User); err != nil {
				return nil, err
			}
		}
		if e.User {
			return v.call(&out, depth, parts)
		}
		return &out, nil
	case *dhcpdconf.Binary:
		out := *e
		compares := e.Op == "=" || e.Op == "!="
		var err error
		if out.X, err = v.expand(e.X, args, depth+1, parts, compares); err != nil {
			return nil, err
		}
		out.Y, err = v.expand(e.Y, args, depth+1, parts, compares)
		return &out, err
	case *dhcpdconf.Not:
		out := *e
		var err error
		out.X, err = v.expand(e.X, args, depth+1, parts, false)
		return &out, err
	}
	return e, nil
}

// variable is the value of the only "set" of a name; without any there is none,
// but for those that dhcpd sets itself.
func (v *variables) variable(e *dhcpdconf.Variable, args map[string]dhcpdconf.Expr, depth int, parts *int) (dhcpdconf.Expr, error) {
	if value, ok := args[e.Name]; ok {
		return value, nil
	}
	sets := v.names.sets[e.Name]
	switch {
	case strings.HasPrefix(strings.ToLower(e.Name), "ddns-"):
		return nil, cannot(e, "the variable %s is what dhcpd knows of the client's DNS records", e.Name)
	case len(sets) == 0:
		return &dhcpdconf.Atom{ExprBase: e.ExprBase, Name: "null"}, nil
	case len(sets) > 1, v.names.unset[e.Name]:
		return nil, cannot(e, "the variable %s is set in several places", e.Name)
	case sets[0].Expr == nil || !v.names.executedBefore(sets[0], v.at):
		return nil, cannot(e, "the variable %s is not always set before; dhcpd may know it from an earlier message", e.Name)
	}
	there := &variables{names: v.names, at: sets[0]}
	return there.expand(sets[0].Expr, nil, depth+1, parts, true)
}

// call writes a function out that does nothing but return a value.
func (v *variables) call(e *dhcpdconf.Call, depth int, parts *int) (dhcpdconf.Expr, error) {
	functions := v.names.functions[e.Name]
	if len(functions) != 1 || len(functions[0].Args) != len(e.Args) {
		return nil, cannot(e, "the function %s is not defined once, with these arguments", e.Name)
	}
	f := functions[0]
	if v.at == nil || len(f.Body) != 1 || !v.names.defined(f, v.at) {
		return nil, cannot(e, "the function %s does more than return a value, or is not always defined before", e.Name)
	}
	ret, ok := f.Body[0].(*dhcpdconf.Return)
	if !ok || ret.Expr == nil {
		return nil, cannot(e, "the function %s does more than return a value", e.Name)
	}
	args := map[string]dhcpdconf.Expr{}
	for i, name := range f.Args {
		args[name.Text] = e.Args[i]
	}
	inside := &variables{names: v.names, at: v.at}
	return inside.expand(ret.Expr, args, depth+1, parts, true)
}

// defined reports whether a function is defined, with the same packet,
// whenever a statement is executed.
func (n *declaredNames) defined(f *dhcpdconf.Func, at dhcpdconf.Statement) bool {
	return n.around[f] == nil && (f.ID() < at.ID() || isScope(n.outermost(at)))
}

// outermost is the statement at the top of the file in which another stands.
func (n *declaredNames) outermost(st dhcpdconf.Statement) dhcpdconf.Statement {
	for n.around[st] != nil {
		st = n.around[st]
	}
	return st
}

// unseenField speaks for a statement that asks for a field of the client's message
// which Kea's expressions do not see. Clients fill them with zeros: the names of the
// server and of the file are for servers to write (RFC 2131 section 2).
func (t *translation) unseenField(st dhcpdconf.Statement, field string) {
	t.ledger.add(st, Finding{
		Code: "field-taken-for-empty", Severity: S1, Verdict: Approximated,
		Clients: fmt.Sprintf("clients that put a %s into their own message", field),
		Message: fmt.Sprintf("%s is that field of the client's message, which Kea's expressions cannot ask for. Clients leave it empty, and so it was taken for empty.", field),
		Remedy:  "see whether there are BOOTP clients that ask for a file by its name",
	}, "")
}

// offeredToClass is offeredAddress for the condition of a class: who is a member
// depends on the message.
func (t *translation) offeredToClass(c *model.Class) {
	scopes := slices.Clone(model.ChainOf(c.Scope).Until(model.Chain{t.conf.Global}))
	for _, sub := range c.Subclasses {
		scopes = append(scopes, &sub.Scope)
	}
	t.ledger.add(nil, Finding{
		Code: "address-read", Severity: S1, Verdict: Approximated, Fields: t.fieldsOf(scopes...),
		Clients:  fmt.Sprintf("clients that were offered an address of a pool, members of class %q or not", c.Name),
		Audience: Audience{Messages: returnMessages},
		Message:  fmt.Sprintf("the condition of class %q goes by the address that the client asks for, which is the one that it was offered. Of the free addresses of a pool Kea offers others than dhcpd does.", c.Name),
		Remedy:   "none is needed if the addresses in question are those of hosts",
	}, t.root()+"/client-classes")
}

// offeredAddress speaks for a value or condition that goes by the address which
// the client asks for: in a DHCPREQUEST that is the one it was offered.
func (t *translation) offeredAddress(at dhcpdconf.Statement) {
	if at == nil {
		return
	}
	fields := t.addFields(nil, []dhcpdconf.Statement{at})
	t.ledger.add(at, Finding{
		Code: "address-read", Severity: S1, Verdict: Translated, Fields: fields,
		Clients:  "clients that were offered an address of a pool",
		Audience: Audience{Messages: []string{"request", "reboot"}},
		Message:  "this goes by the address that the client asks for, which is the one that it was offered. Of the free addresses of a pool Kea offers others than dhcpd does.",
		Remedy:   "none is needed if the addresses in question are those of hosts",
	}, "")
}
