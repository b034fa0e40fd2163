package model

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func (b *builder) host(st *dhcpdconf.Host, at place) {
	h := &Host{Stmt: st, Lexical: at.scope, Scope: Scope{Kind: HostScope, Stmt: st, Parent: at.scope}}
	b.c.standsIn[st.ID()] = &h.Scope
	b.hostBody(h, st.Body)
	if !b.enterHost(h) {
		return
	}
	b.c.Hosts = append(b.c.Hosts, h)
	if len(h.Scope.Own) > 0 {
		b.c.Scopes = append(b.c.Scopes, &h.Scope)
	}
}

func (b *builder) hostBody(h *Host, body []dhcpdconf.Statement) {
	for _, st := range body {
		switch st := st.(type) {
		case *dhcpdconf.Include:
			b.hostBody(h, st.Body)
		case *dhcpdconf.Hardware:
			h.Hardware = st
		case *dhcpdconf.UID:
			h.UID = st
		case *dhcpdconf.HostIdentifier:
			h.Identifiers = append(h.Identifiers, st)
		case *dhcpdconf.FixedAddress:
			h.Fixed = append(h.Fixed, st)
		case *dhcpdconf.FixedPrefix6:
			h.Prefixes = append(h.Prefixes, st)
		case *dhcpdconf.HostGroup:
			h.Group = st
			if g := b.c.Groups[st.Name.Text]; g != nil {
				h.Scope.Parent = g
			}
		case *dhcpdconf.HostState:
			h.State = append(h.State, st)
		case *dhcpdconf.OptionSet:
			if st.Option != nil && st.Option.Space == "dhcp" && st.Option.Code == 61 {
				h.ClientID = st
				continue
			}
			h.Scope.Own = append(h.Scope.Own, st)
		default:
			h.Scope.Own = append(h.Scope.Own, st)
		}
	}
}

func (b *builder) class(st *dhcpdconf.Class, at place) {
	c := b.c.classByName[st.Name.Text]
	if c == nil {
		c = &Class{Name: st.Name.Text, Scope: &Scope{Kind: ClassScope, Stmt: st, Parent: at.scope}}
		b.c.classByName[c.Name] = c
		b.c.Classes = append(b.c.Classes, c)
	}
	if dhcpdconf.Deleted(st.Body) {
		b.deleteClass(c, st)
		return
	}
	c.Stmts = append(c.Stmts, st)
	b.c.standsIn[st.ID()] = c.Scope
	b.classBody(c, st.Body)
}

func (b *builder) classBody(c *Class, body []dhcpdconf.Statement) {
	for _, st := range body {
		switch st := st.(type) {
		case *dhcpdconf.Include:
			b.classBody(c, st.Body)
		case *dhcpdconf.Match:
			c.Matches = append(c.Matches, st)
		case *dhcpdconf.Spawn:
			c.Spawn = append(c.Spawn, st)
		case *dhcpdconf.LeaseLimit:
			c.Limits = append(c.Limits, st)
		case *dhcpdconf.HostState:
			c.State = append(c.State, st)
		default:
			c.Scope.Own = append(c.Scope.Own, st)
		}
	}
}

func (b *builder) subclass(st *dhcpdconf.Subclass, at place) {
	c := b.c.classByName[st.Class.Text]
	if c == nil { // dhcpd refuses it; keep it so that it is accounted for
		c = &Class{Name: st.Class.Text, Scope: &Scope{Kind: ClassScope, Stmt: st, Parent: at.scope}}
		b.c.classByName[c.Name] = c
		b.c.Classes = append(b.c.Classes, c)
	}
	sub := &Subclass{Stmt: st, Scope: Scope{Kind: SubclassScope, Stmt: st, Parent: c.Scope}}
	key, comparable := subclassKeyOf(c, st)
	have := b.subclasses[key]
	switch {
	case dhcpdconf.Deleted(st.Body):
		b.deleteSubclass(key, have, st)
		return
	case comparable && have != nil: // dhcpd adds to it
		sub = have
		sub.Again = append(sub.Again, st)
	default:
		c.Subclasses = append(c.Subclasses, sub)
		if comparable {
			b.subclasses[key] = sub
		}
	}
	b.c.standsIn[st.ID()] = &sub.Scope
	b.subclassBody(sub, st.Body)
}

func (b *builder) subclassBody(sub *Subclass, body []dhcpdconf.Statement) {
	for _, st := range body {
		switch st := st.(type) {
		case *dhcpdconf.Include:
			b.subclassBody(sub, st.Body)
		case *dhcpdconf.LeaseLimit:
			sub.Limits = append(sub.Limits, st)
		case *dhcpdconf.HostState:
			sub.State = append(sub.State, st)
		default:
			sub.Scope.Own = append(sub.Scope.Own, st)
		}
	}
}
