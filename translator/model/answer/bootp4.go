package answer

// bootp answers a client of BOOTP (RFC 951). dhcpd does not look for the
// classes of such a client.
func (r *State) bootp(q *query) []byte {
	if q.raw[0] != 1 {
		q.why.Reason = "the message is no request"
		return nil
	}
	if !r.server.locate(q) {
		return nil
	}
	r.explainClient(q)
	l, _ := r.find(q, q.network, nil)
	var h *host
	if l != nil {
		h = l.host
	}
	if l == nil || !l.static {
		if h == nil {
			h = r.server.byHardware[string(q.hardware())]
		}
		h = withoutAddress(h)
		if l == nil {
			if l = r.allocate(q, q.network); l == nil {
				q.why.Reason = "the client has no host declaration with a fixed address, and there is no pool for BOOTP"
				r.explainLease(q, nil, nil)
				return nil
			}
		}
		return r.acknowledgeHost(q, l, 0, 0, h)
	}
	return r.bootpFixed(q, l, h)
}

// bootpFixed answers a client that has a fixed address.
func (r *State) bootpFixed(q *query, l *lease, h *host) []byte {
	s := r.server
	e := &env{run: r, query: q, lease: l, in: q.options, out: &options{}, vars: &l.vars}
	e.scope(l.subnet.group, nil)
	if h != nil {
		e.scope(h.group, l.subnet.group)
	}
	r.explainLease(q, l, h)
	for _, c := range []struct {
		code   uint32
		reason string
	}{{paramAllowBootp, "BOOTP is denied"}, {paramAllowBooting, "booting is denied"}} {
		if v := e.param(c.code); v != nil {
			if on, _ := e.flag(v); !on {
				q.silent(c.reason, v)
				return nil
			}
		}
	}
	w := &writer4{env: e, bootp: true}
	raw := w.header(q)
	if on, _ := e.flag(e.param(paramAlwaysBroadcast)); on {
		raw[flagsAt] |= 0x80
	}
	copy(raw[yiaddrAt:], l.address.AsSlice())
	next, ok := []byte(nil), false
	if v := e.param(paramNextServer); v != nil {
		next, ok = e.setting(v)
	}
	switch {
	case ok && len(next) >= 4:
		copy(raw[siaddrAt:siaddrAt+4], next)
	case !ok && s.settings.Address.Is4():
		copy(raw[siaddrAt:], s.settings.Address.AsSlice())
	}
	if v := e.param(paramFilename); v != nil {
		b, ok := e.setting(v)
		if ok {
			copy(raw[fileAt:fileAt+fileLength], b)
		}
	} else {
		copy(raw[fileAt:fileAt+fileLength], q.raw[fileAt:])
	}
	if b := e.text(paramServerName); len(b) > 0 {
		copy(raw[snameAt:snameAt+snameLength], b)
	}
	on, _ := e.flag(e.param(paramRFC1048))
	if !q.optionsValid && !on {
		// The client's own vendor area goes back to it.
		raw = append(raw, q.raw[optionsAt:]...)
		for len(raw) < bootpSize {
			raw = append(raw, 0)
		}
		return raw
	}
	if e.out.lookup(s.dhcp, codeSubnetMask) == nil {
		e.out.save(s.dhcp, bytesOf(s.def(s.dhcp, codeSubnetMask), l.subnet.mask()))
	}
	a := &acknowledgement{env: e}
	a.hostDeclName()
	return w.finish(raw)
}
