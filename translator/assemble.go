package translator

import "github.com/keamigrate/keamigrate/parser/keaconf"

// assemble puts the subnets and networks into the configuration, in the order
// in which their pointers count.
func (t *translation) assemble() {
	t.fillReservations()
	t.applyGuards()
	var networks []keaconf.SharedNetwork
	var alone []keaconf.Subnet
	for _, n := range t.conf.Networks {
		var inside []keaconf.Subnet
		for _, s := range n.Subnets {
			if k := t.subnetOf[s]; k != nil {
				inside = append(inside, *k)
			}
		}
		k := t.networkOf[n]
		switch {
		case k == nil:
			alone = append(alone, inside...)
			continue
		case t.v6():
			k.Subnet6 = inside
		default:
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
