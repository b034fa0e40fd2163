package config

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// CheckPart looks for what Kea refuses in what a command is to add to a configuration, or
// to put in the place of something: a list with the given key in the arguments of the
// command. current is the configuration that is served, what is below "Dhcp4"; so many
// bytes of the command stand before the arguments.
func CheckPart(current, arguments []byte, before int, key string) error {
	return checkPart(newChecker(Environment{Base: before}), current, arguments, key)
}

func checkPart(c *checker, current, arguments []byte, key string) error {
	served, faults := keaconf.Parse("", current, nil)
	if faults.HasErrors() {
		return faults
	}
	root, faults := keaconf.Parse(Wire, arguments, nil)
	if faults.HasErrors() {
		return faults
	}
	if err := c.optionDefinitions(served.Get("option-def"), false); err != nil {
		return err
	}
	switch key {
	case "subnet4":
		return c.subnets(root.Get(key), served, nil)
	case "shared-networks":
		return c.networksOf(root.Get(key), served)
	}
	list := root.Get(key)
	for i := range items(list) {
		if err := c.class(&list.Items[i]); err != nil {
			if text, ok := strings.CutPrefix(err.Error(), "not empty parameter 'name' is required ("); ok {
				return plain("not empty parameter 'name' is required %s", text) // as Kea has it
			}
			return err
		}
	}
	return nil
}

// CheckDelta looks for what Kea refuses in a subnet that is given only in part, and
// inherits nothing; see CheckPart.
func CheckDelta(current, arguments []byte, before int) error {
	c := newChecker(Environment{Base: before})
	c.named = true // as what is to be deleted is
	if err := checkPart(c, current, arguments, "subnet4"); err != nil {
		return err
	}
	root, faults := keaconf.Parse(Wire, arguments, nil)
	if faults.HasErrors() {
		return faults
	}
	list := root.Get("subnet4")
	for i := range items(list) {
		s := &list.Items[i]
		if s.Get("min-valid-lifetime") != nil && s.Get("max-valid-lifetime") != nil && s.Get("valid-lifetime") == nil {
			return plain("subnet configuration failed: have min-valid-lifetime and max-valid-lifetime but no valid-lifetime (default) in %s", strings.Trim(c.at(s), "()"))
		}
	}
	return nil
}
