package translator

import (
	"cmp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// wishes is a list of options that a place sets.
type wishes struct {
	list    []byte
	extends bool // added to the client's own; else dhcpd takes it in place of that
}

type wishesAt struct {
	wishes
	place place
}

// mostLists is how many statements may set lists: what is taken out where one
// holds is said again for each option of the file.
const mostLists = 12

// exactLists reports whether the hook flex_option is to make Kea's answers hold
// what the lists say and no more.
func (o *optionPass) exactLists() bool {
	if o.v6() || !o.canHook(hookFlexOption) {
		return false
	}
	if o.listsExact == nil {
		sets := func(st dhcpdconf.Statement) bool {
			set, ok := st.(*dhcpdconf.OptionSet)
			return ok && set.Option != nil && o.key(set.Option) == (optionID{o.space, optionRequestList})
		}
		count, groups := 0, 0
		for st := range dhcpdconf.Preorder(o.file) {
			if sets(st) {
				count++
			}
		}
		for _, s := range o.conf.Scopes {
			if s.Kind == model.GroupScope { // for who knows how many hosts
				dhcpdconf.Walk(s.Own, func(st dhcpdconf.Statement) bool {
					if sets(st) {
						groups++
					}
					return true
				})
			}
		}
		o.listsExact = new(count <= mostLists && groups == 0)
	}
	return *o.listsExact
}

// requestLists takes the options out that are not in a list of the file's.
func (t *translation) requestLists() {
	o := t.optionPass
	if !slices.ContainsFunc(o.lists, func(l wishesAt) bool { return !l.extends }) {
		return
	}
	slices.Reverse(o.lists) // see computedOptions
	slices.SortStableFunc(o.lists, func(a, b wishesAt) int { return cmp.Compare(a.place.rank(), b.place.rank()) })
	codes := t.packetOptions()
	guards := make([]string, len(o.lists))
	for i, l := range o.lists {
		guards[i], _ = t.classOfPlace(l.place)
	}
	var options []any
	bootp := t.answersBootp()
	remove := func(code uint32, guard, test string) {
		if bootp { // dhcpd asks no list for those
			test = all([]string{"not " + isBootp, test})
		}
		object := keaconf.Object{{Key: "code", Value: code}}
		if guard != "" {
			object = append(object, keaconf.Member{Key: "client-class", Value: guard})
		}
		options = append(options, append(object, keaconf.Member{Key: "remove", Value: test}))
	}
	for i, l := range o.lists {
		if guards[i] == "" && l.place.kind != atGlobal {
			continue
		}
		if l.extends { // what the lists of outer scopes have sent always is in doubt again
			for _, code := range codes {
				listed := func(l wishesAt) bool { return code < 256 && slices.Contains(l.list, byte(code)) }
				if !listed(l) && slices.ContainsFunc(o.lists[:i], listed) {
					remove(code, guards[i], "not ("+o.asks(code)+")")
				}
			}
			continue
		}
		var inner []string
		for _, name := range guards[i+1:] {
			if name != "" && name != guards[i] {
				inner = append(inner, "member('"+name+"')")
			}
		}
		test := truth(true)
		if len(inner) > 0 {
			test = "not (" + anyTest(inner) + ")"
		}
		for _, code := range codes {
			if code < 256 && slices.Contains(l.list, byte(code)) {
				continue
			}
			remove(code, guards[i], test)
		}
	}
	t.flexOptions(options)
}

// packetOptions lists the options of DHCPv4 that answers can have, but for those
// that dhcpd sends unasked, such as the mask.
func (t *translation) packetOptions() []uint32 {
	o := t.optionPass
	codes := []uint32{optionHostName}
	for st := range dhcpdconf.Preorder(o.file) {
		switch st := st.(type) {
		case *dhcpdconf.OptionSet:
			if st.Option == nil {
				continue
			}
			k := o.key(st.Option)
			if k.space == o.space {
				codes = append(codes, k.code)
			} else {
				codes = append(codes, o.containers[k.space]...)
				if o.selectsVendor() {
					codes = append(codes, optionVendorEncapsulated)
				}
			}
		case *dhcpdconf.SpaceParam:
			codes = append(codes, optionVendorEncapsulated)
		}
	}
	slices.Sort(codes)
	return slices.DeleteFunc(slices.Compact(codes), func(code uint32) bool {
		return sentUnasked(code) || code == optionSubnetMask || !o.sendable(code) || code == optionRequestList || code == optionLeaseTime || code == optionServerIdentifier
	})
}
