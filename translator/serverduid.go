package translator

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// serverDUID keeps the server's identity, by which DHCPv6 clients renew.
func (t *translation) serverDUID() {
	st := t.conf.ServerDUID
	if st == nil || st.Generate {
		var at dhcpdconf.Statement
		f := Finding{
			Code: "server-duid-in-leases", Severity: S3, Verdict: Manual, Fields: []string{"answered"},
			Clients:  "all clients with a lease, when they renew for the first time after the change-over",
			Audience: Audience{Messages: []string{"renew", "release", "decline"}},
			Message:  "dhcpd makes its own DUID and keeps it in its lease file only; Kea would make another one, and clients would not renew with it until they rebind.",
			Remedy:   "convert again with --leases dhcpd6.leases, which takes the DUID over",
		}
		if st != nil {
			at = st
		}
		t.ledger.add(at, f, t.root()+"/server-id")
		return
	}
	id := duidOf(st)
	if id == nil {
		t.ledger.add(st, Finding{
			Code: "server-duid", Severity: S3, Verdict: Manual, Fields: []string{"answered"}, Clients: "all clients with a lease",
			Audience: Audience{Messages: []string{"renew", "release", "decline"}},
			Message:  "the DUID is of a type that Kea cannot be told: it takes LLT, EN and LL.",
			Remedy:   "write the DUID into the file kea-dhcp6-serverid in Kea's data directory, as octets joined by colons",
		}, t.root()+"/server-id")
		return
	}
	t.dhcp6.ServerID = id
	t.ledger.mark(st, Translated)
}

// duidOf returns Kea's form of a DUID (RFC 8415, section 11); nil when it is of
// a type that Kea's configuration has no form for.
func duidOf(st *dhcpdconf.ServerDUID) *keaconf.ServerID {
	kind, htype, time, enterprise, id := st.Type, uint32(st.HType), st.Time, st.Enterprise, st.Identifier
	if kind == "raw" {
		if len(id) < 4 {
			return nil
		}
		second := uint32(binary.BigEndian.Uint16(id[2:]))
		switch raw := id; binary.BigEndian.Uint16(raw) {
		case 1:
			if len(raw) < 8 {
				return nil
			}
			kind, htype, time, id = "LLT", second, binary.BigEndian.Uint32(raw[4:]), raw[8:]
		case 2:
			if len(raw) < 6 {
				return nil
			}
			kind, enterprise, id = "EN", binary.BigEndian.Uint32(raw[2:]), raw[6:]
		case 3:
			kind, htype, id = "LL", second, raw[4:]
		default:
			return nil
		}
	}
	s := &keaconf.ServerID{Type: kind, Identifier: strings.ToUpper(hex.EncodeToString(id)), Persist: new(true)}
	switch kind {
	case "LLT":
		s.HType, s.Time = &htype, &time
	case "LL":
		s.HType = &htype
	case "EN":
		s.EnterpriseID = &enterprise
	default:
		return nil
	}
	if len(id) == 0 {
		return nil
	}
	return s
}
