package dhcpdconf

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/option"
)

// ConstructKind groups the constructs of the language.
type ConstructKind string

// The kinds of constructs, in the order in which pages show them.
const (
	ConstructStatement  ConstructKind = "statement"
	ConstructParameter  ConstructKind = "parameter"
	ConstructFlag       ConstructKind = "flag"
	ConstructPermit     ConstructKind = "permit"
	ConstructSetting    ConstructKind = "setting" // of a failover peer, a zone or a key
	ConstructExpression ConstructKind = "expression"
	ConstructType       ConstructKind = "type" // of an option that the file defines
)

// A Construct is one thing that a dhcpd.conf can say, as "match if", the flag
// "bootp" or the function "substring".
type Construct struct {
	Kind ConstructKind
	Name string
}

// statementForms are the forms of the statements that have several; all other
// words of the table of statements have the one form of their name. A name in
// here that is empty belongs to no statement of its own.
var statementForms = map[string][]string{
	"option":          {"option NAME VALUE", "option NAME = EXPRESSION", "option NAME code NUMBER = TYPE", "option space"},
	"match":           {"match EXPRESSION", "match if"},
	"define":          {"define VARIABLE", "define FUNCTION"},
	"not":             {"not authoritative"},
	"no":              {"no failover peer"},
	"failover":        {"failover peer (declaration)", "failover peer (in a pool or network)"},
	"group":           {"group", "group NAME", "group (in a host)"},
	"range":           {"range", "range dynamic-bootp"},
	"range6":          {"range6 LOW HIGH", "range6 PREFIX", "range6 temporary"},
	"server-duid":     {"server-duid"},
	"lease":           {"lease limit"},
	"spawn":           {"spawn with"},
	"subclass":        {"subclass", "subclass with statements"},
	"host-identifier": {"host-identifier option", "host-identifier v6relopt"},
	"if":              {"if", "elsif", "else"},
	"case":            {"case", "default (in a switch)"},
	"default":         {"default NAME VALUE"},
	"on":              {"on commit", "on expiry", "on release", "on transmission"},
	"log":             {"log", "log(fatal)", "log(error)", "log(info)", "log(debug)"},
	"hardware":        {"hardware ethernet", "hardware token-ring", "hardware fddi", "hardware infiniband", "hardware unknown-N"},
	"allow":           nil, // see flags and permits
	"deny":            nil,
	"ignore":          nil,
}

// otherStatements start with no word of the table.
var otherStatements = []string{"%", ";", "parameter = EXPRESSION", "call of a function"}

// permitNames are the permits as they are written.
var permitNames = map[PermitKind]string{
	PermitKnown: "known-clients", PermitUnknown: "unknown-clients", PermitMembers: "members of CLASS",
	PermitAuthenticated: "authenticated clients", PermitUnauthenticated: "unauthenticated clients",
	PermitAll: "all clients", PermitDynamicBootp: "dynamic bootp clients", PermitAfter: "after DATE",
}

// operators are those between two operands.
var operators = []string{"and", "or", "=", "!=", "~=", "~~", "+", "*", "/", "%", "&", "|", "^"}

// otherExpressions are neither operators, functions nor words with a value.
var otherExpressions = []string{"not", "exists", "option NAME", "config-option NAME", "variable", "function of the file",
	"text in quotes", "octets", "number"}

// Forms of the type of an option that are no single type.
const (
	typeArray         = "array of"
	typeRecord        = "record"
	typeArrayOfRecord = "array of record"
	typeRecordArray   = "record with an array at its end"
)

