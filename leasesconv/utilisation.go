package leasesconv

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Utilisation counts the leases of each pool of a configuration.
type Utilisation struct {
	pools []poolUse // in the order of their first addresses
}

type poolUse struct {
	subnet    netip.Prefix
	id        uint32
	name      string
	first     netip.Addr
	last      netip.Addr
	delegated int // the length of the prefixes that the pool gives; 0: addresses
	leased    int
	declined  int
}

// NewUtilisation returns the pools of networks, with no leases in them.
func NewUtilisation(n *Networks) *Utilisation {
	u := &Utilisation{}
	byID := map[uint32]netip.Prefix{}
	for _, p := range slices.SortedFunc(maps.Keys(n.subnets), comparePrefixes) {
		net := n.subnets[p]
		byID[net.id] = p
		for _, pool := range net.pools {
			u.pools = append(u.pools, poolUse{subnet: p, id: net.id, name: fmt.Sprintf("%v - %v", pool.first, pool.last), first: pool.first, last: pool.last})
		}
	}
	for _, pool := range n.prefixes {
		u.pools = append(u.pools, poolUse{subnet: byID[pool.subnet], id: pool.subnet, name: fmt.Sprintf("%v, /%d each", pool.prefix, pool.delegated),
			first: pool.prefix.Addr(), last: keaconf.LastAddr(pool.prefix), delegated: pool.delegated})
	}
	slices.SortStableFunc(u.pools, func(a, b poolUse) int {
		return cmp.Or(comparePrefixes(a.subnet, b.subnet), cmp.Compare(a.delegated, b.delegated), a.first.Compare(b.first))
	})
	return u
}

func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// Count4 counts a lease of DHCPv4 that has not ended at a time.
func (u *Utilisation) Count4(l *lease.Lease4, now time.Time) { u.count(l.Address, 0, &l.Terms, now) }

// Count6 counts a lease of DHCPv6 that has not ended at a time.
func (u *Utilisation) Count6(l *lease.Lease6, now time.Time) {
	length := 0
	if l.Type == lease.PD {
		length = int(l.PrefixLen)
	}
	u.count(l.Address, length, &l.Terms, now)
}

func (u *Utilisation) count(a netip.Addr, length int, t *lease.Terms, now time.Time) {
	if t.State != lease.Assigned && t.State != lease.Declined || t.ExpiredAt(now.Unix()) {
		return
	}
	for i := range u.pools {
		p := &u.pools[i]
		if p.id != t.SubnetID || p.delegated != length || a.Less(p.first) || p.last.Less(a) {
			continue
		}
		if t.State == lease.Declined {
			p.declined++
		} else {
			p.leased++
		}
		return
	}
}

// barWidth is the width of a full bar in characters.
const barWidth = 30

// Write writes a line with a bar for each pool.
func (u *Utilisation) Write(w io.Writer) error {
	p := printer{w: w}
	var last netip.Prefix
	for _, pool := range u.pools {
		if pool.subnet != last {
			p.printf("subnet %v (id %d)\n", pool.subnet, pool.id)
			last = pool.subnet
		}
		size := pool.size()
		used := pool.leased + pool.declined
		share, _ := new(big.Float).Quo(big.NewFloat(float64(used)), new(big.Float).SetInt(size)).Float64()
		filled := min(int(share*barWidth+0.5), barWidth)
		if used > 0 {
			filled = max(filled, 1)
		}
		p.printf("  %-37s [%s%s] %5.1f %%  %d of %s", pool.name, strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), 100*share, used, short(size))
		if pool.declined > 0 {
			p.printf(", %d of them declined", pool.declined)
		}
		p.printf("\n")
	}
	if len(u.pools) == 0 {
		p.printf("The configuration has no pools.\n")
	}
	return p.err
}

// size is how many addresses or prefixes the pool has.
func (p *poolUse) size() *big.Int {
	first, last := new(big.Int).SetBytes(p.first.AsSlice()), new(big.Int).SetBytes(p.last.AsSlice())
	n := last.Sub(last, first)
	n.Add(n, big.NewInt(1))
	if p.delegated > 0 {
		n.Rsh(n, uint(p.first.BitLen()-p.delegated))
	}
	if n.Sign() <= 0 {
		n.SetInt64(1)
	}
	return n
}

// short writes a large number as a power of two where it is one.
func short(n *big.Int) string {
	if n.BitLen() > 32 {
		return fmt.Sprintf("2^%d", n.BitLen()-1)
	}
	return n.String()
}
