package exchange

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
)

// A Rule is one line of the rule book: what has to be equal, or what may differ.
type Rule struct {
	ID     string
	Fields string // which fields it is about, for people
	Text   string
	Why    string // for rules that allow a difference
	// allows reports whether the rule allows a difference; nil for the rules
	// that demand equality.
	allows func(*pair) bool
}

// pair is one field of two answers to the same message.
type pair struct {
	*comparison
	client    *client.Client
	step      client.Step
	field     string
	want, got string // empty: not there
	original  Answer // that of want
	answer    Answer // that of got
	at        time.Time
}

// Rules returns the rule book. The first rule that allows a difference counts.
func Rules() []Rule { return append([]Rule{}, rules...) }

var rules = []Rule{
	{ID: "answered", Fields: "answered", Text: "Each message is answered by both servers or by none, with the same type of message. A BOOTREPLY without an address counts as none."},
	{ID: "values", Fields: "address, siaddr, sname, file, lifetimes, T1, T2, prefix, status codes", Text: "Equal: reserved addresses and prefixes, the fields for booting, every lifetime, every status code."},
	{ID: "options", Fields: "option N", Text: "Options have the same value. Names are compared as names: compression and NUL bytes at the end of text do not count."},

	{ID: "free-address", Fields: "address, prefix", Text: "Which free address of a pool a client gets, or of several pools of the network with the same permits, unless it is a host and dhcpd gives it a fixed address of that, asks for one and dhcpd gives it that, or has had a lease since before (the lease file says so).",
		Why: "The servers choose in different ways, and no client can rely on either.",
		allows: func(p *pair) bool {
			return (p.field == "address" || p.field == "prefix") && p.interchangeable() && !p.fixed() && !p.granted() && !p.kept()
		}},
	{ID: "refusal", Fields: "answered", Text: "A DHCPNAK or silence as an answer to a DHCPREQUEST.",
		Why: "Either way the client begins again; matters of authority have findings of their own.",
		allows: func(p *pair) bool {
			return p.field == "answered" && (p.want == "NAK" && p.got == "silence" || p.want == "silence" && p.got == "NAK")
		}},
	{ID: "inform-answered", Fields: "answered", Text: "An answer of Kea to a DHCPINFORM where dhcpd is not authoritative and says nothing.",
		Why: "The client asks for no more than the options of its network, and gets those.",
		allows: func(p *pair) bool {
			return p.field == "answered" && p.step == client.Inform && p.want == "silence" && p.got == "ACK" && p.withoutAuthority()
		}},
	{ID: "foreign-inform", Fields: "answered", Text: "An answer of Kea to an Information-request from a network that is not declared (DHCPv6).",
		Why: "It holds the options of the whole server; dhcpd answers clients of its networks only. No address is given.",
		allows: func(p *pair) bool {
			return p.field == "answered" && p.step == client.Inform && p.client.V6 && p.want == "silence" && p.got == "REPLY" && p.client.Relay.IsValid() && p.conf.SubnetOf(p.client.Relay) == nil
		}},
	{ID: "nothing-to-offer", Fields: "answered", Text: "Silence of dhcpd where Kea says that it has no address or prefix (DHCPv6).",
		Why: "Clients take no notice of such an ADVERTISE (RFC 8415 section 18.2.9).",
		allows: func(p *pair) bool {
			return p.field == "answered" && p.want == "silence" && p.got == "ADVERTISE" && p.answer.Fields["address"] == "" && p.answer.Fields["prefix"] == ""
		}},
	{ID: "unasked", Fields: "option 3, 6, 12, 15", Text: "Routers, DNS servers, the domain name and the name of a reservation, when Kea sends them to a client that did not ask.",
		Why: "Kea always sends these four; dhcpd sends what the client asks for. Clients pass over what they did not ask for.",
		allows: func(p *pair) bool {
			return p.want == "" && !p.asked() && !p.client.V6 && slices.Contains([]string{"option 3", "option 6", "option 12", "option 15"}, p.field)
		}},
	{ID: "name-case", Fields: "option 12", Text: "Capital letters in the host name.",
		Why: "Kea writes the names of reservations in small letters; host names are the same in either (RFC 4343).",
		allows: func(p *pair) bool {
			want, err := hex.DecodeString(strings.TrimPrefix(p.want, "0x"))
			got, err2 := hex.DecodeString(strings.TrimPrefix(p.got, "0x"))
			return p.field == "option 12" && !p.client.V6 && err == nil && err2 == nil && len(want) > 0 && bytes.EqualFold(want, got)
		}},
	{ID: "no-lease", Fields: "T1, T2, option N", Text: "What stands beside the status of an IA that has no address or prefix (DHCPv6).",
		Why: "The servers agree that the client gets nothing. There is nothing to renew, and clients do not use the options of such an answer (RFC 8415 section 18.2.9).",
		allows: func(p *pair) bool {
			return p.client.V6 && p.step != client.Inform && (p.option() && p.refused("IA_NA") && p.refused("IA_PD") ||
				(p.field == "T1" || p.field == "T2") && p.refused("IA_NA") ||
				(p.field == "prefix T1" || p.field == "prefix T2") && p.refused("IA_PD"))
		}},
	{ID: "no-prefix", Fields: "IA_PD, IA_NA", Text: "An IA that dhcpd leaves out where Kea says that it has nothing for it (DHCPv6).",
		Why: "Either way the client has no such lease.",
		allows: func(p *pair) bool {
			return p.client.V6 && (p.field == "IA_NA" || p.field == "IA_PD") && p.want == "" &&
				(p.got == statusNames[noAddress] || p.got == statusNames[noPrefix] || p.got == statusNames[noBinding]) && p.refused(p.field)
		}},
	{ID: "no-list", Fields: "option N", Text: "Options that dhcpd sends to a client without a list of wishes, or with BOOTP unasked, and Kea does not; but not routers, DNS servers and the domain name.",
		Why: "dhcpd sends all it has to a client without a Parameter Request List, and to BOOTP clients; Kea only those that it sends to every client, of which there are these three. Ordinary clients have a list.",
		allows: func(p *pair) bool {
			return p.option() && p.got == "" && !slices.Contains([]string{"option 3", "option 6", "option 15"}, p.field) &&
				(!p.hasList() || p.step == client.Bootp && !p.asked())
		}},
	{ID: "name-echo", Fields: "option 12", Text: "The client's own name, when Kea sends it back, also with a domain behind it or with other characters for those that names do not have.",
		Why: "Clients know their name.",
		allows: func(p *pair) bool {
			name, sent := p.client.Option(12)
			got, err := hex.DecodeString(strings.TrimPrefix(p.got, "0x"))
			return p.field == "option 12" && !p.client.V6 && p.want == "" && sent && err == nil && isNameOf(got, name)
		}},
	{ID: "id-echo", Fields: "option 61", Text: "The client's own identifier, when Kea sends it back.",
		Why: "RFC 6842 demands it of servers; RFC 2131 forbade it. Clients know both.",
		allows: func(p *pair) bool {
			id, _ := p.client.Option(61)
			own := fmt.Sprintf("0x%x", id)
			return p.field == "option 61" && !p.client.V6 && p.want == "" && p.got == own
		}},
	{ID: "inform-mask", Fields: "option 1", Text: "The subnet mask in the answer to a DHCPINFORM, which Kea does not send.",
		Why: "Kea takes the mask from the subnet of the lease, and with DHCPINFORM there is none; a client that sends one has an address and a mask.",
		allows: func(p *pair) bool {
			return p.field == "option 1" && p.step == client.Inform && !p.client.V6 && p.got == ""
		}},
	{ID: "rounding", Fields: "T1, T2", Text: "One second of T1 or T2.",
		Why: "They are fractions of a lifetime; dhcpd rounds down, Kea to the nearest second.",
		allows: func(p *pair) bool {
			want, err := strconv.Atoi(p.want)
			got, err2 := strconv.Atoi(p.got)
			return (strings.HasSuffix(p.field, "T1") || strings.HasSuffix(p.field, "T2")) && err == nil && err2 == nil && got-want == 1
		}},
	{ID: "release", Fields: "status, T1, T2, IA_NA, IA_PD, option N", Text: "What DHCPv6 servers say in the answer to a message that gives a lease up, apart from a refusal.",
		Why: "dhcpd says success; Kea repeats the IA with a status, and says that there is no such lease for an IA that never had one. The client is done whatever the answer is (RFC 8415 sections 18.2.7 and 18.2.8).",
		allows: func(p *pair) bool {
			done := func(status string) bool {
				return status == "" || status == statusNames[success] || status == statusNames[noBinding]
			}
			return p.client.V6 && p.field != "answered" && (p.step == client.Release || p.step == client.Decline) &&
				(p.field != "status" || done(p.want) && done(p.got))
		}},
	{ID: "nak-server", Fields: "option 54", Text: "The server identifier of a DHCPNAK, unless the client chose the server.",
		Why: "Kea names its own address before it knows the subnet. A client that comes back takes a DHCPNAK from any server.",
		allows: func(p *pair) bool {
			return p.field == "option 54" && !p.client.V6 && p.answer.Type == "NAK" && p.step != client.Request
		}},
	{ID: "nak-options", Fields: "option N", Text: "Options that Kea adds to a DHCPNAK, other than the server identifier.",
		Why: "The hook flex_option changes each answer. A client takes from a DHCPNAK that it has to begin again and nothing else (RFC 2131 section 4.3.1 allows no others).",
		allows: func(p *pair) bool {
			return p.option() && !p.client.V6 && p.answer.Type == "NAK" && p.original.Type == "NAK" && p.field != "option 54" && p.want == ""
		}},
	{ID: "boot-room", Fields: "option N", Text: "Options that Kea sends to a BOOTP client and dhcpd does not.",
		Why: "dhcpd keeps to the 64 bytes for options that RFC 951 gives, and leaves out what has no room; Kea has more. Clients pass over options that they do not know.",
		allows: func(p *pair) bool {
			return p.option() && p.step == client.Bootp && p.want == ""
		}},
	{ID: "boot-dhcp", Fields: "T1, T2, option 50, 52, 54 to 57, 61", Text: "Options of DHCP itself in dhcpd's answer to a BOOTP client: times for renewal, the server identifier and the like.",
		Why: "dhcpd sends them where the file sets them. They are about messages and leases of DHCP (RFC 2132 section 9), of which BOOTP has none: its leases do not end, and there is nothing to renew them with.",
		allows: func(p *pair) bool {
			own := []string{"T1", "T2", "option 50", "option 52", "option 54", "option 55", "option 56", "option 57", "option 61"}
			return p.step == client.Bootp && p.got == "" && slices.Contains(own, p.field)
		}},
	{ID: "boot-server", Fields: "siaddr", Text: "The server's own address as boot server in the answer to a BOOTP client that gets no boot file.",
		Why: "dhcpd fills the field for hosts where the file sets no next-server; without the name of a file there is nothing to fetch.",
		allows: func(p *pair) bool {
			return p.field == "siaddr" && p.step == client.Bootp && p.got == "" && p.original.Fields["file"] == ""
		}},
	{ID: "message-text", Fields: "option 56", Text: "The text of a DHCPNAK.", Why: "It is for people.",
		allows: func(p *pair) bool {
			return p.field == "option 56" && !p.client.V6 && p.answer.Type == "NAK" && p.original.Type == "NAK"
		}},
	{ID: "end-of-time", Fields: "lease-time", Text: "An infinite lease: dhcpd's ends in January 2038, Kea's never.",
		Why: "dhcpd cannot express more.",
		allows: func(p *pair) bool {
			return isLifetime(p.field) && p.want == strconv.Itoa(endOfTime) && p.got == "4294967295"
		}},
	{ID: "several-leases", Fields: "address, answered", Text: "Which of several leases of its own a client keeps that has more than one in use in a network, by the lease file; also a DHCPNAK of Kea to a client that comes back with one of them.",
		Why:    "dhcpd finds a lease by the address that is asked for as well; Kea takes the first that it finds by the client's identifiers. The client has an address that is its own either way.",
		allows: func(p *pair) bool { return p.another() }},
	{ID: "unrecorded", Fields: "answered", Text: "Silence of Kea where a client that comes back asks for an address that is not its lease by the lease file, and dhcpd gives it that.",
		Why: "Where Kea has no lease and is not the authority it leaves the answer to other servers; the client begins again. Authoritative servers have a finding for this.",
		allows: func(p *pair) bool {
			return p.field == "answered" && p.want == "ACK" && p.got == "silence" && p.unrecorded()
		}},
	{ID: "young-lease", Fields: "lease-time, T1, T2", Text: "What is left of a lease of the lease file that dhcpd leaves as it is in its first quarter, where Kea gives the full time.",
		Why: "Kea leaves a lease as it is only where nothing of it changes, such as what the import notes beside it, and the lifetime is still the same. The client asks again later. What the full time is other clients show.",
		allows: func(p *pair) bool {
			return p.untouched() && (p.field == "lease-time" || (p.field == "T1" || p.field == "T2") && p.want == "")
		}},
	{ID: "clock", Fields: "lease-time, preferred-lifetime, T1 and T2 of DHCPv6", Text: fmt.Sprintf("Up to %d seconds of a lifetime, or of a time that is a part of one, once the client has a lease; one second in an offer; nothing where both run by one clock (keamigrate verify).", clockSlack),
		Why: "A lease that was renewed a moment ago is left as it is, and what remains of it is told, and T1 and T2 of DHCPv6 are parts of it.",
		allows: func(p *pair) bool {
			want, err := strconv.Atoi(p.want)
			got, err2 := strconv.Atoi(p.got)
			slack := clockSlack
			if p.step == client.Discover || p.step == client.Solicit {
				slack = 1 // the clock may have struck in between
			}
			timed := isLifetime(p.field) || p.client.V6 && (strings.HasSuffix(p.field, "T1") || strings.HasSuffix(p.field, "T2"))
			return !p.strict && timed && err == nil && err2 == nil && want-got <= slack && got-want <= slack
		}},
}

