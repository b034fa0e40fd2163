package answer

import (
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// network is a link.
type network struct {
	decl    *model.Network
	group   *group
	subnets []*subnet
	pools   []*pool
}

type subnet struct {
	decl    *model.Subnet
	network *network
	group   *group
}

// pool is what dhcpd makes of pools and ranges: of several that do not differ
// it makes one.
type pool struct {
	decls       []*model.Pool
	network     *network
	group       *group
	bare        bool // without statements
	allow, deny []permit
	from, until int64 // seconds since 1970; 0: no limit
	stretches   []*stretch
	pieces      []piece // in the order in which they are given out
	count       uint64
	blocks      []*block // DHCPv6
}

// permit is a condition on clients.
type permit struct {
	st    *dhcpdconf.Permit // nil: dhcpd's own, for ranges outside of pools
	kind  dhcpdconf.PermitKind
	class *class
	after int64
}

// stretch is a range of addresses in a pool.
type stretch struct {
	low, high netip.Addr
	subnet    *subnet
	pool      *pool
	decl      *model.Range
}

// piece is a part of a stretch in which the free addresses lie in order.
type piece struct{ low, high uint32 }

func (s *Server) makeNetworks() {
	for _, n := range s.conf.Networks {
		w := &network{decl: n}
		s.networks[n] = w
		if n.Explicit() {
			w.group = s.group(n.Scope)
		}
		for _, sub := range n.Subnets {
			v := &subnet{decl: sub, network: w}
			v.group = s.group(sub.Scope)
			s.subnets[sub] = v
			s.subnetIndex.add(sub)
			w.insert(v)
			if w.group == nil {
				// What stands in a subnet alone is the network's.
				w.group = v.group
			}
		}
		if w.group == nil {
			w.group = s.group(n.Scope)
		}
	}
}

// findLocal finds the link of the server's own interface.
func (s *Server) findLocal() {
	for _, n := range s.conf.Networks {
		for _, i := range n.Interfaces {
			if s.settings.Interface != "" && i.Name.Text == s.settings.Interface {
				s.local = s.networks[n]
			}
		}
	}
	if sub := s.subnetOf(s.settings.Address); sub != nil && s.local == nil {
		s.local = sub.network
	}
}

// insert puts a subnet into the list of its link: before the first one that it
// is within, though dhcpd does not look at the last one.
func (n *network) insert(s *subnet) {
	for i := range len(n.subnets) - 1 {
		if s.decl.Within(n.subnets[i].decl) {
			n.subnets = slices.Insert(n.subnets, i, s)
			return
		}
	}
	n.subnets = append(n.subnets, s)
}

// subnetIndex finds the subnets with an address.
type subnetIndex struct {
	byPrefix map[netip.Prefix][]*model.Subnet
	lengths  []int
	odd      []*model.Subnet // with holes in the netmask
}

func (x *subnetIndex) add(s *model.Subnet) {
	p := s.Prefix
	if !p.IsValid() {
		x.odd = append(x.odd, s)
		return
	}
	if x.byPrefix == nil {
		x.byPrefix = map[netip.Prefix][]*model.Subnet{}
	}
	x.byPrefix[p] = append(x.byPrefix[p], s)
	if !slices.Contains(x.lengths, p.Bits()) {
		x.lengths = append(x.lengths, p.Bits())
	}
}

// find returns the subnet that dhcpd finds for an address, or nil.
func (x *subnetIndex) find(a netip.Addr) *model.Subnet {
	if !a.IsValid() {
		return nil
	}
	var found []*model.Subnet
	for _, n := range x.lengths {
		if p, err := a.Prefix(n); err == nil {
			found = append(found, x.byPrefix[p]...)
		}
	}
	for _, s := range x.odd {
		if s.Contains(a) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return slices.MaxFunc(found, func(a, b *model.Subnet) int { return a.Order - b.Order })
}

// subnetOf returns the subnet that dhcpd finds for an address, or nil.
func (s *Server) subnetOf(a netip.Addr) *subnet { return s.subnets[s.subnetIndex.find(a)] }

// subnetOf returns the subnet of the link with an address, or nil.
func (n *network) subnetOf(a netip.Addr) *subnet {
	for _, s := range n.subnets {
		if s.decl.Contains(a) {
			return s
		}
	}
	return nil
}

// unit is one range statement, or a pool.
type unit struct {
	id   int
	pool *model.Pool
	r    *model.Range // a range outside of pools; nil: the whole pool
}

// makePools makes the pools of DHCPv4, in dhcpd's order and with its rules for
// ranges outside of pools: those of a shared network go together.
func (s *Server) makePools() {
	for _, n := range s.conf.Networks {
		w := s.networks[n]
		var units []unit
		for _, p := range n.Pools {
			if p.Stmt != nil {
				units = append(units, unit{p.Stmt.ID(), p, nil})
				continue
			}
			for _, r := range p.Ranges {
				units = append(units, unit{r.Stmt.ID(), p, r})
			}
		}
		slices.SortFunc(units, func(a, b unit) int { return a.id - b.id })
		for _, u := range units {
			if u.r != nil {
				s.addRange(w, u)
			} else {
				s.addPool(w, u.pool)
			}
		}
	}
	slices.SortFunc(s.ranges, func(a, b *stretch) int { return a.low.Compare(b.low) })
	s.orderAddresses()
}

func (s *Server) addRange(w *network, u unit) {
	all := dhcpdconf.PermitDynamicBootp
	if u.r.Bootp {
		all = dhcpdconf.PermitAll
	}
	own := permit{kind: all}
	last := (*pool)(nil)
	for _, p := range w.pools {
		if u.r.Bootp && len(p.deny) == 0 && len(p.allow) == 1 && p.allow[0].kind == all ||
			!u.r.Bootp && len(p.allow) == 0 && len(p.deny) == 1 && p.deny[0].kind == all {
			// dhcpd means this pool and takes the one before it.
			if last == nil {
				last = w.pools[0]
			}
			last.add(s, u.pool, u.r)
			return
		}
		last = p
	}
	p := &pool{network: w, group: &group{parent: w.group, scope: u.pool.Scope}, bare: true}
	if u.r.Bootp {
		p.allow = []permit{own}
	} else {
		p.deny = []permit{own}
	}
	w.pools = append(w.pools, p)
	p.add(s, u.pool, u.r)
}

func (s *Server) addPool(w *network, decl *model.Pool) {
	p := &pool{network: w, group: &group{parent: w.group, scope: decl.Scope, body: decl.Scope.Own}, bare: !executed(decl.Scope.Own)}
	s.prepare(decl.Scope, decl.Scope.Own)
	s.permits(p, decl)
	if p.bare {
		for _, q := range w.pools {
			if q.bare && samePermits(p.allow, q.allow) && samePermits(p.deny, q.deny) {
				p = q
				break
			}
		}
	}
	if !slices.Contains(w.pools, p) {
		w.pools = append(w.pools, p)
	}
	for _, r := range decl.Ranges {
		p.add(s, decl, r)
	}
}

func (s *Server) permits(p *pool, decl *model.Pool) {
	for _, st := range decl.Permits {
		v := permit{st: st, kind: st.Kind}
		switch st.Kind {
		case dhcpdconf.PermitMembers:
			v.class = s.class(st.Class.Text)
		case dhcpdconf.PermitAfter:
			v.after = st.After.Unix()
			if st.Allow {
				p.from = v.after
			} else {
				p.until = v.after
			}
		}
		if st.Allow {
			p.allow = append(p.allow, v)
		} else {
			p.deny = append(p.deny, v)
		}
	}
}

// executed reports whether dhcpd keeps any of the statements to execute them.
func executed(body []dhcpdconf.Statement) bool {
	return slices.ContainsFunc(body, func(st dhcpdconf.Statement) bool {
		switch st.(type) {
		case *dhcpdconf.Authoritative, *dhcpdconf.Empty, *dhcpdconf.Percent, *dhcpdconf.Bad, *dhcpdconf.OptionDefine, *dhcpdconf.OptionSpace:
			return false
		}
		return true
	})
}

func samePermits(a, b []permit) bool {
	within := func(a, b []permit) bool {
		for _, p := range a {
			if !slices.ContainsFunc(b, func(q permit) bool { return p.kind == q.kind && p.class == q.class && p.after == q.after }) {
				return false
			}
		}
		return true
	}
	return within(a, b) && within(b, a)
}

// add adds a range to a pool.
func (p *pool) add(s *Server, decl *model.Pool, r *model.Range) {
	if !slices.Contains(p.decls, decl) {
		p.decls = append(p.decls, decl)
	}
	if !r.Low.Is4() || !r.High.Is4() {
		return
	}
	sub := s.subnets[r.Subnet]
	if sub == nil {
		return
	}
	t := &stretch{low: r.Low, high: r.High, subnet: sub, pool: p, decl: r}
	p.stretches = append(p.stretches, t)
	p.count += uint64(number4(r.High)-number4(r.Low)) + 1
	s.ranges = append(s.ranges, t)
}

// stretchOf returns the range with an address, or nil.
func (s *Server) stretchOf(a netip.Addr) *stretch {
	i, found := slices.BinarySearchFunc(s.ranges, a, func(t *stretch, a netip.Addr) int { return t.low.Compare(a) })
	if !found {
		i--
	}
	// Ranges overlap only where dhcpd would not start.
	for ; i >= 0; i-- {
		if !s.ranges[i].high.Less(a) {
			return s.ranges[i]
		}
	}
	return nil
}

func number4(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(bigEndian(b[:]))
}

func address4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// leaseHash is the size of dhcpd's table of addresses, through which it walks
// to make the lists of free addresses.
const leaseHash = 100003

// orderAddresses finds the order in which dhcpd gives out addresses that nobody
// had: it walks through its hash table and puts what it meets in a row behind
// each other, and a new row of the same pool in front.
func (s *Server) orderAddresses() {
	type row struct {
		piece
		pool *pool
	}
	var rows []row
	for _, t := range s.ranges {
		for low := number4(t.low); ; {
			end := low - low%leaseHash + leaseHash - 1
			high := min(number4(t.high), end)
			if end < low { // past the last address
				high = number4(t.high)
			}
			rows = append(rows, row{piece{low, high}, t.pool})
			if high == number4(t.high) {
				break
			}
			low = high + 1
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.low%leaseHash) - int(b.low%leaseHash) })
	var before *pool
	at := map[*pool]int{} // where the current row of a pool ends
	for _, r := range rows {
		p := r.pool
		if p != before {
			at[p] = 0
		}
		p.pieces = slices.Insert(p.pieces, at[p], r.piece)
		at[p]++
		before = p
	}
}

// FillOrder returns the subnets of a network in the order in which dhcpd gives
// out addresses of its pools that nobody had, each where its first address is
// given. The network is one of the configuration that the server was made from.
func (s *Server) FillOrder(n *model.Network) []*model.Subnet {
	var order []*model.Subnet
	w := s.networks[n]
	if w == nil {
		return nil
	}
	for _, p := range w.pools {
		for _, piece := range p.pieces {
			a := address4(piece.low)
			for _, r := range p.stretches {
				if !a.Less(r.low) && !r.high.Less(a) && r.subnet != nil && !slices.Contains(order, r.subnet.decl) {
					order = append(order, r.subnet.decl)
				}
			}
		}
	}
	return order
}
