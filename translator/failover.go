package translator

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// The names of the two servers of a pair, in Kea's peers and as directories of
// a conversion of both.
const (
	PrimaryName   = "primary"
	SecondaryName = "secondary"
)

// HAMode is what failover becomes. Kea does not start with the hook of high
// availability on a system that does not have the addresses of the pair, so it
// is loaded only when the partner's file is given or a mode is asked for.
type HAMode string

// The modes that a pair of servers can have (Kea manual, libdhcp_ha.so).
const (
	HAUnset         HAMode = ""     // none, unless the partner's file is given; then as HAByFile
	HAByFile        HAMode = "auto" // by what split and hba say
	HALoadBalancing HAMode = "load-balancing"
	HAHotStandby    HAMode = "hot-standby"
)

// relationship is one failover relationship with what both files say about it.
type relationship struct {
	stmt *dhcpdconf.Failover
	// own are the settings of this file, other those of the partner's, which are
	// empty when that file is not known.
	own, other map[string]*dhcpdconf.Setting
	known      bool // the partner's file is
	mode       HAMode
	// One of several relationships of a hub: what the names of the servers begin
	// with, and, for its partner, the port of the hub.
	prefix      string
	partnerPort uint16
}

// defaultPort is dhcpd's for failover.
const defaultPort = 647

func newRelationship(own, other *dhcpdconf.Failover) *relationship {
	r := &relationship{stmt: own, own: failoverSettings(own), known: other != nil}
	if other != nil {
		r.other = failoverSettings(other)
	}
	return r
}

func failoverSettings(f *dhcpdconf.Failover) map[string]*dhcpdconf.Setting {
	settings := map[string]*dhcpdconf.Setting{}
	for _, part := range f.Parts {
		if s, ok := part.(*dhcpdconf.Setting); ok {
			settings[s.Key] = s
		}
	}
	return settings
}

// number returns a setting of this file, or absent when it is not there.
func (r *relationship) number(key string, absent int64) int64 {
	if s := r.own[key]; s != nil && len(s.Values) > 0 {
		return s.Values[0].Num
	}
	return absent
}

// primary returns the settings of the primary, nil when that file is not known.
func (r *relationship) primary() map[string]*dhcpdconf.Setting {
	if r.stmt.Primary {
		return r.own
	}
	return r.other
}

// share returns how many of 256 parts of the clients the primary serves;
// known is false when no file at hand says so.
func (r *relationship) share() (parts int64, known bool) {
	settings := r.primary()
	if s := settings["split"]; s != nil && len(s.Values) > 0 {
		return s.Values[0].Num, true
	}
	s := settings["hba"]
	if s == nil || len(s.Values) == 0 {
		return 128, false
	}
	for octet := range strings.SplitSeq(s.Values[0].Text, ":") {
		if n, err := strconv.ParseUint(strings.TrimSpace(octet), 16, 8); err == nil {
			parts += int64(bits.OnesCount64(n))
		}
	}
	return parts, true
}

// evenShare are the least and the largest share that count as halves.
const leastEven, mostEven = 96, 160

// modeOf decides the mode: load balancing where dhcpd divides the clients in
// about halves. Without a time for it dhcpd switches load balancing off.
func (r *relationship) modeOf(wanted HAMode) HAMode {
	if wanted == HALoadBalancing || wanted == HAHotStandby {
		return wanted
	}
	settings := r.primary()
	if settings == nil {
		settings = r.own
	}
	limit := settings["load balance max seconds"]
	parts, _ := r.share()
	if limit == nil || limit.Values[0].Num == 0 || parts < leastEven || parts > mostEven {
		return HAHotStandby
	}
	return HALoadBalancing
}

func (r *relationship) name() string {
	if r.stmt.Primary {
		return PrimaryName
	}
	return SecondaryName
}

func partnerName(name string) string {
	if name == PrimaryName {
		return SecondaryName
	}
	return PrimaryName
}

// endpoint finds the address and the port of one of the two servers, as this
// file says, or else the partner's.
func (t *translation) endpoint(r *relationship, address, port, otherAddress, otherPort string) (netip.AddrPort, bool) {
	number := r.number(port, 0)
	if s := r.other[otherPort]; number == 0 && s != nil {
		number = s.Values[0].Num
	}
	if number <= 0 || number > 65535 {
		number = defaultPort
	}
	for _, s := range []*dhcpdconf.Setting{r.own[address], r.other[otherAddress]} {
		if s == nil || len(s.Values) == 0 {
			continue
		}
		a := s.Values[0].Addr
		if a.Addr.IsValid() {
			return netip.AddrPortFrom(a.Addr, uint16(number)), true
		}
		var found []netip.Addr
		if s == r.own[address] {
			found = t.resolve(a.Host, s, a.Span)
		} else if t.opts.Resolve != nil {
			found = t.opts.Resolve(a.Host)
		}
		if len(found) > 0 {
			return netip.AddrPortFrom(found[0].Unmap(), uint16(number)), true
		}
	}
	return netip.AddrPort{}, false
}

