package translator

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// optionPass translates options. For each place of the result it executes
// dhcpd's scopes up to there and writes what the place's own scopes changed.
type optionPass struct {
	*translation
	family   option.Family
	space    string // dhcpd's space of the options in packets: "dhcp" or "dhcp6"
	keaSpace string // Kea's: "dhcp4" or "dhcp6"
	table    *option.Table

	site       map[string]bool          // spaces that a site-option-space names
	defs       map[uint32]option.KeaDef // definitions that the result makes, by code
	containers map[string][]uint32      // by space: the options of the packet that hold it, at any depth
	nested     map[string][]*option.Def // by space: its options that hold another space
	holds      map[uint32]string        // by code of an option of the packet: the space in it
	values     map[*dhcpdconf.OptionSet]*optionValue
	unreadable map[*dhcpdconf.OptionSet]error
	states     map[stateKey]*optionState
	rendered   map[emissionKey]*emission
	made       map[string]keaconf.OptionData // option data by code and bytes
	defined43  bool
	vendors    []vendorClass // classes that name a vendor option space
	unasked    bool          // the finding about options that nobody asked for is written
}

// emission is what a place gets: it is the same for all places that have the
// same scopes.
type emission struct {
	data  []keaconf.OptionData
	notes []note
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
			o.rapidCommit(p, func() { into.RapidCommit = new(true) })
		}
	}
	for _, s := range t.conf.Subnets {
		if into := t.subnetOf[s]; into != nil {
			p := t.subnetPlace(s)
			into.OptionData = append(into.OptionData, o.at(p)...)
			o.timers(p, &into.Timers)
			o.rapidCommit(p, func() { into.RapidCommit = new(true) })
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

func newOptionPass(t *translation) *optionPass {
	o := &optionPass{
		translation: t,
		family:      option.V4, space: "dhcp", keaSpace: "dhcp4",
		table:      t.file.Options,
		site:       map[string]bool{},
		defs:       map[uint32]option.KeaDef{},
		values:     map[*dhcpdconf.OptionSet]*optionValue{},
		unreadable: map[*dhcpdconf.OptionSet]error{},
		states:     map[stateKey]*optionState{},
		rendered:   map[emissionKey]*emission{},
		made:       map[string]keaconf.OptionData{},
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
	if len(e.notes) > 0 || e.mask != nil {
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
	if e.mask != nil {
		o.subnetMask(p, e.mask)
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

// placeWriter writes the options of one place.
type placeWriter struct {
	*optionPass
	kind         placeKind
	inner, outer *optionState
	out          emission
}

func (w *placeWriter) note(st dhcpdconf.Statement, f Finding) {
	w.out.notes = append(w.out.notes, note{st, f})
}

func (w *placeWriter) write() *emission {
	for _, code := range w.changed() {
		w.option(code)
	}
	w.out.mask = w.configuredMask()
	return &w.out
}

// changed returns the codes of the options that can differ from those of the
// outer place, in the order in which the file sets them.
func (w *placeWriter) changed() []uint32 {
	var codes []uint32
	seen := map[uint32]bool{}
	add := func(code uint32) {
		if !seen[code] {
			seen[code] = true
			codes = append(codes, code)
		}
	}
	layers := w.inner.until(w.outer)
	vendor := w.inner.vendorOptionSpace()
	slices.Reverse(layers)
	for _, l := range layers {
		for _, k := range l.order {
			if k.space == w.space {
				add(k.code)
				if k.code == optionRequestList && !w.v6() {
					for _, listed := range w.requestList() {
						add(uint32(listed))
					}
				}
				continue
			}
			for _, code := range w.containers[k.space] {
				add(code)
			}
			if vendor != "" && w.inside(k.space, vendor) {
				add(optionVendorEncapsulated)
			}
		}
		if l.vendorSpace != nil && !w.v6() {
			add(optionVendorEncapsulated)
			w.ledger.mark(l.vendorSpace, Translated)
		}
	}
	return codes
}

// requestList is the list of options that dhcpd takes in place of the client's
// own, if one is configured.
func (w *placeWriter) requestList() []byte {
	if w.v6() {
		return nil
	}
	if v := w.inner.get(optionID{w.space, optionRequestList}); v != nil {
		return v.wire
	}
	return nil
}

// effective is the value of an option of the packet: the one that is set, or
// else what the options of the space in it give.
func (o *optionPass) effective(s *optionState, code uint32) *optionValue {
	if v := s.get(optionID{o.space, code}); v != nil {
		return v
	}
	space := o.holds[code]
	if code == optionVendorEncapsulated && !o.v6() {
		if named := s.vendorOptionSpace(); named != "" {
			space = named
		}
	}
	if space == "" {
		return nil
	}
	if o.isVendor(code) {
		return o.vendorValue(s, space)
	}
	return o.encapsulate(s, space, 0)
}

// option writes one option of the packet.
func (w *placeWriter) option(code uint32) {
	v := w.effective(w.inner, code)
	if v == nil {
		return
	}
	if w.special(code, v) {
		return
	}
	if v.missing {
		for _, st := range v.from {
			w.speakFor(st)
		}
		return
	}
	last := v.from[len(v.from)-1]
	if len(v.wire) == 0 && !w.hasNoContent(code) {
		w.empty(code, v)
		return
	}
	var data []keaconf.OptionData
	var err error
	if w.isVendor(code) {
		data, err = w.vendorData(code, v)
	} else {
		var d keaconf.OptionData
		d, err = w.data(code, v.wire)
		data = []keaconf.OptionData{d}
	}
	if err != nil {
		var d keaconf.OptionData
		if d, err = w.separateNames(code, v.wire, err); err == nil {
			data = []keaconf.OptionData{d}
			w.note(last, Finding{
				Code: "domain-names-in-one", Severity: S2, Verdict: Approximated,
				Fields:  []string{w.field(optionID{w.space, code})},
				Message: "several domain names stand in one pair of quotes, so that dhcpd sends them as one name with blanks in it, which Kea cannot send. They were written as the names that were probably meant.",
				Remedy:  "put each name in quotes of its own, separated by commas",
			})
		}
	}
	if err != nil {
		w.note(last, Finding{
			Code: "option-refused", Severity: S3, Verdict: Manual,
			Fields:  []string{w.field(optionID{w.space, code})},
			Message: fmt.Sprintf("Kea cannot send these bytes in option %d: %s.", code, err),
			Remedy:  "see what clients expect in this option, and set it by hand",
		})
		return
	}
	if slices.Contains(w.requestList(), byte(code)) && code < 256 {
		data[0].AlwaysSend = new(true)
	}
	for _, st := range v.from {
		if known := w.values[st]; known != nil && known.missing {
			w.speakFor(st)
			continue
		}
		w.ledger.mark(st, Translated)
		if w.key(st.Option).space != w.space {
			data[0].Comments = append(data[0].Comments, inside(st))
		}
	}
	w.lookedAt(code, v)
	w.out.data = append(w.out.data, data...)
}

// separateNames takes domain names with blanks in them apart. It gives back the
// error if that is not what is wrong.
func (o *optionPass) separateNames(code uint32, wire []byte, err error) (keaconf.OptionData, error) {
	const blank = `\032` // as names with a blank in them are written
	d, known := o.keaDef(code)
	if !known || d.Type != "fqdn" || !d.Array {
		return keaconf.OptionData{}, err
	}
	list := option.Format{Fields: []option.Field{{Kind: option.DomainList}}}
	names, decodeErr := list.Decode(wire)
	if decodeErr != nil {
		return keaconf.OptionData{}, err
	}
	var separate []option.Value
	for _, n := range names {
		for name := range strings.FieldsSeq(strings.ReplaceAll(n.Text, blank, " ")) {
			separate = append(separate, option.Value{Kind: option.DomainList, Text: name})
		}
	}
	if len(separate) == len(names) {
		return keaconf.OptionData{}, err
	}
	separated, encodeErr := list.Encode(separate)
	if encodeErr != nil {
		return keaconf.OptionData{}, err
	}
	return o.data(code, separated)
}

// inside says what an option within the option holds, for people who read the
// digits.
func inside(st *dhcpdconf.OptionSet) string {
	const longest = 200
	text := strings.Join(strings.Fields(st.Span().Text()), " ")
	text = strings.TrimSuffix(text, ";")
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return text
}

// hasNoContent reports whether an option stands for itself, without a value.
func (o *optionPass) hasNoContent(code uint32) bool {
	d, known := o.keaDef(code)
	return known && d.Type == "empty" && d.Encapsulate == ""
}

// empty: dhcpd does not send an option without content, and so hides what an
// outer scope sets.
func (w *placeWriter) empty(code uint32, v *optionValue) {
	last := v.from[len(v.from)-1]
	outer := w.effective(w.outer, code)
	if outer == nil || len(outer.wire) == 0 {
		w.markAll(v, Translated)
		return
	}
	always := !w.v6() && (code == 1 || code == 3 || code == 6 || code == 15)
	data, err := w.data(code, outer.wire)
	if w.opts.Target < neverSendSince || always || err != nil || w.isVendor(code) {
		w.note(last, Finding{
			Code: "option-not-hidden", Severity: S3, Verdict: Manual,
			Fields:  []string{w.field(optionID{w.space, code})},
			Message: "an option without content is not sent by dhcpd and hides the one of the outer scope; Kea sends that of the outer scope.",
			Remedy:  "set the option in the inner scopes that need it, not in the outer one",
		})
		return
	}
	data.NeverSend = new(true)
	data.Comments = append(data.Comments, "not sent here")
	w.markAll(v, Translated)
	w.out.data = append(w.out.data, data)
}

func (w *placeWriter) markAll(v *optionValue, verdict Verdict) {
	for _, st := range v.from {
		w.ledger.mark(st, verdict)
	}
}

// lookedAt says what differs though the option is there.
func (w *placeWriter) lookedAt(code uint32, v *optionValue) {
	for _, st := range v.from {
		if st.Data.Expr != nil || w.key(st.Option).space != w.space {
			continue
		}
		vals := make([]option.Value, len(st.Data.Fields))
		for i, d := range st.Data.Fields {
			vals[i] = d.Value
		}
		if compresses(st, vals, w.values[st].wire) {
			w.note(st, Finding{
				Code: "domain-names-not-compressed", Severity: S1, Verdict: Translated,
				Fields:  []string{w.field(optionID{w.space, code})},
				Message: "dhcpd compresses the list of domain names, Kea writes them out: other bytes, the same names.",
			})
		}
	}
}

// data writes bytes as option data, and proves that Kea makes the same bytes
// of it. Many hosts have the same short values, which are made once.
func (o *optionPass) data(code uint32, wire []byte) (keaconf.OptionData, error) {
	const short = 64
	if len(wire) > short {
		return o.newData(code, wire)
	}
	key := string(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+short), code), wire...))
	if data, ok := o.made[key]; ok {
		return data, nil
	}
	data, err := o.newData(code, wire)
	if err == nil {
		o.made[key] = data
	}
	return data, err
}

func (o *optionPass) newData(code uint32, wire []byte) (keaconf.OptionData, error) {
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
	return data, nil
}

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
