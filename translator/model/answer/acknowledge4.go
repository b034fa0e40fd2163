package answer

import (
	"bytes"
	"math"
	"slices"
)

// Times that dhcpd has no more of, in seconds.
const (
	maxTime      = math.MaxInt32
	infiniteTime = math.MaxUint32
)

// Defaults of dhcpd 4.4.3, in seconds and percent.
const (
	defaultTime    = 43200
	defaultMaxTime = 86400
	defaultMinTime = 300
	cacheThreshold = 25
)

// acknowledgement is the answer to a client that gets an address.
type acknowledgement struct {
	*env
	kind   byte // typeOffer, typeAck; 0: BOOTREPLY
	host   *host
	next   *lease // what the lease becomes
	expiry int64  // when the lease ends that is told to the client
	ends   int64  // when dhcpd takes it back

	file, sname []byte
}

// text evaluates a parameter that is text.
func (e *env) text(code uint32) []byte {
	if v := e.param(code); v != nil {
		b, _ := e.setting(v)
		return b
	}
	return nil
}

// acknowledge answers with a lease; nil when the client gets none. ends is
// when an offer ends.
func (r *State) acknowledge(q *query, l *lease, kind byte, ends int64) []byte {
	return r.acknowledgeHost(q, l, kind, ends, nil)
}

func (r *State) acknowledgeHost(q *query, l *lease, kind byte, ends int64, h *host) []byte {
	a := &acknowledgement{
		env:  &env{run: r, query: q, lease: l, in: q.options, out: &options{}, vars: &l.vars},
		kind: kind, host: h, ends: ends,
	}
	if a.host == nil {
		a.host = l.host
	}
	a.returnAgent()
	if l.ends <= r.now && kind != typeOffer {
		clear(l.on)
	}
	inner := l.subnet.group
	a.scope(inner, nil)
	if l.pool != nil {
		a.scope(l.pool.group, l.pool.network.group)
		inner = l.pool.group
	}
	for i := len(q.classes) - 1; i >= 0; i-- {
		a.scope(q.classes[i].group, inner)
	}
	a.freeOthers()
	if !a.waitedEnough() {
		r.explainLease(q, l, a.host)
		return nil
	}
	a.findHost()
	r.explainLease(q, l, a.host)
	if a.host != nil {
		a.scope(a.host.group, inner)
	}
	if !a.allowed() || !a.billed() {
		return nil
	}
	q.why.Reason = ""
	a.file, a.sname = a.text(paramFilename), a.text(paramServerName)
	a.next = &lease{address: l.address, pool: l.pool, subnet: l.subnet, starts: r.now, cltt: r.now, host: a.host, billing: l.billing}
	if kind != 0 {
		if nak := a.lifetimes(); nak != nil {
			return nak
		}
	} else {
		a.bootpTime()
	}
	a.remember()
	a.options()
	return a.write()
}

// returnAgent sends back what the relay said.
func (a *acknowledgement) returnAgent() {
	if set := a.in.set(a.run.server.agent); set != nil && !a.query.stashed {
		a.out.sets = append(a.out.sets, set)
	}
}

// freeOthers frees the other leases of a client that may have only one.
func (a *acknowledgement) freeOthers() {
	if a.query.kind != typeRequest {
		return
	}
	if on, _ := a.flag(a.param(paramOneLease)); !on {
		return
	}
	drop := func(list []*lease) {
		for _, x := range slices.Clone(list) {
			if x != a.lease && x.state != free {
				a.run.release(x, a.query)
			}
		}
	}
	if len(a.lease.uid) > 0 {
		drop(a.run.byUID[string(a.lease.uid)])
	}
	duplicates := a.param(paramDuplicates)
	on, _ := a.flag(duplicates)
	if len(a.lease.uid) == 0 || a.host != nil && len(a.host.uid) == 0 && duplicates != nil && !on {
		drop(a.run.byHardware[string(a.lease.hardware)])
	}
}

