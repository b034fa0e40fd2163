package translator

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// neverSendSince is the first version in which option data can say
// "never-send".
const neverSendSince = keaversion.V2_6

// Options of DHCPv4 that servers treat in a way of their own (RFC 2132).
const (
	optionSubnetMask       = 1
	optionRequestedAddress = 50
	optionLeaseTime        = 51
	optionOverload         = 52
	optionMessageType      = 53
	optionServerIdentifier = 54
	optionRequestList      = 55
	optionMessage          = 56
	optionMaxMessageSize   = 57
	optionRenewalTime      = 58
	optionRebindingTime    = 59
	optionFQDN             = 81
	optionRelayAgent       = 82
	optionAssociatedIP     = 92
	optionV6Only           = 108
	optionSubnetSelection  = 118
)

// Options of DHCPv6 (RFC 8415).
const (
	optionRapidCommit6 = 14
	optionFQDN6        = 39
)

// special handles what is not simply an option in the answer; it reports
// whether it has.
func (w *placeWriter) special(code uint32, v *optionValue) bool {
	if w.v6() {
		return w.special6(code, v)
	}
	last := v.from[len(v.from)-1]
	switch code {
	case optionLeaseTime, optionOverload, optionMessageType:
		w.markAll(v, Ignored)
		w.note(last, Finding{
			Code: "option-servers-own", Severity: S0, Verdict: Ignored,
			Message: fmt.Sprintf("dhcpd fills option %d itself, and so does Kea.", code),
		})
		return true
	case optionServerIdentifier:
		if w.kind == atPool || w.kind == atReservation {
			w.markAll(v, Manual)
			w.note(last, Finding{
				Code: "server-identifier-scope", Severity: S2, Verdict: Manual,
				Fields:  []string{"option 54"},
				Message: "Kea takes the server identifier from the subnet, the shared network, a class or the top level, not from a pool or a host.",
				Remedy:  "set it for the whole subnet, or in a client class",
			})
			return true
		}
	case optionRequestList:
		if v.missing {
			return true // see optionsLeft
		}
		hooked := (v.extends || slices.Contains(v.wire, optionRequestList)) && w.canHook(hookFlexOption) && w.compute(code, v)
		if v.extends {
			w.out.list = &wishes{v.wire, true}
			w.markAll(v, Translated)
			f := Finding{
				Code: "option-request-list", Severity: S1, Verdict: Translated,
				Message: "the options added to the list are sent always.",
			}
			if !hooked {
				f.Fields, f.Clients = []string{"option 55"}, "clients that ask for their own list (option 55)"
				f.Message += " To a client that asks for the list itself dhcpd sends it back; Kea does not."
			}
			w.note(last, f)
			return true
		}
		if w.exactLists() {
			w.out.list = &wishes{list: v.wire}
			w.markAll(v, Translated)
			w.note(last, Finding{
				Code: "option-request-list", Severity: S1, Verdict: Translated,
				Message: "dhcpd takes this list in place of the client's own: the options in it are sent always, and Kea's hook flex_option, which is loaded, takes others out.",
			})
			return true
		}
		w.markAll(v, Approximated)
		w.note(last, Finding{
			Code: "option-request-list", Severity: S2, Verdict: Approximated,
			Fields:  []string{"options"},
			Message: "dhcpd takes this list in place of the client's own. In Kea the options in the list are sent always; others that the client asks for are sent too.",
			Remedy:  "see whether clients mind the additional options",
		})
		return true
	case optionMaxMessageSize:
		w.note(last, Finding{
			Code: "option-max-size", Severity: S1, Verdict: Translated,
			Message: "clients that ask for it get this number; in dhcpd it also limits the size of the answers, where Kea goes by what the client says.",
		})
		return false
	case optionRequestedAddress:
		w.notSettable(v, S1, "only clients send it", "")
		return true
	case optionFQDN:
		w.notSettable(v, S2, "Kea makes the client's full name from its own settings", "see the ddns- settings of Kea")
		return true
	case optionRelayAgent:
		w.notSettable(v, S2, "Kea returns what the relay agent put into it", "")
		return true
	case optionRenewalTime, optionRebindingTime:
		return w.timerOfPlace(code, v)
	case 0, 255:
		return true // see optionsLeft
	}
	return code > 254
}

