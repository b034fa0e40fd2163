package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// assemble puts the subnets and networks into the configuration, in the order
// in which their pointers count.
func (t *translation) assemble() {
	t.fillReservations()
	t.applyGuards()
	// Room for as many as there are: there may be thousands. No room is no list.
	networks := slices.Grow([]keaconf.SharedNetwork(nil), len(t.networkOf))
	for _, n := range t.conf.Networks {
		k := t.networkOf[n]
		if k == nil {
			continue
		}
		if t.v6() {
			k.Subnet6 = t.inNetwork[n]
		} else {
			k.Subnet4 = t.inNetwork[n]
		}
		networks = append(networks, *k)
	}
	alone := t.alone
	if len(alone) == 0 {
		alone = nil // no list
	}
	if t.v6() {
		t.dhcp6.SharedNetworks, t.dhcp6.Subnet6 = networks, alone
		t.dhcp6.ClientClasses = append(t.dhcp6.ClientClasses, t.classes...)
		return
	}
	t.dhcp4.SharedNetworks, t.dhcp4.Subnet4 = networks, alone
	t.dhcp4.ClientClasses = append(t.dhcp4.ClientClasses, t.classes...)
}
