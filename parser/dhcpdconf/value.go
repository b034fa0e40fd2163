package dhcpdconf

import (
	"fmt"

	"github.com/keamigrate/keamigrate/parser/option"
)

// value reads the value of an option by its declared format, up to the ";" or
// whatever cannot belong to it.
func (p *parser) value(def *option.Def) ([]Datum, bool) {
	f := &def.Format
	var buf [8]Datum
	list := buf[:0]
	first := 0
	for {
		for i := first; i < len(f.Fields); i++ {
			field := &f.Fields[i]
			if field.Optional && p.tok.is(';') {
				continue
			}
			var ok bool
			if list, ok = p.field(list, field); !ok {
				return nil, false
			}
			for len(p.names.inner) > 0 && p.repeats(def, i) && p.accept(',') {
				if list, ok = p.field(list, field); !ok {
					return nil, false
				}
			}
		}
		if f.Repeat == option.Once || !p.accept(',') {
			break
		}
		if f.Repeat == option.RepeatLast {
			first = len(f.Fields) - 1
		}
	}
	if len(list) == 0 {
		return nil, true
	}
	data := p.mem.data.take(len(list))
	copy(data, list)
	return data, true
}

// repeats reports whether a field of an option that others follow repeats.
func (p *parser) repeats(def *option.Def, field int) bool {
	inner := p.names.inner[def]
	return inner != nil && inner[field]
}

// field reads one field of a value and appends it to the list: nothing for a
// field of no length, several for a list of domain names.
func (p *parser) field(list []Datum, f *option.Field) ([]Datum, bool) {
	start := p.tok
	d := Datum{Span: p.tokenSpan(start), Value: option.Value{Kind: f.Kind}}
	switch f.Kind {
	case option.IPv4:
		a, ok := p.address()
		if !ok {
			return list, false
		}
		d.Span, d.Value.Addr, d.Host = a.Span, a.Addr, a.Host
	case option.IPv6:
		a, at, ok := p.ipv6()
		if !ok {
			return list, false
		}
		d.Span, d.Value.Addr = at, a
	case option.Text, option.KeyName:
		if !start.isName() && start.kind != tokString {
			return list, p.expected("text", "expected text in quotes")
		}
		n, ok := p.nameOrString()
		if !ok {
			return list, false
		}
		d.Value.Text = n.Text
	case option.Bytes, option.Encapsulated:
		if !p.bytes(&d) {
			return list, false
		}
	case option.DomainName:
		n := p.hostName()
		if n.Text == "" {
			return list, p.expected("domain-name", "expected a domain name without quotes")
		}
		d.Span, d.Value.Text = n.Span, n.Text
	case option.DomainList, option.CompressedDomainList:
		return p.domainList(list, f.Kind)
	case option.Bool:
		if !p.flag(&d) {
			return list, false
		}
	case option.SpaceName:
		if !start.isName() {
			return list, p.expected("name", "expected the name of an option space")
		}
		d.Value.Text = p.word(p.next())
	case option.Enum:
		if !p.enum(&d, f.Space) {
			return list, false
		}
	case option.Lifetime:
		if p.acceptWord("infinite") {
			d.Value.Num = 1<<32 - 1
			break
		}
		if !p.number(&d, 32) {
			return list, false
		}
		d.Value.Num = int64(uint32(d.Value.Num))
	case option.Uint32, option.Int32:
		if !p.number(&d, 32) {
			return list, false
		}
	case option.Uint16, option.Int16:
		if !p.number(&d, 16) {
			return list, false
		}
	case option.Uint8, option.Int8:
		if !p.number(&d, 8) {
			return list, false
		}
	case option.Empty:
		if !p.tok.is(';') {
			return list, p.expected("end", `expected ";": this option has no value`)
		}
		return list, true
	default:
		return list, p.fail("unsupported-format", d.Span, "an option of this format cannot be set", "")
	}
	return append(list, d), true
}

// bytes reads text in quotes or hexadecimal octets.
func (p *parser) bytes(d *Datum) bool {
	if p.tok.kind == tokString {
		text, ok := p.stringText(p.next())
		d.Value.Text = text
		return ok
	}
	if !p.tok.isHex() {
		return p.expected("bytes", "expected text in quotes or hexadecimal octets")
	}
	start := p.tok.off
	var buf [64]byte
	list, ok := p.octets(buf[:0])
	d.Span, d.Value.Text = p.span(start, p.prev), string(list)
	return ok
}

// number reads a number of size bits.
func (p *parser) number(d *Datum, size uint) bool {
	if !p.tok.isHex() {
		return p.expected("number", "expected a number")
	}
	n, problem := parseNumber(p.word(p.tok), 0, size)
	if problem != "" {
		return p.fail("bad-number", p.tokenSpan(p.tok), problem, "")
	}
	p.next()
	d.Value.Num = n
	return true
}

// flag reads true, false, on, off or ignore.
func (p *parser) flag(d *Datum) bool {
	switch {
	case p.acceptWord("true"), p.acceptWord("on"):
		d.Value.Num = 1
	case p.acceptWord("false"), p.acceptWord("off"):
		d.Value.Num = 0
	case p.acceptWord("ignore"):
		d.Value.Num = 2
	default:
		return p.expected("flag", `expected "true", "false", "on", "off" or "ignore"`)
	}
	return true
}

// enum reads a name of an enumeration.
func (p *parser) enum(d *Datum, name string) bool {
	if !p.tok.isName() {
		return p.expected("name", "expected a name")
	}
	word := p.word(p.tok)
	e, ok := option.LookupEnum(name)
	if !ok {
		return p.fail("unsupported-format", d.Span, fmt.Sprintf("there is no enumeration %s", name), "")
	}
	if d.Value.Num, ok = e.Number(word); !ok {
		return p.fail("unknown-value", p.tokenSpan(p.tok), fmt.Sprintf("%q is none of the values", word),
			p.suggestion(word, e.Names))
	}
	p.next()
	return true
}

// domainList reads domain names in quotes, joined by commas.
func (p *parser) domainList(list []Datum, k option.Kind) ([]Datum, bool) {
	for {
		if p.tok.kind != tokString {
			return list, p.expected("domain-name", "expected a domain name in quotes")
		}
		t := p.next()
		text, ok := p.stringText(t)
		if !ok {
			return list, false
		}
		d := Datum{Span: p.tokenSpan(t), Value: option.Value{Kind: k, Text: text}}
		single := option.Format{Fields: []option.Field{{Kind: k}}}
		if _, err := single.Encode([]option.Value{d.Value}); err != nil {
			return list, p.fail("bad-domain-name", d.Span, fmt.Sprintf("not a domain name: %v", err), "")
		}
		list = append(list, d)
		if !p.accept(',') {
			return list, true
		}
	}
}
