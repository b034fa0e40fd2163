package server

import (
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// limits count what libdhcp_limits limits.
type limits struct {
	leases map[string]int // assigned ones, by class
	recent map[*config.Limit][]time.Time
}

const contextClasses = "client-classes"

// newLimits counts the leases that remember classes; nil: nothing is limited.
func newLimits(conf *config.Config4, leases *memfile.Live4) *limits {
	if !conf.Hooks.Limits {
		return nil
	}
	l := &limits{leases: map[string]int{}, recent: map[*config.Limit][]time.Time{}}
	for one := range leases.Unordered() {
		l.count(one, 1)
	}
	return l
}

// count counts a lease that comes or goes.
func (l *limits) count(one *lease.Lease4, n int) {
	if one.State != lease.Assigned || one.UserContext == "" {
		return
	}
	for _, class := range classesOf(one.UserContext) {
		l.leases[class] += n
	}
}

// classesOf returns the classes that a lease remembers.
func classesOf(text string) []string {
	var context struct {
		ISC struct {
			Classes []string `json:"client-classes"`
		} `json:"ISC"`
	}
	if json.Unmarshal([]byte(text), &context) != nil {
		return nil // it is of somebody else
	}
	return context.ISC.Classes
}

// put keeps a lease, remove forgets one: all changes of the database go through
// them.
func (s *Server4) put(l *lease.Lease4) {
	if s.limits != nil {
		if old, ok := s.leases.Get(l.Address); ok {
			s.limits.count(&old, -1)
		}
		s.limits.count(l, 1)
	}
	if s.debugging {
		if _, ok := s.leases.Get(l.Address); ok {
			s.logStore("DHCPSRV_MEMFILE_UPDATE_ADDR4", "updating IPv4 lease for address", l.Address)
		} else {
			s.logStore("DHCPSRV_MEMFILE_ADD_ADDR4", "adding IPv4 lease with address", l.Address)
		}
	}
	s.leases.Put(l)
}

func (s *Server4) remove(a netip.Addr) {
	if s.limits != nil {
		if old, ok := s.leases.Get(a); ok {
			s.limits.count(&old, -1)
		}
	}
	s.logStore("DHCPSRV_MEMFILE_DELETE_ADDR4", "deleting lease for address", a)
	s.leases.Delete(a)
}

// limitedClasses are the classes of the client with a limit.
func (s *Server4) limitedClasses(x *exchange) (out []*config.Class) {
	for _, id := range x.query.Classes.Order() {
		if c := s.conf.ClassByID(id); c != nil && c.Limit != nil {
			out = append(out, c)
		}
	}
	return out
}

// limitPackets drops messages of which there are too many: of the classes of the
// client, and of its subnet.
func (s *Server4) limitPackets(x *exchange) outcome {
	if s.limits == nil {
		return goOn
	}
	list := []*config.Limit{}
	for _, c := range s.limitedClasses(x) {
		list = append(list, c.Limit)
	}
	if x.subnet != nil && x.subnet.Limit != nil {
		list = append(list, x.subnet.Limit)
	}
	for _, l := range list {
		if l.Per == 0 {
			continue
		}
		recent := s.limits.recent[l]
		for len(recent) > 0 && s.count.now.Sub(recent[0]) >= l.Per {
			recent = recent[1:]
		}
		s.limits.recent[l] = recent
		if len(recent) >= l.Packets {
			s.note("more messages come than the limit allows")
			return quiet
		}
	}
	for _, l := range list {
		if l.Per > 0 {
			s.limits.recent[l] = append(s.limits.recent[l], s.count.now)
		}
	}
	return goOn
}

// limited reports whether the client may have no further address in a subnet.
func (s *Server4) limited(x *exchange, n *config.Subnet) bool {
	if s.limits == nil {
		return false
	}
	if l := n.Limit; l != nil && l.Addresses >= 0 && s.leases.Count(memfile.Count{SubnetID: n.ID, State: lease.Assigned}) >= l.Addresses {
		return true
	}
	return slices.ContainsFunc(s.limitedClasses(x), func(c *config.Class) bool {
		return c.Limit.Addresses >= 0 && s.limits.leases[c.Name] >= c.Limit.Addresses
	})
}

// rememberClasses puts the classes of the client into its new lease, so that they
// can be counted.
func (s *Server4) rememberClasses(x *exchange) {
	if s.limits != nil {
		x.remember(contextClasses, s.classNames(x))
	}
}

// classNames are the names of the client's classes, in the order in which it
// joined them. The one that Kea makes of the vendor class comes right after ALL,
// even where nothing in the configuration speaks of it.
func (s *Server4) classNames(x *exchange) (names []any) {
	vendor, _ := x.message.Option(optVendorClass)
	for _, id := range x.query.Classes.Order() {
		names = append(names, s.conf.Names.Name(id))
		if id != s.conf.BuiltIn.All || len(vendor) == 0 {
			continue
		}
		name := "VENDOR_CLASS_" + string(vendor)
		if _, known := s.conf.Names.Find([]byte(name)); !known {
			names = append(names, name)
		}
	}
	return names
}
