package translator

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Before Kea 3.0 option data cannot be tied to a class where it stands, and what
// a pool, subnet or shared network sets beats every class. But a subnet or pool
// can name classes that Kea evaluates once it has chosen the address
// (require-client-classes). They come after all other classes of the client,
// and of several classes the first wins. So an option that a class sets too is
// taken out of the pool, subnet and network and put into such late classes: the
// classes of the file come first, as in dhcpd, then what the subnet or pool sets.

// lateGroup is the options that one place has for the members of one class ("":
// for everybody), on their way into a late class.
type lateGroup struct {
	place string // what the class is named after
	tag   string
	data  []keaconf.OptionData
}

// lateClasses moves the options of network, subnet and pool that a class sets
// too into late classes.
type lateClasses struct {
	*translation
	keys  map[*model.Network]map[string]bool // options that have to move, by [optionKey]
	whole map[string]bool                    // options that no class may keep
	early map[string][]int                   // by option: the ordinary classes that set it
	own   map[string]int                     // ordinary classes by name
	taken []lateGroup                        // what was taken out of those
	made  map[string]string                  // names of late classes by content
	names map[string]bool
	moved map[string]map[int]int // by list of option data: new indices, -1 for what is gone
}

// mostTagged is how many entries of one option a list may hold for members of
// classes: Kea 3.0 compares each with all others of the option when it starts, and
// took a minute for 20,000.
const mostTagged = 1000

// tagsAsClasses lets the entries that are tagged with a class, which the passes
// before it have made, take effect in versions without tags, and in others where
// there are very many.
func (t *translation) tagsAsClasses() {
	l := &lateClasses{
		translation: t,
		keys:        map[*model.Network]map[string]bool{},
		whole:       map[string]bool{},
		early:       map[string][]int{},
		own:         map[string]int{},
		made:        map[string]string{},
		names:       map[string]bool{},
		moved:       map[string]map[int]int{},
	}
	if !l.findTags() {
		return
	}
	l.findWhole()
	l.emptyClasses()
	for _, c := range t.classes {
		l.names[c.Name] = true
	}
	pools := map[*keaconf.Subnet][]*poolPlace{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		pools[p.in] = append(pools[p.in], p)
	}
	outside := l.reservationsOutside(pools)
	for _, n := range t.conf.Networks {
		if len(l.keys[n]) > 0 {
			l.network(n, pools, outside)
		}
	}
	l.movePointers()
	why := fmt.Sprintf("In Kea %s they would beat the classes", t.opts.Target)
	if t.opts.Target >= taggedOptionsSince {
		why = fmt.Sprintf("Entries for each class before them would be more than %d of one option, with which Kea is slow to start", mostTagged)
	}
	t.ledger.add(nil, Finding{
		Code: "options-in-late-classes", Severity: S1, Verdict: Translated,
		Message: "subnets or pools set options that classes or conditions set too. " + why + ", so they stand in classes of their own, which the subnet or pool requires and Kea evaluates last.",
	}, t.root()+"/client-classes")
}

var lateClassCodes = []CodeInfo{
	{"options-in-late-classes", S1, "Options of subnets and pools in classes of their own",
		"In dhcpd the options of a class beat those of pool, subnet and shared network; in Kea it is the other way round. From Kea 3.0 on the entries of option-data in a subnet can be tagged with a class, which restores dhcpd's order. Older versions have no tags, but a subnet or pool can require classes (require-client-classes), which Kea evaluates after all others, and of the classes of a client the first that sets an option wins. So an option that both a class and a subnet or pool set is taken out of the subnet and put into a class that the subnet requires. Kea 3.0 gets the same where there would be more than a thousand entries for classes in one list, because it would take minutes to start."},
}