// Constructs lists all that the language has, from the tables by which it is
// read. Options are not among them: docs/options.md has these.
func Constructs() []Construct {
	var list []Construct
	add := func(kind ConstructKind, names ...string) {
		for _, name := range names {
			list = append(list, Construct{kind, name})
		}
	}
	for _, word := range slices.Sorted(maps.Keys(keywordTable())) {
		if forms, several := statementForms[word]; several {
			add(ConstructStatement, forms...)
		} else {
			add(ConstructStatement, word)
		}
	}
	add(ConstructStatement, otherStatements...)
	for _, name := range option.NewTable(option.V4).Names("server") {
		if !written(name) {
			add(ConstructParameter, name)
		}
	}
	add(ConstructFlag, serverFlags...)
	for kind := PermitKnown; kind <= PermitAfter; kind++ {
		add(ConstructPermit, "allow "+permitNames[kind], "deny "+permitNames[kind])
	}
	for _, word := range failoverWords {
		switch word {
		case "peer":
			add(ConstructSetting, "failover: peer address", "failover: peer port")
		case "load":
			add(ConstructSetting, "failover: load balance max seconds")
		default:
			add(ConstructSetting, "failover: "+word)
		}
	}
	for _, word := range zoneWords {
		add(ConstructSetting, "zone: "+word)
	}
	add(ConstructSetting, "key: algorithm", "key: secret")
	add(ConstructExpression, operators...)
	add(ConstructExpression, otherExpressions...)
	add(ConstructExpression, slices.Sorted(maps.Keys(atoms))...)
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if name != "pick" { // the same as pick-first-value
			add(ConstructExpression, name+"()")
		}
	}
	for _, kind := range slices.Sorted(maps.Values(simpleKinds)) {
		add(ConstructType, kind.String())
	}
	for _, kind := range []option.Kind{option.Int8, option.Uint8, option.Int16, option.Uint16, option.Int32, option.Uint32,
		option.CompressedDomainList, option.Encapsulated} {
		add(ConstructType, kind.String())
	}
	add(ConstructType, typeArray, typeRecord, typeArrayOfRecord, typeRecordArray)
	return list
}

// written reports whether a server option is written as a statement or a flag
// of its own rather than by its name.
func written(name string) bool {
	switch name {
	case "allow-booting", "allow-bootp", "authoritative", "site-option-space", "vendor-option-space":
		return true
	}
	return slices.Contains(serverFlags, name)
}

// ConstructsOf lists what a statement itself says, once each: not what the
// statements inside it say, which come on their own.
func ConstructsOf(s Statement) []Construct {
	c := constructs{}
	c.statement(s)
	for _, e := range exprsOf(s) {
		c.expr(e)
	}
	return c.list
}

type constructs struct {
	list []Construct
}

func (c *constructs) add(kind ConstructKind, name string) {
	if one := (Construct{kind, name}); !slices.Contains(c.list, one) {
		c.list = append(c.list, one)
	}
}

func (c *constructs) statement(s Statement) {
	name := s.Keyword()
	switch s := s.(type) {
	case *Bad:
		return
	case *Percent:
		name = "%"
	case *Empty:
		name = ";"
	case *Param:
		c.add(ConstructParameter, s.Option.Name)
		name = ""
		if s.Data.Expr != nil {
			name = "parameter = EXPRESSION"
		}
	case *Flag:
		c.add(ConstructFlag, s.Name)
		name = ""
	case *Permit:
		verb := "deny "
		if s.Allow {
			verb = "allow "
		}
		c.add(ConstructPermit, verb+permitNames[s.Kind])
		name = ""
	case *Setting:
		c.setting(s)
		name = ""
	case *OptionSet:
		switch {
		case s.Verb == VerbDefault:
			name = "default NAME VALUE"
		case s.Verb != VerbOption, name == "server-identifier":
		case s.Data.Expr != nil:
			name = "option NAME = EXPRESSION"
		default:
			name = "option NAME VALUE"
		}
	case *OptionDefine:
		name = "option NAME code NUMBER = TYPE"
		if s.Def != nil {
			c.format(s.Def.Format)
		}
	case *OptionSpace:
		name = "option space"
	case *Authoritative:
		if s.Not {
			name = "not authoritative"
		}
	case *Failover:
		name = "failover peer (declaration)"
	case *PoolPeer:
		name = "failover peer (in a pool or network)"
		if s.No {
			name = "no failover peer"
		}
	case *Group:
		if s.Name.Text != "" {
			name = "group NAME"
		}
	case *HostGroup:
		name = "group (in a host)"
	case *Range:
		if s.DynamicBootp {
			name = "range dynamic-bootp"
		}
	case *Range6:
		switch {
		case s.Temporary:
			name = "range6 temporary"
		case s.Prefix.IsValid():
			name = "range6 PREFIX"
		default:
			name = "range6 LOW HIGH"
		}
	case *Match:
		name = "match EXPRESSION"
		if s.If {
			name = "match if"
		}
	case *Spawn:
		name = "spawn with"
	case *LeaseLimit:
		name = "lease limit"
	case *Subclass:
		if s.HasBlock && name == "subclass" {
			name = "subclass with statements"
		}
	case *HostIdentifier:
		name = "host-identifier option"
		if s.V6Relay >= 0 {
			name = "host-identifier v6relopt"
		}
	case *Hardware:
		name = "hardware " + s.Type
		if strings.HasPrefix(s.Type, "unknown-") {
			name = "hardware unknown-N"
		}
	case *If:
		switch {
		case s.Cond == nil:
			name = "else"
		case name != "if":
			name = "elsif"
		}
	case *Case:
		name = "case"
		if s.Value == nil {
			name = "default (in a switch)"
		}
	case *On:
		for _, event := range s.Events {
			c.add(ConstructStatement, "on "+event)
		}
		name = ""
	case *Log:
		name = "log"
		if s.Priority != "" {
			name = "log(" + s.Priority + ")"
		}
	case *Func:
		name = "define FUNCTION"
	case *Set:
		if s.Define {
			name = "define VARIABLE"
		}
	case *Eval:
		if name != "eval" {
			name = "call of a function"
		}
	}
	if name != "" {
		c.add(ConstructStatement, name)
	}
}

