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
	s.logBegin(x)
	if x.subnet == nil {
		return s.requestOffLink(x, reboot)
	}
	if reboot && s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_INIT_REBOOT", "%s: client is in INIT-REBOOT state and requests address %s", label(&x.message), x.requested)
	}
	if s.wantsNoAddress(x) {
		return goOn
	}
	own, ownSubnet, has := s.current(x)
	if reboot {
		switch {
		case !has && !x.subnet.Authoritative:
			s.note("the client is not known and starts again with an address")
			s.logBad(x, debugDetail, "DHCP4_NO_LEASE_INIT_REBOOT", "no lease for address %s requested by INIT-REBOOT client", wish)
			return quiet
		case !has, own.Address != wish:
			s.logBad(x, debugDetail, "DHCP4_PACKET_NAK_0002", "invalid address %s requested by INIT-REBOOT", wish)
			return s.nak(x, "the client starts again with an address that it does not have")
		}
	}
	if wish.IsValid() {
		s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_ALLOC_REQUESTED", "trying to allocate requested address %s", wish)
		if out, refused := s.refuse(x, wish); refused {
			if out == quiet {
				s.logBad(x, debugDetail, "DHCP4_UNKNOWN_ADDRESS_REQUESTED", "client requested an unknown address, client sent ciaddr %s, requested-ip-address %s", ciaddr, s.requestedText(x))
			} else {
				s.logNoLease(x)
			}
			return out
		}
	}
	c, ok := s.chooseRequested(x, wish, own, ownSubnet, has)
	if !ok {
		s.logNoLease(x)
		return s.nak(x, "no address is free")
	}
	if wish.IsValid() && c.address != wish {
		s.logNoLease(x)
		return s.nak(x, "the client cannot have the address that it asks for")
	}
	s.give(x, c)
	s.store(x, c.own)
	done := Event{Point: LeasesCommitted}
	if x.remaining == 0 && s.watch != nil {
		done.Leases = []lease.Lease4{x.lease}
	}
	if has && own.Address != x.lease.Address {
		s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_REMOVE_LEASE", "removing previous client's lease %s", own.Address)
		if own.State == lease.Assigned {
			s.RemoveName(&own)
			s.count.took(s.conf, &own)
		}
		s.remove(own.Address)
		done.Deleted = []lease.Lease4{own}
	}
	s.tell(x, done)
	if s.watch != nil {
		x.committed = &done
	}
	return goOn
}

