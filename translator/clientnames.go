package translator

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// namesClients reports whether the file sets option 12 other than in a host: to a
// client that sends a name Kea gives that name back, whatever option data say
// (measured on 2.2, 2.6 and 3.0), so only the hook flex_option can say another.
func (o *optionPass) namesClients() bool {
	if o.v6() || !o.canHook(hookFlexOption) {
		return false
	}
	if o.clientNames == nil {
		o.clientNames = new(setsHostName(o.file.Body))
	}
	return *o.clientNames
}

// setsHostName reports whether statements, or others inside them, set option 12;
// of those in hosts only conditions count.
func setsHostName(list []dhcpdconf.Statement) bool {
	found := false
	dhcpdconf.Walk(list, func(st dhcpdconf.Statement) bool {
		switch st := st.(type) {
		case *dhcpdconf.OptionSet:
			found = found || isHostName(st)
		case *dhcpdconf.Host:
			for _, inner := range dhcpdconf.Children(st) {
				if _, plain := inner.(*dhcpdconf.OptionSet); !plain {
					found = found || setsHostName([]dhcpdconf.Statement{inner})
				}
			}
			return false
		}
		return !found
	})
	return found
}

// namedHostClass is the class of reservations whose host says the name itself,
// which dhcpd prefers to that of all other scopes.
const namedHostClass = "named-host"

// notNamedByHost puts the reservations that have a name of their host into a class
// and returns a test for the clients that are not in it; "" when there are none.
func (t *translation) notNamedByHost() string {
	some := false
	for _, r := range t.hosts {
		res := t.reservation(r)
		if res.Hostname == "" {
			continue
		}
		for _, st := range r.from.Scope.Own {
			if set, ok := st.(*dhcpdconf.OptionSet); ok && isHostName(set) {
				res.ClientClasses = append(res.ClientClasses, namedHostClass)
				some = true
				break
			}
		}
	}
	if !some {
		return ""
	}
	t.needClass(keaconf.ClientClass{Name: namedHostClass})
	return "not member('" + namedHostClass + "')"
}
