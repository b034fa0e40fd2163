package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// assemble puts the subnets and networks into the configuration, in the order
// in which their pointers count.
func (t *translation) assemble() {
	t.fillReservations()
	t.applyGuards()
	// Room for as many as there are: there may be thousands. No room is no list.
	networks := slices.Grow([]keaconf.SharedNetwork(nil), len(t.networkOf))
	alone := slices.Grow([]keaconf.Subnet(nil), t.aloneCount())
	for _, n := range t.conf.Networks {
		k := t.networkOf[n]
		if k == nil {
			alone = t.take(n, alone)
			continue
		}
		inside := t.take(n, nil)
		if t.v6() {
			k.Subnet6 = inside
		} else {
			k.Subnet4 = inside
		}
		networks = append(networks, *k)
	}
	if t.v6() {
		t.dhcp6.SharedNetworks, t.dhcp6.Subnet6 = networks, alone
		t.dhcp6.ClientClasses = append(t.dhcp6.ClientClasses, t.classes...)
		return
	}
	t.dhcp4.SharedNetworks, t.dhcp4.Subnet4 = networks, alone
	t.dhcp4.ClientClasses = append(t.dhcp4.ClientClasses, t.classes...)
}

// aloneCount returns how many subnets stand in no shared network.
func (t *translation) aloneCount() int {
	count := 0
	for s := range t.subnetOf {
		if t.networkOf[s.Network] == nil {
			count++
		}
	}
	return count
}

// take appends the subnets of a network to a list.
func (t *translation) take(n *model.Network, list []keaconf.Subnet) []keaconf.Subnet {
	for _, s := range n.Subnets {
		if k := t.subnetOf[s]; k != nil {
			list = append(list, *k)
		}
	}
	return list
}
