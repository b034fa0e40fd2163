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

// Find returns the interfaces that the choices name and that are up with an IPv4
// address; missing are the names of those that are not, which may come later.
func Find(choices []Choice) (found []Interface, missing []string, err error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, nil, err
	}
	for _, c := range choices {
		n := len(found)
		for i := range all {
			if c.Name != "*" && all[i].Name != c.Name || c.Name == "*" && all[i].Flags&net.FlagLoopback != 0 {
				continue
			}
			if all[i].Flags&net.FlagUp == 0 {
				continue
			}
			a, ok := addressOf(&all[i], c.Address)
			if ok {
				found = append(found, Interface{Name: all[i].Name, Index: all[i].Index, MAC: all[i].HardwareAddr, Address: a})
			}
		}
		if len(found) == n && c.Name != "*" {
			missing = append(missing, c.Name)
		}
	}
	return found, missing, nil
}

// addressOf returns an interface's IPv4 address: the one that is wanted, or the
// first.
func addressOf(ifc *net.Interface, wanted netip.Addr) (netip.Addr, bool) {
	list, err := ifc.Addrs()
	if err != nil {
		return netip.Addr{}, false
	}
	for _, entry := range list {
		p, err := netip.ParsePrefix(entry.String())
		if err != nil || !p.Addr().Is4() {
			continue
		}
		if !wanted.IsValid() || p.Addr() == wanted {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
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
	var out []netip.Addr
	for _, entry := range list {
		if p, err := netip.ParsePrefix(entry.String()); err == nil && p.Addr().Is4() {
			out = append(out, p.Addr())
		}
	}
	return out, true
}
