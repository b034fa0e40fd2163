package translator

import (
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// taggedOptionsSince is the first version in which option data can be tied to
// classes where they stand.
const taggedOptionsSince = keaversion.V3_0

// vendorClass is a class, or a condition that became one, in which
// "vendor-option-space" selects what dhcpd puts into option 43. The options in
// it can come from anywhere: dhcpd merges them over all scopes.
type vendorClass struct {
	name  string
	space string
	scope model.Chain // of the class, up to the global scope
	stmt  *dhcpdconf.SpaceParam
	// places: it names no space, but sets options of one that is named outside of
	// classes.
	places bool
	// early: a condition of the global scope, which dhcpd executes before what
	// the subnet sets; classes come after it.
	early bool
}

// noteVendorClass keeps a class that names a vendor option space.
func (o *optionPass) noteVendorClass(p place) {
	if p.class == "" || o.v6() {
		return
	}
	global := model.Chain{o.conf.Global}
	chain := p.chain().Until(global)
	outer := o.state(global, nil)
	layers := o.state(chain, outer).until(outer)
	_, condition := p.own[0].Stmt.(*dhcpdconf.If)
	if len(o.spacesOfPlaces()) > 0 && !slices.ContainsFunc(layers, func(l *optionState) bool { return l.vendorSpace != nil }) {
		for _, space := range slices.Sorted(maps.Keys(o.spacesOfPlaces())) {
			if o.touches(layers, space) {
				o.vendors = append(o.vendors, vendorClass{name: p.class, space: space, scope: chain, stmt: o.placeSpaces[space], places: true, early: condition && len(chain) == 1})
			}
		}
		return
	}
	for _, l := range layers {
		if l.vendorSpace == nil {
			continue
		}
		o.vendors = append(o.vendors, vendorClass{
			name:  p.class,
			space: o.state(chain, outer).vendorOptionSpace(),
			scope: chain,
			stmt:  l.vendorSpace,
			early: condition && len(chain) == 1,
		})
		return
	}
}

// spacesOfPlaces are the spaces that the file names for option 43 outside of classes, each with a statement that does.
func (o *optionPass) spacesOfPlaces() map[string]*dhcpdconf.SpaceParam {
	if o.placeSpaces != nil {
		return o.placeSpaces
	}
	o.placeSpaces = map[string]*dhcpdconf.SpaceParam{}
	for _, s := range o.conf.Scopes {
		if s.Kind == model.ClassScope || s.Kind == model.SubclassScope {
			continue
		}
		for _, st := range s.Own {
			if sp, ok := st.(*dhcpdconf.SpaceParam); ok && !sp.Site {
				o.placeSpaces[strings.ToLower(sp.Name.Text)] = sp
			}
		}
	}
	return o.placeSpaces
}

// isVendorClass reports whether options of other places are for the members of a
// class, so that it has to be there although it may hold nothing.
func (o *optionPass) isVendorClass(name string) bool {
	return slices.ContainsFunc(o.vendors, func(c vendorClass) bool { return c.name == name })
}

// classVendorOptions writes option 43 for the members of such classes into the
// networks, subnets, pools and hosts that set options of the class's space.
func (t *translation) classVendorOptions() {
	o := t.optionPass
	if len(o.vendors) == 0 {
		return
	}
	for _, n := range t.conf.Networks {
		if into := t.networkOf[n]; into != nil {
			o.vendorOptions(t.networkPlace(n), &into.OptionData, nil)
		}
	}
	for _, s := range t.conf.Subnets {
		if into := t.subnetOf[s]; into != nil {
			o.vendorOptions(t.subnetPlace(s), &into.OptionData, nil)
		}
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.pd {
			o.vendorOptions(p.place, &p.in.PDPools[p.index].OptionData, nil)
		} else {
			o.vendorOptions(p.place, &p.in.Pools[p.index].OptionData, nil)
		}
	}
	for _, r := range t.hosts {
		if !r.plain(t) {
			res := t.reservation(r)
			o.vendorOptions(t.placeOf(r), &res.OptionData, res)
		}
	}
}

// vendorOptions writes option 43 for each class at one place; res is the
// reservation if the place is one.
func (o *optionPass) vendorOptions(p place, into *[]keaconf.OptionData, res *keaconf.Reservation) {
	global := model.Chain{o.conf.Global}
	base := o.state(global, nil)
	outer := o.state(p.outer.Until(global), base)
	layers := o.state(p.own, outer).until(outer)
	var tagged []keaconf.OptionData
	for _, c := range o.vendors {
		if !o.touches(layers, c.space) && !(c.places && slices.ContainsFunc(layers, func(l *optionState) bool { return l.vendorSpace != nil })) {
			continue
		}
		var s *optionState
		switch {
		case c.early:
			s = o.state(p.own, o.state(p.outer.Until(global), o.state(c.scope, base)))
		case p.kind == atReservation:
			s = o.state(p.own, o.state(c.scope, outer))
		default:
			s = o.state(c.scope, o.state(p.own, outer))
		}
		if c.places && s.vendorOptionSpace() != c.space {
			continue
		}
		v := o.effective(s, optionVendorEncapsulated)
		if v == nil || v.missing || len(v.wire) == 0 {
			continue
		}
		data, err := o.data(optionVendorEncapsulated, v.wire)
		if err != nil {
			continue // bytes fit always
		}
		if o.opts.Target >= taggedOptionsSince || p.kind != atReservation {
			data.ClientClasses = []string{c.name}
		} else if len(o.vendors) > 1 || slices.ContainsFunc(*into, func(d keaconf.OptionData) bool { return d.Name == data.Name }) {
			continue // optionsLeft says that the class's options are not there
		} else {
			o.untie(c.name, res)
		}
		for _, st := range v.from {
			o.ledger.mark(st, Translated)
			if o.key(st.Option).space != o.space {
				data.Comments = append(data.Comments, inside(st))
			}
		}
		tagged = append(tagged, data)
	}
	if len(tagged) == 0 {
		return
	}
	// The class's own option 43, with less in it, may stand here already.
	rest := slices.DeleteFunc(slices.Clone(*into), func(d keaconf.OptionData) bool {
		return slices.ContainsFunc(tagged, func(n keaconf.OptionData) bool {
			return n.Name == d.Name && len(n.ClientClasses) > 0 && slices.Equal(n.ClientClasses, d.ClientClasses)
		})
	})
	*into = append(tagged, rest...)
}

// untie takes option 43 of a reservation, which versions before 3.0 cannot tie to
// a class, away from clients that are not in the class.
func (o *optionPass) untie(class string, res *keaconf.Reservation) {
	marker := "vendor-of-" + class
	if !slices.ContainsFunc(o.classes, func(c keaconf.ClientClass) bool { return c.Name == marker }) {
		o.needClass(keaconf.ClientClass{Name: marker})
		o.flexOptions([]any{keaconf.Object{
			{Key: "code", Value: uint32(optionVendorEncapsulated)},
			{Key: "client-class", Value: marker},
			{Key: "remove", Value: "not member('" + class + "')"},
		}})
	}
	res.ClientClasses = append(slices.Clip(res.ClientClasses), marker)
}

// touches reports whether the layers set an option that is sent within a space,
// or the bytes of option 43 themselves, which win over any space.
func (o *optionPass) touches(layers []*optionState, space string) bool {
	for _, l := range layers {
		for _, set := range l.set {
			if k := set.id; k.space != o.space && o.inside(k.space, space) || k == (optionID{o.space, optionVendorEncapsulated}) {
				return true
			}
		}
	}
	return false
}
