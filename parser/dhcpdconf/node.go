package dhcpdconf

import (
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/option"
)

// File is a parsed dhcpd.conf with everything it includes.
type File struct {
	Source   *Source
	Body     []Statement // the statements of the file itself, includes in place
	Protocol Protocol    // as asked for or as detected

	// Detected is set when the protocol was not asked for and the file says
	// which it is; a file that says nothing is taken for DHCPv4.
	Detected bool

	// Leases are the declarations of the lease file, if one was given: dhcpd
	// reads them as the last statements of its configuration.
	Leases []Statement

	// Statements counts all statements, those of includes and of the lease file
	// too. Their IDs are 0 .. Statements-1 in order of appearance.
	Statements int

	// Options holds dhcpd's own option definitions and the file's.
	Options *option.Table

	// Trailing holds comments after the last statement.
	Trailing []Span
}

// Protocol is the protocol that a configuration is for.
type Protocol uint8

// The protocols. Auto means: find out from the file.
const (
	Auto  Protocol = 0
	DHCP4 Protocol = 4
	DHCP6 Protocol = 6
)

// Statement is one statement: something that ends in ";" or opens a block.
type Statement interface {
	// Span is the whole statement, from its first word to its ";" or "}".
	Span() Span
	// ID is the statement's number in order of appearance, counted from 0.
	ID() int
	// Comments are those that stand by it; nil when there are none.
	Comments() *Comments
	// Head is the statement up to and including its ";" or "{".
	Head() Span
	// Keyword is the first word in lower case, such as "subnet"; it counts
	// statements in the report.
	Keyword() string
	base() *Base
}

// Comments of a statement.
type Comments struct {
	Before []Span // on the lines before it
	Inner  []Span // between the words of its head
	Head   []Span // behind the "{" of its block, on the same line
	Suffix []Span // behind it, on its last line
}

// Base is what every statement has.
type Base struct {
	span     Span
	headEnd  uint32
	id       uint32
	keyword  string
	comments *Comments
}

func (b *Base) Span() Span          { return b.span }
func (b *Base) ID() int             { return int(b.id) }
func (b *Base) Comments() *Comments { return b.comments }
func (b *Base) Head() Span          { return Span{b.span.Src, b.span.Off, b.headEnd} }
func (b *Base) Keyword() string     { return b.keyword }
func (b *Base) base() *Base         { return b }

// Block is the body of a statement in braces.
type Block struct {
	Body     []Statement
	Trailing []Span // comments after the last statement
}

// Name is a written name with its place.
type Name struct {
	Span Span
	Text string // unquoted and unescaped; case as written
}

// Address is an IP address or a host name that stands for its addresses.
type Address struct {
	Span Span
	Addr netip.Addr // invalid when Host is set
	Host string     // a name to look up; empty when Addr is set
}

// Datum is one field of a value as it was written.
type Datum struct {
	Span  Span
	Value option.Value
	Host  string // a host name in place of an address; Value.Addr is unset then
}

// Data is the value of an option or parameter: either written fields, read by
// the option's declared format, or an expression that dhcpd evaluates for each
// packet.
type Data struct {
	Fields []Datum
	Expr   Expr // not nil: "= expression"
}

// ---- declarations ----

// Subnet is "subnet N netmask M { }".
type Subnet struct {
	Base
	Network netip.Addr
	Netmask netip.Addr // may be non-contiguous, which dhcpd accepts
	Block
}

// Subnet6 is "subnet6 P/len { }".
type Subnet6 struct {
	Base
	Prefix netip.Prefix
	Block
}

// SharedNetwork is "shared-network NAME { }".
type SharedNetwork struct {
	Base
	Name Name
	Block
}

// Pool is "pool { }" or "pool6 { }".
type Pool struct {
	Base
	V6 bool
	Block
}

// Group is "group [NAME] { }".
type Group struct {
	Base
	Name Name // empty when unnamed
	Block
}

// Host is "host NAME { }".
type Host struct {
	Base
	Name Name
	Block
}

// Class is "class NAME { }" and the old "vendor-class" and "user-class".
type Class struct {
	Base
	Kind string // "class", "vendor-class", "user-class"
	Name Name
	Block
}

// Subclass is "subclass NAME VALUE ;" or with a block. The old
// vendor-class and user-class statements are subclasses without a value; the
// keyword tells them apart.
type Subclass struct {
	Base
	Class    Name
	Value    Expr // what the class's "match" must give; nil when absent
	HasBlock bool
	Block
}

