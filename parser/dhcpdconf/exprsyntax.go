package dhcpdconf

import "github.com/alecthomas/participle/v2/lexer"

// exprSyntax is an expression as it is written: operands and the operators
// between them. How they group is decided afterwards, by dhcpd's rules.
type exprSyntax struct {
	First *operandSyntax `parser:"@@"`
	Rest  []*linkSyntax  `parser:"@@*"`
}

type linkSyntax struct {
	Op      string         `parser:"@( 'and' | 'or' | '=' | '!' '=' | '~' '=' | '~' '~' | '+' | '*' | '/' | '%' | '&' | '|' | '^' )"`
	Operand *operandSyntax `parser:"@@"`
}

// operandSyntax is what stands between operators. A lone number is one octet
// or a number, as the place demands.
type operandSyntax struct {
	Pos    lexer.Position
	Tokens []lexer.Token

	Not    *operandSyntax `parser:"  'not' @@"`
	Group  *exprSyntax    `parser:"| '(' @@ ')'"`
	Text   string         `parser:"| @String"`
	Octets []string       `parser:"| @( Number | NumWord ) ( ':' @( Number | NumWord ) )*"`
	Exists *optionSyntax  `parser:"| 'exists' @@"`
	Check  string         `parser:"| 'check' @String"`
	Verb   string         `parser:"| ( @( 'option' | 'config-option' )"`
	Option *optionSyntax  `parser:"    @@ )"`
	Call   *callSyntax    `parser:"| @@"`
	Name   string         `parser:"| @Word"`
}

// optionSyntax is the name of an option, perhaps with its space.
type optionSyntax struct {
	Pos   lexer.Position
	Name  string  `parser:"@( Word | NumWord )"`
	Inner *string `parser:"( '.' @( Word | NumWord ) )?"`
}

// callSyntax is the call of a function.
type callSyntax struct {
	Name string        `parser:"@Word '('"`
	Args []*exprSyntax `parser:"( @@ ( ',' @@ )* )? ')'"`
}

var exprGrammar = grammarOf[exprSyntax]()
