package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// hostname decides what a reservation says about the client's name. dhcpd's
// name of a host declaration is a label only, unless use-host-decl-names is on;
// Kea sends a reservation's hostname as option 12 and takes it for DNS.
func (r *reserver) hostname(h *model.Host, to target, res *keaconf.Reservation) {
	t := r.translation
	var set *dhcpdconf.OptionSet
	for _, st := range h.Scope.Own {
		if o, ok := st.(*dhcpdconf.OptionSet); ok && isHostName(o) {
			if set != nil {
				t.overridden(set)
			}
			set = o
		}
	}
	if set != nil {
		t.hostNameOption(set, res)
		return
	}
	if !t.v6() && (r.usesDeclName(h, to.subnet) || to.subnet == nil && r.usesDeclNameEverywhere(h)) {
		if validHostname(h.Stmt.Name.Text) {
			res.Hostname = h.Stmt.Name.Text
			return
		}
		t.ledger.add(h.Stmt, Finding{
			Code: "host-name-invalid", Severity: S2, Verdict: Approximated,
			Fields: []string{"option 12"}, Clients: "this host",
			Message: fmt.Sprintf("use-host-decl-names is on, but %q is no name that Kea takes as hostname.", h.Stmt.Name.Text),
			Remedy:  "rename the host",
		}, "")
	}
}

// declNamesKey is what decides use-host-decl-names for hosts without settings
// of their own.
type declNamesKey struct {
	around *model.Scope
	subnet *model.Subnet
}

// usesDeclName reports whether use-host-decl-names is on for a host.
func (r *reserver) usesDeclName(h *model.Host, s *model.Subnet) bool {
	key := declNamesKey{h.Scope.Parent, s}
	if on, known := r.declNames[key]; known && len(h.Scope.Own) == 0 {
		return on
	}
	on, ok := model.Truth(r.hostPlace(h, s, "").chain().Setting("use-host-decl-names"))
	on = on && ok
	if len(h.Scope.Own) == 0 {
		r.declNames[key] = on
	}
	return on
}

// usesDeclNameEverywhere reports whether use-host-decl-names is on for a host
// without an address in all subnets; where it is in some, that is said.
func (r *reserver) usesDeclNameEverywhere(h *model.Host) bool {
	own := h.Scope.Setting("use-host-decl-names")
	if everywhere, known := r.declEverywhere[h.Scope.Parent]; known && own == nil {
		return everywhere
	}
	everywhere := r.declNameEverywhere(h)
	if own == nil {
		r.declEverywhere[h.Scope.Parent] = everywhere
	}
	return everywhere
}

func (r *reserver) declNameEverywhere(h *model.Host) bool {
	t := r.translation
	var on []*model.Subnet
	served := 0
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k == nil || len(k.Pools) == 0 {
			continue
		}
		served++
		if r.usesDeclName(h, s) {
			on = append(on, s)
		}
	}
	if len(on) == 0 || len(on) == served {
		return len(on) > 0
	}
	f := Finding{
		Code: "host-name-place", Severity: S2, Verdict: Approximated, Fields: []string{"option 12"},
		Clients: "hosts without an address in this scope",
		Message: "dhcpd sends hosts the name of their declaration here and not in other subnets. The reservation of a host without an address is the same everywhere, and has no hostname.",
		Remedy:  "write \"option host-name\" into the hosts, or use-host-decl-names to the top of the file",
	}
	for _, s := range on {
		f.Audience.Scopes = []*model.Scope{s.Scope}
		t.ledger.add(r.hostPlace(h, s, "").chain().Setting("use-host-decl-names"), f, t.pointers.subnet[s])
	}
	return false
}

// isHostName reports whether an option statement sets option 12.
func isHostName(o *dhcpdconf.OptionSet) bool {
	return o.Option != nil && o.Option.Space == "dhcp" && o.Option.Code == 12
}

