package verify

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// noteLeases tells the comparison, and the reader of the result, whose the leases are
// that the servers begin with.
func (r *run) noteLeases() {
	if r.Leases == nil {
		return
	}
	active := map[netip.Addr]bool{}
	ended, abandoned := 0, 0
	for i := range r.Leases.Entries {
		l := &r.Leases.Entries[i]
		switch {
		case l.Ends <= r.Now.Unix() || l.Binding == answer.FreeLease:
			ended++
		case l.Binding == answer.AbandonedLease:
			abandoned++
		default:
			active[l.Address] = true
		}
	}
	r.comparison.Leased(func(who *client.Client) (list []exchange.Held) {
		id, _ := who.Option(codeClientIdentifier)
		for _, l := range r.Leases.Of(nil, id, who.MAC) {
			if active[l.Address] {
				list = append(list, exchange.Held{Address: l.Address, Until: l.Ends, Other: !isLessee(&l, who),
					Unnamed: isMachine(&l, who) && (len(l.UID) == 0 || len(id) == 0)})
			}
		}
		return list
	})
	r.out.Notes = append(r.out.Notes, fmt.Sprintf("both servers began with the leases of the lease file: %d in use, %d ended or free, %d abandoned; Kea has %d of them",
		len(active), ended, abandoned, r.testedLeases.Total()))
}

const codeClientIdentifier = 61

// isLessee reports whether a lease is a client's.
func isLessee(l *answer.Lease, who *client.Client) bool {
	id, _ := who.Option(codeClientIdentifier)
	if len(l.UID) > 0 {
		return bytes.Equal(l.UID, id)
	}
	return isMachine(l, who)
}

// isMachine reports whether a lease is of a client's hardware address.
func isMachine(l *answer.Lease, who *client.Client) bool {
	return len(l.Hardware) > 1 && l.Hardware[0] == max(who.HType, 1) && bytes.Equal(l.Hardware[1:], who.MAC)
}

// concerned are the leases that concern a client: its own, and those of addresses that it
// names.
func (r *run) concerned(who *client.Client) []answer.Lease {
	const codeRequested = 50
	if r.Leases == nil {
		return nil
	}
	named := []netip.Addr{who.CIAddr}
	if wish, ok := who.Option(codeRequested); ok && len(wish) == 4 {
		named = append(named, netip.AddrFrom4([4]byte(wish)))
	}
	id, _ := who.Option(codeClientIdentifier)
	return r.Leases.Of(named, id, who.MAC)
}
