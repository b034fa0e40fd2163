package translator

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// optionID names an option by dhcpd's space, in lower case, and its code.
type optionID struct {
	space string
	code  uint32
}

// optionValue is what one or more statements set an option to.
type optionValue struct {
	wire []byte
	// from are the statements that the value is made of, the last decides.
	from []*dhcpdconf.OptionSet
	// parts is the content of DHCPv6's vendor-opts by enterprise: one option each.
	parts []vendorPart
	// extends: a request list that goes on after the client's own.
	extends bool
	// missing: the value is not known, and a finding says why.
	missing bool
}

// optionState is what dhcpd has set after it has executed the scopes from the
// global one to an inner one: a layer for each scope that has options of its
// own. Layers are shared and never change once made.
type optionState struct {
	outer *optionState
	scope *model.Scope
	set   []setOption      // by this scope, as executed, each option once
	index map[optionID]int // of set; nil while there are few
	// vendorSpace is the scope's own "vendor-option-space", if any.
	vendorSpace *dhcpdconf.SpaceParam
}

type setOption struct {
	id    optionID
	value *optionValue
}

// own returns what this scope itself sets an option to; nil: nothing.
func (s *optionState) own(k optionID) *optionValue {
	if i := s.find(k); i >= 0 {
		return s.set[i].value
	}
	return nil
}

func (s *optionState) find(k optionID) int {
	if s.index == nil {
		return slices.IndexFunc(s.set, func(o setOption) bool { return o.id == k })
	}
	if i, ok := s.index[k]; ok {
		return i
	}
	return -1
}

// assign sets an option.
func (s *optionState) assign(k optionID, v *optionValue) {
	if i := s.find(k); i >= 0 {
		s.set[i].value = v
		return
	}
	const few = 16
	if len(s.set) == few {
		s.index = map[optionID]int{}
		for i, o := range s.set {
			s.index[o.id] = i
		}
	}
	if s.index != nil {
		s.index[k] = len(s.set)
	}
	s.set = append(s.set, setOption{k, v})
}

// get returns the value that is set, by this scope or by an outer one.
func (s *optionState) get(k optionID) *optionValue {
	for ; s != nil; s = s.outer {
		if v := s.own(k); v != nil {
			return v
		}
	}
	return nil
}

// vendorOptionSpace names the space whose options dhcpd puts into option 43.
func (s *optionState) vendorOptionSpace() string {
	for ; s != nil; s = s.outer {
		if s.vendorSpace != nil {
			return strings.ToLower(s.vendorSpace.Name.Text)
		}
	}
	return ""
}

// ownUntil returns what the scopes from s outwards to the one before outer set
// an option to; nil: nothing.
func (s *optionState) ownUntil(outer *optionState, k optionID) *optionValue {
	for ; s != nil && s != outer; s = s.outer {
		if v := s.own(k); v != nil {
			return v
		}
	}
	return nil
}

// until returns the layers from s outwards to the one before outer, the
// innermost first.
func (s *optionState) until(outer *optionState) []*optionState {
	var layers []*optionState
	for ; s != nil && s != outer; s = s.outer {
		layers = append(layers, s)
	}
	return layers
}

// keys returns the options that are set, in the order in which dhcpd set them
// first.
func (s *optionState) keys(wanted func(optionID) bool) []optionID {
	layers := s.until(nil)
	var keys []optionID
	seen := map[optionID]bool{}
	for i := len(layers) - 1; i >= 0; i-- {
		for _, set := range layers[i].set {
			if k := set.id; wanted(k) && !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// stateKey identifies a layer: the scope and what was executed before it.
type stateKey struct {
	scope *model.Scope
	outer *optionState
}

// state executes a chain of scopes, the outermost first.
func (o *optionPass) state(chain model.Chain, outer *optionState) *optionState {
	s := outer
	for i := len(chain) - 1; i >= 0; i-- {
		s = o.layer(chain[i], s)
	}
	return s
}

// layer executes one scope. Scopes are executed once for each state that they
// can meet, hosts each time.
func (o *optionPass) layer(scope *model.Scope, outer *optionState) *optionState {
	if !o.setsOptions(scope) {
		return outer
	}
	key := stateKey{scope, outer}
	if s := o.states[key]; s != nil {
		return s
	}
	s := &optionState{outer: outer, scope: scope}
	for _, st := range scope.Own {
		switch st := st.(type) {
		case *dhcpdconf.OptionSet:
			if st.Option != nil && !(scope.Kind == model.HostScope && isHostName(st)) {
				o.execute(s, st)
			}
		case *dhcpdconf.SpaceParam:
			if !st.Site {
				if s.vendorSpace != nil {
					o.overridden(s.vendorSpace)
				}
				s.vendorSpace = st
			}
		}
	}
	if scope.Kind != model.HostScope {
		o.states[key] = s
	}
	return s
}

func (o *optionPass) setsOptions(scope *model.Scope) bool {
	for _, st := range scope.Own {
		switch st.(type) {
		case *dhcpdconf.OptionSet, *dhcpdconf.SpaceParam:
			return true
		}
	}
	return false
}

// execute does what an option statement does to what is set so far
// (dhcp-eval(5), dhcp-options(5)): "append" and "prepend" join the bytes as
// they are, and set the option when nothing was set; "default" sets it only
// then.
func (o *optionPass) execute(s *optionState, st *dhcpdconf.OptionSet) {
	k := o.key(st.Option)
	v := o.value(st)
	have := s.get(k)
	switch st.Verb {
	case dhcpdconf.VerbDefault:
		if have != nil {
			return
		}
	case dhcpdconf.VerbAppend:
		if have != nil {
			v = join(have, v, append(append([]*dhcpdconf.OptionSet{}, have.from...), st))
		}
	case dhcpdconf.VerbPrepend:
		if have != nil {
			v = join(v, have, append(append([]*dhcpdconf.OptionSet{}, have.from...), st))
		}
	default:
		if own := s.own(k); own != nil {
			o.overridden(own.from[len(own.from)-1])
		}
	}
	s.assign(k, v)
}

func join(a, b *optionValue, from []*dhcpdconf.OptionSet) *optionValue {
	return &optionValue{
		wire:    append(append([]byte{}, a.wire...), b.wire...),
		from:    from,
		missing: a.missing || b.missing,
	}
}

// key names the option of a definition. Options of a site space with the codes
// that sites may use stand in the packet itself.
func (o *optionPass) key(d *option.Def) optionID {
	k := optionID{strings.ToLower(d.Space), d.Code}
	if o.siteFrom > 0 && k.space == o.space && k.code >= o.siteFrom && k.code < 255 {
		k.space = hiddenSpace
	}
	if o.site[k.space] && k.code >= firstSiteCode && k.code < 255 {
		k.space = o.space
	}
	return k
}

// hiddenSpace holds the options that dhcpd does not send because of
// "site-option-space" at the top of the file.
const hiddenSpace = "dhcp, hidden"

// firstSiteCode is the first code that dhcpd looks up in the space of
// "site-option-space".
const firstSiteCode = 128