// failover turns the failover relationship that pools belong to into Kea's high
// availability.
func (t *translation) failover() {
	pools := t.failoverPools()
	if t.v6() { // dhcpd has failover for DHCPv4 only
		pools.named = nil
	}
	if t.opts.PairBeside {
		t.pairBeside(pools)
		return
	}
	if t.hub(pools) {
		for _, decl := range t.conf.Peers {
			if !pools.named[decl.Name.Text] {
				t.ledger.mark(decl, Ignored)
				t.markInside(decl, Ignored)
			}
		}
		return
	}
	var main *relationship
	var mainName string
	var partner netip.AddrPort
	for _, decl := range t.conf.Peers {
		if !pools.named[decl.Name.Text] {
			// dhcpd refuses such a file, and the parser has said so.
			t.ledger.mark(decl, Ignored)
			t.markInside(decl, Ignored)
			continue
		}
		r := newRelationship(decl, FailoverPartner(t.opts.Partner, decl))
		end, _ := t.endpoint(r, "peer address", "peer port", "address", "port")
		switch {
		case main == nil:
			main, mainName, partner = r, decl.Name.Text, end
			if !t.highAvailability(r, end) {
				pools.fail(t, mainName)
				return
			}
		case end.IsValid() && end.Addr() == partner.Addr():
			t.ledger.add(decl, Finding{
				Code: "failover-second", Severity: S2, Verdict: Approximated,
				Message: fmt.Sprintf("failover %q is with the same server as %q; Kea has one relationship between two servers, and it is made from %q.", decl.Name.Text, mainName, mainName),
				Remedy:  "look whether the settings of both agree",
			}, "")
			t.markInside(decl, Approximated)
			pools.merged[decl.Name.Text] = true
		default:
			t.laterWhole(decl, Finding{
				Code: "failover-several", Severity: S4,
				Fields:  []string{"answered", "address"},
				Clients: "clients of the pools that belong to this relationship",
				Message: fmt.Sprintf("failover %q is with another server than %q; a server of Kea's with several partners is a hub, which %s.", decl.Name.Text, mainName, t.noHub()),
				Remedy:  "convert for Kea 2.6 or later with --ha-mode hot-standby, or give each pair of servers a configuration of its own",
			})
		}
	}
	if main == nil {
		t.references(func(st *dhcpdconf.PoolPeer) { t.ledger.mark(st, Ignored) })
		return
	}
	pools.merged[mainName] = true
	t.speakForPools(pools, main)
	if main.mode == HALoadBalancing {
		t.dividePools(pools, main)
	}
}

// noHub says why a server with several partners is none in the result.
func (t *translation) noHub() string {
	if t.opts.Target < keaversion.V2_6 {
		return "this version does not have"
	}
	return "was not made, as the addresses of all servers must be known"
}

// pairBeside speaks for failover in the configuration of a server that runs
// alone, beside those of the pair.
func (t *translation) pairBeside(pools *failoverPools) {
	for _, decl := range t.conf.Peers {
		if !pools.named[decl.Name.Text] {
			t.ledger.mark(decl, Ignored)
			t.markInside(decl, Ignored)
			continue
		}
		own := newRelationship(decl, nil).name()
		t.ledger.add(decl, Finding{
			Code: "failover", Severity: S3, Verdict: Approximated,
			Fields:  []string{"answered", "address"},
			Clients: "all clients, when this server fails, or when its partner serves them, too",
			Message: fmt.Sprintf("failover %q became Kea's high availability in the files of the directories %s and %s; this server is the %s, and the partner's files were made from this one. With the files outside of them the server runs alone: Kea with high availability starts only where the pair's addresses are, and answers nobody before it has looked for its partner.", decl.Name.Text, PrimaryName, SecondaryName, own),
			Remedy:  fmt.Sprintf("use the files in %s on this server and those in %s on its partner; if the partner's dhcpd.conf is at hand, convert both in one run (--peer FILE)", own, partnerName(own)),
		}, "")
		t.markInside(decl, Approximated)
	}
	t.references(func(st *dhcpdconf.PoolPeer) {
		if st.No {
			t.ledger.mark(st, Default)
			return
		}
		t.ledger.mark(st, Approximated)
	})
}