// clockSlack is how many seconds two runs of the same messages may be apart.
const clockSlack = 5

func isLifetime(field string) bool {
	return strings.HasSuffix(field, "lease-time") || strings.HasSuffix(field, "preferred-lifetime")
}

// fixed reports whether dhcpd gives the client an address that a host declaration has for
// it, even if it is one of a pool.
func (p *pair) fixed() bool {
	return p.field == "address" && slices.ContainsFunc(p.reserved[p.want], func(h *model.Host) bool { return IsHost(h, p.client) })
}

// granted reports whether dhcpd gives the client the address that it asks for.
func (p *pair) granted() bool {
	wish, ok := p.client.Option(codeRequestedAddress4)
	return p.field == "address" && !p.client.V6 && ok && (p.step == client.Discover || p.step == client.Request) && len(wish) == 4 && p.want == netip.AddrFrom4([4]byte(wish)).String()
}

// withoutAuthority reports whether dhcpd says nothing to a client's DHCPINFORM since it is
// not authoritative for its subnet. Without the original nobody knows.
func (p *pair) withoutAuthority() bool {
	if p.conf == nil {
		return true
	}
	at := p.client.CIAddr
	if !at.IsValid() {
		at = p.client.Relay
	}
	if b, ok := p.client.Option(codeSubnetSelection); ok && len(b) == 4 {
		at = netip.AddrFrom4([4]byte(b))
	}
	for _, o := range p.client.Agent {
		if o.Code == codeLinkSelection && len(o.Data) == 4 {
			at = netip.AddrFrom4([4]byte(o.Data))
		}
	}
	if !at.IsValid() { // it has a lease, in one of the subnets
		return slices.ContainsFunc(p.conf.Subnets, func(s *model.Subnet) bool { return !answer.Authoritative(s.Scope) })
	}
	sub := p.conf.SubnetOf(at)
	return sub != nil && !answer.Authoritative(sub.Scope)
}

