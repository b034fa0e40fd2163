package answer

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// A Lease is what dhcpd's lease file says of an address in the end.
type Lease struct {
	Address            netip.Addr
	Binding            Binding
	Starts, Ends, CLTT int64  // seconds since 1970; 0: not known
	UID                []byte // the client identifier; nil: none
	Hardware           []byte // type and address; nil: none
	HostName           []byte
	Agent              []byte // option 82 as the relay sent it, without code and length
	Variables          []Variable
	// Class is the class whose lease limit the lease counts for, "" for none, and
	// Subclass the value of its subclass, if it is one.
	Class    string
	Subclass []byte
	Reserved bool
}

// Binding is the state of a lease in a lease file, as far as dhcpd still has it when
// it has read the file without failover.
type Binding uint8

// The states. Whatever is neither in use nor abandoned is free.
const (
	FreeLease Binding = iota
	ActiveLease
	AbandonedLease
)

// A Variable is what a lease remembers under a name. Of the values one is set.
type Variable struct {
	Name   string
	Data   []byte
	Number *uint64
	Truth  *bool
}

// Load takes in the leases of a lease file, each address once, as dhcpd does when it
// starts: those of addresses in no pool are forgotten, and those whose time is over
// are free.
func (r *State) Load(leases iter.Seq[Lease]) {
	ended := map[*queue]bool{}
	for in := range leases {
		l := r.lookup(in.Address)
		if l == nil {
			continue
		}
		r.unindex(l)
		r.dequeue(l)
		*l = lease{
			address: l.address, pool: l.pool, subnet: l.subnet, on: map[string][]statement{},
			starts: in.Starts, ends: in.Ends, cltt: in.CLTT, uid: in.UID, hardware: in.Hardware, reserved: in.Reserved,
		}
		for _, v := range in.Variables {
			l.remember(v)
		}
		over := l.ends <= r.now
		switch {
		case in.Binding == ActiveLease && !over:
			l.state, l.hostname = active, in.HostName
			if len(in.Agent) > 0 {
				l.agent = r.server.agentSet(in.Agent)
			}
			if c := r.billingClass(&in); c != nil {
				r.bill(l, c)
			}
		case in.Binding == AbandonedLease && !over:
			l.state = abandoned
		}
		r.index(l)
		if l.state == free && !l.reserved {
			// Putting each in its place takes too long where there are many.
			q := r.queue(l.pool)
			q.free = append(q.free, l)
			ended[q] = true
		} else {
			r.enqueue(l)
		}
	}
	for q := range ended {
		slices.SortStableFunc(q.free, func(a, b *lease) int { return cmp.Compare(a.ends, b.ends) })
	}
}

func (l *lease) remember(in Variable) {
	v := &value{kind: isData, data: in.Data}
	switch {
	case in.Number != nil:
		v = &value{kind: isNumber, num: *in.Number}
	case in.Truth != nil:
		v = &value{kind: isTruth, truth: *in.Truth}
	}
	if l.vars == nil {
		l.vars = &variables{values: map[string]*value{}}
	}
	l.vars.values[strings.ToLower(in.Name)] = v
}

// agentSet reads what a relay has said.
func (s *Server) agentSet(data []byte) *optionSet {
	var o options
	s.parse(&o, s.agent, data)
	return o.set(s.agent)
}

// billingClass is the class that a lease of the file counts for; nil: none that is
// still there.
func (r *State) billingClass(in *Lease) *class {
	c := r.server.class(in.Class)
	if c == nil || in.Subclass == nil {
		return c
	}
	if sub := c.subclasses[string(in.Subclass)]; sub != nil {
		return sub
	}
	if c.spawning {
		return r.spawn(c, in.Subclass)
	}
	return nil
}
