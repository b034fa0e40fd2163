package translator

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// computedOption is what one place sets an option to that some scope of the
// file computes from the packet. The hook flex_option changes Kea's answer when
// all option data are in it, so constants of inner scopes must be said again.
type computedOption struct {
	code  uint32
	from  []*dhcpdconf.OptionSet
	value keaData // computed, or a constant; one without bytes hides the option
	asked asking
	place place
	// forced: a constant that option data cannot say.
	forced bool
}

// asking says when dhcpd sends an option: when the client asks for it or has no
// list of wishes, unless the file has a list of its own.
type asking uint8

const (
	whenAsked asking = iota
	askedAlways
	askedNever
)

// isComputed reports whether some statement computes an option of the packet.
func (o *optionPass) isComputed(code uint32) bool {
	if o.onlyByHook(code) {
		return true
	}
	if o.computedCodes == nil {
		o.computedCodes = map[uint32]bool{}
		for st := range dhcpdconf.Preorder(o.file) {
			set, ok := st.(*dhcpdconf.OptionSet)
			if !ok || set.Option == nil || set.Data.Expr == nil {
				continue
			}
			if c, constant := model.Fold(set.Data.Expr); constant && !c.Numeric {
				continue
			}
			if k := o.key(set.Option); k.space == o.space {
				o.computedCodes[k.code] = true
			}
		}
	}
	return o.computedCodes[code]
}

// onlyByHook reports whether option data cannot say all bytes that dhcpd sends in
// an option: Kea takes it apart, or (from 2.6 on, measured) takes only data that
// are encrypted DNS servers (RFC 9463) and does not start with others. Where option
// data have the option for clients that can do without IPv4 (RFC 8925), Kea gives
// no address to those that ask for it; dhcpd does, and sends the option besides.
func (o *optionPass) onlyByHook(code uint32) bool {
	if o.lookedInto().read[code] != "" || o.refusedCodes()[code] || code == optionRequestList && !o.v6() || code == optionHostName && o.namesClients() || code == optionV6Only && !o.v6() && o.canHook(hookFlexOption) {
		return true
	}
	if !o.v6() && timerFields[code] != "" && o.timersAround() && o.canHook(hookFlexOption) {
		return true
	}
	d, known := option.KeaLookup(o.family, o.keaSpace, code, o.opts.Target)
	return known && (d.Name == "v4-dnr" || d.Name == "v6-dnr")
}

// refusedCodes finds the options of the packet that some statement sets to bytes
// which Kea's own definition of the option cannot hold. The hook knows no types.
func (o *optionPass) refusedCodes() map[uint32]bool {
	if o.refused != nil {
		return o.refused
	}
	o.refused = map[uint32]bool{}
	if !o.canHook(hookFlexOption) {
		return o.refused
	}
	for st := range dhcpdconf.Preorder(o.file) {
		set, ok := st.(*dhcpdconf.OptionSet)
		// What is written in dhcpd's own type is what Kea's holds too, and most are.
		if !ok || set.Option == nil || set.Data.Expr == nil && set.Option.Standard && !o.isVendor(set.Option.Code) {
			continue
		}
		k := o.key(set.Option)
		if k.space != o.space || o.refused[k.code] || o.v6() && o.isVendor(k.code) || !o.sendable(k.code) {
			continue
		}
		v := o.value(set)
		if v.missing || len(v.wire) == 0 {
			continue
		}
		var err error
		if o.isVendor(k.code) {
			_, err = (&placeWriter{optionPass: o}).vendorData(k.code, v)
		} else {
			_, err = o.data(k.code, v.wire)
		}
		if err != nil {
			_, err = o.separateNames(k.code, v.wire, err)
		}
		if err != nil {
			o.refused[k.code] = true
		}
	}
	return o.refused
}

