package answer

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

type statement = dhcpdconf.Statement

// Answer4 tells what dhcpd does with a DHCPv4 message, as it stands behind the
// UDP header, at a time. With trace, the reply says why in full; without, it
// says no more than why there is no answer. The leases change as dhcpd's do.
func (r *State) Answer4(message []byte, now time.Time, trace bool) Reply {
	var reply Reply
	reply.trace = trace
	r.advance(now.Unix())
	q := r.server.read4(message, &reply.Explanation)
	if q == nil {
		return reply
	}
	if q.kind == 0 {
		reply.Message = r.bootp(q)
	} else {
		reply.Message = r.dhcp(q)
	}
	r.survive(&reply)
	return reply
}

// survive takes the answer back when the server has ended.
func (r *State) survive(reply *Reply) {
	if r.ended != "" {
		reply.Message, reply.Reason = nil, r.ended
	}
}

// dhcp answers a message that has a type.
func (r *State) dhcp(q *query) []byte {
	if !r.server.locate(q) && q.kind != typeRequest && q.kind != typeInform {
		return nil
	}
	known := r.recall(q)
	r.classify(q)
	r.explainClient(q)
	switch q.kind {
	case typeDiscover:
		return r.discover(q)
	case typeRequest:
		return r.request(q, known)
	case typeRelease:
		r.released(q)
	case typeDecline:
		r.declined(q)
	case typeInform:
		return r.inform(q)
	default:
		q.why.Reason = "dhcpd does not answer messages of this type"
	}
	return nil
}

// recall puts what the relay said about a client before into a renewal that
// comes without relay. It returns the lease of ciaddr.
func (r *State) recall(q *query) *lease {
	if q.kind != typeRequest || q.ciaddr().IsUnspecified() || !q.giaddr().IsUnspecified() || q.options.set(r.server.agent) != nil {
		return nil
	}
	l := r.lookup(q.ciaddr())
	if l == nil || l.agent == nil || l.ends < r.now {
		return l
	}
	if len(l.uid) > 0 {
		if id, ok := q.option(r.server, codeClientID); !ok || !bytes.Equal(id, l.uid) {
			return l
		}
	} else if !bytes.Equal(l.hardware, q.hardware()) {
		return l
	}
	q.options.sets = append(q.options.sets, l.agent)
	q.stashed = true
	return l
}

const offerTime = 120 // seconds for which an offer reserves an address

func (r *State) discover(q *query) []byte {
	l, _ := r.find(q, q.network, nil)
	if l == nil {
		if l = r.allocate(q, q.network); l == nil {
			q.why.Reason = "there is no free address that the client may have"
			r.explainLease(q, nil, nil)
			return nil
		}
	}
	if l.ends < r.now {
		l.vars = nil
	}
	return r.acknowledge(q, l, typeOffer, max(r.now+offerTime, l.ends))
}

func (r *State) request(q *query, known *lease) []byte {
	wish, asked := q.ciaddr(), false
	if v, ok := q.option(r.server, codeRequested); ok && len(v) >= 4 {
		wish, asked = netip.AddrFrom4([4]byte(v[:4])), true
	}
	var l *lease
	ours := false
	sub := r.server.subnetOf(wish)
	if sub != nil {
		l, ours = r.find(q, sub.network, known)
	}
	ciaddr := !q.ciaddr().IsUnspecified()
	if q.network == nil || ciaddr && !q.giaddr().IsUnspecified() || asked && !ciaddr {
		if q.network == nil {
			if sub != nil && sub.group.authoritative {
				q.why.Reason = "the address asked for is in a network of which the server is the authority, and the client is elsewhere"
				return r.refuse(q, nil)
			}
			return nil
		}
		q.why.Reason = ""
		if sub = q.network.subnetOf(wish); sub == nil {
			q.why.Reason = wish.String() + " is on another link than the client"
			if q.network.group.authoritative {
				return r.refuse(q, nil)
			}
			q.why.Reason += ", and dhcpd is not authoritative there"
			return nil
		}
	}
	if l == nil && ours {
		q.why.Reason = r.refusal
		r.explainLease(q, nil, nil)
		var g *group
		if sub != nil {
			g = sub.group
		}
		return r.refuse(q, g)
	}
	if l == nil {
		q.why.Reason = "nobody has said that " + wish.String() + " is the server's to give"
		r.explainLease(q, nil, nil)
		return nil
	}
	return r.acknowledge(q, l, typeAck, 0)
}

