package option

import "slices"

// Enumeration gives names to the numbers of a field of the kind [Enum].
type Enumeration struct {
	Name   string
	Width  int // bytes on the wire: 1 or 2
	Values []EnumValue
}

// EnumValue is one name of an enumeration. Names are compared with regard to
// case, as in dhcpd.
type EnumValue struct {
	Name   string
	Number int64
}

// LookupEnum finds one of dhcpd's enumerations: "status-codes",
// "ddns-styles", "syslog-facilities", ...
func LookupEnum(name string) (Enumeration, bool) {
	i := slices.IndexFunc(enumerations, func(e Enumeration) bool { return e.Name == name })
	if i < 0 {
		return Enumeration{}, false
	}
	return enumerations[i], true
}

// Number finds the number of a name.
func (e Enumeration) Number(name string) (int64, bool) {
	for _, v := range e.Values {
		if v.Name == name {
			return v.Number, true
		}
	}
	return 0, false
}

// NameOf finds the name of a number.
func (e Enumeration) NameOf(number int64) (string, bool) {
	for _, v := range e.Values {
		if v.Number == number {
			return v.Name, true
		}
	}
	return "", false
}

// Names lists the names in the order of dhcpd's table.
func (e Enumeration) Names() []string {
	names := make([]string, len(e.Values))
	for i, v := range e.Values {
		names[i] = v.Name
	}
	return names
}

// enumerations are those that a format of dhcpd's tables refers to.
var enumerations = []Enumeration{
	{"ddns-styles", 1, []EnumValue{
		{"none", 0},
		{"ad-hoc", 1},
		{"interim", 2},
		{"standard", 3},
	}},
	{"syslog-facilities", 1, []EnumValue{
		{"kern", 0},
		{"user", 8},
		{"mail", 16},
		{"daemon", 24},
		{"auth", 32},
		{"syslog", 40},
		{"lpr", 48},
		{"news", 56},
		{"uucp", 64},
		{"cron", 72},
		{"authpriv", 80},
		{"ftp", 88},
		{"local0", 128},
		{"local1", 136},
		{"local2", 144},
		{"local3", 152},
		{"local4", 160},
		{"local5", 168},
		{"local6", 176},
		{"local7", 184},
	}},
	{"prefix_length_modes", 1, []EnumValue{
		{"ignore", 0},
		{"prefer", 1},
		{"exact", 2},
		{"minimum", 3},
		{"maximum", 4},
	}},
	{"status-codes", 2, []EnumValue{
		{"success", 0},
		{"UnspecFail", 1},
		{"NoAddrsAvail", 2},
		{"NoBinding", 3},
		{"NotOnLink", 4},
		{"UseMulticast", 5},
		{"NoPrefixAvail", 6},
		{"UnknownQueryType", 7},
		{"MalformedQuery", 8},
		{"NotConfigured", 9},
		{"NotAllowed", 10},
		{"QueryTerminated", 11},
	}},
	{"dhcpv6-messages", 1, []EnumValue{
		{"SOLICIT", 1},
		{"ADVERTISE", 2},
		{"REQUEST", 3},
		{"CONFIRM", 4},
		{"RENEW", 5},
		{"REBIND", 6},
		{"REPLY", 7},
		{"RELEASE", 8},
		{"DECLINE", 9},
		{"RECONFIGURE", 10},
		{"INFORMATION-REQUEST", 11},
		{"RELAY-FORW", 12},
		{"RELAY-REPL", 13},
		{"LEASEQUERY", 14},
		{"LEASEQUERY-REPLY", 15},
		{"LEASEQUERY-DONE", 16},
		{"LEASEQUERY-DATA", 17},
		{"RECONFIGURE-REQUEST", 18},
		{"RECONFIGURE-REPLY", 19},
		{"DHCPV4-QUERY", 20},
		{"DHCPV4-RESPONSE", 21},
	}},
	{"ldap-methods", 1, []EnumValue{
		{"static", 0},
		{"dynamic", 1},
	}},
	{"ldap-ssl-usage", 1, []EnumValue{
		{"off", 0},
		{"on", 1},
		{"ldaps", 3},
		{"start_tls", 2},
	}},
	{"ldap-tls-reqcert", 1, []EnumValue{
		{"never", 0},
		{"hard", 1},
		{"demand", 2},
		{"allow", 3},
		{"try", 4},
	}},
	{"ldap-tls-crlcheck", 1, []EnumValue{
		{"none", 0},
		{"peer", 1},
		{"all", 2},
	}},
}
