package translator

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// value returns the bytes that a statement sets, as they stand on the wire.
// What cannot be known is found once and said once.
func (o *optionPass) value(st *dhcpdconf.OptionSet) *optionValue {
	if v := o.values[st]; v != nil {
		return v
	}
	v := &optionValue{from: []*dhcpdconf.OptionSet{st}}
	o.values[st] = v
	if st.Data.Expr != nil {
		if o.extendsRequestList(st, v) {
			return v
		}
		c, ok := model.Fold(st.Data.Expr)
		if !ok && mentionsNames(st.Data.Expr, 0) {
			if written, err := o.expressions(st).scope.inline(st.Data.Expr); err == nil {
				c, ok = model.Fold(written)
			}
		}
		if !ok || c.Numeric {
			v.missing = true
			return v
		}
		v.wire = c.Data
		return v
	}
	vals, ok := o.fields(st)
	if !ok {
		v.missing = true
		return v
	}
	wire, err := plainNames(st.Option.Format).Encode(vals)
	if err != nil {
		v.missing = true
		o.unreadable[st] = err
		return v
	}
	v.wire = wire
	return v
}

// extendsRequestList reads what people write to send options that the client
// does not ask for: dhcp-parameter-request-list set to concat of the client's
// own list and some codes.
func (o *optionPass) extendsRequestList(st *dhcpdconf.OptionSet, v *optionValue) bool {
	list := optionID{"dhcp", optionRequestList}
	call, ok := st.Data.Expr.(*dhcpdconf.Call)
	if !ok || call.User || call.Name != "concat" || o.key(st.Option) != list {
		return false
	}
	clients := false
	var codes []byte
	for _, arg := range call.Args {
		if own, ok := arg.(*dhcpdconf.OptionValue); ok && own.Option != nil && o.key(own.Option) == list {
			clients = true
			continue
		}
		c, ok := model.Fold(arg)
		if !ok || c.Numeric {
			return false
		}
		codes = append(codes, c.Data...)
	}
	v.wire, v.extends = codes, clients
	return clients
}

// speakFor says, once, why a value is not known.
func (o *optionPass) speakFor(st *dhcpdconf.OptionSet) {
	switch err := o.unreadable[st]; {
	case errors.Is(err, errNoAddress):
		o.ledger.mark(st, Manual) // the finding is there already
	case err != nil:
		o.ledger.add(st, Finding{
			Code: "option-unreadable", Severity: S3, Verdict: Manual,
			Fields:  []string{o.field(o.key(st.Option))},
			Message: fmt.Sprintf("the value does not fit the option's definition: %s.", err),
			Remedy:  "correct the value, or set the option by hand",
		}, "")
	case st.Data.Expr != nil:
		o.ledger.add(st, Finding{
			Code: "option-computed", Severity: S3, Verdict: Manual,
			Fields:  []string{o.field(o.key(st.Option))},
			Message: "dhcpd computes the value for each packet; the option is not in the result: " + o.reason(st) + ".",
			Remedy:  "write the value as a constant, or divide the clients into classes",
		}, "")
	}
}

// reason says why a computed value has no counterpart.
func (o *optionPass) reason(st *dhcpdconf.OptionSet) string {
	if err := o.reasons[st]; err != nil {
		return err.Error()
	}
	return "Kea's hook flex_option sets whole options of the packet"
}

// errNoAddress: a host name stands for no address.
var errNoAddress = errors.New("no host name of the value has an address")

// fields returns the written values with the addresses of host names. Where a
// list of addresses is wanted, a name gives all of its addresses, as in dhcpd;
// elsewhere the first.
func (o *optionPass) fields(st *dhcpdconf.OptionSet) ([]option.Value, bool) {
	f := st.Option.Format
	list := len(f.Fields) == 1 && f.Repeat != option.Once
	vals := make([]option.Value, 0, len(st.Data.Fields))
	for _, d := range st.Data.Fields {
		if d.Host == "" {
			vals = append(vals, d.Value)
			continue
		}
		addrs := o.addresses(d.Host, st, d.Span)
		switch {
		case len(addrs) == 0 && list:
			continue
		case len(addrs) == 0:
			o.unreadable[st] = errNoAddress
			return nil, false
		case !list && len(addrs) > 1:
			o.ledger.add(st, Finding{
				Code: "option-one-address", Severity: S2, Verdict: Approximated, Span: d.Span,
				Fields:  []string{o.field(o.key(st.Option))},
				Message: fmt.Sprintf("%q has %d addresses and the option takes one here: the first was written.", d.Host, len(addrs)),
				Remedy:  "write the address that is meant",
			}, "")
			addrs = addrs[:1]
		}
		for _, a := range addrs {
			v := option.Value{Kind: option.IPv4, Addr: a}
			if a.Is6() {
				v.Kind = option.IPv6
			}
			vals = append(vals, v)
		}
	}
	if len(vals) == 0 && len(st.Data.Fields) > 0 {
		o.unreadable[st] = errNoAddress
		return nil, false
	}
	return vals, true
}

// addresses resolves a name. The options of a site may name hosts in statements
// of the other protocol, which nobody serves: they are not looked up.
func (o *optionPass) addresses(name string, st *dhcpdconf.OptionSet, span dhcpdconf.Span) []netip.Addr {
	if o.foreign(o.key(st.Option).space) {
		return nil
	}
	return o.resolve(name, st, span)
}

// plainNames is the format with domain names written out: Kea never compresses
// them, and lists can be joined.
func plainNames(f option.Format) option.Format {
	for i, field := range f.Fields {
		if field.Kind == option.CompressedDomainList {
			fields := append([]option.Field{}, f.Fields...)
			fields[i].Kind = option.DomainList
			f.Fields = fields
		}
	}
	return f
}

// compresses reports whether dhcpd writes the value shorter than Kea does.
func compresses(st *dhcpdconf.OptionSet, plain []byte) bool {
	if !slices.ContainsFunc(st.Option.Format.Fields, func(f option.Field) bool { return f.Kind == option.CompressedDomainList }) {
		return false
	}
	vals := make([]option.Value, len(st.Data.Fields))
	for i, d := range st.Data.Fields {
		vals[i] = d.Value
	}
	wire, err := st.Option.Format.Encode(vals)
	return err == nil && len(wire) < len(plain)
}