// network moves the options of one network.
func (l *lateClasses) network(n *model.Network, pools map[*keaconf.Subnet][]*poolPlace, outside map[*keaconf.Subnet][]hostReservation) {
	keys := l.keys[n]
	var ofNetwork []lateGroup
	if k := l.networkOf[n]; k != nil {
		ofNetwork = l.take("network-"+strings.Trim(className(k.Name, map[string]bool{}), " "), l.pointers.network[n], &k.OptionData, keys)
	}
	for _, s := range n.Subnets {
		k := l.subnetOf[s]
		if k == nil {
			continue
		}
		base := slices.Concat(l.take("subnet-"+placeName(s.Prefix.String()), l.pointers.subnet[s], &k.OptionData, keys), ofNetwork)
		inPools := make([][]lateGroup, len(pools[k]))
		poolsHave := false
		for i, p := range pools[k] {
			data, name := &[]keaconf.OptionData{}, ""
			if p.pd {
				pool := &k.PDPools[p.index]
				data, name = &pool.OptionData, fmt.Sprintf("%s-%d", pool.Prefix, pool.PrefixLen)
			} else {
				pool := &k.Pools[p.index]
				data, name = &pool.OptionData, pool.Pool
			}
			inPools[i] = l.take("pool-"+placeName(name), p.pointer, data, keys)
			poolsHave = poolsHave || len(inPools[i]) > 0
		}
		if !poolsHave {
			l.require(&k.ClassGuards, l.write(l.complete(base), ""))
			continue
		}
		// Kea evaluates what the subnet requires before what the pool requires,
		// but the pool's have to win: so each pool requires all.
		for i, p := range pools[k] {
			names := l.write(l.complete(slices.Concat(inPools[i], base)), "")
			if p.pd {
				l.require(&k.PDPools[p.index].ClassGuards, names)
			} else {
				l.require(&k.Pools[p.index].ClassGuards, names)
			}
		}
		// Clients that ask for options only get no address of a pool.
		test := isInform
		if l.v6() {
			test = isInform6
		}
		l.needClass(keaconf.ClientClass{Name: informClients, Test: test})
		l.require(&k.ClassGuards, l.write(l.complete(base), informClients))
		if hosts := outside[k]; len(hosts) > 0 {
			for _, h := range hosts {
				res := l.reservation(h)
				res.ClientClasses = append(res.ClientClasses, outsidePools)
			}
			l.needClass(keaconf.ClientClass{Name: outsidePools})
			l.require(&k.ClassGuards, l.write(l.complete(base), outsidePools))
		}
	}
}

// outsidePools is the class of reserved addresses that lie in no pool.
const outsidePools = "outside-pools"

// informClients is the class of clients that ask for options only.
const informClients = "inform"

// require makes a subnet or pool name the classes.
func (l *lateClasses) require(g *keaconf.ClassGuards, names []string) {
	list := &g.RequireClientClasses
	if l.opts.Target >= keaversion.V3_0 {
		list = &g.EvaluateAdditionalClasses
	}
	have := map[string]bool{}
	for _, name := range *list {
		have[name] = true
	}
	for _, name := range names {
		if !have[name] {
			have[name] = true
			*list = append(*list, name)
		}
	}
}

// placeName makes a part of a class name out of a prefix or a range.
func placeName(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "/", "-")
}

// findTags finds the options that are tagged with a class anywhere.
func (l *lateClasses) findTags() bool {
	found := false
	look := func(n *model.Network, data []keaconf.OptionData) {
		many := map[string]int{}
		for _, o := range data {
			if len(o.ClientClasses) == 0 {
				continue
			}
			key := optionKey(o)
			if many[key]++; l.opts.Target >= taggedOptionsSince && many[key] <= mostTagged {
				continue
			}
			found = true
			l.need(n, key)
		}
	}
	for _, n := range l.conf.Networks {
		if k := l.networkOf[n]; k != nil {
			look(n, k.OptionData)
		}
		for _, s := range n.Subnets {
			if k := l.subnetOf[s]; k != nil {
				look(n, k.OptionData)
			}
		}
	}
	for i := range l.poolPlaces {
		p := &l.poolPlaces[i]
		if p.pd {
			look(p.from.Network, p.in.PDPools[p.index].OptionData)
		} else {
			look(p.from.Network, p.in.Pools[p.index].OptionData)
		}
	}
	return found
}

func (l *lateClasses) need(n *model.Network, key string) {
	if l.keys[n] == nil {
		l.keys[n] = map[string]bool{}
	}
	l.keys[n][key] = true
}

