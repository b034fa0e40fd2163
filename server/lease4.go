package server

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// handleMessage does what the message asks for.
func (s *Server4) handleMessage(x *exchange) outcome {
	switch x.kind {
	case packet.Discover:
		return s.discover(x)
	case packet.Request:
		return s.request(x)
	case packet.Release:
		return s.release(x)
	case packet.Decline:
		return s.decline(x)
	}
	x.reply = packet.Ack // of INFORM: options and no lease
	return goOn
}

// discover chooses an address to offer. The client's own comes first: the
// reserved one, the one that it has, the one that it asks for.
func (s *Server4) discover(x *exchange) outcome {
	x.reply = packet.Offer
	s.logBegin(x)
	if x.subnet == nil {
		s.note("no subnet fits")
		s.logNoSubnet(x)
		return quiet
	}
	if s.wantsNoAddress(x) {
		return goOn
	}
	s.logNames(x)
	own, has := s.current(x)
	offer := s.offerLifetime(x) // of the subnet that the client's lease is in, wherever the address is
	offered, ok := s.choose(x, own, has)
	if !ok {
		s.note("no address is free")
		s.logNoLease(x)
		return quiet
	}
	s.give(x, offered)
	if s.offers != nil {
		if l, ok := s.leases.Get(offered.address); ok {
			x.before = &l
		}
	}
	if own := offered.own; own != nil && x.now+int64(offer) < own.Expire() {
		offer = 0 // the client has the address for longer than that
	}
	said := x.lease
	x.kept = offer
	if own := offered.own; own != nil {
		// An offer says the lifetime of a lease, though it is kept for less.
		still := offer > 0 && own.Valid == offer
		if still {
			x.lease.Valid = offer
		}
		if s.fresh(x, own) {
			s.reuse(x, own)
			x.kept = 0
			if still {
				x.kept, x.remaining, x.lease = x.remaining, 0, said
			}
			return goOn
		}
		x.lease = said
	}
	if offer > 0 {
		l := x.lease
		l.Valid = offer
		s.keep(&l)
	}
	return goOn
}

// choice is an address in a subnet.
type choice struct {
	address netip.Addr
	subnet  *config.Subnet
	// own is the lease that the client has of the address.
	own *lease.Lease4
}

