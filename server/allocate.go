package server

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
)

// cursor is where the allocation of a subnet goes on.
type cursor struct {
	pool int
	next netip.Addr // not valid: the first of the pool
	// last counts allocations, so that of several subnets the one that gave the
	// last address can be found.
	last uint64
}

// allocate finds a free address: in the pools of the client's subnet, then in
// those of the others on the link.
func (s *Server4) allocate(x *exchange) (choice, bool) {
	list := s.usable(x)
	// The subnet that gave the last address is likely to have another one.
	start := 0
	for i, n := range list {
		if slices.Equal(n.Guards, x.subnet.Guards) && s.cursorOf(n).last > s.cursorOf(list[start]).last {
			start = i
		}
	}
	for i := range list {
		n := list[(start+i)%len(list)]
		if a, ok := s.allocateIn(x, n); ok {
			return choice{a, n, nil}, true
		}
	}
	return choice{}, false
}

func (s *Server4) cursorOf(n *config.Subnet) *cursor {
	c := s.cursors[n]
	if c == nil {
		c = &cursor{}
		s.cursors[n] = c
	}
	return c
}

func (s *Server4) allocateIn(x *exchange, n *config.Subnet) (netip.Addr, bool) {
	c := s.cursorOf(n)
	if n.Allocator == "random" && s.rand != nil && len(n.Pools) > 0 {
		c.pool = s.rand.IntN(len(n.Pools))
		p := n.Pools[c.pool]
		c.next = plus(p.First, s.rand.Uint64N(size(p)))
	}
	// Each pool is looked at once, and the one with the cursor twice: from the
	// cursor on, and up to it.
	for range len(n.Pools) + 1 {
		if len(n.Pools) == 0 {
			return netip.Addr{}, false
		}
		p := n.Pools[c.pool%len(n.Pools)]
		if x.inAny(p.Guards) {
			if a, ok := s.allocateFrom(x, n, p, c); ok {
				s.allocations++
				c.last = s.allocations
				return a, true
			}
		}
		c.pool, c.next = (c.pool+1)%len(n.Pools), netip.Addr{}
	}
	return netip.Addr{}, false
}

// allocateFrom looks through a pool from the cursor to its end.
func (s *Server4) allocateFrom(x *exchange, n *config.Subnet, p *config.Pool, c *cursor) (netip.Addr, bool) {
	a := c.next
	if !a.IsValid() || !p.Contains(a) {
		a = p.First
	}
	for ; p.Contains(a); a = a.Next() {
		if s.excluded(p, a) || s.reservedForOther(x, n, a) {
			continue
		}
		if l, taken := s.leases.Get(a); taken && !s.over(x, &l) {
			continue
		}
		c.next = a.Next()
		return a, true
	}
	return netip.Addr{}, false
}

func size(p *config.Pool) uint64 { return uint64(number(p.Last)-number(p.First)) + 1 }

func number(a netip.Addr) uint32 {
	four := a.As4()
	return binary.BigEndian.Uint32(four[:])
}

func plus(a netip.Addr, n uint64) netip.Addr {
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], number(a)+uint32(n))
	return netip.AddrFrom4(four)
}
