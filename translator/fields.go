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
	for _, s := range scopes {
		fields = t.addFields(fields, s.Own)
	}
	return fields
}

// addFields adds the fields that statements decide, or others inside them.
func (t *translation) addFields(fields []string, list []dhcpdconf.Statement) []string {
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	dhcpdconf.Walk(list, func(st dhcpdconf.Statement) bool {
		switch st := st.(type) {
		case *dhcpdconf.OptionSet:
			switch {
			case st.Option == nil:
			case st.Option.Space == "dhcp" && st.Option.Code == optionRequestList:
				add("options")
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
	"min-secs":             {"answered"},
	"echo-client-id":       {"option 61"},
	"stash-agent-options":  {"option 82"},

	"use-lease-addr-for-default-route": {"option 3"},
}

// answerFields adds to the fields of findings those of the answer in which an option
// is found: the times that stand for themselves, and the options of the packet that
// hold the options of other spaces.
func (t *translation) answerFields() {
	o := t.optionPass
	times := t.timesSet()
	for i := range t.ledger.findings {
		f := &t.ledger.findings[i]
		for _, field := range slices.Clone(f.Fields) {
			more := o.foundIn(field)
			if field == "lease-time" {
				more = append(more, times...)
			}
			for _, more := range more {
				if !slices.Contains(f.Fields, more) {
					f.Fields = append(slices.Clip(f.Fields), more)
				}
			}
		}
	}
}

// timesSet lists the times that the file sets, which are sent only where the
// lifetime is longer.
func (t *translation) timesSet() (times []string) {
	if t.v6() {
		return nil
	}
	for st := range dhcpdconf.Preorder(t.file) {
		set, ok := st.(*dhcpdconf.OptionSet)
		if !ok || set.Option == nil || set.Option.Space != t.file.Options.PacketSpace() {
			continue
		}
		if name := timerFields[set.Option.Code]; name != "" && !slices.Contains(times, name) {
			times = append(times, name)
		}
	}
	return times
}

// foundIn lists further fields of the answer in which the option of a field is.
func (o *optionPass) foundIn(field string) []string {
	name, ok := strings.CutPrefix(field, "option ")
	if !ok {
		return nil
	}
	space := o.space
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		space, name = name[:at], name[at+1:]
	}
	if space == "dhcp" { // in DHCPv6, too
		switch name {
		case fmt.Sprint(optionLeaseTime):
			return []string{"lease-time"}
		case fmt.Sprint(optionRenewalTime):
			return []string{"T1"}
		case fmt.Sprint(optionRebindingTime):
			return []string{"T2"}
		}
	}
	if space == o.space {
		return nil
	}
	var fields []string
	for _, code := range o.containers[space] {
		fields = append(fields, fmt.Sprintf("option %d", code))
	}
	if !o.v6() && o.selectsVendor() {
		fields = append(fields, fmt.Sprintf("option %d", optionVendorEncapsulated))
	}
	return fields
}