// waitedEnough compares the time for which a client has tried with min-secs.
func (a *acknowledgement) waitedEnough() bool {
	v := a.param(paramMinSecs)
	if a.kind != typeOffer || v == nil {
		return true
	}
	if b, ok := a.setting(v); ok && len(b) > 0 && bigEndian(a.query.raw[secsAt:secsAt+2]) < uint64(b[0]) {
		a.query.silent("the client has not waited for min-secs", v)
		return false
	}
	return true
}

// findHost finds a host without fixed address, whose settings count.
func (a *acknowledgement) findHost() {
	s := a.run.server
	if id, ok := a.query.option(s, codeClientID); ok && a.host == nil {
		a.host = withoutAddress(s.byUID[string(id)])
	}
	if a.host == nil {
		a.host = withoutAddress(s.byHardware[string(a.query.hardware())])
	}
	if a.host == nil {
		a.host = withoutAddress(a.run.hostByOption(a.query))
	}
}

// allowed reports whether the client is served at all.
func (a *acknowledgement) allowed() bool {
	for _, c := range []struct {
		code   uint32
		counts bool
		reason string
	}{
		{paramUnknownClients, a.host == nil, "unknown clients are denied, and no usable host declaration is the client's"},
		{paramAllowBootp, a.kind == 0, "BOOTP is denied"},
		{paramAllowBooting, true, "booting is denied"},
	} {
		if v := a.param(c.code); c.counts && v != nil {
			if on, _ := a.flag(v); !on {
				a.query.silent(c.reason, v)
				return false
			}
		}
	}
	return true
}

// billed gives the lease to a class with a lease limit.
func (a *acknowledgement) billed() bool {
	l, r := a.lease, a.run
	if !r.server.limited || l.static {
		return true
	}
	if l.billing != nil && !slices.Contains(a.query.classes, l.billing) {
		r.unbill(l)
		if l.state == active {
			l.cannotReuse = true
		}
	}
	if l.billing != nil {
		return true
	}
	full := false
	for _, c := range a.query.classes {
		if c.limit == 0 {
			continue
		}
		full = true
		if r.bill(l, c) {
			full = false
			break
		}
	}
	if full {
		a.query.why.Reason = "the lease limit of the client's classes is reached"
		return false
	}
	if a.kind == typeOffer && l.billing != nil && l.state != active {
		r.unbill(l)
	}
	if l.billing != nil {
		l.cannotReuse = true
	}
	return true
}

// lifetimes finds how long the client gets the lease; a DHCPNAK comes back
// when the pool is not to be used at this time.
func (a *acknowledgement) lifetimes() (nak []byte) {
	r, l := a.run, a.lease
	otherwise := a.seconds(paramDefaultTime, defaultTime)
	t := otherwise
	if wish, ok := a.query.option(r.server, codeLeaseTime); ok && len(wish) == 4 {
		t = int64(bigEndian(wish))
	}
	most := a.seconds(paramMaxTime, defaultMaxTime)
	t = min(t, most)
	least := a.seconds(paramMinTime, min(defaultMinTime, most))
	t = a.adapt(t, least)
	if p := l.pool; p != nil {
		if p.from != 0 && r.now < p.from || p.until != 0 && r.now >= p.until {
			a.query.why.Reason = "the pool is not used at this time"
			return r.refuse(a.query, l.subnet.group)
		}
		if p.until != 0 {
			t = min(t, p.until-r.now)
		}
	}
	if t < least {
		t = least
		if least == 0 {
			t = otherwise
		}
	}
	a.expiry = maxTime
	if t != infiniteTime {
		a.expiry = r.now + t
		if a.expiry >= infiniteTime || a.expiry < r.now {
			a.expiry = maxTime - 1
		}
	}
	a.next.ends = a.expiry
	if a.ends != 0 {
		a.next.ends = a.ends
	}
	return nil
}

