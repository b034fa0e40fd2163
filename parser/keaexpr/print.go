package keaexpr

import (
	"strconv"
	"strings"
)

// Format prints an expression with brackets around every operator, so that
// nobody needs to know which binds tighter.
func Format(e Expr) string {
	var b strings.Builder
	format(&b, e, true)
	return b.String()
}

// format prints e; outer says that no brackets are needed around it.
func format(b *strings.Builder, e Expr, outer bool) {
	operator := func(x Expr, op string, y Expr) {
		if !outer {
			b.WriteByte('(')
		}
		format(b, x, false)
		b.WriteString(" " + op + " ")
		format(b, y, false)
		if !outer {
			b.WriteByte(')')
		}
	}
	switch e := e.(type) {
	case *Not:
		if !outer {
			b.WriteByte('(')
		}
		b.WriteString("not ")
		format(b, e.X, false)
		if !outer {
			b.WriteByte(')')
		}
	case *Logic:
		operator(e.X, e.Op, e.Y)
	case *Equal:
		operator(e.X, "==", e.Y)
	case *Concat:
		operator(e.X, "+", e.Y)
	case *Exists:
		b.WriteString(e.Of.String() + ".exists")
	case *Member:
		b.WriteString("member('" + e.Class + "')")
	case *Match:
		b.WriteString("match('" + e.Pattern + "', ")
		format(b, e.X, true)
		b.WriteByte(')')
	case *Literal:
		switch e.Form {
		case String:
			b.WriteString("'" + e.Value + "'")
		case Hex:
			b.WriteString("0x" + e.Value)
		default:
			b.WriteString(e.Value)
		}
	case *Value:
		b.WriteString(e.Of.String() + "." + e.Repr)
		if e.Index > 0 {
			b.WriteString("[" + strconv.Itoa(e.Index) + "]")
		}
	case *Packet:
		b.WriteString(e.Object + "." + e.Field)
	case *Number:
		if e.All {
			b.WriteString("all")
		} else {
			b.WriteString(strconv.FormatInt(e.Value, 10))
		}
	case *Call:
		b.WriteString(e.Name + "(")
		for i, a := range e.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			format(b, a, true)
		}
		b.WriteByte(')')
	}
}

// String is the text of a reference without what is asked of it.
func (r Ref) String() string {
	s := r.Base
	switch {
	case r.Base == "relay6":
		s += "[" + strconv.Itoa(r.Level) + "]"
	case r.Option != nil:
		s += r.Option.String()
	case r.AnyEnterprise:
		s += "[*]"
	case !r.NoEnterprise:
		s += "[" + strconv.FormatUint(uint64(r.Enterprise), 10) + "]"
	}
	if r.Sub != nil {
		s += ".option" + r.Sub.String()
	}
	return s
}

// String is the option in its brackets.
func (o Option) String() string {
	if o.Name != "" {
		return "[" + o.Name + "]"
	}
	return "[" + strconv.FormatUint(uint64(o.Code), 10) + "]"
}
