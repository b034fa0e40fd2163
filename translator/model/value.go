package model

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Number returns the constant number that a parameter sets; ok is false when
// it is computed from the packet or is no number.
func Number(st dhcpdconf.Statement) (n int64, ok bool) {
	p, isParam := st.(*dhcpdconf.Param)
	if !isParam {
		return 0, false
	}
	if p.Data.Expr != nil {
		c, ok := Fold(p.Data.Expr)
		if !ok {
			return 0, false
		}
		if c.Numeric {
			return c.Num, true
		}
		if len(c.Data) == 0 || len(c.Data) > 4 {
			return 0, false
		}
		for _, b := range c.Data {
			n = n<<8 | int64(b)
		}
		return n, true
	}
	if len(p.Data.Fields) != 1 {
		return 0, false
	}
	return p.Data.Fields[0].Value.Num, true
}

// Truth returns what a parameter or flag says: allow, on and true are true;
// deny, ignore, off and false are false.
func Truth(st dhcpdconf.Statement) (on, ok bool) {
	switch st := st.(type) {
	case *dhcpdconf.Flag:
		return strings.EqualFold(st.Verb, "allow"), true
	case *dhcpdconf.Authoritative:
		return !st.Not, true
	case *dhcpdconf.Param:
		n, ok := Number(st)
		return n == 1, ok
	}
	return false, false
}

// Text returns the constant text that a parameter sets.
func Text(st dhcpdconf.Statement) (text string, ok bool) {
	p, isParam := st.(*dhcpdconf.Param)
	if !isParam {
		return "", false
	}
	if p.Data.Expr != nil {
		c, ok := Fold(p.Data.Expr)
		if !ok || c.Numeric {
			return "", false
		}
		return string(c.Data), true
	}
	if len(p.Data.Fields) == 0 {
		return "", false
	}
	var parts []string
	for _, f := range p.Data.Fields {
		parts = append(parts, f.Value.Text)
	}
	return strings.Join(parts, " "), true
}
