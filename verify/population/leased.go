package population

import (
	"net"
	"net/netip"

	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
)

// Leased returns the clients of a lease file and those that want what others have: for
// leases that are in use at a time (seconds since 1970), that have ended, and of
// addresses that are abandoned. They take at most a quarter of the options' clients;
// where there are more leases than that, each of them gets some of what there is to ask.
// Each of them is meant for servers that have just started, since what one does about a
// lease would be seen by the next. What they are there for has the kind "lease". Addresses in no pool are passed over, as
// dhcpd forgets their leases.
func Leased(conf *model.Config, leases []answer.Lease, now int64, o Options) []Member {
	p := newPlanner(conf, o)
	p.findLinks()
	p.codes = wantedOptions(conf, p.v6)
	if len(p.links) == 0 || p.v6 {
		return nil
	}
	var kinds [3][]*answer.Lease
	for i := range leases {
		l := &leases[i]
		if s := conf.SubnetOf(l.Address); s == nil || !inPool(s.Network, l.Address) {
			continue
		}
		kind := leaseEnded
		switch {
		case l.Ends <= now || l.Binding == answer.FreeLease:
			if len(l.UID) == 0 && len(l.Hardware) == 0 {
				continue
			}
		case l.Binding == answer.AbandonedLease:
			kind = leaseAbandoned
		default:
			kind = leaseActive
		}
		kinds[kind] = append(kinds[kind], l)
	}
	var list []*leaseClient
	const shares = 4 * len(kinds)
	for kind, leases := range kinds {
		p.random.Shuffle(len(leases), func(i, j int) { leases[i], leases[j] = leases[j], leases[i] })
		list = append(list, p.lessees(leaseKind(kind), leases, max(1, o.Most/shares))...)
	}
	var out []Member
	const apart = 1 << 22 // from the made-up addresses of the other clients
	for i, c := range list {
		p.purposes[c.Client] = Purpose{Kind: "lease", Name: c.lease.Address.String()}
		p.complete(c.Client, apart+i)
		if parsed, err := client.Parse(c.Client.String()); err == nil {
			out = append(out, Member{parsed, p.purposes[c.Client]})
		}
	}
	return out
}

type leaseKind uint8

const (
	leaseActive leaseKind = iota
	leaseEnded
	leaseAbandoned
)

// leaseClient is a client that a lease has to do with.
type leaseClient struct {
	*client.Client
	lease *answer.Lease
}

// leaseQuestion is one thing that clients do about a lease. Its function is nil where the
// lease has not what it takes.
type leaseQuestion func(p *planner, l *answer.Lease, at link) *client.Client

// questions are what clients do about leases of a kind.
var questions = map[leaseKind][]leaseQuestion{
	leaseActive: {
		(*planner).lesseeRenews, (*planner).lesseeRebinds, (*planner).lesseeReboots, (*planner).otherAsks, (*planner).otherReboots,
		(*planner).otherRenews, (*planner).lesseeMoved, (*planner).lesseeReturns, (*planner).lesseeRoams, (*planner).lesseeChangedID,
		(*planner).lesseeOtherCard, (*planner).lesseeReleases, (*planner).lesseeDeclines,
	},
	leaseEnded:     {(*planner).lesseeReboots, (*planner).lesseeRenews, (*planner).lesseeReturns, (*planner).otherReboots, (*planner).otherAsks},
	leaseAbandoned: {(*planner).otherReboots, (*planner).otherRenews, (*planner).otherAsks},
}

// lessees makes the clients of the leases of one kind, at most so many.
func (p *planner) lessees(kind leaseKind, leases []*answer.Lease, most int) (list []*leaseClient) {
	all := questions[kind]
	leases = leases[:min(len(leases), most)]
	if len(leases) == 0 {
		return nil
	}
	each := min(len(all), max(1, most/len(leases)))
	for i, l := range leases {
		at, ok := p.linkOf(p.conf.SubnetOf(l.Address))
		if !ok {
			continue
		}
		for n := range each {
			if c := all[(i*each+n)%len(all)](p, l, at); c != nil {
				list = append(list, &leaseClient{c, l})
			}
		}
	}
	return list
}

