package dhcpdleases

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

//go:generate go run ./grammardoc ../../docs/lease-grammar.md

// The grammar of a lease file that has nothing wrong in it. What the tokens are
// is in dhcpdconf.Lexer: words come in lower case, strings with their quotes.
type fileSyntax struct {
	Entries []*entrySyntax `parser:"@@*"`
}

type entrySyntax struct {
	Lease    *leaseSyntax       `parser:"'lease':Word @@"`
	IA       *iaSyntax          `parser:"| @@"`
	Failover *failoverSyntax    `parser:"| 'failover':Word 'peer':Word @@"`
	DUID     *dataSyntax        `parser:"| 'server-duid':Word @@ ';'"`
	Order    string             `parser:"| 'authoring-byte-order':Word @('little-endian':Word | 'big-endian':Word) ';'"`
	Declared *declarationSyntax `parser:"| @@"`
}

type leaseSyntax struct {
	Address    []string                `parser:"@Number '.' @Number '.' @Number '.' @Number '{'"`
	Statements []*leaseStatementSyntax `parser:"@@* '}'"`
}

type leaseStatementSyntax struct {
	Time      *timeSyntax     `parser:"@@"`
	Binding   *bindingSyntax  `parser:"| @@"`
	Hardware  *hardwareSyntax `parser:"| 'hardware':Word @@ ';'"`
	UID       *dataSyntax     `parser:"| 'uid':Word @@ ';'"`
	Hostname  *nameSyntax     `parser:"| 'client-hostname':Word @@ ';'"`
	Set       *setSyntax      `parser:"| 'set':Word @@ ';'"`
	Option    *optionSyntax   `parser:"| ('option':Word | 'supersede':Word) @@ ';'"`
	On        *onSyntax       `parser:"| 'on':Word @@"`
	Class     *string         `parser:"| 'billing':Word ( 'class':Word @String ';'"`
	Subclass  *subclassSyntax `parser:"| 'subclass':Word @@ ';' )"`
	Reserved  bool            `parser:"| @'reserved':Word ';'"`
	BOOTP     bool            `parser:"| @'dynamic-bootp':Word ';'"`
	Abandoned bool            `parser:"| @'abandoned':Word ';'"`
	OldClass  bool            `parser:"| @'class':Word (Word | NumWord) ';'"`
	OldSet    *oldSetSyntax   `parser:"| @@ ';'"`
}

type timeSyntax struct {
	Word string      `parser:"@('starts':Word | 'ends':Word | 'tstp':Word | 'tsfp':Word | 'atsfp':Word | 'cltt':Word)"`
	Date *dateSyntax `parser:"@@ ';'"`
}

type dateSyntax struct {
	Never  bool     `parser:"@'never':Word"`
	Epoch  string   `parser:"| 'epoch':Word @Number"`
	Fields []string `parser:"| Number @Number '/' @Number '/' @Number @Number ':' @Number ':' @Number @Number?"`
}

type bindingSyntax struct {
	Which string `parser:"@('next':Word | 'rewind':Word)? 'binding':Word 'state':Word"`
	State string `parser:"@('free':Word | 'active':Word | 'expired':Word | 'released':Word | 'abandoned':Word | 'reset':Word | 'backup':Word | 'reserved':Word | 'bootp':Word) ';'"`
}

type hardwareSyntax struct {
	Type   string   `parser:"@Word"`
	Octets []string `parser:"(@(Number | NumWord) (':' @(Number | NumWord))*)?"`
}

type dataSyntax struct {
	Text   *string  `parser:"@String"`
	Octets []string `parser:"| @(Number | NumWord) (':' @(Number | NumWord))*"`
}

type nameSyntax struct {
	Text *string `parser:"@String"`
	Name string  `parser:"| @(Word | NumWord | Number) (@'.' @(Word | NumWord | Number))* @'.'?"`
}

type setSyntax struct {
	Name  string       `parser:"@(Word | NumWord) '='"`
	Value *valueSyntax `parser:"@@"`
}

type oldSetSyntax struct {
	Name  string       `parser:"@('ddns-fwd-name':Word | 'ddns-rev-name':Word)"`
	Value *valueSyntax `parser:"@@"`
}

type valueSyntax struct {
	Text   *string  `parser:"@String"`
	Bool   string   `parser:"| @('true':Word | 'false':Word)"`
	Number string   `parser:"| '%' @Number"`
	Octets []string `parser:"| @NumWord (':' @(Number | NumWord))*"`
}

type optionSyntax struct {
	Name    string      `parser:"'agent':Word '.' @(Word | NumWord)"`
	Address []string    `parser:"( @Number '.' @Number '.' @Number '.' @Number"`
	Data    *dataSyntax `parser:"| @@ )?"`
}

type subclassSyntax struct {
	Class string      `parser:"@String"`
	Data  *dataSyntax `parser:"@@"`
}

type onSyntax struct {
	Events []string      `parser:"@('expiry':Word | 'release':Word | 'commit':Word | 'transmission':Word) ('or':Word @('expiry':Word | 'release':Word | 'commit':Word | 'transmission':Word))*"`
	Body   []*blockToken `parser:"( ';' | '{' @@*"`
	Closed bool          `parser:"@'}' )"`
}