// isNameOf reports whether a server's name for a client begins with the client's own.
func isNameOf(got, own []byte) bool {
	label := func(name []byte) string {
		first, _, _ := strings.Cut(strings.TrimRight(string(name), "\x00"), ".")
		return strings.Map(func(r rune) rune {
			if r < 0x80 && (r == '-' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z') {
				return r
			}
			return -1
		}, first)
	}
	return strings.EqualFold(label(got), label(own))
}

// held are the leases that the client had before its first message, if it has not given
// them up before this one.
func (p *pair) held() []Held {
	if p.leased == nil || p.client.V6 {
		return nil
	}
	given := slices.IndexFunc(p.client.Do, func(s client.Step) bool { return s == client.Release || s == client.Decline })
	if given >= 0 && slices.Contains(p.client.Do[given:], p.step) {
		return nil
	}
	return p.leased(p.client)
}

// holds returns one of the leases that the client had before.
func (p *pair) holds(address string) (Held, bool) {
	for _, h := range p.held() {
		if h.Address.String() == address {
			return h, true
		}
	}
	return Held{}, false
}

// kept reports whether dhcpd leaves the client the address of a lease that it had
// before the first message.
func (p *pair) kept() bool {
	h, ok := p.holds(p.want)
	return p.field == "address" && ok && !h.Other
}

