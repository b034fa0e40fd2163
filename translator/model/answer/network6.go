package answer

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Codes of DHCPv6 options (RFC 8415 section 21).
const (
	code6ClientID     = 1
	code6ServerID     = 2
	code6NA           = 3
	code6TA           = 4
	code6Address      = 5
	code6ORO          = 6
	code6Preference   = 7
	code6RelayMessage = 9
	code6Status       = 13
	code6Rapid        = 14
	code6Vendor       = 17
	code6Reconfigure  = 20
	code6PD           = 25
	code6Prefix       = 26
	code6FQDN         = 39
	code6LinkLayer    = 79
)

// block is a part of a pool that dhcpd chooses addresses or prefixes from: a
// prefix with all the addresses, or all the longer prefixes, in it.
type block struct {
	pool   *pool
	subnet *subnet
	kind   uint16 // code6NA, code6TA, code6PD
	start  netip.Addr
	bits   int
	units  int // length of what is given out
}

// makePools6 makes the pools of DHCPv6. dhcpd keeps a pool for the ranges
// outside of pools, and takes it for the next one only while the subnet has no
// statements.
func (s *Server) makePools6() {
	for _, n := range s.conf.Networks {
		w := s.networks[n]
		var units []unit6
		for _, p := range n.Pools {
			if p.Stmt != nil {
				units = append(units, unit6{id: p.Stmt.ID(), pool: p})
				continue
			}
			for _, r := range p.Ranges {
				units = append(units, unit6{id: r.Stmt.ID(), pool: p, r: r})
			}
			for _, d := range p.Delegations {
				units = append(units, unit6{id: d.ID(), pool: p, d: d})
			}
		}
		slices.SortFunc(units, func(a, b unit6) int { return a.id - b.id })
		for _, u := range units {
			if u.r == nil && u.d == nil {
				s.addPool6(w, u.pool)
				continue
			}
			s.loosePool6(w, u).add6(s, u)
		}
	}
}

// unit6 is a pool, or a range or delegation outside of pools.
type unit6 struct {
	id   int
	pool *model.Pool
	r    *model.Range
	d    *dhcpdconf.Prefix6
}

func (s *Server) addPool6(w *network, decl *model.Pool) {
	home := s.subnets[decl.Home]
	if home == nil {
		return
	}
	p := &pool{network: w, decls: []*model.Pool{decl}, group: &group{parent: home.group, scope: decl.Scope, body: decl.Scope.Own}}
	s.prepare(decl.Scope, decl.Scope.Own)
	s.permits(p, decl)
	w.pools = append(w.pools, p)
	var parts []unit6
	for _, r := range decl.Ranges {
		parts = append(parts, unit6{id: r.Stmt.ID(), pool: decl, r: r})
	}
	for _, d := range decl.Delegations {
		parts = append(parts, unit6{id: d.ID(), pool: decl, d: d})
	}
	slices.SortFunc(parts, func(a, b unit6) int { return a.id - b.id })
	for _, u := range parts {
		p.add6(s, u)
	}
}

// loosePool6 finds the pool for a range outside of pools.
func (s *Server) loosePool6(w *network, u unit6) *pool {
	home := s.subnets[u.pool.Home]
	before := slices.DeleteFunc(slices.Clone(u.pool.Home.Scope.Own), func(st dhcpdconf.Statement) bool { return st.ID() > u.id })
	if !executed(before) {
		for _, p := range w.pools {
			if !executed(p.group.body) && len(p.deny) == 0 && len(p.allow) == 1 && p.allow[0].kind == dhcpdconf.PermitAll {
				return p
			}
		}
	}
	p := &pool{
		network: w, group: &group{parent: home.group, scope: u.pool.Scope},
		allow: []permit{{kind: dhcpdconf.PermitAll}},
	}
	w.pools = append(w.pools, p)
	return p
}

func (p *pool) add6(s *Server, u unit6) {
	if !slices.Contains(p.decls, u.pool) {
		p.decls = append(p.decls, u.pool)
	}
	home := s.subnets[u.pool.Home]
	if u.d != nil {
		for _, n := range cover(u.d.Low, u.d.High) {
			length := n.Bits()
			if length == 128 {
				length = u.d.Length
			}
			if length <= u.d.Length {
				p.blocks = append(p.blocks, &block{pool: p, subnet: home, kind: code6PD, start: n.Addr(), bits: length, units: u.d.Length})
			}
		}
		return
	}
	kind := uint16(code6NA)
	if u.r.Temporary {
		kind = code6TA
	}
	nets := []netip.Prefix{u.r.Prefix}
	if !u.r.Prefix.IsValid() {
		nets = cover(u.r.Low, u.r.High)
	}
	for _, n := range nets {
		p.blocks = append(p.blocks, &block{pool: p, subnet: home, kind: kind, start: n.Addr(), bits: n.Bits(), units: 128})
	}
}

// wide is an IPv6 address as a number.
type wide struct{ high, low uint64 }

func wideOf(a netip.Addr) wide {
	b := a.As16()
	return wide{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func (w wide) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], w.high)
	binary.BigEndian.PutUint64(b[8:], w.low)
	return netip.AddrFrom16(b)
}

func (w wide) less(v wide) bool { return w.high < v.high || w.high == v.high && w.low < v.low }

// add adds two raised to a power and tells whether that was too much.
func (w wide) add(power int) (sum wide, over bool) {
	var carry uint64
	if power < 64 {
		w.low, carry = bits.Add64(w.low, 1<<power, 0)
		w.high, carry = bits.Add64(w.high, 0, carry)
	} else {
		w.high, carry = bits.Add64(w.high, 1<<(power-64), 0)
	}
	return w, carry != 0
}

func (w wide) trailingZeros() int {
	if w.low != 0 {
		return bits.TrailingZeros64(w.low)
	}
	return 64 + bits.TrailingZeros64(w.high)
}

// cover gives the prefixes that make up a range, the highest first, as dhcpd
// keeps them.
func cover(low, high netip.Addr) []netip.Prefix {
	if high.Less(low) {
		low, high = high, low
	}
	if !low.Is6() || !high.Is6() {
		return nil
	}
	var list []netip.Prefix
	end := wideOf(high)
	for at := wideOf(low); !end.less(at); {
		size := at.trailingZeros()
		for ; size > 0; size-- {
			next, over := at.add(size)
			if size == 128 {
				next, over = wide{}, true
			}
			// The last address of the prefix is the one before next.
			last := wide{next.high, next.low - 1}
			if next.low == 0 {
				last.high--
			}
			if (!over || next == (wide{})) && !end.less(last) {
				break
			}
		}
		list = append(list, netip.PrefixFrom(at.addr(), 128-size))
		if size == 128 {
			break
		}
		next, over := at.add(size)
		if over {
			break
		}
		at = next
	}
	slices.Reverse(list)
	return list
}
