package translator

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// uses is what the file says about one option of the packet that Kea does not
// know.
type uses struct {
	defines []*dhcpdconf.OptionDefine
	def     *option.Def // the last definition
	wires   [][]byte
}

// define makes the definitions that Kea lacks: of the options that the file
// defines, and of those that dhcpd knows and Kea does not. The type is Kea's
// counterpart of dhcpd's if all values in the file fit it, else "binary".
func (o *optionPass) define() {
	for st := range dhcpdconf.Preorder(o.file) {
		if sp, ok := st.(*dhcpdconf.SpaceParam); ok && sp.Site && !o.v6() {
			o.site[strings.ToLower(sp.Name.Text)] = true
			o.siteCodes(sp)
		}
	}
	used := map[uint32]*uses{}
	at := func(code uint32) *uses {
		u := used[code]
		if u == nil {
			u = &uses{}
			used[code] = u
		}
		return u
	}
	for st := range dhcpdconf.Preorder(o.file) {
		switch st := st.(type) {
		case *dhcpdconf.OptionDefine:
			o.definition(st, at)
		case *dhcpdconf.OptionSet:
			o.useOf(st, at)
		}
	}
	names := map[string]bool{}
	for _, code := range slices.Sorted(maps.Keys(used)) {
		u := used[code]
		if u.def == nil {
			continue
		}
		d := o.chooseType(u)
		d.Code = code
		d.Name = option.KeaName(u.def, o.family, o.opts.Target)
		if names[d.Name] {
			d.Name = fmt.Sprintf("%s-%d", d.Name, code)
		}
		names[d.Name] = true
		o.defs[code] = d
		o.addDef(d)
	}
}

// siteCodes finds from which code on dhcpd looks in the space of site-option-space
// and not in its own: from the lowest code that the space has, but not below 128.
func (o *optionPass) siteCodes(sp *dhcpdconf.SpaceParam) {
	if !slices.Contains(o.conf.Global.Own, dhcpdconf.Statement(sp)) {
		o.ledger.add(sp, Finding{
			Code: "site-option-space-scope", Severity: S3, Verdict: Approximated, Fields: []string{"options"},
			Clients:  "clients that ask for options with codes from 128 on",
			Audience: Audience{Scopes: []*model.Scope{o.conf.Global}},
			Message:  "dhcpd takes options with codes from 128 on out of this space for some clients only, and out of its own for others; in the result the options of both are in one space.",
			Remedy:   "write site-option-space at the top of the file, or see which of these options clients need",
		}, "")
		return
	}
	const highest = 224
	o.siteFrom = highest
	for _, name := range o.table.Names(sp.Name.Text) {
		if d, ok := o.table.Lookup(sp.Name.Text, name); ok {
			o.siteFrom = min(o.siteFrom, d.Code)
		}
	}
	o.siteFrom = max(o.siteFrom, firstSiteCode)
}

// definition speaks for "option NAME code N = TYPE;" and notes what it defines.
func (o *optionPass) definition(st *dhcpdconf.OptionDefine, at func(uint32) *uses) {
	if st.Def == nil {
		return
	}
	k := o.key(st.Def)
	switch {
	case o.foreign(k.space):
		o.otherProtocol(st)
		return
	case k.space != o.space:
		// What the options inside another option look like is only needed to
		// make that option's bytes.
		o.ledger.mark(st, Translated)
		return
	case !o.sendable(k.code):
		o.ledger.add(st, Finding{
			Code: "option-code-impossible", Severity: S2, Verdict: Manual,
			Fields:  []string{o.field(k)},
			Message: fmt.Sprintf("Kea has no option with the code %d: codes go from 1 to %d.", k.code, o.lastCode()),
			Remedy:  "use another code, if the option is needed",
		}, "")
		return
	}
	if kea, ok := option.KeaLookup(o.family, o.keaSpace, k.code, o.opts.Target); ok {
		message := fmt.Sprintf("Kea knows option %d as %q with the type %s, and does not let it be defined anew; values were written for that type.", k.code, kea.Name, kea.TypeString())
		if kea.Redefinable {
			message = fmt.Sprintf("option %d is defined in the result as bytes, so that Kea sends exactly what dhcpd sends.", k.code)
		}
		o.ledger.add(st, Finding{Code: "option-known-to-kea", Severity: S0, Verdict: Translated, Message: message}, "")
		return
	}
	u := at(k.code)
	if len(u.defines) > 0 {
		o.ledger.add(st, Finding{
			Code: "option-defined-twice", Severity: S0, Verdict: Translated,
			Message: fmt.Sprintf("option %d has another definition further up. Kea has one name and type for a code: the last.", k.code),
		}, "")
	}
	o.ledger.mark(st, Translated)
	u.defines = append(u.defines, st)
	u.def = st.Def
}

// useOf notes what an option is set to.
func (o *optionPass) useOf(st *dhcpdconf.OptionSet, at func(uint32) *uses) {
	if st.Option == nil {
		return
	}
	k := o.key(st.Option)
	if k.space != o.space || !o.sendable(k.code) {
		return
	}
	if _, ok := option.KeaLookup(o.family, o.keaSpace, k.code, o.opts.Target); ok {
		return
	}
	u := at(k.code)
	if u.def == nil && st.Option.Standard {
		u.def = st.Option
	}
	if v := o.value(st); !v.missing {
		u.wires = append(u.wires, v.wire)
	}
}

