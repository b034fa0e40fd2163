package translator

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// parameter says what becomes of one parameter or flag of dhcpd.conf(5).
type parameter struct {
	name string // of dhcpd's server option, see model.SettingName
	// only is the protocol whose server reads it; zero: both do.
	only dhcpdconf.Protocol
	// startup: dhcpd reads it once, from the top of the file, and not for each
	// client.
	startup bool
	// initial is dhcpd's default: "on", "off", a number, a word; "" when there
	// is none.
	initial string
	// key writes the value into Kea's configuration. It returns the verdict, or
	// Unset where Kea has no key for it.
	key func(t *translation, s setting) Verdict
	// computed is key for a value that depends on the packet; nil: none can.
	computed func(t *translation, p parameterPlace, st dhcpdconf.Statement) Verdict
	// foreign: in its own protocol another pass answers for it.
	foreign bool
	// ddns: it means nothing as long as dhcpd makes no DNS updates.
	ddns bool
	// access: it decides whether clients are served at all.
	access bool
	// placed: lack is about versions without the key; in places without it
	// something else is said.
	placed bool
	// lack is what is said where Kea has no key and the value is not the one
	// that applies anyway.
	lack Finding
}

// setting is a parameter in force at a place of the result.
type setting struct {
	parameterPlace
	st    dhcpdconf.Statement
	value value
}

// parameterPlace is a place with the keys that it has for parameters.
type parameterPlace struct {
	place
	keys *keaconf.Parameters     // nil in pools and reservations
	ddns *keaconf.DDNSParameters // nil where the target version has none
	// reserved is the reservation that the place is; nil elsewhere.
	reserved *keaconf.Reservation
}

// value is the constant value of a parameter.
type value struct {
	on   bool   // flags
	num  int64  // numbers
	text string // all of them: "on" and "off", decimal numbers, words, addresses
}

// valueOf reads a parameter or flag; ok is false when the value depends on the
// packet.
func valueOf(st dhcpdconf.Statement) (v value, ok bool) {
	p, isParam := st.(*dhcpdconf.Param)
	if !isParam {
		on, ok := model.Truth(st)
		return onOff(on), ok
	}
	kind := option.Invalid
	if p.Option != nil && len(p.Option.Format.Fields) > 0 {
		kind = p.Option.Format.Fields[0].Kind
	}
	switch kind {
	case option.Bool:
		on, ok := model.Truth(st)
		return onOff(on), ok
	case option.Enum:
		n, ok := model.Number(st)
		if !ok {
			return value{}, false
		}
		e, _ := option.LookupEnum(p.Option.Format.Fields[0].Space)
		name, _ := e.NameOf(n)
		return value{num: n, text: name}, true
	case option.Uint8, option.Int8, option.Uint16, option.Int16, option.Uint32, option.Int32, option.Lifetime:
		n, ok := model.Number(st)
		return value{num: n, text: strconv.FormatInt(n, 10)}, ok
	case option.IPv4, option.IPv6:
		if p.Data.Expr != nil || len(p.Data.Fields) == 0 {
			return value{}, false
		}
		if d := p.Data.Fields[0]; d.Host != "" {
			return value{text: d.Host}, true
		}
		return value{text: p.Data.Fields[0].Value.Addr.String()}, true
	}
	text, ok := model.Text(st)
	return value{text: text}, ok
}

func onOff(on bool) value {
	if on {
		return value{on: true, num: 1, text: "on"}
	}
	return value{text: "off"}
}

// parameters translates the parameters and flags of every scope that no other
// pass answers for. The table says what each of them becomes.
func (t *translation) parameters() {
	t.placeParameters(parameterPlace{place: t.globalPlace(), keys: t.topParameters(), ddns: &t.topParameters().DDNSParameters})
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			t.placeParameters(parameterPlace{place: t.networkPlace(n), keys: &k.Parameters, ddns: &k.DDNSParameters})
		}
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			t.placeParameters(parameterPlace{place: t.subnetPlace(s), keys: &k.Parameters, ddns: &k.DDNSParameters})
		}
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		at := parameterPlace{place: p.place}
		if t.opts.Target >= keaversion.V3_0 && !p.pd {
			at.ddns = &p.in.Pools[p.index].DDNSParameters
		}
		t.placeParameters(at)
	}
	for _, r := range t.hosts {
		if !r.plain(t) && t.hasParameter(t.placeOf(r).own) {
			t.placeParameters(parameterPlace{place: t.placeOf(r), reserved: t.reservation(r)})
		}
	}
	t.classParameters()
	t.access()
	t.pingCheck()
	t.remainingParameters()
}

