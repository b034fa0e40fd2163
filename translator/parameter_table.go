package translator

import (
	"fmt"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// parameterTable holds every parameter and flag that the parameters pass
// answers for, by the name of dhcpd's server option. The files
// parameter_*.go have the rows, by subject.
var parameterTable = func() map[string]*parameter {
	table := map[string]*parameter{}
	for _, rows := range [][]parameter{
		protocolParameters, leaseParameters, serverParameters, ddnsParameters, accessParameters, pingParameters,
	} {
		for _, row := range rows {
			table[row.name] = &row
		}
	}
	for _, row := range ddnsParameters {
		table[row.name].ddns = row.name != "ddns-update-style"
	}
	return table
}()

const (
	only4 = dhcpdconf.DHCP4
	only6 = dhcpdconf.DHCP6
)

// flagKey writes a flag into one key of the parameters that the top level,
// networks and subnets share.
func flagKey(field func(*keaconf.Parameters) **bool, inverted bool) func(*translation, setting) Verdict {
	return func(_ *translation, s setting) Verdict {
		if s.keys == nil {
			return Unset
		}
		*field(s.keys) = new(s.value.on != inverted)
		return Translated
	}
}

// everywhere gives the same verdict wherever the parameter stands.
func everywhere(v Verdict) func(*translation, setting) Verdict {
	return func(*translation, setting) Verdict { return v }
}

// protocolParameters are about which messages are answered and how.
var protocolParameters = []parameter{
	{
		name: "authoritative", only: only4, initial: "off",
		key:  (*translation).authoritative,
		lack: Finding{Severity: S2, Fields: []string{"answered"}},
	},
	{
		name: "always-broadcast", only: only4, initial: "off",
		lack: Finding{
			Code: "always-broadcast", Severity: S2, Fields: []string{"broadcast flag"},
			Clients: "clients on the server's own link that cannot receive unicast before they have an address and do not set the broadcast flag",
			Message: "Kea cannot be told to broadcast its answers; it does so when the client asks for it.",
			Remedy:  "serve such clients through a relay that broadcasts, or correct the client",
		},
	},
	{
		name: "min-secs", only: only4, initial: "0",
		lack: Finding{
			Code: "min-secs", Severity: S3, Fields: []string{"answered"},
			Clients: "clients that have waited for less than this time",
			Message: "dhcpd leaves clients alone until they have tried for this many seconds, usually because another server shall answer first. Kea answers at once.",
			Remedy:  "use Kea's high availability hook in hot-standby mode in place of two servers with different delays",
		},
	},
	{
		name: "check-secs-byte-order", only: only4, startup: true, initial: "off",
		lack: Finding{
			Code: "min-secs", Severity: S1, Fields: []string{"answered"},
			Message: "this corrects the seconds that some clients send in the wrong byte order, for min-secs, which Kea does not have.",
		},
	},
	{
		name: "one-lease-per-client", initial: "off",
		lack: Finding{
			Code: "one-lease-per-client", Severity: S2, Fields: []string{"leases"},
			Clients: "clients that come with several client identifiers, or move between networks",
			Message: "dhcpd frees the other leases of a client when it takes a new one; Kea keeps them until they end.",
			Remedy:  "shorten the lifetimes where addresses are scarce",
		},
	},
	{
		name: "duplicates", only: only4, initial: "on",
		lack: Finding{
			Code: "duplicates", Severity: S2, Fields: []string{"leases"},
			Clients: "clients that come with one hardware address and several client identifiers",
			Message: "with \"deny duplicates\" dhcpd frees the other leases of a hardware address; Kea keeps them until they end.",
			Remedy:  "set match-client-id to false if all clients shall be told apart by their hardware address",
		},
	},
	{
		name: "declines", initial: "on",
		key: func(t *translation, s setting) Verdict {
			if s.kind != atGlobal || s.value.on {
				return Unset
			}
			t.topServer().DeclineProbationPeriod = new(uint32(0))
			t.ledger.add(s.st, Finding{
				Code: "declines", Severity: S2, Verdict: Approximated, Fields: []string{"address"},
				Clients: "clients that decline an address",
				Message: "dhcpd was told not to listen to DHCPDECLINE; Kea always does. With a probation period of 0 a declined address is free again at once.",
			}, s.pointer+"/decline-probation-period")
			return Approximated
		},
		lack: Finding{
			Code: "declines", Severity: S2, Fields: []string{"address"}, Clients: "clients that decline an address",
			Message: "Kea listens to DHCPDECLINE; a declined address is kept out of use for decline-probation-period seconds.",
		},
	},
	{
		name: "leasequery", initial: "off",
		lack: Finding{
			Code: "leasequery", Severity: S2, Fields: []string{"answered"}, Clients: "relays and access concentrators that ask for leases (RFC 4388, RFC 5007)",
			Audience: Audience{Messages: []string{"leasequery"}},
			Message:  "Kea answers lease queries with its hook lease_query, which wants the addresses of those that may ask; dhcpd answers everybody.",
			Remedy:   "load libdhcp_lease_query.so with \"requesters\" (open source from Kea 3.0)",
		},
	},
	{
		name: "server-id-check", only: only4, initial: "off",
		key: everywhere(Default), // Kea always checks
	},
	{
		name: "echo-client-id", only: only4, initial: "off",
		key: func(t *translation, s setting) Verdict {
			if s.kind != atGlobal {
				return Unset
			}
			t.dhcp4.EchoClientID = new(s.value.on)
			return Translated
		},
		lack: Finding{
			Code: "echo-client-id", Severity: S1, Fields: []string{"option 61"},
			Message: "Kea returns the client identifier to all clients or to none.",
		},
	},
	{
		name: "get-lease-hostnames", initial: "off",
		lack: Finding{
			Code: "get-lease-hostnames", Severity: S2, Fields: []string{"option 12"},
			Clients: "clients that ask for a host name and have none configured",
			Message: "dhcpd looks up the name of each address in the DNS and sends it as host name; Kea does not.",
			Remedy:  "give the hosts reservations with a hostname, or do without",
		},
	},
	{
		name: "use-host-decl-names", initial: "off",
		// The reservations pass writes the names.
		key: func(t *translation, s setting) Verdict {
			if s.kind == atClass && !t.v6() {
				return Unset
			}
			if s.value.on && !t.v6() {
				return Translated
			}
			return Default
		},
		lack: Finding{
			Code: "host-name-place", Severity: S2, Fields: []string{"option 12"}, Clients: "hosts that are members of the class",
			Message: "dhcpd sends members of the class the name of their host declaration. Kea's reservations have one hostname for all, and the class cannot say more.",
			Remedy:  "write \"option host-name\" into the hosts",
		},
	},
	{
		name: "use-lease-addr-for-default-route", only: only4, initial: "off",
		lack: Finding{
			Code: "lease-address-as-router", Severity: S3, Fields: []string{"option 3"},
			Clients: "clients of this scope",
			Message: "dhcpd names the client's own address as its router, for links with proxy ARP; Kea has no way to do that.",
			Remedy:  "configure a router that answers ARP for all, and name it in option routers",
		},
	},
	{
		name: "stash-agent-options", only: only4,
		key: func(t *translation, s setting) Verdict {
			switch {
			case !s.value.on:
				return Default
			case s.kind == atGlobal && t.opts.Target >= keaversion.V2_6:
				t.dhcp4.StashAgentOptions = new(true)
				t.dhcp4.StoreExtendedInfo = new(true)
				return Translated
			}
			return Unset
		},
		lack: Finding{
			Code: "stash-agent-options", Severity: S2, Fields: []string{"class"},
			Clients: "relayed clients when they renew directly with the server",
			Message: "dhcpd remembers what the relay added and uses it when the client renews without the relay; this version of Kea does not.",
			Remedy:  "do not make renewals depend on relay options, or use Kea 2.6 or later",
		},
	},
	{
		name: "limited-broadcast-address", only: only4, startup: true, initial: "255.255.255.255",
		lack: Finding{
			Code: "limited-broadcast-address", Severity: S2, Fields: []string{"destination address"},
			Message: "Kea broadcasts to 255.255.255.255 and to no other address.",
		},
	},
	{
		name: "always-reply-rfc1048", only: only4, initial: "off",
		lack: Finding{
			Code: "bootp-parameter", Severity: S1, Clients: "BOOTP clients", Audience: Audience{Messages: bootpMessages},
			Message: "this makes dhcpd send options in the RFC 1048 form to BOOTP clients that do not ask for it; Kea's bootp hook has no such switch.",
		},
	},
	{
		name: "filename", only: only4, foreign: true,
	},
	{
		name: "server-name", only: only4, foreign: true,
	},
	{
		name: "next-server", only: only4, foreign: true,
	},
	{
		name: "prefix-length-mode", only: only6, startup: true, initial: "prefer",
		lack: Finding{
			Code: "prefix-length-mode", Severity: S2, Fields: []string{"IA_PD"},
			Clients: "clients that ask for a prefix of a certain length",
			Message: "dhcpd can insist on, ignore or bound the length of the prefix that a client asks for; Kea prefers a pool with that length and takes another one otherwise, as dhcpd does with \"prefer\".",
			Remedy:  "keep pools of one length only in a subnet",
		},
	},
	{
		name: "limit-addrs-per-ia", only: only6, initial: "1", lack: perIA,
	},
	{
		name: "limit-prefs-per-ia", only: only6, initial: "1", lack: perIA,
	},
	{
		name: "release-on-roam", only: only6, initial: "off",
		lack: Finding{
			Code: "release-on-roam", Severity: S1, Fields: []string{"leases"},
			Message: "dhcpd releases a client's lease when it moves to another network; Kea keeps it until it ends.",
		},
	},
	{
		name: "dhcpv6-set-tee-times", only: only6, initial: "off",
		key:  flagKey(func(k *keaconf.Parameters) **bool { return &k.CalculateTeeTimes }, false),
		lack: Finding{Severity: S1, Fields: []string{"T1", "T2"}},
	},
}

var perIA = Finding{
	Code: "leases-per-ia", Severity: S2, Fields: []string{"IA_NA", "IA_PD"},
	Clients: "clients that ask for several addresses or prefixes in one IA",
	Message: "Kea gives one lease for each IA.",
	Remedy:  "let clients send several IAs",
}

// leaseParameters are about leases and how they are kept.
var leaseParameters = []parameter{
	{
		name: "dhcp-cache-threshold", initial: "25",
		key: func(t *translation, s setting) Verdict {
			if s.keys == nil {
				return Unset
			}
			s.keys.CacheThreshold = t.cacheThreshold(s.value.num, s.kind == atGlobal)
			return Translated
		},
		lack: Finding{Severity: S1, Fields: []string{"lease-time"}},
	},
	{
		name: "ignore-client-uids", only: only4, initial: "off",
		key:  flagKey(func(k *keaconf.Parameters) **bool { return &k.MatchClientID }, true),
		lack: Finding{Severity: S2, Fields: []string{"address"}},
	},
	{
		name: "abandon-lease-time", startup: true, initial: "86400",
		key: func(t *translation, s setting) Verdict {
			if t.topServer().DeclineProbationPeriod == nil { // else "deny declines" has said 0
				t.topServer().DeclineProbationPeriod = new(uint32(s.value.num))
			}
			return Translated
		},
	},
	{
		name: "adaptive-lease-time-threshold", only: only4, initial: "100",
		key: (*translation).adaptiveLeaseTime,
		lack: Finding{
			Code: "adaptive-lease-time", Severity: S2, Fields: []string{"lease-time"},
			Clients: "new clients while a pool is nearly full",
			Message: "dhcpd gives shorter leases when a pool is used beyond this percentage; this version of Kea does not.",
			Remedy:  "watch the pools (statistics) and shorten the lifetimes by hand",
		},
	},
	{
		name: "infinite-is-reserved", initial: "off",
		lack: Finding{
			Code: "infinite-is-reserved", Severity: S2, Fields: []string{"leases"},
			Clients: "clients with an infinite lease",
			Message: "dhcpd turns infinite leases into reservations that survive a release; Kea does not.",
			Remedy:  "write reservations for these clients",
		},
	},
	{
		name: "dynamic-bootp", only: only4, // read by nobody since 4.0
		key: everywhere(Ignored),
	},
	{
		name: "dynamic-bootp-lease-cutoff", only: only4, key: (*translation).bootpLeaseTime, lack: bootpLeaseTime,
	},
	{
		name: "dynamic-bootp-lease-length", only: only4, key: (*translation).bootpLeaseTime, lack: bootpLeaseTime,
	},
	{
		name: "delayed-ack", startup: true, initial: "0", key: everywhere(Default),
		// Kea does not wait for the disk at all.
	},
	{
		name: "max-ack-delay", startup: true, initial: "250000", key: everywhere(Default),
	},
	{
		name: "dont-use-fsync", startup: true, initial: "off", key: everywhere(Default),
	},
}

var bootpLeaseTime = Finding{
	Code: "bootp-parameter", Severity: S2, Fields: []string{"lease-time"}, Clients: "BOOTP clients without a reservation", Audience: Audience{Messages: bootpMessages},
	Message: "the leases of BOOTP clients that Kea's bootp hook gives out do not end.",
	Remedy:  "delete the leases of BOOTP clients that are gone with the command lease4-del",
}

// adaptiveLeaseTime says what Kea 3.2 has: it demands an allocator that keeps
// every free address in memory, which is for the operator to choose.
func (t *translation) adaptiveLeaseTime(s setting) Verdict {
	if t.opts.Target < keaversion.V3_2 || s.value.num >= 100 {
		return Unset
	}
	t.ledger.add(s.st, Finding{
		Code: "adaptive-lease-time", Severity: S2, Verdict: Manual, Fields: []string{"lease-time"},
		Clients: "new clients while a pool is nearly full",
		Message: "Kea 3.2 can give the least lifetime when a pool is used beyond a share, but only with an allocator that keeps all free addresses in memory, so that it was not switched on.",
		Remedy:  fmt.Sprintf("write \"allocator\": \"flq\" and \"adaptive-lease-time-threshold\": %.2f into the subnets", float64(s.value.num)/100),
	}, s.pointer)
	return Manual
}

// bootpLeaseTime says what becomes of the limits on dynamic BOOTP leases: they
// are about pools with "dynamic-bootp" only.
func (t *translation) bootpLeaseTime(setting) Verdict {
	if t.hasDynamicBootp() {
		return Unset
	}
	return Ignored
}

// cacheThreshold turns dhcpd's percentage into Kea's fraction, which must be
// above 0 and below 1. Zero switches it off: at the top by saying nothing,
// further in by a fraction that no lease is young enough for.
func (t *translation) cacheThreshold(percent int64, global bool) *float64 {
	switch {
	case percent <= 0 && global:
		return nil
	case percent <= 0:
		return new(0.000001)
	case percent >= 100:
		return new(0.99)
	}
	return new(float64(percent) / 100)
}
