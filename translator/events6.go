package translator

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// dhcpd 4.4.3-P1 executes "on commit" of DHCPv6 once for each address or prefix
// of a Reply, with the options of the client's message but without a lease
// (leased-address and lease-time have no value); "on release" and "on expiry"
// for each too, with neither (see TestDhcpd6Events).

// eventScript6 is the name of the script for run_script of kea-dhcp6.
const eventScript6 = "keamigrate-events6.sh"

// eventNames are the events that the server has, in the order of the script.
var eventNames = []string{"commit", "release", "expiry"}

// dispatch6 writes what finds out which function to call for a lease of DHCPv6.
func (h *handlers) dispatch6(cases map[string][]eventCase) {
	s := h.s
	commit := h.calls(cases["commit"], "commit")
	if commit != nil {
		s.line("")
		s.comment("committed: what dhcpd does for one address or prefix of an answer")
		s.open("committed() {")
		for _, line := range commit {
			s.line("%s", strings.ReplaceAll(line, "${LEASE_SUBNET_ID-}", "$subnet"))
		}
		s.closed("}")
	}
	s.line("")
	s.line("case ${1-} in")
	if commit != nil {
		s.open("leases6_committed)")
		s.line("count=${LEASES6_SIZE:-0}")
		s.line("unset client_id host_name ia_na ia_pd")
		s.line("[ -z \"${QUERY6_CLIENT_ID-}\" ] || client_id=$QUERY6_CLIENT_ID")
		for _, pass := range []struct{ wanted, call string }{{"options6", "options6"}, {"", "committed"}} {
			if pass.wanted != "" && !h.s.uses[pass.wanted] {
				continue
			}
			s.line("i=0")
			s.open(`while [ "$i" -lt "$count" ]; do`)
			s.line(`%s "LEASES6_AT$i"`, s.call("lease6"))
			s.line(`[ "$state" != default ] || %s`, pass.call)
			s.line("i=$((i + 1))")
			s.closed("done")
		}
		s.line(";;")
		s.indent--
	}
	for _, event := range []string{"release", "expiry"} {
		calls := h.calls(cases[event], event)
		if calls == nil {
			continue
		}
		if event == "release" {
			s.open("lease6_release)")
		} else {
			s.open("lease6_expire)")
			s.line(`[ "${LEASE6_STATE-}" = default ] || exit 0`)
			s.line("%s", notReleased("LEASE6_"))
		}
		s.line("address=${LEASE6_ADDRESS-}")
		for _, line := range calls {
			s.line("%s", strings.ReplaceAll(line, "LEASE_", "LEASE6_"))
		}
		s.line(";;")
		s.indent--
	}
	s.line("esac")
}

// option6 returns an option of the client's DHCPv6 message, as far as Kea's
// variables show it.
func (h *handler) option6(e dhcpdconf.Expr, def *option.Def, name string) (shellValue, error) {
	switch {
	case name == "dhcp6.client-id":
		return h.hexVariable("client_id"), nil
	case name == "dhcp6.ia-na", name == "dhcp6.ia-pd":
		h.ia = true
		h.s.call("options6")
		return shellValue{name: strings.ReplaceAll(def.Name, "-", "_"), hex: true, nullable: true}, nil
	case name == "fqdn.fqdn", name == "fqdn.hostname":
		return h.clientName(name), nil
	case def.Space == "dhcp" || def.Space == "agent": // never in a message of DHCPv6
		return shellValue{null: true}, nil
	}
	return shellValue{}, cannot(e, "Kea gives scripts no variable for option %s", name)
}

// atom6 returns a value that is no option.
func (h *handler) atom6(e *dhcpdconf.Atom) (shellValue, error) {
	switch e.Name {
	case "leased-address", "lease-time", "null":
		return shellValue{null: true}, nil
	case "hardware":
		return shellValue{}, cannot(e, "dhcpd has no hardware address in DHCPv6, and gives chance octets for it")
	}
	return shellValue{}, cannot(e, "Kea gives scripts no variable for %s", e.Name)
}

// within6 are the shell's tests that $address is one of a pool's. Numbers of
// 128 bits are compared as texts of 32 digits.
func (h *handlers) within6(c eventCase) []string {
	var tests []string
	test := func(low, high netip.Addr) {
		a, b := low.As16(), high.As16()
		tests = append(tests, fmt.Sprintf("%s %s %s", h.s.call("within"), hex.EncodeToString(a[:]), hex.EncodeToString(b[:])))
	}
	for _, r := range c.ranges {
		test(r.Low, r.High)
	}
	for _, d := range c.delegations {
		test(d.Low, d.High)
	}
	return tests
}

// ofPool reports whether the block is that of a pool.
func (c eventCase) ofPool() bool { return len(c.ranges) > 0 || len(c.delegations) > 0 }
