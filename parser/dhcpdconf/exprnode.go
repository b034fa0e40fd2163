package dhcpdconf

import "github.com/keamigrate/keamigrate/parser/option"

// Expr is an expression of dhcp-eval(5): boolean, data or numeric.
type Expr interface {
	Span() Span
	expr()
}

// ExprBase is what every expression has.
type ExprBase struct{ At Span }

func (e ExprBase) Span() Span { return e.At }
func (ExprBase) expr()        {}

// Binary is X OP Y. OP is one of "and", "or", "=", "!=", "~=", "~~", "+", "-",
// "*", "/", "%", "&", "|", "^". The tree has dhcpd's own grouping: "and" and
// "or" have equal precedence and bare comparisons swallow what follows.
type Binary struct {
	ExprBase
	Op   string
	X, Y Expr
}

// Not is "not X".
type Not struct {
	ExprBase
	X Expr
}

// Exists is "exists OPTION".
type Exists struct {
	ExprBase
	Option *option.Def
}

// OptionValue is "option NAME" or "config-option NAME".
type OptionValue struct {
	ExprBase
	Config bool
	Option *option.Def
}

// Call is a function: "substring", "suffix", "lcase", "ucase", "concat",
// "pick-first-value" (also written "pick"), "reverse", "binary-to-ascii",
// "extract-int", "encode-int", "packet", "v6relay", "check", "gethostbyname",
// "gethostname", or a function of the file.
type Call struct {
	ExprBase
	Name string // lower case for the built-in ones
	User bool   // defined in the file
	Args []Expr
}

// Atom is a built-in value without arguments: "hardware", "leased-address",
// "lease-time", "host-decl-name", "client-state", "known", "static", "true",
// "false", "null", "filename", "server-name".
type Atom struct {
	ExprBase
	Name string
}

// Variable is the value of a variable.
type Variable struct {
	ExprBase
	Name string
}

// Literal is a constant: text in quotes, hexadecimal octets, a number or an
// address.
type Literal struct {
	ExprBase
	Kind LiteralKind
	Data []byte // LiteralText, LiteralHex, LiteralAddress
	Num  int64  // LiteralNumber
	Host string // a host name, which dhcpd looks up when it evaluates
}

// LiteralKind says how a literal was written.
type LiteralKind uint8

// The kinds of literals.
const (
	LiteralText LiteralKind = iota + 1
	LiteralHex
	LiteralNumber
	LiteralAddress
	LiteralHost
)
