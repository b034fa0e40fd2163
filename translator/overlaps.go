package translator

import (
	"cmp"
	"container/heap"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// searchOrder returns the subnets of the result, longer prefixes first, but
// where they overlap as dhcpd finds them.
func (t *translation) searchOrder() []*model.Subnet {
	waits := map[*model.Subnet]int{} // how many are to come before
	after := map[*model.Subnet][]*model.Subnet{}
	ready := &longestFirst{}
	for _, s := range t.conf.Subnets {
		if t.subnetOf[s] == nil {
			continue
		}
		list := t.search(s)
		at := slices.Index(list, s)
		for i, other := range list {
			switch {
			case i < at:
				after[other] = append(after[other], s)
				waits[s]++
			case i > at:
				after[s] = append(after[s], other)
				waits[other]++
			}
		}
	}
	for _, s := range t.conf.Subnets {
		if t.subnetOf[s] != nil && waits[s] == 0 {
			*ready = append(*ready, s)
		}
	}
	heap.Init(ready)
	var order []*model.Subnet
	for ready.Len() > 0 {
		s := heap.Pop(ready).(*model.Subnet)
		order = append(order, s)
		for _, other := range after[s] {
			if waits[other]--; waits[other] == 0 {
				heap.Push(ready, other)
			}
		}
	}
	return order
}

// search returns a subnet and those of the result around it in dhcpd's order.
func (t *translation) search(s *model.Subnet) []*model.Subnet {
	return slices.DeleteFunc(t.conf.Search(s), func(s *model.Subnet) bool { return t.subnetOf[s] == nil })
}

// longestFirst is a heap of subnets.
type longestFirst []*model.Subnet

func (l longestFirst) Len() int      { return len(l) }
func (l longestFirst) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l longestFirst) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[j].Prefix.Bits(), l[i].Prefix.Bits()), cmp.Compare(l[i].Order, l[j].Order)) < 0
}

// Push is for package heap.
func (l *longestFirst) Push(s any) { *l = append(*l, s.(*model.Subnet)) }

// Pop is for package heap.
func (l *longestFirst) Pop() any {
	s := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return s
}

// checkOverlap looks which subnet dhcpd takes for the clients of a subnet, and
// which Kea does.
func (t *translation) checkOverlap(s *model.Subnet) {
	list := t.search(s)
	if first := list[0]; slices.ContainsFunc(list, func(other *model.Subnet) bool { return t.subnetOf[other].ID < t.subnetOf[first].ID }) {
		lowest := slices.MinFunc(list, func(a, b *model.Subnet) int { return cmp.Compare(t.subnetOf[a].ID, t.subnetOf[b].ID) })
		t.ledger.add(s.Stmt, Finding{
			Code: "subnet-id-order", Severity: S4, Verdict: Approximated,
			Fields:  []string{"address", "answered"},
			Clients: fmt.Sprintf("clients in %s", s.Prefix),
			Message: fmt.Sprintf("dhcpd serves clients of %s from %s; %s kept the lower id %d from an earlier run, and Kea takes the lowest id whose prefix holds the client.", s.Prefix, first.Prefix, lowest.Prefix, t.subnetOf[lowest].ID),
			Remedy:  "convert with --renumber and import the leases again",
		}, t.pointers.subnet[s])
	}
	by := t.conf.HiddenBy(s)
	if by == nil || by.Network == s.Network {
		return // the pools of one network serve the clients of all its subnets
	}
	t.ledger.add(s.Stmt, Finding{
		Code: "subnet-hidden", Severity: S2, Verdict: Approximated,
		Clients: fmt.Sprintf("clients in %s", s.Prefix),
		Message: fmt.Sprintf("%s lies inside %s, which is declared later (%s): dhcpd takes that one for all clients here and never uses this subnet. The subnet ids make Kea do the same.", s.Prefix, by.Prefix, by.Stmt.Head()),
		Remedy:  fmt.Sprintf("if %s is to be served, declare it after %s, and convert again", s.Prefix, by.Prefix),
	}, t.pointers.subnet[s])
}