func (r *State) released(q *query) {
	q.why.Reason = "a release is not answered"
	var l *lease
	if id, ok := q.option(r.server, codeClientID); ok && len(id) > 0 {
		for _, x := range r.byUID[string(id)] {
			if x.address == q.ciaddr() {
				l = x
				break
			}
		}
	}
	if l == nil {
		l = r.lookup(q.ciaddr())
	}
	if l != nil && bytes.Equal(l.hardware, q.hardware()) && l.ends > r.now {
		r.release(l, q)
	}
}

func (r *State) declined(q *query) {
	q.why.Reason = "a decline is not answered"
	v, ok := q.option(r.server, codeRequested)
	if !ok || len(v) < 4 {
		return
	}
	l := r.lookup(netip.AddrFrom4([4]byte(v[:4])))
	e := &env{run: r, query: q, in: q.options, out: &options{}, vars: &r.global}
	var g *group
	if l != nil {
		g = l.subnet.group
		e.scope(g, nil)
	}
	for i := len(q.classes) - 1; i >= 0; i-- {
		e.scope(q.classes[i].group, g)
	}
	if o := e.out.lookup(r.server.serverSpace, paramDeclines); o != nil {
		if on, _ := e.flag(o); !on {
			return
		}
	}
	if l != nil {
		r.decline(l)
	}
}

// refuse makes a DHCPNAK. g is the scope to execute when nothing is known of
// the client's link.
func (r *State) refuse(q *query, g *group) []byte {
	s := r.server
	e := &env{run: r, query: q, in: q.options, out: &options{}, vars: &r.global}
	switch n := q.network; {
	case n != nil:
		if len(n.subnets) > 0 {
			e.scope(n.subnets[0].group, nil)
		} else {
			e.scope(n.group, nil)
		}
		if len(n.pools) > 0 {
			e.scope(n.pools[0].group, n.group)
		}
	case g != nil:
		e.scope(g, nil)
	default:
		e.scope(s.root, nil)
	}
	out := &options{}
	out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeMessageType), []byte{typeNak}))
	out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeMessage), []byte(r.refusal)))
	e.serverID(e.out, out)
	if a := q.options.set(s.agent); a != nil {
		out.sets = append(out.sets, a)
	}
	for i := len(q.classes) - 1; i >= 0; i-- {
		e.scope(q.classes[i].group, nil)
	}
	e.echoClientID(e.out, out)
	q.options.remove(s.dhcp, codeRequestList)
	w := &writer4{env: &env{run: r, query: q, in: q.options, out: out, vars: &r.global}}
	raw := w.header(q)
	raw[flagsAt] |= 0x80
	copy(raw[ciaddrAt:], []byte{0, 0, 0, 0})
	return w.finish(raw)
}

// flag evaluates a parameter that is on or off.
func (e *env) flag(v *setting) (on, ignore bool) {
	if v == nil {
		return false, false
	}
	b, ok := e.setting(v)
	return ok && len(b) > 0 && b[0] == 1, ok && len(b) > 0 && b[0] == 2
}

// param returns a parameter of the answer, or nil.
func (e *env) param(code uint32) *setting { return e.out.lookup(e.run.server.serverSpace, code) }

// seconds evaluates a parameter that is a time; otherwise is dhcpd's default.
func (e *env) seconds(code uint32, otherwise int64) int64 {
	if v := e.param(code); v != nil {
		if b, ok := e.setting(v); ok && len(b) == 4 {
			return int64(bigEndian(b))
		}
	}
	return otherwise
}

// serverID finds the server identifier and puts it into the answer when it is
// not there.
func (e *env) serverID(from, out *options) {
	s := e.run.server
	if v := from.lookup(s.dhcp, codeServerID); v != nil {
		if b, ok := e.setting(v); ok && len(b) == 4 {
			if from != out {
				copied := bytesOf(v.def, b)
				copied.st = v.st
				out.save(s.dhcp, copied)
			}
			return
		}
	}
	if a := s.settings.Address; a.Is4() {
		out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeServerID), a.AsSlice()))
	}
}

// echoClientID puts the client identifier into the answer where that is asked
// for.
func (e *env) echoClientID(from, out *options) {
	s := e.run.server
	if on, _ := e.flag(from.lookup(s.serverSpace, paramEchoClientID)); !on {
		return
	}
	e.query.echo = true
	if id, ok := e.query.option(s, codeClientID); ok {
		out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeClientID), id))
	}
}
