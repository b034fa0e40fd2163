package leasesconv

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// Networks are the subnets of a configuration of Kea, for finding that of a
// lease.
type Networks struct {
	subnets  map[netip.Prefix]*network
	lengths  []int             // of the prefixes in subnets, longest first
	overlap  bool              // some subnet lies in another
	prefixes []prefixPool      // DHCPv6: pools of prefixes to delegate
	hold     uint32            // seconds for which the server remembers an ended lease
	named    map[uint32]int    // subnets with each id
	links    map[uint32]uint32 // of subnets of shared networks, by id: the id of the first one
}

type network struct {
	id    uint32
	pools []addressPool
	// numbered: one of the pools has an id.
	numbered bool
}

type addressPool struct {
	first, last netip.Addr
	id          uint32
}

type prefixPool struct {
	prefix    netip.Prefix
	delegated int // the length of the prefixes that it gives
	subnet    uint32
	id        uint32
}

// defaultHold is Kea's own hold-reclaimed-time in seconds.
const defaultHold = 3600

// NewNetworks returns the subnets of a *keaconf.DHCP4 or *keaconf.DHCP6. It is an
// error when there is none, or when one has no id: leases name their subnet by
// its id, so it has to be in the configuration.
func NewNetworks(conf keaconf.Config) (*Networks, error) {
	n := &Networks{subnets: map[netip.Prefix]*network{}, named: map[uint32]int{}, links: map[uint32]uint32{}, hold: defaultHold}
	var subnets []keaconf.Subnet
	var expired *keaconf.ExpiredLeases
	switch c := conf.(type) {
	case *keaconf.DHCP4:
		subnets, expired = c.Subnet4, c.ExpiredLeasesProcessing
		for _, s := range c.SharedNetworks {
			subnets = append(subnets[:len(subnets):len(subnets)], s.Subnet4...)
			for i := range s.Subnet4 {
				n.links[uint32(s.Subnet4[i].ID)] = uint32(s.Subnet4[0].ID)
			}
		}
	case *keaconf.DHCP6:
		subnets, expired = c.Subnet6, c.ExpiredLeasesProcessing
		for _, s := range c.SharedNetworks {
			subnets = append(subnets[:len(subnets):len(subnets)], s.Subnet6...)
		}
	default:
		return nil, errors.New("this is no configuration of kea-dhcp4 or kea-dhcp6")
	}
	if expired != nil && expired.HoldReclaimedTime != nil {
		n.hold = *expired.HoldReclaimedTime
	}
	if len(subnets) == 0 {
		return nil, errors.New("the configuration has no subnets, so no lease has a place in it")
	}
	for i := range subnets {
		if err := n.add(&subnets[i]); err != nil {
			return nil, err
		}
	}
	for p := range n.subnets {
		if !slices.Contains(n.lengths, p.Bits()) {
			n.lengths = append(n.lengths, p.Bits())
		}
	}
	slices.SortFunc(n.lengths, func(a, b int) int { return cmp.Compare(b, a) })
	for p := range n.subnets {
		for _, bits := range n.lengths {
			if around, err := p.Addr().Prefix(bits); err == nil && bits < p.Bits() && n.subnets[around] != nil {
				n.overlap = true
			}
		}
	}
	return n, nil
}

func (n *Networks) add(s *keaconf.Subnet) error {
	prefix, err := netip.ParsePrefix(s.Subnet)
	if err != nil {
		return fmt.Errorf("subnet %q is no prefix", s.Subnet)
	}
	if s.ID == 0 {
		return fmt.Errorf("subnet %s has no id: leases name their subnet by it, so give it one before leases are imported", s.Subnet)
	}
	net := &network{id: s.ID}
	for _, p := range s.Pools {
		first, last, err := keaconf.ParsePool(p.Pool)
		if err != nil {
			return fmt.Errorf("pool %q %w", p.Pool, err)
		}
		pool := addressPool{first: first, last: last}
		if p.PoolID != nil {
			pool.id = *p.PoolID
			net.numbered = true
		}
		net.pools = append(net.pools, pool)
	}
	for _, p := range s.PDPools {
		prefix, err := netip.ParsePrefix(fmt.Sprintf("%s/%d", p.Prefix, p.PrefixLen))
		if err != nil {
			return fmt.Errorf("pd-pool %q is no prefix", p.Prefix)
		}
		pool := prefixPool{prefix: prefix.Masked(), delegated: int(p.DelegatedLen), subnet: s.ID}
		if p.PoolID != nil {
			pool.id = *p.PoolID
		}
		n.prefixes = append(n.prefixes, pool)
	}
	n.subnets[prefix.Masked()] = net
	n.named[s.ID]++
	return nil
}

// Hold is for how many seconds the server remembers whose an ended lease was
// (expired-leases-processing, hold-reclaimed-time).
func (n *Networks) Hold() uint32 { return n.hold }

// link tells links apart on which clients get addresses of several subnets: it is the
// same for all subnets of a shared network.
func (n *Networks) link(id uint32) uint32 {
	if n != nil {
		if first, ok := n.links[id]; ok {
			return first
		}
	}
	return id
}

// Has reports whether a subnet has an id.
func (n *Networks) Has(id uint32) bool { return n.named[id] > 0 }

// Of returns the ids of the subnet that an address is in and of its pool there, 0
// for a pool without one. Of subnets within each other it is the one with the
// lowest id, which Kea takes for the clients of both. Where no networks are known
// (nil) it is 0 for every address.
func (n *Networks) Of(a netip.Addr) (subnet, pool uint32, ok bool) {
	if n == nil {
		return 0, 0, true
	}
	net := n.find(a)
	switch {
	case net == nil:
		return 0, 0, false
	case !net.numbered:
		return net.id, 0, true
	}
	for _, pool := range net.pools {
		if pool.first.Compare(a) <= 0 && a.Compare(pool.last) <= 0 {
			return net.id, pool.id, true
		}
	}
	return net.id, 0, true
}

func (n *Networks) find(a netip.Addr) (best *network) {
	for _, bits := range n.lengths {
		p, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		if net := n.subnets[p]; net != nil && (best == nil || net.id < best.id) {
			best = net
			if !n.overlap {
				break
			}
		}
	}
	return best
}

// OfPrefix returns the ids of the subnet whose pools delegate a prefix and of the
// pool. A prefix that is in no pool belongs to the subnet that it lies in.
func (n *Networks) OfPrefix(p netip.Prefix) (subnet, pool uint32, ok bool) {
	if n == nil {
		return 0, 0, true
	}
	var best *prefixPool
	for i := range n.prefixes {
		c := &n.prefixes[i]
		if c.prefix.Bits() > p.Bits() || !c.prefix.Contains(p.Addr()) {
			continue
		}
		if best == nil || c.delegated == p.Bits() && best.delegated != p.Bits() {
			best = c
		}
	}
	if best != nil {
		return best.subnet, best.id, true
	}
	subnet, _, ok = n.Of(p.Addr())
	return subnet, 0, ok
}
