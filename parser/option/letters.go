package option

import (
	"fmt"
	"strings"
)

// letterKinds are the letters of dhcpd's format strings (common/tables.c of
// ISC DHCP 4.4.3).
var letterKinds = [...]struct {
	letter byte
	kind   Kind
	name   string
}{
	{'f', Bool, "flag"},
	{'B', Uint8, "unsigned integer 8"},
	{'b', Int8, "integer 8"},
	{'S', Uint16, "unsigned integer 16"},
	{'s', Int16, "integer 16"},
	{'L', Uint32, "unsigned integer 32"},
	{'l', Int32, "integer 32"},
	{'T', Lifetime, "lifetime"},
	{'I', IPv4, "ip-address"},
	{'6', IPv6, "ip6-address"},
	{'t', Text, "text"},
	{'X', Bytes, "string"},
	{'d', DomainName, "domain-name"},
	{'D', DomainList, "domain-list"},
	{'N', Enum, "enumeration"},
	{'E', Encapsulated, "encapsulate"},
	{'Z', Empty, "zero length"},
	{'k', KeyName, "key name"},
	{'U', SpaceName, "space name"},
}

// String gives the kind as dhcp-options(5) writes it in an option definition;
// kinds that only dhcpd's own tables use have a name of the same style.
func (k Kind) String() string {
	if k == CompressedDomainList {
		return "domain-list compressed"
	}
	for _, l := range letterKinds {
		if l.kind == k {
			return l.name
		}
	}
	return "invalid"
}

// ParseFormat reads a format in the letters of dhcpd's own tables: "I", "IA",
// "fIa", "BBS", "Dc", "Evendor.", "Nstatus-codes.to". The letters stand beside
// the kinds; 'c' after 'D' compresses, 'o' makes the field before it optional,
// 'a' at the end repeats the last field and 'A' the whole record. The names of
// spaces (E) and enumerations (N) end with a dot.
func ParseFormat(letters string) (Format, error) {
	var f Format
	fail := func(why string) (Format, error) {
		return Format{}, fmt.Errorf("option format %q: %s", letters, why)
	}
	for i := 0; i < len(letters); i++ {
		if f.Repeat != Once {
			return fail("nothing may follow the repetition")
		}
		c := letters[i]
		n := len(f.Fields)
		switch c {
		case 'a', 'A', 'o', 'c':
			if n == 0 {
				return fail(fmt.Sprintf("%q has no field before it", c))
			}
			last := &f.Fields[n-1]
			switch {
			case c == 'a':
				f.Repeat = RepeatLast
			case c == 'A':
				f.Repeat = RepeatWhole
			case c == 'c' && last.Optional:
				return fail("'c' stands directly after the 'D' that it belongs to")
			case c == 'o' && last.Optional:
				return fail("a field is optional only once")
			case c == 'o':
				last.Optional = true
			case last.Kind != DomainList:
				return fail("only a domain list can be compressed")
			default:
				last.Kind = CompressedDomainList
			}
			continue
		}
		field := Field{Kind: kindOf(c)}
		switch field.Kind {
		case Invalid:
			return fail(fmt.Sprintf("letter %q is unknown", c))
		case Encapsulated, Enum:
			rest := letters[i+1:]
			dot := strings.IndexByte(rest, '.')
			if dot < 0 {
				return fail("the name after E or N must end with a dot")
			}
			field.Space = rest[:dot]
			i += dot + 1
		}
		if n > 0 && f.Fields[n-1].Optional {
			return fail("an optional field must be the last")
		}
		f.Fields = append(f.Fields, field)
	}
	return f, nil
}

func kindOf(letter byte) Kind {
	for _, l := range letterKinds {
		if l.letter == letter {
			return l.kind
		}
	}
	return Invalid
}

// String gives the format in the letters that [ParseFormat] reads.
func (f Format) String() string {
	var b strings.Builder
	for _, field := range f.Fields {
		switch field.Kind {
		case CompressedDomainList:
			b.WriteString("Dc")
		default:
			for _, l := range letterKinds {
				if l.kind == field.Kind {
					b.WriteByte(l.letter)
				}
			}
		}
		if field.Kind == Encapsulated || field.Kind == Enum {
			b.WriteString(field.Space)
			b.WriteByte('.')
		}
		if field.Optional {
			b.WriteByte('o')
		}
	}
	switch f.Repeat {
	case RepeatLast:
		b.WriteByte('a')
	case RepeatWhole:
		b.WriteByte('A')
	}
	return b.String()
}
