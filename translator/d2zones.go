package translator

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// derivedZones writes the zones that the file does not declare and dhcpd would
// ask the DNS for: the domains in which clients get names, and those of their
// addresses. declared holds the names of the declared ones.
func (t *translation) derivedZones(d2 *keaconf.D2, declared map[string]bool) {
	forward, reverse := t.namesMade(), map[string]bool{}
	for _, s := range t.conf.Subnets {
		k := t.subnetOf[s]
		if k == nil || !s.Prefix.IsValid() || !onUnlessOff(s.Chain(), "ddns-updates") || len(k.Pools)+len(k.Reservations) == 0 {
			continue
		}
		for _, name := range reverseZones(s.Prefix) {
			reverse[name] = true
		}
	}
	if !t.updatesDirection("do-forward-updates") {
		clear(forward)
	}
	if !t.updatesDirection("do-reverse-updates") {
		clear(reverse)
	}
	known := slices.Concat(d2.ForwardDDNS.DDNSDomains, d2.ReverseDDNS.DDNSDomains)
	for _, d := range []struct {
		names   map[string]bool
		domains *keaconf.DDNSDomains
		pointer string
		clients string
	}{
		{forward, d2.ForwardDDNS, "/DhcpDdns/forward-ddns", "clients with names in "},
		{reverse, d2.ReverseDDNS, "/DhcpDdns/reverse-ddns", "clients with addresses in "},
	} {
		servers := []keaconf.DNSServer{{IPAddress: "127.0.0.1", Port: new(uint32(dnsPort))}}
		if likely := slices.Concat(d.domains.DDNSDomains, known); len(likely) > 0 {
			servers = likely[0].DNSServers
		}
		var added []string
		for _, name := range slices.Sorted(maps.Keys(d.names)) {
			if !covered(name, declared) {
				d.domains.DDNSDomains = append(d.domains.DDNSDomains, keaconf.DDNSDomain{Name: name, DNSServers: servers})
				added = append(added, name)
			}
		}
		if len(added) == 0 || len(known) == 0 {
			continue
		}
		t.ledger.add(nil, Finding{
			Code: "zone-undeclared", Severity: S3, Verdict: Approximated, Fields: []string{"DNS"},
			Clients: d.clients + some(added),
			Message: fmt.Sprintf("the file declares no zone for %s; dhcpd asks the DNS for the server, kea-dhcp-ddns drops updates for which it has no zone. Zones were added, with the server of another zone of the file (%s) and without a key, as dhcpd would.", some(added), servers[0].IPAddress),
			Remedy:  "check that the server has zones of these names and takes updates for them from this machine, or correct the entries",
		}, d.pointer)
	}
}

// some lists the first of many names.
func some(names []string) string {
	const first = 5
	if len(names) > first {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:first], ", "), len(names)-first)
	}
	return strings.Join(names, ", ")
}

const dnsPort = 53

// namesMade returns the domains in which clients get names, with the final dot.
func (t *translation) namesMade() map[string]bool {
	names := map[string]bool{}
	add := func(k *keaconf.DDNSParameters) {
		if k.DDNSQualifyingSuffix == nil {
			return
		}
		if name := strings.ToLower(strings.TrimSuffix(*k.DDNSQualifyingSuffix, ".")); name != "" && validHostname(name) {
			names[name+"."] = true
		}
	}
	add(&t.topParameters().DDNSParameters)
	for _, k := range t.networkOf {
		add(&k.DDNSParameters)
	}
	for _, k := range t.subnetOf {
		add(&k.DDNSParameters)
		for i := range k.Pools {
			add(&k.Pools[i].DDNSParameters)
		}
	}
	return names
}

// covered reports whether a name lies in one of the zones.
func covered(name string, zones map[string]bool) bool {
	for at := name; at != ""; _, at, _ = strings.Cut(at, ".") {
		if zones[at] {
			return true
		}
	}
	return false
}

// maxReverseZones bounds how many zones one subnet leads to.
const maxReverseZones = 256

// reverseZones returns the zones of the names of a prefix's addresses: as zones
// are cut in the DNS at whole octets (IPv6: half octets), a prefix that ends
// between them has several zones of the next length. In IPv4 a prefix longer than
// 24 bits lies in the zone of its 24 bits, as zones below that are made for each
// case (RFC 2317).
func reverseZones(p netip.Prefix) []string {
	step, longest := 8, 24
	if p.Addr().Is6() {
		step, longest = 4, 124
	}
	bits := min((p.Bits()+step-1)/step*step, longest)
	bits = max(bits, step)
	var out []string
	for at := netip.PrefixFrom(p.Addr(), bits).Masked(); len(out) < maxReverseZones; {
		out = append(out, reverseZone(at))
		next, ok := after(at)
		if !ok || !p.Contains(next) {
			break
		}
		at = netip.PrefixFrom(next, bits)
	}
	return out
}

// after returns the first address behind a prefix.
func after(p netip.Prefix) (netip.Addr, bool) {
	b := p.Addr().AsSlice()
	for i := p.Bits() - 1; i >= 0; i-- {
		mask := byte(0x80 >> (i % 8))
		if b[i/8]&mask == 0 {
			b[i/8] |= mask
			addr, ok := netip.AddrFromSlice(b)
			return addr, ok
		}
		b[i/8] &^= mask
	}
	return netip.Addr{}, false
}

// reverseZone is the name of a prefix that ends at a whole octet or half one.
func reverseZone(p netip.Prefix) string {
	var b strings.Builder
	octets := p.Addr().AsSlice()
	if p.Addr().Is4() {
		for i := p.Bits()/8 - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "%d.", octets[i])
		}
		return b.String() + "in-addr.arpa."
	}
	for i := p.Bits()/4 - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "%x.", octets[i/2]>>(4*(1-i%2))&15)
	}
	return b.String() + "ip6.arpa."
}
