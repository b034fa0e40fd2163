package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// knownEverywhere gives each host that only a subnet knows a global
// reservation without address and options: for dhcpd a client is known
// wherever it is.
func (r *reserver) knownEverywhere() {
	t := r.translation
	global := r.identities[nil]
	if global == nil {
		global = map[identity]*model.Host{}
	}
	count := 0
	for _, h := range r.roaming {
		for _, id := range r.identitiesOf(h) {
			if global[id] != nil {
				continue
			}
			global[id] = h
			count++
			r.identities[nil] = global
			// A class gives the reservation something to hold, which 2.2 demands,
			// and says what it is for.
			res := keaconf.Reservation{ClientClasses: []string{knownHostClass}}
			id.set(&res)
			if t.v6() {
				t.dhcp6.Reservations = append(t.dhcp6.Reservations, res)
			} else {
				t.dhcp4.Reservations = append(t.dhcp4.Reservations, res)
			}
		}
	}
	if count == 0 {
		return
	}
	t.needClass(keaconf.ClientClass{Name: knownHostClass})
	t.ledger.add(nil, Finding{
		Code: "known-elsewhere", Severity: S1, Verdict: Translated,
		Message: fmt.Sprintf("pools ask whether a client is known, which for dhcpd it is on every network; %d hosts with addresses also got a global reservation without address or options.", count),
	}, t.root()+"/reservations")
}

// knownHostClass is the class of the reservations that knownEverywhere makes.
const knownHostClass = "known-host"

// needClass adds a generated class once.
func (t *translation) needClass(c keaconf.ClientClass) {
	if !slices.ContainsFunc(t.classes, func(have keaconf.ClientClass) bool { return have.Name == c.Name }) {
		t.classes = append(t.classes, c)
	}
}

// declaredHostClass is the class of reservations that reserve nothing. It is not
// knownHostClass, whose members "deny unknown-clients" keeps out.
const declaredHostClass = "declared-host"

// fillReservations gives every reservation something to hold, for 2.2, which
// refuses one with an identifier alone.
func (t *translation) fillReservations() {
	if t.opts.Target >= keaversion.V2_6 {
		return
	}
	filled := false
	fill := func(list []keaconf.Reservation) {
		for i := range list {
			r := &list[i]
			if r.IPAddress != "" || len(r.IPAddresses) > 0 || r.Hostname != "" || len(r.ClientClasses) > 0 || len(r.OptionData) > 0 {
				continue
			}
			if e := r.Extra; e != nil && (len(e.Prefixes) > 0 || e.BootFields != keaconf.BootFields{}) {
				continue
			}
			r.ClientClasses = []string{declaredHostClass}
			filled = true
		}
	}
	for _, k := range t.subnetOf {
		fill(k.Reservations)
	}
	if t.v6() {
		fill(t.dhcp6.Reservations)
	} else {
		fill(t.dhcp4.Reservations)
	}
	if filled {
		t.needClass(keaconf.ClientClass{Name: declaredHostClass})
	}
}