// adapt shortens a lease time when the pool runs full.
func (a *acknowledgement) adapt(t, least int64) int64 {
	v := a.param(paramAdaptive)
	if a.lease.pool == nil || v == nil {
		return t
	}
	b, ok := a.setting(v)
	if !ok || len(b) != 1 || b[0] == 0 || b[0] >= 100 {
		return t
	}
	short := least
	if short == 0 {
		short = defaultMinTime
	}
	short = max(short, a.lease.ends-a.run.now)
	filled := a.run.queue(a.lease.pool).used * 100 / max(1, a.lease.pool.count)
	if filled >= uint64(b[0]) && t > short {
		return short
	}
	return t
}

// bootpTime is how long a BOOTP client keeps an address.
func (a *acknowledgement) bootpTime() {
	now := a.run.now
	t := a.seconds(paramBootpLength, maxTime-now)
	if v := a.param(paramBootpCutoff); v != nil {
		t = a.seconds(paramBootpCutoff, t+now) - now
	}
	a.expiry = now + t
	a.next.ends = a.expiry
}

// remember puts what is known now into the lease.
func (a *acknowledgement) remember() {
	r, q, l, n := a.run, a.query, a.lease, a.next
	s := r.server
	if on, _ := a.flag(a.param(paramIgnoreUIDs)); !on {
		if id, ok := q.option(s, codeClientID); ok {
			n.uid = id
		}
	}
	name := q.options.lookup(s.dhcp, codeHostName)
	l.nulls = name != nil && name.nulls
	n.vars, l.vars = l.vars, nil
	n.agent = l.agent
	if v, ok := q.option(s, codeVendorClass); ok && len(v) > 0 {
		e := &env{run: r, vars: &n.vars}
		e.define("vendor-class-identifier", &value{kind: isData, data: v})
	}
	if set := q.options.set(s.agent); set != nil && !q.stashed {
		if v := a.param(paramStashAgent); v == nil {
			n.agent = set
		} else if on, _ := a.flag(v); on {
			n.agent = set
		}
	}
	if name != nil {
		if !bytes.Equal(l.hostname, name.data) || l.hostname == nil {
			l.cannotReuse = true
		}
		n.hostname = name.data
	}
	n.hardware = q.hardware()
	a.vars = &n.vars
	if len(l.on["commit"]) > 0 && a.kind != typeOffer {
		e := *a.env
		e.lease = n
		n.on = map[string][]statement{}
		e.execute(l.on["commit"], nil)
		delete(l.on, "commit")
	}
	if l.static {
		l.hardware = n.hardware
		a.vars = &l.vars
		return
	}
	if !a.reuse() {
		state := l.state
		if a.kind != typeOffer {
			state = active
		}
		nulls, reuse := l.nulls, l.cannotReuse
		r.supersede(l, n, state)
		l.nulls, l.cannotReuse = nulls, reuse
	}
	a.vars = &l.vars
}

// reuse reports whether the lease is so young that dhcpd leaves it as it is
// and tells the client what remains of it.
func (a *acknowledgement) reuse() bool {
	l, n := a.lease, a.next
	reusable := false
	if !l.cannotReuse && l.state == active && !a.updatesDNS() &&
		l.host == n.host && bytes.Equal(l.uid, n.uid) && bytes.Equal(l.hardware, n.hardware) {
		percent := int64(cacheThreshold)
		if v := a.param(paramCacheThreshold); v != nil {
			if b, ok := a.setting(v); ok && len(b) == 1 && b[0] < 100 {
				percent = int64(b[0])
			}
		}
		if percent > 0 && n.starts-l.starts <= (l.ends-l.starts)*percent/100 {
			a.expiry = l.ends
			if n.vars != nil {
				l.vars = n.vars
			}
			if n.hostname != nil {
				l.hostname = n.hostname
			}
			reusable = true
		}
	}
	l.cannotReuse = !reusable && a.kind == typeOffer
	return reusable
}

// updatesDNS reports whether dhcpd would update names for this lease.
func (a *acknowledgement) updatesDNS() bool { return false }