// Zone is "zone NAME { }".
type Zone struct {
	Base
	Name       Name
	Primary    []Address
	Secondary  []Address
	Primary6   []Address
	Secondary6 []Address
	Key        Name // empty: unsigned
	Parts      []Statement
}

// Key is "key NAME { algorithm A; secret S; }".
type Key struct {
	Base
	Name      Name
	Algorithm Name
	Secret    Name // base64; never show it
	Parts     []Statement
}

// Failover is "failover peer NAME { }", the declaration of a relationship.
type Failover struct {
	Base
	Name    Name
	Primary bool
	// Parts are its parameters, one Setting each: "address", "peer address",
	// "port", "peer port", "mclt", "split", "hba", "load balance max seconds",
	// "max-response-delay", "auto-partner-down", ...
	Parts []Statement
}

// Setting is one parameter inside a declaration that has a language of its own
// (failover, zone, key), and those of server-duid and the like: a keyword of
// one or more words and its values.
type Setting struct {
	Base
	Key    string // "peer address"
	Values []SettingValue
}

// SettingValue is one value of a Setting: text as written, and an address or a
// number where it is one.
type SettingValue struct {
	Span Span
	Text string
	Addr Address
	Num  int64
}

// ---- parameters with a form of their own ----

// Param is a parameter of dhcpd, such as "default-lease-time 600;" or
// "filename = concat(...);": an option of dhcpd's space "server".
type Param struct {
	Base
	Option *option.Def
	Data   Data
}

// Flag is "allow|deny|ignore WORD;" outside a pool, a server flag.
type Flag struct {
	Base
	Verb string // "allow", "deny", "ignore"
	Name string // "unknown-clients", "booting", "bootp", "client-updates", ...
}

// Permit is "allow|deny ...;" inside a pool.
type Permit struct {
	Base
	Allow bool
	Kind  PermitKind
	Class Name      // PermitMembers
	After time.Time // PermitAfter; UTC
}

// PermitKind says which clients a permit is about.
type PermitKind uint8

// The permits of dhcpd.conf(5).
const (
	PermitKnown PermitKind = iota + 1
	PermitUnknown
	PermitMembers
	PermitAuthenticated
	PermitUnauthenticated
	PermitAll
	PermitDynamicBootp
	PermitAfter
)

// Authoritative is "authoritative;" or "not authoritative;".
type Authoritative struct {
	Base
	Not bool
}

// Hardware is "hardware TYPE ADDRESS;".
type Hardware struct {
	Base
	Type    string // "ethernet", "token-ring", "fddi", "infiniband", "unknown-N"
	HType   uint8
	Address []byte
}

// FixedAddress is "fixed-address A[, B...];" and "fixed-address6".
type FixedAddress struct {
	Base
	V6        bool
	Addresses []Address
}

// FixedPrefix6 is "fixed-prefix6 P/len;".
type FixedPrefix6 struct {
	Base
	Prefix netip.Prefix // host bits kept as written
}

// UID is "uid VALUE;" in a host.
type UID struct {
	Base
	Value []byte
}

// HostIdentifier is "host-identifier option NAME DATA;" and
// "host-identifier v6relopt N NAME DATA;".
type HostIdentifier struct {
	Base
	V6Relay int // relay index of v6relopt; -1 for the packet itself
	Option  *option.Def
	Data    Data
}

// HostGroup is "group NAME;" in a host.
type HostGroup struct {
	Base
	Name Name
}

// Interface is "interface NAME;" in a subnet or shared network.
type Interface struct {
	Base
	Name Name
}

// Range is "range [dynamic-bootp] LO [HI];". Low may be above High, as dhcpd
// accepts.
type Range struct {
	Base
	DynamicBootp bool
	Low, High    netip.Addr
}

// Range6 is "range6 LO HI;", "range6 P/len;", or either with "temporary".
type Range6 struct {
	Base
	Low, High netip.Addr   // when Prefix is invalid
	Prefix    netip.Prefix // "range6 P/len" and "range6 P temporary" (64 bits)
	Temporary bool
}

// Prefix6 is "prefix6 LO HI /len;".
type Prefix6 struct {
	Base
	Low, High netip.Addr
	Length    int
}

// PoolPeer is "failover peer NAME;" or "no failover peer;" in a pool.
type PoolPeer struct {
	Base
	No   bool
	Name Name
}

