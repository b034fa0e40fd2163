package translator

import (
	"fmt"
	"maps"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// "append", "prepend" and "default" in a class go by what the client's subnet
// or pool has set, which is another value at each of them; and an option that holds
// a space holds the options that any scope sets in it.

// joinsWith reports whether a statement goes by what was set before it.
func joinsWith(st *dhcpdconf.OptionSet) bool {
	return st.Verb == dhcpdconf.VerbAppend || st.Verb == dhcpdconf.VerbPrepend || st.Verb == dhcpdconf.VerbDefault
}

// joined is an option of a class for the clients of one place; false: the class
// has nothing to say there. Of the scopes around a class dhcpd executes those that
// it has not executed for the place already.
func (o *optionPass) joined(class model.Chain, data keaconf.OptionData, at place) (keaconf.OptionData, bool) {
	code, ok := o.codeOf(data)
	if own := class.Until(at.chain()); len(own) < len(class) {
		if class = own; ok && !slices.ContainsFunc(own, func(s *model.Scope) bool { return o.decides(s, code) }) {
			return data, false
		}
	}
	if !ok || !slices.ContainsFunc(class, func(s *model.Scope) bool { return o.joins(s, code) }) {
		return data, true
	}
	s := o.state(class, o.state(at.own, o.state(at.outer, nil)))
	v := o.effective(s, code)
	if v == nil || v.missing || len(v.wire) == 0 {
		return data, true
	}
	if joined, err := o.data(code, v.wire); err == nil {
		return joined, true
	}
	return data, true
}

// decides reports whether a scope has a say in an option of the packet.
func (o *optionPass) decides(s *model.Scope, code uint32) bool {
	return slices.ContainsFunc(s.Own, func(st dhcpdconf.Statement) bool {
		switch st := st.(type) {
		case *dhcpdconf.OptionSet:
			if st.Option == nil {
				return false
			}
			k := o.key(st.Option)
			return k == optionID{o.space, code} || slices.Contains(o.containers[k.space], code) || k.space != o.space && code == optionVendorEncapsulated
		case *dhcpdconf.SpaceParam:
			return !st.Site && code == optionVendorEncapsulated
		}
		return false
	})
}

// joins reports whether a scope joins an option of the packet with what is set.
func (o *optionPass) joins(s *model.Scope, code uint32) bool {
	return slices.ContainsFunc(s.Own, func(st dhcpdconf.Statement) bool {
		set, ok := st.(*dhcpdconf.OptionSet)
		if !ok || set.Option == nil {
			return false
		}
		k := o.key(set.Option)
		return joinsWith(set) && k == optionID{o.space, code} || slices.Contains(o.containers[k.space], code)
	})
}

// codeOf returns the code of option data of the packet itself.
func (o *optionPass) codeOf(data keaconf.OptionData) (uint32, bool) {
	if data.Space != "" && data.Space != o.keaSpace {
		return 0, false
	}
	if data.Code != nil {
		return uint32(*data.Code), true
	}
	for code := range o.usedCodes() {
		if d, known := o.keaDef(code); known && d.Name == data.Name {
			return code, true
		}
	}
	return 0, false
}

// usedCodes are the codes of all options of the packet that the file sets.
func (o *optionPass) usedCodes() map[uint32]bool {
	if o.used == nil {
		o.used = map[uint32]bool{}
		for st := range dhcpdconf.Preorder(o.file) {
			if set, ok := st.(*dhcpdconf.OptionSet); ok && set.Option != nil {
				if k := o.key(set.Option); k.space == o.space {
					o.used[k.code] = true
				}
			}
		}
	}
	return o.used
}

// joinedInSeveral speaks for options that are joined with what another class or
// condition sets: a client that is in both would need a value for the two
// together.
func (t *translation) joinedInSeveral() {
	o := t.optionPass
	type setter struct {
		st    *dhcpdconf.OptionSet
		scope *model.Scope
		loose bool // a class or a branch of a condition
	}
	byOption := map[optionID][]setter{}
	some := false
	collect := func(s *model.Scope, loose bool) {
		for _, st := range s.Own {
			if set, ok := st.(*dhcpdconf.OptionSet); ok && set.Option != nil {
				k := o.key(set.Option)
				byOption[k] = append(byOption[k], setter{set, s, loose})
				some = some || joinsWith(set)
			}
		}
	}
	for _, s := range t.conf.Scopes {
		if s.Kind != model.ClassScope && s.Kind != model.SubclassScope {
			collect(s, false)
		}
	}
	for _, s := range t.classScopes() {
		collect(s, true)
	}
	// For members of a class elsewhere dhcpd executes the scopes around it with it.
	around := map[*model.Scope]bool{}
	for _, k := range t.fileClasses {
		for s := k.from.Scope.Parent; k.translated && s != nil && s.Kind != model.GlobalScope && !around[s]; s = s.Parent {
			around[s] = true
			collect(s, true)
		}
	}
	if !some {
		return
	}
	// A reservation that serves everywhere does not know what subnets set.
	anywhere := map[*model.Scope]bool{}
	for _, r := range t.hosts {
		if r.subnet == nil {
			for _, s := range model.ChainOf(&r.from.Scope).Until(model.Chain{t.conf.Global}) {
				anywhere[s] = true
			}
		}
	}
	for k, setters := range byOption {
		for _, a := range setters {
			if !joinsWith(a.st) {
				continue
			}
			if anywhere[a.scope] && slices.ContainsFunc(setters, func(b setter) bool {
				return b.scope.Kind == model.NetworkScope || b.scope.Kind == model.SubnetScope || b.scope.Kind == model.PoolScope
			}) {
				t.ledger.add(a.st, Finding{
					Code: "option-joined", Severity: S3, Verdict: Approximated,
					Fields:  []string{o.field(k)},
					Clients: "hosts of this scope in subnets that set the same option",
					Message: "dhcpd joins the value with the one that the subnet of the host has set; the reservation is the same in all subnets, and what it has is sent alone.",
					Remedy:  "give the host a fixed address in each subnet, or set the whole value",
				}, "")
				continue
			}
			// A host is executed after all classes, other scopes before them.
			before := func(b setter) bool {
				branch := slices.Contains(t.branchScopes, b.scope)
				return b.scope != a.scope && b.loose && (a.loose || a.scope.Kind == model.HostScope || branch && a.scope.Within(b.scope.Parent))
			}
			if !slices.ContainsFunc(setters, before) {
				continue
			}
			t.ledger.add(a.st, Finding{
				Code: "option-joined", Severity: S3, Verdict: Approximated,
				Fields:  []string{o.field(k)},
				Clients: "clients of this scope that another class or condition gives the same option",
				Message: "dhcpd joins the value with the one that the other class or condition has set; in Kea one of the two is sent alone.",
				Remedy:  "write a class for clients that are in both, with the whole value",
			}, "")
		}
	}
}

// spacesInSeveral speaks for options that hold a space, in which a class and
// another class, a condition or a host set different options: dhcpd sends those of
// all, and the bytes of the option itself before any, but Kea what one of them has.
func (t *translation) spacesInSeveral() {
	o := t.optionPass
	byCode := map[uint32][]*spaceSetter{}
	collect := func(s *model.Scope, loose bool) {
		seen := map[uint32]*spaceSetter{}
		for _, st := range s.Own {
			set, ok := st.(*dhcpdconf.OptionSet)
			if !ok || set.Option == nil {
				continue
			}
			k := o.key(set.Option)
			codes := o.containers[k.space]
			switch {
			case k.space == o.space && o.mayHold(k.code):
				codes = []uint32{k.code}
			case len(codes) == 0 && slices.ContainsFunc(o.vendors, func(c vendorClass) bool { return o.inside(k.space, c.space) }):
				codes = []uint32{optionVendorEncapsulated}
			}
			for _, code := range codes {
				w := seen[code]
				if w == nil {
					w = &spaceSetter{scope: s, loose: loose, st: set}
					seen[code] = w
					byCode[code] = append(byCode[code], w)
				}
				w.keys = append(w.keys, k)
			}
		}
	}
	for _, s := range t.conf.Scopes {
		if s.Kind == model.HostScope {
			collect(s, false)
		}
	}
	for _, s := range t.classScopes() {
		collect(s, true)
	}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		setters := byCode[code]
		if !slices.ContainsFunc(setters, func(w *spaceSetter) bool { return w.loose }) {
			continue
		}
		for i, a := range setters {
			if !slices.ContainsFunc(setters, func(b *spaceSetter) bool { return b != a && b.loose && b.adds(a) }) {
				continue
			}
			if i >= mostSpaceSetters {
				break // all that could be said has been said
			}
			t.ledger.add(a.st, Finding{
				Code: "option-joined", Severity: S2, Verdict: Approximated,
				Fields:  []string{o.field(optionID{o.space, code})},
				Clients: "clients of this scope that another class or condition gives something in the same option",
				Message: fmt.Sprintf("option %d holds what all classes, conditions and the host of a client set in it; in Kea it holds what one of them sets.", code),
				Remedy:  "write a class for clients that are in both, with the whole value",
			}, "")
		}
	}
}

// mostSpaceSetters is how many scopes get such a finding for one option.
const mostSpaceSetters = 200

// spaceSetter is a scope that sets options within one of the packet.
type spaceSetter struct {
	scope *model.Scope
	loose bool // a class or a branch of a condition
	st    *dhcpdconf.OptionSet
	keys  []optionID
}

// adds reports whether a scope sets something that the other does not, and can
// have a client in common with it.
func (w *spaceSetter) adds(other *spaceSetter) bool {
	if w.scope.Stmt != nil && w.scope.Stmt == other.scope.Stmt {
		return false // branches of one condition
	}
	return slices.ContainsFunc(w.keys, func(k optionID) bool { return !slices.Contains(other.keys, k) })
}

// mayHold reports whether an option of the packet holds a space somewhere.
func (o *optionPass) mayHold(code uint32) bool {
	return o.holds[code] != "" || code == optionVendorEncapsulated && !o.v6() && len(o.vendors) > 0
}
