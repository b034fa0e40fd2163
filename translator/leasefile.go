package translator

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// leaseFile speaks for declarations that do not count, and says what has joined
// the configuration from the lease file. What has is translated like everything
// else.
func (t *translation) leaseFile() {
	for _, v := range t.conf.Void {
		t.void(v)
	}
	t.replacedDUIDs()
	counts := map[string]int{}
	for _, st := range t.file.Leases {
		counts[st.Keyword()]++
	}
	if len(counts) == 0 {
		return
	}
	var list []string
	for _, keyword := range slices.Sorted(maps.Keys(counts)) {
		name := keyword
		if keyword == "lease" {
			name = "reserved lease"
		}
		list = append(list, fmt.Sprintf("%s %d", name, counts[keyword]))
	}
	t.ledger.add(nil, Finding{
		Code: "lease-file-declarations", Severity: S1, Verdict: Translated,
		Message: fmt.Sprintf("These declarations of %s count as if they stood at the end of the configuration: %s.", t.file.Leases[0].Span().Src.Name, strings.Join(list, ", ")),
	}, "")
}

func (t *translation) void(v model.Void) {
	t.ledger.mark(v.Stmt, Ignored)
	t.markInside(v.Stmt, Ignored)
	if v.By == nil {
		return
	}
	what := fmt.Sprintf("%s %q", v.Stmt.Keyword(), declaredName(v.Stmt))
	if v.Taken {
		t.ledger.add(v.Stmt, Finding{
			Code: "lease-file-name-taken", Severity: S1, Verdict: Ignored,
			Message: fmt.Sprintf("there is a %s already (%s). dhcpd keeps the first and passes over this one.", what, v.By.Head()),
		}, "")
		return
	}
	t.ledger.add(v.Stmt, Finding{
		Code: "lease-file-deleted", Severity: S1, Verdict: Ignored,
		Message: fmt.Sprintf("%s is deleted (%s): dhcpd does not know it any more, so it was left out.", what, v.By.Head()),
	}, "")
}

func declaredName(st dhcpdconf.Statement) string {
	switch st := st.(type) {
	case *dhcpdconf.Host:
		return st.Name.Text
	case *dhcpdconf.Class:
		return st.Name.Text
	case *dhcpdconf.Subclass:
		return st.Class.Text
	}
	return ""
}

// replacedDUIDs speaks for each server-duid but the last, and for all where
// dhcpd serves DHCPv4.
func (t *translation) replacedDUIDs() {
	if !slices.ContainsFunc(t.file.Leases, func(st dhcpdconf.Statement) bool { return st.Keyword() == "server-duid" }) {
		return
	}
	for st := range dhcpdconf.Preorder(t.file) {
		duid, ok := st.(*dhcpdconf.ServerDUID)
		switch {
		case !ok || t.v6() && duid == t.conf.ServerDUID:
		case !t.v6():
			if t.file.FromLeases(st) {
				t.ledger.mark(st, Ignored)
			}
		default:
			t.ledger.add(st, Finding{
				Code: "server-duid-replaced", Severity: S1, Verdict: Ignored,
				Message: fmt.Sprintf("dhcpd takes the DUID of %s, which it reads later.", t.conf.ServerDUID.Head()),
			}, "")
		}
	}
}

// reservedLeases turns the reserved leases of the lease file into reservations.
func (r *reserver) reservedLeases() {
	if len(r.conf.Reserved) == 0 {
		return
	}
	stretches := stretchesOf(r.conf)
	members := map[identity][]string{}
	for _, m := range r.members {
		members[m.id] = append(members[m.id], m.class)
	}
	asks := r.asksKnown()
	for _, st := range r.conf.Reserved {
		r.reservedLease(st, stretches.of(st.Address), members, asks)
	}
}

