package server

import "github.com/keamigrate/keamigrate/server/lease"

// Reclaim takes leases back that have ended by a time, in seconds since 1970: as
// many as the configuration allows at once. Those that were assigned still tell
// whose they were; declined addresses are free again. It returns how many.
func (s *Server4) Reclaim(now int64) int {
	return s.reclaim(now, int(s.conf.Expired.MaxLeases), s.conf.Expired.Hold == 0)
}

// ReclaimAll takes all leases back that have ended by a time; remove says that
// they do not tell whose they were.
func (s *Server4) ReclaimAll(now int64, remove bool) int { return s.reclaim(now, 0, remove) }

func (s *Server4) reclaim(now int64, limit int, remove bool) int {
	s.count.now = s.clock()
	n := 0
	for ; limit == 0 || n < limit; n++ {
		l, ok := s.leases.NextEnded(now - 1)
		if !ok {
			break
		}
		s.count.reclaimed(s.conf, &l)
		if remove || l.State == lease.Declined {
			s.leases.Delete(l.Address)
			continue
		}
		l.State, l.FQDNFwd, l.FQDNRev = lease.Reclaimed, false, false
		s.leases.Put(&l)
	}
	return n
}
