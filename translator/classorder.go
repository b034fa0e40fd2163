package translator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// In dhcpd the options of a class beat those of pool and subnet, in Kea it is
// the other way round. From 3.0 an entry of option-data can be for certain
// classes only, so the options of the classes are repeated, tagged with their
// class, before those of each subnet and pool that sets the same option. For
// older versions tagsAsClasses makes classes of these entries.

// optionPlace is a list of option data that can hold tagged entries.
type optionPlace struct {
	pointer string
	place   func() place
	data    *[]keaconf.OptionData
	tagged  []keaconf.OptionData
}

// optionPlaces returns the option data of all shared networks, subnets and
// pools that have any.
func (t *translation) optionPlaces() []*optionPlace {
	var list []*optionPlace
	add := func(pointer string, place func() place, data *[]keaconf.OptionData) {
		if len(*data) > 0 {
			list = append(list, &optionPlace{pointer: pointer + "/option-data/", place: place, data: data})
		}
	}
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			add(t.pointers.network[n], func() place { return t.networkPlace(n) }, &k.OptionData)
		}
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			add(t.pointers.subnet[s], func() place { return t.subnetPlace(s) }, &k.OptionData)
		}
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.pd {
			add(p.pointer, func() place { return p.place }, &p.in.PDPools[p.index].OptionData)
		} else {
			add(p.pointer, func() place { return p.place }, &p.in.Pools[p.index].OptionData)
		}
	}
	return list
}

// optionKey names an option, however it is written.
func optionKey(o keaconf.OptionData) string {
	if o.Name != "" {
		return o.Space + "." + o.Name
	}
	if o.Code != nil {
		return o.Space + "#" + strconv.Itoa(int(*o.Code))
	}
	return ""
}

// preferClasses lets the classes' options win; the classes come in order of
// precedence.
func (t *translation) preferClasses(classes []keaconf.ClientClass) {
	if !slices.ContainsFunc(classes, func(c keaconf.ClientClass) bool { return len(c.OptionData) > 0 }) {
		return
	}
	places := t.optionPlaces()
	where := map[string][]*optionPlace{}
	for _, p := range places {
		for _, o := range *p.data {
			key := optionKey(o)
			if list := where[key]; len(list) == 0 || list[len(list)-1] != p {
				where[key] = append(list, p)
			}
		}
	}
	for _, c := range classes {
		for _, o := range c.OptionData {
			losing := where[optionKey(o)]
			if len(losing) == 0 {
				continue
			}
			for _, p := range losing {
				entry, says := t.optionPass.joined(t.classScope(c.Name), o, p.place())
				if !says {
					continue
				}
				entry.ClientClasses = []string{c.Name}
				entry.Comments = nil
				p.tagged = append(p.tagged, entry)
			}
		}
	}
	shift := map[string]int{}
	for _, p := range places {
		if len(p.tagged) > 0 {
			*p.data = slices.Concat(p.tagged, *p.data)
			shift[p.pointer] = len(p.tagged)
		}
	}
	t.shiftPlaces(shift)
}

// shiftPlaces corrects the places of findings after entries were put before
// those that they name.
func (t *translation) shiftPlaces(shift map[string]int) {
	if len(shift) == 0 {
		return
	}
	const list = "/option-data/"
	for i := range t.ledger.findings {
		for j, pointer := range t.ledger.findings[i].Places {
			at := strings.LastIndex(pointer, list)
			if at < 0 {
				continue
			}
			by := shift[pointer[:at+len(list)]]
			n, err := strconv.Atoi(pointer[at+len(list):])
			if by > 0 && err == nil {
				t.ledger.findings[i].Places[j] = pointer[:at+len(list)] + strconv.Itoa(n+by)
			}
		}
	}
}

// optionField names an option as the fields of findings do: "option 15", or
// "option SPACE.2" for one of another space.
func (t *translation) optionField(o keaconf.OptionData) string {
	family, space, defs := option.V4, "dhcp4", []keaconf.OptionDef(nil)
	if t.v6() {
		family, space, defs = option.V6, "dhcp6", t.dhcp6.OptionDef
	} else {
		defs = t.dhcp4.OptionDef
	}
	in := ""
	if o.Space != "" && o.Space != space {
		space, in = o.Space, o.Space+"."
	}
	if o.Code != nil {
		return fmt.Sprintf("option %s%d", in, *o.Code)
	}
	if d, ok := option.KeaByName(family, space, o.Name, t.opts.Target); ok {
		return fmt.Sprintf("option %s%d", in, d.Code)
	}
	for _, d := range defs {
		if d.Name == o.Name && (d.Space == o.Space || d.Space == space) {
			return fmt.Sprintf("option %s%d", in, d.Code)
		}
	}
	return "option " + in + o.Name
}