// findWhole finds the options that ordinary classes cannot keep: those of a
// condition of the global scope, which has to lose against subnets, and those
// that some place changes for the members of the class.
func (l *lateClasses) findWhole() {
	for i, c := range l.classes {
		if c.OnlyIfRequired != nil || c.OnlyInAdditionalList != nil || l.hostBranches[c.Name] {
			continue
		}
		l.own[c.Name] = i
		for _, o := range c.OptionData {
			key := optionKey(o)
			if list := l.early[key]; len(list) == 0 || list[len(list)-1] != i {
				l.early[key] = append(list, i)
			}
		}
	}
	lowered := map[string]bool{}
	for _, keys := range l.keys {
		for key := range keys {
			lowered[key] = true
		}
	}
	for key := range lowered {
		for _, i := range l.early[key] {
			if l.globalBranches[l.classes[i].Name] != nil {
				l.whole[key] = true
			}
		}
	}
	differs := func(data []keaconf.OptionData) {
		for _, o := range data {
			for _, tag := range o.ClientClasses {
				key := optionKey(o)
				if i, ok := l.own[tag]; ok && l.sets(i, key) && !l.keeps(i, o) {
					l.whole[key] = true
				}
			}
		}
	}
	for _, k := range l.networkOf {
		differs(k.OptionData)
	}
	for _, k := range l.subnetOf {
		differs(k.OptionData)
		for _, p := range k.Pools {
			differs(p.OptionData)
		}
		for _, p := range k.PDPools {
			differs(p.OptionData)
		}
	}
	for key := range l.whole {
		for _, n := range l.conf.Networks {
			l.need(n, key)
		}
	}
}

// sets reports whether a class sets an option.
func (l *lateClasses) sets(class int, key string) bool {
	return slices.ContainsFunc(l.classes[class].OptionData, func(own keaconf.OptionData) bool { return optionKey(own) == key })
}

// keeps reports whether a class sets an option to the same value.
func (l *lateClasses) keeps(class int, o keaconf.OptionData) bool {
	return slices.ContainsFunc(l.classes[class].OptionData, func(own keaconf.OptionData) bool { return sameOption(own, o) })
}

func sameOption(a, b keaconf.OptionData) bool { return contentOf(a) == contentOf(b) }

// contentOf tells option data apart by what clients get.
func contentOf(o keaconf.OptionData) string {
	flag := func(b *bool) string {
		if b == nil {
			return "-"
		}
		return strconv.FormatBool(*b)
	}
	return strings.Join([]string{optionKey(o), o.Data, flag(o.CSVFormat), flag(o.AlwaysSend), flag(o.NeverSend)}, "\x00")
}

// emptyClasses takes the options that no ordinary class may keep out of them.
func (l *lateClasses) emptyClasses() {
	for i := range l.classes {
		c := &l.classes[i]
		if c.OnlyIfRequired != nil || c.OnlyInAdditionalList != nil || l.hostBranches[c.Name] {
			continue
		}
		group := lateGroup{place: "class", tag: c.Name}
		kept := []keaconf.OptionData(nil)
		for _, o := range c.OptionData {
			if l.whole[optionKey(o)] {
				group.data = append(group.data, o)
			} else {
				kept = append(kept, o)
			}
		}
		if len(group.data) > 0 {
			c.OptionData = kept
			l.taken = append(l.taken, group)
		}
	}
}

// complete adds what was taken out of the ordinary classes and is not there yet.
func (l *lateClasses) complete(groups []lateGroup) []lateGroup {
	if len(l.taken) == 0 {
		return groups
	}
	type tagged struct{ key, tag string }
	have := map[tagged]bool{}
	for _, g := range groups {
		for _, o := range g.data {
			have[tagged{optionKey(o), g.tag}] = true
		}
	}
	out := slices.Clone(groups)
	for _, g := range l.taken {
		more := lateGroup{place: g.place, tag: g.tag}
		for _, o := range g.data {
			if !have[tagged{optionKey(o), g.tag}] {
				more.data = append(more.data, o)
			}
		}
		if len(more.data) > 0 {
			out = append(out, more)
		}
	}
	return out
}

