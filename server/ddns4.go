package server

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
)

// NameChange asks kea-dhcp-ddns for a change of DNS (Kea manual, "The DHCP-DDNS
// Server").
type NameChange struct {
	Remove           bool
	Forward, Reverse bool
	FQDN             string // with a dot at the end
	Address          netip.Addr
	DHCID            string // hexadecimal, RFC 4701
	Expires          int64  // seconds since 1970
	TTL              uint32 // seconds
	ConflictMode     string
}

// htypeEthernet is the type of hardware that leases are of: they do not say it.
const htypeEthernet = 1

// AddName has DNS told about the name of a lease.
func (s *Server4) AddName(l *lease.Lease4) { s.changeName(l, s.ddnsOf(l), false) }

// RemoveName has the name of a lease taken out of DNS.
func (s *Server4) RemoveName(l *lease.Lease4) { s.changeName(l, s.ddnsOf(l), true) }

// ddnsOf are the settings of the subnet of a lease.
func (s *Server4) ddnsOf(l *lease.Lease4) *config.DDNS {
	if n, ok := s.conf.BySubnetID(l.SubnetID); ok {
		return n.DDNSAt(l.Address)
	}
	return &s.conf.Global.DDNS
}

func (s *Server4) changeName(l *lease.Lease4, d *config.DDNS, remove bool) {
	if s.update == nil || !s.conf.UpdatesEnabled || !d.Send || l.Hostname == "" || !l.FQDNFwd && !l.FQDNRev {
		return
	}
	name := l.Hostname
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	ttl := timeToLive(d, l.Valid)
	s.update(NameChange{Remove: remove, Forward: l.FQDNFwd, Reverse: l.FQDNRev, FQDN: name, Address: l.Address, DHCID: dhcid(l, name),
		Expires: l.CLTT + int64(ttl), TTL: ttl, ConflictMode: d.ConflictMode})
}

// nameLease tells DNS about a lease that a client got in the place of another one,
// or of none (old is nil).
func (s *Server4) nameLease(x *exchange, l, old *lease.Lease4) {
	if x.query.Classes.Has(s.conf.BuiltIn.SkipDDNS) {
		return
	}
	d := x.subnet.DDNSAt(l.Address)
	if old == nil {
		s.changeName(l, d, false)
		return
	}
	if d.UpdateOnRenew || old.Hostname != l.Hostname || old.FQDNFwd != l.FQDNFwd || old.FQDNRev != l.FQDNRev {
		s.changeName(old, d, true)
		s.changeName(l, d, false)
	}
}

// Limits of times in DNS, in seconds.
const (
	leastTTL = 600
	ttlPart  = 1.0 / 3
)

func timeToLive(d *config.DDNS, valid uint32) uint32 {
	if d.TTL > 0 {
		return d.TTL
	}
	part, least := ttlPart, uint32(leastTTL)
	if d.TTLPercent > 0 {
		part = d.TTLPercent
	}
	if d.TTLMin > 0 {
		least = d.TTLMin
	}
	ttl := max(uint32(math.Round(float64(valid)*part)), least)
	if d.TTLMax > 0 {
		ttl = min(ttl, d.TTLMax)
	}
	return ttl
}

// dhcid tells in DNS whose name it is (RFC 4701 section 3.3).
func dhcid(l *lease.Lease4, name string) string {
	const (
		ofHardware, ofClientID, ofDUID = 0, 1, 2
		sha256Digest                   = 1
		duidAt                         = 5 // in a client identifier (RFC 4361)
	)
	kind, id := byte(ofHardware), append([]byte{htypeEthernet}, l.HWAddr...)
	if len(l.ClientID) > 0 {
		kind, id = ofClientID, append([]byte(nil), l.ClientID...)
		if len(l.ClientID) > duidAt && l.ClientID[0] == 255 {
			kind, id = ofDUID, append([]byte(nil), l.ClientID[duidAt:]...)
		}
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(strings.ToLower(name), "."), ".") {
		id = append(append(id, byte(len(label))), label...)
	}
	sum := sha256.Sum256(append(id, 0))
	return strings.ToUpper(hex.EncodeToString(append([]byte{0, kind, sha256Digest}, sum[:]...)))
}
