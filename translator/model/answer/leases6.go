package answer

import (
	"crypto/md5"
	"encoding/binary"
	"net/netip"
	"slices"
)

// leases6 is what a server of DHCPv6 remembers.
type leases6 struct {
	duid   []byte
	given  map[*block]map[netip.Addr]*binding6
	ias    map[string]*ia // by kind, IAID and DUID
	last   map[*pool]int  // the block that an address was taken from last
	order  []*binding6    // all that are given, for the clock
	prefer int64          // prefix-length-mode
	roam   bool           // release-on-roam
}

// ia is an identity association (RFC 8415 section 6.2) that has been given
// something.
type ia struct{ bindings []*binding6 }

// binding6 is an address or a prefix of a client.
type binding6 struct {
	block  *block
	prefix netip.Prefix // of an address with its full length
	state  binding      // free: released, expired or only offered
	valid  int64
	ends   int64 // when it ends; 0: it has never been accepted
	vars   *variables
	on     map[string][]statement
}

// Modes of prefix-length-mode.
const (
	modeIgnore  = 0
	modePrefer  = 1
	modeExact   = 2
	modeMinimum = 3
	modeMaximum = 4
)

func (l *leases6) init() {
	l.given, l.ias, l.last = map[*block]map[netip.Addr]*binding6{}, map[string]*ia{}, map[*pool]int{}
	l.prefer = modePrefer
}

// startServer6 takes what dhcpd reads once when it starts.
func (r *State) startServer6(e *env) {
	s := r.server
	r.duid = s.settings.ServerDUID
	if st := s.conf.ServerDUID; st != nil && !st.Generate {
		r.duid = duidOf(st.Type, st.HType, st.Time, st.Enterprise, st.Identifier)
	}
	if v := e.out.lookup(s.dhcp6, code6ServerID); v != nil {
		if b, ok := e.setting(v); ok && len(b) > 0 {
			r.duid = b
		}
	}
	if v := e.param(paramPrefixMode); v != nil {
		if b, ok := e.setting(v); ok && len(b) == 1 {
			r.prefer = int64(b[0])
		}
	}
	r.roam, _ = e.flag(e.param(paramReleaseOnRoam))
}

// duidOf is a DUID as bytes (RFC 8415 section 11).
func duidOf(kind string, htype uint16, time, enterprise uint32, id []byte) []byte {
	var out []byte
	switch kind {
	case "LLT":
		out = binary.BigEndian.AppendUint16([]byte{0, 1}, htype)
		out = binary.BigEndian.AppendUint32(out, time)
	case "EN":
		out = binary.BigEndian.AppendUint32([]byte{0, 2}, enterprise)
	case "LL":
		out = binary.BigEndian.AppendUint16([]byte{0, 3}, htype)
	}
	return append(out, id...)
}

// advance6 ends what has run out.
func (r *State) advance6() {
	r.order = slices.DeleteFunc(r.order, func(b *binding6) bool {
		if b.state == free {
			return true
		}
		if r.now > b.ends {
			r.inactive(b, "expiry")
			return true
		}
		return false
	})
}

// inactive ends a lease.
func (r *State) inactive(b *binding6, event string) {
	e := &env{run: r, vars: &b.vars}
	e.execute(b.on[event], nil)
	clear(b.on)
	b.vars = nil
	delete(r.given[b.block], b.prefix.Addr())
	b.state = free
}

// activate gives a lease to a client for good.
func (r *State) activate(b *binding6, ends int64) {
	b.ends = ends
	if b.state != free {
		b.state = active
		return
	}
	b.state = active
	if r.given[b.block] == nil {
		r.given[b.block] = map[netip.Addr]*binding6{}
	}
	r.given[b.block][b.prefix.Addr()] = b
	r.order = append(r.order, b)
}

// usable reports whether nobody else has a lease of the past.
func (r *State) usable(b *binding6) bool {
	other := r.given[b.block][b.prefix.Addr()]
	return other == nil || other == b
}

// taken reports whether an address or prefix of a block is given.
func (r *State) taken(b *block, a netip.Addr) bool { return r.given[b][a] != nil }

// Attempts to find something free before dhcpd takes a block for full.
const (
	addressAttempts = 100
	prefixAttempts  = 10
)

// pick chooses from a block: what a hash of the client's identity gives.
func (r *State) pick(b *block, key []byte) (found *binding6, attempts int) {
	most := addressAttempts
	if b.kind == code6PD {
		most = prefixAttempts
	}
	seed := slices.Clone(key)
	for attempts = 1; attempts <= most; attempts++ {
		a := b.hashed(seed)
		if !reserved(b, a) && !r.taken(b, a) {
			return &binding6{block: b, prefix: netip.PrefixFrom(a, b.units), on: map[string][]statement{}}, attempts
		}
		seed = append(seed, a.AsSlice()...)
	}
	return nil, attempts
}

// hashed is the address or prefix of a block that a hash gives.
func (b *block) hashed(seed []byte) netip.Addr {
	sum := md5.Sum(seed)
	start := b.start.As16()
	for i := range sum {
		switch n := b.bits - i*8; {
		case n >= 8:
			sum[i] = start[i]
		case n > 0:
			mask := byte(0xff) << (8 - n)
			sum[i] = sum[i]&^mask | start[i]&mask
		}
	}
	if b.kind == code6PD {
		return netip.PrefixFrom(netip.AddrFrom16(sum), b.units).Masked().Addr()
	}
	if b.bits == 64 {
		sum[8] &^= 2
	}
	return netip.AddrFrom16(sum)
}

// reserved reports whether an address is one of those of RFC 5453.
func reserved(b *block, a netip.Addr) bool {
	if b.kind == code6PD {
		return false
	}
	low := wideOf(a).low
	return low == 0 || low>>8 == 0xfdffffffffffff && low&0x80 != 0
}
