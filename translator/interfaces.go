package translator

import (
	"fmt"
	"math"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// interfaces says where the server listens: where it was asked to, else where
// the file says, else everywhere. dhcpd takes the names from its command line,
// or finds the interfaces that have an address in a declared subnet.
func (t *translation) interfaces() {
	names := t.opts.Interfaces
	fromFile, complete := t.namedInterfaces()
	if len(names) == 0 && complete {
		names = fromFile
	}
	// Interfaces that are not up when the server starts are tried again, for
	// ever: dhcpd stops when it finds none, and its service manager starts it
	// again. Each try writes a line for each interface that is not usable, so
	// with "*" they are rarer.
	config := &keaconf.InterfacesConfig{
		ServiceSocketsMaxRetries:    new(uint32(math.MaxUint32)),
		ServiceSocketsRetryWaitTime: new(uint32(5000)),
	}
	pointer := t.root() + "/interfaces-config/interfaces"
	if len(names) == 0 {
		names = []string{"*"}
		config.ServiceSocketsRetryWaitTime = new(uint32(20000))
		t.ledger.add(nil, Finding{
			Code: "interfaces-all", Severity: S1, Verdict: Translated, Fields: []string{"answered"},
			Message: "dhcpd listens on the interfaces of its command line, or on those with an address in a declared subnet; neither is in the file, so Kea listens on all.",
			Remedy:  "name the interfaces with --interface, or with --defaults /etc/default/isc-dhcp-server",
		}, pointer)
	}
	config.Interfaces = names
	if t.v6() {
		t.dhcp6.InterfacesConfig = config
		t.linkInterfaces(fromFile)
	} else {
		t.dhcp4.InterfacesConfig = config
	}
}

// namedInterfaces takes the interface statements of networks and subnets over
// and returns their names; complete says that every network has one.
func (t *translation) namedInterfaces() (names []string, complete bool) {
	seen := map[string]bool{}
	complete = true
	for _, n := range t.conf.Networks {
		if len(n.Interfaces) == 0 {
			complete = false
			continue
		}
		last := n.Interfaces[len(n.Interfaces)-1]
		for _, st := range n.Interfaces {
			if st.Name.Text != last.Name.Text {
				t.ledger.add(st, Finding{
					Code: "interface-twice", Severity: S2, Verdict: Ignored, Fields: []string{"answered"},
					Message: fmt.Sprintf("the network is tied to interface %s further down; a network has one interface.", last.Name.Text),
				}, "")
				continue
			}
			t.ledger.mark(st, Translated)
		}
		name := last.Name.Text
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
		t.tie(n, name)
	}
	return names, complete && len(names) > 0
}

// tie writes the interface of a network into the result.
func (t *translation) tie(n *model.Network, name string) {
	if k := t.networkOf[n]; k != nil {
		k.Interface = name
		return
	}
	for _, s := range n.Subnets {
		if k := t.subnetOf[s]; k != nil {
			k.Interface = name
		}
	}
}

// linkInterfaces: in DHCPv6 Kea finds the subnet of a client on the server's
// own link by the interface that the subnet names, dhcpd by the addresses of
// the interface, which a configuration does not show.
func (t *translation) linkInterfaces(named []string) {
	var open []*model.Network
	for _, n := range t.conf.Networks {
		if len(n.Interfaces) == 0 && t.served(n) != nil {
			open = append(open, n)
		}
	}
	if len(open) == 1 && len(t.opts.Interfaces) == 1 && len(named) == 0 {
		t.tie(open[0], t.opts.Interfaces[0])
		return
	}
	for _, n := range open {
		s := t.served(n)
		st, pointer := s.Stmt, t.pointers.subnet[s]
		if n.Explicit() {
			st, pointer = n.Stmt, t.pointers.network[n]
		}
		t.ledger.add(st, Finding{
			Code: "subnet6-interface", Severity: S3, Verdict: Approximated, Fields: []string{"answered"},
			Clients:  "clients on a link of the server itself, not behind a relay",
			Audience: Audience{From: Direct},
			Message:  "Kea serves a directly attached client from the subnet that names the interface; dhcpd finds the subnet by the addresses of the interface.",
			Remedy:   "write \"interface NAME;\" into the subnet6 or shared-network that is on a link of the server and convert again, or give --interface if there is one only",
		}, pointer)
	}
}

// served returns the first subnet of a network that is in the result.
func (t *translation) served(n *model.Network) *model.Subnet {
	for _, s := range n.Subnets {
		if t.subnetOf[s] != nil {
			return s
		}
	}
	return nil
}