// take takes the options that move out of a list and groups them by their
// classes, those for everybody last.
func (l *lateClasses) take(name, pointer string, data *[]keaconf.OptionData, keys map[string]bool) []lateGroup {
	var groups []lateGroup
	var kept []keaconf.OptionData
	plain := lateGroup{place: name}
	moved := map[int]int{}
	byTag := map[string]int{}
	for i, o := range *data {
		if !keys[optionKey(o)] {
			moved[i] = len(kept)
			kept = append(kept, o)
			continue
		}
		moved[i] = -1
		if len(o.ClientClasses) == 0 {
			plain.data = append(plain.data, o)
			continue
		}
		tag := o.ClientClasses[0]
		o.ClientClasses = nil
		at, known := byTag[tag]
		if !known {
			at = len(groups)
			byTag[tag] = at
			groups = append(groups, lateGroup{place: name, tag: tag})
		}
		groups[at].data = append(groups[at].data, o)
	}
	if len(plain.data) > 0 {
		groups = append(groups, plain)
	}
	if len(groups) > 0 {
		*data = kept
		l.moved[pointer+"/option-data/"] = moved
	}
	return groups
}

// write makes the late classes for groups of options, in order of
// precedence, and returns their names; only for members of the class among, if
// one is given.
func (l *lateClasses) write(groups []lateGroup, among string) []string {
	var names []string
	for _, g := range groups {
		test, name := truth(true), g.place
		if g.tag != "" {
			test = "member('" + g.tag + "')"
			name += "-" + g.tag
		}
		data := slices.DeleteFunc(slices.Clone(g.data), func(o keaconf.OptionData) bool { return g.tag != "" && l.classHas(g.tag, o) })
		if len(data) == 0 {
			continue
		}
		if among != "" {
			test = all([]string{"member('" + among + "')", test})
			name += "-" + among
		}
		content := test
		for _, o := range data {
			content += "\x01" + contentOf(o)
		}
		have, ok := l.made[content]
		if !ok {
			have = uniqueName(name, l.names)
			l.made[content] = have
			class := keaconf.ClientClass{Name: have, Test: test, OptionData: data}
			if l.opts.Target >= keaversion.V3_0 {
				class.OnlyInAdditionalList = new(true)
			} else {
				class.OnlyIfRequired = new(true)
			}
			l.classes = append(l.classes, class)
		}
		names = append(names, have)
	}
	return names
}

// classHas reports whether an ordinary class itself gives its members an option.
func (l *lateClasses) classHas(name string, o keaconf.OptionData) bool {
	i, ok := l.own[name]
	return ok && l.keeps(i, o)
}

// reservationsOutside finds the reservations whose address is in no pool.
func (l *lateClasses) reservationsOutside(pools map[*keaconf.Subnet][]*poolPlace) map[*keaconf.Subnet][]hostReservation {
	outside := map[*keaconf.Subnet][]hostReservation{}
	for _, h := range l.hosts {
		if h.in == nil {
			continue
		}
		res := l.reservation(h)
		addresses := res.IPAddresses
		if res.IPAddress != "" {
			addresses = []string{res.IPAddress}
		}
		for _, text := range addresses {
			a, err := netip.ParseAddr(text)
			if err == nil && !slices.ContainsFunc(pools[h.in], func(p *poolPlace) bool {
				return p.span != nil && !a.Less(p.span.Low) && !p.span.High.Less(a)
			}) {
				outside[h.in] = append(outside[h.in], h)
				break
			}
		}
	}
	return outside
}

// movePointers corrects the places of findings about entries that have moved.
func (l *lateClasses) movePointers() {
	const list = "/option-data/"
	for i := range l.ledger.findings {
		for j, pointer := range l.ledger.findings[i].Places {
			at := strings.LastIndex(pointer, list)
			if at < 0 {
				continue
			}
			moved := l.moved[pointer[:at+len(list)]]
			n, err := strconv.Atoi(pointer[at+len(list):])
			if moved == nil || err != nil {
				continue
			}
			if to, ok := moved[n]; ok && to >= 0 {
				l.ledger.findings[i].Places[j] = pointer[:at+len(list)] + strconv.Itoa(to)
			} else {
				l.ledger.findings[i].Places[j] = pointer[:at]
			}
		}
	}
}
