package server

import (
	"fmt"
	"strconv"
	"strings"
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

	all     addressCounters // of all subnets together
	subnets map[uint32]*subnetCounters
}

// addressCounters count addresses: in a pool, a subnet, or everywhere.
type addressCounters struct {
	total, assigned, cumulative, declined, reclaimedDeclined, reclaimed, reuses, conflicts *stats.Stat
}

type subnetCounters struct {
	addressCounters
	fail, failNetwork, failSubnet, failNoPools, failClasses *stats.Stat

	pools map[uint32]*addressCounters // by their ids, which several may have
}

// kindNames are the names of messages in statistics.
var kindNames = [packet.Inform + 1]string{"unknown", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"}

// newCounters makes the statistics that do not depend on the configuration.
func newCounters(r *stats.Registry, now time.Time) *counters {
	zero := func(name string) *stats.Stat { return r.At(name, 0, now) }
	c := &counters{registry: r, now: now, received: zero("pkt4-received"), sent: zero("pkt4-sent"), offers: zero("pkt4-offer-sent"), acks: zero("pkt4-ack-sent"),
		naks: zero("pkt4-nak-sent"), parseFailed: zero("pkt4-parse-failed"), dropped: zero("pkt4-receive-drop"),
		fail: zero("v4-allocation-fail"), failNetwork: zero("v4-allocation-fail-shared-network"), failSubnet: zero("v4-allocation-fail-subnet"),
		failNoPools: zero("v4-allocation-fail-no-pools"), failClasses: zero("v4-allocation-fail-classes"),
		subnets: map[uint32]*subnetCounters{}}
	for kind, name := range kindNames {
		c.kinds[kind] = zero("pkt4-" + name + "-received")
	}
	c.all = addressCounters{cumulative: zero("cumulative-assigned-addresses"), declined: zero("declined-addresses"),
		reclaimedDeclined: zero("reclaimed-declined-addresses"), reclaimed: zero("reclaimed-leases"), reuses: zero("v4-lease-reuses"), conflicts: zero("v4-reservation-conflicts")}
	return c
}

// begin makes the statistics of the subnets and says how many addresses are in
// use. With keep, what was counted before goes on, but for subnets that are no
// more.
func (c *counters) begin(conf *config.Config4, leases *memfile.Live4, keep bool, now time.Time) {
	if !keep {
		c.registry.RemoveAll("subnet[")
	}
	declined := 0
	known := map[uint32]bool{}
	for _, n := range conf.Subnets {
		known[n.ID] = true
		s := c.subnet(n.ID)
		var total uint64
		pools := map[uint32]uint64{}
		for _, p := range n.Pools {
			total += size(p)
			pools[p.ID] += size(p)
		}
		assigned := leases.Count(memfile.Count{SubnetID: n.ID, State: lease.Assigned})
		refused := leases.Count(memfile.Count{SubnetID: n.ID, State: lease.Declined})
		declined += refused
		s.begin(total, assigned, refused, now)
		reach(s.reuses, now)
		reach(s.conflicts, now)
		for id, total := range pools {
			assigned := leases.CountPool(n.ID, id, lease.Assigned)
			refused := leases.CountPool(n.ID, id, lease.Declined)
			c.pool(n.ID, id).begin(total, assigned, refused, now)
		}
	}
	settle(c.all.declined, int64(declined), now)
	for _, name := range c.registry.Names() {
		if rest, ok := strings.CutPrefix(name, "subnet["); ok {
			text, _, _ := strings.Cut(rest, "]")
			if id, err := strconv.ParseUint(text, 10, 32); err == nil && !known[uint32(id)] {
				c.registry.Remove(name)
			}
		}
	}
}

func (a *addressCounters) begin(total uint64, assigned, declined int, now time.Time) {
	settle(a.total, int64(total), now)
	settle(a.assigned, int64(assigned+declined), now)
	settle(a.declined, int64(declined), now)
	reach(a.cumulative, now)
	reach(a.reclaimedDeclined, now)
	reach(a.reclaimed, now)
}

// settle sets a statistic, unless it has the value already.
func settle(s *stats.Stat, value int64, now time.Time) {
	if len(s.Samples()) == 0 || s.Value() != value {
		s.Set(value, now)
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

func (c *counters) subnet(id uint32) *subnetCounters {
	if c.off {
		return &subnetCounters{}
	}
	if s, ok := c.subnets[id]; ok {
		return s
	}
	prefix := fmt.Sprintf("subnet[%d].", id)
	lazy := func(name string) *stats.Stat { return c.registry.Lazy(prefix + name) }
	s := &subnetCounters{addressCounters: c.addresses(prefix), pools: map[uint32]*addressCounters{}, fail: lazy("v4-allocation-fail"),
		failNetwork: lazy("v4-allocation-fail-shared-network"), failSubnet: lazy("v4-allocation-fail-subnet"),
		failNoPools: lazy("v4-allocation-fail-no-pools"), failClasses: lazy("v4-allocation-fail-classes")}
	c.subnets[id] = s
	return s
}

func (c *counters) pool(subnet, id uint32) *addressCounters {
	s := c.subnet(subnet)
	if p, ok := s.pools[id]; ok {
		return p
	}
	p := c.addresses(fmt.Sprintf("subnet[%d].pool[%d].", subnet, id))
	s.pools[id] = &p
	return &p
}

// each changes a statistic of the subnet and of the pool that a lease belongs to.
// An address outside of all pools belongs to none.
func (c *counters) each(conf *config.Config4, l *lease.Lease4, change func(*addressCounters)) {
	if c.off {
		return
	}
	s := c.subnet(l.SubnetID)
	change(&s.addressCounters)
	n, ok := conf.BySubnetID(l.SubnetID)
	if !ok {
		return
	}
	if p := n.PoolOf(l.Address); p != nil {
		change(c.pool(l.SubnetID, p.ID))
	}
}

// gave counts an address that was given to a client which did not have it.
func (c *counters) gave(conf *config.Config4, l *lease.Lease4) {
	c.all.cumulative.Add(1, c.now)
	c.each(conf, l, func(a *addressCounters) {
		a.assigned.Add(1, c.now)
		a.cumulative.Add(1, c.now)
	})
}

// took counts an address that its client does not have any more.
func (c *counters) took(conf *config.Config4, l *lease.Lease4) {
	c.each(conf, l, func(a *addressCounters) { a.assigned.Add(-1, c.now) })
}

// declined counts an address that is in use by somebody unknown.
func (c *counters) declined(conf *config.Config4, l *lease.Lease4) {
	c.all.declined.Add(1, c.now)
	c.each(conf, l, func(a *addressCounters) { a.declined.Add(1, c.now) })
}

// declinedUnasked counts an address that is in use by somebody unknown, though no
// client said so. Kea counts it as assigned once more.
func (c *counters) declinedUnasked(conf *config.Config4, l *lease.Lease4) {
	c.registry.Lazy("assigned-addresses").Add(1, c.now)
	c.each(conf, l, func(a *addressCounters) { a.assigned.Add(1, c.now) })
	c.declined(conf, l)
}

// reclaimed counts a lease that has ended and was taken back.
func (c *counters) reclaimed(conf *config.Config4, l *lease.Lease4) {
	refused := l.State == lease.Declined
	c.all.reclaimed.Add(1, c.now)
	if refused {
		c.all.declined.Add(-1, c.now)
		c.all.reclaimedDeclined.Add(1, c.now)
	}
	c.each(conf, l, func(a *addressCounters) {
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
	s := c.subnet(last.ID)
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
