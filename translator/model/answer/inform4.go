package answer

import (
	"net/netip"
	"slices"
)

// inform answers a client that has an address and asks for options.
func (r *State) inform(q *query) []byte {
	s := r.server
	q.why.Reason = ""
	// dhcpd takes the sender's address where ciaddr is not set; a relay puts
	// its own there.
	ciaddr := q.ciaddr()
	if ciaddr.IsUnspecified() && q.giaddr().IsUnspecified() {
		q.why.Reason = "the client does not say what its address is"
		return nil
	}
	at := ciaddr
	if at.IsUnspecified() {
		at = q.giaddr()
	}
	out := &options{}
	v := q.options.lookup(s.agent, agentLinkSelection)
	if v == nil {
		v = q.options.lookup(s.dhcp, codeSubnetSelection)
	}
	if v != nil {
		if len(v.data) != 4 {
			q.why.Reason = "the subnet selection is no address"
			return nil
		}
		at = netip.AddrFrom4([4]byte(v.data))
		out.save(s.dhcp, bytesOf(v.def, v.data))
	}
	sub := s.subnetOf(at)
	if sub == nil {
		q.why.Reason = at.String() + " is in no subnet"
		return nil
	}
	q.why.Network, q.why.Subnet = sub.network.decl, sub.decl
	if !sub.group.authoritative {
		q.why.Reason = "dhcpd is not authoritative for the subnet"
		return nil
	}
	e := &env{run: r, query: q, in: q.options, out: out, vars: &r.global}
	if set := q.options.set(s.agent); set != nil && !q.stashed && out.set(s.agent) == nil {
		out.sets = append(out.sets, set)
	}
	e.scope(sub.group, nil)
	if !ciaddr.IsUnspecified() {
		if l := r.lookup(ciaddr); l != nil {
			e.scope(l.pool.group, l.pool.network.group)
			q.why.Pool = l.pool.declOf(ciaddr)
		}
	}
	for i := len(q.classes) - 1; i >= 0; i-- {
		e.scope(q.classes[i].group, sub.group)
	}
	if h := r.hostOfInform(q, ciaddr); h != nil {
		e.scope(h.group, sub.group)
		q.why.Host = h.decl
	}
	return r.informed(e, sub)
}

// hostOfInform finds the host whose settings count: one with the client's
// address if there is one, else one without address.
func (r *State) hostOfInform(q *query, a netip.Addr) *host {
	var lists []*host
	if id, ok := q.option(r.server, codeClientID); ok {
		lists = append(lists, r.server.byUID[string(id)])
	}
	lists = append(lists, r.server.byHardware[string(q.hardware())])
	var found *host
	for _, first := range lists {
		for h := first; h != nil; h = h.next {
			if h.hasFixed && slices.Contains(h.fixed, a) {
				return h
			}
		}
		if found == nil {
			found = withoutAddress(first)
		}
	}
	return found
}

func (r *State) informed(e *env, sub *subnet) []byte {
	s, q := r.server, e.query
	w := &writer4{env: e}
	raw := w.header(q)
	if b := e.text(paramFilename); len(b) > 0 {
		copy(raw[fileAt:fileAt+fileLength], b)
	}
	if b := e.text(paramServerName); len(b) > 0 {
		copy(raw[snameAt:snameAt+snameLength], b)
	}
	name := q.options.lookup(s.dhcp, codeHostName)
	w.nulls = name != nil && name.nulls
	e.out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeMessageType), []byte{typeAck}))
	e.serverID(e.out, e.out)
	if e.out.lookup(s.dhcp, codeSubnetMask) == nil {
		e.out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeSubnetMask), sub.mask()))
	}
	if !e.site() {
		return nil
	}
	w.list = e.requestList()
	if v := e.param(paramNextServer); v != nil {
		if b, ok := e.setting(v); ok && len(b) >= 4 {
			copy(raw[siaddrAt:siaddrAt+4], b)
		}
	}
	for _, code := range []uint32{codeLeaseTime, codeT1, codeT2} {
		e.out.remove(s.dhcp, code)
	}
	if q.ciaddr().IsUnspecified() {
		raw[flagsAt] |= 0x80
	}
	return w.finish(raw)
}