// ServerDUID is "server-duid ...;".
type ServerDUID struct {
	Base
	Type       string // "LLT", "LL", "EN", or "raw" for a literal
	HType      uint16
	Time       uint32
	Enterprise uint32
	Identifier []byte // hardware address, enterprise identifier, or the raw DUID
	Generate   bool   // "LL", "LLT" or "EN" without a value: dhcpd makes one
}

// HostState is "dynamic;" or "deleted;" in a host, group or class.
type HostState struct {
	Base
}

// ---- options ----

// OptionVerb says how an option statement changes what has been set so far.
type OptionVerb uint8

// The verbs of dhcpd.conf(5) and dhcp-eval(5).
const (
	VerbOption OptionVerb = iota + 1
	VerbSupersede
	VerbDefault
	VerbAppend
	VerbPrepend
	VerbSend
)

// OptionSet is "option NAME VALUE;" and the statements supersede, default,
// append, prepend and send.
type OptionSet struct {
	Base
	Verb   OptionVerb
	Name   Name // as written, with its space: "vendor.foo"
	Option *option.Def
	Data   Data
}

// OptionDefine is "option NAME code N = TYPE;".
type OptionDefine struct {
	Base
	Name Name
	Def  *option.Def
	// Redefines is the definition that had this name or this code before, if any.
	Redefines *option.Def
}

// OptionSpace is "option space NAME [code width N] [length width N] [hash size N];".
type OptionSpace struct {
	Base
	Name                             Name
	CodeWidth, LengthWidth, HashSize int
}

// SpaceParam is "vendor-option-space NAME;" and "site-option-space NAME;".
type SpaceParam struct {
	Base
	Site bool
	Name Name
}

// ---- classes ----

// Match is "match if EXPR;" or "match EXPR;" in a class.
type Match struct {
	Base
	If   bool
	Expr Expr
}

// Spawn is "spawn with EXPR;".
type Spawn struct {
	Base
	Expr Expr
}

// LeaseLimit is "lease limit N;".
type LeaseLimit struct {
	Base
	Limit uint32
}

// ---- executable statements ----

// If is one branch: "if COND { }", "elsif COND { }" or "else { }". The branches
// of one chain follow each other: Next is the next branch or nil. The branches
// after the first are not in the enclosing body.
type If struct {
	Base
	Cond Expr // nil for else
	Block
	Next *If
}

// Switch is "switch (EXPR) { case V: ... default: ... }". Its cases are
// statements of the body, Case, each labels what follows.
type Switch struct {
	Base
	Value Expr
	Block
}

// Case is "case EXPR:" or "default:" in a switch.
type Case struct {
	Base
	Value Expr // nil for default
}

// On is "on EVENT [or EVENT] { }".
type On struct {
	Base
	Events []string // "commit", "release", "expiry", "transmission"
	Block
}

// Set is "set NAME = EXPR;", and "define NAME = EXPR;".
type Set struct {
	Base
	Define bool
	Name   Name
	Expr   Expr
}

// Unset is "unset NAME;".
type Unset struct {
	Base
	Name Name
}

// Func is "define NAME (ARGS) { }".
type Func struct {
	Base
	Name Name
	Args []Name
	Block
}

// Eval is "eval EXPR;" or a bare call.
type Eval struct {
	Base
	Expr Expr
}

// Execute is "execute(COMMAND, ARGS...);".
type Execute struct {
	Base
	Command string
	Args    []Expr
}

// Log is "log([PRIORITY,] EXPR);".
type Log struct {
	Base
	Priority string // "fatal", "error", "info", "debug"
	Expr     Expr
}

// Add is `add "CLASS";`.
type Add struct {
	Base
	Class Name
}

// Return is "return EXPR;".
type Return struct {
	Base
	Expr Expr
}

// Simple is a statement of one or more fixed words and no value: "break;",
// "parse-vendor-option;", "db-time-format local;", "lease-id-format hex;".
type Simple struct {
	Base
	Words []string // in lower case
}

// ---- the rest ----

// Include is `include "FILE";`.
type Include struct {
	Base
	Path   string
	Source *Source     // nil when it could not be read
	Body   []Statement // what the file holds
	// Trailing holds comments after the included file's last statement.
	Trailing []Span
}

// Percent is a "%...;" line, which dhcpd skips.
type Percent struct{ Base }

// Empty is a stray ";" that dhcpd tolerates.
type Empty struct{ Base }

// Bad is something that could not be read: up to its ";" or past its "}".
type Bad struct {
	Base
	Diagnostic Diagnostic
}
