package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// skipDDNS is the class whose members the hook ddns_tuning keeps out of the
// DNS.
const skipDDNS = "SKIP_DDNS"

// canTune reports whether the hook may be loaded.
func (t *translation) canTune() bool { return t.canHook(hookDDNSTuning) }

// dnsNames makes Kea register the clients that dhcpd registers, under the same
// names.
func (t *translation) dnsNames() {
	if !t.updatesDNS() {
		return
	}
	// dhcpd takes names as they are; Kea would leave out underscores. It does
	// leave out blanks and the like: with them it sends no update at all.
	t.topParameters().HostnameCharSet = new("[^A-Za-z0-9._-]")
	t.nameProtection()
	t.recordTTLs()
	skipped := t.skipReservations()
	if t.skipClasses() || skipped {
		t.hook(hookDDNSTuning, keaconf.Object{{Key: "hostname-expr", Value: ""}})
	}
	t.ledger.add(nil, Finding{
		Code: "ddns-client-name", Severity: S2, Verdict: Approximated, Fields: []string{"DNS"},
		Clients: "clients that send a host name with dots, blanks or other signs, a full name of another domain or only part of one in the FQDN option, or ask for no update at all",
		Message: "dhcpd puts its own domain behind a host name with dots, and in the place of the domain that a client sends in the FQDN option when the server is to update; Kea takes such a name as it is. Kea leaves signs other than letters, digits, hyphens and underscores out. For a client that updates the DNS itself, dhcpd still does it when the client sends only part of a name. For a client that asks for no update, dhcpd makes a PTR record, Kea none.",
		Remedy:  "let clients send their short names; zones for the domains that they send are needed otherwise",
	}, t.root())
}

// nameProtection chooses how Kea finds out whether a name is the client's.
func (t *translation) nameProtection() {
	top, global := &t.topParameters().DDNSParameters, model.Chain{t.conf.Global}
	t.conflicts(top, onUnlessOff(global, "update-conflict-detection"), onUnlessOff(global, "ddns-guard-id-must-match"))
	key := "ddns-conflict-resolution-mode"
	if t.opts.Target < keaversion.V2_6 {
		key = "ddns-use-conflict-resolution"
	}
	style := t.conf.Global.Setting("ddns-update-style")
	pointer := t.root() + "/" + key
	switch {
	case !t.interim() && !onUnlessOff(global, "update-conflict-detection"):
		t.ledger.add(style, Finding{
			Code: "ddns-conflicts", Severity: S1, Verdict: Translated, Fields: []string{"DNS"},
			Clients: "clients that ask for a name which somebody else has",
			Message: "update-conflict-detection is off, so any client can take any name, with dhcpd as with Kea.",
		}, pointer)
	case !t.interim():
		t.ledger.add(style, Finding{
			Code: "ddns-conflicts", Severity: S1, Verdict: Translated, Fields: []string{"DNS"},
			Clients: "clients that ask for a name which somebody else has",
			Message: "dhcpd in the style \"standard\" and Kea mark a name with the same DHCID record, so Kea goes on with the names that dhcpd made, and leaves alone those of others.",
		}, pointer)
	default:
		checked := "\"check-with-dhcid\""
		if t.opts.Target < keaversion.V2_6 {
			checked = "true"
		}
		t.ledger.add(style, Finding{
			Code: "ddns-interim", Severity: S3, Verdict: Approximated, Fields: []string{"DNS"},
			Clients: "all that have a name from dhcpd, and all that ask for a name which somebody else has",
			Message: "the style \"interim\" marks a name with a TXT record, which Kea takes for a sign that the name is somebody else's: it would update none of the names that dhcpd has made. So the result does not look at these records: until that is changed, a client can take any name of the zones, also one of a server. The TXT records stay where they are.",
			Remedy:  fmt.Sprintf("when every client has renewed its lease with Kea once, set %s to %s and remove the TXT records; or remove the TXT records and the names they mark before Kea starts, and set it at once", key, checked),
		}, pointer)
	}
}

// mostNamedHosts is how many hosts get entries of the hook flex_option for their
// names: it looks at all entries for each answer.
const mostNamedHosts = 1024

