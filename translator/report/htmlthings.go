package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// writeHTMLJSON writes JSON that may stand in an element of HTML.
func writeHTMLJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v) // escapes <, > and &
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// thing names what stands on both sides: a kind and a name or number.
type thing struct{ kind, name string }

// things returns the pointers of what the result holds by name.
func (p *page) things() map[thing][]string {
	m := map[thing][]string{}
	add := func(kind, name, pointer string) {
		if name != "" {
			m[thing{kind, name}] = append(m[thing{kind, name}], pointer)
		}
	}
	hosts := func(list []keaconf.Reservation, base string) {
		for i := range list {
			at := fmt.Sprintf("%s/reservations/%d", base, i)
			add("hardware", strings.ToLower(list[i].HWAddress), at)
		}
	}
	subnets := func(list []keaconf.Subnet, base, key string) {
		for i := range list {
			at := fmt.Sprintf("%s/%s/%d", base, key, i)
			add("subnet", list[i].Subnet, at)
			hosts(list[i].Reservations, at)
		}
	}
	server := func(base string, classes []keaconf.ClientClass, networks []keaconf.SharedNetwork, reservations []keaconf.Reservation) {
		for i := range classes {
			add("class", classes[i].Name, fmt.Sprintf("%s/client-classes/%d", base, i))
		}
		for i := range networks {
			at := fmt.Sprintf("%s/shared-networks/%d", base, i)
			add("network", networks[i].Name, at)
			subnets(networks[i].Subnet4, at, "subnet4")
			subnets(networks[i].Subnet6, at, "subnet6")
		}
		hosts(reservations, base)
	}
	for _, o := range p.outputs {
		switch c := o.Config.(type) {
		case *keaconf.DHCP4:
			server("/Dhcp4", c.ClientClasses, c.SharedNetworks, c.Reservations)
			subnets(c.Subnet4, "/Dhcp4", "subnet4")
		case *keaconf.DHCP6:
			server("/Dhcp6", c.ClientClasses, c.SharedNetworks, c.Reservations)
			subnets(c.Subnet6, "/Dhcp6", "subnet6")
		case *keaconf.D2:
			for i, k := range c.TSIGKeys {
				add("key", k.Name, fmt.Sprintf("/DhcpDdns/tsig-keys/%d", i))
			}
		}
	}
	return m
}

// thingKeys returns what a statement is called in the result.
func thingKeys(s dhcpdconf.Statement) []thing {
	switch s := s.(type) {
	case *dhcpdconf.Subnet:
		ones := 0
		for _, b := range s.Netmask.AsSlice() {
			for ; b&0x80 != 0; b <<= 1 {
				ones++
			}
		}
		if prefix, err := s.Network.Prefix(ones); err == nil {
			return []thing{{"subnet", prefix.String()}}
		}
	case *dhcpdconf.Subnet6:
		return []thing{{"subnet", netip.PrefixFrom(s.Prefix.Addr(), s.Prefix.Bits()).Masked().String()}}
	case *dhcpdconf.SharedNetwork:
		return []thing{{"network", s.Name.Text}}
	case *dhcpdconf.Class:
		return []thing{{"class", s.Name.Text}}
	case *dhcpdconf.Key:
		return []thing{{"key", s.Name.Text}}
	case *dhcpdconf.Host:
		for _, inner := range s.Body {
			if h, ok := inner.(*dhcpdconf.Hardware); ok && len(h.Address) > 0 {
				return []thing{{"hardware", strings.ReplaceAll(fmt.Sprintf("% x", h.Address), " ", ":")}}
			}
		}
	}
	return nil
}
