package oracle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Binding is an address or a prefix that a lease file of dhcpd speaks of.
type Binding struct {
	Kind   string // the word of the lease file: "lease", "ia-na", "ia-ta" or "ia-pd"
	Prefix netip.Prefix
}

// dhcpdAddresses are those of a dhcpd that Restart starts.
var dhcpdAddresses = [...]netip.Prefix{netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8:ffff::1/64")}

// Covering returns a configuration of dhcpd with a pool for each binding, and for
// no other address: dhcpd is slow with large pools, and forgets leases outside of
// them. Bindings of the other protocol do not count.
func Covering(bindings []Binding, v6 bool) string {
	subnets := map[netip.Prefix]map[string]bool{}
	add := func(a netip.Addr, bits int, pool string) {
		p := netip.PrefixFrom(a, bits).Masked()
		if subnets[p] == nil {
			subnets[p] = map[string]bool{}
		}
		if pool != "" {
			subnets[p][pool] = true
		}
	}
	for _, b := range bindings {
		a := b.Prefix.Addr()
		switch {
		case a.Is6() != v6:
		case b.Kind == "lease":
			add(a, 24, fmt.Sprintf("range %v;", a))
		case b.Kind == "ia-na":
			add(a, 64, fmt.Sprintf("range6 %v %v;", a, a))
		case b.Kind == "ia-ta":
			add(a, 64, fmt.Sprintf("range6 %v temporary;", netip.PrefixFrom(a, 124).Masked()))
		case b.Kind == "ia-pd":
			add(a, 48, fmt.Sprintf("prefix6 %v %v /%d;", a, a, b.Prefix.Bits()))
		}
	}
	for _, own := range dhcpdAddresses {
		if own.Addr().Is6() == v6 {
			add(own.Addr(), own.Bits(), "")
		}
	}
	var b strings.Builder
	b.WriteString("ping-check false;\n")
	for _, p := range slices.SortedFunc(maps.Keys(subnets), func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) }) {
		if v6 {
			fmt.Fprintf(&b, "subnet6 %v {\n", p)
		} else {
			fmt.Fprintf(&b, "subnet %v netmask 255.255.255.0 {\n", p.Addr())
		}
		for _, pool := range slices.Sorted(maps.Keys(subnets[p])) {
			fmt.Fprintf(&b, "  %s\n", pool)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// Restart starts dhcpd on a lease file and returns the one that it writes then:
// what it keeps of the other. log is what it says meanwhile.
func (p *Program) Restart(ctx context.Context, conf string, leases []byte, v6 bool) (kept []byte, log string, err error) {
	dir, err := os.MkdirTemp("", "keamigrate-restart-")
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "dhcpd.leases")
	if err := errors.Join(os.WriteFile(file, leases, 0o644), os.WriteFile(filepath.Join(dir, "dhcpd.conf"), []byte(conf), 0o644)); err != nil {
		return nil, "", err
	}
	s, err := p.Serve(ctx, filepath.Join(dir, "dhcpd.conf"), v6, Interface{Name: "eth0", Addresses: dhcpdAddresses[:]})
	if err != nil {
		return nil, "", err
	}
	defer s.Close()
	kept, err = os.ReadFile(file)
	return kept, s.Log(), err
}
