package server

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// scope is a place that has options.
type scope struct {
	kind, name string
	options    *config.Options
}

// scopes are the places whose options the client gets, the first one first (Kea
// manual, "DHCPv4 Options": host, pool, subnet, network, classes, global). Whoever
// is in no subnet gets none.
func (s *Server4) scopes(x *exchange, dst []scope) []scope {
	if x.subnet == nil {
		return dst
	}
	add := func(kind, name string, o *config.Options) {
		if !o.Empty() { // each option is looked for in each scope
			dst = append(dst, scope{kind, name, o})
		}
	}
	if host := x.host(); host != nil {
		add("reservation", "", &host.Options)
	}
	if x.pool != nil {
		add("pool", "", &x.pool.Options)
	}
	add("subnet", "", &x.subnet.Options)
	if x.subnet.Network != nil {
		add("shared network", "", &x.subnet.Network.Options)
	}
	for _, id := range x.query.Classes.Order() {
		if c := s.conf.ClassByID(id); c != nil {
			add("class ", c.Name, &c.Options)
		}
	}
	add("global", "", &s.conf.Options)
	return dst
}

// unasked are options that every client gets, asked for or not.
var unasked = [...]uint8{optRouters, optDNSServers, optDomainName, optServerID}

// fillOptions puts the options into the answer.
func (s *Server4) fillOptions(x *exchange) outcome {
	x.scopes = s.scopes(x, x.scopes[:0])
	if link, ok := x.message.Option(optSubnetSelection); ok {
		x.set(optSubnetSelection, link)
		s.source(optSubnetSelection, "the client")
	}
	if x.reply == packet.Nak {
		s.localIdentifier(x) // what is configured comes with a lease (measured)
		return goOn
	}
	for _, code := range x.prl {
		s.fillAsked(x, code)
	}
	for _, sc := range x.scopes {
		for _, code := range sc.options.Always {
			s.fillAsked(x, code)
		}
	}
	for _, code := range unasked {
		s.fill(x, code)
	}
	s.vendorOptions(x)
	s.serverIdentifier(x)
	if x.hasLease {
		s.fillLease(x)
	}
	if x.fqdnOut.there {
		start := len(x.scratch)
		x.scratch = x.fqdnOut.append(x.scratch)
		x.set(optFQDN, x.scratch[start:len(x.scratch):len(x.scratch)])
		s.source(optFQDN, "the client's name")
	}
	if x.name != "" {
		x.set(optHostName, []byte(x.name))
		s.source(optHostName, "the client's name")
	}
	if x.noAddress && !x.options[optV6OnlyPreferred].set {
		s.note("the option that the client does without an address for is not sent")
		if s.log != nil {
			s.log.Log(logging.Error, "packets", "DHCP4_V6_ONLY_PREFERRED_MISSING_IN_"+typeName(x.reply)[len("DHCP"):], "%s: unexpected v6-only-preferred option missing in %s", label(&x.message), typeName(x.reply))
		}
		return quiet
	}
	return goOn
}

// fillAsked is fill for an option that the client asks for, or that is always
// sent: a scope that never sends it decides for all.
func (s *Server4) fillAsked(x *exchange, code uint8) {
	if !s.never(x, code) {
		s.fill(x, code)
	}
}

// never reports whether a scope says that an option is not sent.
func (s *Server4) never(x *exchange, code uint8) bool {
	for _, sc := range x.scopes {
		if slices.Contains(sc.options.Never, code) {
			return true // also where the option is for classes that the client is not in
		}
	}
	return false
}

// fill puts an option into the answer, from the first scope that has it.
func (s *Server4) fill(x *exchange, code uint8) {
	if x.options[code].set || code == 0 || code == 255 || own[code] {
		return
	}
	if code == optVendorClassID || code == optVendorOptions {
		s.fillEnterprises(x, code)
		return
	}
	for _, sc := range x.scopes {
		if o, ok := sc.options.Find(code, x.query.Classes.HasAny); ok {
			x.set(code, o.Data)
			s.sourceIn(code, sc)
			return
		}
	}
}

