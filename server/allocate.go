package server

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
)

// cursor is where the allocation of a subnet goes on.
type cursor struct {
	pool *config.Pool // that gave the last address
	// last addresses of the pools; of one that begins anew: not valid.
	last []netip.Addr
	// random counts the addresses that chance has chosen for a client.
	random int
	// asked counts addresses that were looked at, so that of several subnets the one
	// that was asked last can be found.
	asked uint64
}

// randomTries is how often chance chooses an address before all are looked at from
// there on: in a pool that is nearly full it would miss those that are free.
const randomTries = 64

// allocate finds a free address: in the pools of the client's subnet, then in
// those of the others on the link.
func (s *Server4) allocate(x *exchange) (choice, bool) {
	list := s.usable(x)
	// The subnet that was asked last is likely to have an address.
	start := 0
	for i, n := range list {
		if slices.Equal(n.Guards, x.subnet.Guards) && s.cursorOf(n).asked > s.cursorOf(list[start]).asked {
			start = i
		}
	}
	x.tries = 0
	full, without := 0, 0
	for i := range list {
		n := list[(start+i)%len(list)]
		before := x.tries
		if a, ok := s.allocateIn(x, n); ok {
			return choice{a, n, nil}, true
		}
		if x.tries == before {
			without++
		} else {
			full++
		}
	}
	last := x.subnet
	if len(list) > 0 {
		last = list[(start+len(list)-1)%len(list)]
	}
	s.count.failed(x, last)
	s.logFailed(x, x.tries, full, without)
	return choice{}, false
}

func (s *Server4) cursorOf(n *config.Subnet) *cursor {
	c := &s.cursors[n.Index]
	if c.last == nil {
		c.last = make([]netip.Addr, len(n.Pools))
	}
	return c
}

// goOn takes over where the allocator of another server is, in the subnets that have the
// same pools.
func (s *Server4) goOn(before *Server4) {
	for _, n := range s.conf.Subnets {
		old, ok := before.conf.BySubnetID(n.ID)
		if !ok || !samePools(old, n) {
			continue
		}
		c := before.cursors[old.Index]
		c.last = slices.Clone(c.last)
		if c.pool != nil {
			c.pool = n.Pools[c.pool.Index]
		}
		s.cursors[n.Index] = c
	}
	s.allocations = before.allocations
}

func samePools(a, b *config.Subnet) bool {
	return a.Prefix == b.Prefix && slices.EqualFunc(a.Pools, b.Pools, func(p, q *config.Pool) bool {
		return p.First == q.First && p.Last == q.Last && p.ID == q.ID
	})
}

// allocateIn looks for a free address in the pools of a subnet that the client may
// use: it goes on in the pool that gave the last address, and in each pool behind
// the last address that it gave.
func (s *Server4) allocateIn(x *exchange, n *config.Subnet) (netip.Addr, bool) {
	c := s.cursorOf(n)
	pools := x.pools[:0]
	start, tries := 0, uint64(0)
	for _, p := range n.Pools {
		if !x.inAny(p.Guards) {
			continue
		}
		if p == c.pool {
			start = len(pools)
		}
		pools = append(pools, p)
		tries += size(p)
	}
	x.pools = pools
	c.random = 0
	x.tries += tries
	if n.Allocator == "random" {
		tries += randomTries + tries // chance may choose an address twice
	}
	for i, used := start, uint64(0); len(pools) > 0 && used < tries; i++ {
		p := pools[i%len(pools)]
		for ; used < tries; used++ {
			a, ok := s.next(n, p, c)
			if !ok {
				break // the pool's end; it begins anew next time
			}
			s.allocations++
			c.asked = s.allocations
			if s.excluded(p, a) || s.look(a, &x.seen) && !s.over(x, &x.seen) || s.reservedForOther(x, n, a) {
				continue
			}
			if s.limited(x, n) {
				s.note("the limit of addresses is reached in the subnet %v", n.Prefix)
				return netip.Addr{}, false
			}
			return a, true
		}
	}
	return netip.Addr{}, false
}

// next moves the cursor of a pool to its next address.
func (s *Server4) next(n *config.Subnet, p *config.Pool, c *cursor) (netip.Addr, bool) {
	if n.Allocator == "random" && s.rand != nil && c.random < randomTries {
		c.pool = p
		c.random++
		a := plus(p.First, s.rand.Uint64N(size(p)))
		c.last[p.Index] = a
		return a, true
	}
	a := p.First
	if last := c.last[p.Index]; last.IsValid() {
		if a = last.Next(); !p.Contains(a) {
			c.last[p.Index] = netip.Addr{}
			return netip.Addr{}, false
		}
	}
	c.pool, c.last[p.Index] = p, a
	return a, true
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
