package translator

import (
	"math"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// maxTTL is the TTL that dhcpd gives DNS records at most, in seconds, where
// ddns-ttl says nothing.
const maxTTL = 3600

// recordTTLs gives DNS records the TTL that dhcpd gives them: ddns-ttl, or half
// of the lease time (DHCPv6: of the preferred lifetime), at most an hour. Kea
// without settings takes a third of the valid lifetime, at least ten minutes.
func (t *translation) recordTTLs() {
	if t.opts.Target < keaversion.V2_6 {
		t.ledger.add(nil, Finding{
			Code: "ddns-ttl", Severity: S1, Verdict: Approximated, Fields: []string{"DNS"},
			Message: "dhcpd gives DNS records a TTL of half of the lease time, at most an hour, or ddns-ttl; this version of Kea a third of the lease time, at least ten minutes.",
			Remedy:  "use Kea 2.6 or later, which has ddns-ttl-percent, or 3.0, which has ddns-ttl",
		}, t.root())
		return
	}
	top := t.topParameters()
	t.recordTTL(t.globalPlace(), top, 0)
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			t.recordTTL(t.networkPlace(n), &k.Parameters, ttlPercent(top))
		}
	}
	for _, s := range t.conf.Subnets {
		outer := top
		if k := t.networkOf[s.Network]; k != nil && ttlPercent(&k.Parameters) != 0 {
			outer = &k.Parameters
		}
		if k := t.subnetOf[s]; k != nil {
			t.recordTTL(t.subnetPlace(s), &k.Parameters, ttlPercent(outer))
		}
	}
	if t.opts.Target >= keaversion.V3_0 {
		top.DDNSTTLMin, top.DDNSTTLMax = new(uint32(1)), new(uint32(maxTTL))
		if top.DDNSTTL != nil {
			top.DDNSTTLMin, top.DDNSTTLMax = nil, nil // Kea takes one of the two
		}
	}
}

func ttlPercent(k *keaconf.Parameters) float64 {
	if k.DDNSTTLPercent == nil {
		return 0
	}
	return *k.DDNSTTLPercent
}

// recordTTL writes the TTL of a place where it is not that of the places around
// it. Before 3.0 it can only be a part of the lease time, and is exact for leases
// of the usual length only.
func (t *translation) recordTTL(p place, k *keaconf.Parameters, outer float64) {
	if k.DDNSTTL != nil {
		return
	}
	chain := p.chain()
	valid, half := uint32(0), uint32(0)
	if t.v6() {
		valid = chain.Lifetimes6().Default
		preferred, set := chain.Preferred()
		if set == nil {
			preferred = uint32(uint64(valid) * 5 / 8)
		}
		half = min(preferred, valid) / 2
	} else {
		valid = chain.Lifetimes4().Default
		half = valid / 2
	}
	percent := 0.5
	fixed, known := model.Number(chain.Setting("ddns-ttl"))
	switch {
	case t.opts.Target >= keaversion.V3_0 && known:
		return // of a place around this one
	case t.opts.Target < keaversion.V3_0 && (known || half > maxTTL):
		wanted := int64(min(half, maxTTL))
		f := Finding{
			Code: "ddns-ttl", Severity: S1, Verdict: Approximated, Fields: []string{"DNS"},
			Clients: "clients with leases of another length than default-lease-time",
			Message: "in this version of Kea the TTL of DNS records is a part of the lease time; ddns-ttl-percent gives what dhcpd gives (ddns-ttl, or half of the lease time and at most an hour) for leases of the usual length.",
			Remedy:  "use Kea 3.0 or later, which has ddns-ttl and ddns-ttl-max",
		}
		var st dhcpdconf.Statement
		if known {
			wanted, st = fixed, chain.Setting("ddns-ttl")
		}
		percent = part(wanted, valid)
		if percent != outer {
			t.ledger.add(st, f, p.pointer+"/ddns-ttl-percent")
		}
	case t.v6():
		percent = part(int64(half), valid)
	}
	if percent != outer {
		k.DDNSTTLPercent = &percent
	}
}

// part is a TTL as a fraction of the lease time, in the decimals that Kea's
// rounding to seconds needs.
func part(ttl int64, valid uint32) float64 {
	const decimals = 1e6
	return max(1/decimals, min(1, math.Round(decimals*float64(ttl)/float64(max(1, valid)))/decimals))
}
