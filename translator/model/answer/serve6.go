package answer

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"
)

// Message types of DHCPv6 (RFC 8415 section 7.3).
const (
	type6Solicit   = 1
	type6Advertise = 2
	type6Request   = 3
	type6Confirm   = 4
	type6Renew     = 5
	type6Rebind    = 6
	type6Reply     = 7
	type6Release   = 8
	type6Decline   = 9
	type6Inform    = 11
	type6Forward   = 12
)

// Status codes of DHCPv6 (RFC 8415 section 21.13).
const (
	statusSuccess         = 0
	statusNoAddresses     = 2
	statusNoBinding       = 3
	statusNotOnLink       = 4
	statusNoPrefixes      = 6
	relayHeader           = 34
	messageHeader         = 4
	ia6Header             = 12
	addressLength         = 24
	prefixLength          = 25
	maxForwards           = 32
	defaultValidLifetime6 = 43200
)

// Answer6 tells what dhcpd does with a DHCPv6 message that has been sent to
// all servers, as it stands behind the UDP header. A message of a relay is
// answered with the message for the client. With trace, the reply says why in
// full; without, it says no more than why there is no answer.
func (r *State) Answer6(message []byte, now time.Time, trace bool) Reply {
	var reply Reply
	reply.trace = trace
	r.advance(now.Unix())
	q := r.server.read6(message, &reply.Explanation)
	if q == nil {
		return reply
	}
	a := &answer6{State: r, q: q}
	reply.Message = a.run()
	r.survive(&reply)
	return reply
}

// read6 reads a DHCPv6 message and the relays' messages around it; nil: dhcpd
// throws it away.
func (s *Server) read6(raw []byte, why *Explanation) *query {
	var relay *query
	for range maxForwards + 1 {
		if len(raw) < messageHeader {
			break
		}
		q := &query{kind: raw[0], options: &options{}, optionsValid: true, relay: relay, why: why}
		header := messageHeader
		if q.kind == type6Forward {
			header = relayHeader
			if len(raw) < header {
				break
			}
			q.link = netip.AddrFrom16([16]byte(raw[2:18]))
		} else {
			copy(q.xid[:], raw[1:4])
		}
		if !s.parse(q.options, s.dhcp6, raw[header:]) {
			break
		}
		if q.kind != type6Forward {
			return q
		}
		inner := q.options.lookup(s.dhcp6, code6RelayMessage)
		if inner == nil {
			break
		}
		raw, relay = inner.data, q
	}
	why.Reason = "the message is cut off"
	return nil
}

// answer6 is the answer to one message.
type answer6 struct {
	*State
	q      *query
	client []byte
	kind   byte     // of the answer
	out    *options // of the answer as a whole
	body   []byte
	host   *host
}

// run answers a message.
func (a *answer6) run() []byte {
	s, q := a.server, a.q
	a.classify(q)
	id := q.options.lookup(s.dhcp6, code6ClientID)
	server := q.options.lookup(s.dhcp6, code6ServerID)
	if id != nil {
		a.client = id.data
	}
	wrong := server != nil && !bytes.Equal(server.data, a.duid)
	switch q.kind {
	case type6Solicit, type6Rebind, type6Confirm:
		if id == nil || server != nil {
			q.why.Reason = "the message has no client identifier, or names a server"
			return nil
		}
	case type6Request, type6Renew, type6Release, type6Decline:
		if id == nil || server == nil || wrong {
			q.why.Reason = "the message is for another server, or has no client identifier"
			return nil
		}
	case type6Inform:
		for _, code := range []uint32{code6NA, code6TA, code6PD} {
			wrong = wrong || q.options.lookup(s.dhcp6, code) != nil
		}
		if wrong {
			q.why.Reason = "the message is for another server, or asks for an address"
			return nil
		}
	default:
		q.why.Reason = "dhcpd does not answer messages of this type"
		return nil
	}
	located := s.locate6(q)
	a.explainClient(q)
	switch {
	case q.kind == type6Release || q.kind == type6Decline:
		return a.giveUp()
	case !located:
		return nil
	case q.kind == type6Confirm:
		return a.confirm()
	}
	return a.lease()
}

// locate6 finds the link that a client is on.
func (s *Server) locate6(q *query) bool {
	for relay := q.relay; relay != nil; relay = relay.relay {
		if relay.link.IsUnspecified() || relay.link.IsLinkLocalUnicast() {
			continue
		}
		sub := s.subnetOf(relay.link)
		if sub == nil {
			q.why.Reason = "the link-address of the relay, " + relay.link.String() + ", is in no subnet"
			return false
		}
		q.network = sub.network
		return true
	}
	q.network = s.local
	if s.local == nil {
		q.why.Reason = "no subnet holds the server's address on the client's link"
	}
	return s.local != nil
}

