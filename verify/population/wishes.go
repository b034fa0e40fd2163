package population

import (
	"encoding/binary"
	"math"
	"net/netip"

	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// wishes gives clients that ask for lifetimes, for addresses, and that have
// lists of options of every kind.
func (p *planner) wishes() []subject {
	const most = 12
	var list []subject
	for i, l := range p.links {
		if i >= most && !p.options.Grow {
			break
		}
		var s subject
		if p.v6 {
			for _, seconds := range []uint32{1, 600, math.MaxUint32} {
				c := p.at(l)
				c.Valid, c.Preferred = seconds, seconds/2+1
				s = append(s, c)
			}
			list = append(list, p.about(s, "wishes", l.subnet.Prefix.String(), l.subnet.Stmt))
			continue
		}
		chain := l.subnet.Chain()
		lifetimes := chain.Lifetimes4()
		for _, seconds := range []uint32{1, math.MaxUint32, lifetimes.Min/2 + lifetimes.Max/2, lifetimes.Min - 1} {
			c := p.at(l)
			setOption(&c.Options, code4LeaseTime, binary.BigEndian.AppendUint32(nil, seconds))
			s = append(s, c)
		}
		if a, ok := lastFree(l.subnet); ok {
			c := p.at(l)
			setOption(&c.Options, code4Requested, a.AsSlice())
			s = append(s, c)
		}
		none := p.at(l)
		setOption(&none.Options, code4List, nil)
		s = append(s, none)
		list = append(list, p.about(s, "wishes", l.subnet.Prefix.String(), l.subnet.Stmt))
	}
	return list
}

// lastFree returns the last address of the subnet's last range.
func lastFree(s *model.Subnet) (a netip.Addr, ok bool) {
	for _, pool := range s.Network.Pools {
		for _, r := range pool.Ranges {
			if r.Subnet == s {
				a, ok = r.High, true
			}
		}
	}
	return a, ok
}

// dialogues gives clients that say more than discover and request: all of a
// lease's life, wrong addresses, BOOTP.
func (p *planner) dialogues() []subject {
	const most = 12
	var list []subject
	for i, l := range p.links {
		if i >= most && !p.options.Grow {
			break
		}
		var s subject
		if p.v6 {
			for _, do := range [][]client.Step{
				{client.Solicit, client.Request, client.Renew, client.Rebind, client.Confirm, client.Release},
				{client.Inform},
			} {
				c := p.at(l)
				c.Do = do
				s = append(s, c)
			}
			rapid := p.at(l)
			rapid.RapidCommit = true
			rapid.Do = []client.Step{client.Solicit, client.Request, client.Release}
			s = append(s, rapid)
			if p.spare(l.subnet.Network) {
				decline := p.at(l)
				decline.Do = []client.Step{client.Solicit, client.Request, client.Decline}
				s = append(s, decline)
			}
			list = append(list, p.about(s, "dialogue", l.subnet.Prefix.String(), l.subnet.Stmt))
			continue
		}
		c := p.at(l)
		c.Do = []client.Step{client.Discover, client.Request, client.Renew, client.Rebind, client.Reboot, client.Release}
		s = append(s, c)
		for _, a := range []netip.Addr{netip.AddrFrom4([4]byte{203, 0, 113, 77}), p.other(l)} {
			if a.IsValid() {
				wrong := p.at(l)
				setOption(&wrong.Options, code4Requested, a.AsSlice())
				wrong.Do = []client.Step{client.Reboot}
				s = append(s, wrong)
			}
		}
		inform := p.at(l)
		inform.CIAddr = l.subnet.Prefix.Addr().Next()
		if inform.CIAddr == p.options.Server {
			inform.CIAddr = inform.CIAddr.Next() // a server does not answer itself
		}
		if a, ok := lastFree(l.subnet); ok {
			inform.CIAddr = a
		}
		inform.Do = []client.Step{client.Inform}
		s = append(s, inform)
		spare := p.spare(l.subnet.Network)
		if spare {
			decline := p.at(l)
			decline.Do = []client.Step{client.Discover, client.Request, client.Decline, client.Discover, client.Request, client.Release}
			s = append(s, decline)
		}
		if spare || p.options.Grow {
			bootp := p.at(l)
			bootp.Do = []client.Step{client.Bootp}
			s = append(s, bootp)
		}
		list = append(list, p.about(s, "dialogue", l.subnet.Prefix.String(), l.subnet.Stmt))
	}
	return list
}

// spare reports whether a network can do without an address for the rest of the
// run: it is said once for a network, and only of one whose pools all have some.
// What dhcpd does when the pool is exhausted takes minutes to see.
func (p *planner) spare(n *model.Network) bool {
	const enough = 8
	if p.spared[n] {
		return false
	}
	p.spared[n] = true
	for _, pool := range n.Pools {
		free := 0
		for _, r := range pool.Ranges {
			for a := r.Low; free < enough && a.Compare(r.High) <= 0; a = a.Next() {
				free++
			}
		}
		if free < enough {
			return false
		}
	}
	return len(n.Pools) > 0
}

// other returns an address of a network that the link does not belong to.
func (p *planner) other(l link) netip.Addr {
	for _, o := range p.links {
		if o.subnet.Network != l.subnet.Network {
			if a, ok := lastFree(o.subnet); ok {
				return a
			}
		}
	}
	return netip.Addr{}
}