// compute keeps what the place sets such an option to. It reports whether
// nothing is left to be written as option data.
func (w *placeWriter) compute(code uint32, v *optionValue) bool {
	c := computedOption{code: code, from: v.from}
	if !w.v6() && sentUnasked(code) {
		c.asked = askedAlways
	} else if list := w.inner.get(optionID{w.space, optionRequestList}); list != nil && !list.missing && !w.v6() {
		switch {
		case slices.Contains(list.wire, byte(code)):
			c.asked = askedAlways
		case !list.extends:
			c.asked = askedNever
		}
	}
	if !v.missing && !v.extends {
		c.value = constantData(v.wire)
		c.forced = w.onlyByHook(code)
		w.out.computed = append(w.out.computed, c)
		if c.forced {
			w.markAll(v, Translated)
		}
		return c.forced
	}
	st := v.from[len(v.from)-1]
	if len(v.from) != 1 || st.Data.Expr == nil || w.unreadable[st] != nil {
		return false
	}
	x := w.expressions(st)
	x.ofReply = w.v6()
	value, err := x.value(st.Data.Expr)
	if err == nil && !w.canHook(hookFlexOption) {
		err = cannot(st.Data.Expr, "the hook flex_option is not there")
	}
	if err != nil {
		w.reasons[st] = err
		return false
	}
	c.value = value
	w.out.computed = append(w.out.computed, c)
	w.markAll(v, Translated)
	return true
}

// computedOptions loads the hook flex_option with the options that the file
// computes, in the order in which dhcpd executes the scopes: of several entries
// that apply the last decides.
func (t *translation) computedOptions() {
	o := t.optionPass
	list := o.computed
	if !slices.ContainsFunc(list, func(c computedOption) bool { return !c.value.isConst || c.forced }) {
		return
	}
	slices.Reverse(list) // of classes the first is executed last; of other places nobody is in two
	slices.SortStableFunc(list, func(a, b computedOption) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.place.rank(), b.place.rank()))
	})
	var options []any
	named := sync.OnceValue(t.notNamedByHost)
	for i, c := range list {
		outer := list[:i]
		if c.value.isConst && !c.forced && !slices.ContainsFunc(outer, func(b computedOption) bool {
			return b.code == c.code && (!b.value.isConst || b.forced) && b.place.holds(c.place)
		}) {
			continue // option data say it
		}
		guard, ok := t.classOfPlace(c.place)
		if !ok {
			continue
		}
		pointer := fmt.Sprintf("%s/parameters/options/%d", t.hookPointer(hookFlexOption), len(options))
		entry := func(action, expression string) {
			object := keaconf.Object{{Key: "code", Value: c.code}}
			if guard != "" {
				object = append(object, keaconf.Member{Key: "client-class", Value: guard})
			}
			options = append(options, append(object, keaconf.Member{Key: action, Value: expression}))
		}
		not := ""
		if c.code == optionHostName && !t.v6() && c.place.rank() < reservationRank {
			not = named()
		}
		if test, ok := c.value.lacking(); ok && t.mayBeSent(c.code, outer) {
			if not != "" {
				test = all([]string{not, test})
			}
			entry("remove", test)
		}
		if text, ok := o.supersede(c, not); ok {
			entry("supersede", text)
		}
		for _, st := range c.from {
			if !c.value.isConst || c.forced {
				t.ledger.add(st, Finding{
					Code: "option-flex", Severity: S1, Verdict: Translated,
					Fields:  []string{o.field(o.key(st.Option))},
					Message: "the value is in the parameters of Kea's hook flex_option, which is loaded.",
				}, pointer)
			}
		}
	}
	t.flexOptions(options)
}

// flexOptions loads the hook flex_option with these entries, behind those that it
// has already.
func (t *translation) flexOptions(options []any) {
	if len(options) == 0 {
		return
	}
	for i, m := range t.hooks[hookFlexOption] {
		if have, ok := m.Value.([]any); ok && m.Key == "options" {
			t.hooks[hookFlexOption][i].Value = append(have, options...)
			return
		}
	}
	t.hook(hookFlexOption, keaconf.Object{{Key: "options", Value: options}})
}

