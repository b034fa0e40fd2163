package translator

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// dhcpd answers an Information-request with the options of the shared network and
// of what is around it, not with those of a subnet in it; Kea selects a subnet. So
// what such a subnet sets is for all other messages only.

// leaseClients is the class of DHCPv6 clients that ask for more than options.
const leaseClients = "asks-for-lease"

const (
	isInform6  = "pkt6.msgtype == 11"
	asksLease6 = "not (" + isInform6 + ")"
)

// vendorOptions6 is the option that Kea puts together from the entries of its
// vendor's space.
const vendorOptions6 = "vendor-opts"

// optionsAtInform6 keeps the options of subnets in shared networks from clients
// that ask for options only.
func (t *translation) optionsAtInform6() {
	if !t.v6() {
		return
	}
	for _, n := range t.conf.Networks {
		if t.networkOf[n] == nil {
			continue
		}
		for _, s := range n.Subnets {
			k := t.subnetOf[s]
			if k == nil {
				continue
			}
			t.subnetAtInform6(s, k)
			t.leftAtInform6(n, s)
		}
	}
}

// subnetAtInform6 ties the plain entries of a subnet to the class of the clients
// that ask for leases.
func (t *translation) subnetAtInform6(s *model.Subnet, k *keaconf.Subnet) {
	own := t.optionPass.ofSubnets[s]
	tied := slices.Clone(k.OptionData) // places that are alike share a list
	found := false
	for i := range tied {
		o := &tied[i]
		if len(o.ClientClasses) == 0 && own[optionKey(*o)] && o.Space == "" && o.Name != vendorOptions6 {
			o.ClientClasses = []string{leaseClients}
			found = true
		}
	}
	if !found {
		return
	}
	k.OptionData = tied
	t.needClass(keaconf.ClientClass{Name: leaseClients, Test: asksLease6})
}

// leftAtInform6 speaks for what Kea sends nevertheless: what conditions and
// expressions set, and vendors' options.
func (t *translation) leftAtInform6(n *model.Network, s *model.Subnet) {
	var left []dhcpdconf.Statement
	for _, st := range s.Scope.Own {
		set, ok := st.(*dhcpdconf.OptionSet)
		if ok && set.Option != nil && set.Data.Expr == nil && set.Option.Space == t.file.Options.PacketSpace() && !t.optionPass.isVendor(set.Option.Code) {
			continue
		}
		left = append(left, st)
	}
	var fields []string
	for _, field := range t.fieldsOf(&model.Scope{Own: left}) {
		if strings.HasPrefix(field, "option") {
			fields = append(fields, field)
		}
	}
	if len(fields) == 0 {
		return
	}
	t.ledger.add(n.Stmt, Finding{
		Code: "subnet-options-inform", Severity: S1, Verdict: Translated, Fields: fields,
		Clients:  "clients that ask for options only (Information-request)",
		Audience: Audience{Scopes: []*model.Scope{s.Scope}, Messages: []string{"inform"}},
		Message:  "dhcpd answers a client that asks for options only with those of the shared network, not with those of the subnet in it; what conditions, expressions and vendors' options set there Kea sends too.",
	}, t.pointers.subnet[s])
}