// lessee is the client of a lease; nil: nobody knows who that is.
func (p *planner) lessee(l *answer.Lease, at link, do ...client.Step) *client.Client {
	if len(l.Hardware) < 2 {
		return nil
	}
	c := p.at(at)
	c.MAC, c.Do = net.HardwareAddr(l.Hardware[1:]), do
	if l.Hardware[0] != ethernet {
		c.HType = l.Hardware[0]
	}
	if len(l.UID) > 0 {
		setOption(&c.Options, code4ClientID, l.UID)
	}
	if len(l.HostName) > 0 {
		setOption(&c.Options, code4HostName, l.HostName)
	}
	for _, v := range l.Variables {
		if v.Name == "vendor-class-identifier" && len(v.Data) > 0 {
			setOption(&c.Options, code4VendorClass, v.Data)
		}
	}
	if c.Relay.IsValid() {
		for rest := l.Agent; len(rest) >= 2 && len(rest) >= 2+int(rest[1]); rest = rest[2+int(rest[1]):] {
			setOption(&c.Agent, uint16(rest[0]), rest[2:2+int(rest[1])])
		}
	}
	return c
}

const (
	code4HostName    = 12
	code4VendorClass = 60
)

// stranger is a client that has no lease and names the address of one.
func (p *planner) stranger(l *answer.Lease, at link, do ...client.Step) *client.Client {
	c := p.at(at)
	c.Do = do
	setOption(&c.Options, code4Requested, l.Address.AsSlice())
	return c
}

// asking makes a client ask for an address.
func asking(c *client.Client, a netip.Addr) *client.Client {
	if c != nil {
		setOption(&c.Options, code4Requested, a.AsSlice())
	}
	return c
}

// holding makes a client use an address.
func holding(c *client.Client, a netip.Addr) *client.Client {
	if c != nil {
		c.CIAddr = a
	}
	return c
}

func (p *planner) lesseeRenews(l *answer.Lease, at link) *client.Client {
	return holding(p.lessee(l, at, client.Renew), l.Address)
}

func (p *planner) lesseeRebinds(l *answer.Lease, at link) *client.Client {
	return holding(p.lessee(l, at, client.Rebind), l.Address)
}

func (p *planner) lesseeReboots(l *answer.Lease, at link) *client.Client {
	return asking(p.lessee(l, at, client.Reboot), l.Address)
}

// lesseeReturns has forgotten its lease.
func (p *planner) lesseeReturns(l *answer.Lease, at link) *client.Client {
	return p.lessee(l, at, client.Discover, client.Request)
}

// lesseeMoved asks for its address on another network, and lesseeRoams for any there.
func (p *planner) lesseeMoved(l *answer.Lease, at link) *client.Client {
	if elsewhere, ok := p.beside(at); ok {
		return asking(p.lessee(l, elsewhere, client.Reboot), l.Address)
	}
	return nil
}

func (p *planner) lesseeRoams(l *answer.Lease, at link) *client.Client {
	if elsewhere, ok := p.beside(at); ok {
		return p.lessee(l, elsewhere, usualSteps(false)...)
	}
	return nil
}

// beside is a link of another network.
func (p *planner) beside(at link) (link, bool) {
	for range p.links {
		if l := p.turn(); l.subnet.Network != at.subnet.Network {
			return l, true
		}
	}
	return link{}, false
}

// lesseeChangedID is the same machine with another client identifier: another operating
// system, say.
func (p *planner) lesseeChangedID(l *answer.Lease, at link) *client.Client {
	c := p.lessee(l, at, usualSteps(false)...)
	if c != nil {
		setOption(&c.Options, code4ClientID, p.bytes(0xff, 7))
	}
	return c
}

// lesseeOtherCard has its identifier and another hardware address.
func (p *planner) lesseeOtherCard(l *answer.Lease, at link) *client.Client {
	if len(l.UID) == 0 {
		return nil
	}
	c := p.lessee(l, at, client.Discover, client.Request)
	if c != nil {
		c.MAC, c.HType = nil, 0
	}
	return c
}

func (p *planner) lesseeReleases(l *answer.Lease, at link) *client.Client {
	return holding(p.lessee(l, at, client.Rebind, client.Release, client.Discover, client.Request), l.Address)
}

func (p *planner) lesseeDeclines(l *answer.Lease, at link) *client.Client {
	return holding(p.lessee(l, at, client.Rebind, client.Decline, client.Discover, client.Request), l.Address)
}

func (p *planner) otherAsks(l *answer.Lease, at link) *client.Client {
	return p.stranger(l, at, usualSteps(false)...)
}

func (p *planner) otherReboots(l *answer.Lease, at link) *client.Client {
	return p.stranger(l, at, client.Reboot)
}

func (p *planner) otherRenews(l *answer.Lease, at link) *client.Client {
	c := p.at(at)
	c.Do, c.CIAddr = []client.Step{client.Renew}, l.Address
	return c
}
