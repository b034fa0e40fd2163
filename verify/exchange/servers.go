package exchange

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// Dhcpd is the target of the real dhcpd with a configuration as it is.
func Dhcpd(p *oracle.Program, conf []byte, network Network) Target {
	return DhcpdWith(p, conf, nil, network)
}

// DhcpdWith is Dhcpd that finds a lease file when it starts.
func DhcpdWith(p *oracle.Program, conf, leases []byte, network Network) Target {
	return &program{name: "dhcpd", program: p, file: "dhcpd.conf", conf: conf, leases: leases, network: network}
}

// Kea is the target of a real Kea with a translation. What concerns the machine
// is replaced: interfaces, lease database, log, control socket; and one thread
// has to do. Leases that are given up are gone at once: kept for the client's
// return, they count as in use for the rest of the second, and the clients of a
// test follow each other faster than any real ones. With DNS updates, which hang
// on these leases, the clients of small pools wait for that second instead.
func Kea(p *oracle.Program, v keaversion.Version, result *translator.Result, network Network) (Target, error) {
	return KeaWith(p, v, result, nil, network)
}

// keaLeases is the name of the lease file of a Kea that has one.
const keaLeases = "leases.csv"

// KeaWith is Kea that finds a lease file (CSV) when it starts; nil: it has none.
func KeaWith(p *oracle.Program, v keaversion.Version, result *translator.Result, csv []byte, network Network) (Target, error) {
	loggers := func(daemon string) []keaconf.Logger {
		out := []keaconf.OutputOption{{Output: "stdout"}}
		return []keaconf.Logger{
			{Name: daemon, Severity: "INFO", OutputOptions: out},
			{Name: daemon + ".bad-packets", Severity: "DEBUG", DebugLevel: new(uint32(99)), OutputOptions: out},
		}
	}
	interfaces := &keaconf.InterfacesConfig{Interfaces: []string{interfaceName}}
	var c keaconf.Config
	file, holds, slowly := "kea-dhcp4.conf", false, false
	if network.V6 {
		file = "kea-dhcp6.conf"
		d := *result.DHCP6
		d.InterfacesConfig = interfaces
		forTest(&d.Server)
		d.Loggers = loggers("kea-dhcp6")
		d.Subnet6 = onLink(d.Subnet6, network.Address)
		networks := append([]keaconf.SharedNetwork{}, d.SharedNetworks...)
		for i := range networks {
			networks[i].Interface = ""
			networks[i].Subnet6 = onLink(networks[i].Subnet6, network.Address)
		}
		d.SharedNetworks = networks
		c = &d
	} else {
		d := *result.DHCP4
		d.InterfacesConfig = interfaces
		forTest(&d.Server)
		d.Loggers = loggers("kea-dhcp4")
		d.Subnet4 = onLink(d.Subnet4, netip.Addr{})
		networks := append([]keaconf.SharedNetwork{}, d.SharedNetworks...)
		for i := range networks {
			networks[i].Interface = ""
			networks[i].Subnet4 = onLink(networks[i].Subnet4, netip.Addr{})
		}
		d.SharedNetworks = networks
		if csv != nil {
			d.LeaseDatabase = &keaconf.Database{Type: "memfile", Persist: new(true), Name: keaLeases}
			d.ExpiredLeasesProcessing = result.DHCP4.ExpiredLeasesProcessing // it forgets nothing that was taken over
		}
		holds = holdsLeases(&d)
		slowly = holds && hasSmallPools(&d)
		c = &d
	}
	var conf bytes.Buffer
	if err := keaconf.Write(&conf, c, v); err != nil {
		return nil, err
	}
	return &program{name: "kea " + v.String(), program: p, file: file, conf: conf.Bytes(), network: network, holds: holds, slowly: slowly, csv: csv}, nil
}