// highAvailability loads the hooks and speaks for the declaration. It reports
// whether the servers' addresses are known.
func (t *translation) highAvailability(r *relationship, partner netip.AddrPort) bool {
	if t.opts.Partner == nil && t.opts.HAMode == HAUnset {
		t.laterWhole(r.stmt, Finding{
			Code: "failover", Severity: S4,
			Fields:  []string{"answered"},
			Clients: "all clients, when this server fails",
			Message: fmt.Sprintf("failover %q becomes Kea's high availability only when it is asked for, because Kea then starts on the two servers alone; in this result the server runs alone.", r.stmt.Name.Text),
			Remedy:  "convert both servers' files in one run (--peer FILE), or this one with --ha-mode auto",
		})
		return false
	}
	self, ok := t.endpoint(r, "address", "port", "peer address", "peer port")
	if !ok || !partner.IsValid() {
		t.laterWhole(r.stmt, Finding{
			Code: "failover", Severity: S4,
			Fields:  []string{"answered"},
			Clients: "all clients, when this server fails",
			Message: fmt.Sprintf("failover %q becomes Kea's high availability, which needs the IP addresses of both servers; not both are known, so this server would run alone.", r.stmt.Name.Text),
			Remedy:  "write address and peer address as IP addresses (or let --resolve find them), or convert with --peer and the other server's file",
		})
		return false
	}
	r.mode = r.modeOf(t.opts.HAMode)
	if t.partnerIsHub(r); r.partnerPort != 0 {
		partner = netip.AddrPortFrom(partner.Addr(), r.partnerPort)
	}
	t.server = r.name()
	if t.opts.Mirrored {
		t.server = partnerName(r.name())
	}
	t.topServer().MultiThreading = &keaconf.MultiThreading{EnableMultiThreading: new(true)}
	t.hook(hookLeaseCmds, nil)
	t.hook(hookHA, keaconf.Object{{Key: "high-availability", Value: []any{r.object(t.server, self, partner)}}})
	t.speakForFailover(r, self, partner, t.failoverPointer(0))
	return true
}

// object is the relationship as Kea's hook wants it in the configuration of a
// server of the pair.
func (r *relationship) object(server string, self, partner netip.AddrPort) keaconf.Object {
	second := "standby"
	if r.mode == HALoadBalancing {
		second = "secondary"
	}
	peer := func(name string, at netip.AddrPort) keaconf.Object {
		role := "primary"
		if name == SecondaryName {
			role = second
		}
		return keaconf.Object{
			{Key: "name", Value: r.prefix + name},
			{Key: "url", Value: "http://" + at.String() + "/"},
			{Key: "role", Value: role},
			{Key: "auto-failover", Value: true},
		}
	}
	first, other := peer(r.name(), self), peer(partnerName(r.name()), partner)
	if !r.stmt.Primary {
		first, other = other, first
	}
	response := r.responseDelay()
	return keaconf.Object{
		{Key: "this-server-name", Value: r.prefix + server},
		{Key: "mode", Value: string(r.mode)},
		{Key: "heartbeat-delay", Value: min(10_000, max(1000, response/3))},
		{Key: "max-response-delay", Value: response},
		{Key: "max-ack-delay", Value: r.ackDelay()},
		{Key: "max-unacked-clients", Value: r.unackedClients()},
		{Key: "multi-threading", Value: keaconf.Object{
			{Key: "enable-multi-threading", Value: true},
			{Key: "http-dedicated-listener", Value: true},
		}},
		{Key: "peers", Value: []any{first, other}},
	}
}

// responseDelay returns how long a silent partner counts as there, in
// milliseconds; the manual page demands the statement, the program does not.
func (r *relationship) responseDelay() int64 {
	return 1000 * min(max(r.number("max-response-delay", 60), 1), 24*3600)
}

// ackDelay returns how long a client waits before it counts as not served, in
// milliseconds: after that time dhcpd's partner serves it, whoever it belongs to.
func (r *relationship) ackDelay() int64 {
	if n := r.number("load balance max seconds", 0); n > 0 {
		return 1000 * min(n, 3600)
	}
	return 10_000 // Kea's default
}

// unackedClients returns how many such clients prove that the partner is down.
// With auto-partner-down silence is proof enough for dhcpd.
func (r *relationship) unackedClients() int64 {
	if r.number("auto-partner-down", 0) > 0 {
		return 0
	}
	return 10 // Kea's default
}

// FailoverPartner returns the declaration in the partner's file that belongs to
// one of this file: the one of the other role and of the same name, or else the
// only one of the other role; nil when there is none.
func FailoverPartner(partner *dhcpdconf.File, of *dhcpdconf.Failover) *dhcpdconf.Failover {
	if partner == nil {
		return nil
	}
	var fit []*dhcpdconf.Failover
	for _, decl := range FailoverPeers(partner) {
		if decl.Primary == of.Primary {
			continue
		}
		if decl.Name.Text == of.Name.Text {
			return decl
		}
		fit = append(fit, decl)
	}
	if len(fit) == 1 {
		return fit[0]
	}
	return nil
}

// FailoverPeers returns the failover relationships that a file declares.
func FailoverPeers(f *dhcpdconf.File) []*dhcpdconf.Failover {
	var list []*dhcpdconf.Failover
	for st := range dhcpdconf.Preorder(f) {
		if decl, ok := st.(*dhcpdconf.Failover); ok {
			list = append(list, decl)
		}
	}
	return list
}
