package resolve

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Key is the form in which names are compared and recorded: lower case, without
// a dot at the end.
func Key(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Names returns the host names that stand for addresses in a file and in all
// that it includes, in the form of [Key], sorted, each once.
func Names(f *dhcpdconf.File) []string {
	c := collector{}
	for s := range dhcpdconf.Preorder(f) {
		c.statement(s)
	}
	names := make([]string, 0, len(c))
	for name := range c {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type collector map[string]bool

func (c collector) add(name string) {
	if name = Key(name); name != "" {
		c[name] = true
	}
}

func (c collector) addresses(lists ...[]dhcpdconf.Address) {
	for _, list := range lists {
		for _, a := range list {
			c.add(a.Host)
		}
	}
}

func (c collector) data(d dhcpdconf.Data) {
	for _, field := range d.Fields {
		c.add(field.Host)
	}
	c.expr(d.Expr)
}

func (c collector) statement(s dhcpdconf.Statement) {
	switch s := s.(type) {
	case *dhcpdconf.FixedAddress:
		c.addresses(s.Addresses)
	case *dhcpdconf.OptionSet:
		c.data(s.Data)
	case *dhcpdconf.Param:
		c.data(s.Data)
	case *dhcpdconf.HostIdentifier:
		c.data(s.Data)
	case *dhcpdconf.Zone:
		c.addresses(s.Primary, s.Secondary, s.Primary6, s.Secondary6)
	case *dhcpdconf.Setting:
		for _, v := range s.Values {
			c.add(v.Addr.Host)
		}
	case *dhcpdconf.Subclass:
		c.expr(s.Value)
	case *dhcpdconf.Match:
		c.expr(s.Expr)
	case *dhcpdconf.Spawn:
		c.expr(s.Expr)
	case *dhcpdconf.If:
		c.expr(s.Cond)
	case *dhcpdconf.Switch:
		c.expr(s.Value)
	case *dhcpdconf.Case:
		c.expr(s.Value)
	case *dhcpdconf.Set:
		c.expr(s.Expr)
	case *dhcpdconf.Eval:
		c.expr(s.Expr)
	case *dhcpdconf.Execute:
		for _, arg := range s.Args {
			c.expr(arg)
		}
	case *dhcpdconf.Log:
		c.expr(s.Expr)
	case *dhcpdconf.Return:
		c.expr(s.Expr)
	}
}

// expr visits an expression with a stack of its own: long chains of "or" are
// deep trees.
func (c collector) expr(e dhcpdconf.Expr) {
	for stack := []dhcpdconf.Expr{e}; len(stack) > 0; {
		e = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch e := e.(type) {
		case *dhcpdconf.Binary:
			stack = append(stack, e.X, e.Y)
		case *dhcpdconf.Not:
			stack = append(stack, e.X)
		case *dhcpdconf.Call:
			stack = append(stack, e.Args...)
		case *dhcpdconf.Literal:
			c.add(e.Host)
		}
	}
}