// begin executes the global scope and puts the options of every answer in.
func (a *answer6) begin() *env {
	s, q := a.server, a.q
	a.out = &options{}
	e := &env{run: a.State, query: q, in: q.options, out: a.out, vars: &a.global}
	e.scope(s.root, nil)
	a.kind = type6Reply
	rapid := a.out.lookup(s.dhcp6, code6Rapid) != nil
	if q.kind == type6Solicit {
		a.kind = type6Advertise
		if rapid && q.options.lookup(s.dhcp6, code6Rapid) != nil {
			a.kind, rapid = type6Reply, false
		}
	}
	if rapid {
		a.out.remove(s.dhcp6, code6Rapid)
	}
	a.identify()
	if q.options.lookup(s.dhcp6, code6Reconfigure) != nil {
		a.out.save(s.dhcp6, bytesOf(s.def(s.dhcp6, code6Reconfigure), []byte{}))
	}
	return e
}

func (a *answer6) identify() {
	s := a.server
	if a.out.lookup(s.dhcp6, code6ServerID) == nil {
		a.out.save(s.dhcp6, bytesOf(s.def(s.dhcp6, code6ServerID), a.duid))
	}
	if a.client != nil {
		a.out.save(s.dhcp6, bytesOf(s.def(s.dhcp6, code6ClientID), a.client))
	}
}

func (a *answer6) setStatus(to *options, code uint16, text string) {
	s := a.server
	data := append(binary.BigEndian.AppendUint16(nil, code), text...)
	to.save(s.dhcp6, bytesOf(s.def(s.dhcp6, code6Status), data))
}

// Options that are sent whether or not the client asks for them.
var (
	always6      = []uint32{code6ClientID, code6ServerID, code6Status, code6Preference}
	alwaysLease6 = []uint32{code6ClientID, code6ServerID, code6NA, code6TA, code6PD, code6Rapid, code6Status, code6Reconfigure, code6Preference}
)

// finish makes the message.
func (a *answer6) finish() []byte {
	return append([]byte{a.kind, a.q.xid[0], a.q.xid[1], a.q.xid[2]}, a.body...)
}

// confirm says whether the client's addresses fit its link.
func (a *answer6) confirm() []byte {
	s, q := a.server, a.q
	fits, some := true, false
	for _, code := range []uint32{code6NA, code6TA} {
		for v := q.options.lookup(s.dhcp6, code); v != nil; v = v.next {
			for _, addr := range a.addresses(v.data, code) {
				some = true
				fits = fits && q.network.subnetOf(addr) != nil
			}
		}
	}
	if !some {
		q.why.Reason = "the client does not say which addresses it has"
		return nil
	}
	a.begin()
	if fits {
		a.setStatus(a.out, statusSuccess, "All addresses still on link.")
	} else {
		a.setStatus(a.out, statusNotOnLink, "Some of the addresses are not on link.")
	}
	a.store(a.out, always6, nil)
	return a.finish()
}

// addresses are those in an IA_NA or IA_TA.
func (a *answer6) addresses(data []byte, code uint32) []netip.Addr {
	header := ia6Header
	if code == code6TA {
		header = 4
	}
	if len(data) < header {
		return nil
	}
	inside := &options{}
	a.server.parse(inside, a.server.dhcp6, data[header:])
	var list []netip.Addr
	for v := inside.lookup(a.server.dhcp6, code6Address); v != nil; v = v.next {
		if len(v.data) >= addressLength {
			list = append(list, netip.AddrFrom16([16]byte(v.data[:16])))
		}
	}
	return list
}

// giveUp answers a release or a decline.
func (a *answer6) giveUp() []byte {
	s, q := a.server, a.q
	a.out = &options{}
	e := &env{run: a.State, query: q, in: q.options, out: a.out, vars: &a.global}
	e.scope(s.root, nil)
	a.kind = type6Reply
	a.identify()
	what := "Release received."
	kinds := []uint32{code6NA, code6PD}
	if q.kind == type6Decline {
		what, kinds = "Decline received.", kinds[:1]
	}
	a.setStatus(a.out, statusSuccess, what)
	a.store(a.out, always6, nil)
	known := a.findHost6()
	for _, kind := range kinds {
		for v := q.options.lookup(s.dhcp6, kind); v != nil; v = v.next {
			if len(v.data) < ia6Header {
				break
			}
			a.giveUpIA(kind, v.data, known)
		}
	}
	return a.finish()
}