// own are options that the server makes itself, whatever is configured.
var own = [256]bool{optLeaseTime: true, optMessageType: true, optClientID: true, optAgent: true, optHostName: false}

// serverIdentifier says who answers: what is configured, or the address that the
// message came to.
func (s *Server4) serverIdentifier(x *exchange) {
	if !x.options[optServerID].set {
		s.fill(x, optServerID)
	}
	if !x.options[optServerID].set {
		s.localIdentifier(x)
	}
}

func (s *Server4) localIdentifier(x *exchange) {
	x.set(optServerID, x.keepAddress(x.in.Local))
	s.source(optServerID, "the address of the interface")
}

// fillLease puts in what belongs to the lease.
func (s *Server4) fillLease(x *exchange) {
	valid := x.lease.Valid
	if x.remaining > 0 {
		valid = x.remaining
	}
	x.set(optLeaseTime, x.keepNumber(valid))
	mask := uint32(math.MaxUint32) << (32 - x.subnet.Prefix.Bits())
	if x.subnet.Prefix.Bits() == 0 {
		mask = 0
	}
	x.set(optSubnetMask, x.keepNumber(mask))
	s.source(optSubnetMask, "the prefix of the subnet")
	if x.kept > 0 {
		valid = x.kept
	}
	s.timers(x, valid)
}

// timers says when to renew (T1) and to rebind (T2), where that is configured.
func (s *Server4) timers(x *exchange, valid uint32) {
	n := x.subnet
	if valid == lease.Infinite && !n.CalculateTees && n.Renew == nil && n.Rebind == nil {
		return
	}
	limit := valid
	if t2 := timer(n.Rebind, n.CalculateTees, n.T2Percent, valid); t2 > 0 && t2 < valid {
		x.set(optRebinding, x.keepNumber(t2))
		s.source(optRebinding, "subnet")
		limit = t2
	}
	if t1 := timer(n.Renew, n.CalculateTees, n.T1Percent, valid); t1 > 0 && t1 < limit {
		x.set(optRenewal, x.keepNumber(t1))
		s.source(optRenewal, "subnet")
	}
}

func timer(configured *uint32, calculate bool, part float64, valid uint32) uint32 {
	switch {
	case configured != nil:
		return *configured
	case calculate:
		return uint32(math.Round(part * float64(valid)))
	}
	return 0
}

// keepNumber gives a number as bytes that stay until the next message.
func (x *exchange) keepNumber(n uint32) []byte {
	start := len(x.scratch)
	x.scratch = binary.BigEndian.AppendUint32(x.scratch, n)
	return x.scratch[start:len(x.scratch):len(x.scratch)]
}

// keepBytes copies bytes, which stay until the next message.
func (x *exchange) keepBytes(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	start := len(x.scratch)
	x.scratch = append(x.scratch, b...)
	return x.scratch[start:len(x.scratch):len(x.scratch)]
}

func (x *exchange) keepAddress(a netip.Addr) []byte {
	start := len(x.scratch)
	four := a.As4()
	x.scratch = append(x.scratch, four[:]...)
	return x.scratch[start:len(x.scratch):len(x.scratch)]
}

// boot are the fields for booting: those of the reservation before those of the
// first class that has them before those of the subnet.
func (s *Server4) boot(x *exchange) (next netip.Addr, name, file string) {
	if x.subnet != nil {
		next, name, file = x.subnet.NextServer, x.subnet.ServerHostname, x.subnet.BootFileName
	}
	for _, id := range slices.Backward(x.query.Classes.Order()) {
		if c := s.conf.ClassByID(id); c != nil {
			override(&next, c.Settings.NextServer)
			override(&name, c.Settings.ServerHostname)
			override(&file, c.Settings.BootFileName)
		}
	}
	if host := x.host(); host != nil {
		override(&next, host.NextServer)
		override(&name, host.ServerHostname)
		override(&file, host.BootFileName)
	}
	return next, name, file
}

func override[T comparable](have *T, given *T) {
	var zero T
	if given != nil && *given != zero {
		*have = *given
	}
}
