package answer

import (
	"bytes"
	"net/netip"
	"slices"
)

// finding is what dhcpd finds out about the lease of a client.
type finding struct {
	r *State
	q *query
	n *network // the link on which a lease is looked for

	uid             []byte
	hasUID          bool
	wish            netip.Addr // ciaddr, or the address asked for
	fixed           *lease
	host            *host
	byUID, byHW, ip *lease
	ours            bool // the address asked for is dhcpd's to give
}

// find looks for the lease that a client has or asks for; known is the lease
// of ciaddr if it has been looked up. dhcpd gives leases back on the way.
func (r *State) find(q *query, n *network, known *lease) (l *lease, ours bool) {
	f := &finding{r: r, q: q, n: n}
	l = f.run(known)
	return l, f.ours
}

func (f *finding) run(known *lease) *lease {
	s := f.r.server
	if a := f.q.ciaddr(); !a.IsUnspecified() {
		f.wish = a
	} else if v, ok := f.q.option(s, codeRequested); ok && len(v) >= 4 {
		f.wish = netip.AddrFrom4([4]byte(v[:4]))
	}
	f.uid, f.hasUID = f.q.option(s, codeClientID)
	f.findHost()
	request := f.q.kind == typeRequest
	if request && f.fixed != nil && f.fixed.address != f.wish {
		f.ours = true
		f.r.refusal = "requested address is incorrect"
		return nil
	}
	f.findByUID()
	f.findByHardware()
	f.findByAddress(known)
	f.settleDuplicates()
	if request && f.fixed != nil && f.ip != nil {
		f.conflict()
	}
	f.forgetSame()
	f.dropForbidden()
	if f.ip == nil {
		f.r.refusal = "requested address not available"
	}
	if request && f.ip == nil && f.fixed == nil {
		return nil
	}
	return f.choose()
}

// findHost finds the host declaration of a client and its fixed address.
func (f *finding) findHost() {
	s, q := f.r.server, f.q
	try := func(h *host) {
		q.known = true
		if l := fixedLease(h, f.n); l != nil {
			f.fixed = l
		}
		f.host = h
	}
	if f.hasUID {
		if h := s.byUID[string(f.uid)]; h != nil {
			try(h)
			if f.fixed != nil {
				f.host = nil
			}
		}
	}
	if f.fixed == nil && f.host == nil {
		if h := s.byHardware[string(q.hardware())]; h != nil {
			try(h)
		}
	}
	if f.fixed == nil && f.host == nil {
		if h := f.r.hostByOption(q); h != nil {
			try(h)
		}
	}
}

// fixedLease makes a lease of the fixed address that a host, or one behind it
// in the list, has on a link.
func fixedLease(h *host, n *network) *lease {
	if n == nil {
		return nil
	}
	h, a, sub := onNetwork(h, n)
	if h == nil {
		return nil
	}
	return &lease{address: a, subnet: sub, host: h, uid: h.uid, hardware: h.hardware, static: true, on: map[string][]statement{}}
}

// findByUID finds the best lease of the client identifier, and gives those
// back that the client may not have any more.
func (f *finding) findByUID() {
	if !f.hasUID || len(f.uid) == 0 {
		return
	}
	// Whatever is given back changes the list.
	for _, l := range slices.Clone(f.r.byUID[string(f.uid)]) {
		giveBack := f.q.ciaddr().IsUnspecified()
		switch {
		case l.state == abandoned:
		case l.subnet.network != f.n:
			giveBack = false
		case f.r.allows(l.pool, f.q):
			f.byUID = l
			return
		}
		if giveBack {
			f.r.release(l, f.q)
		}
	}
}

func (f *finding) findByHardware() {
	for _, l := range slices.Clone(f.r.byHardware[string(f.q.hardware())]) {
		switch {
		case l.state == abandoned:
		case l.state != free && l.uid != nil && (!f.hasUID || !bytes.Equal(l.uid, f.uid)):
		case l.subnet.network != f.n:
		case f.r.allows(l.pool, f.q):
			f.byHW = l
			return
		case f.q.ciaddr().IsUnspecified():
			f.r.release(l, f.q)
		}
	}
}

// findByAddress finds the lease of the address that the client asks for.
func (f *finding) findByAddress(known *lease) {
	f.ip = known
	if f.ip == nil && f.wish.IsValid() {
		f.ip = f.r.lookup(f.wish)
	}
	if f.ip == nil {
		return
	}
	f.ours = true
	if f.ip.subnet.network != f.n {
		f.r.refusal = "requested address on bad subnet"
		f.ip = nil
		return
	}
	if f.others(f.ip) && f.ip.state != free {
		if f.ip.state != active {
			f.ours = false
		}
		f.ip = nil
		return
	}
	if (f.byUID != nil || f.byHW != nil) && f.ip.state == abandoned && f.q.kind == typeDiscover {
		f.ip = nil
	}
}

