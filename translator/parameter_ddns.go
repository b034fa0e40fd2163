package translator

import (
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// ddnsParameters are about updates of the DNS.
var ddnsParameters = []parameter{
	{
		name: "ddns-update-style", startup: true, initial: "none",
		key: (*translation).ddnsStyle,
	},
	{
		name: "ddns-updates", initial: "on",
		key: func(t *translation, s setting) Verdict {
			switch {
			case s.ddns != nil:
				s.ddns.DDNSSendUpdates = new(s.value.on)
				return Translated
			case !s.value.on && t.canTune() && (s.kind == atReservation || s.kind == atClass):
				return Translated // see dnsNames
			}
			return Unset
		},
		lack: Finding{Severity: S2, Fields: []string{"DNS"}},
	},
	{
		name: "ddns-domainname",
		key: ddnsKey(func(t *translation, s setting) bool {
			s.ddns.DDNSQualifyingSuffix = new(s.value.text)
			return true
		}),
		lack: Finding{Severity: S2, Fields: []string{"DNS"}},
	},
	{
		name: "ddns-rev-domainname",
		key: func(t *translation, s setting) Verdict {
			switch s.value.text {
			case "in-addr.arpa", "in-addr.arpa.", "ip6.arpa", "ip6.arpa.":
				return Default
			}
			return Unset
		},
		lack: Finding{
			Code: "ddns-reverse-domain", Severity: S2, Fields: []string{"DNS"},
			Message: "Kea writes PTR records below in-addr.arpa and ip6.arpa and nowhere else.",
			Remedy:  "point that domain at these with CNAME or DNAME records, if it is needed",
		},
	},
	{
		name: "ddns-hostname", key: (*translation).ddnsHostname, computed: (*translation).computedHostname,
		lack: Finding{
			Code: "ddns-hostname", Severity: S2, Fields: []string{"DNS"},
			Message: "dhcpd registers the client under this name; Kea takes the name from the client or from its reservation.",
			Remedy:  "give the host a reservation with a hostname, or load the hook ddns_tuning (open source from Kea 3.0) with hostname-expr",
		},
	},
	{
		name: "ddns-ttl", placed: true,
		key: func(t *translation, s setting) Verdict {
			switch {
			case t.opts.Target == keaversion.V2_6 && s.kind <= atSubnet:
				return Approximated // recordTTL writes it
			case t.opts.Target < keaversion.V3_0 || s.ddns == nil:
				return Unset
			}
			s.ddns.DDNSTTL = new(uint32(s.value.num))
			return Translated
		},
		lack: Finding{
			Code: "ddns-ttl", Severity: S1, Fields: []string{"DNS"},
			Message: "this version of Kea has no key for the TTL of DNS records; it uses a third of the lease time.",
			Remedy:  "use Kea 3.0 or later, which has ddns-ttl",
		},
	},
	{
		name: "client-updates", initial: "on",
		key: ddnsKey(func(t *translation, s setting) bool {
			// dhcpd then updates also for clients that ask for no update.
			s.ddns.DDNSOverrideClientUpdate, s.ddns.DDNSOverrideNoUpdate = new(!s.value.on), new(!s.value.on)
			return true
		}),
		lack: Finding{Severity: S2, Fields: []string{"DNS", "option 81"}},
	},
	{
		name: "update-optimization", initial: "on",
		key: ddnsKey(func(t *translation, s setting) bool {
			s.ddns.DDNSUpdateOnRenew = new(!s.value.on)
			return true
		}),
		lack: Finding{Severity: S1, Fields: []string{"DNS"}},
	},
	{
		name: "update-conflict-detection", initial: "on",
		key:  ddnsKey((*translation).conflictsAt),
		lack: Finding{Severity: S1, Fields: []string{"DNS"}},
	},
	{
		name: "ddns-guard-id-must-match", initial: "on",
		key: ddnsKey(func(t *translation, s setting) bool {
			return (t.opts.Target >= keaversion.V2_6 || s.value.on) && t.conflictsAt(s)
		}),
		lack: Finding{
			Code: "ddns-guard", Severity: S1, Fields: []string{"DNS"},
			Message: "this version of Kea always compares the DHCID record with the client.",
			Remedy:  "use Kea 2.6 or later, which has ddns-conflict-resolution-mode",
		},
	},
	{name: "ddns-dual-stack-mixed-mode", initial: "off", lack: ddnsGuard},
	{name: "ddns-other-guard-is-dynamic", initial: "off", lack: ddnsGuard},
	{
		name: "do-forward-updates", initial: "on",
		lack: Finding{
			Code: "ddns-direction", Severity: S1, Fields: []string{"DNS"},
			Message: "kea-dhcp-ddns updates what its forward-ddns names; there is no other switch.",
			Remedy:  "leave forward-ddns out of kea-dhcp-ddns.conf",
		},
	},
	{
		name: "do-reverse-updates", initial: "on",
		lack: Finding{
			Code: "ddns-direction", Severity: S1, Fields: []string{"DNS"},
			Message: "kea-dhcp-ddns updates what its reverse-ddns names; there is no other switch.",
			Remedy:  "leave reverse-ddns out of kea-dhcp-ddns.conf",
		},
	},
	{
		name: "update-static-leases",
		// dnsNames says what becomes of the reservations.
		key: func(t *translation, s setting) Verdict {
			switch {
			case s.kind == atClass:
				return Ignored // dhcpd asks before it looks at classes
			case s.value.on:
				return Default
			case t.canTune():
				return Translated
			}
			return Unset
		},
		lack: staticUpdates,
	},
	{
		name: "fqdn-reply", initial: "on",
		lack: Finding{
			Code: "fqdn-reply", Severity: S1, Fields: []string{"option 81", "option 39"},
			Message: "Kea answers a client's FQDN option whenever the client sends one.",
		},
	},
	{name: "ddns-local-address4", startup: true, lack: ddnsSource},
	{name: "ddns-local-address6", startup: true, lack: ddnsSource},
}

var ddnsGuard = Finding{
	Code: "ddns-guard", Severity: S2, Fields: []string{"DNS"}, Clients: "clients with names in both protocols, or shared with static records",
	Message: "Kea has no mode for names that two kinds of guard records protect; it compares the DHCID record, or not.",
	Remedy:  "choose ddns-conflict-resolution-mode by hand",
}

var ddnsSource = Finding{
	Code: "ddns-source-address", Severity: S2, Fields: []string{"DNS"},
	Message: "kea-dhcp-ddns cannot be told from which address to send updates.",
	Remedy:  "allow updates from the address that the system chooses, or by key",
}

// ddnsHostname gives a host the name that dhcpd registers it under.
func (t *translation) ddnsHostname(s setting) Verdict {
	if s.reserved == nil || !validHostname(s.value.text) {
		return Unset
	}
	if s.reserved.Hostname == "" {
		s.reserved.Hostname = s.value.text
	} else if s.reserved.Hostname != s.value.text {
		return Unset
	}
	t.ledger.add(s.st, Finding{
		Code: "ddns-hostname", Severity: S1, Verdict: Approximated, Fields: []string{"option 12"}, Clients: "this host",
		Message: "the name of a reservation is the one that Kea registers, and Kea also sends it to the client.",
	}, s.pointer+"/hostname")
	return Approximated
}

// updatesDNS reports whether dhcpd makes DNS updates at all.
func (t *translation) updatesDNS() bool {
	st := t.conf.Global.Setting("ddns-update-style")
	if st == nil {
		return false
	}
	v, ok := valueOf(st)
	return ok && (v.text == "interim" || v.text == "standard")
}

// ddnsKey wraps a function that writes a key which every scope of Kea's with
// ddns parameters has.
func ddnsKey(write func(*translation, setting) bool) func(*translation, setting) Verdict {
	return func(t *translation, s setting) Verdict {
		if s.ddns == nil || !write(t, s) {
			return Unset
		}
		return Translated
	}
}

// ddnsStyle: dnsNames and dnsDaemon say more.
func (t *translation) ddnsStyle(setting) Verdict { return Translated }

// interim reports whether dhcpd marks names with TXT records.
func (t *translation) interim() bool {
	v, ok := valueOf(t.conf.Global.Setting("ddns-update-style"))
	return ok && v.text == "interim"
}

// conflicts writes how names are protected: whether dhcpd looks at the record
// beside a name before it changes the name, and whether that has to be the
// client's.
func (t *translation) conflicts(k *keaconf.DDNSParameters, detect, match bool) {
	switch {
	case t.opts.Target < keaversion.V2_6:
		k.DDNSUseConflictResolution = new(detect && !t.interim())
	case !detect || t.interim():
		k.DDNSConflictResolutionMode = "no-check-with-dhcid"
	case !match:
		k.DDNSConflictResolutionMode = "check-exists-with-dhcid"
	default:
		k.DDNSConflictResolutionMode = "check-with-dhcid"
	}
}

// conflictsAt is conflicts for what the statements say.
func (t *translation) conflictsAt(s setting) bool {
	chain := s.chain()
	t.conflicts(s.ddns, onUnlessOff(chain, "update-conflict-detection"), onUnlessOff(chain, "ddns-guard-id-must-match"))
	return true
}

func onUnlessOff(c model.Chain, name string) bool {
	on, known := model.Truth(c.Setting(name))
	return on || !known
}