// suffixedNames lets hosts hear their short names, as from dhcpd: Kea puts the
// domain of DNS updates behind the hostname of a reservation where it registers
// it and also where it tells the client.
func (t *translation) suffixedNames() {
	if t.v6() || len(t.namesMade()) == 0 {
		return
	}
	var options []any
	count := 0
	for _, r := range t.hosts {
		res := t.reservation(r)
		switch {
		case res.Hostname == "":
		case slices.Contains(res.ClientClasses, skipDDNS):
			res.Hostname += "." // Kea takes it for a full name
		case t.canHook(hookFlexOption) && len(options) < mostNamedHosts:
			class := "named-" + res.Hostname
			t.needClass(keaconf.ClientClass{Name: class})
			res.ClientClasses = append(slices.Clip(res.ClientClasses), class)
			options = append(options, keaconf.Object{
				{Key: "code", Value: uint32(optionHostName)},
				{Key: "client-class", Value: class},
				{Key: "supersede", Value: literalHex([]byte(res.Hostname))}, // Kea sends it to all
			})
		default:
			count++
		}
	}
	t.flexOptions(options)
	if count == 0 {
		return
	}
	t.ledger.add(nil, Finding{
		Code: "ddns-full-name", Severity: S2, Verdict: Approximated, Fields: []string{"option 12"},
		Clients: fmt.Sprintf("hosts with a name that ask for it (%d reservations)", count),
		Message: "Kea puts the domain of DNS updates (ddns-qualifying-suffix) behind the hostname of a reservation also where it tells the client its name; dhcpd tells it the short one.",
		Remedy:  "none is needed where clients cut the domain off, as most do; a class with the option host-name does for others",
	}, t.root()+"/ddns-qualifying-suffix")
}

// skipReservations keeps the reservations out of the DNS that dhcpd keeps out:
// those with an address, unless update-static-leases is on, and those with
// ddns-updates off.
func (t *translation) skipReservations() bool {
	static, off, named := 0, 0, 0
	for _, r := range t.hosts {
		res := t.reservation(r)
		fixed := res.IPAddress != "" || len(res.IPAddresses) > 0
		var chain model.Chain
		if fixed || !r.plain(t) {
			chain = t.placeOf(r).chain()
		}
		// ddns-hostname is what dhcpd prefers, too.
		guess := res.Hostname != "" && chain.Setting("ddns-hostname") == nil
		if guess && !fixed {
			named++
		}
		updates, known := model.Truth(chain.Setting("ddns-updates"))
		outer, knownOuter := true, true
		if r.subnet != nil {
			outer, knownOuter = model.Truth(r.subnet.Chain().Setting("ddns-updates"))
		}
		around := outer || !knownOuter
		switch {
		case known && !updates && around:
			off++
		case fixed && around:
			if on, known := model.Truth(chain.Setting("update-static-leases")); on || !known && chain.Setting("update-static-leases") != nil {
				if guess {
					named++
				}
				continue
			}
			static++
		default:
			continue
		}
		if t.canTune() {
			res.ClientClasses = append(res.ClientClasses, skipDDNS)
		}
	}
	if static > 0 {
		f := staticUpdates
		f.Verdict = Manual
		if t.canTune() {
			f.Severity, f.Verdict = S1, Translated
			f.Message = fmt.Sprintf("dhcpd makes no DNS updates for fixed addresses unless update-static-leases is on, Kea does; so %d reservations are in the class %s, which the hook ddns_tuning leaves out.", static, skipDDNS)
			f.Remedy = "take the class away from reservations whose names Kea shall register"
		}
		t.ledger.add(t.conf.Global.Setting("update-static-leases"), f, t.root())
	}
	if named > 0 {
		t.ledger.add(nil, Finding{
			Code: "ddns-reserved-name", Severity: S2, Verdict: Approximated, Fields: []string{"DNS"},
			Clients: fmt.Sprintf("clients that send another name than their host declaration has (%d reservations)", named),
			Message: "dhcpd prefers the name that the client sends to that of option host-name or the host declaration (use-host-decl-names); Kea registers the hostname of the reservation. Both prefer ddns-hostname to all others.",
			Remedy:  "take the hostname out of reservations of clients that shall choose their name",
		}, t.root())
	}
	return t.canTune() && static+off > 0
}

var staticUpdates = Finding{
	Code: "ddns-static", Severity: S3, Fields: []string{"DNS"}, Clients: "clients with a reserved address",
	Message: "dhcpd makes no DNS updates for fixed addresses unless update-static-leases is on; Kea does, and this version has no open hook against it.",
	Remedy:  "use Kea 3.0 or later, or give the names of these clients to Kea's DNS updates: remove records that were made by hand",
}

// skipClasses keeps the members of classes with ddns-updates off out of the
// DNS.
func (t *translation) skipClasses() bool {
	if !t.canTune() {
		return false
	}
	test := ""
	for _, k := range t.fileClasses {
		if !k.translated || len(k.from.Subclasses) > 0 {
			continue
		}
		st := k.from.Scope.Setting("ddns-updates")
		if on, known := model.Truth(st); st == nil || on || !known {
			continue
		}
		if test != "" {
			test += " or "
		}
		test += "member('" + k.name + "')"
		t.ledger.mark(st, Translated)
	}
	if test == "" {
		return false
	}
	t.needClass(keaconf.ClientClass{Name: skipDDNS, Test: test})
	return true
}