// blockToken is what stands in a block that is kept as it is.
type blockToken struct {
	Inner []*blockToken `parser:"'{' @@* '}'"`
	Other string        `parser:"| @!('{' | '}')"`
}

type iaSyntax struct {
	Kind  string            `parser:"@('ia-na':Word | 'ia-ta':Word | 'ia-pd':Word)"`
	Key   *dataSyntax       `parser:"@@ '{'"`
	Parts []*bindingsSyntax `parser:"@@* '}'"`
}

type bindingsSyntax struct {
	CLTT       *dateSyntax         `parser:"'cltt':Word @@ ';'"`
	Word       string              `parser:"| @('iaaddr':Word | 'iaprefix':Word)"`
	Address    []*part6            `parser:"@@+"`
	Length     string              `parser:"('/' @Number)? '{'"`
	Statements []*statement6Syntax `parser:"@@* '}'"`
}

// part6 is one token of an IPv6 address.
type part6 struct {
	Pos  lexer.Position
	Text string `parser:"@(Number | NumWord | ':' | '.')"`
}

type statement6Syntax struct {
	State     string      `parser:"'binding':Word 'state':Word @('free':Word | 'active':Word | 'expired':Word | 'released':Word | 'abandoned':Word) ';'"`
	Preferred string      `parser:"| 'preferred-life':Word @Number ';'"`
	Valid     string      `parser:"| 'max-life':Word @Number ';'"`
	Ends      *dateSyntax `parser:"| 'ends':Word @@ ';'"`
	Set       *setSyntax  `parser:"| 'set':Word @@ ';'"`
	On        *onSyntax   `parser:"| 'on':Word @@"`
}

type failoverSyntax struct {
	Name  string        `parser:"@(Word | NumWord | String) 'state':Word '{'"`
	Parts []*peerSyntax `parser:"@@* '}'"`
}

type peerSyntax struct {
	Side  string      `parser:"@('my':Word | 'partner':Word) 'state':Word"`
	State string      `parser:"@Word"`
	At    *dateSyntax `parser:"('at':Word @@)? ';'"`
	MCLT  string      `parser:"| 'mclt':Word @Number ';'"`
}

// declarationSyntax is a declaration in the language of dhcpd.conf.
type declarationSyntax struct {
	Keyword string        `parser:"@('host':Word | 'group':Word | 'class':Word | 'subclass':Word)"`
	Head    []string      `parser:"@!('{' | '}' | ';')*"`
	Body    []*blockToken `parser:"( ';' | '{' @@* '}' )"`
}

// leaseGrammar runs the grammar. Three tokens say which alternative it is.
var leaseGrammar = sync.OnceValue(func() *participle.Parser[fileSyntax] {
	return participle.MustBuild[fileSyntax](participle.Lexer(dhcpdconf.Lexer()), participle.UseLookahead(3))
})

// GrammarPage is docs/lease-grammar.md: the grammar as EBNF, and what dhcpd makes
// of files that break it.
func GrammarPage() []byte {
	var b bytes.Buffer
	b.WriteString(`# The grammar of dhcpd.leases and dhcpd6.leases

<!-- Generated by "go generate ./parser/dhcpdleases". Do not edit. -->

What the package parser/dhcpdleases reads without a word. Tokens are those of
dhcpd.conf ([grammar.md](grammar.md)). The reader itself is written by hand; the
tests compare it with this grammar.

Beyond the grammar: what a lease says twice counts the second time, and is
reported; times are in UTC, and from the year 2038 on "never"; the number behind
a time is added to it, as seconds; an IAID is in the first four octets of the key
of an identity association, in the order that authoring-byte-order says; an
IPv6 address has no blanks in it.

## Grammar

`)
	fmt.Fprintf(&b, "```\n%s\n```\n", strings.ReplaceAll(strings.TrimSpace(leaseGrammar().String()), "Syntax", ""))
	b.WriteString(`
## What is broken

dhcpd has no rule for what it keeps of a broken entry; it follows from how its
parser goes on. The reader does the same, token for token. In short:

- The file ends within a lease: what was read of the lease counts, and takes the
  place of earlier entries for the address. Without a binding state the lease is
  active until it ends. A time that was cut is 0, so the lease has ended.
- The file ends within an identity association: it is dropped.
- A statement without ";": the next one is lost with it, and if it is a time, that
  is 0. Where it is the last one of a lease, the closing brace is lost, and the
  next entry is read as a statement of the lease, which is none.
- An unknown statement in a lease, an unknown binding state, a variable whose
  value is no constant: the lease is dropped, and so is the next entry, since the
  closing brace of the dropped one stands before it.
- An unknown statement in the block of an IPv6 address is passed over.
- A broken time is 0. A broken hardware address is empty. A broken agent option
  is left out.
- "binding" without a state: nobody has the address.
- An identity association that is dropped leaves its earlier entry as it was,
  but the addresses that were read by then are taken from their owners.

The test TestBrokenLikeDhcpd has the cases, each asked of dhcpd 4.4.3-P1.
`)
	return b.Bytes()
}
