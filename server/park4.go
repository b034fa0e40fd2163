package server

import (
	"bytes"
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Verdict is what a hook decides about an answer.
type Verdict uint8

// The verdicts.
const (
	Continue Verdict = iota // it leaves
	Drop                    // it never leaves
	// Park lets it wait, until whoever said so has Resume called.
	Park
)

// An OfferHook decides about offers before they leave (Kea's hook point
// lease4_offer).
type OfferHook interface {
	Offered(*Offer) Verdict
	// Waiting is how many answers wait.
	Waiting() int
}

// Offer is an address that a client is about to be offered. Everything in it is
// valid until the hook returns, but for what waits.
type Offer struct {
	Label  string // of the client, for logs
	Subnet *config.Subnet
	// Lease is what is offered; nil: there is no address, or the client goes on with
	// its lease as it is.
	Lease *lease.Lease4
	// Old is the lease that the address has had; nil: none. Own: it was the client's.
	Old *lease.Lease4
	Own bool
	// Reserved: the address is reserved for the client.
	Reserved bool
	Now      int64 // seconds since 1970
	// Waiting is what waits when the hook wants that.
	Waiting *Waiting
}

// Waiting is an answer that waits for a hook.
type Waiting struct {
	// Via is for whoever sends it: how.
	Via any

	packet Packet
	answer Answer
	lease  lease.Lease4
	label  string
	kept   bool // the offer is in the lease database
}

// ask asks the hook about an offer; false: it does not leave now.
func (s *Server4) ask(x *exchange) bool {
	if s.offers == nil || x.kind != packet.Discover || x.reply != packet.Offer {
		return true
	}
	if limit := s.conf.Parked; limit > 0 && uint64(s.offers.Waiting()) >= uint64(limit) {
		s.count.dropped.Add(1, s.count.now)
		if s.debugging {
			s.debugPlain(debugDrop, "packets", "DHCP4_HOOK_LEASE4_OFFER_PARKING_LOT_FULL", "The parked-packet-limit %d, has been reached, dropping query: %s", limit, label(&x.message))
		}
		return false
	}
	o := Offer{Label: label(&x.message), Subnet: x.subnet, Now: x.now}
	if x.hasLease && !x.reused {
		l := x.lease
		o.Lease = &l
		if x.before != nil {
			o.Old, o.Own = x.before, s.belongs(x, x.before)
		}
		mine, reserved := s.reservedIn(x, x.subnet)
		o.Reserved = reserved && mine == l.Address
	}
	w := &Waiting{packet: *x.in, answer: x.answer, lease: x.lease, label: o.Label, kept: x.kept > 0}
	o.Waiting = w
	switch s.offers.Offered(&o) {
	case Drop:
		if s.debugging {
			s.debug(x, debugBasic, "hooks", "DHCP4_HOOK_LEASE4_OFFER_DROP", "packet is dropped, because a callout set the next step to DROP")
		}
		return false
	case Park:
		if s.debugging {
			s.debug(x, debugBasic, "hooks", "DHCP4_HOOK_LEASE4_OFFER_PARK", "packet is parked, because a callout set the next step to PARK")
		}
		// What the answer is made of is the next message's soon.
		w.packet.Raw, w.answer.Raw = bytes.Clone(x.in.Raw), bytes.Clone(x.answer.Raw)
		w.lease.HWAddr, w.lease.ClientID = slices.Clone(x.lease.HWAddr), slices.Clone(x.lease.ClientID)
		s.parked = w
		return false
	}
	return true
}

// Resume ends the waiting of an answer: it leaves, or, since its address is in use
// by somebody unknown, that address is declined. What is declined has to be
// committed to the lease database. The answer is valid for ever.
func (s *Server4) Resume(w *Waiting, inUse bool) (answer Answer, ok bool) {
	s.trace, s.count.now = nil, s.clock()
	s.debugging = s.log != nil && s.log.Debugging()
	if inUse {
		s.declineOffered(w)
		return Answer{}, false
	}
	if l, there := s.leases.Get(w.lease.Address); w.kept && (!there || !bytes.Equal(l.HWAddr, w.lease.HWAddr) || !bytes.Equal(l.ClientID, w.lease.ClientID)) {
		return Answer{}, false // it could not be written, or has been taken away since
	}
	s.count.reply(packet.Offer)
	x := exchange{in: &w.packet, now: s.count.now.Unix(), kind: packet.Discover, reply: packet.Offer, answer: w.answer}
	if x.message.Parse(w.packet.Raw) == nil {
		s.logSent(&x)
	}
	return w.answer, true
}

// declineOffered keeps an address out of use that was to be offered, and is in use.
// Kea does so only where it remembers nothing of the address: where there is a lease
// that has ended, it leaves that as it is, though its manual says otherwise.
func (s *Server4) declineOffered(w *Waiting) {
	l := &w.lease
	old, there := s.leases.Get(l.Address)
	now := s.count.now.Unix()
	ended := there && (old.State == lease.Reclaimed || old.State == lease.Released || old.ExpiredAt(now-1))
	if there && !ended && !(w.kept && bytes.Equal(old.HWAddr, l.HWAddr) && bytes.Equal(old.ClientID, l.ClientID)) {
		return // somebody else has got it meanwhile
	}
	if ended && old.State != lease.Reclaimed {
		s.count.reclaimed(s.subnetOfLease(&old), &old)
	}
	terms := lease.Terms{SubnetID: l.SubnetID, PoolID: l.PoolID, Valid: s.conf.DeclineProbation, CLTT: now, State: lease.Declined}
	s.put(&lease.Lease4{Address: l.Address, Terms: terms})
	s.count.declinedUnasked(s.subnetOfLease(l), l)
	valid := l.Valid
	if w.kept && there {
		valid = old.Valid
	}
	if s.logs(logging.Info, "leases") {
		s.log.Log(logging.Info, "leases", "DHCP4_SERVER_INITIATED_DECLINE", "%s: Lease for addr %s has been found to be already in use. The lease will be unavailable for %d seconds.", w.label, l.Address, valid)
	}
}
