package translator

import (
	"fmt"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// lifetimeSettings are the parameters that this pass answers for.
var lifetimeSettings = []string{"default-lease-time", "max-lease-time", "min-lease-time", "preferred-lifetime"}

// lifetimes writes how long leases last: at the top always, because Kea's
// defaults differ, and at every place where it changes.
func (t *translation) lifetimes() {
	global := t.globalPlace()
	t.placeLifetimes(global, t.topLifetimes(), true)
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			t.placeLifetimes(t.networkPlace(n), &k.Lifetimes, false)
		}
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			t.placeLifetimes(t.subnetPlace(s), &k.Lifetimes, false)
		}
	}
	t.poolLifetimes()
}

func (t *translation) topLifetimes() *keaconf.Lifetimes {
	if t.v6() {
		return &t.dhcp6.Lifetimes
	}
	return &t.dhcp4.Lifetimes
}

// placeLifetimes writes the lifetimes of a place when they differ from those
// around it. Kea takes the three values of a scope together, so all are
// written.
func (t *translation) placeLifetimes(p place, into *keaconf.Lifetimes, always bool) {
	if !always && !t.setsLifetimes(p) {
		return
	}
	t.markLifetimes(p)
	chain := p.chain()
	var l model.Lifetimes
	if t.v6() {
		l = chain.Lifetimes6()
	} else {
		l = chain.Lifetimes4()
	}
	into.MinValidLifetime, into.ValidLifetime, into.MaxValidLifetime = &l.Min, &l.Default, &l.Max
	if t.v6() {
		t.preferredLifetimes(p, l, into)
	}
	for _, st := range l.Computed {
		t.ledger.add(st, Finding{
			Code: "lifetime-computed", Severity: S3, Verdict: Manual,
			Fields:  []string{"lease-time"},
			Message: "the value is computed for each packet; Kea takes constants only. dhcpd's default was taken in its place.",
			Remedy:  "divide the clients into classes, each with its own lifetime",
		}, p.pointer)
	}
	for _, st := range l.Statements {
		if n, _ := model.Number(st); uint32(n) == model.Infinite && model.SettingName(st) != "min-lease-time" {
			t.ledger.add(st, Finding{
				Code: "lifetime-infinite", Severity: S1, Verdict: Translated,
				Fields:  []string{"lease-time"},
				Message: "dhcpd turns an infinite lease into one that ends in 2038; Kea sends 0xffffffff, which is truly infinite (RFC 2131, section 3.3).",
			}, p.pointer)
		}
	}
}

// preferredLifetimes: dhcpd gives what is configured, else five eighths of the
// valid lifetime, or what the client asks for when that is less than the valid
// lifetime.
func (t *translation) preferredLifetimes(p place, l model.Lifetimes, into *keaconf.Lifetimes) {
	preferred, st := p.chain().Preferred()
	if st != nil {
		if preferred > l.Default {
			t.ledger.add(st, Finding{
				Code: "preferred-lifetime-cut", Severity: S2, Verdict: Approximated,
				Fields:  []string{"preferred-lifetime", "T1", "T2"},
				Message: fmt.Sprintf("dhcpd sends a preferred lifetime of %d seconds with a valid one of %d; clients must discard that (RFC 8415, section 21.6), and Kea refuses it. It was cut to the valid lifetime.", preferred, l.Default),
				Remedy:  "make preferred-lifetime smaller than default-lease-time",
			}, p.pointer)
		}
		into.PreferredLifetime = new(min(preferred, l.Default))
		into.MinPreferredLifetime, into.MaxPreferredLifetime = into.PreferredLifetime, into.PreferredLifetime
		return
	}
	into.MinPreferredLifetime = new(uint32(1))
	into.PreferredLifetime = new(max(1, uint32(uint64(l.Default)*5/8)))
	into.MaxPreferredLifetime = new(l.Max)
	if l.Min == l.Max { // configured, whatever the client asks for
		into.MaxPreferredLifetime = into.PreferredLifetime
		for _, st := range l.Statements {
			if p.pointer == "" {
				break // it is said for the place that the lifetimes are from
			}
			t.ledger.add(st, Finding{
				Code: "preferred-wish", Severity: S1, Verdict: Translated,
				Fields:  []string{"preferred-lifetime", "T1", "T2"},
				Clients: fmt.Sprintf("clients that ask for a preferred lifetime between %d and %d seconds", *into.PreferredLifetime, l.Default),
				Message: "dhcpd grants a preferred lifetime that a client asks for when it is below the valid lifetime, and gives five eighths of that to others. Kea grants up to five eighths.",
			}, p.pointer)
		}
	} else if t.opts.Target < keaversion.V2_6 {
		// 2.2 takes the preferred lifetime from the configuration even where the
		// client asked for a shorter valid one, and clients must refuse that.
		into.MinValidLifetime, into.MaxValidLifetime = into.ValidLifetime, into.ValidLifetime
		into.MaxPreferredLifetime = into.PreferredLifetime
		if p.pointer == "" {
			return
		}
		t.ledger.add(nil, Finding{
			Code: "preferred-above-valid", Severity: S2, Verdict: Approximated,
			Fields:  []string{"lease-time", "preferred-lifetime", "T1", "T2"},
			Clients: "clients that ask for lifetimes",
			Message: fmt.Sprintf("without default-lease-time dhcpd grants any valid lifetime that a client asks for. Kea %s could then give a preferred lifetime above it, so all clients get %d seconds.", t.opts.Target, *into.ValidLifetime),
			Remedy:  "set default-lease-time, so that the lifetimes do not depend on what clients ask for",
		}, p.pointer)
	}
}

