package answer

import (
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// host is a host declaration.
type host struct {
	decl     *model.Host
	group    *group
	hardware []byte // type and address; nil: none
	uid      []byte
	fixed    []netip.Addr
	hasFixed bool
	prefixes []netip.Prefix
	// next is the next host that dhcpd tries, in the one list that it has for
	// hosts with the same hardware address and those with the same identifier.
	next *host
}

// hosts are the host declarations by what identifies them.
type hosts struct {
	list       []*host
	byHardware map[string]*host
	byUID      map[string]*host
	byOption   []*hostOption // the option that was used last for the first time comes first
}

// hostOption is one option that identifies hosts.
type hostOption struct {
	def    *option.Def
	relay  int // 0: the client's own message
	values map[string]*host
}

func (s *Server) makeHosts() {
	s.byHardware, s.byUID = map[string]*host{}, map[string]*host{}
	for _, decl := range s.conf.Hosts {
		h := &host{decl: decl}
		h.group = &group{parent: s.group(decl.Scope.Parent), scope: &decl.Scope, body: decl.Scope.Own}
		s.prepare(&decl.Scope, decl.Scope.Own)
		if decl.ClientID != nil {
			if v := s.valueOf(decl.ClientID); v != nil {
				s.values[decl.ClientID.ID()], s.scopes[decl.ClientID.ID()] = v, &decl.Scope
				h.group.body = append(h.group.body[:len(h.group.body):len(h.group.body)], decl.ClientID)
				if v.fixed {
					h.uid = v.data
				} else if c, ok := model.Fold(v.expr); ok && !c.Numeric {
					h.uid = c.Data
				}
			}
		}
		if decl.UID != nil {
			h.uid = decl.UID.Value
		}
		if hw := decl.Hardware; hw != nil {
			h.hardware = append([]byte{hw.HType}, hw.Address...)
		}
		for _, f := range decl.Fixed {
			h.hasFixed = true
			for _, a := range f.Addresses {
				if a.Host == "" {
					h.fixed = append(h.fixed, a.Addr)
				} else if s.settings.Resolve != nil {
					for _, b := range s.settings.Resolve(a.Host) {
						if b.Is4() != f.V6 {
							h.fixed = append(h.fixed, b)
						}
					}
				}
			}
		}
		for _, p := range decl.Prefixes {
			h.prefixes = append(h.prefixes, p.Prefix)
		}
		s.list = append(s.list, h)
		s.enter(h)
	}
}

// enter puts a host where dhcpd finds it again.
func (s *Server) enter(h *host) {
	linked := false
	appendTo := func(first *host) {
		last := first
		for last.next != nil && last != h {
			last = last.next
		}
		if last != h {
			last.next = h
		}
	}
	if h.hardware != nil {
		if first := s.byHardware[string(h.hardware)]; first == nil {
			s.byHardware[string(h.hardware)] = h
		} else {
			appendTo(first)
			linked = true
		}
	}
	if len(h.uid) > 0 {
		if first := s.byUID[string(h.uid)]; first == nil {
			s.byUID[string(h.uid)] = h
		} else if !linked {
			appendTo(first)
			linked = true
		}
	}
	for _, id := range h.decl.Identifiers {
		if id.Option == nil {
			continue
		}
		data, ok := s.encode(id.Option, &id.Data)
		if id.Data.Expr != nil {
			c, folded := model.Fold(id.Data.Expr)
			data, ok = c.Data, folded && !c.Numeric
		}
		if !ok {
			continue
		}
		o := s.hostOption(id.Option, max(0, id.V6Relay))
		if first := o.values[string(data)]; first == nil {
			o.values[string(data)] = h
		} else if !linked {
			appendTo(first)
			linked = true
		}
	}
}

func (s *Server) hostOption(def *option.Def, relay int) *hostOption {
	for _, o := range s.byOption {
		if o.def.Code == def.Code && o.relay == relay {
			return o
		}
	}
	o := &hostOption{def: def, relay: relay, values: map[string]*host{}}
	s.byOption = append([]*hostOption{o}, s.byOption...)
	return o
}

// hostByOption finds a host by the options that identify hosts.
func (r *State) hostByOption(q *query) *host {
	for _, o := range r.server.byOption {
		from := q
		n := o.relay
		for ; n > 0 && from.relay != nil; n-- {
			from = from.relay
		}
		if o.relay > 0 && o.relay <= maxRelays && n > 0 {
			continue
		}
		if v := from.options.lookup(r.server.universe(o.def.Space), o.def.Code); v != nil {
			if h := o.values[string(v.data)]; h != nil {
				return h
			}
		}
	}
	return nil
}

// withoutAddress returns the first host from h on that has no fixed address.
func withoutAddress(h *host) *host {
	for h != nil && h.hasFixed {
		h = h.next
	}
	return h
}

// onNetwork returns the first host from h on with a fixed address on a link.
func onNetwork(h *host, n *network) (*host, netip.Addr, *subnet) {
	for ; h != nil; h = h.next {
		for _, a := range h.fixed {
			if sub := n.subnetOf(a); sub != nil {
				return h, a, sub
			}
		}
	}
	return nil, netip.Addr{}, nil
}
