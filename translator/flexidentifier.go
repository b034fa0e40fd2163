package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// flexSource is an option by which hosts are recognised with the hook flex_id,
// and the values of it that the file names.
type flexSource struct {
	ref    string // the option in Kea's language, without ".hex"
	values [][]byte
}

// flexSources finds the options of all host-identifier statements for which
// Kea has no identifier of its own, in the order in which dhcpd tries them.
func (r *reserver) flexSources() []flexSource {
	if r.flex != nil {
		return r.flex
	}
	r.flex = []flexSource{}
	for _, h := range r.conf.Hosts {
		for _, st := range h.Identifiers {
			ref, value, ok := r.flexValue(st)
			if !ok {
				continue
			}
			at := slices.IndexFunc(r.flex, func(s flexSource) bool { return s.ref == ref })
			if at < 0 {
				at = len(r.flex)
				r.flex = append(r.flex, flexSource{ref: ref})
			}
			r.flex[at].values = append(r.flex[at].values, value)
		}
	}
	return r.flex
}

// flexValue reads what a statement compares; ok is false when Kea needs no hook
// for it, or when it cannot be said in Kea's language.
func (r *reserver) flexValue(st *dhcpdconf.HostIdentifier) (ref string, value []byte, ok bool) {
	value, constant := constantBytes(st.Data)
	if !constant || len(value) == 0 || st.Option == nil {
		return "", nil, false
	}
	if _, own := r.ownIdentifier(st, value); own {
		return "", nil, false
	}
	x := r.expressions(nil)
	switch { // Kea counts from the server, or with a minus sign from the client
	case st.V6Relay >= 32:
		x.relay = "relay6[0]."
	case st.V6Relay > 0:
		x.relay = fmt.Sprintf("relay6[-%d].", st.V6Relay)
	}
	ref, err := x.option(&dhcpdconf.OptionValue{Option: st.Option}, st.Option)
	return ref, value, err == nil
}

// flexIdentifier recognises a host by the hook flex_id. Kea has one expression
// for all hosts, so with several options each value is preceded by the number of
// its option.
func (r *reserver) flexIdentifier(st *dhcpdconf.HostIdentifier) (identity, bool) {
	ref, value, ok := r.flexValue(st)
	if !ok || !r.canHook(hookFlexID) {
		return identity{}, false
	}
	sources := r.flexSources()
	if len(sources) > 1 {
		at := slices.IndexFunc(sources, func(s flexSource) bool { return s.ref == ref })
		value = append([]byte{byte(at)}, value...)
	}
	r.hook(hookFlexID, keaconf.Object{{Key: "identifier-expression", Value: flexExpression(sources)}})
	r.ledger.add(st, Finding{
		Code: "host-identifier-hook", Severity: S1, Verdict: Translated,
		Fields:  []string{"address", "options"},
		Message: "Kea recognises the host with its hook flex_id, which is loaded.",
	}, r.hookPointer(hookFlexID))
	return identity{"flex-id", colonHex(value)}, true
}

// flexExpression gives the first option whose value some host has; the last
// option is taken whatever its value.
func flexExpression(sources []flexSource) string {
	if len(sources) == 1 {
		return sources[0].ref + ".hex"
	}
	text := ""
	for i, s := range slices.Backward(sources) {
		value := fmt.Sprintf("concat(%s, %s.hex)", literalHex([]byte{byte(i)}), s.ref)
		if text == "" {
			text = fmt.Sprintf("ifelse(%s.exists, %s, '')", s.ref, value)
			continue
		}
		var some []string
		for _, v := range s.values {
			some = append(some, s.ref+".hex == "+literal(v))
		}
		slices.Sort(some)
		text = fmt.Sprintf("ifelse(%s, %s, %s)", anyTest(slices.Compact(some)), value, text)
	}
	return text
}
