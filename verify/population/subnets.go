package population

import (
	"net"
	"net/netip"

	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// subnets gives clients to every place: unknown ones with and without a client
// identifier.
func (p *planner) subnets() []subject {
	var list []subject
	for _, l := range p.links {
		var s subject
		if p.v6 {
			for range 2 {
				s = append(s, p.at(l))
			}
			pd := p.at(l)
			pd.PD = true
			both := p.at(l)
			both.NA, both.PD = true, true
			s = append(s, pd, both)
		} else {
			s = append(s, p.at(l))
			named := p.at(l)
			setOption(&named.Options, code4ClientID, p.bytes(0xff, 7))
			host := p.at(l)
			setOption(&host.Options, 12, []byte("guest"))
			s = append(s, named, host)
		}
		list = append(list, p.about(s, "subnet", l.subnet.Prefix.String(), l.subnet.Stmt))
	}
	return list
}

// bytes makes up a value that begins with first.
func (p *planner) bytes(first byte, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(p.random.Uint32())
	}
	b[0] = first
	return b
}

// hosts gives each host its client by each identifier, where its address fits
// and elsewhere.
func (p *planner) hosts() []subject {
	hosts := append([]*model.Host{}, p.conf.Hosts...)
	p.random.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	if len(hosts) > p.options.Most {
		hosts = hosts[:p.options.Most]
	}
	var list []subject
	for _, h := range hosts {
		var s subject
		home, elsewhere := p.linksOf(h)
		for _, l := range append(home, elsewhere...) {
			s = append(s, p.hostClients(h, l)...)
		}
		list = append(list, p.about(s, "host", h.Stmt.Name.Text, h.Stmt))
	}
	return list
}

// linksOf returns one place in which one of the host's addresses fits, if there
// is one, and one of the others.
func (p *planner) linksOf(h *model.Host) (home, elsewhere []link) {
	fits := map[*model.Network]bool{}
	var addresses []netip.Addr
	for _, f := range h.Fixed {
		for _, a := range f.Addresses {
			if a.Addr.IsValid() {
				addresses = append(addresses, a.Addr)
			}
		}
	}
	for _, f := range h.Prefixes {
		addresses = append(addresses, f.Prefix.Addr())
	}
	for _, a := range addresses {
		s := p.conf.SubnetOf(a)
		if s == nil || fits[s.Network] {
			continue
		}
		if l, ok := p.linkOf(s); ok {
			home, fits[s.Network] = append(home, l), true
		}
	}
	for range p.links {
		if l := p.turn(); !fits[l.subnet.Network] {
			return home, []link{l}
		}
	}
	return home, nil
}

// hostClients makes the clients that are recognised as a host.
func (p *planner) hostClients(h *model.Host, l link) (list []*client.Client) {
	if p.v6 {
		return p.hostClients6(h, l)
	}
	var uid []byte
	switch {
	case h.ClientID != nil:
		uid = constant(h.ClientID.Data)
	case h.UID != nil:
		uid = h.UID.Value
	}
	if h.Hardware != nil && len(h.Hardware.Address) > 0 {
		c := p.at(l)
		c.MAC = net.HardwareAddr(h.Hardware.Address)
		if h.Hardware.HType != ethernet {
			c.HType = h.Hardware.HType
		}
		named := *c
		setOption(&named.Options, code4ClientID, append([]byte{h.Hardware.HType}, h.Hardware.Address...))
		list = append(list, c, &named)
		if len(h.Fixed) > 0 {
			bootp := *c
			bootp.Do = []client.Step{client.Bootp}
			list = append(list, &bootp)
		}
	}
	if len(uid) > 0 {
		c := p.at(l)
		setOption(&c.Options, code4ClientID, uid)
		list = append(list, c)
	}
	for _, id := range h.Identifiers {
		value := constant(id.Data)
		if id.Option == nil || len(value) == 0 {
			continue
		}
		c := p.at(l)
		if p.setNamed(c, id.Option, value) {
			list = append(list, c)
		}
	}
	return list
}

func (p *planner) hostClients6(h *model.Host, l link) (list []*client.Client) {
	add := func(c *client.Client) {
		c.NA, c.PD = true, len(h.Prefixes) > 0
		list = append(list, c)
	}
	for _, id := range h.Identifiers {
		value := constant(id.Data)
		if id.Option == nil || len(value) == 0 {
			continue
		}
		c := p.at(l)
		switch {
		case id.V6Relay < 0 && id.Option.Code == 1:
			c.DUID = value
			add(c)
		case id.V6Relay < 0:
			if p.setNamed(c, id.Option, value) {
				add(c)
			}
		case l.relay.IsValid():
			setOption(&c.Agent, uint16(id.Option.Code), value)
			add(c)
		}
	}
	if h.Hardware != nil && len(h.Hardware.Address) == lengthOfMAC {
		c := p.at(l)
		c.MAC = net.HardwareAddr(h.Hardware.Address)
		add(c)
	}
	if h.ClientID != nil {
		if value := constant(h.ClientID.Data); len(value) > 0 {
			c := p.at(l)
			c.DUID = value
			add(c)
		}
	}
	return list
}
