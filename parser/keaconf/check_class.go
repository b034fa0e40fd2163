package keaconf

import (
	"errors"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// clientClasses checks the classes in their order: an expression may ask only
// for classes defined before it (Kea manual, chapter "Client Classification").
func (s *semantics) clientClasses(classes []ClientClass, at *place) {
	defined := map[string]bool{}
	for i := range classes {
		s.clientClass(&classes[i], defined, at.item(i))
		defined[classes[i].Name] = true
	}
}

func (s *semantics) clientClass(c *ClientClass, defined map[string]bool, at *place) {
	builtIn := c.Name == "ALL" || c.Name == "KNOWN" || c.Name == "UNKNOWN" || c.Name == "BOOTP"
	switch {
	case c.Name == "":
		return // the schema's business, or an empty string
	case defined[c.Name]:
		s.fail(at.member("name"), "the class %q is defined above already", clip(c.Name))
	case builtIn && c.Test != "":
		s.fail(at.member("test"), "the class %s is built in and takes no test", c.Name)
	}
	if c.Test != "" && c.TemplateTest != "" {
		s.fail(at.member("template-test"), "test and template-test exclude each other")
	}
	s.expression(c.Test, false, defined, at.member("test"))
	s.expression(c.TemplateTest, true, defined, at.member("template-test"))
	if c.OnlyIfRequired != nil && c.OnlyInAdditionalList != nil {
		s.fail(at.member("only-if-required"), "only-if-required is the old name of only-in-additional-list; leave it out")
	}
	if special := c.Name == "DROP" || c.Name == "REJECT" && s.version >= keaversion.V3_2; special && (isTrue(c.OnlyIfRequired) || isTrue(c.OnlyInAdditionalList)) {
		s.fail(at.member("only-in-additional-list"), "the class %s is looked at always", c.Name)
	}
	s.lifetimes(&c.Lifetimes, nil, at)
	if s.family == option.V4 {
		s.bootFields(&c.BootFields, at, 128)
		if n := c.NextServer; n != nil && (*n == "" || *n == "255.255.255.255") {
			s.fail(at.member("next-server"), "next-server of a class is an address, not %q", *n)
		}
	}
	if len(c.OptionDef) > 0 {
		s.options.class = map[optionKey]option.KeaDef{}
		s.classDefs(c.OptionDef, at.member("option-def"))
	}
	s.optionData(c.OptionData, at.member("option-data"))
	s.options.class = nil
}

// expression checks a test.
func (s *semantics) expression(text string, str bool, defined map[string]bool, at *place) {
	if text == "" {
		return
	}
	e, err := keaexpr.Parse(text, keaexpr.Rules{Family: s.family, Version: s.version, Option: s.options.code, String: str})
	if err != nil {
		var fault *keaexpr.Error
		if errors.As(err, &fault) {
			s.fail(at, "column %d of the expression: %s", fault.Pos+1, fault.Msg)
		}
		return
	}
	for _, m := range keaexpr.Classes(e) {
		if !keaexpr.BuiltIn(m.Class) && !defined[m.Class] {
			s.fail(at, "column %d of the expression: the class %q is not defined above", m.Pos()+1, clip(m.Class))
		}
	}
}

// guards checks the keys that tie networks and pools to classes.
func (s *semantics) guards(g *ClassGuards, at *place) {
	if g.ClientClass != "" && g.ClientClasses != nil {
		s.fail(at.member("client-class"), "client-class and client-classes exclude each other")
	}
	if g.RequireClientClasses != nil && g.EvaluateAdditionalClasses != nil {
		s.fail(at.member("require-client-classes"), "require-client-classes is the old name of evaluate-additional-classes; leave it out")
	}
}
