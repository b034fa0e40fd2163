package server

import (
	"bytes"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// request answers a DHCPREQUEST in its four states (RFC 2131 section 4.3.2):
// SELECTING has a server identifier, INIT-REBOOT only a requested address, RENEWING
// and REBINDING have the client's address in ciaddr.
func (s *Server4) request(x *exchange) outcome {
	x.reply = packet.Ack
	ciaddr := x.message.CIAddr()
	reboot := x.requested.IsValid() && !x.serverID.IsValid()
	wish := x.requested
	if !wish.IsValid() && !ciaddr.IsUnspecified() {
		wish = ciaddr
	}
	if x.subnet == nil {
		return s.requestOffLink(x, reboot)
	}
	if s.wantsNoAddress(x) {
		return goOn
	}
	own, ownSubnet, has := s.current(x)
	if reboot {
		switch {
		case !has && !x.subnet.Authoritative:
			s.note("the client is not known and starts again with an address")
			return quiet
		case !has, own.Address != wish:
			return s.nak(x, "the client starts again with an address that it does not have")
		}
	}
	if wish.IsValid() {
		if out, refused := s.refuse(x, wish); refused {
			return out
		}
	}
	c, ok := s.chooseRequested(x, wish, own, ownSubnet, has)
	if !ok {
		return s.nak(x, "no address is free")
	}
	if wish.IsValid() && c.address != wish {
		return s.nak(x, "the client cannot have the address that it asks for")
	}
	s.give(x, c)
	s.store(x, c.own)
	done := Event{Point: LeasesCommitted}
	if x.remaining == 0 {
		done.Leases = []lease.Lease4{x.lease}
	}
	if has && own.Address != x.lease.Address && own.State == lease.Assigned {
		s.RemoveName(&own)
		s.remove(own.Address)
		s.count.took(s.conf, &own)
		done.Deleted = []lease.Lease4{own}
	}
	s.tell(x, done)
	return goOn
}

// requestOffLink answers a request from a link that no subnet is on.
func (s *Server4) requestOffLink(x *exchange, reboot bool) outcome {
	rebinding := !x.message.CIAddr().IsUnspecified() && !x.requested.IsValid() && !x.serverID.IsValid() && !(x.in.Dst.Addr().IsValid() && x.in.Dst.Addr() != broadcast)
	switch {
	case rebinding:
		s.note("no subnet fits, and another server may know the client")
		return quiet
	case reboot && !s.conf.Global.Authoritative:
		s.note("no subnet fits")
		return quiet
	}
	return s.nak(x, "no subnet fits")
}

// refuse tells whether the client cannot have an address, and what it is told.
func (s *Server4) refuse(x *exchange, wish netip.Addr) (outcome, bool) {
	inPool := false
	var subnet *config.Subnet
	for _, n := range x.subnet.Siblings {
		if n.PoolOf(wish) != nil {
			inPool = true
		}
		if subnet == nil && n.Prefix.Contains(wish) && x.inAny(n.Guards) {
			subnet = n
		}
	}
	if subnet != nil && s.reservedForOther(x, subnet, wish) {
		return s.nak(x, "the address is reserved for another client"), true
	}
	if l, taken := s.leases.Get(wish); taken && !s.over(x, &l) && !s.belongs(x, &l) {
		return s.nak(x, "the address is leased to another client"), true
	}
	for _, n := range s.usable(x) {
		mine, ok := s.reservedIn(x, n)
		if !ok {
			continue
		}
		if mine == wish {
			return goOn, false
		}
		if s.free(x, mine) {
			return s.nak(x, "another address is reserved for the client"), true
		}
	}
	for _, n := range s.usable(x) {
		if s.allowedPool(x, n, wish) != nil {
			return goOn, false
		}
	}
	if inPool {
		return s.nak(x, "the address is in a pool that the client may not use"), true
	}
	s.note("the address %v is in no pool", wish)
	return quiet, true
}

// chooseRequested finds the address of a request.
func (s *Server4) chooseRequested(x *exchange, wish netip.Addr, own lease.Lease4, ownSubnet *config.Subnet, has bool) (choice, bool) {
	if !wish.IsValid() {
		return s.choose(x)
	}
	if has && own.Address == wish && s.mayKeep(x, ownSubnet, wish) {
		return choice{wish, ownSubnet, &own}, true
	}
	for _, n := range s.usable(x) {
		mine, reserved := s.reservedIn(x, n)
		if reserved && mine == wish || s.allowedPool(x, n, wish) != nil && !s.reservedForOther(x, n, wish) {
			if !s.free(x, wish) {
				continue
			}
			c := choice{wish, n, nil}
			if l, ok := s.leases.Get(wish); ok && s.belongs(x, &l) {
				c.own = &l
			} else if s.limited(x, n) {
				s.note("the limit of addresses is reached")
				continue
			}
			return c, true
		}
	}
	return choice{}, false
}

// store keeps the lease, or leaves one as it is that was renewed a moment ago.
func (s *Server4) store(x *exchange, own *lease.Lease4) {
	if own != nil && s.fresh(x, own) {
		s.reuse(x, own)
		return
	}
	l := x.lease
	var before *lease.Lease4
	if old, ok := s.leases.Get(l.Address); ok && !s.over(x, &old) {
		before = &old
	}
	s.keep(&l)
	s.nameLease(x, &l, before)
}

// keep puts a lease into the database.
func (s *Server4) keep(l *lease.Lease4) {
	old, ok := s.leases.Get(l.Address)
	if ok && old.State != lease.Reclaimed && old.ExpiredAt(s.count.now.Unix()-1) {
		s.count.reclaimed(s.conf, &old)
		old.State = lease.Reclaimed
	}
	if !ok || old.State == lease.Reclaimed {
		s.count.gave(s.conf, l)
	}
	s.put(l)
}

// reuse lets the client go on with its lease as it is.
func (s *Server4) reuse(x *exchange, own *lease.Lease4) {
	s.count.all.reuses.Add(1, s.count.now)
	s.count.subnet(own.SubnetID).reuses.Add(1, s.count.now)
	x.remaining = uint32(own.Expire() - x.now)
	if own.Valid == lease.Infinite {
		x.remaining = lease.Infinite
	}
	x.lease = *own
}

// fresh reports whether a lease is young enough to be left as it is (Kea manual,
// "Lease Caching").
func (s *Server4) fresh(x *exchange, own *lease.Lease4) bool {
	if own.State != lease.Assigned || s.over(x, own) || !bytes.Equal(own.HWAddr, x.hwaddr) || !bytes.Equal(own.ClientID, x.matchedID()) ||
		own.Hostname != x.lease.Hostname || own.UserContext != x.lease.UserContext || own.SubnetID != x.lease.SubnetID {
		return false
	}
	n := x.subnet
	if n.CacheThreshold <= 0 && n.CacheMaxAge == nil || own.Valid == 0 {
		return false
	}
	age := x.now - own.CLTT
	if age < 0 {
		return false
	}
	if own.Valid == lease.Infinite {
		return x.lease.Valid == lease.Infinite
	}
	if n.CacheMaxAge != nil && (age > int64(*n.CacheMaxAge) || *n.CacheMaxAge == 0) {
		return false
	}
	if n.CacheThreshold > 0 && age > int64(float64(x.lease.Valid)*n.CacheThreshold) {
		return false
	}
	// A client that now asks for another lifetime gets it.
	return own.Valid == x.lease.Valid
}

// nak makes the answer a refusal.
func (s *Server4) nak(x *exchange, why string) outcome {
	s.note("refused: %s", why)
	x.reply, x.hasLease = packet.Nak, false
	return goOn
}

// release takes a lease back from its client.
func (s *Server4) release(x *exchange) {
	l, ok := s.leases.Get(x.message.CIAddr())
	if !ok || l.State != lease.Assigned || !s.belongsAsIs(x, &l) {
		s.note("the client has no lease of %v to give back", x.message.CIAddr())
		return
	}
	s.tell(x, Event{Point: LeaseReleased, Lease: &l})
	s.RemoveName(&l)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_RELEASE", "%s address %s was released properly", Label(x.in.Raw), l.Address)
	}
	s.count.took(s.conf, &l)
	if s.conf.Expired.FlushWait == 0 || s.conf.Expired.Hold == 0 {
		s.remove(l.Address)
		return
	}
	// The lease still tells whose it was, so that the client gets it again.
	l.State, l.Valid, l.CLTT = lease.Released, 0, x.now
	s.put(&l)
}