// hostNameOption translates "option host-name" of a host: as the reservation's
// hostname, which Kea prefers to the name that the client sends, when it is a
// name; otherwise as option data.
func (t *translation) hostNameOption(set *dhcpdconf.OptionSet, res *keaconf.Reservation) {
	raw, ok := constantBytes(set.Data)
	switch {
	case !ok:
		t.ledger.add(set, Finding{
			Code: "option-computed", Severity: S3, Verdict: Manual,
			Fields: []string{"option 12"}, Clients: "this host",
			Message: "the name is computed for each packet.",
			Remedy:  "write the name as a constant",
		}, "")
	case validHostname(string(raw)):
		res.Hostname = string(raw)
		t.ledger.mark(set, Translated)
	case len(raw) == 0:
		t.ledger.add(set, Finding{
			Code: "host-name-invalid", Severity: S2, Verdict: Approximated,
			Fields: []string{"option 12"}, Clients: "this host",
			Message: "the name is empty; Kea sends no empty option 12.",
		}, "")
	default:
		res.OptionData = append(res.OptionData, keaconf.OptionData{
			Name: "host-name", CSVFormat: new(false), Data: fmt.Sprintf("%X", raw),
		})
		t.ledger.add(set, Finding{
			Code: "host-name-invalid", Severity: S1, Verdict: Translated,
			Fields: []string{"option 12"}, Clients: "this host, when it sends a name itself",
			Message: fmt.Sprintf("%q is no name that Kea takes as hostname; it was written as plain option data.", raw),
		}, "")
	}
}

// validHostname reports whether a text is a host name that Kea does not change:
// letters, digits, hyphens and underscores in labels of 1 to 63 bytes.
func validHostname(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	label := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			label++
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return true
}

// hostLifetimePrefix begins the names of the classes that give lifetimes to hosts.
const hostLifetimePrefix = "lease-time-"

// hostSubnetSuffix ends the names of those that give the subnet's own lifetimes.
const hostSubnetSuffix = "-subnet"

// hostLifetimes gives a reservation the lifetimes that the host or a group
// around it sets, or those of the subnet where the subnet took over those of its
// pools: reservations have none, but they can name a class that has.
func (t *translation) hostLifetimes(r hostReservation) {
	p := t.placeOf(r)
	hoisted := t.hoisted[r.subnet] != nil
	if !t.setsLifetimes(p) && !hoisted {
		return
	}
	t.markLifetimes(p)
	l := t.lifetimesAt(p)
	outer := p.outer.Lifetimes4()
	if t.v6() {
		outer = p.outer.Lifetimes6()
	}
	if l.Same(outer) && !t.v6() && !hoisted {
		return
	}
	class := keaconf.ClientClass{Name: hostLifetimePrefix + fmt.Sprintf("%d-%d-%d", l.Min, l.Default, l.Max)}
	class.MinValidLifetime, class.ValidLifetime, class.MaxValidLifetime = &l.Min, &l.Default, &l.Max
	if t.v6() {
		t.preferredLifetimes(p, l, &class.Lifetimes)
		class.Name += fmt.Sprintf("-%d", *class.PreferredLifetime)
	}
	res := t.reservation(r)
	if !t.setsLifetimes(p) {
		// What the subnet would give comes after the classes of the file: a test
		// on a class that the reservation has is evaluated last.
		marker := keaconf.ClientClass{Name: "reserved-" + class.Name}
		t.needClass(marker)
		res.ClientClasses = append(res.ClientClasses, marker.Name)
		class.Test = isKnown + " and member('" + marker.Name + "')"
		class.Name += hostSubnetSuffix
		t.needClass(class)
		return
	}
	if set := t.lifetimesSet(p.own); !slices.Contains(t.hostSets, set) {
		t.hostSets = append(t.hostSets, set)
	}
	if r.subnet == nil && t.hostInPlaces(p, res) {
		return
	}
	if t.lifetimesInConditions(p.own) {
		// Those of conditions come first; their classes are evaluated late.
		marker := keaconf.ClientClass{Name: "host-" + class.Name}
		t.needClass(marker)
		res.ClientClasses = append(res.ClientClasses, marker.Name)
		class.Test = isKnown + " and member('" + marker.Name + "')"
		class.Name += "-plain"
	} else {
		res.ClientClasses = append(res.ClientClasses, class.Name)
	}
	t.needClass(class)
	for _, st := range l.Computed {
		t.ledger.add(st, Finding{
			Code: "lifetime-computed", Severity: S3, Verdict: Manual,
			Fields:  []string{"lease-time"},
			Message: "the value is computed for each packet; Kea takes constants only. dhcpd's default was taken in its place.",
			Remedy:  "divide the clients into classes, each with its own lifetime",
		}, p.pointer)
	}
}

