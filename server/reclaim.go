package server

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/server/lease"
)

// Reclaim takes leases back that have ended by a time, in seconds since 1970: as
// many as the configuration allows at once. Those that were assigned still tell
// whose they were; declined addresses are free again. It returns how many.
func (s *Server4) Reclaim(now int64) int {
	n, _ := s.ReclaimSome(now, func() bool { return false })
	return n
}

// ReclaimSome is Reclaim until enough says so. more: leases are left that have
// ended.
func (s *Server4) ReclaimSome(now int64, enough func() bool) (n int, more bool) {
	return s.reclaim(now, int(s.conf.Expired.MaxLeases), s.conf.Expired.Hold == 0, enough)
}

// ReclaimAll takes all leases back that have ended by a time; remove says that
// they do not tell whose they were.
func (s *Server4) ReclaimAll(now int64, remove bool) int {
	n, _ := s.reclaim(now, 0, remove, func() bool { return false })
	return n
}

func (s *Server4) reclaim(now int64, limit int, remove bool, enough func() bool) (n int, more bool) {
	s.count.now = s.clock()
	for {
		l, ok := s.leases.NextEnded(now)
		if !ok {
			return n, false
		}
		if limit > 0 && n >= limit || enough() {
			return n, true
		}
		n++
		s.takeBack(&l, remove)
		if remove || l.State == lease.Declined {
			s.remove(l.Address)
			continue
		}
		l.State, l.FQDNFwd, l.FQDNRev, l.Hostname = lease.Reclaimed, false, false, ""
		s.put(&l)
	}
}

// takeBack tells everybody that a lease has ended; remove says whether it is forgotten.
func (s *Server4) takeBack(l *lease.Lease4, remove bool) {
	if s.log != nil && s.log.Debugging() {
		s.debugPlain(debugBasic, "alloc-engine", "ALLOC_ENGINE_V4_LEASE_RECLAIM", "%s: reclaiming expired lease for address %s", leaseLabel(l), l.Address)
	}
	s.tell(nil, Event{Point: LeaseExpired, Lease: l, Remove: remove})
	if l.State == lease.Declined {
		s.tell(nil, Event{Point: LeaseRecovered, Lease: l})
	}
	s.RemoveName(l)
	s.count.reclaimed(s.subnetOfLease(l), l)
}

// Flush forgets the leases that ended longer ago than the configuration keeps
// them. It returns how many.
func (s *Server4) Flush(now int64) int {
	var gone []netip.Addr
	for l := range s.leases.Unordered() {
		if l.State == lease.Reclaimed && l.Expire() < now-int64(s.conf.Expired.Hold) {
			gone = append(gone, l.Address)
		}
	}
	for _, a := range gone {
		s.remove(a)
	}
	return len(gone)
}
