package dhcpdconf

import (
	"fmt"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/keamigrate/keamigrate/parser/option"
)

// optionDefineSyntax is what follows the name in "option NAME code N = TYPE".
type optionDefineSyntax struct {
	Code   string             `parser:"'code' @Number '='"`
	Array  bool               `parser:"( @'array' 'of' )?"`
	Record []*optionTypeField `parser:"( '{' @@ ( ',' @@ )* '}'"`
	Single *optionTypeField   `parser:"| @@ )"`
}

// optionTypeField is the type of one field.
type optionTypeField struct {
	Pos         lexer.Position
	Array       bool   `parser:"( @'array' 'of' )?"`
	Sign        string `parser:"(  @( 'signed' | 'unsigned' )?"`
	Integer     string `parser:"   'integer' @Number"`
	Encapsulate string `parser:"| 'encapsulate' @( Word | NumWord )"`
	Compressed  string `parser:"| 'domain-list' @( 'compressed' )"`
	Simple      string `parser:"| @( 'boolean' | 'ip-address' | 'ip6-address' | 'domain-name' | 'domain-list' | 'text' | 'string' | 'zerolen' ) )"`
}

var optionDefineGrammar = grammarOf[optionDefineSyntax]()

// simpleKinds are the types that are one word.
var simpleKinds = map[string]option.Kind{
	"boolean": option.Bool, "ip-address": option.IPv4, "ip6-address": option.IPv6, "text": option.Text,
	"string": option.Bytes, "domain-name": option.DomainName, "domain-list": option.DomainList, "zerolen": option.Empty,
}

func (p *parser) optionDefine(b Base, sc *scope, n optionName) Statement {
	if sc.kind != scopeRoot {
		p.fail("not-allowed-here", n.Span, "an option is defined at the top level only", "Move the definition out of the block.")
		return nil
	}
	if !p.knownSpace(n) {
		return nil
	}
	s := &OptionDefine{Base: b, Name: n.Name}
	syntax, ok := runGrammar(p, optionDefineGrammar, toStatement)
	if !ok {
		return nil
	}
	format, inner, ok := p.optionFormat(syntax)
	if !ok || !p.semi() {
		return nil
	}
	space := n.space
	if space == "" {
		space = "dhcp"
	}
	def := option.Def{Space: foldWord(space), Code: uint32(smallNumber(syntax.Code)), Name: foldWord(n.name), Format: format}
	var err error
	if s.Redefines, err = p.file.Options.Define(def); err != nil {
		p.fail("bad-option-definition", n.Span, err.Error(), "")
		return nil
	}
	s.Def, _ = p.file.Options.Lookup(space, n.name)
	if inner != nil {
		p.names.inner[s.Def] = inner
		p.warn("unsupported-format", n.Span, "an array within a record that goes on cannot be encoded", "")
	}
	return s
}

// optionFormat turns the written type into a format, by dhcpd's rules. inner
// says which fields repeat if others follow them.
func (p *parser) optionFormat(s *optionDefineSyntax) (f option.Format, inner []bool, ok bool) {
	if s.Array {
		f.Repeat = option.RepeatWhole
	}
	fields := s.Record
	if s.Single != nil {
		fields = []*optionTypeField{s.Single}
	}
	for i, field := range fields {
		at := p.tokenSpan(p.scan(uint32(field.Pos.Offset)))
		last := i == len(fields)-1
		if field.Array {
			switch {
			case s.Array:
				return f, nil, p.fail("bad-option-definition", at, "arrays cannot be in arrays", "")
			case !last:
				if inner == nil {
					inner = make([]bool, len(fields))
				}
				inner[i] = true
			default:
				f.Repeat = option.RepeatLast
			}
		}
		array := s.Array || field.Array
		kind, ok := p.optionKind(field, at, array)
		if !ok {
			return f, nil, false
		}
		f.Fields = append(f.Fields, option.Field{Kind: kind, Space: field.Encapsulate})
		if !last && endsRecord(kind) {
			return f, nil, p.fail("bad-option-definition", at, fmt.Sprintf("%s must be the last item of a record", kind), "")
		}
		if kind == option.Encapsulated && s.Array {
			return f, nil, p.fail("bad-option-definition", at, "an array of option spaces makes no sense", "")
		}
	}
	return f, inner, true
}