// lifetimesInConditions reports whether a condition in some scope sets lifetimes.
func (t *translation) lifetimesInConditions(own model.Chain) bool {
	found := false
	for _, s := range own {
		for _, st := range s.Own {
			if !isCondition(st) {
				continue
			}
			dhcpdconf.Walk([]dhcpdconf.Statement{st}, func(inner dhcpdconf.Statement) bool {
				found = found || slices.Contains(lifetimeSettings, model.SettingName(inner))
				return true
			})
		}
	}
	return found
}

// hostInPlaces gives a host without an address the lifetimes that its own settings
// have with those of the subnet that it is in; false when they are the same in
// all subnets. Hosts with the same settings share a class.
func (t *translation) hostInPlaces(p place, res *keaconf.Reservation) bool {
	var words []string
	for _, name := range lifetimeSettings {
		if st := p.own.Setting(name); st != nil {
			n, _ := model.Number(st)
			words = append(words, fmt.Sprintf("%s-%d", strings.TrimSuffix(strings.TrimSuffix(name, "-time"), "-lease"), uint32(n)))
		}
	}
	marker := "host-" + strings.Join(words, "-")
	differs, known := t.hostMarkers[marker]
	if !known {
		before := len(t.lifetimeEntries)
		e := lifetimeEntry{rank: rankHost, order: len(t.hostMarkers), name: marker, who: "member('" + marker + "')"}
		l, _ := t.inPlaces(e, p.own, "hosts with these settings")
		differs = len(t.lifetimeEntries) > before
		t.hostMarkers[marker] = differs
		if differs {
			t.needClass(keaconf.ClientClass{Name: marker})
			e.general, e.lifetimes = true, l
			t.lifetimeEntries = append(t.lifetimeEntries, e)
		}
	}
	if differs {
		res.ClientClasses = append(res.ClientClasses, marker)
	}
	return differs
}

