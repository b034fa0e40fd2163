package dhcpdconf

import "github.com/alecthomas/participle/v2/lexer"

// failoverSyntax is one setting of a failover peer.
type failoverSyntax struct {
	Role    string         `parser:"  @( 'primary' | 'secondary' )"`
	Address []string       `parser:"| @'peer'? @'address'"`
	Host    *addressSyntax `parser:"  @@"`
	Octets  []string       `parser:"| 'hba' @( Number | NumWord ) ( ':' @( Number | NumWord ) )*"`
	Load    bool           `parser:"| ( @( 'load' 'balance' 'max' 'seconds' )"`
	Peer    bool           `parser:"  | @'peer'?"`
	Word    string         `parser:"    @( 'port' | 'max-response-delay' | 'max-unacked-updates' | 'max-lease-misbalance' | 'max-lease-ownership' | 'max-balance' | 'min-balance' | 'auto-partner-down' | 'mclt' | 'split' ) )"`
	Number  *numberSyntax  `parser:"  @@"`
}

// zoneSyntax is one setting of a zone.
type zoneSyntax struct {
	Servers   string           `parser:"  @( 'primary' | 'secondary' )"`
	Addresses []*addressSyntax `parser:"  @@ ( ',' @@ )*"`
	Servers6  string           `parser:"| @( 'primary6' | 'secondary6' )"`
	Address6  []*addressSyntax `parser:"  @@ ( ',' @@ )*"`
	Key       *nameSyntax      `parser:"| 'key' @@"`
}

// addressSyntax is an address, or a host name in place of one: which it is,
// and whether its parts fit, is seen afterwards.
type addressSyntax struct {
	Pos   lexer.Position
	Parts []string `parser:"( @( Word | NumWord | Number ) ( '.' | ':' )* | ':' )+"`
}

type numberSyntax struct {
	Pos  lexer.Position
	Text string `parser:"@Number"`
}

// nameSyntax is the name of a key, in quotes or without.
type nameSyntax struct {
	Pos   lexer.Position
	Parts []string `parser:"@String | @( Word | NumWord | Number ) ( '.' @( Word | NumWord | Number ) )* '.'?"`
}

var (
	failoverGrammar = grammarOf[failoverSyntax]()
	zoneGrammar     = grammarOf[zoneSyntax]()
)
