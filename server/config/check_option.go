package config

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// fieldTypes are the types of fields of options, with whether they may have no end
// but that of the option.
var fieldTypes = map[string]bool{"empty": true, "binary": true, "boolean": false, "int8": false, "int16": false, "int32": false, "uint8": false, "uint16": false, "uint32": false,
	"ipv4-address": false, "ipv6-address": false, "ipv6-prefix": false, "psid": false, "string": true, "tuple": false, "fqdn": false, "internal": false}

var optionName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$`)

func validSpace(name string) bool { return optionName.MatchString(name) }

// optionDefinitions looks at definitions of options; of a class only some are
// possible.
func (c *checker) optionDefinitions(list *keaconf.Node, ofClass bool) error {
	if c.ownCodes == nil {
		c.ownCodes, c.ownNames = map[string]map[int64]string{}, map[string]map[string]bool{}
	}
	for i := range items(list) {
		if err := c.optionDefinition(&list.Items[i], ofClass); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) optionDefinition(d *keaconf.Node, ofClass bool) error {
	for _, key := range []string{"name", "code", "type"} {
		if d.Get(key) == nil {
			return c.bad(d, "missing parameter '%s'", key)
		}
	}
	name, space := d.Get("name").String(), space4
	if at := d.Get("space"); at != nil {
		if space = at.String(); !validSpace(space) {
			return c.bad(at, "invalid option space name '%s'", space)
		}
	}
	code, at, _ := numberOf(d, "code")
	switch {
	case code < 0:
		return c.bad(at, "option code must not be negative") // in words of its own
	case code == 0 && space == space4:
		return c.bad(at, "invalid option code '0': reserved for PAD")
	case code == 255 && space == space4:
		return c.bad(at, "invalid option code '255': reserved for END")
	case code > 255:
		return c.bad(at, "invalid option code '%d', it must not be greater than '255'", code)
	}
	if !optionName.MatchString(name) {
		return c.bad(d, "invalid option name '%s'", name)
	}
	if err := c.optionType(d, name, space); err != nil {
		return err
	}
	c.defs.define([]keaconf.OptionDef{definitionOf(d)})
	if ofClass {
		if !(space == space4 && (code == 43 || code >= 224 && code < 255)) {
			return plain("Not allowed option definition for code '%d' in space '%s' at %s", code, space, c.at(d))
		}
		return nil
	}
	if space == space4 {
		if def, ok := option.KeaLookup(option.V4, space, uint32(code), dialect); ok && !def.Redefinable {
			return c.bad(d, "unable to override definition of option '%d' in standard option space '%s'", code, space)
		}
		if def, ok := option.KeaByName(option.V4, space, name, dialect); ok && def.Code != uint32(code) {
			return c.bad(d, "unable to override definition of option '%s' in standard option space '%s'", name, space)
		}
	}
	if _, ok := c.ownCodes[space][code]; ok {
		return c.bad(d, "option definition with code '%d' already exists in option space '%s'", code, space)
	}
	if c.ownNames[space][name] {
		return c.bad(d, "option definition with name '%s' already exists in option space '%s'", name, space)
	}
	if c.ownCodes[space] == nil {
		c.ownCodes[space], c.ownNames[space] = map[int64]string{}, map[string]bool{}
	}
	c.ownCodes[space][code], c.ownNames[space][name] = name, true
	return nil
}

// definitionOf reads a definition that has been looked at.
func definitionOf(d *keaconf.Node) keaconf.OptionDef {
	code, _, _ := numberOf(d, "code")
	array, _ := d.Get("array").Bool()
	return keaconf.OptionDef{Name: d.Get("name").String(), Code: uint16(code), Space: d.Get("space").String(), Type: d.Get("type").String(),
		RecordTypes: d.Get("record-types").String(), Array: &array, Encapsulate: d.Get("encapsulate").String()}
}

// optionType looks at the type of a definition.
func (c *checker) optionType(d *keaconf.Node, name, space string) error {
	typ, records := d.Get("type").String(), d.Get("record-types").String()
	array, _ := d.Get("array").Bool()
	inner := d.Get("encapsulate").String()
	open, known := fieldTypes[typ]
	if !known && typ != "record" {
		return c.bad(d, "option type 255 not supported.")
	}
	if array && inner != "" {
		return c.bad(d, "option '%s.%s', comprising an array of data fields may not encapsulate any option space", space, name)
	}
	switch {
	case inner == space:
		return c.bad(d, "option must not encapsulate an option space it belongs to: '%s.%s' is set to encapsulate '%s'", space, name, inner)
	case inner != "" && !validSpace(inner):
		return c.bad(d, "invalid encapsulated option space name: '%s'", inner)
	}
	arrays := map[string]string{"string": "strings", "binary": "binary values", "empty": "empty value"}
	if typ != "record" {
		if records != "" {
			return c.bad(d, "invalid record type values specified for the option definition: 'record' option type must be used instead of '%s' to add data fields to the record", typ)
		}
		if array && open {
			return c.bad(d, "array of %s is not a valid option definition.", arrays[typ])
		}
		return nil
	}
	var fields []string
	for field := range strings.SplitSeq(records, ",") {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		if _, ok := fieldTypes[field]; !ok || field == "empty" {
			if !ok && field != "record" {
				field = "unknown"
			}
			return c.bad(d, "invalid record type values specified for the option definition: attempted to add invalid data type '%s' to the record.", field)
		}
		fields = append(fields, field)
	}
	if len(fields) < 2 {
		return c.bad(d, "invalid number of data fields: %d specified for the option of type 'record'. Expected at least 2 fields.", len(fields))
	}
	for i, field := range fields {
		if fieldTypes[field] && i < len(fields)-1 {
			return c.bad(d, "%s data field can't be laid before data fields of other types.", field)
		}
		if fieldTypes[field] && array {
			return c.bad(d, "array of %s is not a valid option definition.", arrays[field])
		}
	}
	return nil
}

// optionValue looks at the data of an option.
func (c *checker) optionValue(o *keaconf.Node, space string) error {
	var def option.KeaDef
	known := false
	code, _, hasCode := numberOf(o, "code")
	if hasCode {
		def, known = c.defs.byCode(space, uint32(code))
	} else if def, known = c.defs.byName(space, o.Get("name").String()); known {
		code = int64(def.Code)
	}
	data, at := o.Get("data").String(), o.Get("data")
	if at == nil {
		if c.named {
			return nil
		}
		at = o
	}
	if never, _ := o.Get("never-send").Bool(); never && data == "" {
		return nil // nobody will see it
	}
	csv := true
	if format := o.Get("csv-format"); format != nil {
		csv, _ = format.Bool()
	}
	if !csv && !isHexadecimal(data) {
		return c.bad(at, "option data is not a valid string of hexadecimal digits: %s", data)
	}
	if !known {
		return c.undefined(o, space, code, csv)
	}
	if err := checkValue(def, data, csv); err != nil {
		return c.bad(at, "option data does not match option definition (space: %s, code: %d): %v", space, code, err)
	}
	return nil
}

// undefined looks at an option without a definition.
func (c *checker) undefined(o *keaconf.Node, space string, code int64, csv bool) error {
	name := o.Get("name")
	switch {
	case c.named:
		return nil
	case code == 0 && c.global && csv:
		return c.bad(name, "definition for the option '%s.%s' having code '0' does not exist", space, name.String())
	case code == 0:
		return c.bad(name, "definition for the option '%s.%s' does not exist", space, name.String())
	case csv && o.Get("data").String() != "":
		return c.bad(o, "definition for the option '%s.%s' having code '%d' does not exist", space, name.String(), code)
	}
	return nil
}

// optionData looks at options.
func (c *checker) optionData(list *keaconf.Node) error {
	for i := range items(list) {
		o := &list.Items[i]
		space := space4
		if at := o.Get("space"); at != nil {
			space = at.String()
			switch {
			case !validSpace(space):
				return c.bad(at, "invalid option space name '%s'", space)
			case space == "dhcp6":
				return c.bad(at, "'dhcp6' option space name is reserved for DHCPv6 server")
			}
		}
		name := o.Get("name")
		code, at, hasCode := numberOf(o, "code")
		switch {
		case !hasCode && name.String() == "":
			return c.bad(o, "option data configuration requires one of 'code' or 'name' parameters to be specified")
		case hasCode && code < 0:
			return c.bad(at, "out of range value (%d) specified for parameter 'code'", code)
		case hasCode && code == 0 && space == space4:
			return c.bad(at, "invalid option code '0': reserved for PAD")
		case hasCode && code == 255 && space == space4:
			return c.bad(at, "invalid option code '255': reserved for END")
		case hasCode && code > 255:
			return c.bad(at, "invalid option code '%d', it must not be greater than '255'", code)
		case name.String() != "" && strings.Contains(name.String(), " "):
			return c.bad(name, "invalid option name '%s', space character is not allowed", name.String())
		}
		if hasCode && name.String() != "" {
			defined, known := c.ownCodes[space][code]
			if !known {
				var def option.KeaDef
				if def, known = option.KeaLookup(option.V4, space, uint32(code), dialect); known {
					defined = def.Name
				}
			}
			if known && defined != name.String() {
				return c.bad(name, "specified option name '%s' does not match the option definition: '%s.%s'", name.String(), cmp.Or(space, space4), defined)
			}
		}
		if err := c.optionValue(o, space); err != nil {
			return err
		}
	}
	return nil
}
