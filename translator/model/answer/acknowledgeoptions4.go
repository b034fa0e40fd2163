package answer

import (
	"bytes"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

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
