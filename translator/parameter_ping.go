package translator

import (
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// pingParameters are about the echo request that dhcpd sends to an address
// before it offers it. It is on by default.
var pingParameters = []parameter{
	{name: "ping-check", only: only4, placed: true, key: (*translation).pingKey, lack: noPing},
	{name: "ping-timeout", only: only4, placed: true, key: (*translation).pingKey, lack: noPing},
	{name: "ping-timeout-ms", only: only4, placed: true, key: (*translation).pingKey, lack: noPing},
	{name: "ping-cltt-secs", only: only4, placed: true, key: (*translation).pingKey, lack: noPing},
}

var noPing = Finding{
	Code: "ping-check", Severity: S2, Fields: []string{"address"},
	Clients: "new clients, when somebody uses an address of the pool without a lease",
	Message: "dhcpd pings an address before it offers it; this version of Kea cannot, its hook ping_check is open source from 3.0 on.",
	Remedy:  "use Kea 3.0 or later, or rely on clients that probe the address themselves and decline it",
}

// canPing reports whether the target version has the hook.
func (t *translation) canPing() bool {
	return t.canHook(hookPingCheck)
}

// pingKey gives the verdict on a statement; pingCheck writes the keys.
func (t *translation) pingKey(s setting) Verdict {
	switch {
	case s.kind == atReservation:
		return Ignored // dhcpd pings no fixed addresses
	case !t.canPing() && s.value.text == "off", !t.canPing() && !t.pings(s.chain()):
		return Default
	case !t.canPing():
		return Unset
	case s.kind == atPool && t.pingAt(s.chain()) == t.pingAt(s.outer):
		return Default
	case s.kind == atPool:
		t.ledger.add(s.st, Finding{
			Code: "ping-check", Severity: S2, Verdict: Approximated, Fields: []string{"address"},
			Clients: "new clients of this pool, when somebody uses an address without a lease",
			Message: "Kea's hook ping_check has settings for subnets, not for pools; those of the subnet hold for this pool too.",
			Remedy:  "move the setting into the subnet",
		}, s.pointer)
		return Approximated
	}
	return Translated
}

// pingSettings are what dhcpd does at a place; times in milliseconds and
// seconds.
type pingSettings struct {
	on      bool
	timeout int64
	cltt    int64
}

func (t *translation) pings(c model.Chain) bool { return t.pingAt(c).on }

func (t *translation) pingAt(c model.Chain) pingSettings {
	p := pingSettings{on: true, timeout: 1000, cltt: 60}
	if on, ok := model.Truth(c.Setting("ping-check")); ok {
		p.on = on
	}
	if n, ok := model.Number(c.Setting("ping-timeout")); ok && n > 0 {
		p.timeout = 1000 * n
	}
	if n, ok := model.Number(c.Setting("ping-timeout-ms")); ok && n > 0 {
		p.timeout = n
	}
	if n, ok := model.Number(c.Setting("ping-cltt-secs")); ok {
		p.cltt = n
	}
	return p
}

func (p pingSettings) object() keaconf.Object {
	return keaconf.Object{
		{Key: "enable-ping-check", Value: p.on},
		{Key: "min-ping-requests", Value: 1},
		{Key: "reply-timeout", Value: p.timeout},
		{Key: "ping-cltt-secs", Value: p.cltt},
	}
}

// pingCheck loads the hook when dhcpd pings in some pool.
func (t *translation) pingCheck() {
	if t.v6() {
		return
	}
	wanted := false
	for i := range t.poolPlaces {
		wanted = wanted || t.pings(t.poolPlaces[i].outer)
	}
	if !wanted {
		return
	}
	if !t.canPing() {
		if !t.setAnywhere("ping-check") {
			t.ledger.add(nil, withVerdict(noPing, Manual), "")
		}
		return
	}
	global := t.globalPlace()
	t.hook(hookPingCheck, t.pingAt(global.own).object())
	t.ledger.add(nil, Finding{
		Code: "ping-check-hook", Severity: S1, Verdict: Translated, Fields: []string{"address"},
		Message: "dhcpd pings an address before it offers it, unless told not to; Kea does so with its hook ping_check, which is loaded. The server needs the right to send ICMP (CAP_NET_RAW), and the package must hold the hook.",
		Remedy:  "write \"ping-check false;\" at the top of the file and convert again, if this is not wanted",
	}, t.hookPointer(hookPingCheck))
	// The hook looks at subnets, and at no shared networks.
	for _, s := range t.conf.Subnets {
		k := t.subnetOf[s]
		if k == nil {
			continue
		}
		if here := t.pingAt(t.subnetPlace(s).chain()); here != t.pingAt(global.own) {
			k.UserContext = append(k.UserContext, keaconf.Member{Key: "ping-check", Value: here.object()})
		}
	}
}

func withVerdict(f Finding, v Verdict) Finding {
	f.Verdict = v
	return f
}