var hostCodes = []CodeInfo{
	{"host-without-identifier", S1, "A host that no client can be",
		"The host has no hardware address, client identifier or host-identifier. dhcpd accepts it and it never fits a client; Kea refuses a reservation without identifier. It was left out."},
	{"host-several-identifiers", S1, "A host with several identifiers",
		"dhcpd recognises a host by its client identifier or by its hardware address, whichever fits. A reservation of Kea's has exactly one identifier, so the host became one reservation for each, with the same address. Kea allows that with ip-reservations-unique set to false."},
	{"hardware-type", S2, "A hardware type other than Ethernet",
		"Kea keeps no hardware type in a reservation and compares the bytes of the address only. A client of another type with the same bytes would fit too."},
	{"identifier-computed", S3, "A computed host identifier",
		"The identifier is an expression and not a constant, so no reservation can be written for it."},
	{"uid-unused", S1, "A client identifier of a DHCPv6 host",
		"In DHCPv6 dhcpd recognises hosts by host-identifier and by the hardware address in the client's DUID. uid and dhcp-client-identifier have no effect."},
	{"client-id-short", S2, "A client identifier of one byte",
		"RFC 2132 demands at least two bytes. Kea accepts such an identifier in a reservation, but when it reads its lease file at the next start it discards the lease of that client."},
	{"host-identifier", S3, "A host recognised by another option",
		"dhcpd can recognise hosts by any option (host-identifier). Kea has identifiers for the hardware address, client identifier, DUID and circuit id; for others it needs the flex_id hook, which is open source from Kea 3.0, with one identifier-expression for the server."},
	{"host-identifier-hook", S1, "A host recognised with a hook",
		"Kea recognises the host by this option with its hook flex_id, which is loaded. The hook has one expression for all hosts: with several options each value is preceded by an octet that says which option it is of. A client that sends a known value of one option and another of a second one is the host of the option that the file names first."},
	{"host-outside-subnets", S2, "A fixed address outside every subnet",
		"dhcpd accepts a fixed-address that lies in no declared subnet, and then never gives it out. Kea refuses it. The address was left out; declare the subnet if the host should be served."},
	{"host-second-address", S2, "A second fixed address in one subnet",
		"dhcpd gives the first of a host's addresses that fits the client's network. Kea holds one IPv4 address in a reservation; the first was kept."},
	{"host-in-pool", S2, "A fixed address inside a pool with options of its own",
		"For dhcpd a fixed address belongs to no pool, even if a range holds it, so the host gets nothing that the pool sets. Kea gives reservations the options of the pool that holds their address. From Kea 2.6 the reservation takes them back (never-send); 2.2 has no means for an option that only the pool sets. Boot fields are the same: the reservation has those of the subnet again, but not where classes set them too, and next-server cannot be taken back."},
	{"host-subnet-around", S2, "A fixed address in a subnet inside another",
		"The address of a host lies in two subnets of different networks, one inside the other. dhcpd gives it to the host wherever a subnet of the client's network holds it, so in both. Kea has the reservation in the inner subnet; in the outer one the host is like any other client."},
	{"reserved-address-kept", S1, "A fixed address inside a range",
		"A host's fixed address lies in a range. dhcpd gives it to other clients too when it is their turn or when they ask for it, so that two clients can have the address; Kea gives a reserved address to nobody else, and such a client gets another one."},
	{"host-same-identifier", S3, "Two hosts with one identifier on one network",
		"Both hosts are recognised by the same identifier and belong to the same subnet. dhcpd takes the first that fits; Kea refuses the second, so it was left out."},
	{"host-ambiguous", S2, "Clients that are two hosts",
		"Some hosts are recognised by the hardware address, others by the client identifier or another option, so that a client can be two of them. dhcpd tries the hosts with its client identifier and then those with its hardware address, until one fits the network; Kea takes the first identifier for which it finds a reservation in the subnet, in the order of host-reservation-identifiers. Only a client with the hardware address of one host and the identifier of another sees a difference."},
	{"client-identifier-sent", S1, "The client identifier of a host as an option",
		"\"option dhcp-client-identifier\" in a host tells by what dhcpd recognises the host, and is also an option that it sends to clients that ask for it. Kea recognises the host and sends nothing. RFC 2131 forbids servers to send the option, and a client knows its identifier."},
	{"host-same-address", S2, "Two hosts with one address",
		"Both dhcpd and Kea (with ip-reservations-unique set to false) give the address to whichever host asks; when both are on at the same time, Kea refuses the second one while dhcpd gives the address twice."},
	{"host-name-invalid", S2, "A host name that is none",
		"Kea takes only letters, digits, hyphens, underscores and dots in the hostname of a reservation."},
	{"host-name-place", S2, "A host name that is sent in some places only",
		"use-host-decl-names makes dhcpd send a client the name of its host declaration. Where it is on in some subnets or classes and off in others, a host without an address of its own gets the name here and not there; Kea has one reservation for it, with one hostname or none."},
	{"host-group", S2, "A host without an address in a group with subnets",
		"dhcpd executes what a group sets once for a client: in the subnets of the group before what they set themselves, so that theirs wins, and for a host of the group in other subnets after that, so that the group's wins. A host without an address has one reservation for all subnets, whose settings win everywhere."},
	{"name-unresolved", S3, "A host name without address",
		"dhcpd looks names up when it needs the address, again and again. Kea's configuration takes addresses only. The name had no address at conversion and was left out; the rest of the statement stays."},
	{"name-resolved", S1, "A host name replaced by its address",
		"dhcpd looks names up when it needs the address. Kea's configuration takes addresses only; those of the time of conversion were written and recorded in resolved.json."},
}