// belongsAsIs is belongs without regard to match-client-id.
func (s *Server4) belongsAsIs(x *exchange, l *lease.Lease4) bool {
	if x.clientID != nil && len(l.ClientID) > 0 {
		return bytes.Equal(x.clientID, l.ClientID)
	}
	return len(x.hwaddr) > 0 && bytes.Equal(x.hwaddr, l.HWAddr)
}

// decline keeps an address out of use that its client has found in use.
func (s *Server4) decline(x *exchange) {
	if !x.requested.IsValid() {
		s.note("the client does not say which address")
		return
	}
	l, ok := s.leases.Get(x.requested)
	if !ok || l.State != lease.Assigned || s.over(x, &l) || !s.belongsAsIs(x, &l) {
		s.note("the client has no lease of %v to decline", x.requested)
		return
	}
	s.tell(x, Event{Point: LeaseDeclined, Lease: &l})
	s.RemoveName(&l)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_DECLINE_LEASE", "Received DHCPDECLINE for addr %s from client %s. The lease will be unavailable for %d seconds.",
			l.Address, Label(x.in.Raw), s.conf.DeclineProbation)
	}
	terms := lease.Terms{SubnetID: l.SubnetID, PoolID: l.PoolID, Valid: s.conf.DeclineProbation, CLTT: x.now, State: lease.Declined}
	s.put(&lease.Lease4{Address: l.Address, Terms: terms})
	s.count.declined(s.conf, &l)
}

// matchedID is the client identifier as far as the subnet looks at it.
func (x *exchange) matchedID() []byte {
	if x.subnet != nil && !x.subnet.MatchClientID {
		return nil
	}
	return x.clientID
}