func (a *answer6) giveUpIA(kind uint32, data []byte, known *host) {
	s := a.server
	inside := &options{}
	s.parse(inside, s.dhcp6, data[ia6Header:])
	code := uint32(code6Address)
	if kind == code6PD {
		code = code6Prefix
	}
	for v := inside.lookup(s.dhcp6, code); v != nil; v = v.next {
		p, ok := prefixOf(kind, v.data)
		if !ok {
			continue
		}
		if h := known; !h.has(kind, p) {
			if b := a.boundTo(a.key(kind, data), p); b == nil {
				a.noBinding(kind, data)
			} else {
				a.end(b)
			}
		}
		if kind == code6NA {
			return // dhcpd looks at the first address alone
		}
	}
}

// has reports whether a host, or one behind it, has a fixed address or prefix.
func (h *host) has(kind uint32, p netip.Prefix) bool {
	for ; h != nil; h = h.next {
		if kind == code6NA && len(h.fixed) > 0 && h.fixed[0] == p.Addr() {
			return true
		}
		for _, fixed := range h.prefixes {
			if kind == code6PD && fixed == p {
				return true
			}
		}
	}
	return false
}

func (a *answer6) end(b *binding6) {
	if a.q.kind == type6Release {
		if b.state == active {
			a.inactive(b, "release")
		}
		return
	}
	if b.state == free {
		a.activate(b, maxTime)
	}
	b.state, b.ends = abandoned, maxTime
}

func (a *answer6) noBinding(kind uint32, data []byte) {
	text := map[bool]string{true: "Decline for unknown address.", false: "Release for non-leased address."}[a.q.kind == type6Decline]
	if kind == code6PD {
		text = "Release for non-leased prefix."
	}
	status := append(binary.BigEndian.AppendUint16(nil, statusNoBinding), text...)
	content := append(append([]byte{}, data[:4]...), 0, 0, 0, 0, 0, 0, 0, 0)
	a.body = appendOption6(a.body, uint16(kind), appendOption6(content, code6Status, status))
}

func appendOption6(to []byte, code uint16, data []byte) []byte {
	to = binary.BigEndian.AppendUint16(to, code)
	to = binary.BigEndian.AppendUint16(to, uint16(len(data)))
	return append(to, data...)
}

// prefixOf reads an IA Address or IA Prefix option.
func prefixOf(kind uint32, data []byte) (netip.Prefix, bool) {
	if kind == code6PD {
		if len(data) < prefixLength || data[8] > 128 {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(netip.AddrFrom16([16]byte(data[9:25])), int(data[8])), true
	}
	if len(data) < addressLength {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte(data[:16])), 128), true
}

// key is what dhcpd knows an identity association by. The IAID is in the byte
// order of the machine; this is that of a PC.
func (a *answer6) key(kind uint32, data []byte) []byte {
	k := []byte{byte(kind), data[3], data[2], data[1], data[0]}
	return append(k, a.client...)
}

func (a *answer6) boundTo(key []byte, p netip.Prefix) *binding6 {
	if old := a.ias[string(key)]; old != nil {
		for _, b := range old.bindings {
			if b.prefix == p {
				return b
			}
		}
	}
	return nil
}

// findHost6 finds the host declarations of a client of DHCPv6.
func (a *answer6) findHost6() *host {
	s, q := a.server, a.q
	if h := s.byUID[string(a.client)]; h != nil && len(a.client) > 0 {
		return h
	}
	byHardware := func(b []byte) *host {
		if len(b) < 3 || b[0] != 0 || len(b)-2 > 20 {
			return nil
		}
		return s.byHardware[string(b[1:])]
	}
	if q.relay != nil {
		if v := q.relay.options.lookup(s.dhcp6, code6LinkLayer); v != nil {
			if h := byHardware(v.data); h != nil {
				return h
			}
		}
	}
	if h := a.hostByOption(q); h != nil {
		return h
	}
	if c := a.client; len(c) >= 4 {
		switch binary.BigEndian.Uint16(c) {
		case 1:
			if len(c) > 8 {
				return byHardware(append(append([]byte{}, c[2:4]...), c[8:]...))
			}
		case 3:
			return byHardware(c[2:])
		}
	}
	return nil
}

// onLink chooses among hosts: one with a fixed address on the link, else the
// last one without.
func onLink(h *host, n *network) *host {
	var loose *host
	for ; h != nil; h = h.next {
		if !h.hasFixed {
			loose = h
		} else if len(h.fixed) > 0 && n.subnetOf(h.fixed[0]) != nil {
			return h
		}
	}
	return loose
}