// holdsLeases reports whether a server keeps leases that were given up.
func holdsLeases(d *keaconf.DHCP4) bool {
	e := d.ExpiredLeasesProcessing
	return e != nil && e.HoldReclaimedTime != nil && *e.HoldReclaimedTime > 0
}

// hasSmallPools reports whether a server has a pool that the clients of a test can
// use up in a second.
func hasSmallPools(d *keaconf.DHCP4) bool {
	const small = 64
	subnets := slices.Clone(d.Subnet4)
	for _, n := range d.SharedNetworks {
		subnets = append(subnets, n.Subnet4...)
	}
	for _, s := range subnets {
		for _, p := range s.Pools {
			low, high, err := keaconf.ParsePool(p.Pool)
			if err == nil && low.Is4() && high.Is4() && binary.BigEndian.Uint32(high.AsSlice())-binary.BigEndian.Uint32(low.AsSlice()) < small {
				return true
			}
		}
	}
	return false
}

func forTest(s *keaconf.Server) {
	s.LeaseDatabase = &keaconf.Database{Type: "memfile", Persist: new(false)}
	s.ControlSocket, s.ControlSockets, s.HostsDatabase, s.HostsDatabases = nil, nil, nil, nil
	if e := s.ExpiredLeasesProcessing; e != nil {
		soon := *e
		if d := s.DHCPDDNS; d == nil || d.EnableUpdates == nil || !*d.EnableUpdates {
			soon.HoldReclaimedTime = new(uint32(0))
		}
		// Names are taken out of the DNS when a lease is reclaimed.
		soon.ReclaimTimerWaitTime = new(uint32(1))
		s.ExpiredLeasesProcessing = &soon
	}
	s.MultiThreading = &keaconf.MultiThreading{EnableMultiThreading: new(false)}
}

// onLink returns the subnets as they are on a machine with one interface: those
// that hold the address are on it.
func onLink(subnets []keaconf.Subnet, address netip.Addr) []keaconf.Subnet {
	out := append([]keaconf.Subnet{}, subnets...)
	for i := range out {
		out[i].Interface = ""
		if p, err := netip.ParsePrefix(out[i].Subnet); err == nil && address.IsValid() && p.Contains(address) {
			out[i].Interface = interfaceName
		}
	}
	return out
}

// ServerAddress chooses an address for the server in the first subnet of the
// file that has one to spare: dhcpd serves only where it has an address.
func ServerAddress(conf *model.Config) (netip.Addr, error) {
	for _, s := range conf.Subnets {
		if !s.Prefix.IsValid() || s.Prefix.Bits() > s.Prefix.Addr().BitLen()-2 {
			continue
		}
		addr := s.Prefix.Addr()
		const tries = 1024
		for range tries {
			if addr = addr.Next(); !s.Prefix.Contains(addr) {
				break
			}
			if end, pooled := endOfRange(conf, addr); pooled {
				addr = end
				continue
			}
			if conf.SubnetOf(addr) == s && addr.Next().IsValid() && s.Prefix.Contains(addr.Next()) {
				return addr, nil
			}
		}
	}
	return netip.Addr{}, fmt.Errorf("no subnet of the file has an address to spare for the server")
}

// endOfRange returns the last address of the range that has an address, of any
// pool.
func endOfRange(conf *model.Config, addr netip.Addr) (netip.Addr, bool) {
	for _, n := range conf.Networks {
		for _, p := range n.Pools {
			for _, r := range p.Ranges {
				if r.Low.Compare(addr) <= 0 && addr.Compare(r.High) <= 0 {
					return r.High, true
				}
			}
		}
	}
	return netip.Addr{}, false
}

// poolOf returns the pool that has an address, or nil.
func poolOf(conf *model.Config, addr netip.Addr) *model.Pool {
	for _, n := range conf.Networks {
		for _, p := range n.Pools {
			for _, r := range p.Ranges {
				if r.Low.Compare(addr) <= 0 && addr.Compare(r.High) <= 0 {
					return p
				}
			}
		}
	}
	return nil
}
