package dhcpdconf

import (
	"net/netip"

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
	children() []Statement
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
