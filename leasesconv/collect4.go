package leasesconv

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Collect4 reads lease files of DHCPv4: one, or those of both servers of a
// failover pair, of which the entry counts whose client was heard last. The
// error names the file that cannot be read.
func Collect4(ctx context.Context, opts Options, inputs ...Input) (*Collection[lease.Lease4], error) {
	var all *collector4
	for _, in := range inputs {
		c := newCollector4(opts)
		if err := c.read(ctx, in, opts, func(e dhcpdleases.Entry) {
			if l, ok := e.(*dhcpdleases.Lease4); ok {
				c.add(in.Name, l)
			} else {
				c.foreign++
				c.Other++ // an identity association of DHCPv6
			}
		}); err != nil {
			return nil, err
		}
		if all == nil {
			all = c
		} else {
			all.merge(c)
		}
	}
	if all == nil {
		all = newCollector4(opts)
	}
	all.dropReturned()
	all.close(func(l *lease.Lease4) lease.State { return l.State })
	return &all.Collection, nil
}

type collector4 struct {
	Collection[lease.Lease4]
	opts    Options
	now     int64
	lease   lease.Lease4 // the one at hand
	context contextWriter
	names   nameReader
}

func newCollector4(opts Options) *collector4 {
	c := &collector4{opts: opts, now: opts.Now.Unix(), context: contextWriter{target: opts.Target}}
	c.Leases = lease.NewTable4()
	c.skipped = map[netip.Addr]skip{}
	return c
}

// add keeps what an entry says about its address.
func (c *collector4) add(file string, e *dhcpdleases.Lease4) {
	c.Entries++
	reason, ok := c.convert(e)
	if ok {
		c.put(e.Address, &c.lease)
		return
	}
	c.skip(e.Address, skip{reason: reason, file: file, line: e.Line, cltt: e.CLTT})
}

// convert makes c.lease of an entry, or says why it cannot.
func (c *collector4) convert(e *dhcpdleases.Lease4) (Reason, bool) {
	l := &c.lease
	*l = lease.Lease4{Address: e.Address}
	state := e.StateAt(c.now)
	if state == dhcpdleases.Abandoned && e.Ends <= c.now {
		state = dhcpdleases.Free // dhcpd gives it away again
	}
	c.terms(e, state)
	switch state {
	case dhcpdleases.Active:
	case dhcpdleases.Abandoned:
		// Nobody knows who has the address.
		l.State, l.Hostname, l.FQDNFwd, l.FQDNRev, l.UserContext = lease.Declined, "", false, false, ""
	default:
		// Nobody has it; whose it was helps when that client comes back.
		l.State, l.FQDNFwd, l.FQDNRev = lease.Reclaimed, false, false
	}
	if l.State != lease.Declined {
		l.HWAddr = e.Hardware
		if len(e.UID) > 1 {
			l.ClientID = e.UID
		} else if len(e.UID) == 1 {
			c.less("a client identifier of one byte, which Kea refuses: the lease is known by its hardware address alone")
		}
	}
	known := len(l.HWAddr) > 0 || len(l.ClientID) > 0
	var ok bool
	l.SubnetID, l.PoolID, ok = c.opts.Networks.Of(e.Address)
	switch {
	case l.State == lease.Reclaimed && !known:
		return Free, false
	case !ok:
		return Outside, false
	case l.State == lease.Reclaimed && l.Expire()+int64(c.opts.Hold.Seconds()) <= c.now:
		return Forgotten, false
	case !c.opts.Since.IsZero() && l.Valid != lease.Infinite && l.Expire() < c.opts.Since.Unix():
		return Before, false
	case l.State == lease.Assigned && !known:
		return Nobody, false
	}
	return 0, true
}

// terms reads times, name and context.
func (c *collector4) terms(e *dhcpdleases.Lease4, state dhcpdleases.State) {
	l := &c.lease
	l.CLTT, l.Valid = times(cmp.Or(e.CLTT, e.Starts), e.Ends, c.now)
	l.Hostname, l.FQDNFwd, l.FQDNRev = c.names.of(e.Variables, e.ClientHostname)
	if l.Hostname == "" && len(e.ClientHostname) > 0 {
		c.less("a name with other than visible ASCII characters")
	}
	if state != dhcpdleases.Active && state != dhcpdleases.Abandoned {
		return
	}
	if e.HasHardware && e.HardwareType != 1 {
		c.less("a type of hardware other than Ethernet: Kea keeps the address alone")
	}
	c.context.reset()
	c.context.agent(e.AgentOptions)
	c.context.notes(e.Variables, e.Reserved, e.BOOTP, &e.Billing)
	if e.Reserved {
		c.less("the mark \"reserved\", for which Kea has reservations: keamigrate convert --leases makes them")
	}
	l.UserContext = c.context.String()
}

// times returns when a client was last heard and the lifetime in seconds of a
// lease that ends at a time. A lifetime of 0 would delete the lease.
func times(cltt, ends, now int64) (heard int64, valid uint32) {
	if ends == dhcpdleases.Never {
		return cmp.Or(cltt, now), lease.Infinite
	}
	if cltt == 0 || cltt >= ends {
		return ends - 1, 1
	}
	return cltt, uint32(min(ends-cltt, lease.Infinite-1))
}

// merge takes the entries of the partner's file in.
func (c *collector4) merge(partner *collector4) {
	c.Entries += partner.Entries
	c.Broken += partner.Broken
	c.Other += partner.Other
	c.Superseded += partner.Superseded
	c.Declarations += partner.Declarations
	c.Notes = append(c.Notes, partner.Notes...)
	for what, n := range partner.Less {
		if c.Less == nil {
			c.Less = map[string]int{}
		}
		c.Less[what] += n
	}
	for l := range partner.Leases.All() {
		if heard, ok := c.heard(l.Address); ok && heard >= l.CLTT {
			c.Superseded++
		} else {
			c.put(l.Address, &l)
		}
	}
	for a, s := range partner.skipped {
		if heard, ok := c.heard(a); ok && heard >= s.cltt {
			c.Superseded++
		} else {
			c.skip(a, s)
		}
	}
}

// heard is when the client of an address was last heard, by the entry that counts
// so far.
func (c *collector4) heard(a netip.Addr) (cltt int64, ok bool) {
	if s, ok := c.skipped[a]; ok {
		return s.cltt, true
	}
	l, ok := c.Leases.Get(a)
	return l.CLTT, ok
}

// sortedByLine returns addresses in the order of the lines that speak of them.
func sortedByLine(skipped map[netip.Addr]skip) []netip.Addr {
	return slices.SortedFunc(maps.Keys(skipped), func(a, b netip.Addr) int {
		x, y := skipped[a], skipped[b]
		return cmp.Or(cmp.Compare(x.file, y.file), cmp.Compare(x.line, y.line), a.Compare(b))
	})
}
