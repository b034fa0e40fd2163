package exchange

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
)

// A Judge tells which findings explain the differences between two runs of the
// same clients: a finding must have the field of the difference, and the client
// must be among those that it concerns.
type Judge struct {
	conf    *model.Config
	server  netip.Addr
	clients []*client.Client
	// given are the addresses and prefixes that a client was given by either server.
	given map[int][]netip.Addr
	// model classifies the clients, once each.
	model *answer.Server
	known map[int]*answer.Reply
}

// NewJudge makes a judge for the clients of a server with this address; answers
// are the messages of both servers.
func NewJudge(conf *model.Config, server netip.Addr, clients []*client.Client, answers ...[]Message) *Judge {
	j := &Judge{
		conf: conf, server: server, clients: clients, given: map[int][]netip.Addr{},
		model: answer.New(conf, answer.Settings{Interface: interfaceName, Address: server}),
		known: map[int]*answer.Reply{},
	}
	for _, run := range answers {
		j.Heard(run)
	}
	return j
}

// Add adds further clients behind those that the judge has.
func (j *Judge) Add(clients []*client.Client) {
	j.clients = append(j.clients[:len(j.clients):len(j.clients)], clients...)
}

// Only makes a judge one for a single client, in the place of all others; answers are
// what it was told.
func (j *Judge) Only(who *client.Client, answers []Message) {
	j.clients = []*client.Client{who}
	clear(j.given)
	clear(j.known)
	j.Heard(answers)
}

// Heard takes in further messages of either server.
func (j *Judge) Heard(run []Message) {
	for _, m := range run {
		if a, err := netip.ParseAddr(m.Answer.Fields["address"]); err == nil && !slices.Contains(j.given[m.Client], a) {
			j.given[m.Client] = append(j.given[m.Client], a)
		}
		if p, err := netip.ParsePrefix(m.Answer.Fields["prefix"]); err == nil {
			j.given[m.Client] = append(j.given[m.Client], p.Addr())
		}
	}
}

