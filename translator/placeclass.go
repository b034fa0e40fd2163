package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// rank orders places as dhcpd executes their scopes. What a condition sets
// comes after the plain settings of its scope. Of classes the first declared is
// executed last.
func (p place) rank() int {
	const condition, each = 1, ranksOfPlace
	kind := p.kind
	if p.test != "" {
		switch p.own[0].Parent.Kind {
		case model.NetworkScope:
			kind = atNetwork
		case model.SubnetScope:
			kind = atSubnet
		case model.PoolScope:
			kind = atPool
		case model.HostScope:
			kind = atReservation
		case model.ClassScope, model.SubclassScope:
			kind = atClass
		default:
			kind = atGlobal
		}
	}
	rank := slices.Index(placeOrder[:], kind) * each
	if p.test != "" {
		rank += condition
	}
	return rank
}

// holds reports whether a client that is served at one place can be served at
// another too, further in.
func (p place) holds(inner place) bool {
	switch {
	case p.subnet == nil && p.kind != atNetwork, inner.subnet == nil:
		return true
	case p.kind == atNetwork:
		return inner.subnet.Network.Scope == p.own[len(p.own)-1] || slices.Contains(inner.chain(), p.own[0])
	case p.kind == atPool:
		return inner.kind != atPool || inner.pointer == p.pointer
	}
	return p.subnet == inner.subnet
}

// classOfPlace returns a class of the clients that are served at a place; ""
// is everybody.
func (t *translation) classOfPlace(p place) (name string, ok bool) {
	switch {
	case p.kind == atGlobal:
		return "", true
	case p.kind == atReservation:
		return t.classOfReservation(p)
	case p.kind == atClass && p.test == "":
		return p.class, p.class != ""
	}
	test := p.test
	if test == "" {
		test = truth(true)
	}
	guards := t.guardsAt(p.pointer)
	name = "served-" + t.placeName(p)
	if p.test != "" {
		line, _ := p.own[0].Stmt.Span().Src.Position(p.own[0].Stmt.Span().Off)
		name = fmt.Sprintf("computed-line-%d", line)
		if guards != nil {
			name += "-" + t.placeName(p)
		}
	}
	name = t.freeClass(name, test)
	class := keaconf.ClientClass{Name: name, Test: test}
	if guards != nil {
		list := &guards.RequireClientClasses
		if t.opts.Target >= keaversion.V3_0 {
			list = &guards.EvaluateAdditionalClasses
			class.OnlyInAdditionalList = new(true)
		} else {
			class.OnlyIfRequired = new(true)
		}
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	t.needClass(class)
	return name, true
}

// freeClass returns a name that no class with another test has.
func (t *translation) freeClass(name, test string) string {
	free := name
	for i := 2; slices.ContainsFunc(t.classes, func(c keaconf.ClientClass) bool { return c.Name == free && c.Test != test }); i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	return free
}

// guardsAt finds the classes of a network, subnet or pool; nil when the pointer
// is that of something else.
func (t *translation) guardsAt(pointer string) *keaconf.ClassGuards {
	for n, k := range t.networkOf {
		if t.pointers.network[n] == pointer {
			return &k.ClassGuards
		}
	}
	for s, k := range t.subnetOf {
		if t.pointers.subnet[s] == pointer {
			return &k.ClassGuards
		}
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		switch {
		case p.pointer != pointer:
		case p.pd:
			return &p.in.PDPools[p.index].ClassGuards
		default:
			return &p.in.Pools[p.index].ClassGuards
		}
	}
	return nil
}

// placeName names a network, subnet or pool for people.
func (t *translation) placeName(p place) string {
	for n := range t.networkOf {
		if t.pointers.network[n] == p.pointer {
			return strings.Map(legalInClass, n.Name)
		}
	}
	for i := range t.poolPlaces {
		pool := &t.poolPlaces[i]
		switch {
		case pool.pointer != p.pointer:
		case pool.pd:
			return pool.block.String()
		default:
			return strings.ReplaceAll(pool.in.Pools[pool.index].Pool, " ", "")
		}
	}
	if p.subnet != nil {
		return p.subnet.Prefix.String()
	}
	return ""
}

// legalInClass keeps names of classes within what Kea's expressions can hold.
func legalInClass(r rune) rune {
	if r < ' ' || r > '~' || r == '\'' || r == '"' || r == '\\' {
		return '_'
	}
	return r
}

// classOfReservation puts a reservation into a class for what its host, or a
// group around it, computes.
func (t *translation) classOfReservation(p place) (name string, ok bool) {
	for _, r := range t.hosts {
		if t.placeOf(r).pointer != p.pointer {
			continue
		}
		name = "computed-host-" + strings.Map(legalInClass, r.from.Stmt.Name.Text)
		res := t.reservation(r)
		if !slices.Contains(res.ClientClasses, name) {
			res.ClientClasses = append(res.ClientClasses, name)
		}
		t.needClass(keaconf.ClientClass{Name: name})
		return name, true
	}
	return "", false
}
