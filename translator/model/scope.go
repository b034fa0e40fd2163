package model

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Kind says what declaration a scope belongs to.
type Kind uint8

// The kinds of scopes.
const (
	GlobalScope Kind = iota
	GroupScope
	NetworkScope
	SubnetScope
	PoolScope
	HostScope
	ClassScope
	SubclassScope
)

var kindNames = [...]string{"global", "group", "shared-network", "subnet", "pool", "host", "class", "subclass"}

func (k Kind) String() string { return kindNames[k] }

// Scope is a lexical scope with the settings and executable statements that
// are written in it. dhcpd executes them in order, so that a later one
// overrides an earlier one.
type Scope struct {
	Kind   Kind
	Stmt   dhcpdconf.Statement // the declaration; nil for the global scope
	Parent *Scope              // nil for the global scope
	Own    []dhcpdconf.Statement
	// Unreached are statements that stand behind a break of the scope, so that
	// dhcpd never executes them.
	Unreached []dhcpdconf.Statement

	settings map[string]dhcpdconf.Statement // built when there are many
}

// cutScopes takes out of scopes what dhcpd never executes. What a subclass sets
// stands behind what its class sets.
func (c *Config) cutScopes() {
	cut := func(s *Scope) (done bool) {
		if done = s.cut(); done {
			c.Cut = append(c.Cut, s)
		}
		return done
	}
	for _, s := range c.Scopes {
		cut(s)
	}
	for _, class := range c.Classes {
		whole := cut(class.Scope)
		for _, sub := range class.Subclasses {
			if s := &sub.Scope; !cut(s) && whole && len(s.Own) > 0 {
				c.Cut = append(c.Cut, s)
			}
			if whole {
				sub.Scope.Unreached = append(sub.Scope.Own, sub.Scope.Unreached...)
				sub.Scope.Own = nil
			}
		}
	}
}

// cut takes out of the scope what stands behind a break; false: there is none. What
// the parser itself acts on stays.
func (s *Scope) cut() bool {
	at := slices.IndexFunc(s.Own, IsBreak)
	if at < 0 {
		return false
	}
	rest := s.Own[at+1:]
	s.Own = slices.Clip(s.Own[:at+1])
	for _, st := range rest {
		switch st.(type) {
		case *dhcpdconf.Authoritative, *dhcpdconf.Simple:
			s.Own = append(s.Own, st)
		default:
			s.Unreached = append(s.Unreached, st)
		}
	}
	return true
}

// IsBreak reports whether a statement is a break.
func IsBreak(st dhcpdconf.Statement) bool {
	simple, ok := st.(*dhcpdconf.Simple)
	return ok && len(simple.Words) == 1 && simple.Words[0] == "break"
}

// Within reports whether s is outer or stands inside outer.
func (s *Scope) Within(outer *Scope) bool {
	for ; s != nil; s = s.Parent {
		if s == outer {
			return true
		}
	}
	return false
}

// Setting returns the statement of this scope that decides a parameter or
// server flag, the last one, or nil. Names are those of dhcpd's server
// options, such as "default-lease-time" or "boot-unknown-clients"; see
// [SettingName].
func (s *Scope) Setting(name string) dhcpdconf.Statement {
	const few = 16
	if len(s.Own) > few {
		if s.settings == nil {
			s.settings = map[string]dhcpdconf.Statement{}
			for _, st := range s.Own {
				if n := SettingName(st); n != "" {
					s.settings[n] = st
				}
			}
		}
		return s.settings[name]
	}
	for i := len(s.Own) - 1; i >= 0; i-- {
		if SettingName(s.Own[i]) == name {
			return s.Own[i]
		}
	}
	return nil
}

// flagNames maps the words of allow, deny and ignore to the names of the
// server options that they set.
var flagNames = map[string]string{
	"unknown-clients":      "boot-unknown-clients",
	"boot-unknown-clients": "boot-unknown-clients",
	"bootp":                "allow-bootp",
	"booting":              "allow-booting",
	"dynamic-bootp":        "dynamic-bootp",
	"duplicates":           "duplicates",
	"declines":             "declines",
	"client-updates":       "client-updates",
	"leasequery":           "leasequery",
}

// SettingName returns the name of the server option that a parameter or flag
// sets, or "" for other statements.
func SettingName(st dhcpdconf.Statement) string {
	switch st := st.(type) {
	case *dhcpdconf.Param:
		if st.Option != nil {
			return st.Option.Name
		}
	case *dhcpdconf.Flag:
		name := strings.ToLower(st.Name)
		if n, ok := flagNames[name]; ok {
			return n
		}
		return name
	case *dhcpdconf.Authoritative:
		return "authoritative"
	case *dhcpdconf.SpaceParam:
		if st.Site {
			return "site-option-space"
		}
		return "vendor-option-space"
	}
	return ""
}

// Chain is the scopes that apply at a place, the innermost, which wins, first.
type Chain []*Scope

// ChainOf returns a scope and everything around it.
func ChainOf(s *Scope) Chain {
	depth := 0
	for at := s; at != nil; at = at.Parent {
		depth++
	}
	c := make(Chain, 0, depth)
	for ; s != nil; s = s.Parent {
		c = append(c, s)
	}
	return c
}

// Until returns the part of the chain before the first scope that stop holds too.
func (c Chain) Until(stop Chain) Chain {
	for i, s := range c {
		for _, t := range stop {
			if s == t {
				return c[:i]
			}
		}
	}
	return c
}

// Setting returns the statement that decides a parameter or flag at this
// place, or nil when dhcpd's default applies.
func (c Chain) Setting(name string) dhcpdconf.Statement {
	for _, s := range c {
		if st := s.Setting(name); st != nil {
			return st
		}
	}
	return nil
}