func (t *translation) setsLifetimes(p place) bool {
	for _, name := range lifetimeSettings {
		if p.setting(name) != nil {
			return true
		}
	}
	return false
}

// markLifetimes accounts for the lifetime statements of a place's own scopes.
// In DHCPv6 dhcpd does not look at the limits, in DHCPv4 not at the preferred
// lifetime.
func (t *translation) markLifetimes(p place) {
	for _, name := range lifetimeSettings {
		decides := p.setting(name)
		for _, s := range p.own {
			for _, st := range s.Own {
				if model.SettingName(st) != name {
					continue
				}
				unused := t.v6() != (name == "preferred-lifetime") && name != "default-lease-time"
				switch {
				case unused:
					t.ledger.add(st, Finding{
						Code: "lifetime-unused", Severity: S1, Verdict: Ignored,
						Message: fmt.Sprintf("dhcpd has no use for %s in this protocol.", name),
					}, "")
				case st == decides:
					t.ledger.mark(st, Translated)
				case st != s.Setting(name): // said again later in the same scope
					t.overridden(st)
				}
			}
		}
	}
}

// overridden accounts for a statement that a later one of the same scope
// replaces.
func (t *translation) overridden(st dhcpdconf.Statement) {
	t.ledger.add(st, Finding{
		Code: "overridden", Severity: S0, Verdict: Ignored,
		Message: "the same scope sets this again further down; dhcpd takes the last.",
	}, "")
}

func isLifetime(st dhcpdconf.Statement) bool {
	switch model.SettingName(st) {
	case "default-lease-time", "max-lease-time", "min-lease-time", "preferred-lifetime":
		return true
	}
	return false
}

func (t *translation) lifetimesAt(p place) model.Lifetimes {
	if t.v6() {
		return p.chain().Lifetimes6()
	}
	return p.chain().Lifetimes4()
}

var lifetimeCodes = []CodeInfo{
	{"lifetime-computed", S3, "A lifetime computed from the packet",
		"dhcpd can compute default-, min- and max-lease-time for each packet. Kea's lifetimes are constants of a scope or class. Divide the clients into classes by the same condition and give each class its lifetime."},
	{"lifetime-infinite", S1, "An infinite lease",
		"dhcpd sends the seconds until its latest possible date in 2038 for an infinite lease, Kea sends 0xffffffff as RFC 2131 wants it. Clients treat both as a lease that does not end."},
	{"preferred-wish", S1, "A preferred lifetime that a client asks for",
		"When default-lease-time is set and preferred-lifetime is not, dhcpd grants any preferred lifetime below the valid lifetime, and five eighths of it to clients with other wishes or none. Kea knows a least and a greatest value only; the greatest is set to five eighths, which is right for all but wishes in between."},
	{"preferred-lifetime-cut", S2, "A preferred lifetime above the valid one",
		"dhcpd sends whatever preferred-lifetime says, even where it is above the valid lifetime that default-lease-time sets; clients discard such an address (RFC 8415, section 21.6). Kea refuses the configuration. The preferred lifetime became the valid one. Most likely the number in the file is a mistake."},
	{"preferred-above-valid", S2, "Valid lifetimes that clients ask for, in Kea 2.2",
		"Without default-lease-time dhcpd grants a DHCPv6 client the valid lifetime that it asks for, and five eighths of that as the preferred lifetime. Kea 2.2 takes the preferred lifetime from the configuration alone, so it could be longer than the valid one, and clients must refuse that (RFC 8415, section 21.6). Therefore all clients get the default. Later versions take five eighths too. Set default-lease-time."},
	{"lifetime-unused", S1, "A lifetime without effect in this protocol",
		"In DHCPv6 dhcpd looks at default-lease-time and preferred-lifetime only; max-lease-time and min-lease-time have no effect. In DHCPv4 preferred-lifetime has none."},
	{"overridden", S0, "Overridden further down",
		"dhcpd executes the statements of a scope in order; when one scope sets the same thing twice, the last wins. The earlier statement has no effect in either server."},
}