// classParameters speaks for the parameters of classes that are translated. The
// others are accounted for as a whole.
func (t *translation) classParameters() {
	for _, k := range t.fileClasses {
		if !k.translated {
			continue
		}
		scopes := []*model.Scope{k.from.Scope}
		for _, sub := range k.from.Subclasses {
			scopes = append(scopes, &sub.Scope)
		}
		for _, s := range scopes {
			t.placeParameters(parameterPlace{place: place{
				kind: atClass, pointer: t.root() + "/client-classes",
				own: model.Chain{s}, outer: model.Chain{t.conf.Global},
			}})
		}
	}
}

// topParameters returns the parameters at the top of the configuration.
func (t *translation) topParameters() *keaconf.Parameters {
	if t.v6() {
		return &t.dhcp6.Parameters
	}
	return &t.dhcp4.Parameters
}

// topServer returns the server-wide part of the configuration.
func (t *translation) topServer() *keaconf.Server {
	if t.v6() {
		return &t.dhcp6.Server
	}
	return &t.dhcp4.Server
}

// parameterOf returns the row of the table that a statement belongs to, or nil.
func (t *translation) parameterOf(st dhcpdconf.Statement) *parameter {
	switch st.(type) {
	case *dhcpdconf.Param, *dhcpdconf.Flag, *dhcpdconf.Authoritative:
	default:
		return nil
	}
	name := model.SettingName(st)
	if row, ok := parameterTable[name]; ok {
		if row.foreign && row.only == t.conf.Protocol {
			return nil
		}
		return row
	}
	if strings.HasPrefix(name, "ldap-") {
		return &ldapParameter
	}
	return nil
}

func (t *translation) hasParameter(c model.Chain) bool {
	for _, s := range c {
		for _, st := range s.Own {
			if t.parameterOf(st) != nil {
				return true
			}
		}
	}
	return false
}

// placeParameters translates the parameters of a place's own scopes.
func (t *translation) placeParameters(p parameterPlace) {
	for _, scope := range p.own {
		for _, st := range scope.Own {
			row := t.parameterOf(st)
			if row == nil {
				continue
			}
			name := model.SettingName(st)
			if last := scope.Setting(name); last != st {
				t.overridden(st)
				continue
			}
			if p.setting(name) == st {
				t.parameter(row, p, st)
			}
		}
	}
}

func (t *translation) parameter(row *parameter, p parameterPlace, st dhcpdconf.Statement) {
	switch {
	case row.only != 0 && row.only != t.conf.Protocol:
		t.ledger.add(st, Finding{
			Code: "parameter-protocol", Severity: S1, Verdict: Ignored,
			Message: fmt.Sprintf("dhcpd has no use for %s in this protocol.", model.SettingName(st)),
		}, p.pointer)
		return
	case row.startup && p.kind != atGlobal:
		t.ledger.add(st, Finding{
			Code: "parameter-global-only", Severity: S1, Verdict: Ignored,
			Message: fmt.Sprintf("dhcpd reads %s from the top of the file only; here it decides nothing.", model.SettingName(st)),
			Remedy:  "move it to the top of the file if it is meant",
		}, p.pointer)
		return
	}
	if row.ddns && !t.updatesDNS() {
		t.ledger.add(st, Finding{
			Code: "ddns-off", Severity: S0, Verdict: Ignored,
			Message: "dhcpd makes no DNS updates, because ddns-update-style is none (the default), so this decides nothing.",
		}, "")
		return
	}
	v, ok := valueOf(st)
	if !ok && row.computed != nil {
		if verdict := row.computed(t, p, st); verdict != Unset {
			t.ledger.mark(st, verdict)
			return
		}
	}
	if !ok {
		t.ledger.add(st, Finding{
			Code: "parameter-computed", Severity: max(S2, row.lack.Severity), Verdict: Manual,
			Fields: row.lack.Fields, Clients: row.lack.Clients, Audience: row.lack.Audience,
			Message: fmt.Sprintf("the value of %s is computed for each packet; Kea takes constants only.", model.SettingName(st)),
			Remedy:  "divide the clients into classes or subnets, each with a constant value",
		}, p.pointer)
		return
	}
	if row.key != nil {
		if verdict := row.key(t, setting{p, st, v}); verdict != Unset {
			t.ledger.mark(st, verdict)
			return
		}
	}
	if v.text == t.around(row, p) {
		t.ledger.mark(st, Default)
		return
	}
	f := row.lack
	if f.Code == "" || row.placed && p.kind > atSubnet {
		f = notHere(model.SettingName(st), p.kind, row.lack)
	}
	if f.Verdict == Unset {
		f.Verdict = Manual
	}
	t.ledger.add(st, f, p.pointer)
}

