package dhcpdconf

import (
	"fmt"
	"slices"
	"strings"
)

// failover reads "failover peer": the declaration of a relationship, or in a
// pool or shared network the reference to one.
func (p *parser) failover(b Base, sc *scope) Statement {
	p.next()
	if !p.demand("peer") {
		return nil
	}
	if sc.kind == scopePool {
		return p.poolPeer(b, sc)
	}
	if !p.tok.isName() && p.tok.kind != tokString {
		p.expected("name", "expected the name of the failover peer")
		return nil
	}
	name, ok := p.nameOrString()
	if !ok {
		return nil
	}
	if p.tok.is(';') {
		if sc.kind != scopeShared {
			p.fail("not-allowed-here", b.span, "a reference to a failover peer stands in a pool or shared-network", "")
			return nil
		}
		p.knownPeer(name) // only pools count as users of a peer
		p.next()
		return &PoolPeer{Base: b, Name: name}
	}
	if _, twice := p.names.peers[name.Text]; twice {
		p.fail("duplicate-failover-peer", name.Span, fmt.Sprintf("the failover peer %q is declared already", name.Text), "")
	}
	return p.failoverPeer(b, name)
}

// poolPeer reads the reference to a failover peer in a pool.
func (p *parser) poolPeer(b Base, sc *scope) Statement {
	if sc.included {
		p.fail("not-allowed-here", b.span, "failover is not allowed in a file that is included in a pool", "")
		return nil
	}
	if p.tok.kind != tokString {
		p.expected("name", "expected the name of the failover peer in quotes")
		return nil
	}
	s := &PoolPeer{Base: b}
	var ok bool
	if s.Name, ok = p.nameOrString(); !ok {
		return nil
	}
	if peer := p.knownPeer(s.Name); peer != nil {
		peer.used = true
	}
	sc.pool.peer = true
	if !p.semi() {
		return nil
	}
	return s
}

// knownPeer demands that a failover peer has been declared.
func (p *parser) knownPeer(n Name) *peerState {
	peer := p.names.peers[n.Text]
	if peer == nil {
		p.fail("unknown-failover-peer", n.Span, fmt.Sprintf("no failover peer named %q has been declared", n.Text),
			"A peer must stand before the pools that name it.")
	}
	return peer
}

// noFailover reads "no failover peer". The manual ends it with ";", but dhcpd
// takes it only without.
func (p *parser) noFailover(b Base, _ *scope) Statement {
	p.next()
	if !p.demand("failover") || !p.demand("peer") {
		return nil
	}
	if p.tok.is(';') {
		p.fail("no-failover-semicolon", p.tokenSpan(p.tok), `dhcpd takes "no failover peer" without a ";" only`, "Remove the semicolon.")
		p.next()
	}
	return &PoolPeer{Base: b, No: true}
}

// failoverWords start the settings of a failover peer.
var failoverWords = []string{"primary", "secondary", "address", "peer", "port", "max-lease-misbalance", "max-lease-ownership",
	"max-balance", "min-balance", "auto-partner-down", "max-response-delay", "max-unacked-updates", "mclt", "split", "hba", "load"}

// peerCheck is what dhcpd demands of a failover peer at its end.
type peerCheck struct {
	primary, secondary, address, balance, mclt bool
}

func (p *parser) failoverPeer(b Base, name Name) Statement {
	s := &Failover{Base: b, Name: name}
	if !p.openBlock(&s.Base) {
		return nil
	}
	var check peerCheck
	s.Parts = p.parts(&s.Base, func(b Base) Statement { return p.failoverPart(b, &check) })
	s.Primary = check.primary
	switch {
	case !check.address:
		p.fail("failover-peer-address", s.Head(), "the peer address is missing", `Add "peer address" with the address of the other server.`)
	case check.primary && !check.balance:
		p.fail("failover-balance", s.Head(), "a primary needs split or hba", "Add split 128; for an even split.")
	case check.primary && !check.mclt:
		p.fail("failover-mclt", s.Head(), "a primary needs mclt", "Add mclt 3600;.")
	}
	p.names.peers[name.Text] = &peerState{name: name}
	return s
}

