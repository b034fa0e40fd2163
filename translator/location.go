package translator

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/translator/model"
)

// Kea's expressions cannot ask for the subnet of a client, but they can look at
// what Kea finds it by: the address of the relay, or what the relay or the client
// says in its stead (RFC 3527, RFC 3011), the client's own address when it renews,
// and the interface for clients on the server's own links.

// linkAddress is the address by which Kea chooses the subnet of a DHCPv4 client:
// 0.0.0.0 for a client without a relay that has no address yet.
const linkAddress = "ifelse(relay4[5].exists, relay4[5].hex, ifelse(option[118].exists, option[118].hex, " +
	"ifelse(pkt4.giaddr == 0.0.0.0, pkt4.ciaddr, pkt4.giaddr)))"

// linkAddress6 is the address of the relay that is closest to a DHCPv6 client.
const linkAddress6 = "relay6[-1].linkaddr"

// location is a test for the clients on the link of a network.
type location struct {
	test string // "" when all clients that are served are on it
	// relayed: clients without a relay do not pass, because the file does not say
	// on which interface the network is.
	relayed bool
}

// at returns the test for the clients of a network.
func (t *translation) at(n *model.Network) location {
	if l, ok := t.locations[n]; ok {
		return l
	}
	l := t.newLocation(n)
	t.locations[n] = l
	return l
}

func (t *translation) newLocation(n *model.Network) location {
	if t.servesAlone(n) {
		return location{}
	}
	address := linkAddress
	if t.v6() {
		address = linkAddress6
	}
	var tests []string
	for _, s := range n.Subnets {
		if t.subnetOf[s] == nil {
			continue
		}
		test := prefixTest(address, s.Prefix)
		for _, other := range t.conf.Subnets {
			if other.Network != n && t.subnetOf[other] != nil && other.Prefix.Overlaps(s.Prefix) && other.Order > s.Order {
				test = all([]string{test, "not (" + prefixTest(address, other.Prefix) + ")"})
			}
		}
		tests = append(tests, test)
	}
	name := ""
	if k := len(n.Interfaces); k > 0 {
		name = n.Interfaces[k-1].Name.Text
	}
	switch {
	case name == "" || strings.ContainsRune(name, '\''):
		name = ""
	case t.v6():
		tests = append(tests, fmt.Sprintf("relay6[-1].linkaddr == '' and pkt.iface == '%s'", name))
	default:
		tests = append(tests, fmt.Sprintf("(%s == 0.0.0.0) and pkt.iface == '%s'", address, name))
	}
	return location{test: anyTest(tests), relayed: name == ""}
}

// servesAlone reports whether no other network gives out addresses.
func (t *translation) servesAlone(n *model.Network) bool {
	for _, other := range t.conf.Networks {
		if other == n {
			continue
		}
		for _, s := range other.Subnets {
			if k := t.subnetOf[s]; k != nil && len(k.Pools)+len(k.PDPools)+len(k.Reservations) > 0 {
				return false
			}
		}
	}
	return true
}

// prefixTest tests whether an address of an expression lies in a prefix. There
// are no operators on bits, so the digits that the prefix cuts in two are told
// one by one.
func prefixTest(address string, p netip.Prefix) string {
	a := p.Masked().Addr().AsSlice()
	bits := p.Bits()
	whole, rest := bits/8, bits%8
	if whole == len(a) {
		return fmt.Sprintf("%s == %s", address, p.Addr())
	}
	var tests []string
	if whole > 0 {
		tests = append(tests, fmt.Sprintf("substring(%s, 0, %d) == 0x%x", address, whole, a[:whole]))
	}
	var some []string
	switch {
	case rest > 4: // a few values of the byte
		for v := 0; v < 1<<(8-rest); v++ {
			some = append(some, fmt.Sprintf("substring(%s, %d, 1) == 0x%02x", address, whole, int(a[whole])+v))
		}
	case rest > 0: // a few values of its first digit
		digit := fmt.Sprintf("substring(hexstring(substring(%s, %d, 1), ':'), 0, 1)", address, whole)
		for v := 0; v < 1<<(4-rest); v++ {
			some = append(some, fmt.Sprintf("%s == '%x'", digit, int(a[whole]>>4)+v))
		}
	}
	if len(some) > 0 {
		tests = append(tests, anyTest(some))
	}
	if len(tests) == 0 {
		return truth(true)
	}
	return all(tests)
}
