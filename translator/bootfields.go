package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// bootSettings are the parameters that fill the BOOTP header, with the longest
// value that Kea takes, in bytes (RFC 2131, section 2: 64 and 128 with the NUL).
var bootSettings = []bootSetting{
	{"next-server", 0},
	{"server-name", 63},
	{"filename", 127},
}

type bootSetting struct {
	name  string
	limit int
}

// of returns the field that the parameter fills.
func (s bootSetting) of(f *keaconf.BootFields) **string {
	switch s.name {
	case "next-server":
		return &f.NextServer
	case "server-name":
		return &f.ServerHostname
	}
	return &f.BootFileName
}

// bootFields writes siaddr, sname and file. These are fields of the header and
// not the options 66 and 67, which the options pass translates.
func (t *translation) bootFields() {
	if t.v6() {
		return // the parameters pass says that dhcpd ignores them
	}
	t.placeBootFields(t.globalPlace(), &t.dhcp4.BootFields)
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			t.placeBootFields(t.networkPlace(n), &k.BootFields)
		}
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			t.placeBootFields(t.subnetPlace(s), &k.BootFields)
		}
	}
	t.poolBootFields()
	for _, r := range t.hosts {
		if r.plain(t) {
			continue
		}
		p := t.placeOf(r)
		if !setsBootFields(p) {
			continue
		}
		var fields keaconf.BootFields
		t.placeBootFields(p, &fields)
		t.reservation(r).More().BootFields = fields
	}
}

// bootFieldsOfGroups speaks for what a group sets and everything in it sets
// once more.
func (t *translation) bootFieldsOfGroups() {
	for _, s := range t.conf.Scopes {
		if s.Kind != model.GroupScope {
			continue
		}
		for _, st := range s.Own {
			name := model.SettingName(st)
			if t.ledger.verdicts[st.ID()] != Unset || !slices.ContainsFunc(bootSettings, func(b bootSetting) bool { return b.name == name }) {
				continue
			}
			t.ledger.add(st, Finding{
				Code: "overridden", Severity: S0, Verdict: Ignored,
				Message: "whatever is in the group sets this itself; dhcpd takes that.",
			}, "")
		}
	}
}

func setsBootFields(p place) bool {
	for _, b := range bootSettings {
		if p.setting(b.name) != nil {
			return true
		}
	}
	return false
}

func (t *translation) placeBootFields(p place, into *keaconf.BootFields) {
	for _, b := range bootSettings {
		st := p.setting(b.name)
		t.markOverridden(p, b.name)
		if st == nil {
			continue
		}
		value, ok := t.bootValue(st, b.name, b.limit, p)
		if !ok {
			continue
		}
		t.ledger.mark(st, Translated)
		*b.of(into) = &value
	}
}

// markOverridden accounts for statements that a later one of the same scope
// replaces.
func (t *translation) markOverridden(p place, name string) {
	for _, s := range p.own {
		last := s.Setting(name)
		if last == nil {
			continue
		}
		for _, st := range s.Own {
			if st != last && model.SettingName(st) == name {
				t.overridden(st)
			}
		}
	}
}

func (t *translation) bootValue(st dhcpdconf.Statement, name string, limit int, p place) (string, bool) {
	param, ok := st.(*dhcpdconf.Param)
	if !ok {
		return "", false
	}
	if name == "next-server" && param.Data.Expr == nil && len(param.Data.Fields) > 0 {
		f := param.Data.Fields[0]
		if f.Host == "" {
			return f.Value.Addr.String(), true
		}
		addrs := t.resolve(f.Host, st, f.Span)
		if len(addrs) == 0 {
			return "", false
		}
		return addrs[0].String(), true
	}
	text, ok := model.Text(st)
	if !ok && param.Data.Expr != nil && mentionsNames(param.Data.Expr, 0) {
		if written, err := t.expressions(st).scope.inline(param.Data.Expr); err == nil {
			c, constant := model.Fold(written)
			text, ok = string(c.Data), constant && !c.Numeric
		}
	}
	if ok && name == "next-server" {
		if len(text) != 4 {
			ok = false
		} else {
			text = fmt.Sprintf("%d.%d.%d.%d", text[0], text[1], text[2], text[3])
		}
	}
	if !ok {
		t.ledger.add(st, Finding{
			Code: "boot-field-computed", Severity: S3, Verdict: Manual,
			Fields:  []string{bootFieldOf(name)},
			Message: fmt.Sprintf("%s is computed for each packet; Kea takes a constant for each scope or class.", name),
			Remedy:  "divide the clients into classes, each with its own value",
		}, p.pointer)
		return "", false
	}
	if limit > 0 && len(text) > limit {
		t.ledger.add(st, Finding{
			Code: "boot-field-long", Severity: S3, Verdict: Manual,
			Fields:  []string{bootFieldOf(name)},
			Message: fmt.Sprintf("%s has %d bytes; the field of the packet holds %d, and Kea refuses more.", name, len(text), limit),
			Remedy:  "shorten it, or send it as option 66 or 67",
		}, p.pointer)
		return "", false
	}
	if text == "" && p.kind != atGlobal && p.kind != atNetwork && p.kind != atSubnet {
		return emptyField, true
	}
	return text, true
}

// emptyField is the text of a field that classes and reservations leave empty
// although the subnet or another class fills it. Kea takes "" for not set; a NUL
// is set, and on the wire it is an empty field.
const emptyField = "\x00"

func bootFieldOf(name string) string {
	switch name {
	case "next-server":
		return "siaddr"
	case "server-name":
		return "sname"
	}
	return "file"
}

// poolBootFields: Kea's pools have no boot fields, but a pool can name classes
// that Kea evaluates for the clients it gave an address of the pool to. Such a
// class comes after the classes of the file and before the subnet, as a pool
// does in dhcpd.
func (t *translation) poolBootFields() {
	names := map[*model.Pool]string{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.pd || !setsBootFields(p.place) {
			continue
		}
		name, made := names[p.from]
		if !made {
			line, _ := p.from.Stmt.Span().Src.Position(p.from.Stmt.Span().Off)
			name = uniqueName(fmt.Sprintf("pool-line-%d", line), t.branchNames)
			names[p.from] = name
			class := keaconf.ClientClass{Name: name, Test: truth(true)}
			if t.opts.Target >= keaversion.V3_0 {
				class.OnlyInAdditionalList = new(true)
			} else {
				class.OnlyIfRequired = new(true)
			}
			t.placeBootFields(p.place, &class.BootFields)
			t.needClass(class)
		}
		guards := &p.in.Pools[p.index].ClassGuards
		if t.opts.Target >= keaversion.V3_0 {
			guards.EvaluateAdditionalClasses = append(guards.EvaluateAdditionalClasses, name)
		} else {
			guards.RequireClientClasses = append(guards.RequireClientClasses, name)
		}
	}
}

var bootCodes = []CodeInfo{
	{"boot-field-computed", S3, "A computed boot field",
		"filename, next-server or server-name is an expression that dhcpd evaluates for each packet. Kea takes a constant in each scope and class; divide the clients into classes by the same condition."},
	{"boot-field-long", S3, "A boot field that does not fit",
		"The header of a DHCPv4 packet holds 63 bytes of server name and 127 of file name. dhcpd cuts longer values, Kea refuses them."},
}
