package translator

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// optionPass translates options. For each place of the result it executes
// dhcpd's scopes up to there and writes what the place's own scopes changed.
type optionPass struct {
	*translation
	family   option.Family
	space    string // dhcpd's space of the options in packets: "dhcp" or "dhcp6"
	keaSpace string // Kea's: "dhcp4" or "dhcp6"
	table    *option.Table

	site          map[string]bool          // spaces that a site-option-space names
	siteFrom      uint32                   // the first code that is looked up in one of these; 0: none is
	defs          map[uint32]option.KeaDef // definitions that the result makes, by code
	containers    map[string][]uint32      // by space: the options of the packet that hold it, at any depth
	nested        map[string][]*option.Def // by space: its options that hold another space
	holds         map[uint32]string        // by code of an option of the packet: the space in it
	values        map[*dhcpdconf.OptionSet]*optionValue
	unreadable    map[*dhcpdconf.OptionSet]error
	states        map[stateKey]*optionState
	rendered      map[emissionKey]*emission
	made          map[string]keaconf.OptionData // option data by code and bytes
	defined43     bool
	vendors       []vendorClass                    // classes that name a vendor option space
	placeSpaces   map[string]*dhcpdconf.SpaceParam // see spacesOfPlaces
	computed      []computedOption                 // for the hook flex_option
	lists         []wishesAt
	listsExact    *bool // see exactLists; nil: not known yet
	computedCodes map[uint32]bool
	refused       map[uint32]bool                // once asked for
	clientNames   *bool                          // once asked for
	timersMixed   *bool                          // once asked for
	used          map[uint32]bool                // once asked for
	reasons       map[*dhcpdconf.OptionSet]error // why values are not computed
	unasked       bool                           // the finding about options that nobody asked for is written
	// ofSubnets are the options (by [optionKey]) that DHCPv6 subnets of shared networks set.
	ofSubnets map[*model.Subnet]map[string]bool
}

// emission is what a place gets: it is the same for all places that have the
// same scopes.
type emission struct {
	data     []keaconf.OptionData
	notes    []note
	computed []computedOption // without their place
	list     *wishes
	// mask is the subnet mask that is configured, when the place has to do with it.
	mask *optionValue
}

// note is a finding about a statement, to be said for each place.
type note struct {
	st dhcpdconf.Statement
	f  Finding
}

type emissionKey struct {
	inner, outer *optionState
	kind         placeKind
}

// options is the pass.
func (t *translation) options() {
	o := newOptionPass(t)
	t.optionPass = o
	o.define()
	o.global()
	for _, n := range t.conf.Networks {
		if into := t.networkOf[n]; into != nil {
			p := t.networkPlace(n)
			into.OptionData = append(into.OptionData, o.at(p)...)
			o.timers(p, &into.Timers)
			o.rapidCommit(p, nil)
		}
	}
	for _, s := range t.conf.Subnets {
		if into := t.subnetOf[s]; into != nil {
			p := t.subnetPlace(s)
			data := o.at(p)
			into.OptionData = append(into.OptionData, data...)
			if t.v6() && s.Network.Explicit() {
				o.ofSubnet(s, data)
			}
			o.timers(p, &into.Timers)
			o.rapidCommit(p, nil)
		}
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		data := o.at(p.place)
		if len(data) == 0 {
			continue
		}
		if p.pd {
			p.in.PDPools[p.index].OptionData = append(p.in.PDPools[p.index].OptionData, data...)
		} else {
			p.in.Pools[p.index].OptionData = append(p.in.Pools[p.index].OptionData, data...)
		}
	}
	for _, r := range t.hosts {
		if r.plain(t) {
			continue
		}
		data := o.atHost(r)
		res := t.reservation(r)
		if len(res.OptionData) == 0 {
			res.OptionData = data // shared by the hosts of a group
		} else if len(data) > 0 {
			res.OptionData = append(slices.Clip(res.OptionData), data...)
		}
	}
}

// ofSubnet keeps which options a subnet of a shared network sets.
func (o *optionPass) ofSubnet(s *model.Subnet, data []keaconf.OptionData) {
	keys := make(map[string]bool, len(data))
	for _, d := range data {
		keys[optionKey(d)] = true
	}
	if o.ofSubnets == nil {
		o.ofSubnets = map[*model.Subnet]map[string]bool{}
	}
	o.ofSubnets[s] = keys
}

func newOptionPass(t *translation) *optionPass {
	o := &optionPass{
		translation: t,
		family:      option.V4, space: "dhcp", keaSpace: "dhcp4",
		table:      t.file.Options,
		site:       map[string]bool{},
		defs:       map[uint32]option.KeaDef{},
		values:     make(map[*dhcpdconf.OptionSet]*optionValue, len(t.conf.Subnets)),
		unreadable: map[*dhcpdconf.OptionSet]error{},
		states:     make(map[stateKey]*optionState, len(t.conf.Subnets)),
		rendered:   make(map[emissionKey]*emission, len(t.conf.Subnets)),
		made:       map[string]keaconf.OptionData{},
		reasons:    map[*dhcpdconf.OptionSet]error{},
	}
	if t.v6() {
		o.family, o.space, o.keaSpace = option.V6, "dhcp6", "dhcp6"
	}
	if o.table == nil {
		o.table = option.NewTable(o.family)
	}
	o.findContainers()
	return o
}