func (c *constructs) setting(s *Setting) {
	switch {
	case s.Key == "algorithm" || s.Key == "secret":
		c.add(ConstructSetting, "key: "+s.Key)
	case s.Key == "primary" || s.Key == "secondary":
		if len(s.Values) == 0 {
			c.add(ConstructSetting, "failover: "+s.Key)
		} else {
			c.add(ConstructSetting, "zone: "+s.Key)
		}
	case slices.Contains(zoneWords, s.Key):
		c.add(ConstructSetting, "zone: "+s.Key)
	default:
		c.add(ConstructSetting, "failover: "+s.Key)
	}
}

func (c *constructs) format(f option.Format) {
	for _, field := range f.Fields {
		c.add(ConstructType, field.Kind.String())
	}
	record := len(f.Fields) > 1
	switch {
	case record && f.Repeat == option.RepeatWhole:
		c.add(ConstructType, typeArrayOfRecord)
	case record && f.Repeat == option.RepeatLast:
		c.add(ConstructType, typeRecordArray)
	case record:
		c.add(ConstructType, typeRecord)
	case f.Repeat != 0:
		c.add(ConstructType, typeArray)
	}
}

// Expressions yields the expressions that a statement holds, without those of
// statements inside it, and all parts of these, in no particular order.
func Expressions(s Statement) iter.Seq[Expr] {
	return func(yield func(Expr) bool) {
		stack := exprsOf(s)
		for len(stack) > 0 { // chains of operators can be long
			e := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !yield(e) {
				return
			}
			switch e := e.(type) {
			case *Binary:
				stack = append(stack, e.X, e.Y)
			case *Not:
				stack = append(stack, e.X)
			case *Call:
				stack = append(stack, e.Args...)
			}
		}
	}
}

// exprsOf returns the expressions that a statement holds.
func exprsOf(s Statement) []Expr {
	var list []Expr
	switch s := s.(type) {
	case *Param:
		list = []Expr{s.Data.Expr}
	case *OptionSet:
		list = []Expr{s.Data.Expr}
	case *Match:
		list = []Expr{s.Expr}
	case *Spawn:
		list = []Expr{s.Expr}
	case *Subclass:
		list = []Expr{s.Value}
	case *If:
		list = []Expr{s.Cond}
	case *Switch:
		list = []Expr{s.Value}
	case *Case:
		list = []Expr{s.Value}
	case *Set:
		list = []Expr{s.Expr}
	case *Eval:
		list = []Expr{s.Expr}
	case *Execute:
		list = s.Args
	case *Log:
		list = []Expr{s.Expr}
	case *Return:
		list = []Expr{s.Expr}
	}
	return slices.DeleteFunc(slices.Clone(list), func(e Expr) bool { return e == nil })
}

// expr adds what an expression says. It does not recurse: chains of operators
// can be long.
func (c *constructs) expr(e Expr) {
	stack := []Expr{e}
	add := func(name string) { c.add(ConstructExpression, name) }
	for len(stack) > 0 {
		e = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch e := e.(type) {
		case *Binary:
			add(e.Op)
			stack = append(stack, e.X, e.Y)
		case *Not:
			add("not")
			stack = append(stack, e.X)
		case *Exists:
			add("exists")
		case *OptionValue:
			if e.Config {
				add("config-option NAME")
			} else {
				add("option NAME")
			}
		case *Call:
			switch {
			case e.User:
				add("function of the file")
			case e.Name == "pick":
				add("pick-first-value()")
			default:
				add(e.Name + "()")
			}
			stack = append(stack, e.Args...)
		case *Atom:
			add(e.Name)
		case *Variable:
			add("variable")
		case *Literal:
			switch e.Kind {
			case LiteralText:
				add("text in quotes")
			case LiteralNumber:
				add("number")
			default:
				add("octets")
			}
		}
	}
}

// String gives the construct as messages and pages show it.
func (c Construct) String() string { return string(c.Kind) + " " + strconv.Quote(c.Name) }
