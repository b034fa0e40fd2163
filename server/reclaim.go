package server

import "github.com/keamigrate/keamigrate/server/lease"

// Reclaim takes leases back that have ended by a time, in seconds since 1970: as
// many as the configuration allows at once. Those that were assigned still tell
// whose they were; declined addresses are free again. It returns how many.
func (s *Server4) Reclaim(now int64) int {
	n := 0
	for limit := int(s.conf.Expired.MaxLeases); limit == 0 || n < limit; n++ {
		l, ok := s.leases.NextEnded(now - 1)
		if !ok {
			break
		}
		if l.State == lease.Declined || s.conf.Expired.Hold == 0 {
			s.leases.Delete(l.Address)
			continue
		}
		l.State, l.FQDNFwd, l.FQDNRev = lease.Reclaimed, false, false
		s.leases.Put(&l)
	}
	return n
}