// Explanations lists the codes of the findings that explain a difference, each
// once; none: it is a defect.
func (j *Judge) Explanations(r *translator.Report, d Difference) []translator.Code {
	var codes []translator.Code
	for _, f := range r.Findings {
		if !slices.Contains(codes, f.Code) && j.Explains(f, d) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// Explains reports whether a finding names the field of a difference and
// concerns the client. A finding about the whole with which nothing is lost,
// such as that about the interfaces, explains nothing; nor does one that says
// what the rule book says too.
func (j *Judge) Explains(f translator.Finding, d Difference) bool {
	if f.Severity == translator.S0 || f.Code == "options-asked-for" ||
		f.Statement < 0 && (f.Verdict == translator.Translated || f.Verdict == translator.Default) {
		return false
	}
	return slices.ContainsFunc(f.Fields, func(field string) bool { return covers(field, d.Field) }) && j.concerns(f.Audience, d)
}

// covers reports whether the field of a finding takes in that of a difference.
func covers(finding, field string) bool {
	_, isOption := optionCode(field)
	return finding == field ||
		finding == "options" && isOption ||
		finding == "IA_PD" && len(field) >= 6 && field[:6] == "prefix" ||
		finding == "IA_NA" && field == "address"
}

// concerns reports whether a message of a client is in an audience.
func (j *Judge) concerns(a translator.Audience, d Difference) bool {
	if len(a.Messages) > 0 && !slices.Contains(a.Messages, string(d.Step)) {
		return false
	}
	if relayed := j.clients[d.Client].Relay.IsValid(); a.From == translator.Direct && relayed || a.From == translator.Relayed && !relayed {
		return false
	}
	if a.SeveralHosts && !j.severalHosts(d.Client) {
		return false
	}
	if a.SeveralPools && d.Step != client.Bootp && !j.severalPools(a.Scopes, d.Client) {
		return false
	}
	if a.SharedIdentity && !j.sharedIdentity(d.Client) {
		return false
	}
	if len(a.Scopes) == 0 {
		return true
	}
	return slices.ContainsFunc(a.Scopes, func(s *model.Scope) bool { return j.servedBy(s, d.Client) })
}

// severalHosts reports whether a client is recognised as two hosts or more.
func (j *Judge) severalHosts(n int) bool {
	count := 0
	for _, h := range j.conf.Hosts {
		if IsHost(h, j.clients[n]) {
			count++
		}
	}
	return count > 1
}

// severalPools reports whether a client may have addresses of two or more pools.
func (j *Judge) severalPools(scopes []*model.Scope, n int) bool {
	reply := j.first(n)
	if reply == nil {
		return true
	}
	count := 0
	for _, s := range scopes {
		if !slices.ContainsFunc(reply.Refused, func(r answer.Refusal) bool { return same(r.Pool.Scope, s) }) {
			count++
		}
	}
	return count > 1
}

// sharedIdentity reports whether another client has the hardware address or the
// client identifier of this one, or is the same host.
func (j *Judge) sharedIdentity(n int) bool {
	who := j.clients[n]
	var hosts []*model.Host
	for _, h := range j.conf.Hosts {
		if IsHost(h, who) {
			hosts = append(hosts, h)
		}
	}
	id, identified := who.Option(codeClientID4)
	for _, other := range j.clients {
		if who.V6 {
			if bytes.Equal(other.DUID, who.DUID) {
				continue
			}
		} else {
			otherID, otherIdentified := other.Option(codeClientID4)
			mac, same := bytes.Equal(other.MAC, who.MAC), identified == otherIdentified && bytes.Equal(id, otherID)
			if mac && same {
				continue
			}
			if mac || identified && same {
				return true
			}
		}
		if slices.ContainsFunc(hosts, func(h *model.Host) bool { return IsHost(h, other) }) {
			return true
		}
	}
	return false
}

// servedBy reports whether a client is served by way of a scope.
func (j *Judge) servedBy(s *model.Scope, n int) bool {
	who := j.clients[n]
	switch s.Kind {
	case model.GlobalScope:
		return true
	case model.HostScope, model.GroupScope:
		for _, h := range j.conf.Hosts {
			if within(&h.Scope, s) && IsHost(h, who) {
				return true
			}
		}
		if s.Kind == model.HostScope {
			return false
		}
		for _, c := range j.conf.Classes {
			if within(c.Scope, s) && j.isMember(c.Scope, n) {
				return true // dhcpd executes the groups around a class for its members
			}
		}
	case model.ClassScope, model.SubclassScope:
		return j.isMember(s, n)
	}
	network := j.network(n)
	if network == nil {
		return false
	}
	for _, sub := range network.Subnets {
		if within(sub.Scope, s) && j.uses(n, sub.Prefix.Contains) {
			return true
		}
	}
	for _, p := range network.Pools {
		if same(p.Scope, s) && (j.uses(n, func(a netip.Addr) bool { return holds(p, a) }) || j.chose(n, p)) {
			return true
		}
	}
	return false
}

// chose reports whether dhcpd would give a client an address of the pool, but then
// says nothing.
func (j *Judge) chose(n int, p *model.Pool) bool {
	reply := j.first(n)
	return reply != nil && reply.Reason != "" && reply.Pool != nil && same(reply.Pool.Scope, p.Scope)
}

// same reports whether two scopes are of the same declaration. The translation
// builds a model of its own of the same file.
func same(a, b *model.Scope) bool { return a.Kind == b.Kind && a.Stmt == b.Stmt }

// within reports whether s is outer or stands inside it.
func within(s, outer *model.Scope) bool {
	for ; s != nil; s = s.Parent {
		if same(s, outer) {
			return true
		}
	}
	return false
}

// uses reports whether one of the addresses that a client was given is of a
// kind; a client that was given none could have been given any.
func (j *Judge) uses(n int, of func(netip.Addr) bool) bool {
	given := j.given[n]
	return len(given) == 0 || slices.ContainsFunc(given, of)
}

func holds(p *model.Pool, a netip.Addr) bool {
	for _, r := range p.Ranges {
		if r.Low.Compare(a) <= 0 && a.Compare(r.High) <= 0 {
			return true
		}
	}
	for _, d := range p.Delegations {
		if d.Low.Compare(a) <= 0 && a.Compare(d.High) <= 0 {
			return true
		}
	}
	return false
}

// Codes of options that say where a client is.
const (
	codeSubnetSelection = 118 // DHCPv4 (RFC 3011)
	codeLinkSelection   = 5   // of the relay agent (RFC 3527)
)

// network returns the network that a client is on, as the servers see it.
func (j *Judge) network(n int) *model.Network {
	who := j.clients[n]
	at := j.server
	switch {
	case who.Relay.IsValid():
		at = who.Relay
	case !who.V6 && who.CIAddr.IsValid() && (slices.Contains(j.given[n], who.CIAddr) || slices.Contains(who.Do, client.Inform)):
		// It speaks to the server from another network.
		at = who.CIAddr
	}
	if !who.V6 {
		if b, ok := who.Option(codeSubnetSelection); ok && len(b) == 4 {
			at = netip.AddrFrom4([4]byte(b))
		}
		for _, o := range who.Agent {
			if o.Code == codeLinkSelection && len(o.Data) == 4 {
				at = netip.AddrFrom4([4]byte(o.Data))
			}
		}
	}
	if s := j.conf.SubnetOf(at); s != nil {
		return s.Network
	}
	return nil
}

// codeClientID4 is that of the client identifier.
const codeClientID4 = 61

// IsHost reports whether a client is recognised as a host, by any of the host's
// identifiers.
func IsHost(h *model.Host, who *client.Client) bool {
	if h.Hardware != nil && len(h.Hardware.Address) > 0 {
		if !who.V6 && bytes.Equal(who.MAC, h.Hardware.Address) && max(who.HType, 1) == h.Hardware.HType {
			return true
		}
		if who.V6 && bytes.HasSuffix(who.DUID, h.Hardware.Address) {
			return true
		}
	}
	id, _ := who.Option(codeClientID4)
	if who.V6 {
		id = who.DUID
	}
	if h.UID != nil && len(id) > 0 && bytes.Equal(id, h.UID.Value) {
		return true
	}
	if h.ClientID != nil && len(id) > 0 && bytes.Equal(id, plainBytes(h.ClientID.Data)) {
		return true
	}
	for _, i := range h.Identifiers {
		value := plainBytes(i.Data)
		if i.Option == nil || len(value) == 0 {
			continue
		}
		if who.V6 && i.Option.Code == 1 && i.V6Relay < 0 && bytes.Equal(who.DUID, value) {
			return true
		}
		if sent, ok := sentOption(who, i.Option); ok && bytes.Equal(sent, value) {
			return true
		}
	}
	return false
}

// sentOption returns what a client or its relay sends as an option.
func sentOption(who *client.Client, o *option.Def) ([]byte, bool) {
	if o.Code > 0xffff {
		return nil, false
	}
	code := uint16(o.Code)
	if o.Space == "dhcp" || o.Space == "dhcp6" {
		if data, ok := who.Option(code); ok {
			return data, true
		}
	}
	for _, s := range who.Agent {
		if s.Code == code && (who.V6 || o.Space == "agent") {
			return s.Data, true
		}
	}
	return nil, false
}

// plainBytes returns the bytes of an identifier that is not computed.
func plainBytes(d dhcpdconf.Data) []byte {
	if d.Expr != nil {
		if k, ok := model.Fold(d.Expr); ok {
			return k.Data
		}
		return nil
	}
	var all []byte
	for _, f := range d.Fields {
		all = append(all, f.Value.Text...)
	}
	return all
}

// isMember reports whether a client is a member of a class or subclass: the
// model of dhcpd says so. A client whose message cannot be made may be one.
func (j *Judge) isMember(s *model.Scope, n int) bool {
	reply := j.first(n)
	return reply == nil || slices.ContainsFunc(reply.Classes, func(m answer.Membership) bool {
		return same(m.Class.Scope, s) || m.Subclass != nil && same(&m.Subclass.Scope, s)
	})
}

// first is what the model does with the first message of a client that has no
// lease; nil if that cannot be made.
func (j *Judge) first(n int) *answer.Reply {
	reply, known := j.known[n]
	if !known {
		reply = j.ask(j.clients[n])
		j.known[n] = reply
	}
	return reply
}

func (j *Judge) ask(who *client.Client) *answer.Reply {
	const trace = true
	start := time.Unix(0, 0)
	var reply answer.Reply
	if who.V6 {
		message, err := who.Message6(client.Solicit, [3]byte{}, client.Lease6{})
		if err != nil {
			return nil
		}
		reply = j.model.Start(0).Answer6(message.ToBytes(), start, trace)
	} else {
		message, err := who.Message4(client.Discover, [4]byte{}, client.Lease4{})
		if err != nil {
			return nil
		}
		reply = j.model.Start(0).Answer4(message.ToBytes(), start, trace)
	}
	reply.Message = nil // nobody needs it
	return &reply
}
