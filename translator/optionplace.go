package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

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
	codes := w.changed()
	w.out.data = make([]keaconf.OptionData, 0, len(codes))
	for _, code := range codes {
		w.option(code)
	}
	if len(w.out.data) == 0 {
		w.out.data = nil // no list
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
		for _, set := range l.set {
			k := set.id
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
	if code == optionVendorEncapsulated && !o.v6() && o.selectsVendor() {
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

// selectsVendor reports whether vendor-option-space has a say in option 43: not
// when the file defines the option anew.
func (o *optionPass) selectsVendor() bool {
	d, known := o.table.ByCode(o.space, optionVendorEncapsulated)
	return !known || d.Standard
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
	if w.isComputed(code) && w.compute(code, v) {
		return
	}
	if v.missing {
		for _, st := range v.from {
			w.speakFor(st)
		}
		return
	}
	last := v.from[len(v.from)-1]
	if len(v.wire) == 0 && !(w.v6() && w.hasNoContent(code)) {
		w.empty(code, v)
		return
	}
	start := len(w.out.data)
	err := w.append(code, v)
	if err != nil {
		var d keaconf.OptionData
		if d, err = w.separateNames(code, v.wire, err); err == nil {
			w.out.data = append(w.out.data, d)
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
	data := w.out.data[start:]
	if slices.Contains(w.requestList(), byte(code)) && code < 256 || !w.v6() && sentUnasked(code) {
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
}

// sentUnasked reports whether dhcpd sends an option of DHCPv4 to every client that
// it is set for: those that have a place of their own before what the client asks
// for, other than the ones that servers fill themselves.
func sentUnasked(code uint32) bool {
	switch code {
	case optionMessage, optionRenewalTime, optionRebindingTime, optionAssociatedIP, optionSubnetSelection:
		return true
	}
	return false
}

// append adds the option data of a value; with an error it adds nothing.
func (w *placeWriter) append(code uint32, v *optionValue) error {
	if w.isVendor(code) {
		data, err := w.vendorData(code, v)
		if err == nil {
			w.out.data = append(w.out.data, data...)
		}
		return err
	}
	write := w.data
	if w.kind == atReservation {
		write = w.sharedData // many hosts have the same values
	}
	d, err := write(code, v.wire)
	if err == nil {
		w.out.data = append(w.out.data, d)
	}
	return err
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
		if w.canHook(hookFlexOption) && !w.isVendor(code) {
			w.markAll(v, Translated)
			w.out.computed = append(w.out.computed, computedOption{code: code, from: v.from, value: constantData(nil), forced: true})
			return
		}
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
		if compresses(st, w.values[st].wire) {
			w.note(st, Finding{
				Code: "domain-names-not-compressed", Severity: S1, Verdict: Translated,
				Fields:  []string{w.field(optionID{w.space, code})},
				Message: "dhcpd compresses the list of domain names, Kea writes them out: other bytes, the same names.",
			})
		}
	}
}
