package population

import (
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// grow adds clients until there are enough: what one client fulfils is tried on
// every link, and together with what each other client fulfils.
func (p *planner) grow(order []*client.Client) []*client.Client {
	var base []*client.Client
	for _, c := range order {
		switch p.purposes[c].Kind {
		case "host", "class", "condition", "subclass":
			base = append(base, c)
		}
	}
	seen := map[string]bool{}
	for _, c := range order {
		seen[likeness(c)] = true
	}
	add := func(c *client.Client, why Purpose) {
		if len(order) >= p.options.Most {
			return
		}
		key := likeness(c)
		if seen[key] {
			return
		}
		seen[key] = true
		p.purposes[c] = why
		order = append(order, c)
	}
	for turn := range p.links {
		for i, c := range base {
			// Each client begins elsewhere, so that all links have their share if
			// there is no room for all.
			l := p.links[(turn+i)%len(p.links)]
			other := *c
			other.Options, other.Agent = slices.Clone(c.Options), slices.Clone(c.Agent)
			if other.Relay = l.relay; !other.Relay.IsValid() {
				other.Agent = nil
			}
			add(&other, p.purposes[c])
		}
	}
	first := map[Purpose]*client.Client{}
	var subjects []*client.Client
	for _, c := range base {
		if why := p.purposes[c]; first[why] == nil {
			first[why] = c
			subjects = append(subjects, c)
		}
	}
	// Both together: where either counts first, then everywhere.
	for turn := -2; turn < len(p.links); turn++ {
		for distance := 1; distance < len(subjects) && len(order) < p.options.Most; distance++ {
			for i, a := range subjects {
				b := subjects[(i+distance)%len(subjects)]
				if p.purposes[a].Kind == "host" && p.purposes[b].Kind == "host" {
					continue // no machine is two hosts
				}
				c := together(a, b)
				if c == nil {
					continue
				}
				switch turn {
				case -2:
					c.Relay = a.Relay
				case -1:
					c.Relay = b.Relay
				default:
					c.Relay = p.links[(turn+i+distance)%len(p.links)].relay
				}
				if !c.Relay.IsValid() {
					c.Agent = nil
				}
				add(c, p.purposes[a])
			}
		}
	}
	return order
}

// likeness is the same for clients that say the same.
func likeness(c *client.Client) string {
	b := make([]byte, 0, 256)
	part := func(data []byte) { b = append(append(b, byte(len(data)), byte(len(data)>>8)), data...) }
	part(c.MAC)
	part(c.DUID)
	part(c.Relay.AsSlice())
	part(c.CIAddr.AsSlice())
	b = append(b, c.HType, byte(c.Secs), byte(c.Secs>>8))
	for _, list := range [][]client.Option{c.Options, c.Agent} {
		for _, o := range list {
			b = append(b, byte(o.Code), byte(o.Code>>8))
			part(o.Data)
		}
		b = append(b, 0)
	}
	for _, step := range c.Do {
		b = append(append(b, step...), 0)
	}
	return string(b)
}

// together is a client with the identity and options of both; those of b count
// where both have one. It is nil when they cannot be one client.
func together(a, b *client.Client) *client.Client {
	if a.MAC != nil && b.MAC != nil && !slices.Equal(a.MAC, b.MAC) || a.DUID != nil && b.DUID != nil && !slices.Equal(a.DUID, b.DUID) {
		return nil
	}
	c := *a
	c.Options, c.Agent = slices.Clone(a.Options), slices.Clone(a.Agent)
	if c.MAC == nil {
		c.MAC, c.HType = b.MAC, b.HType
	}
	if c.DUID == nil {
		c.DUID = b.DUID
	}
	for _, o := range b.Options {
		setOption(&c.Options, o.Code, o.Data)
	}
	for _, o := range b.Agent {
		setOption(&c.Agent, o.Code, o.Data)
	}
	return &c
}

// edges gives each range clients that ask for its first and its last address, and
// for those beside it.
func (p *planner) edges() []subject {
	if p.v6 {
		return nil
	}
	var list []subject
	for _, n := range p.conf.Networks {
		for _, pool := range n.Pools {
			for _, r := range pool.Ranges {
				l, ok := link{}, false
				if r.Subnet != nil {
					l, ok = p.linkOf(r.Subnet)
				}
				if !ok {
					continue
				}
				var s subject
				for _, a := range []netip.Addr{r.Low, r.High, r.High.Next(), r.Low.Prev()} {
					if !a.IsValid() || a == p.options.Server || a == l.relay {
						continue
					}
					for _, c := range p.admitted(pool, l) {
						setOption(&c.Options, code4Requested, a.AsSlice())
						s = append(s, c)
					}
				}
				if r.Stmt != nil {
					list = append(list, p.about(s, "pool", r.Low.String()+" - "+r.High.String(), r.Stmt))
				}
			}
		}
	}
	return list
}

// admitted makes clients that a pool may be for, by its permits.
func (p *planner) admitted(pool *model.Pool, l link) []*client.Client {
	list := []*client.Client{p.at(l)}
	for _, permit := range pool.Permits {
		switch permit.Kind {
		case dhcpdconf.PermitKnown, dhcpdconf.PermitUnknown:
			for _, h := range p.conf.Hosts {
				if p.fixedOn(h, l) {
					continue
				}
				if clients := p.hostClients(h, l); len(clients) > 0 {
					list = append(list, clients[0])
					break
				}
			}
		case dhcpdconf.PermitMembers:
			if k := p.conf.Class(permit.Class.Text); k != nil {
				if c := p.memberOf(k, l); c != nil {
					list = append(list, c)
				}
			}
		}
	}
	return list
}

// memberOf makes a client of a class or of its first subclass; nil: it cannot.
func (p *planner) memberOf(k *model.Class, l link) *client.Client {
	for _, hit := range p.hits(k) {
		if c := p.at(l); hit(c) {
			return c
		}
	}
	return nil
}

// hits are changes that make a client a member of a class.
func (p *planner) hits(k *model.Class) []change {
	hits := p.guard(k)
	for _, m := range k.Matches {
		if !m.If && len(k.Subclasses) > 0 && k.Subclasses[0].Stmt.Value != nil {
			hits = product(hits, p.equal(m.Expr, k.Subclasses[0].Stmt.Value, true, 0))
		}
	}
	for _, s := range k.Spawn {
		if c, ok := p.solve(s.Expr, []byte("spawned-1"), false, 0); ok {
			hits = append(hits, c)
		}
	}
	return hits
}

// guard is what fulfils the "match if" of a class.
func (p *planner) guard(k *model.Class) (hits []change) {
	for _, m := range k.Matches {
		if m.If {
			hits = append(hits, p.fulfil(m.Expr, true, 0)...)
		}
	}
	return hits
}

// fixedOn reports whether a host has a fixed address on a link.
func (p *planner) fixedOn(h *model.Host, l link) bool {
	for _, f := range h.Fixed {
		for _, a := range f.Addresses {
			if s := p.conf.SubnetOf(a.Addr); s != nil && s.Network == l.subnet.Network {
				return true
			}
		}
	}
	return false
}