// untouched reports whether dhcpd tells the client what remains of a lease from before.
func (p *pair) untouched() bool {
	if p.leased == nil || p.client.V6 {
		return false
	}
	for _, h := range p.leased(p.client) {
		left := h.Until - p.at.Unix()
		if h.Until == endOfTime {
			left = endOfTime
		}
		if p.original.Fields["address"] == h.Address.String() && p.original.Fields["lease-time"] == strconv.FormatInt(left, 10) {
			return true
		}
	}
	return false
}

// another reports whether the client has several leases of its own in a network, and Kea
// knows it there by another of them than dhcpd.
func (p *pair) another() bool {
	kept, err := netip.ParseAddr(p.original.Fields["address"])
	if err != nil || p.conf == nil {
		return false
	}
	at := p.conf.SubnetOf(kept)
	if at == nil {
		return false
	}
	// A lease without a client identifier is that of every client of the machine for Kea,
	// and a client without one has each of the machine's.
	var own []string
	for _, h := range p.held() {
		if s := p.conf.SubnetOf(h.Address); (!h.Other || h.Unnamed) && s != nil && s.Network == at.Network {
			own = append(own, h.Address.String())
		}
	}
	if len(own) < 2 || !slices.Contains(own, kept.String()) {
		return false
	}
	switch p.field {
	case "answered":
		return p.got == "NAK" && (p.step == client.Reboot || p.step == client.Renew || p.step == client.Rebind)
	case "address":
		return p.want == kept.String() && slices.Contains(own, p.got)
	}
	return false
}

