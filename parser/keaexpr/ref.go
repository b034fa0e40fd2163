package keaexpr

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/option"
)

// packetFields are the fields of the packet.
var packetFields = map[string][]string{
	"pkt":  {"iface", "src", "dst", "len"},
	"pkt4": {"mac", "hlen", "htype", "ciaddr", "giaddr", "yiaddr", "siaddr", "msgtype", "transid"},
	"pkt6": {"msgtype", "transid"},
}

func (p *parser) packet() (Expr, *Error) {
	t := p.tok
	var err *Error
	switch t.text {
	case "pkt4":
		err = p.only(t.pos, t.text, option.V4)
	case "pkt6":
		err = p.only(t.pos, t.text, option.V6)
	}
	if err := first(err, p.advance(), p.expect(".")); err != nil {
		return nil, err
	}
	field := p.tok.text
	if p.tok.kind != tokWord || !slices.Contains(packetFields[t.text], field) {
		return nil, p.unexpected("a field of " + t.text)
	}
	return &Packet{text{pos(t.pos)}, t.text, field}, p.advance()
}

// ref reads option[...], relay4[...], relay6[...], vendor and vendor-class, with
// what is asked of it.
func (p *parser) ref() (Expr, *Error) {
	t := p.tok
	r := Ref{Base: t.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	var err *Error
	switch t.text {
	case "option":
		r.Option, err = p.bracket(true)
	case "relay4":
		if err = p.only(t.pos, t.text, option.V4); err == nil {
			r.Option, err = p.bracket(false)
		}
	case "relay6":
		if err = p.only(t.pos, t.text, option.V6); err == nil {
			r.Level, err = p.level()
		}
	default:
		err = p.enterprise(&r)
	}
	if err != nil {
		return nil, err
	}
	if err := p.expect("."); err != nil {
		return nil, err
	}
	sub := t.text == "option" || t.text == "relay6" || t.text == "vendor" && !r.NoEnterprise
	if sub && p.tok.kind == tokWord && p.tok.text == "option" {
		if err := p.advance(); err != nil {
			return nil, err
		}
		if r.Sub, err = p.bracket(false); err != nil {
			return nil, err
		}
		if err := p.expect("."); err != nil {
			return nil, err
		}
	}
	return p.asked(t, r)
}

// asked reads exists, text, hex and so on.
func (p *parser) asked(t token, r Ref) (Expr, *Error) {
	word := p.tok
	value := func() (Expr, *Error) {
		return &Value{text: text{pos(t.pos)}, Of: r, Repr: word.text}, p.advance()
	}
	whole := r.Sub == nil
	bytes := word.text == "text" || word.text == "hex"
	if word.kind == tokWord {
		switch {
		case word.text == "exists" && !(t.text == "relay6" && whole) && !r.NoEnterprise:
			return &Exists{boolean{pos(t.pos)}, r}, p.advance()
		case bytes && (t.text == "option" || t.text == "relay4" || !whole):
			return value()
		case t.text == "relay6" && whole && (word.text == "peeraddr" || word.text == "linkaddr"):
			return value()
		case r.NoEnterprise && word.text == "enterprise":
			return value()
		case t.text == "vendor-class" && !r.NoEnterprise && word.text == "data":
			return p.data(t, r)
		}
	}
	return nil, p.unexpected("exists, or what to take of " + t.text)
}

// data reads data or data[index].
func (p *parser) data(t token, r Ref) (Expr, *Error) {
	v := &Value{text: text{pos(t.pos)}, Of: r, Repr: "data"}
	if err := p.advance(); err != nil || !p.is("[") {
		return v, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	i, err := p.integer("an index", 0, 255)
	if err != nil {
		return nil, err
	}
	v.Index = int(i)
	return v, p.expect("]")
}

// bracket reads an option in brackets. Only options of the packet itself have
// names here, not suboptions.
func (p *parser) bracket(named bool) (*Option, *Error) {
	if err := p.expect("["); err != nil {
		return nil, err
	}
	o := new(Option)
	at := p.tok.pos
	switch p.tok.kind {
	case tokInteger:
		high := int64(255)
		if p.rules.Family == option.V6 {
			high = 65535
		}
		code, err := p.integer("the code of an option", 0, high)
		if err != nil {
			return nil, err
		}
		o.Code = uint32(code)
	case tokWord:
		if !named {
			return nil, p.unexpected("the code of an option")
		}
		o.Name = p.tok.text
		if p.rules.Option != nil {
			code, ok := p.rules.Option(o.Name)
			if !ok {
				return nil, &Error{at, "there is no option named " + o.Name}
			}
			o.Code = code
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	default:
		return nil, p.unexpected("the code or name of an option")
	}
	return o, p.expect("]")
}

func (p *parser) level() (int, *Error) {
	if err := p.expect("["); err != nil {
		return 0, err
	}
	n, err := p.integer("a relay", -32, 31)
	if err != nil {
		return 0, err
	}
	return int(n), p.expect("]")
}

func (p *parser) enterprise(r *Ref) *Error {
	if !p.is("[") {
		r.NoEnterprise = true
		return nil
	}
	if err := p.advance(); err != nil {
		return err
	}
	if p.is("*") {
		r.AnyEnterprise = true
		return first(p.advance(), p.expect("]"))
	}
	n, err := p.integer("an enterprise number", 0, 1<<32-1)
	if err != nil {
		return err
	}
	r.Enterprise, r.AnyEnterprise = uint32(n), n == 0
	return p.expect("]")
}
