package replay

import "net/netip"

// links are the networks that a capture has frames of, each by its interface and VLAN: the
// server has an address on each, by which it chooses the subnet of clients without a
// relay.
type links struct {
	local     netip.Addr // the server's address that was heard last; not valid: none yet
	known     map[uint64]onLink
	last      uint64 // the link that was learnt last
	lastKnown onLink // and what
}

// onLink is what is known of a link. What is not known is not valid.
type onLink struct {
	local netip.Addr // the server's address
	relay netip.Addr // that the capture is in front of
}

// learn notes from which server, and by way of which relay, a client got its answer.
func (l *links) learn(link uint64, server, relay netip.Addr) {
	if relay.IsUnspecified() {
		relay = netip.Addr{}
	}
	now := onLink{server, relay}
	if l.known == nil {
		l.known = map[uint64]onLink{}
	} else if link == l.last && now == l.lastKnown {
		return
	}
	const most = 1 << 16 // interfaces and VLANs are few
	if _, ok := l.known[link]; ok || len(l.known) < most {
		l.known[link] = now
	}
	l.last, l.lastKnown = link, now
}

// of returns what is known of a link. Where no link is known yet, the server's address is
// the one that was given.
func (l *links) of(link uint64) onLink {
	if len(l.known) == 0 {
		return onLink{local: l.local}
	}
	return l.known[link]
}

// localOf is the server's address on a link or, if that is not known, any of it.
func (l *links) localOf(link uint64) netip.Addr {
	if known := l.of(link).local; known.IsValid() {
		return known
	}
	return l.local
}
