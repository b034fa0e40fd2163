package server

import (
	"bytes"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// request answers a DHCPREQUEST in its four states (RFC 2131 section 4.3.2):
// SELECTING has a server identifier, INIT-REBOOT only a requested address, RENEWING
// and REBINDING have the client's address in ciaddr.
func (s *Server4) request(x *exchange) outcome {
	x.reply = packet.Ack
	reboot := x.requested.IsValid() && !x.serverID.IsValid()
	if x.subnet == nil {
		return s.requestOffLink(x, reboot)
	}
	if s.wantsNoAddress(x) {
		return goOn
	}
	if reboot {
		s.logReboot(x)
		switch last, known := s.remembered(x); {
		case !known && !x.subnet.Authoritative:
			s.note("the client is not known and starts again with an address")
			s.logBad(x, debugDetail, "DHCP4_NO_LEASE_INIT_REBOOT", "no lease for address %s requested by INIT-REBOOT client", x.requested)
			return quiet
		case !known, last.Address != x.requested:
			s.logBad(x, debugDetail, "DHCP4_PACKET_NAK_0002", "invalid address %s requested by INIT-REBOOT", x.requested)
			return s.nak(x, "the client starts again with an address that it does not have")
		}
	}
	if !reboot {
		s.logBegin(x)
	}
	s.logNames(x)
	own, has := s.current(x)
	c, out, ok := s.requested(x, own, has)
	if !ok {
		return out
	}
	s.give(x, c)
	var left *lease.Lease4 // from which the client moves
	if has && own.Address != x.lease.Address {
		left = &own
	}
	s.store(x, c.own, left)
	if left != nil {
		s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_REMOVE_LEASE", "removing previous client's lease %s", own.Address)
		if own.State == lease.Assigned {
			s.count.took(s.subnetOfLease(&own), &own)
		}
		s.remove(own.Address)
	}
	if s.watch != nil {
		s.committed(x, left)
	}
	return goOn
}

// committed tells of the leases of a request: that which the client has, and that from
// which it has moved.
func (s *Server4) committed(x *exchange, left *lease.Lease4) {
	done := Event{Point: LeasesCommitted}
	if x.remaining == 0 {
		done.Leases = []lease.Lease4{x.lease}
	}
	if left != nil {
		done.Deleted = []lease.Lease4{*left}
	}
	s.tell(x, done)
	x.committed = &done
}

// requestOffLink answers a request from a link that no subnet is on.
func (s *Server4) requestOffLink(x *exchange, reboot bool) outcome {
	rebinding := !x.message.CIAddr().IsUnspecified() && !x.requested.IsValid() && !x.serverID.IsValid() && !(x.in.Dst.Addr().IsValid() && x.in.Dst.Addr() != broadcast)
	switch {
	case rebinding:
		s.note("no subnet fits, and another server may know the client")
		s.logBegin(x)
		s.logNoSubnet(x)
		return quiet
	case reboot:
		s.logReboot(x)
		if !s.conf.Global.Authoritative {
			s.note("no subnet fits")
			s.logBad(x, debugDetail, "DHCP4_NO_LEASE_INIT_REBOOT", "no lease for address %s requested by INIT-REBOOT client", x.requested)
			return quiet
		}
	default:
		s.logBegin(x)
	}
	s.logNoSubnet(x)
	return s.nak(x, "no subnet fits")
}

// requested finds the address of a request, in Kea's order: each step goes on from the
// subnet in which the one before has found something. Where there is none, the outcome
// says whether the client is refused.
func (s *Server4) requested(x *exchange, own lease.Lease4, has bool) (c choice, out outcome, ok bool) {
	refuse := func(why string) (choice, outcome, bool) {
		s.logNoLease(x)
		return choice{}, s.nak(x, why), false
	}
	wish := x.wished()
	if !wish.IsValid() {
		if mine, ok := s.reservation(x); ok {
			wish = mine
			s.logEnginePlain("ALLOC_ENGINE_V4_REQUEST_USE_HR", "client %s hasn't requested specific address, using reserved address %s", x, mine)
		}
	} else if s.reservedForOther(x, x.subnet, wish) {
		s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_ADDRESS_RESERVED", "requested address %s is reserved", wish)
		return refuse("the address is reserved for another client")
	}
	isMine := false // the address is reserved for the client
	if wish.IsValid() {
		l := &x.seen
		if s.look(wish, l) && !s.over(x, l) && !s.belongs(x, l) {
			s.logEngine(x, "ALLOC_ENGINE_V4_REQUEST_IN_USE", "requested address %s is in use", wish)
			return refuse("the address is leased to another client")
		}
		mine, reserved := s.reservation(x)
		isMine = reserved && mine == wish
		if reserved && !isMine && (!s.look(mine, l) || s.over(x, l)) {
			if s.debugging {
				s.debugPlain(debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_INVALID", "client %s having a reservation for address %s is requesting invalid address %s", label(&x.message), mine, wish)
			}
			return refuse("another address is reserved for the client")
		}
		if !isMine && !s.inAllowedPool(x, wish) {
			if s.debugging {
				s.debugPlain(debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_OUT_OF_POOL", "client %s, which doesn't have a reservation, requested address %s out of the dynamic pool", label(&x.message), wish)
			}
			if inPool(x, wish) {
				return refuse("the address is in a pool that the client may not use")
			}
			s.note("the address %v is in no pool", wish)
			s.logBad(x, debugDetail, "DHCP4_UNKNOWN_ADDRESS_REQUESTED", "client requested an unknown address, client sent ciaddr %s, requested-ip-address %s", x.message.CIAddr(), s.requestedText(x))
			return choice{}, quiet, false
		}
	}
	switch {
	case has && (own.Address == wish || !wish.IsValid()) && (isMine || s.inAllowedPool(x, own.Address)):
		if s.debugging {
			s.debug(x, debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_EXTEND_LEASE", "extending lifetime of the lease for address %s", fromText(wish))
		}
		x.own = own
		return choice{own.Address, x.subnet, &x.own}, goOn, true
	case wish.IsValid():
		if s.debugging { // what is said of an address is made on the heap otherwise
			s.debug(x, debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_ALLOC_REQUESTED", "trying to allocate requested address %s", wish)
		}
		c, ok = s.take(x, wish)
	default:
		s.logEnginePlain("ALLOC_ENGINE_V4_REQUEST_PICK_ADDRESS", "client %s hasn't specified an address - picking available address from the pool", x)
		c, ok = s.allocate(x)
	}
	if !ok {
		return refuse("the client cannot have an address")
	}
	return c, goOn, true
}

// inPool reports whether an address is in a pool of the client's link, for whomever.
func inPool(x *exchange, a netip.Addr) bool {
	for _, n := range x.subnet.Siblings {
		if n.PoolOf(a) != nil {
			return true
		}
	}
	return false
}

// store keeps the lease, or leaves one as it is that was renewed a moment ago. left is
// the lease of another address that the client had until now, or nil.
func (s *Server4) store(x *exchange, own, left *lease.Lease4) {
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
	before := left
	if old, ok := s.leases.Get(l.Address); before == nil && ok && !s.over(x, &old) {
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
		s.takeBack(old, false)
		old.State = lease.Reclaimed
	}
	if !ok || old.State == lease.Reclaimed {
		s.count.gave(s.subnetOfLease(l), l)
	}
	s.put(l)
}

// reuse lets the client go on with its lease as it is.
func (s *Server4) reuse(x *exchange, own *lease.Lease4) {
	s.count.all.reuses.Add(1, s.count.now)
	s.count.of(x.subnet).reuses.Add(1, s.count.now)
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
func (s *Server4) release(x *exchange) outcome {
	if fault := shortClientID(x); fault != "" {
		return s.refuseMessage(x, fault)
	}
	var ok bool
	s.logLook(x.message.CIAddr())
	x.own, ok = s.leases.Get(x.message.CIAddr())
	l := &x.own
	if !ok || l.State != lease.Assigned || !s.belongsAsIs(x, l) {
		s.note("the client has no lease of %v to give back", x.message.CIAddr())
		s.logNotReleased(x, l, ok)
		return quiet
	}
	s.tell(x, Event{Point: LeaseReleased, Lease: l})
	s.count.took(s.subnetOfLease(l), l)
	if s.conf.Expired.FlushWait == 0 || s.conf.Expired.Hold == 0 || l.Valid == lease.Infinite {
		s.remove(l.Address)
		s.RemoveName(l)
		s.tellLeft(x, l)
		if s.logs(logging.Info, "leases") {
			s.log.Log(logging.Info, "leases", "DHCP4_RELEASE", "%s: address %s was released properly.", label(&x.message), l.Address)
			s.log.Log(logging.Info, "leases", "DHCP4_RELEASE_DELETED", "%s: address %s was deleted on release.", label(&x.message), l.Address)
		}
		s.logSkipped(x, l, l.ClientID)
		return quiet
	}
	// The lease still tells whose it was, so that the client gets it again. Its name
	// stays in DNS until it is taken back.
	l.State, l.Valid, l.CLTT = lease.Released, 0, x.now
	s.put(l)
	s.tellLeft(x, l)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_RELEASE", "%s: address %s was released properly.", label(&x.message), l.Address)
		s.log.Log(logging.Info, "leases", "DHCP4_RELEASE_EXPIRED", "%s: address %s expired on release.", label(&x.message), l.Address)
	}
	return quiet
}

// tellLeft tells of a lease that its client has given back.
func (s *Server4) tellLeft(x *exchange, l *lease.Lease4) {
	if s.watch != nil {
		s.tell(x, Event{Point: LeasesCommitted, Deleted: []lease.Lease4{*l}})
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
func (s *Server4) decline(x *exchange) outcome {
	if !x.requested.IsValid() {
		return s.refuseMessage(x, "Mandatory 'Requested IP address' option missing in DHCPDECLINE sent from "+x.label())
	}
	s.logLook(x.requested)
	l, ok := s.leases.Get(x.requested)
	if fault := shortClientID(x); ok && fault != "" {
		return s.refuseMessage(x, fault)
	}
	s.logNotDeclined(x, &l, ok)
	if !ok || l.State != lease.Assigned || s.over(x, &l) || !s.belongsAsIs(x, &l) {
		s.note("the client has no lease of %v to decline", x.requested)
		return quiet
	}
	s.tell(x, Event{Point: LeaseDeclined, Lease: &l})
	s.RemoveName(&l)
	terms := lease.Terms{SubnetID: l.SubnetID, PoolID: l.PoolID, Valid: s.conf.DeclineProbation, CLTT: x.now, State: lease.Declined}
	refused := lease.Lease4{Address: l.Address, Terms: terms}
	s.put(&refused)
	s.logSkipped(x, &refused, nil)
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_DECLINE_LEASE", "Received DHCPDECLINE for addr %s from client %s. The lease will be unavailable for %d seconds.",
			l.Address, label(&x.message), s.conf.DeclineProbation)
	}
	s.count.declined(s.subnetOfLease(&l), &l)
	if s.watch != nil {
		s.tell(x, Event{Point: LeasesCommitted, Leases: []lease.Lease4{refused}})
	}
	return quiet
}

// logNotDeclined says why a declined lease is none, if so.
func (s *Server4) logNotDeclined(x *exchange, l *lease.Lease4, found bool) {
	switch {
	case !s.logs(logging.Warn, "dhcp4"):
	case !found:
		s.log.Log(logging.Warn, "dhcp4", "DHCP4_DECLINE_LEASE_NOT_FOUND", "Received DHCPDECLINE for addr %s from client %s, but no such lease found.", x.requested, label(&x.message))
	case l.State != lease.Assigned || s.over(x, l) || !s.belongsAsIs(x, l):
		orNone := func(id []byte) string {
			if len(id) == 0 {
				return "(none)"
			}
			return lease.Colons(id)
		}
		s.log.Log(logging.Warn, "dhcp4", "DHCP4_DECLINE_LEASE_MISMATCH", "Received DHCPDECLINE for addr %s from client %s, but the data doesn't match: received hwaddr: %s, lease hwaddr: %s, received client-id: %s, lease client-id: %s",
			x.requested, label(&x.message), lease.Colons(x.hwaddr), hardwareText(l), orNone(x.clientID), orNone(l.ClientID))
	}
}

// matchedID is the client identifier as far as the subnet looks at it.
func (x *exchange) matchedID() []byte {
	if x.subnet != nil && !x.subnet.MatchClientID {
		return nil
	}
	return x.clientID
}
