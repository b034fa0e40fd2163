package transport

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Choice is one entry of "interfaces" in a configuration: a name or "*", and the
// address to use there, if one is given.
type Choice struct {
	Name    string
	Address netip.Addr // not valid: the first one
}

// ParseChoices reads the interfaces of a configuration.
func ParseChoices(entries []string) ([]Choice, error) {
	var out []Choice
	for _, entry := range entries {
		name, address, has := strings.Cut(entry, "/")
		c := Choice{Name: name}
		if has {
			a, err := netip.ParseAddr(address)
			if err != nil || !a.Is4() {
				return nil, fmt.Errorf("interface %q: %q is no IPv4 address", entry, address)
			}
			c.Address = a
		}
		if name == "" || name == "*" && has {
			return nil, fmt.Errorf("interface %q is no name of one", entry)
		}
		out = append(out, c)
	}
	return out, nil
}

// Interface is an interface to serve on.
type Interface struct {
	Name    string
	Index   int
	MAC     net.HardwareAddr
	Address netip.Addr
}

// Detected is an interface of this machine.
type Detected struct {
	net.Interface
	Addresses []netip.Addr // of IPv4
}

// Detect returns the interfaces of this machine.
func Detect() (out []Detected, err error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, ifc := range all {
		d := Detected{Interface: ifc}
		if list, err := ifc.Addrs(); err == nil { // it may be gone meanwhile
			d.Addresses = addressesOf(list)
		}
		out = append(out, d)
	}
	return out, nil
}

// Find returns the interfaces that the choices name and that are up with an IPv4
// address; missing says of those that are not why, and they may come later.
func Find(choices []Choice, all []Detected) (found []Interface, missing []string) {
	for _, c := range choices {
		n := len(found)
		why := "the interface " + c.Name + " doesn't exist in the system"
		for i := range all {
			if c.Name != "*" && all[i].Name != c.Name || c.Name == "*" && all[i].Flags&net.FlagLoopback != 0 {
				continue
			}
			if all[i].Flags&net.FlagUp == 0 {
				why = "the interface " + c.Name + " is down"
				continue
			}
			why = "the interface " + c.Name + " has no usable IPv4 addresses configured"
			for _, a := range all[i].Addresses {
				if c.Address.IsValid() && a != c.Address {
					continue
				}
				found = append(found, Interface{Name: all[i].Name, Index: all[i].Index, MAC: all[i].HardwareAddr, Address: a})
				break
			}
		}
		if len(found) == n && c.Name != "*" {
			missing = append(missing, why)
		}
	}
	return found, missing
}

// addressesOf are those of IPv4.
func addressesOf(list []net.Addr) (out []netip.Addr) {
	for _, entry := range list {
		if p, err := netip.ParsePrefix(entry.String()); err == nil && p.Addr().Is4() {
			out = append(out, p.Addr())
		}
	}
	return out
}

// Addresses returns the IPv4 addresses of an interface, and whether there is one
// with the name.
func Addresses(name string) ([]netip.Addr, bool) {
	ifc, err := net.InterfaceByName(name)
	if err != nil {
		return nil, false
	}
	list, err := ifc.Addrs()
	if err != nil {
		return nil, true
	}
	return addressesOf(list), true
}