// lacking is the test that dhcpd would send no option, for want of a value or
// of bytes; ok is false when there always are some.
func (d keaData) lacking() (test string, ok bool) {
	switch {
	case d.null, d.isConst && len(d.constant) == 0:
		return truth(true), true
	case d.isConst, len(d.exists) == 0 && d.some:
		return "", false
	case d.some:
		return opposite(all(d.exists)), true
	case d.filled:
		return anyTest([]string{opposite(all(d.exists)), d.text + " == ''"}), true
	}
	return d.text + " == ''", true
}

// supersede is the expression for the value, empty where the client does not
// ask for the option, or does not pass the test also, if there is one.
func (o *optionPass) supersede(c computedOption, also string) (string, bool) {
	if c.value.null || c.asked == askedNever || c.value.isConst && len(c.value.constant) == 0 {
		return "", false
	}
	var when []string
	if also != "" {
		when = append(when, also)
	}
	if c.asked == whenAsked {
		when = append(when, o.asks(c.code))
	}
	if c.value.filled {
		when = append(when, c.value.exists...)
	}
	if len(when) == 0 {
		return c.value.text, true
	}
	return fmt.Sprintf("ifelse(%s, %s, '')", all(when), c.value.text), true
}

// asks is the test that a client asks for an option. Kea has no function for
// that, but a list that holds the code is not the same as its part before it.
func (o *optionPass) asks(code uint32) string {
	if !o.v6() {
		list := fmt.Sprintf("option[%d].hex", optionRequestList)
		return fmt.Sprintf("(not (option[%d].exists)) or (not (split(%s, %s, 1) == %s))", optionRequestList, list, literalHex([]byte{byte(code)}), list)
	}
	const list = "option[6].hex"
	if o.opts.Target >= matchSince {
		return fmt.Sprintf("match('(....)*%x(....)*', hexstring(%s, ''))", bigEndian(uint64(code), 2), list)
	}
	// Before there are regular expressions: one of the places in the list.
	const places = 64
	tests := make([]string, places)
	for i := range tests {
		tests[i] = fmt.Sprintf("substring(%s,%d,2) == %s", list, 2*i, literalHex(bigEndian(uint64(code), 2)))
	}
	return anyTest(tests)
}

func literalHex(b []byte) string { return fmt.Sprintf("0x%X", b) }

// mayBeSent reports whether Kea's answer can hold an option before the hook
// changes it.
func (t *translation) mayBeSent(code uint32, outer []computedOption) bool {
	if slices.ContainsFunc(outer, func(b computedOption) bool { return b.code == code }) || !t.v6() && code == optionHostName {
		return true
	}
	field := t.optionPass.field(optionID{t.optionPass.space, code})
	sets := func(data []keaconf.OptionData) bool {
		return slices.ContainsFunc(data, func(d keaconf.OptionData) bool { return t.optionField(d) == field })
	}
	if t.v6() && sets(t.dhcp6.OptionData) || !t.v6() && sets(t.dhcp4.OptionData) {
		return true
	}
	for _, p := range t.optionPlaces() {
		if sets(*p.data) {
			return true
		}
	}
	for _, c := range t.classes {
		if sets(c.OptionData) {
			return true
		}
	}
	for _, r := range t.hosts {
		if sets(t.reservation(r).OptionData) {
			return true
		}
	}
	return false
}

// optionHostName is the option of DHCPv4 that Kea gives back to clients.
const optionHostName = 12

// placeOrder is the order in which dhcpd executes the scopes behind places, and
// ranksOfPlace how many ranks each has.
var placeOrder = [...]placeKind{atGlobal, atNetwork, atSubnet, atPool, atClass, atReservation}

const (
	ranksOfPlace    = 2
	reservationRank = (len(placeOrder) - 1) * ranksOfPlace
)