// around returns the value that applies at a place without its own scopes.
func (t *translation) around(row *parameter, p parameterPlace) string {
	if p.kind != atGlobal {
		if st := p.outer.Setting(row.name); st != nil {
			v, ok := valueOf(st)
			if !ok {
				return "(computed)"
			}
			return v.text
		}
	}
	return row.initial
}

var placeNames = [...]string{
	atGlobal: "the whole server", atNetwork: "a shared network", atSubnet: "a subnet",
	atPool: "a pool", atReservation: "a host", atClass: "a class",
}

// notHere is what is said about a parameter that Kea has, but not at this kind
// of place.
func notHere(name string, kind placeKind, lack Finding) Finding {
	return Finding{
		Code: "parameter-scope", Severity: max(S1, min(S2, lack.Severity)), Verdict: Manual,
		Fields: lack.Fields, Clients: "clients of this scope",
		Message: fmt.Sprintf("Kea cannot set what %s sets for %s; what applies around it stays in force.", name, placeNames[kind]),
		Remedy:  "put these clients into a subnet of their own, if it matters",
	}
}

// remainingParameters speaks for the statements of scopes that serve somebody
// but whose values some inner scope overrides everywhere, and for the few
// statements that have no value.
func (t *translation) remainingParameters() {
	t.conditionalParameters()
	for _, scope := range t.conf.Scopes {
		for _, st := range scope.Own {
			if simple, ok := st.(*dhcpdconf.Simple); ok {
				t.simpleStatement(simple)
				continue
			}
			if t.parameterOf(st) == nil || t.ledger.verdicts[st.ID()] != Unset {
				continue
			}
			if scope.Setting(model.SettingName(st)) != st {
				t.overridden(st)
				continue
			}
			if row := t.parameterOf(st); len(t.ledger.classesIn[scope]) > 0 && row.lack.Code != "" && (row.only == 0 || row.only == t.conf.Protocol) && !row.startup {
				if v, ok := valueOf(st); !ok || v.text != row.initial {
					f := notHere(model.SettingName(st), atClass, row.lack)
					f.Clients = "members of the classes that stand in this scope"
					t.ledger.add(st, f, "")
					continue
				}
			}
			t.ledger.add(st, Finding{
				Code: "no-effect", Severity: S0, Verdict: Ignored,
				Message: "nothing is served from the scope that this stands in, or an inner scope says otherwise everywhere.",
			}, "")
		}
	}
}

// conditionalParameters speaks for parameters inside conditions that became
// classes, which have none.
func (t *translation) conditionalParameters() {
	for st := range dhcpdconf.Preorder(t.file) {
		var body []dhcpdconf.Statement
		switch branch := st.(type) {
		case *dhcpdconf.If:
			body = branch.Body
		case *dhcpdconf.Switch:
			body = branch.Body
		}
		if len(body) == 0 || t.ledger.verdicts[st.ID()] == Unset {
			continue
		}
		for _, inside := range body {
			row := t.parameterOf(inside)
			if row == nil || t.ledger.verdicts[inside.ID()] != Unset {
				continue
			}
			f := Finding{
				Code: "parameter-condition", Severity: max(S2, row.lack.Severity), Verdict: Manual,
				Fields: row.lack.Fields, Clients: "clients that fulfil the condition",
				Message: fmt.Sprintf("the condition became a class, and Kea's classes cannot hold what %s sets; what applies around it stays in force.", model.SettingName(inside)),
				Remedy:  "divide these clients from the others by subnet or pool, if it matters",
			}
			if on, ok := model.Truth(inside); row.access && (!on || !ok) {
				f.Severity = S4
				f.Remedy = "give the class to the guards of the pools that its members may not use (not member('CLASS'))"
			}
			t.ledger.add(inside, f, "")
		}
	}
}

// simpleStatement speaks for statements of fixed words.
func (t *translation) simpleStatement(st *dhcpdconf.Simple) {
	if t.ledger.verdicts[st.ID()] != Unset || len(st.Words) == 0 {
		return
	}
	switch st.Words[0] {
	case "db-time-format", "lease-id-format":
		t.ledger.add(st, Finding{
			Code: "lease-file-format", Severity: S1, Verdict: Manual,
			Message: "this says how dhcpd writes its lease file; Kea's has a fixed format (CSV with times in seconds since 1970).",
			Remedy:  "change programs that read the lease file; otherwise nothing is to be done",
		}, "")
	case "parse-vendor-option":
		t.ledger.add(st, Finding{
			Code: "parse-vendor-option", Severity: S1, Verdict: Manual,
			Message: "this makes what a client sends in option 43 available to conditions; Kea takes option 43 apart by itself when a definition for the client's class says how.",
			Remedy:  "write the conditions that use it as tests of client classes",
		}, "")
	}
}