func (w *placeWriter) special6(code uint32, v *optionValue) bool {
	switch code {
	case 1, 2, 3, 4, 5, 8, 9, 11, 25, 26:
		w.notSettable(v, S1, "servers and clients fill it themselves", "")
		return true
	case 6:
		w.notSettable(v, S2, "only clients send it", "add \"always-send\": true to the options that clients need without asking")
		return true
	case optionFQDN6:
		w.notSettable(v, S2, "Kea makes the client's full name from its own settings", "see the ddns- settings of Kea")
		return true
	case optionRapidCommit6:
		if w.kind == atPool || w.kind == atReservation {
			for _, st := range v.from {
				w.note(st, rapidCommitElsewhere)
			}
		}
		return true // see rapidCommit
	}
	return code == 0 || code > 65535
}

func (w *placeWriter) notSettable(v *optionValue, severity Severity, why, remedy string) {
	w.markAll(v, Manual)
	for _, st := range v.from {
		w.note(st, Finding{
			Code: "option-not-settable", Severity: severity, Verdict: Manual,
			Fields:  []string{w.field(w.key(st.Option))},
			Message: fmt.Sprintf("the option cannot be configured in Kea: %s.", why),
			Remedy:  remedy,
		})
	}
}

// configuredMask returns the subnet mask that is set at a place; for places
// inside a subnet only if they set it themselves.
func (w *placeWriter) configuredMask() *optionValue {
	k := optionID{"dhcp", optionSubnetMask}
	if w.v6() || w.kind == atGlobal || w.kind == atNetwork {
		return nil
	}
	if w.kind != atSubnet && w.inner.ownUntil(w.outer, k) == nil {
		return nil
	}
	if v := w.inner.get(k); v != nil && !v.missing {
		return v
	}
	return nil
}

// subnetMask looks whether option 1 is what Kea sends in any case: the mask of
// the subnet's prefix. Measured on 2.2.0, 2.6.3 and 3.0.4: no option data, in
// whatever scope, changes the mask that comes with an address; the hook
// flex_option does.
func (o *optionPass) subnetMask(p place, v *optionValue) {
	subnets := o.conf.Subnets
	if p.subnet != nil {
		subnets = []*model.Subnet{p.subnet}
	}
	other := slices.ContainsFunc(subnets, func(s *model.Subnet) bool {
		return s.Prefix.IsValid() && o.subnetOf[s] != nil && !bytes.Equal(net.CIDRMask(s.Prefix.Bits(), 32), v.wire)
	})
	if len(v.wire) > 0 {
		o.computed = append(o.computed, computedOption{
			code: optionSubnetMask, from: v.from, value: constantData(v.wire), place: p, forced: other,
		})
	}
}

// timers turns options 58 and 59, which dhcpd reads in DHCPv6 too, into Kea's
// timers. Kea wants the first not above the second.
func (o *optionPass) timers(p place, into *keaconf.Timers) {
	outer := o.state(p.outer, nil)
	inner := o.state(p.own, outer)
	renewKey, rebindKey := optionID{"dhcp", optionRenewalTime}, optionID{"dhcp", optionRebindingTime}
	if inner.ownUntil(outer, renewKey) == nil && inner.ownUntil(outer, rebindKey) == nil {
		return
	}
	renew, rebind := o.seconds(inner, renewKey), o.seconds(inner, rebindKey)
	if renew != nil && rebind != nil && *renew > *rebind {
		st := inner.get(renewKey).from[0]
		o.ledger.add(st, Finding{
			Code: "renewal-after-rebinding", Severity: S2, Verdict: Approximated,
			Fields:  []string{"option 58", "option 59"},
			Message: fmt.Sprintf("the renewal time %d is above the rebinding time %d; Kea wants the order the other way, and got the rebinding time for both.", *renew, *rebind),
			Remedy:  "correct one of the two",
		}, p.pointer)
		renew = rebind
	}
	if renew != nil {
		into.RenewTimer = renew
	}
	if rebind != nil {
		into.RebindTimer = rebind
	}
}