// endsRecord reports whether nothing may follow a field, since its length is
// not known.
func endsRecord(k option.Kind) bool {
	switch k {
	case option.Text, option.Bytes, option.DomainName, option.DomainList, option.CompressedDomainList,
		option.Encapsulated, option.Empty:
		return true
	}
	return false
}

func (p *parser) optionKind(s *optionTypeField, at Span, array bool) (option.Kind, bool) {
	switch {
	case s.Integer != "":
		signed := s.Sign != "unsigned"
		switch {
		case smallNumber(s.Integer) == 8 && signed:
			return option.Int8, true
		case smallNumber(s.Integer) == 8:
			return option.Uint8, true
		case smallNumber(s.Integer) == 16 && signed:
			return option.Int16, true
		case smallNumber(s.Integer) == 16:
			return option.Uint16, true
		case smallNumber(s.Integer) == 32 && signed:
			return option.Int32, true
		case smallNumber(s.Integer) == 32:
			return option.Uint32, true
		}
		return 0, p.fail("bad-option-definition", at, fmt.Sprintf("there are no integers of %s bits", s.Integer),
			"An integer has 8, 16 or 32 bits.")
	case s.Encapsulate != "":
		if _, ok := p.file.Options.Space(s.Encapsulate); !ok {
			return 0, p.fail("unknown-option-space", at, fmt.Sprintf("there is no option space %s", s.Encapsulate),
				p.suggestion(s.Encapsulate, p.file.Options.Spaces))
		}
		if array {
			return 0, p.fail("bad-option-definition", at, "an array of option spaces makes no sense", "")
		}
		return option.Encapsulated, true
	case s.Compressed != "":
		if array {
			return 0, p.fail("bad-option-definition", at, "dhcpd has no arrays of domain lists", "")
		}
		return option.CompressedDomainList, true
	}
	kind := simpleKinds[s.Simple]
	if array && endsRecord(kind) {
		return 0, p.fail("bad-option-definition", at, fmt.Sprintf("dhcpd has no arrays of %s", s.Simple), "")
	}
	return kind, true
}

// optionSpaceSyntax is "option space NAME ...".
type optionSpaceSyntax struct {
	Pos   lexer.Position
	Name  string             `parser:"'option' 'space' @( Word | NumWord )"`
	Sizes []*spaceSizeSyntax `parser:"@@*"`
}

type spaceSizeSyntax struct {
	Pos  lexer.Position
	What string `parser:"@( 'code' 'width' | 'length' 'width' | 'hash' 'size' )"`
	Size string `parser:"@Number"`
}

var optionSpaceGrammar = grammarOf[optionSpaceSyntax]()

func (p *parser) optionSpace(b Base, sc *scope) Statement {
	if sc.kind != scopeRoot {
		p.fail("not-allowed-here", b.span, "an option space is defined at the top level only", "Move the definition out of the block.")
		return nil
	}
	s := &OptionSpace{Base: b}
	syntax, ok := runGrammar(p, optionSpaceGrammar, toBrace)
	if !ok {
		return nil
	}
	name := p.scan(p.scan(p.scan(uint32(syntax.Pos.Offset)).end).end)
	s.Name = Name{p.tokenSpan(name), p.word(name)}
	for _, size := range syntax.Sizes {
		n := smallNumber(size.Size)
		at := p.tokenSpan(p.scan(uint32(size.Pos.Offset)))
		switch size.What {
		case "codewidth":
			if s.CodeWidth = n; n != 1 && n != 2 && n != 4 {
				p.fail("bad-option-space", at, fmt.Sprintf("the width of codes is 1, 2 or 4 bytes, not %d", n), "")
				return nil
			}
		case "lengthwidth":
			if s.LengthWidth = n; n != 1 && n != 2 {
				p.fail("bad-option-space", at, fmt.Sprintf("the width of lengths is 1 or 2 bytes, not %d", n), "")
				return nil
			}
		case "hashsize":
			s.HashSize = n
		}
	}
	if !p.semi() {
		return nil
	}
	err := p.file.Options.AddSpace(option.Space{Name: s.Name.Text, CodeWidth: s.CodeWidth, LengthWidth: s.LengthWidth, HashSize: s.HashSize})
	if err != nil {
		p.fail("bad-option-space", s.Name.Span, err.Error(), "")
		return nil
	}
	return s
}