// chooseType finds the type that all values fit.
func (o *optionPass) chooseType(u *uses) option.KeaDef {
	d := option.KeaDef{Family: o.family, Space: o.keaSpace}
	if space := o.lookedInto().read[u.def.Code]; space != "" {
		d.Type, d.Encapsulate = "empty", innerSpace(space)
		return d
	}
	typ, records, array, encapsulate, ok := option.KeaType(o.family, u.def.Format)
	if !ok || encapsulate != "" {
		typ, records, array = "binary", nil, false
	}
	d.Type, d.RecordTypes, d.Array = typ, records, array
	if typ == "binary" && len(u.def.Format.Fields) == 1 && u.def.Format.Fields[0].Kind == option.Bytes && len(u.wires) > 0 {
		d.Type = "string" // dhcpd's "string" is bytes; here they are all text
	}
	for _, wire := range u.wires {
		text, csv, err := d.FormatData(wire)
		if err == nil {
			err = errors.Join(proveData(d, text, csv, wire), checkLength(d, wire))
		}
		if err != nil || !csv && d.Type == "string" {
			d.Type, d.RecordTypes, d.Array = "binary", nil, false
			break
		}
	}
	return d
}

// checkLength reports whether Kea can send the bytes of a DHCPv4 option, which
// go beyond 255 only in several parts (RFC 3396). Measured on 2.2.0, 2.6.3 and
// 3.0.4: of lists of addresses, integers and routes Kea makes no parts; its
// answer ends there, without lease time and server identifier.
func checkLength(d option.KeaDef, wire []byte) error {
	const longest = 255
	if d.Family != option.V4 || len(wire) <= longest {
		return nil
	}
	list := d.Array && d.Type != "record" && d.Type != "fqdn" && d.Type != "tuple"
	if list || d.Type == "internal" {
		return fmt.Errorf("the value has %d bytes, and of this type no more than %d can be sent", len(wire), longest)
	}
	return nil
}

// addDef writes a definition into the result.
func (o *optionPass) addDef(d option.KeaDef) {
	def := keaconf.OptionDef{Name: d.Name, Code: uint16(d.Code), Space: d.Space, Type: d.Type, RecordTypes: strings.Join(d.RecordTypes, ", "), Encapsulate: d.Encapsulate}
	if d.Array {
		def.Array = new(true)
	}
	if o.v6() {
		o.dhcp6.OptionDef = append(o.dhcp6.OptionDef, def)
		return
	}
	o.dhcp4.OptionDef = append(o.dhcp4.OptionDef, def)
	slices.SortStableFunc(o.dhcp4.OptionDef, func(a, b keaconf.OptionDef) int { return cmp.Compare(a.Code, b.Code) })
}

// keaDef returns the definition that Kea has, or gets, for an option of the
// packet; known is false when there is none and only digits can be written.
func (o *optionPass) keaDef(code uint32) (d option.KeaDef, known bool) {
	if code == optionVendorEncapsulated && !o.v6() {
		return o.vendorEncapsulatedDef(), true
	}
	if d, ok := o.defs[code]; ok {
		return d, true
	}
	if d, ok := option.KeaLookup(o.family, o.keaSpace, code, o.opts.Target); ok {
		return d, true
	}
	return option.KeaDef{Family: o.family, Space: o.keaSpace, Code: code}, false
}

// vendorEncapsulatedDef defines option 43 as bytes. Kea's own definition has
// the type "empty" and would send a length of 0 whatever the data are.
func (o *optionPass) vendorEncapsulatedDef() option.KeaDef {
	d := option.KeaDef{Family: o.family, Space: o.keaSpace, Code: optionVendorEncapsulated, Name: "vendor-encapsulated-options", Type: "binary"}
	if !o.defined43 {
		o.defined43 = true
		o.addDef(d)
	}
	return d
}

// lastCode is the highest code that an option can have.
func (o *optionPass) lastCode() uint32 {
	if o.v6() {
		return 65535
	}
	return 254
}

func (o *optionPass) sendable(code uint32) bool { return code > 0 && code <= o.lastCode() }

// foreign reports whether the options of a space can only stand in packets of
// the other protocol.
func (o *optionPass) foreign(space string) bool {
	switch space {
	case "dhcp", "agent", "nwip", "vendor", "vendor-class":
		return o.v6()
	case "dhcp6", "vsio", "isc6":
		return !o.v6()
	}
	return false
}

func (o *optionPass) otherProtocol(st dhcpdconf.Statement) {
	served, other := "DHCPv4", "DHCPv6"
	if o.v6() {
		served, other = other, served
	}
	o.ledger.add(st, Finding{
		Code: "option-other-protocol", Severity: S1, Verdict: Ignored,
		Message: fmt.Sprintf("this is an option of %s; a server for %s does not send it.", other, served),
	}, "")
}
