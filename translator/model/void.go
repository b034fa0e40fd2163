package model

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// enterHost decides whether a host counts, as dhcpd does when it reads one: a
// deleted one takes an earlier one of its name away, and in the lease file the
// first one of a name stays. In dhcpd.conf a second one keeps dhcpd from
// starting; here it counts.
func (b *builder) enterHost(h *Host) bool {
	c := b.c
	name := h.Stmt.Name.Text
	deleted := dhcpdconf.Deleted(h.Stmt.Body)
	var have *Host
	if deleted || b.leases {
		have = b.hostNamed(name)
	}
	switch {
	case deleted:
		if have != nil {
			b.voidHost(have, h.Stmt)
		}
		c.Void = append(c.Void, Void{Stmt: h.Stmt})
		return false
	case have != nil:
		c.Void = append(c.Void, Void{Stmt: h.Stmt, By: have.Stmt, Taken: true})
		return false
	}
	if c.hostByName != nil {
		c.hostByName[name] = h
	}
	return true
}

// hostNamed returns the host that counts under a name. Only deleted hosts and
// the lease file ask; until then nobody keeps a list.
func (b *builder) hostNamed(name string) *Host {
	c := b.c
	if c.hostByName == nil {
		c.hostByName = make(map[string]*Host, len(c.Hosts))
		for _, h := range c.Hosts {
			c.hostByName[h.Stmt.Name.Text] = h
		}
	}
	return c.hostByName[name]
}

func (b *builder) voidHost(h *Host, by dhcpdconf.Statement) {
	if b.void == nil {
		b.void = map[*Host]bool{}
	}
	b.void[h] = true
	delete(b.c.hostByName, h.Stmt.Name.Text)
	b.c.Void = append(b.c.Void, Void{Stmt: h.Stmt, By: by})
}

// dropVoid takes deleted hosts with their scopes, and deleted subclasses, out of
// the lists.
func (b *builder) dropVoid() {
	c := b.c
	if len(b.voidSubs) > 0 {
		for _, k := range c.Classes {
			k.Subclasses = slices.DeleteFunc(k.Subclasses, func(s *Subclass) bool { return b.voidSubs[s] })
		}
	}
	if len(b.void) == 0 {
		return
	}
	c.Hosts = slices.DeleteFunc(c.Hosts, func(h *Host) bool { return b.void[h] })
	gone := map[*Scope]bool{}
	for h := range b.void {
		gone[&h.Scope] = true
	}
	c.Scopes = slices.DeleteFunc(c.Scopes, func(s *Scope) bool { return gone[s] })
}

// nameGroup gives a group its name, once it has been read: a second one of the
// same name makes dhcpd forget the name, and one that is deleted leaves it with
// nothing. Hosts that named it before keep what it was.
func (b *builder) nameGroup(st *dhcpdconf.Group, scope *Scope) {
	name := st.Name.Text
	if name == "" {
		return
	}
	switch _, known := b.c.Groups[name]; {
	case dhcpdconf.Deleted(st.Body):
		b.c.Groups[name] = b.c.Global
		b.c.Void = append(b.c.Void, Void{Stmt: st})
	case known:
		delete(b.c.Groups, name)
	default:
		b.c.Groups[name] = scope
	}
}

// deleteClass leaves a class without anything that puts a client into it, since
// pools may name it.
func (b *builder) deleteClass(c *Class, by *dhcpdconf.Class) {
	for _, st := range c.Stmts {
		b.c.Void = append(b.c.Void, Void{Stmt: st, By: by})
	}
	for _, sub := range c.Subclasses {
		if b.voidSubs[sub] {
			continue
		}
		b.voidSubclass(sub, by)
		if key, ok := subclassKeyOf(c, sub.Stmt); ok {
			delete(b.subclasses, key)
		}
	}
	b.c.Void = append(b.c.Void, Void{Stmt: by})
	c.Scope.Own = nil
	c.Matches, c.Spawn, c.Limits, c.State = nil, nil, nil, nil
	if len(c.Stmts) == 0 {
		c.Stmts = append(c.Stmts, by)
	}
}

// subclassKey tells the subclasses of a class apart.
type subclassKey struct {
	class *Class
	value string
}

// subclassKeyOf reports false for a subclass without a constant.
func subclassKeyOf(c *Class, st *dhcpdconf.Subclass) (subclassKey, bool) {
	if st.Value == nil {
		return subclassKey{}, false
	}
	v, ok := Fold(st.Value)
	return subclassKey{c, string(v.Data)}, ok && !v.Numeric
}

func (b *builder) deleteSubclass(key subclassKey, sub *Subclass, by *dhcpdconf.Subclass) {
	b.c.Void = append(b.c.Void, Void{Stmt: by})
	if sub == nil {
		return
	}
	delete(b.subclasses, key)
	b.voidSubclass(sub, by)
}

func (b *builder) voidSubclass(sub *Subclass, by dhcpdconf.Statement) {
	if b.voidSubs == nil {
		b.voidSubs = map[*Subclass]bool{}
	}
	b.voidSubs[sub] = true
	b.c.Void = append(b.c.Void, Void{Stmt: sub.Stmt, By: by})
	for _, st := range sub.Again {
		b.c.Void = append(b.c.Void, Void{Stmt: st, By: by})
	}
}