// unrecorded reports whether a client that comes back asks for an address that is not
// its lease.
func (p *pair) unrecorded() bool {
	if p.leased == nil || p.client.V6 || p.step != client.Reboot {
		return false
	}
	_, ok := p.holds(p.original.Fields["address"])
	return !ok
}

const codeRequestedAddress4 = 50

// refused reports whether neither answer has an address, or a prefix, for the
// client; an IA that it does not ask for is refused in this sense too.
func (p *pair) refused(ia string) bool {
	field := "address"
	if ia == "IA_PD" {
		field = "prefix"
	}
	return p.original.Fields[field] == "" && p.answer.Fields[field] == ""
}

func (p *pair) option() bool {
	_, ok := optionCode(p.field)
	return ok
}

// The options that list what a client would like: Parameter Request List and
// Option Request.
const (
	list4 = 55
	list6 = 6
)

// hasList reports whether the client says which options it would like.
func (p *pair) hasList() bool {
	_, ok := p.list()
	return ok
}

func (p *pair) list() ([]byte, bool) {
	if p.client.V6 {
		return p.client.Option(list6)
	}
	return p.client.Option(list4)
}

// asked reports whether the client would like the option of this field.
func (p *pair) asked() bool {
	code, ok := optionCode(p.field)
	list, _ := p.list()
	size := 1
	if p.client.V6 {
		size = 2
	}
	for ; ok && len(list) >= size; list = list[size:] {
		n := uint32(list[0])
		if size == 2 {
			n = n<<8 | uint32(list[1])
		}
		if n == code {
			return true
		}
	}
	return false
}

// Markdown returns docs/equivalence.md: the rule book as a page for people.
func Markdown() []byte {
	out := []byte(`# When two answers are equivalent

A translation is right when Kea gives every client what dhcpd gave it. This page
says what that means: what must be equal in the answers to the same message, and
what may differ and why. It is generated from the table that the comparison
itself uses (` + "`go generate ./verify/exchange`" + `).

Both servers begin without leases and get the same messages in the same order.
Whatever no rule allows is a difference, and each difference must be named by a
finding of the report that has the field in its answer fields.

## What must be equal

| rule | fields | |
|---|---|---|
`)
	for _, r := range rules {
		if r.allows == nil {
			out = fmt.Appendf(out, "| `%s` | %s | %s |\n", r.ID, r.Fields, r.Text)
		}
	}
	out = append(out, "\n## What may differ\n\n| rule | fields | what | why |\n|---|---|---|---|\n"...)
	for _, r := range rules {
		if r.allows != nil {
			out = fmt.Appendf(out, "| `%s` | %s | %s | %s |\n", r.ID, r.Fields, r.Text, r.Why)
		}
	}
	return append(out, `
Not looked at: the order of options, the broadcast flag, the server's DUID (which
each server makes up, or the configuration gives), how long an answer takes.

When one server has given a client nothing to go on with, the client cannot send
what comes next; that is not counted as another difference.
`...)
}
