package dhcpdconf

import (
	"maps"
	"slices"
)

// scopeKind says where a statement stands: what dhcpd's parse_statement calls
// the type of the declaration around it.
type scopeKind uint8

const (
	scopeRoot scopeKind = iota
	scopeGroup
	scopeShared
	scopeSubnet
	scopePool
	scopeClass
	scopeHost
	scopeBody   // statements that dhcpd executes: the blocks of if, on, define
	scopeSwitch // the same in a switch
)

var scopeNames = [...]string{"at the top level", "in a group", "in a shared-network", "in a subnet",
	"in a pool", "in a class", "in a host", "in a block of statements", "in a switch"}

// scopes is a set of scopeKinds.
type scopes uint16

const (
	inRoot scopes = 1 << iota
	inGroup
	inShared
	inSubnet
	inPool
	inClass
	inHost
	inBody
	inSwitch

	inNetworks  = inRoot | inGroup | inShared | inSubnet | inPool
	inScopes    = inNetworks | inClass | inHost // all that hold declarations
	inAny       = inScopes | inBody | inSwitch
	inGlobal    = inRoot | inGroup
	notExecuted = inScopes
)

// scope is the declaration that a statement stands in.
type scope struct {
	kind scopeKind

	// included is set for the statements of an included file: those that only
	// the declaration's own block may hold are not allowed there.
	included bool

	net     *network // the subnet around, if any
	host    *hostState
	class   *classState
	pool    *poolState
	subnets *[]*network // of the shared network around
	numeric bool        // of a switch: its value is a number
	links   *int        // of the shared network: how many interfaces it names
}

// sub returns the scope of a declaration within sc.
func (sc *scope) sub(kind scopeKind) *scope {
	s := *sc
	s.kind, s.included = kind, false
	s.host, s.class, s.pool = nil, nil, nil
	return &s
}

// keyword says how a statement that starts with a word is read, and where it
// may stand.
type keyword struct {
	name   string
	scopes scopes
	own    bool     // not in a file that the scope includes
	only   Protocol // not for the other protocol; Auto: for both
	read   func(p *parser, b Base, sc *scope) Statement
}

// keywordTable is the one list of statements. Words that are not in it are
// parameters of dhcpd's space "server", or calls of functions.
func keywordTable() map[string]keyword {
	table := map[string]keyword{}
	add := func(name string, in scopes, read func(*parser, Base, *scope) Statement) {
		table[name] = keyword{name: name, scopes: in, read: read}
	}
	own := func(name string, in scopes, read func(*parser, Base, *scope) Statement) {
		table[name] = keyword{name: name, scopes: in, own: true, read: read}
	}
	only := func(family Protocol, name string, in scopes, read func(*parser, Base, *scope) Statement) {
		table[name] = keyword{name: name, scopes: in, only: family, read: read}
	}

	add("include", notExecuted, (*parser).include)

	add("subnet", inGlobal|inShared|inPool, (*parser).subnet)
	only(DHCP6, "subnet6", inGlobal|inShared|inPool, (*parser).subnet6)
	add("shared-network", inGlobal|inPool, (*parser).sharedNetwork)
	add("group", inNetworks|inHost, (*parser).group)
	add("host", inNetworks, (*parser).host)
	add("pool", inShared|inSubnet, (*parser).pool)
	only(DHCP6, "pool6", inSubnet, (*parser).pool6)
	add("range", inSubnet|inPool, (*parser).rangeStatement)
	only(DHCP6, "range6", inSubnet|inPool, (*parser).range6)
	only(DHCP6, "prefix6", inSubnet|inPool, (*parser).prefix6)
	own("interface", inShared|inSubnet, (*parser).interfaceStatement)
	add("authoritative", inScopes, (*parser).authoritative)
	add("not", inScopes, (*parser).authoritative)
	add("failover", inRoot|inShared|inPool, (*parser).failover)
	own("no", inPool, (*parser).noFailover)

	add("class", inNetworks|inHost, (*parser).class)
	add("subclass", inNetworks|inHost, (*parser).subclass)
	add("vendor-class", inNetworks|inHost, (*parser).oldClass)
	add("user-class", inNetworks|inHost, (*parser).oldClass)
	own("match", inClass, (*parser).match)
	own("spawn", inClass, (*parser).spawn)
	own("lease", inClass, (*parser).leaseLimit)
	own("dynamic", inHost|inGroup|inClass, (*parser).hostState)
	own("deleted", inHost|inGroup|inClass, (*parser).hostState)
	own("static", inGroup, (*parser).hostState)

	add("hardware", inHost, (*parser).hardware)
	add("fixed-address", inHost, (*parser).fixedAddress)
	add("fixed-address6", inHost, (*parser).fixedAddress)
	add("fixed-prefix6", inHost, (*parser).fixedPrefix6)
	own("uid", inHost, (*parser).uid)
	own("host-identifier", inHost, (*parser).hostIdentifier)

	add("option", inAny, (*parser).optionStatement)
	add("supersede", inAny, (*parser).optionVerb)
	add("default", inAny, (*parser).optionVerb)
	add("append", inAny, (*parser).optionVerb)
	add("prepend", inAny, (*parser).optionVerb)
	add("send", inAny, (*parser).optionVerb)
	add("server-identifier", notExecuted, (*parser).serverIdentifier)
	add("vendor-option-space", inAny, (*parser).spaceParam)
	add("site-option-space", inAny, (*parser).spaceParam)
	add("server-duid", inScopes, (*parser).serverDUID)
	add("lease-id-format", inScopes, (*parser).fixedWords)
	add("db-time-format", inAny, (*parser).fixedWords)
	add("parse-vendor-option", inAny, (*parser).fixedWords)

	add("allow", inAny, (*parser).allowDeny)
	add("deny", inAny, (*parser).allowDeny)
	add("ignore", inAny, (*parser).allowDeny)

	add("if", inAny, (*parser).ifStatement)
	add("switch", inAny, (*parser).switchStatement)
	add("case", inSwitch, (*parser).caseStatement)
	add("on", inAny, (*parser).on)
	add("set", inAny, (*parser).set)
	add("define", inAny, (*parser).set)
	add("unset", inAny, (*parser).unset)
	add("eval", inAny, (*parser).eval)
	add("execute", inAny, (*parser).execute)
	add("log", inAny, (*parser).log)
	add("add", inAny, (*parser).addClass)
	add("break", inAny, (*parser).fixedWords)
	add("return", inAny, (*parser).returnStatement)

	add("zone", inAny, (*parser).zone)
	add("key", inAny, (*parser).key)
	return table
}

// allowed reports whether the statement may stand in the scope.
func (p *parser) allowed(kw keyword, sc *scope) bool {
	at := p.tokenSpan(p.tok)
	if kw.only != Auto && kw.only != p.file.Protocol {
		return p.fail("wrong-protocol", at, kw.name+" is a statement for DHCPv"+string('0'+byte(kw.only)),
			"dhcpd reads one file for one protocol only.")
	}
	if kw.scopes&(1<<sc.kind) == 0 {
		return p.fail("not-allowed-here", at, kw.name+" is not allowed "+scopeNames[sc.kind], "")
	}
	if kw.own && sc.included {
		return p.fail("not-allowed-here", at, kw.name+" is not allowed in a file that is included "+scopeNames[sc.kind],
			"dhcpd takes it only in the block itself.")
	}
	return true
}

// statementWords lists what a statement can start with, for suggestions.
func (p *parser) statementWords() []string {
	words := slices.Sorted(maps.Keys(p.keywords))
	return append(words, p.file.Options.Names("server")...)
}