// unreachedSubnet leaves out a declaration of a subnet in whose place dhcpd
// finds another one.
func (t *translation) unreachedSubnet(s *model.Subnet) {
	f := Finding{
		Code: "subnet-unreached", Severity: S3, Verdict: Ignored,
		Clients: fmt.Sprintf("clients in %s", s.Prefix),
		Message: fmt.Sprintf("%s is declared again later on another network; dhcpd finds that declaration (%s) only. This one was left out.", s.Prefix, t.conf.HiddenBy(s).Stmt.Head()),
		Remedy:  "merge the declarations, or correct the address of one",
	}
	for _, other := range s.Network.Subnets {
		if !other.Unreached {
			f.Severity, f.Verdict = S4, Manual
			f.Fields = []string{"address", "answered"}
			f.Clients = fmt.Sprintf("clients of shared-network %q", s.Network.Name)
			f.Message += " Its pools would serve clients of the other subnets of its network."
			break
		}
	}
	t.ledger.add(s.Stmt, f, "")
	dhcpdconf.Walk(dhcpdconf.Children(s.Stmt), func(st dhcpdconf.Statement) bool {
		switch st.(type) {
		case *dhcpdconf.Host, *dhcpdconf.Class, *dhcpdconf.Subclass:
			return false // they count everywhere
		}
		t.ledger.mark(st, f.Verdict)
		return true
	})
}

// refusedRanges finds ranges with addresses that dhcpd, when a client asks for
// what it was offered, takes for those of another network.
func (t *translation) refusedRanges() {
	if t.v6() {
		return
	}
	sorted := slices.DeleteFunc(slices.Clone(t.conf.Subnets), func(s *model.Subnet) bool { return !s.Prefix.IsValid() })
	slices.SortFunc(sorted, func(a, b *model.Subnet) int { return a.Prefix.Addr().Compare(b.Prefix.Addr()) })
	served := func(s *model.Subnet) bool { return t.subnetOf[s] != nil && t.conf.HiddenBy(s) == nil }
	for _, n := range t.conf.Networks {
		if !slices.ContainsFunc(n.Subnets, served) {
			continue
		}
		for _, p := range n.Pools {
			for _, r := range p.Ranges {
				if r.Subnet == nil || t.subnetOf[r.Subnet] == nil {
					continue
				}
				if other := t.otherNetwork(n, r, sorted); other != nil {
					t.ledger.add(r.Stmt, Finding{
						Code: "range-refused", Severity: S3, Verdict: Approximated,
						Fields:  []string{"answered", "address"},
						Clients: "clients that are offered an address of this range",
						Message: fmt.Sprintf("addresses of this range lie in %s too, which is declared later on another network (%s): dhcpd offers them and refuses them when the client asks for them. Kea gives them out.", other.Prefix, other.Stmt.Head()),
						Remedy:  "take these addresses out of the range",
					}, "")
				}
			}
		}
	}
}

// otherNetwork returns a subnet of another network that dhcpd finds for an
// address of a range, or nil. The subnets are sorted by address.
func (t *translation) otherNetwork(n *model.Network, r *model.Range, sorted []*model.Subnet) *model.Subnet {
	other := func(a netip.Addr) *model.Subnet {
		if s := t.conf.SubnetOf(a); s != nil && s.Network != n {
			return s
		}
		return nil
	}
	if s := other(r.Low); s != nil {
		return s
	}
	// What is found changes only where a subnet begins or ends; one that ends
	// inside the range begins in it too, or holds its first address.
	i, _ := slices.BinarySearchFunc(sorted, r.Low, func(s *model.Subnet, a netip.Addr) int { return s.Prefix.Addr().Compare(a) })
	for ; i < len(sorted) && sorted[i].Prefix.Addr().Compare(r.High) <= 0; i++ {
		if s := other(sorted[i].Prefix.Addr()); s != nil {
			return s
		}
	}
	return other(r.High)
}