// timerOfPlace handles the times for renewal: those of a subnet and what is around
// it are Kea's timers, others are options that are always sent. It reports whether
// nothing is left to be written.
func (w *placeWriter) timerOfPlace(code uint32, v *optionValue) bool {
	if w.kind == atGlobal || w.kind == atNetwork || w.kind == atSubnet {
		return true // see timers
	}
	w.note(v.from[len(v.from)-1], Finding{
		Code: "timer-as-option", Severity: S2, Verdict: Approximated,
		Fields:  []string{timerFields[code]},
		Clients: "clients whose lease ends before that time",
		Message: "Kea's timers belong to a subnet, a shared network or the top level; here the time became an option that is always sent. dhcpd leaves out a time that is not below the lifetime of the lease (or T1 not below T2), and so do Kea's timers, but not its options.",
		Remedy:  "set the times for the whole subnet, or none",
	})
	return false
}

// timerFields are the fields of the answer that the options for renewal fill.
var timerFields = map[uint32]string{optionRenewalTime: "T1", optionRebindingTime: "T2"}

// timersAround reports whether the file sets times for renewal both in a subnet, or
// around one, and elsewhere: Kea's own timers win over its options.
func (o *optionPass) timersAround() bool {
	if o.timersMixed == nil {
		outer, inner := false, false
		for _, scopes := range [][]*model.Scope{o.conf.Scopes, o.classScopes()} {
			for _, s := range scopes {
				for _, st := range s.Own {
					dhcpdconf.Walk([]dhcpdconf.Statement{st}, func(in dhcpdconf.Statement) bool {
						set, ok := in.(*dhcpdconf.OptionSet)
						if !ok || set.Option == nil || set.Option.Space != "dhcp" || timerFields[set.Option.Code] == "" {
							return true
						}
						switch {
						case in != st, s.Kind == model.PoolScope, s.Kind == model.HostScope, s.Kind == model.ClassScope, s.Kind == model.SubclassScope:
							inner = true
						case s.Kind == model.GroupScope:
							inner, outer = true, true
						default:
							outer = true
						}
						return true
					})
				}
			}
		}
		o.timersMixed = new(outer && inner)
	}
	return *o.timersMixed
}

func (o *optionPass) seconds(s *optionState, k optionID) *uint32 {
	v := s.get(k)
	if v == nil || v.missing || len(v.wire) != 4 {
		return nil
	}
	for _, st := range v.from {
		o.ledger.mark(st, Translated)
	}
	return new(binary.BigEndian.Uint32(v.wire))
}

var rapidCommitElsewhere = Finding{
	Code: "rapid-commit-scope", Severity: S1, Verdict: Ignored, Fields: []string{"option 14"},
	Message: "dhcpd looks for this option at the top of the file when it decides whether to commit at once; here it does nothing but send an empty option to clients, which Kea does not.",
	Remedy:  "set rapid-commit in Kea's subnets if the clients shall have it",
}

// rapidCommit allows rapid commit where dhcpd's option says so: at the top of
// the file only.
func (o *optionPass) rapidCommit(p place, allow func()) {
	if !o.v6() {
		return
	}
	outer := o.state(p.outer, nil)
	inner := o.state(p.own, outer)
	k := optionID{"dhcp6", optionRapidCommit6}
	if v := inner.ownUntil(outer, k); v != nil {
		for _, st := range v.from {
			if p.kind == atGlobal {
				o.ledger.mark(st, Translated)
			} else {
				o.ledger.add(st, rapidCommitElsewhere, p.pointer)
			}
		}
		if p.kind == atGlobal {
			allow()
		}
	}
}

