package translator

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// subnets makes Kea's shared networks and subnets and numbers them.
func (t *translation) subnets() {
	family := "subnet4"
	if t.v6() {
		family = "subnet6"
	}
	count := 0
	for _, n := range t.conf.Networks {
		if !n.Explicit() {
			count += len(n.Subnets)
		}
	}
	t.alone = make([]keaconf.Subnet, 0, count) // never grows: the passes work on its elements
	networks := 0
	names := map[string]bool{}
	for _, n := range t.conf.Networks {
		inside := t.translatable(n.Subnets)
		if !n.Explicit() {
			for _, s := range inside {
				pointer := fmt.Sprintf("%s/%s/%d", t.root(), family, len(t.alone))
				t.alone = append(t.alone, keaconf.Subnet{})
				t.newSubnet(s, &t.alone[len(t.alone)-1], pointer)
			}
			continue
		}
		if len(inside) == 0 {
			t.emptyNetwork(n)
			continue
		}
		pointer := t.root() + "/shared-networks/" + strconv.Itoa(networks)
		networks++
		t.pointers.network[n] = pointer
		t.networkOf[n] = &keaconf.SharedNetwork{Name: uniqueName(n.Name, names)}
		t.ledger.mark(n.Stmt, Translated)
		subnets := make([]keaconf.Subnet, len(inside))
		t.inNetwork[n] = subnets
		for i, s := range inside {
			t.newSubnet(s, &subnets[i], fmt.Sprintf("%s/%s/%d", pointer, family, i))
		}
	}
	for _, st := range t.conf.Repeated {
		t.ledger.add(st, Finding{
			Code: "subnet-repeated", Severity: S2, Verdict: Approximated,
			Fields:  []string{"address"},
			Message: "this subnet is declared a second time on the same network; dhcpd keeps two, Kea refuses that. Its content was added to the first declaration.",
			Remedy:  "check that both declarations were meant to be one",
		}, "")
	}
	for _, st := range t.conf.Foreign {
		t.foreign(st)
	}
	t.numberSubnets()
}

