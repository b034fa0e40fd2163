package verify

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// FindServers finds the real servers for one protocol: those at the paths given, or, if
// none are, the system's own and those of other versions that scripts/install-oracles.sh
// has unpacked. missing says in one line each what is not there, and which package has
// it. Without dhcpd there is an error.
func FindServers(v6 bool, dhcpdPath string, keaPaths []string) (dhcpd *oracle.Program, keas []Kea, missing []string, err error) {
	if dhcpdPath != "" {
		dhcpd, err = oracle.At(dhcpdPath)
	} else {
		dhcpd, err = oracle.FindDhcpd()
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("dhcpd: %w", err)
	}
	daemon, name := "dhcp4", "kea-dhcp4"
	if v6 {
		daemon, name = "dhcp6", "kea-dhcp6"
	}
	add := func(p *oracle.Program) error {
		if p.Name != name {
			return fmt.Errorf("%s is not %s, which this file needs", p.Name, name)
		}
		v, err := keaversion.Parse(p.Version)
		if err == nil && !slices.ContainsFunc(keas, func(k Kea) bool { return k.Program.Version == p.Version }) {
			keas = append(keas, Kea{v, p})
		}
		return err
	}
	for _, path := range keaPaths {
		p, err := oracle.At(path)
		if err == nil {
			err = add(p)
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("Kea: %w", err)
		}
	}
	if len(keaPaths) > 0 {
		return dhcpd, keas, nil, nil
	}
	if p, err := oracle.At(filepath.Join("/usr/sbin", name)); err == nil {
		if err := add(p); err != nil {
			missing = append(missing, fmt.Sprintf("the system's %s is not asked: %v", name, err))
		}
	}
	for _, v := range keaversion.All() {
		p, err := oracle.FindKea(v, daemon)
		switch {
		case errors.Is(err, oracle.ErrNotPackaged):
		case err == nil:
			if err := add(p); err != nil {
				return nil, nil, nil, err
			}
		case !slices.ContainsFunc(keas, func(k Kea) bool { return k.Version == v }):
			missing = append(missing, fmt.Sprintf("Kea %s is not asked: %v", v, err))
		}
	}
	return dhcpd, keas, missing, nil
}
