package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// fieldsOf lists the fields of an answer that the statements of scopes decide,
// those in conditions too.
func (t *translation) fieldsOf(scopes ...*model.Scope) []string {
	var fields []string
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	for _, s := range scopes {
		dhcpdconf.Walk(s.Own, func(st dhcpdconf.Statement) bool {
			switch st := st.(type) {
			case *dhcpdconf.OptionSet:
				switch {
				case st.Option == nil:
				case st.Option.Space == t.file.Options.PacketSpace():
					add(fmt.Sprintf("option %d", st.Option.Code))
				default: // inside of an option of the packet
					add("options")
				}
			case *dhcpdconf.SpaceParam:
				add("option 43")
			case *dhcpdconf.Param, *dhcpdconf.Flag, *dhcpdconf.Authoritative:
				add(settingFields[strings.ToLower(model.SettingName(st))]...)
			}
			return true
		})
	}
	return fields
}

// settingFields are the fields of an answer that parameters and flags decide.
var settingFields = map[string][]string{
	"default-lease-time":   {"lease-time", "preferred-lifetime", "T1", "T2"},
	"max-lease-time":       {"lease-time"},
	"min-lease-time":       {"lease-time"},
	"preferred-lifetime":   {"preferred-lifetime", "T1", "T2"},
	"filename":             {"file"},
	"server-name":          {"sname"},
	"next-server":          {"siaddr"},
	"server-identifier":    {"option 54"},
	"use-host-decl-names":  {"option 12"},
	"get-lease-hostnames":  {"option 12"},
	"boot-unknown-clients": {"answered"},
	"allow-booting":        {"answered"},
	"allow-bootp":          {"answered"},
	"authoritative":        {"answered"},
}