// others reports whether a lease is known as somebody else's.
func (f *finding) others(l *lease) bool {
	if l.uid != nil {
		return !f.hasUID || !bytes.Equal(l.uid, f.uid)
	}
	return !bytes.Equal(l.hardware, f.q.hardware())
}

// settleDuplicates decides between several leases of one client identifier.
func (f *finding) settleDuplicates() {
	l := f.ip
	if l == nil || l.state != active || l.uid == nil || l == f.byUID {
		return
	}
	if f.hasUID && bytes.Equal(f.uid, l.uid) && f.byUID != nil {
		if f.byUID.state == active && f.q.ciaddr().IsUnspecified() && f.q.kind == typeRequest && f.byUID.subnet.network == f.n {
			f.r.release(f.byUID, f.q)
		}
		f.byUID = l
	}
	if f.q.kind == typeRequest && f.fixed != nil {
		f.fixed = nil
		f.conflict()
	}
	if f.ip != nil && f.ip != f.byUID {
		f.ip = nil
	}
}

// conflict is a fixed address in a pool that a client asks for.
func (f *finding) conflict() {
	if f.fixed != nil {
		f.ip = nil
	}
	f.r.refusal = "database conflict - call for help!"
}

func (f *finding) forgetSame() {
	if f.byHW != nil && f.byHW == f.byUID {
		f.byHW = nil
	}
	if f.ip != nil && f.ip == f.byHW {
		f.byHW = nil
	}
	if f.ip != nil && f.ip == f.byUID {
		f.byUID = nil
	}
}

// dropForbidden drops what the client may not have.
func (f *finding) dropForbidden() {
	ciaddr := !f.q.ciaddr().IsUnspecified()
	if f.ip != nil && !f.r.allows(f.ip.pool, f.q) {
		if !ciaddr && f.ip.state == active {
			f.r.release(f.ip, f.q)
		}
		f.ip = nil
	}
	if f.byUID != nil && !f.r.allows(f.byUID.pool, f.q) {
		if !ciaddr {
			f.r.release(f.byUID, f.q)
		}
		f.byUID = nil
	}
	if f.byHW != nil && !f.r.allows(f.byHW.pool, f.q) {
		if !ciaddr {
			f.r.release(f.byHW, f.q)
		}
		f.byHW = nil
	}
}

// choose takes the fixed address, else the one asked for, else what the client
// had.
func (f *finding) choose() *lease {
	ciaddr := !f.q.ciaddr().IsUnspecified()
	l := f.fixed
	if f.ip != nil {
		if l != nil {
			if !ciaddr {
				f.r.release(f.ip, f.q)
			}
			f.ip = nil
		} else {
			l = f.ip
			l.host = nil
		}
	}
	if f.byUID != nil {
		if l != nil {
			if !ciaddr && f.q.kind == typeRequest && f.byUID.state == active {
				f.r.release(f.byUID, f.q)
			}
		} else {
			l = f.byUID
			l.host = nil
		}
	}
	if f.byHW != nil && l == nil {
		same := f.q.kind == 0
		if f.hasUID {
			same = bytes.Equal(f.byHW.uid, f.uid)
		}
		if len(f.byHW.uid) == 0 || same {
			l = f.byHW
			l.host = nil
		}
	}
	if l != nil && f.host != nil && l.host == nil {
		if h := withoutAddress(f.host); h != nil && l.state == active {
			l.host = h
		}
	}
	if l != nil && l.state == abandoned && (l != f.ip || f.q.kind != typeRequest) {
		f.ours = true
		l = nil
	}
	return l
}

// allocate finds an address for a client that has none.
func (r *State) allocate(q *query, n *network) *lease {
	var best *lease
	for _, p := range n.pools {
		if !r.allows(p, q) {
			continue
		}
		c := r.firstVirgin(p)
		if queue := r.queue(p); c == nil && len(queue.free) > 0 {
			c = queue.free[0]
		} else if c == nil && len(queue.abandoned) > 0 {
			c = queue.abandoned[0]
		}
		if c == nil || c.state != abandoned && c.ends > r.now {
			continue
		}
		if best == nil || r.better(c, best) {
			best = c
		}
	}
	if best != nil {
		best.host = nil
	}
	return best
}

// better reports whether dhcpd prefers a lease to the one it has found before.
func (r *State) better(c, best *lease) bool {
	used := func(l *lease) bool { return len(l.uid) > 0 || len(l.hardware) > 0 }
	switch {
	case best.state == abandoned && (c.state != abandoned || c.ends < best.ends):
		return true
	case c.state == abandoned:
		return false
	case used(best) && (!used(c) || c.ends < best.ends):
		return true
	case used(c):
		return false
	}
	return c.ends < best.ends
}
