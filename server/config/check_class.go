package config

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// builtInPrefixes begin the names of classes that exist without being configured.
var builtInPrefixes = []string{"VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_", "SPAWN_"}

// BuiltInClass reports whether a class is there without being configured.
func BuiltInClass(name string) bool {
	return slices.Contains([]string{"ALL", "KNOWN", "UNKNOWN", "BOOTP", "DROP", "SKIP_DDNS", "STASH_AGENT_OPTIONS"}, name) ||
		slices.ContainsFunc(builtInPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

func (c *checker) classes(n *keaconf.Node) error {
	list := n.Get("client-classes")
	for i := range items(list) {
		if err := c.class(&list.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// classOptions looks at the options of a class, which may have definitions of its own.
func (c *checker) classOptions(k *keaconf.Node) error {
	global := c.defs
	c.defs = definitions{version: global.version, own: map[string][]option.KeaDef{}}
	for space, defs := range global.own {
		c.defs.own[space] = slices.Clip(defs)
	}
	defer func() { c.defs = global }()
	if err := c.optionDefinitions(k.Get("option-def"), true); err != nil {
		return err
	}
	return c.optionData(k.Get("option-data"))
}

func (c *checker) class(k *keaconf.Node) error {
	at := k.Get("name")
	if at == nil {
		return c.bad(k, "missing parameter 'name'")
	}
	name := at.String()
	if name == "" {
		return c.bad(at, "not empty parameter 'name' is required")
	}
	if slices.Contains([]string{"ALL", "KNOWN", "UNKNOWN", "BOOTP"}, name) && (k.Get("test").String() != "" || k.Get("template-test").String() != "") {
		return plain("built-in class '%s' test expression must be empty", name)
	}
	test, template := k.Get("test"), k.Get("template-test")
	switch {
	case test != nil && template != nil:
		return plain("can not use both 'test' and 'template-test' %s and %s", c.at(test), c.at(template))
	case template != nil && template.String() == "":
		return plain("expression can not be empty at %s", c.at(template))
	case test != nil && test.String() == "":
		return plain("expression: [] error: <string>:1.1: syntax error, unexpected end of file at %s", c.at(test))
	}
	if err := c.classOptions(k); err != nil {
		return err
	}
	if k.Get("only-if-required") != nil && k.Get("only-in-additional-list") != nil {
		return plain("cannot specify both 'only-if-required' and 'only-in-additional-list'. Use only the latter.")
	}
	if next := k.Get("next-server"); next.String() == "255.255.255.255" {
		return c.bad(next, "Invalid next-server value: '255.255.255.255', must not be a broadcast")
	}
	if err := c.bootLengths(k); err != nil {
		return err
	}
	low, _, hasLow := numberOf(k, "min-valid-lifetime")
	high, _, hasHigh := numberOf(k, "max-valid-lifetime")
	v, _, has := numberOf(k, "valid-lifetime")
	switch {
	case hasLow && hasHigh && !has:
		return plain("have min-valid-lifetime and max-valid-lifetime but no valid-lifetime (default) in %s", strings.Trim(c.at(k), "()"))
	case has && hasLow && low > v:
		return plain("the value of min-valid-lifetime (%d) is not less than (default) valid-lifetime (%d)", low, v)
	case has && hasHigh && v > high:
		return plain("the value of (default) valid-lifetime (%d) is not less than max-valid-lifetime (%d)", v, high)
	}
	if c.names[name] {
		return c.bad(k, "Can't add class: Client Class: %s has already been defined", name)
	}
	c.names[name] = true
	return nil
}

// bootLengths looks whether what goes into fields of fixed length fits.
func (c *checker) bootLengths(n *keaconf.Node) error {
	for _, limit := range []struct {
		key  string
		most int
	}{{"server-hostname", 63}, {"boot-file-name", 128}} {
		if at := n.Get(limit.key); at != nil && len(at.String()) > limit.most {
			return c.bad(at, "%s must be at most %d bytes long, it is %d", limit.key, limit.most, len(at.String()))
		}
	}
	return nil
}

// guards looks at the classes that a scope names.
func (c *checker) guards(n *keaconf.Node) error {
	for _, pair := range [][2]string{{"client-class", "client-classes"}, {"require-client-classes", "evaluate-additional-classes"}} {
		if n.Get(pair[0]) != nil && n.Get(pair[1]) != nil {
			return plain("cannot specify both '%s' and '%s'. Use only the latter.", pair[0], pair[1])
		}
	}
	for _, key := range []string{"client-classes", "require-client-classes", "evaluate-additional-classes"} {
		list := n.Get(key)
		for i := range items(list) {
			if list.Items[i].String() == "" {
				return c.bad(&list.Items[i], "invalid class name")
			}
		}
	}
	return nil
}