func (r *reserver) reservedLease(st *dhcpdconf.ReservedLease, in *stretch, members map[identity][]string, asksKnown bool) {
	if in == nil {
		r.ledger.add(st, Finding{
			Code: "reserved-lease-outside", Severity: S1, Verdict: Ignored,
			Message: fmt.Sprintf("%s is in no pool any more, so dhcpd forgets the lease when it starts.", st.Address),
		}, "")
		return
	}
	left := func(why, remedy string) {
		r.ledger.add(st, Finding{
			Code: "reserved-lease-left", Severity: S2, Verdict: Approximated,
			Fields: []string{"address", "answered"}, Clients: fmt.Sprintf("who had %s, and whoever gets it", st.Address),
			Message: fmt.Sprintf("the lease of %s is reserved, so dhcpd gives the address to nobody else. %s", st.Address, why), Remedy: remedy,
		}, "")
	}
	var ids []identity // the one that dhcpd goes by comes first
	if len(st.UID) > 1 {
		ids = append(ids, identity{"client-id", colonHex(st.UID)})
	}
	if len(st.Hardware) > 0 {
		ids = append(ids, identity{"hw-address", colonHex(st.Hardware)})
	}
	subnet := r.subnetOf[in.subnet]
	switch {
	case len(ids) == 0:
		left("It does not say for whom, and a reservation of Kea's is for a client.", "take the address out of the pool")
		return
	case asksKnown:
		left("A reservation would make the client a known one, which the file asks about, so there is none.", "make a host declaration for the client")
		return
	}
	for _, id := range ids {
		if h := r.identities[subnet][id]; h != nil {
			r.ledger.add(st, Finding{
				Code: "reserved-lease-outside", Severity: S1, Verdict: Ignored,
				Message: fmt.Sprintf("its client is host %q (%s), which has an address of its own; dhcpd prefers that.", h.Stmt.Name.Text, h.Stmt.Head()),
			}, "")
			return
		}
		if h := r.identities[nil][id]; h != nil {
			left(fmt.Sprintf("Its client is host %q (%s); with a reservation in the subnet Kea would not find what the host sets.", h.Stmt.Name.Text, h.Stmt.Head()),
				"write the address into the host declaration as fixed-address")
			return
		}
	}
	res := keaconf.Reservation{IPAddress: st.Address.String(), Comment: "reserved lease"}
	ids[0].set(&res)
	for _, id := range ids {
		res.ClientClasses = append(res.ClientClasses, members[id]...)
	}
	subnet.Reservations = append(subnet.Reservations, res)
	f := Finding{
		Code: "reserved-lease", Severity: S1, Verdict: Translated,
		Message: fmt.Sprintf("the lease of %s is reserved: it became a reservation for %s %s.", st.Address, ids[0].kind, ids[0].value),
	}
	if len(in.pool.Permits) > 0 {
		f.Severity, f.Verdict = S2, Approximated
		f.Fields, f.Clients = []string{"address"}, "this client, when the pool does not permit it"
		f.Message += " dhcpd asks the permits of the pool first, Kea gives a reserved address whatever they are."
	}
	r.ledger.add(st, f, fmt.Sprintf("%s/reservations/%d", r.pointers.subnet[in.subnet], len(subnet.Reservations)-1))
}

// stretch is a range of IPv4 addresses of some pool.
type stretch struct {
	low, high netip.Addr
	subnet    *model.Subnet
	pool      *model.Pool
}

type stretches []stretch // by address

func stretchesOf(c *model.Config) stretches {
	var list stretches
	for _, n := range c.Networks {
		for _, p := range n.Pools {
			for _, s := range p.Ranges {
				if s.Subnet != nil {
					list = append(list, stretch{s.Low, s.High, s.Subnet, p})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b stretch) int { return a.low.Compare(b.low) })
	return list
}

// of returns the stretch that holds an address, nil if none does.
func (l stretches) of(a netip.Addr) *stretch {
	i := sort.Search(len(l), func(i int) bool { return a.Less(l[i].low) }) - 1
	if i < 0 || l[i].high.Less(a) {
		return nil
	}
	return &l[i]
}

var leaseFileCodes = []CodeInfo{
	{"lease-file-declarations", S1, "Declarations of the lease file",
		"dhcpd keeps what OMAPI has made in its lease file: hosts, groups, classes and subclasses, reserved leases. It reads them after dhcpd.conf. With --leases they join the configuration, and the report accounts for each of them. The leases themselves are imported with \"keamigrate leases import\"."},
	{"lease-file-deleted", S1, "A declaration that was deleted",
		"A host, class or subclass that OMAPI has deleted stands in the lease file once more, with \"deleted;\". dhcpd forgets what dhcpd.conf says about it."},
	{"lease-file-name-taken", S1, "A host of the lease file whose name is taken",
		"A host of this name stands in dhcpd.conf or earlier in the lease file. dhcpd logs that it already exists and keeps the first."},
	{"reserved-lease", S1, "A reserved lease became a reservation",
		"dhcpd keeps the address of a reserved lease for its client, also when the lease has ended. Kea has reservations for that. A reservation counts whatever the permits of the pool say; dhcpd asks these first."},
	{"reserved-lease-left", S2, "A reserved lease without reservation",
		"dhcpd gives the address of a reserved lease to nobody but its client. Here no reservation could say that: the lease names no client, the client is a host declaration with settings of its own, or the configuration asks whether clients are known, which a reservation would make it. The lease itself can be imported, and the client keeps the address as long as it renews it."},
	{"reserved-lease-outside", S1, "A reserved lease that dhcpd does not use",
		"The address is in no pool, or its client has a fixed address, which dhcpd prefers."},
	{"server-duid-replaced", S1, "A server DUID that is not used",
		"dhcpd takes the DUID that it reads last, and it reads its lease file last."},
}