// requestOffLink answers a request from a link that no subnet is on.
func (s *Server4) requestOffLink(x *exchange, reboot bool) outcome {
	rebinding := !x.message.CIAddr().IsUnspecified() && !x.requested.IsValid() && !x.serverID.IsValid() && !(x.in.Dst.Addr().IsValid() && x.in.Dst.Addr() != broadcast)
	switch {
	case rebinding:
		s.note("no subnet fits, and another server may know the client")
		s.logNoSubnet(x)
		return quiet
	case reboot && !s.conf.Global.Authoritative:
		s.note("no subnet fits")
		s.logNoSubnet(x)
		return quiet
	}
	s.logNoSubnet(x)
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
		s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_ADDRESS_RESERVED", "requested address %s is reserved", wish)
		return s.nak(x, "the address is reserved for another client"), true
	}
	if l := &x.seen; s.leases.Look(wish, l) && !s.over(x, l) && !s.belongs(x, l) {
		s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_IN_USE", "requested address %s is in use", wish)
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
			if s.debugging {
				s.debugPlain(debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_INVALID", "client %s having a reservation for address %s is requesting invalid address %s", label(&x.message), mine, wish)
			}
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
	if s.debugging {
		s.debugPlain(debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_OUT_OF_POOL", "client %s, which doesn't have a reservation, requested address %s out of the dynamic pool", label(&x.message), wish)
	}
	return quiet, true
}

// chooseRequested finds the address of a request.
func (s *Server4) chooseRequested(x *exchange, wish netip.Addr, own lease.Lease4, ownSubnet *config.Subnet, has bool) (choice, bool) {
	if !wish.IsValid() {
		return s.choose(x)
	}
	if has && own.Address == wish && s.mayKeep(x, ownSubnet, wish) {
		x.own = own
		return choice{wish, ownSubnet, &x.own}, true
	}
	for _, n := range s.usable(x) {
		mine, reserved := s.reservedIn(x, n)
		if reserved && mine == wish || s.allowedPool(x, n, wish) != nil && !s.reservedForOther(x, n, wish) {
			if !s.free(x, wish) {
				continue
			}
			c := choice{wish, n, nil}
			if l, ok := s.leases.Get(wish); ok && s.belongs(x, &l) {
				x.own = l
				c.own = &x.own
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
	x.stored = x.lease
	l := &x.stored
	if s.update == nil {
		s.keep(l) // nobody has to be told about names
		return
	}
	var before *lease.Lease4
	if old, ok := s.leases.Get(l.Address); ok && !s.over(x, &old) {
		before = &old
	}
	s.keep(l)
	s.nameLease(x, l, before)
}

// keep puts a lease into the database.
func (s *Server4) keep(l *lease.Lease4) {
	old := &s.x.seen
	ok := s.leases.Look(l.Address, old)
	if ok && old.State != lease.Reclaimed && old.ExpiredAt(s.count.now.Unix()-1) {
		s.count.reclaimed(s.conf, old)
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
	x.lease, x.reused = *own, true
}

// fresh reports whether a lease is young enough to be left as it is (Kea manual,
// "Lease Caching").
func (s *Server4) fresh(x *exchange, own *lease.Lease4) bool {
	if own.State != lease.Assigned || s.over(x, own) || !bytes.Equal(own.HWAddr, x.hwaddr) || !bytes.Equal(own.ClientID, x.matchedID()) ||
		own.Hostname != s.nameBefore(x) || own.UserContext != x.lease.UserContext || own.SubnetID != x.lease.SubnetID {
		return false
	}
	if x.generated && own.Hostname != "" {
		return false // Kea makes the name later, and finds another one here
	}
	n := x.subnet
	if n.CacheThreshold <= 0 || own.Valid == 0 {
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
	if limit := int64(float64(x.lease.Valid) * n.CacheThreshold); age > limit || limit == 0 {
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
	var ok bool
	x.own, ok = s.leases.Get(x.message.CIAddr())
	l := &x.own
	if !ok || l.State != lease.Assigned || !s.belongsAsIs(x, l) {
		s.note("the client has no lease of %v to give back", x.message.CIAddr())
		s.logNotReleased(x, l, ok)
		return
	}
	s.tell(x, Event{Point: LeaseReleased, Lease: l})
	s.RemoveName(l)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_RELEASE", "%s: address %s was released properly.", label(&x.message), l.Address)
	}
	s.count.took(s.conf, l)
	if s.conf.Expired.FlushWait == 0 || s.conf.Expired.Hold == 0 {
		s.remove(l.Address)
		if s.logs(logging.Info, "leases") {
			s.log.Log(logging.Info, "leases", "DHCP4_RELEASE_DELETED", "%s: address %s was deleted on release.", label(&x.message), l.Address)
		}
		return
	}
	// The lease still tells whose it was, so that the client gets it again.
	l.State, l.Valid, l.CLTT = lease.Released, 0, x.now
	s.put(l)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_RELEASE_EXPIRED", "%s: address %s expired on release.", label(&x.message), l.Address)
	}
}

// logNotReleased says why a lease stays as it is.
func (s *Server4) logNotReleased(x *exchange, l *lease.Lease4, found bool) {
	if !s.debugging {
		return
	}
	const part = "leases"
	a := x.message.CIAddr()
	switch {
	case !found:
		s.debug(x, debugDetail, part, "DHCP4_RELEASE_FAIL_NO_LEASE", "client is trying to release non-existing lease %s", a)
	case !s.belongsAsIs(x, l):
		s.debug(x, debugDetail, part, "DHCP4_RELEASE_FAIL_WRONG_CLIENT", "client is trying to release the lease %s which belongs to a different client", a)
	default:
		s.debug(x, debugDetail, part, "DHCP4_RELEASE_FAIL_NOT_ASSIGNED", "client is trying to release the lease %s which is in the %s state", a, stateText(l.State))
	}
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
	s.logNotDeclined(x, &l, ok)
	if !ok || l.State != lease.Assigned || s.over(x, &l) || !s.belongsAsIs(x, &l) {
		s.note("the client has no lease of %v to decline", x.requested)
		return
	}
	s.tell(x, Event{Point: LeaseDeclined, Lease: &l})
	s.RemoveName(&l)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_DECLINE_LEASE", "Received DHCPDECLINE for addr %s from client %s. The lease will be unavailable for %d seconds.",
			l.Address, label(&x.message), s.conf.DeclineProbation)
	}
	terms := lease.Terms{SubnetID: l.SubnetID, PoolID: l.PoolID, Valid: s.conf.DeclineProbation, CLTT: x.now, State: lease.Declined}
	s.put(&lease.Lease4{Address: l.Address, Terms: terms})
	s.count.declined(s.conf, &l)
}

// logNotDeclined says why a declined lease is none, if so.
func (s *Server4) logNotDeclined(x *exchange, l *lease.Lease4, found bool) {
	switch {
	case !s.logs(logging.Warn, "dhcp4"):
	case !found || l.State != lease.Assigned || s.over(x, l):
		s.log.Log(logging.Warn, "dhcp4", "DHCP4_DECLINE_LEASE_NOT_FOUND", "Received DHCPDECLINE for addr %s from client %s, but no such lease found.", x.requested, label(&x.message))
	case !s.belongsAsIs(x, l):
		orNone := func(id []byte) string {
			if len(id) == 0 {
				return "(none)"
			}
			return lease.Colons(id)
		}
		s.log.Log(logging.Warn, "dhcp4", "DHCP4_DECLINE_LEASE_MISMATCH", "Received DHCPDECLINE for addr %s from client %s, but the data doesn't match: received hwaddr: %s, lease hwaddr: %s, received client-id: %s, lease client-id: %s",
			x.requested, label(&x.message), lease.Colons(x.hwaddr), orNone(l.HWAddr), orNone(x.clientID), orNone(l.ClientID))
	}
}

// matchedID is the client identifier as far as the subnet looks at it.
func (x *exchange) matchedID() []byte {
	if x.subnet != nil && !x.subnet.MatchClientID {
		return nil
	}
	return x.clientID
}