func (p *parser) failoverPart(b Base, check *peerCheck) Statement {
	s := &Setting{Base: b}
	if !slices.Contains(failoverWords, b.keyword) {
		p.fail("unknown-failover-setting", p.tokenSpan(p.tok), fmt.Sprintf("a failover peer has no %s", p.show(p.tok)),
			p.suggestion(b.keyword, among(failoverWords...)))
		return nil
	}
	syntax, ok := runGrammar(p, failoverGrammar, toBrace)
	if !ok {
		return nil
	}
	switch {
	case syntax.Role != "":
		s.Key = syntax.Role
	case syntax.Host != nil:
		s.Key = strings.Join(syntax.Address, " ")
		p.jump(uint32(syntax.Host.Pos.Offset))
		ok = p.settingAddresses(s, false, false)
	case syntax.Octets != nil:
		s.Key = "hba"
		p.jump(b.span.End)
		ok = p.settingOctets(s)
	default:
		if s.Key = syntax.Word; syntax.Peer {
			s.Key = "peer " + s.Key
		} else if syntax.Load {
			s.Key = "load balance max seconds"
		}
		n := syntax.Number
		t := p.scan(uint32(n.Pos.Offset))
		s.Values = []SettingValue{{Span: p.tokenSpan(t), Text: n.Text, Num: int64(smallNumber(n.Text))}}
	}
	if !ok {
		return nil
	}
	p.checkPart(s, check)
	if !p.semi() {
		return nil
	}
	return s
}

// checkPart notes what a failover peer has, and finds what it must not have.
func (p *parser) checkPart(s *Setting, check *peerCheck) {
	balance := s.Key == "split" || s.Key == "hba"
	switch s.Key {
	case "primary":
		check.primary = true
	case "secondary":
		check.primary, check.secondary = false, true
	case "peer address":
		check.address = true
	case "mclt":
		check.mclt = s.Values[0].Num != 0
	case "split":
		if n := s.Values[0].Num; n < 0 || n > 256 {
			p.fail("bad-number", s.Values[0].Span, "split is a number from 0 to 256", "")
		}
	}
	if check.secondary && (balance || s.Key == "secondary" && check.balance) {
		p.fail("failover-balance", s.base().span, "a secondary has no split and no hba", "Remove it.")
	}
	check.balance = check.balance || balance
}

// settingAddresses reads one address or a list of them.
func (p *parser) settingAddresses(s *Setting, v6, list bool) bool {
	for {
		var a Address
		var ok bool
		if v6 {
			a.Addr, a.Span, ok = p.ipv6()
		} else {
			a, ok = p.address()
		}
		if !ok {
			return false
		}
		s.Values = append(s.Values, SettingValue{Span: a.Span, Text: a.Span.Text(), Addr: a})
		if !list || !p.accept(',') {
			return true
		}
	}
}

func (p *parser) settingOctets(s *Setting) bool {
	start := p.tok.off
	octets, ok := p.octets(nil)
	if !ok {
		return false
	}
	at := p.span(start, p.prev)
	if len(octets) != 32 {
		return p.fail("bad-number", at, fmt.Sprintf("hba has 32 octets, not %d", len(octets)), "")
	}
	s.Values = []SettingValue{{Span: at, Text: at.Text()}}
	return true
}

// parts reads the statements of a declaration with a language of its own, up
// to its "}". The "{" is read already.
func (p *parser) parts(owner *Base, read func(Base) Statement) []Statement {
	first := len(p.stack)
	var last Statement
	for {
		before := p.takeComments(last, owner)
		if p.tok.is('}') {
			p.next()
			break
		}
		if p.tok.kind == tokEOF {
			p.unterminated(owner)
			break
		}
		start := p.tok
		b := Base{span: p.tokenSpan(start), id: p.nextID, keyword: badKeyword(p.cursor, start)}
		p.nextID++
		if start.isName() {
			last = read(b)
		} else {
			p.expected("setting", "expected a setting")
			last = nil
		}
		if last == nil {
			bad := &Bad{Base: b, Diagnostic: p.diags[len(p.diags)-1]}
			p.skip(start)
			last = bad
		}
		p.finish(last.base())
		p.push(last, before)
	}
	return p.popBody(first)
}
