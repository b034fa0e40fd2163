package answer

import (
	"bytes"
	"math"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
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

// options puts the options of the protocol into the answer.
func (a *acknowledgement) options() {
	s, q, l := a.run.server, a.query, a.lease
	put := func(code uint32, data []byte) { a.out.save(s.dhcp, bytesOf(s.def(s.dhcp, code), data)) }
	if v := q.options.lookup(s.dhcp, codeSubnetSelection); v != nil {
		a.out.save(s.dhcp, v)
	}
	if a.kind != 0 {
		put(codeMessageType, []byte{a.kind})
		global := *a.env
		global.lease, global.vars = nil, &a.run.global
		global.serverID(a.out, a.out)
		left := a.expiry - a.run.now
		put(codeLeaseTime, seconds4(left))
		for _, code := range []uint32{codeT2, codeT1} {
			v := a.out.lookup(s.dhcp, code)
			if v == nil {
				continue
			}
			b, ok := a.setting(v)
			if !ok {
				continue
			}
			t := int64(bigEndian(append(bytes.Clone(b), 0, 0, 0, 0)[:4]))
			if t >= left {
				a.out.remove(s.dhcp, code)
			} else if code == codeT2 {
				left = t
			}
		}
	}
	if a.out.lookup(s.dhcp, codeSubnetMask) == nil {
		put(codeSubnetMask, l.subnet.mask())
	}
	a.hostDeclName()
	a.echoClientID(a.out, a.out)
	if on, _ := a.flag(a.param(paramLeaseRoute)); on && a.out.lookup(s.dhcp, codeRouters) == nil {
		put(codeRouters, l.address.AsSlice())
	}
}

// hostDeclName sends the name of the host declaration where that is asked for.
func (a *acknowledgement) hostDeclName() {
	s := a.run.server
	if a.lease.host == nil || a.out.lookup(s.dhcp, codeHostName) != nil {
		return
	}
	if v := a.param(paramHostNames); v != nil {
		if on, _ := a.flag(v); on {
			name := bytesOf(s.def(s.dhcp, codeHostName), []byte(a.lease.host.decl.Stmt.Name.Text))
			name.st = v.st
			a.out.save(s.dhcp, name)
		}
	}
}

func seconds4(n int64) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }

// mask is the netmask as it is written.
func (s *subnet) mask() []byte {
	if st, ok := s.decl.Stmt.(*dhcpdconf.Subnet); ok {
		return st.Netmask.AsSlice()
	}
	return nil
}

// write writes the answer.
func (a *acknowledgement) write() []byte {
	s, q, l := a.run.server, a.query, a.lease
	w := &writer4{bootp: a.kind == 0, nulls: l.nulls}
	if b, ok := q.option(s, codeMaxSize); ok {
		if len(b) == 2 {
			w.maxSize = int(bigEndian(b))
		}
	} else if v := a.out.lookup(s.dhcp, codeMaxSize); v != nil {
		if b, ok := a.setting(v); ok && len(b) == 2 {
			w.maxSize = int(bigEndian(b))
		}
	}
	var next []byte
	if v := a.param(paramNextServer); v != nil {
		next, _ = a.setting(v)
	}
	if !a.site() {
		return nil
	}
	w.list = a.requestList()
	broadcast, _ := a.flag(a.param(paramAlwaysBroadcast))
	// What goes into the message is evaluated among the global variables, with
	// the lease as it is now.
	e := *a.env
	e.vars = &a.run.global
	w.env = &e
	raw := w.header(q)
	if broadcast {
		raw[flagsAt] |= 0x80
	}
	if len(a.file) > 0 {
		copy(raw[fileAt:fileAt+fileLength], a.file)
	} else {
		w.spare |= 1
	}
	if len(a.sname) > 0 {
		copy(raw[snameAt:snameAt+snameLength], a.sname)
	} else {
		w.spare |= 2
	}
	copy(raw[yiaddrAt:yiaddrAt+4], l.address.AsSlice())
	if len(next) >= 4 {
		copy(raw[siaddrAt:siaddrAt+4], next)
	}
	return w.finish(raw)
}

// requestList is the list of the options to send: that of the configuration,
// or the client's.
func (e *env) requestList() []byte {
	s := e.run.server
	v := e.out.lookup(s.dhcp, codeRequestList)
	if v == nil {
		v = e.in.lookup(s.dhcp, codeRequestList)
	}
	if v == nil {
		return nil
	}
	b, _ := e.setting(v)
	return b
}

// site chooses the space for the codes of the site; false: there is no such
// space, and dhcpd sends nothing.
func (e *env) site() bool {
	v := e.param(paramSiteSpace)
	if v == nil {
		return true
	}
	name, ok := e.setting(v)
	if !ok {
		return true
	}
	u := e.run.server.universe(string(name))
	if u == nil || len(name) == 0 {
		e.query.silent("there is no such site option space", v)
		return false
	}
	least := uint32(224)
	for _, n := range e.run.server.table.Names(u.name) {
		if d, ok := e.run.server.table.Lookup(u.name, n); ok && d.Code < least {
			least = d.Code
		}
	}
	e.out.siteSpace, e.out.siteMin = u, max(128, least)
	return true
}
