package translator

import (
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// failoverPools says which relationship each pool belongs to.
type failoverPools struct {
	of     map[*model.Pool]string // by name; "": none
	named  map[string]bool        // relationships that pools belong to
	merged map[string]bool        // those that the result has
}

// failoverPools reads the statements in pools; those in a shared network are
// for its pools that have none themselves.
func (t *translation) failoverPools() *failoverPools {
	pools := &failoverPools{of: map[*model.Pool]string{}, named: map[string]bool{}, merged: map[string]bool{}}
	for _, n := range t.conf.Networks {
		for _, p := range n.Pools {
			st := p.Peer
			if st == nil {
				st = n.Peer
			}
			if st != nil && !st.No {
				pools.of[p] = st.Name.Text
				pools.named[st.Name.Text] = true
			}
		}
	}
	return pools
}

// references calls f for each statement that ties a pool or network to a
// relationship.
func (t *translation) references(f func(*dhcpdconf.PoolPeer)) {
	for _, n := range t.conf.Networks {
		if n.Peer != nil {
			f(n.Peer)
		}
		for _, p := range n.Pools {
			if p.Peer != nil {
				f(p.Peer)
			}
		}
	}
}

// fail speaks for the pools of a relationship that could not be made.
func (pools *failoverPools) fail(t *translation, name string) {
	t.references(func(st *dhcpdconf.PoolPeer) {
		t.ledger.add(st, Finding{
			Code: "failover", Severity: S4, Verdict: Manual,
			Fields:  []string{"answered"},
			Message: fmt.Sprintf("the failover relationship %q could not be made, so this server serves the pool alone.", name),
			Remedy:  "see the finding about the declaration",
		}, "")
	})
	for _, decl := range t.conf.Peers {
		t.ledger.mark(decl, Manual)
		t.markInside(decl, Manual)
	}
}

// speakForPools gives the references their verdicts, and finds the pools that
// are outside of the relationship.
func (t *translation) speakForPools(pools *failoverPools, r *relationship) {
	t.references(func(st *dhcpdconf.PoolPeer) {
		switch {
		case st.No:
			t.ledger.mark(st, Approximated)
		case pools.merged[st.Name.Text]:
			t.ledger.mark(st, Translated)
		default:
			t.ledger.add(st, Finding{
				Code: "failover-several", Severity: S4, Verdict: Manual,
				Fields: []string{"answered", "address"}, Clients: "clients of the pool",
				Message: fmt.Sprintf("the pool belongs to failover %q, which is not in the result: it is served as one of %q, whose partner may not know it.", st.Name.Text, r.stmt.Name.Text),
				Remedy:  "give each pair of servers a configuration of its own",
			}, "")
		}
	})
	said := map[*model.Pool]bool{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if pools.of[p.from] != "" || p.span == nil {
			continue
		}
		var st dhcpdconf.Statement = p.span.Stmt
		switch {
		case p.from.Peer != nil:
			st = p.from.Peer
		case p.from.Stmt != nil:
			st = p.from.Stmt
		}
		if said[p.from] && p.from.Stmt == nil {
			t.ledger.mark(st, Approximated)
			continue
		}
		said[p.from] = true
		f := Finding{
			Code: "failover-pool-alone", Severity: S2, Verdict: Approximated,
			Fields: []string{"answered"}, Clients: "clients of the pool",
			Message: "the pool is outside of the failover relationship: this dhcpd serves it whatever the partner does. Kea has one relationship for the whole server, and its leases go to the partner, too.",
			Remedy:  "write the pool into both files, or none of its clients is served while this server is not the one that answers",
		}
		if r.mode == HALoadBalancing {
			f.Severity = S3
			f.Clients = "clients of the pool that belong to the partner"
		}
		t.ledger.add(st, f, p.pointer)
	}
}

// dividePools cuts the ranges of the relationship in halves, the lower for the
// primary, and gives each half to the clients of one server: Kea's servers do
// not share free addresses (Kea manual, load balancing).
func (t *translation) dividePools(pools *failoverPools, r *relationship) {
	count := len(t.poolPlaces)
	for i := range count {
		p := &t.poolPlaces[i]
		if p.span == nil || !pools.merged[pools.of[p.from]] {
			continue
		}
		low, high := p.span.Low, p.span.High
		t.guardPool(i, "member('HA_"+PrimaryName+"')")
		if low == high {
			t.ledger.add(p.span.Stmt, Finding{
				Code: "failover-single", Severity: S3, Verdict: Approximated,
				Fields: []string{"address", "answered"}, Clients: "clients that belong to the secondary",
				Message: "a range of one address cannot be divided; it is for the clients of the primary.",
				Remedy:  "reserve the address for the client that is to have it, or choose --ha-mode hot-standby",
			}, p.pointer)
			continue
		}
		middle := halfway(low, high)
		second := *p
		lower, upper := *p.span, *p.span
		lower.High, upper.Low = middle, middle.Next()
		p.span, second.span = &lower, &upper
		second.index = len(p.in.Pools)
		second.pointer = fmt.Sprintf("%s/pools/%d", t.pointers.subnet[p.subnet], second.index)
		half := p.in.Pools[p.index]
		half.Pool = upper.Low.String() + " - " + upper.High.String()
		p.in.Pools[p.index].Pool = lower.Low.String() + " - " + lower.High.String()
		p.in.Pools = append(p.in.Pools, half)
		guards := t.guards[i]
		t.poolPlaces = append(t.poolPlaces, second)
		for _, test := range guards[:len(guards)-1] {
			t.guardPool(len(t.poolPlaces)-1, test)
		}
		t.guardPool(len(t.poolPlaces)-1, "member('HA_"+SecondaryName+"')")
	}
}

// halfway returns the last address of the lower half of a range of IPv4
// addresses.
func halfway(low, high netip.Addr) netip.Addr {
	number := func(a netip.Addr) uint64 {
		b := a.As4()
		return uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
	}
	n := (number(low)+number(high)+1)/2 - 1
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}