// optionsLeft speaks for the option statements that no place has spoken for.
func (t *translation) optionsLeft() {
	o := t.optionPass
	inClasses := map[string]bool{}
	dhcpdconf.Walk(o.file.Body, func(st dhcpdconf.Statement) bool {
		if !later(st) {
			return true
		}
		dhcpdconf.Walk(dhcpdconf.Children(st), func(inner dhcpdconf.Statement) bool {
			if sp, ok := inner.(*dhcpdconf.SpaceParam); ok && !sp.Site {
				for _, space := range o.spacesIn(strings.ToLower(sp.Name.Text)) {
					inClasses[space] = true
				}
			}
			return true
		})
		return false
	})
	serves := o.servingScopes()
	for _, scope := range o.conf.Scopes {
		if !serves[scope] {
			continue // accounts says so
		}
		for _, st := range scope.Own {
			o.accountFor(st, inClasses)
		}
	}
	for _, scope := range t.classScopes() {
		for _, st := range scope.Own {
			o.accountFor(st, inClasses)
		}
	}
	for st := range dhcpdconf.Preorder(o.file) {
		if sp, ok := st.(*dhcpdconf.OptionSpace); ok {
			o.ledger.mark(sp, Translated)
		}
	}
}

// later reports whether a statement holds others that no place executes: the
// body of a class, a condition or an action.
func later(st dhcpdconf.Statement) bool {
	switch st.(type) {
	case *dhcpdconf.Class, *dhcpdconf.Subclass, *dhcpdconf.If, *dhcpdconf.Switch, *dhcpdconf.On, *dhcpdconf.Func:
		return true
	}
	return false
}

func (o *optionPass) accountFor(st dhcpdconf.Statement, inClasses map[string]bool) {
	if o.ledger.verdicts[st.ID()] != Unset {
		return
	}
	switch st := st.(type) {
	case *dhcpdconf.SpaceParam:
		switch {
		case o.v6():
			o.otherProtocol(st)
		case st.Site:
			o.ledger.mark(st, Translated)
		default:
			o.noEffect(st)
		}
	case *dhcpdconf.OptionSet:
		o.accountForOption(st, inClasses)
	}
}

func (o *optionPass) accountForOption(st *dhcpdconf.OptionSet, inClasses map[string]bool) {
	if st.Option == nil {
		o.ledger.mark(st, Invalid)
		return
	}
	k := o.key(st.Option)
	if v := o.values[st]; v != nil && v.missing {
		o.speakFor(st)
		if o.ledger.verdicts[st.ID()] != Unset {
			return
		}
	}
	switch {
	case k.space == o.space && !o.sendable(k.code):
		o.ledger.add(st, Finding{
			Code: "option-code-impossible", Severity: S3, Verdict: Manual,
			Fields:  []string{o.field(k)},
			Message: fmt.Sprintf("Kea has no option with the code %d: codes go from 1 to %d.", k.code, o.lastCode()),
			Remedy:  "use another code, if the option is needed",
		}, "")
	case k.space == o.space:
		o.noEffect(st)
	case o.v6() && k.space == "dhcp" && (k.code == optionRenewalTime || k.code == optionRebindingTime):
		o.ledger.add(st, Finding{
			Code: "option-not-settable", Severity: S2, Verdict: Manual,
			Fields:  []string{"T1", "T2"},
			Message: "Kea's timers belong to a subnet, a shared network or the top level, not to a pool or a host.",
			Remedy:  "set the time for the whole subnet",
		}, "")
	case o.foreign(k.space) || o.onlyForeign(k.space):
		o.otherProtocol(st)
	case len(o.containers[k.space]) > 0 && !inClasses[k.space]:
		o.noEffect(st)
	default:
		o.unreachable(st, k.space, inClasses)
	}
}

// onlyForeign reports whether a space of the file stands only in options of the
// other protocol.
func (o *optionPass) onlyForeign(space string) bool {
	if len(o.containers[space]) > 0 {
		return false
	}
	for _, outer := range []string{"dhcp", "dhcp6", "vendor", "vsio"} {
		if o.foreign(outer) && slices.Contains(o.spacesIn(outer), space) {
			return true
		}
	}
	return false
}

func (o *optionPass) noEffect(st dhcpdconf.Statement) {
	o.ledger.add(st, Finding{
		Code: "no-effect", Severity: S0, Verdict: Ignored,
		Message: "an inner scope overrides it everywhere, or nothing is served with it.",
	}, "")
}