// choose finds an address to offer. As with Kea, each step goes on from the subnet in
// which the one before has found something.
func (s *Server4) choose(x *exchange, own lease.Lease4, has bool) (choice, bool) {
	if a, ok := s.reservation(x); ok {
		s.logEnginePlain("ALLOC_ENGINE_V4_DISCOVER_HR", "client %s sending DHCPDISCOVER has reservation for the address %s", x, a)
		if has && own.Address == a {
			x.own = own
			return choice{a, x.subnet, &x.own}, true
		}
		if c, ok := s.take(x, a); ok {
			return c, true
		}
		s.logConflict(x, a)
	}
	if has && s.inAllowedPool(x, own.Address) && !s.reservedForOther(x, x.subnet, own.Address) {
		s.logEnginePlain("ALLOC_ENGINE_V4_OFFER_EXISTING_LEASE", "allocation engine will try to offer existing lease to the client %s", x)
		x.own = own
		return choice{own.Address, x.subnet, &x.own}, true
	}
	if wish := x.wished(); wish.IsValid() && s.inAllowedPool(x, wish) && !s.reservedForOther(x, x.subnet, wish) {
		if s.debugging {
			s.debugPlain(debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_OFFER_REQUESTED_LEASE", "allocation engine will try to offer requested lease %s to the client %s", wish, label(&x.message))
		}
		if c, ok := s.take(x, wish); ok {
			return c, true
		}
	}
	s.logEnginePlain("ALLOC_ENGINE_V4_OFFER_NEW_LEASE", "allocation engine will try to offer new lease to the client %s", x)
	return s.allocate(x)
}

// wished is the address that the client asks for: in option 50, or else the one that it
// says it has. It is not valid where that is 0.0.0.0.
func (x *exchange) wished() netip.Addr {
	wish := x.requested
	if !wish.IsValid() {
		wish = x.message.CIAddr()
	}
	if wish.IsUnspecified() {
		return netip.Addr{}
	}
	return wish
}

// take makes an address the client's, if nobody has it; not even the client itself.
func (s *Server4) take(x *exchange, a netip.Addr) (choice, bool) {
	l := &x.seen
	if s.look(a, l) && !s.over(x, l) {
		return choice{}, false
	}
	if s.limited(x, x.subnet) {
		s.note("the limit of addresses is reached")
		return choice{}, false
	}
	return choice{a, x.subnet, nil}, true
}

// logConflict says that somebody has the address that is reserved for the client.
func (s *Server4) logConflict(x *exchange, a netip.Addr) {
	l, taken := s.leases.Get(a)
	s.note("the reserved address %v is not free", a)
	if s.logs(logging.Warn, "alloc-engine") {
		text := "(no lease info)"
		if taken {
			text = leaseText(&l)
		}
		s.log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT", "%s: conflicting reservation for address %s with existing lease %s", label(&x.message), a, text)
	}
	s.count.all.conflicts.Add(1, s.count.now)
	s.count.of(x.subnet).conflicts.Add(1, s.count.now)
}

// usable are the subnets of the link that the client may use, the one that was
// chosen for it first.
func (s *Server4) usable(x *exchange) []*config.Subnet {
	if len(x.subnet.Siblings) == 1 {
		return x.subnet.Siblings
	}
	var out []*config.Subnet
	start := 0
	for i, n := range x.subnet.Siblings {
		if n == x.subnet {
			start = i
		}
	}
	for i := range x.subnet.Siblings {
		n := x.subnet.Siblings[(start+i)%len(x.subnet.Siblings)]
		if x.inAny(n.Guards) {
			out = append(out, n)
		}
	}
	return out
}

// reservation returns the address that is reserved for the client in the first subnet
// that has one, which the client is in then.
func (s *Server4) reservation(x *exchange) (netip.Addr, bool) {
	if x.globalHost == nil && len(x.hosts) == 0 {
		return netip.Addr{}, false
	}
	for _, n := range s.usable(x) {
		if a, ok := s.reservedIn(x, n); ok {
			x.subnet = n
			return a, true
		}
	}
	return netip.Addr{}, false
}

// inAllowedPool reports whether an address is in a pool that the client may use. The
// client is in the pool's subnet then.
func (s *Server4) inAllowedPool(x *exchange, a netip.Addr) bool {
	for _, n := range s.usable(x) {
		if s.allowedPool(x, n, a) != nil {
			x.subnet = n
			return true
		}
	}
	return false
}

// reservedIn returns the client's reserved address in a subnet.
func (s *Server4) reservedIn(x *exchange, n *config.Subnet) (netip.Addr, bool) {
	if h := x.globalHost; h != nil && n.ReserveGlobal && h.Address.IsValid() && n.Prefix.Contains(h.Address) {
		return h.Address, true
	}
	for _, h := range x.hosts {
		if h.subnet == n && h.host.Address.IsValid() && !(n.ReserveOutPool && n.PoolOf(h.host.Address) != nil) {
			return h.host.Address, true
		}
	}
	return netip.Addr{}, false
}

// reservedForOther reports whether an address is reserved for another client.
func (s *Server4) reservedForOther(x *exchange, n *config.Subnet, a netip.Addr) bool {
	if !n.ReserveInSubnet || n.ReserveOutPool && n.PoolOf(a) != nil {
		return false
	}
	hosts := s.conf.Hosts.ByAddress(n.ID, a)
	s.logReserved(n.ID, a, hosts)
	for _, h := range hosts {
		for _, mine := range x.hosts {
			if mine.host == h {
				return false
			}
		}
	}
	return len(hosts) > 0
}

// current returns the lease that the client has on the link, from its subnet on: by its
// client identifier, or else by its hardware address. The client is in the subnet of the
// lease then.
func (s *Server4) current(x *exchange) (found lease.Lease4, ok bool) {
	list := s.usable(x)
	best := len(list)
	byID := true
	take := func(l *lease.Lease4) bool {
		for i, n := range list[:best] {
			if l.SubnetID == n.ID && (byID && n.MatchClientID || !byID && belongsIn(x, n, l)) {
				found, best = x.keepLease(l), i
				break
			}
		}
		return best > 0
	}
	if x.clientID != nil {
		if x.subnet.MatchClientID {
			s.logByClient(x, true)
		}
		s.leases.ByClientID(x.clientID, take)
	}
	if best == len(list) {
		s.logByClient(x, false)
		byID = false
		s.leases.ByHWAddr(x.hwaddr, take)
	}
	if best == len(list) {
		return found, false
	}
	x.subnet = list[best]
	return found, true
}

// keepLease copies a lease of the database; the copy is valid until the next message.
func (x *exchange) keepLease(l *lease.Lease4) lease.Lease4 {
	c := *l
	c.HWAddr, c.ClientID = x.keepBytes(l.HWAddr), x.keepBytes(l.ClientID)
	c.Hostname, c.UserContext = strings.Clone(l.Hostname), strings.Clone(l.UserContext)
	return c
}

// remembered returns the lease by which a client that starts again is known, if it is
// the client's. Whether client identifiers matter makes no difference here.
func (s *Server4) remembered(x *exchange) (found lease.Lease4, known bool) {
	list := s.usable(x)
	best := len(list)
	take := func(l *lease.Lease4) bool {
		for i, n := range list[:best] {
			if l.SubnetID == n.ID {
				found, best = x.keepLease(l), i
				break
			}
		}
		return best > 0
	}
	if x.clientID != nil {
		s.logByClient(x, true)
		s.leases.ByClientID(x.clientID, take)
	}
	if best == len(list) {
		s.logByClient(x, false)
		s.leases.ByHWAddr(x.hwaddr, take)
	}
	return found, best < len(list) && s.belongsAsIs(x, &found)
}

// belongs reports whether a lease is the client's: client identifiers decide where
// both have one, and the client's subnet looks at them.
func (s *Server4) belongs(x *exchange, l *lease.Lease4) bool { return belongsIn(x, x.subnet, l) }

func belongsIn(x *exchange, n *config.Subnet, l *lease.Lease4) bool {
	if n.MatchClientID && x.clientID != nil && len(l.ClientID) > 0 {
		return bytes.Equal(x.clientID, l.ClientID)
	}
	return len(x.hwaddr) > 0 && bytes.Equal(x.hwaddr, l.HWAddr)
}

// over reports whether a lease has ended, so that anybody can have the address. In
// the second in which it ends it has not.
func (s *Server4) over(x *exchange, l *lease.Lease4) bool {
	return l.State == lease.Reclaimed || l.Valid != lease.Infinite && l.Expire() < x.now
}

// allowedPool returns the pool of an address, if the client may use it.
func (s *Server4) allowedPool(x *exchange, n *config.Subnet, a netip.Addr) *config.Pool {
	p := n.PoolOf(a)
	if p == nil || !x.inAny(p.Guards) {
		return nil
	}
	return p
}

// excluded reports whether an address is the first or last of a /24 that is left
// out.
func (s *Server4) excluded(p *config.Pool, a netip.Addr) bool {
	if !s.conf.ExcludeFirstLast24 || p.Subnet.Prefix.Bits() > 24 {
		return false
	}
	last := a.As4()[3]
	return last == 0 || last == 255
}

// give makes the lease that goes into the answer.
func (s *Server4) give(x *exchange, c choice) {
	x.subnet = c.subnet
	if c.subnet != x.selected {
		s.note("from subnet %v of the same network", c.subnet.Prefix)
		s.logMoved(x, c.subnet)
	}
	x.pool = c.subnet.PoolOf(c.address)
	x.lease = lease.Lease4{Address: c.address, HWAddr: x.hwaddr, ClientID: x.matchedID()}
	x.lease.SubnetID, x.lease.CLTT = c.subnet.ID, x.now
	if x.pool != nil {
		x.lease.PoolID = x.pool.ID
	}
	x.lease.Valid = s.lifetime(x)
	if c.own != nil {
		x.lease.UserContext = c.own.UserContext
	}
	s.rememberAgent(x)
	if c.own == nil {
		s.rememberClasses(x)
	}
	x.hasLease = true
	defer func() {
		if c.own != nil {
			s.tell(x, Event{Point: LeaseRenewed, Lease: &x.lease})
		}
	}()
	s.nameClient(x)
	x.lease.Hostname = x.name
	if x.fqdnOut.there {
		x.lease.Hostname = x.fqdnOut.name
		x.lease.FQDNFwd, x.lease.FQDNRev = x.fqdnOut.flags&fqdnServer != 0, x.fqdnOut.flags&fqdnNone == 0
	} else if x.name != "" {
		does := s.conf.UpdatesEnabled && x.subnet.DDNSAt(c.address).Send
		x.lease.FQDNFwd, x.lease.FQDNRev = does, does
	}
	if x.query.Classes.Has(s.conf.BuiltIn.SkipDDNS) {
		x.lease.FQDNFwd, x.lease.FQDNRev = false, false
	}
	s.tuneName(x)
	if s.trace != nil {
		s.trace.Pool = x.pool
	}
}

// lifetime is the valid lifetime in seconds: that of the first class that has one,
// or the subnet's, and within it what the client asks for.
func (s *Server4) lifetime(x *exchange) uint32 {
	if x.bootp {
		return lease.Infinite // BOOTP knows no other
	}
	l := x.subnet.Valid
	s.source(optLeaseTime, "subnet")
	for _, id := range x.query.Classes.Order() {
		if c := s.conf.ClassByID(id); c != nil && c.Settings.Valid != nil {
			l = *c.Settings.Valid
			s.source(optLeaseTime, "class "+c.Name)
			break
		}
	}
	return l.Clamp(x.wish, x.wishes)
}

func (s *Server4) offerLifetime(x *exchange) uint32 {
	for _, id := range x.query.Classes.Order() {
		if c := s.conf.ClassByID(id); c != nil && c.Settings.Offer != nil {
			return *c.Settings.Offer
		}
	}
	return x.subnet.Offer
}

// wantsNoAddress reports whether the client can do without an IPv4 address where
// the network can (RFC 8925): it asks for the option that says so, and a subnet of
// its link, or their network, has it.
func (s *Server4) wantsNoAddress(x *exchange) bool {
	if !x.asksFor(optV6OnlyPreferred) {
		return false
	}
	anybody := func([]int) bool { return true }
	for _, n := range s.usable(x) {
		_, ok := n.Options.Find(optV6OnlyPreferred, anybody)
		if !ok && n.Network != nil {
			_, ok = n.Network.Options.Find(optV6OnlyPreferred, anybody)
		}
		if ok {
			x.subnet, x.noAddress = n, true
			return true
		}
	}
	return false
}

// asksFor reports whether the client asks for an option.
func (x *exchange) asksFor(code uint8) bool { return slices.Contains(x.prl, code) }