// uniqueName returns name, or name with a number when it is taken: Kea wants
// the names of shared networks to differ.
func uniqueName(name string, taken map[string]bool) string {
	unique := name
	for i := 2; taken[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	taken[unique] = true
	return unique
}

func (t *translation) newSubnet(s *model.Subnet, into *keaconf.Subnet, pointer string) {
	into.Subnet = s.Prefix.String()
	t.subnetOf[s] = into
	t.pointers.subnet[s] = pointer
	t.ledger.mark(s.Stmt, Translated)
}

// translatable leaves out the subnets whose netmask has holes, and those in
// whose place dhcpd finds another declaration.
func (t *translation) translatable(subnets []*model.Subnet) []*model.Subnet {
	var good []*model.Subnet
	for _, s := range subnets {
		if s.Prefix.IsValid() && !s.Unreached {
			good = append(good, s)
			continue
		}
		if s.Unreached {
			t.unreachedSubnet(s)
			continue
		}
		t.ledger.add(s.Stmt, Finding{
			Code: "subnet-mask-holes", Severity: S4, Verdict: Manual,
			Fields:  []string{"answered", "address"},
			Clients: "all clients of this subnet",
			Message: "the netmask is not contiguous; dhcpd takes it, Kea knows only prefix lengths. The subnet and all that is in it were left out.",
			Remedy:  "divide the subnet into prefixes by hand",
		}, "")
		t.markInside(s.Stmt, Manual)
	}
	return good
}

func (t *translation) emptyNetwork(n *model.Network) {
	t.ledger.add(n.Stmt, Finding{
		Code: "shared-network-empty", Severity: S1, Verdict: Ignored,
		Message: fmt.Sprintf("shared-network %q holds no subnet of this protocol, so it serves nobody.", n.Name),
	}, "")
	t.markInside(n.Stmt, Ignored)
}

func (t *translation) foreign(st dhcpdconf.Statement) {
	t.ledger.add(st, Finding{
		Code: "other-protocol", Severity: S1, Verdict: Ignored,
		Message: "this belongs to the other protocol; dhcpd reads it and does not serve it.",
		Remedy:  "convert the file a second time for the other protocol",
	}, "")
	t.markInside(st, Ignored)
}

// markInside gives every statement inside st a verdict; those that have a
// worse one keep it.
func (t *translation) markInside(st dhcpdconf.Statement, v Verdict) {
	dhcpdconf.Walk(dhcpdconf.Children(st), func(s dhcpdconf.Statement) bool {
		t.ledger.mark(s, v)
		return true
	})
}

// numberSubnets gives every subnet its id. Kea takes the subnet with the
// lowest id whose prefix holds the client; so where subnets overlap the ids
// follow the order in which dhcpd looks at them. Otherwise longer prefixes come
// first. Prefixes that an earlier run numbered keep their id, and ids are never
// used again.
func (t *translation) numberSubnets() {
	room4, room6 := len(t.subnetOf), 0
	if t.v6() {
		room4, room6 = 0, len(t.subnetOf)
	}
	ids := SubnetIDs{Version: 1, Subnet4: make(map[string]uint32, room4), Subnet6: make(map[string]uint32, room6)}
	if old := t.opts.SubnetIDs; old != nil {
		for prefix, id := range old.Subnet4 {
			if !t.opts.Renumber || t.v6() {
				ids.Subnet4[prefix] = id
			}
		}
		for prefix, id := range old.Subnet6 {
			if !t.opts.Renumber || !t.v6() {
				ids.Subnet6[prefix] = id
			}
		}
	}
	family := ids.Subnet4
	if t.v6() {
		family = ids.Subnet6
	}
	next := uint32(1)
	for _, id := range family {
		next = max(next, id+1)
	}
	order := t.searchOrder()
	for _, s := range order {
		key := s.Prefix.String()
		if family[key] == 0 {
			family[key] = next
			next++
		}
		t.subnetOf[s].ID = family[key]
	}
	t.subnetIDs = ids
	for _, s := range order {
		t.checkOverlap(s)
	}
	t.refusedRanges()
}

// fieldsBetween lists the fields of an answer in which the subnets of a network
// can differ: a client that gets an address of another subnet than dhcpd would
// have chosen gets that subnet's settings too.
func (t *translation) fieldsBetween(n *model.Network, inside []*model.Subnet) []string {
	fields := []string{"address"}
	var scopes []*model.Scope
	for _, s := range inside {
		scopes = append(scopes, s.Scope)
		if s.Prefix.Bits() != inside[0].Prefix.Bits() && !t.v6() {
			fields = append(fields, "option 1")
		}
	}
	for _, p := range n.Pools {
		scopes = append(scopes, p.Scope)
	}
	for _, f := range t.fieldsOf(scopes...) {
		// Who is answered is a matter of the pools' guards.
		if f != "answered" && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

var networkCodes = []CodeInfo{
	{"shared-network-order", S2, "Kea fills the pools of a shared network in another order",
		"dhcpd hands out the addresses of a shared network in one order, whatever subnet the request came from: pool by pool as they are written, and ranges outside of pools in an order that its tables give. Kea begins with the subnet that the relay's address or the interface selects, or with one of the same network that gave an address since, and goes to the others when it is full. New clients can therefore get an address from another subnet of the same network than dhcpd would have chosen; the set of addresses and the guards of the pools are the same. With the address come the settings of its subnet: options, lifetimes and the fields for booting that the subnets or pools set. Where these differ, the subnet that dhcpd begins with gets the addresses that relay agents in the other subnets can have, as relay addresses of its own, and a class that leaves out clients there which ask for options only; the finding is S1 then. If that list would have more than 1024 addresses, or for clients without a relay where the server's own address is in another subnet of the network, the order stays Kea's. Nothing is to be done unless the subnets of the network differ in more than their addresses."},
	{"confirm-shared-network", S1, "Confirm for addresses of another subnet of the link",
		"A DHCPv6 client that comes back to a link asks with a Confirm whether its addresses still fit it. dhcpd says yes for every subnet of the shared network. Kea looks at the subnet alone that the relay agent's address or the interface selects, and says NotOnLink for addresses of the others. The client then sends a Solicit and gets its lease again."},
	{"shared-network-empty", S1, "A shared network without a subnet",
		"The shared network holds no subnet of the protocol that is converted. It serves nobody in dhcpd and is left out."},
	{"subnet-repeated", S2, "A subnet is declared twice",
		"dhcpd accepts the same subnet declared twice on one network without a word. Kea refuses two subnets with one prefix. The content of the second declaration was merged into the first; settings that both make are decided by the later one."},
	{"subnet-unreached", S3, "A subnet is declared again on another network, and dhcpd finds the last one only",
		"dhcpd accepts the same subnet declared on two networks without a word, but for a client there it finds only the one declared last. Nobody gets an address of the other one, except that the pools of a shared network serve the clients of its other subnets too; then the finding is S4. Kea refuses two subnets with one prefix: the declaration that dhcpd does not find was left out. Probably one of them is a mistake, or both belong together: merge them, or correct the address."},
	{"subnet-hidden", S2, "A larger subnet hides this one",
		"dhcpd takes the subnet that is declared last of those that hold an address: one inside another is found only when it is declared after the larger one. A larger subnet that is declared later hides those inside it: their clients are served as clients of the larger one, and the pools and options of the smaller are never used. The subnet ids make Kea do the same. Probably it was not intended: declare larger subnets before the smaller ones inside them, and convert again."},
	{"range-refused", S3, "Addresses that dhcpd offers and then refuses",
		"A client asks for the address that it was offered, and dhcpd looks up the subnet of that address: of overlapping subnets the one declared last. If it belongs to another network than the client's, dhcpd refuses the address, so nobody ever gets it. Kea gives it out. Take the addresses that lie in the other subnet out of the range."},
	{"subnet-mask-holes", S4, "A netmask that is no prefix",
		"dhcpd accepts netmasks whose one-bits are not contiguous, such as 255.0.255.0. Kea describes subnets by prefix length only. The subnet was left out with everything in it; its clients get no answer until it is divided into prefixes by hand."},
	{"subnet-id-order", S4, "Kept subnet ids make Kea choose the wrong one of two overlapping subnets",
		"Kea serves a client from the subnet with the lowest id whose prefix holds it, dhcpd from the one that is declared last. On the first conversion the ids follow dhcpd's order. A subnet that was added later inside an existing one cannot get a lower id without renumbering. Convert with --renumber and import the leases again, since leases and reservations in databases refer to the ids."},
	{"other-protocol", S1, "A declaration of the other protocol",
		"A file can hold declarations of DHCPv4 and DHCPv6; dhcpd serves one protocol per process and passes over the rest. Convert the file once for each protocol."},
}