// global writes the options of the global scope.
func (o *optionPass) global() {
	p := o.globalPlace()
	data := o.at(p)
	if o.v6() {
		o.dhcp6.OptionData = append(o.dhcp6.OptionData, data...)
		o.timers(p, &o.dhcp6.Timers)
		o.rapidCommit(p, func() {
			for _, s := range o.subnetOf {
				s.RapidCommit = new(true)
			}
		})
		return
	}
	o.dhcp4.OptionData = append(o.dhcp4.OptionData, data...)
	o.timers(p, &o.dhcp4.Timers)
}

// optionsOf returns the options that a place's own scopes set.
func (t *translation) optionsOf(p place) []keaconf.OptionData {
	data := t.optionPass.at(p)
	t.optionPass.noteVendorClass(p)
	return data
}

// at returns the options of a place and says what there is to say about them.
func (o *optionPass) at(p place) []keaconf.OptionData {
	e := o.emission(p)
	o.say(e, p)
	return e.data
}

// atHost is at for a reservation, whose pointer is made only if it is needed.
func (o *optionPass) atHost(r hostReservation) []keaconf.OptionData {
	e := o.emission(o.hostPlace(r.from, r.subnet, ""))
	if len(e.notes) > 0 || len(e.computed) > 0 || e.mask != nil || e.list != nil {
		o.say(e, o.placeOf(r))
	}
	return e.data
}

// emission writes the options of a place, once for all that are alike.
func (o *optionPass) emission(p place) *emission {
	outer := o.state(p.outer, nil)
	inner := o.state(p.own, outer)
	if inner == outer && p.kind != atSubnet {
		return &emission{}
	}
	key := emissionKey{inner, outer, p.kind}
	if e := o.rendered[key]; e != nil {
		return e
	}
	w := &placeWriter{optionPass: o, kind: p.kind, inner: inner, outer: outer}
	e := w.write()
	if p.kind != atReservation || inner.scope != p.own[0] {
		o.rendered[key] = e
	}
	return e
}

// say records the findings about a place.
func (o *optionPass) say(e *emission, p place) {
	for _, n := range e.notes {
		o.ledger.add(n.st, n.f, p.pointer)
	}
	for _, c := range e.computed {
		c.place = p
		o.computed = append(o.computed, c)
	}
	if e.mask != nil {
		o.subnetMask(p, e.mask)
	}
	if e.list != nil {
		o.lists = append(o.lists, wishesAt{*e.list, p})
	}
	if len(e.data) > 0 && !o.unasked && !o.v6() {
		o.unasked = true
		o.ledger.add(nil, Finding{
			Code: "options-asked-for", Severity: S1, Verdict: Translated,
			Fields:  []string{"options"},
			Clients: "clients that do not ask for options, or not for all",
			Message: "Kea sends subnet mask, routers, DNS servers and domain name to every client, and other options to those that ask for them. dhcpd sends what is asked for, and everything to a client that asks for nothing in particular.",
			Remedy:  "add \"always-send\": true to options that clients need without asking",
		}, "")
	}
}

// sharedData is data where many places have the same short values, which are
// made once.
func (o *optionPass) sharedData(code uint32, wire []byte) (keaconf.OptionData, error) {
	const short = 64
	if len(wire) > short {
		return o.data(code, wire)
	}
	key := string(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+short), code), wire...))
	if data, ok := o.made[key]; ok {
		return data, nil
	}
	data, err := o.data(code, wire)
	if err == nil {
		o.made[key] = data
	}
	return data, err
}

// data writes bytes as option data, and proves that Kea makes the same bytes
// of it.
func (o *optionPass) data(code uint32, wire []byte) (keaconf.OptionData, error) {
	d, known := o.keaDef(code)
	var data keaconf.OptionData
	if err := checkLength(d, wire); err != nil {
		return data, err
	}
	if known {
		data.Name = d.Name
	} else {
		data.Code = new(uint16(code))
	}
	text, csv, err := d.FormatData(wire)
	if err == nil {
		err = proveData(d, text, csv, wire)
	}
	if err != nil {
		text, csv = fmt.Sprintf("%X", wire), false
		if hexErr := proveData(d, text, csv, wire); hexErr != nil {
			return data, err
		}
	}
	if !csv {
		data.CSVFormat = new(false)
	}
	data.Data = text
	if o.v6() && code == optionPreference {
		data.AlwaysSend = new(true)
	}
	return data, nil
}

// optionPreference is the option of DHCPv6 that dhcpd sends in every answer,
// whether the client asks for it or not.
const optionPreference = 7

func proveData(d option.KeaDef, text string, csv bool, wire []byte) error {
	got, err := d.EncodeData(text, csv)
	if err != nil {
		return err
	}
	if !d.Same(got, wire) {
		return fmt.Errorf("it would send %X in place of %X", got, wire)
	}
	return nil
}

// field names an option for [Finding.Fields].
func (o *optionPass) field(k optionID) string {
	if k.space == o.space {
		return fmt.Sprintf("option %d", k.code)
	}
	return fmt.Sprintf("option %s.%d", k.space, k.code)
}
