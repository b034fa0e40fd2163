package server

import (
	"fmt"
	"time"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/server/stats"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// counters are the server's statistics (Kea manual, "Statistics in the DHCPv4
// Server").
type counters struct {
	registry *stats.Registry
	now      time.Time // of the message at hand
	// off: nobody looks at statistics, and those below are nil.
	off bool

	received                                                *stats.Stat
	kinds                                                   [packet.Inform + 1]*stats.Stat // by type of message; 0: any other
	sent, offers, acks, naks                                *stats.Stat
	parseFailed, dropped                                    *stats.Stat
	fail, failNetwork, failSubnet, failNoPools, failClasses *stats.Stat

	all     addressCounters   // of all subnets together
	subnets []*subnetCounters // by their Index; nil: not made yet
}

// addressCounters count addresses: in a pool, a subnet, or everywhere.
type addressCounters struct {
	total, assigned, cumulative, declined, reclaimedDeclined, reclaimed, reuses, conflicts *stats.Stat
}

type subnetCounters struct {
	addressCounters
	fail, failNetwork, failSubnet, failNoPools, failClasses *stats.Stat

	pools []*addressCounters // by their Index; those with the same id share one
}

// kindNames are the names of messages in statistics.
var kindNames = [packet.Inform + 1]string{"unknown", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"}

// newCounters makes the statistics that do not depend on the configuration.
func newCounters(r *stats.Registry, subnets int, now time.Time) *counters {
	zero := func(name string) *stats.Stat { return r.At(name, 0, now) }
	c := &counters{registry: r, now: now, received: zero("pkt4-received"), sent: zero("pkt4-sent"), offers: zero("pkt4-offer-sent"), acks: zero("pkt4-ack-sent"),
		naks: zero("pkt4-nak-sent"), parseFailed: zero("pkt4-parse-failed"), dropped: zero("pkt4-receive-drop"),
		fail: zero("v4-allocation-fail"), failNetwork: zero("v4-allocation-fail-shared-network"), failSubnet: zero("v4-allocation-fail-subnet"),
		failNoPools: zero("v4-allocation-fail-no-pools"), failClasses: zero("v4-allocation-fail-classes"),
		subnets: make([]*subnetCounters, subnets)}
	for kind, name := range kindNames {
		c.kinds[kind] = zero("pkt4-" + name + "-received")
	}
	c.all = addressCounters{cumulative: zero("cumulative-assigned-addresses"), declined: r.Lazy("declined-addresses"),
		reclaimedDeclined: zero("reclaimed-declined-addresses"), reclaimed: zero("reclaimed-leases"), reuses: zero("v4-lease-reuses"), conflicts: zero("v4-reservation-conflicts")}
	return c
}

// forget takes out what Kea takes out of the statistics of subnets before they are
// counted anew.
func (c *counters) forget(conf *config.Config4) {
	names := []string{"total-addresses", "assigned-addresses", "cumulative-assigned-addresses", "declined-addresses", "reclaimed-declined-addresses", "reclaimed-leases"}
	for _, n := range conf.Subnets {
		for _, name := range names {
			c.registry.Remove(fmt.Sprintf("subnet[%d].%s", n.ID, name))
			for _, p := range n.Pools {
				c.registry.Remove(fmt.Sprintf("subnet[%d].pool[%d].%s", n.ID, p.ID, name))
			}
		}
	}
}

// begin makes the statistics of the subnets and says how many addresses are in use, as
// Kea does: what is there of pools already is added to, and leases count for the pool
// that they name, wherever their addresses are.
func (c *counters) begin(conf *config.Config4, leases *memfile.Live4, now time.Time) {
	for _, n := range conf.Subnets {
		s := c.of(n)
		var total uint64
		for _, p := range n.Pools {
			total += size(p)
			q := s.pools[p.Index]
			q.total.Add(int64(size(p)), now)
			for _, one := range []*stats.Stat{q.assigned, q.cumulative, q.declined, q.reclaimedDeclined, q.reclaimed} {
				reach(one, now)
			}
		}
		s.total.Set(int64(total), now)
		for _, one := range []*stats.Stat{s.cumulative, s.reuses, s.conflicts, s.reclaimedDeclined, s.reclaimed} {
			reach(one, now)
		}
	}
	if len(conf.Subnets) == 0 {
		reach(c.all.declined, now)
		return
	}
	c.all.declined.Set(0, now)
	for _, n := range conf.Subnets {
		c.of(n).assigned.Set(0, now)
		c.of(n).declined.Set(0, now)
	}
	for _, t := range leases.Tallies() {
		add := func(a addressCounters) {
			a.assigned.Add(int64(t.Leases), now)
			if t.State == lease.Declined {
				a.declined.Set(int64(t.Leases), now)
			}
		}
		if t.State != lease.Assigned && t.State != lease.Declined {
			continue
		}
		if t.All {
			add(c.addresses(fmt.Sprintf("subnet[%d].", t.SubnetID)))
			if t.State == lease.Declined {
				c.all.declined.Add(int64(t.Leases), now)
			}
		} else {
			add(c.addresses(fmt.Sprintf("subnet[%d].pool[%d].", t.SubnetID, t.Pool)))
		}
	}
}

// reach lets a statistic be seen, and leaves it as it is if it already is.
func reach(s *stats.Stat, now time.Time) {
	if len(s.Samples()) == 0 {
		s.Set(0, now)
	}
}

func (c *counters) addresses(prefix string) addressCounters {
	lazy := func(name string) *stats.Stat { return c.registry.Lazy(prefix + name) }
	return addressCounters{lazy("total-addresses"), lazy("assigned-addresses"), lazy("cumulative-assigned-addresses"), lazy("declined-addresses"),
		lazy("reclaimed-declined-addresses"), lazy("reclaimed-leases"), lazy("v4-lease-reuses"), lazy("v4-reservation-conflicts")}
}

// of are the counters of a subnet and its pools.
func (c *counters) of(n *config.Subnet) *subnetCounters {
	if c.off {
		return &subnetCounters{}
	}
	if s := c.subnets[n.Index]; s != nil {
		return s
	}
	prefix := fmt.Sprintf("subnet[%d].", n.ID)
	lazy := func(name string) *stats.Stat { return c.registry.Lazy(prefix + name) }
	s := &subnetCounters{addressCounters: c.addresses(prefix), pools: make([]*addressCounters, len(n.Pools)), fail: lazy("v4-allocation-fail"),
		failNetwork: lazy("v4-allocation-fail-shared-network"), failSubnet: lazy("v4-allocation-fail-subnet"),
		failNoPools: lazy("v4-allocation-fail-no-pools"), failClasses: lazy("v4-allocation-fail-classes")}
	byID := map[uint32]*addressCounters{}
	for i, p := range n.Pools {
		if byID[p.ID] == nil {
			a := c.addresses(fmt.Sprintf("%spool[%d].", prefix, p.ID))
			byID[p.ID] = &a
		}
		s.pools[i] = byID[p.ID]
	}
	c.subnets[n.Index] = s
	return s
}

// subnetOfLease is the subnet that a lease belongs to; nil: it is not configured.
func (s *Server4) subnetOfLease(l *lease.Lease4) *config.Subnet {
	if n := s.x.subnet; n != nil && n.ID == l.SubnetID {
		return n // most often; what was looked at is quicker found than looked for
	}
	n, _ := s.conf.BySubnetID(l.SubnetID)
	return n
}

// each changes a statistic of the subnet and of the pool that a lease belongs to.
// An address outside of all pools belongs to none. Subnets that are no more (nil) are
// still counted in, as with Kea.
func (c *counters) each(n *config.Subnet, l *lease.Lease4, change func(*addressCounters)) {
	if c.off {
		return
	}
	if n == nil {
		a := c.addresses(fmt.Sprintf("subnet[%d].", l.SubnetID))
		change(&a)
		return
	}
	s := c.of(n)
	change(&s.addressCounters)
	if p := n.PoolOf(l.Address); p != nil {
		change(s.pools[p.Index])
	}
}

// gave counts an address that was given to a client which did not have it.
func (c *counters) gave(n *config.Subnet, l *lease.Lease4) {
	c.all.cumulative.Add(1, c.now)
	c.each(n, l, func(a *addressCounters) {
		a.assigned.Add(1, c.now)
		a.cumulative.Add(1, c.now)
	})
}

// took counts an address that its client does not have any more.
func (c *counters) took(n *config.Subnet, l *lease.Lease4) {
	c.each(n, l, func(a *addressCounters) { a.assigned.Add(-1, c.now) })
}

// declined counts an address that is in use by somebody unknown.
func (c *counters) declined(n *config.Subnet, l *lease.Lease4) {
	c.all.declined.Add(1, c.now)
	c.each(n, l, func(a *addressCounters) { a.declined.Add(1, c.now) })
}

// declinedUnasked counts an address that is in use by somebody unknown, though no
// client said so. Kea counts it as assigned once more.
func (c *counters) declinedUnasked(n *config.Subnet, l *lease.Lease4) {
	c.registry.Lazy("assigned-addresses").Add(1, c.now)
	c.each(n, l, func(a *addressCounters) { a.assigned.Add(1, c.now) })
	c.declined(n, l)
}

// reclaimed counts a lease that has ended and was taken back.
func (c *counters) reclaimed(n *config.Subnet, l *lease.Lease4) {
	refused := l.State == lease.Declined
	c.all.reclaimed.Add(1, c.now)
	if refused {
		c.all.declined.Add(-1, c.now)
		c.all.reclaimedDeclined.Add(1, c.now)
	}
	c.each(n, l, func(a *addressCounters) {
		if l.State != lease.Released {
			a.assigned.Add(-1, c.now)
		}
		a.reclaimed.Add(1, c.now)
		if refused {
			a.declined.Add(-1, c.now)
			a.reclaimedDeclined.Add(1, c.now)
		}
	})
}

// failed counts a client for which there is no address, in the subnet where it
// was looked for last.
func (c *counters) failed(x *exchange, last *config.Subnet) {
	s := c.of(last)
	if x.subnet.Network != nil {
		c.failNetwork.Add(1, c.now)
		s.failNetwork.Add(1, c.now)
	} else {
		c.failSubnet.Add(1, c.now)
		s.failSubnet.Add(1, c.now)
	}
	if x.tries == 0 {
		c.failNoPools.Add(1, c.now)
		s.failNoPools.Add(1, c.now)
	} else {
		c.fail.Add(1, c.now)
		s.fail.Add(1, c.now)
	}
	if len(x.query.Classes.Order()) > 0 {
		c.failClasses.Add(1, c.now)
		s.failClasses.Add(1, c.now)
	}
}

// reply counts an answer.
func (c *counters) reply(kind uint8) {
	c.sent.Add(1, c.now)
	switch kind {
	case packet.Offer:
		c.offers.Add(1, c.now)
	case packet.Ack:
		c.acks.Add(1, c.now)
	case packet.Nak:
		c.naks.Add(1, c.now)
	}
}

// countKind counts a message by the content of its option for the type.
func (s *Server4) countKind(kind []byte) {
	n := 0
	if len(kind) > 0 && int(kind[0]) < len(s.count.kinds) {
		n = int(kind[0])
	}
	s.count.kinds[n].Add(1, s.count.now)
}
