package translator

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// placeKind is a kind of scope in Kea's configuration.
type placeKind uint8

const (
	atGlobal placeKind = iota
	atNetwork
	atSubnet
	atPool
	atReservation
	atClass
)

// place is one scope of Kea's with the dhcpd scopes that it takes over. Kea
// inherits from place to place, dhcpd from scope to scope; a place takes the
// settings of the scopes that have no place of their own, such as groups.
type place struct {
	kind placeKind
	// pointer is the JSON pointer of the object in the result.
	pointer string
	// own are the scopes that belong to this place, the innermost first.
	own model.Chain
	// outer are the scopes around it, whose settings the outer places hold.
	outer model.Chain
	// subnet is the subnet the place is in; nil when it is in none.
	subnet *model.Subnet
	// class is the name of the class; empty for other places.
	class string
	// test is that of the branch of a condition; empty for other places.
	test string
}

// setting returns the statement of the place's own scopes that decides a
// parameter, or nil when the outer places decide.
func (p place) setting(name string) dhcpdconf.Statement { return p.own.Setting(name) }

// chain returns all scopes that apply at the place.
func (p place) chain() model.Chain {
	return append(append(model.Chain{}, p.own...), p.outer...)
}

func (t *translation) globalPlace() place {
	return place{kind: atGlobal, pointer: t.root(), own: model.Chain{t.conf.Global}}
}

// networkPlace returns the place of an explicit shared network.
func (t *translation) networkPlace(n *model.Network) place {
	global := model.Chain{t.conf.Global}
	return place{
		kind:    atNetwork,
		pointer: t.pointers.network[n],
		own:     model.ChainOf(n.Scope).Until(global),
		outer:   global,
	}
}

func (t *translation) subnetPlace(s *model.Subnet) place {
	outer := model.Chain{t.conf.Global}
	if s.Network.Explicit() {
		outer = model.ChainOf(s.Network.Scope)
	}
	return place{
		kind:    atSubnet,
		pointer: t.pointers.subnet[s],
		own:     s.Chain().Until(outer),
		outer:   outer,
		subnet:  s,
	}
}

// poolPlace returns the place of the i-th pool of a subnet, made from p.
func (t *translation) poolPlace(p *model.Pool, s *model.Subnet, pointer string) place {
	return place{
		kind:    atPool,
		pointer: pointer,
		own:     model.Chain{p.Scope},
		outer:   s.Chain(),
		subnet:  s,
	}
}

// hostPlace returns the place of a reservation made from h; with a nil subnet
// it is a global one.
func (t *translation) hostPlace(h *model.Host, s *model.Subnet, pointer string) place {
	p := place{kind: atReservation, pointer: pointer, outer: t.aroundAll(), subnet: s}
	if s != nil {
		p.outer = s.Chain()
	}
	p.own = model.ChainOf(&h.Scope).Until(p.outer)
	return p
}

// poolPlace is one pool of Kea's with the dhcpd pool it was made from. One
// dhcpd pool gives as many as it has ranges.
type poolPlace struct {
	place
	from  *model.Pool
	in    *keaconf.Subnet
	span  *model.Range // nil for a pool of prefixes
	index int          // in in.Pools, or in.PDPools
	pd    bool         // a pool of prefixes

	delegation *dhcpdconf.Prefix6 // of a pool of prefixes
	block      netip.Prefix       // the pool of prefixes itself
}

// hostReservation is one reservation with the host it was made from. There can
// be hundreds of thousands, so the place is made when it is asked for.
type hostReservation struct {
	from   *model.Host
	subnet *model.Subnet   // nil: a global reservation
	in     *keaconf.Subnet // nil: a global reservation
	index  int             // in in.Reservations, or in the global list
}

// plain reports whether nothing but the host's own identity decides the
// reservation: no settings of its own and none around it that the subnet has
// not.
func (r hostReservation) plain(t *translation) bool {
	if len(r.from.Scope.Own) > 0 {
		return false
	}
	parent := r.from.Scope.Parent
	if r.subnet == nil {
		return slices.Contains(t.aroundAll(), parent)
	}
	return r.subnet.Scope.Within(parent)
}

// reservation returns the object under construction.
func (t *translation) reservation(r hostReservation) *keaconf.Reservation {
	switch {
	case r.in != nil:
		return &r.in.Reservations[r.index]
	case t.v6():
		return &t.dhcp6.Reservations[r.index]
	}
	return &t.dhcp4.Reservations[r.index]
}

// placeOf returns the place of a reservation.
func (t *translation) placeOf(r hostReservation) place {
	pointer := t.root()
	if r.subnet != nil {
		pointer = t.pointers.subnet[r.subnet]
	}
	return t.hostPlace(r.from, r.subnet, fmt.Sprintf("%s/reservations/%d", pointer, r.index))
}
