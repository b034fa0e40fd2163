package dhcpdconf

import "github.com/keamigrate/keamigrate/parser/option"

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
