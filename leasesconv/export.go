package leasesconv

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Exported counts what an export has written.
type Exported struct {
	Active    int
	Abandoned int
	Free      int // ended leases that still tell whose they were
	Left      int // leases that dhcpd would not keep either: ended ones of DHCPv6
	// DNS counts the leases with DNS records: dhcpd does not know the proof of
	// ownership that Kea has put beside them.
	DNS int
	// NoDUID: the server's DUID is not known (DHCPv6).
	NoDUID bool
}

// Export4 writes leases of Kea as a lease file of dhcpd.
func Export4(ctx context.Context, w io.Writer, leases iter.Seq2[lease.Lease4, error]) (*Exported, error) {
	out := &Exported{}
	b := bufio.NewWriter(w)
	row := dhcpdleases.AppendHeader(nil, false)
	n := 0
	for l, err := range leases {
		if err != nil {
			return nil, err
		}
		row = dhcpdleases.Format{}.Append(row, out.entry4(&l))
		if _, err := b.Write(row); err != nil {
			return nil, err
		}
		row = row[:0]
		if n++; n%entriesPerCheck == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if _, err := b.Write(row); err != nil {
		return nil, err
	}
	return out, b.Flush()
}

// entry4 is a lease as dhcpd keeps it.
func (x *Exported) entry4(l *lease.Lease4) *dhcpdleases.Lease4 {
	e := &dhcpdleases.Lease4{Address: l.Address, Starts: l.CLTT, CLTT: l.CLTT, Ends: ends(&l.Terms),
		State: dhcpdleases.Active, Next: dhcpdleases.Free, Rewind: dhcpdleases.Free}
	switch l.State {
	case lease.Assigned:
		x.Active++
	case lease.Declined:
		x.Abandoned++
		e.State = dhcpdleases.Abandoned
	default:
		x.Free++
		e.State = dhcpdleases.Free
	}
	if len(l.HWAddr) > 0 {
		e.HasHardware, e.HardwareType, e.Hardware = true, 1, l.HWAddr
	}
	if len(l.ClientID) > 0 {
		e.HasUID, e.UID = true, l.ClientID
	}
	var kept kept
	kept.read(l.UserContext)
	e.AgentOptions, e.Reserved, e.BOOTP, e.Billing = kept.agent, kept.Reserved, kept.BOOTP, kept.billing()
	e.Variables = append(kept.variables(), x.names(&l.Terms, l.Address)...)
	if l.Hostname != "" {
		e.HasHostname, e.ClientHostname = true, []byte(strings.TrimSuffix(l.Hostname, "."))
		if l.FQDNFwd {
			e.ClientHostname, _, _ = bytes.Cut(e.ClientHostname, []byte("."))
		}
	}
	return e
}

// ends is when a lease ends, as dhcpd has it: it knows no time after January 2038.
func ends(t *lease.Terms) int64 {
	if t.Valid == lease.Infinite {
		return dhcpdleases.Never
	}
	return min(t.Expire(), dhcpdleases.Never)
}

// names are the variables in which dhcpd keeps which DNS records a lease has.
func (x *Exported) names(t *lease.Terms, a netip.Addr) []dhcpdleases.Variable {
	if t.State != lease.Assigned || t.Hostname == "" || !t.FQDNFwd && !t.FQDNRev {
		return nil
	}
	x.DNS++
	var vars []dhcpdleases.Variable
	if t.FQDNFwd {
		vars = append(vars, textVariable("ddns-fwd-name", strings.TrimSuffix(t.Hostname, ".")))
	}
	if t.FQDNRev {
		vars = append(vars, textVariable("ddns-rev-name", reverseName(a)))
	}
	return vars
}

func textVariable(name, value string) dhcpdleases.Variable {
	return dhcpdleases.Variable{Name: []byte(name), Value: dhcpdleases.Value{Kind: dhcpdleases.Text, Data: []byte(value)}}
}

// reverseName is the name of an address in DNS (RFC 1035 section 3.5, RFC 3596
// section 2.5).
func reverseName(a netip.Addr) string {
	var b strings.Builder
	if a.Is4() {
		for _, octet := range slices.Backward(a.AsSlice()) {
			fmt.Fprintf(&b, "%d.", octet)
		}
		return b.String() + "in-addr.arpa."
	}
	for _, octet := range slices.Backward(a.AsSlice()) {
		fmt.Fprintf(&b, "%x.%x.", octet&15, octet>>4)
	}
	return b.String() + "ip6.arpa."
}

// Export6 writes leases of Kea as a lease file of dhcpd -6: what an identity
// association (IA) has is one entry. The DUID of the server is what its clients
// know it by; nil leaves dhcpd to make a new one.
func Export6(ctx context.Context, w io.Writer, serverDUID []byte, leases iter.Seq2[lease.Lease6, error]) (*Exported, error) {
	out := &Exported{}
	type key struct {
		kind dhcpdleases.IAKind
		iaid uint32
		duid string
	}
	all := map[key]*dhcpdleases.IA{}
	n := 0
	for l, err := range leases {
		if err != nil {
			return nil, err
		}
		b, ok := out.binding6(&l)
		if !ok {
			continue
		}
		k := key{dhcpdleases.NA, l.IAID, string(l.DUID)}
		if l.Type == lease.PD {
			k.kind = dhcpdleases.PD
		}
		ia := all[k]
		if ia == nil {
			ia = &dhcpdleases.IA{Kind: k.kind, IAID: l.IAID, DUID: l.DUID, Key: dhcpdleases.Key(l.IAID, l.DUID, false)}
			all[k] = ia
		}
		ia.CLTT = max(ia.CLTT, l.CLTT)
		ia.Bindings = append(ia.Bindings, b)
		if n++; n%entriesPerCheck == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	b := bufio.NewWriter(w)
	row := dhcpdleases.AppendHeader(nil, false)
	if len(serverDUID) > 0 {
		row = dhcpdleases.Format{}.Append(row, &dhcpdleases.ServerDUID{DUID: serverDUID})
	}
	ordered := make([]*dhcpdleases.IA, 0, len(all))
	for _, ia := range all {
		ordered = append(ordered, ia)
	}
	slices.SortFunc(ordered, func(a, b *dhcpdleases.IA) int {
		return cmp.Or(a.Bindings[0].Prefix.Addr().Compare(b.Bindings[0].Prefix.Addr()), cmp.Compare(a.Kind, b.Kind))
	})
	for _, ia := range ordered {
		row = dhcpdleases.Format{}.Append(row, ia)
		if _, err := b.Write(row); err != nil {
			return nil, err
		}
		row = row[:0]
	}
	if _, err := b.Write(row); err != nil {
		return nil, err
	}
	return out, b.Flush()
}

// binding6 is a lease as dhcpd keeps it; ended ones it does not keep.
func (x *Exported) binding6(l *lease.Lease6) (dhcpdleases.Binding6, bool) {
	b := dhcpdleases.Binding6{Prefix: l.Prefix(), State: dhcpdleases.Active, Preferred: l.Preferred, Valid: l.Valid, Ends: ends(&l.Terms)}
	switch l.State {
	case lease.Assigned, lease.Registered:
		x.Active++
	case lease.Declined:
		x.Abandoned++
		b.State = dhcpdleases.Abandoned
	default:
		x.Left++
		return b, false
	}
	var kept kept
	kept.read(l.UserContext)
	b.Variables = append(kept.variables(), x.names(&l.Terms, l.Address)...)
	return b, true
}

// kept is what an import has put into the user context of a lease.
type kept struct {
	Reserved bool                       `json:"reserved"`
	BOOTP    bool                       `json:"dynamic-bootp"`
	Vars     map[string]json.RawMessage `json:"vars"`
	Bill     json.RawMessage            `json:"billing"`
	agent    []dhcpdleases.AgentOption
}

// read reads a user context; one that others have written has nothing in it for
// dhcpd.
func (k *kept) read(text string) {
	if text == "" {
		return
	}
	var context struct {
		ISC struct {
			Agent json.RawMessage `json:"relay-agent-info"`
		} `json:"ISC"`
		Dhcpd json.RawMessage `json:"isc-dhcp"`
	}
	if json.Unmarshal([]byte(text), &context) != nil {
		return
	}
	if context.Dhcpd != nil && json.Unmarshal(context.Dhcpd, k) != nil {
		*k = kept{}
	}
	var options struct {
		Sub string `json:"sub-options"`
	}
	if json.Unmarshal(context.ISC.Agent, &options.Sub) != nil && json.Unmarshal(context.ISC.Agent, &options) != nil {
		return
	}
	data, ok := fromHex(options.Sub)
	for ok && len(data) >= 2 && len(data) >= 2+int(data[1]) {
		k.agent = append(k.agent, dhcpdleases.AgentOption{Code: data[0], Data: data[2 : 2+data[1]]})
		data = data[2+data[1]:]
	}
}

func (k *kept) billing() dhcpdleases.Billing {
	var class string
	var both []string
	switch {
	case k.Bill == nil:
	case json.Unmarshal(k.Bill, &class) == nil:
		return dhcpdleases.Billing{Given: true, Class: bytesOf(class)}
	case json.Unmarshal(k.Bill, &both) == nil && len(both) == 2:
		return dhcpdleases.Billing{Given: true, Class: bytesOf(both[0]), Subclass: true, Data: bytesOf(both[1])}
	}
	return dhcpdleases.Billing{}
}

// variables returns the variables in the order of their names.
func (k *kept) variables() []dhcpdleases.Variable {
	var vars []dhcpdleases.Variable
	for name, raw := range k.Vars {
		v := dhcpdleases.Variable{Name: []byte(name)}
		var text string
		switch {
		case json.Unmarshal(raw, &v.Value.Number) == nil:
			v.Value.Kind = dhcpdleases.Number
		case json.Unmarshal(raw, &v.Value.Bool) == nil:
			v.Value.Kind = dhcpdleases.Bool
		case json.Unmarshal(raw, &text) == nil:
			v.Value.Kind, v.Value.Data = dhcpdleases.Text, bytesOf(text)
		default:
			continue
		}
		vars = append(vars, v)
	}
	slices.SortFunc(vars, func(a, b dhcpdleases.Variable) int { return bytes.Compare(a.Name, b.Name) })
	return vars
}

// bytesOf reads what appendJSON has written.
func bytesOf(text string) []byte {
	if data, ok := fromHex(text); ok {
		return data
	}
	return []byte(text)
}

func fromHex(text string) ([]byte, bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return nil, false
	}
	data, err := hex.DecodeString(digits)
	return data, err == nil
}

// ReadServerDUID reads the file in which kea-dhcp6 keeps its DUID, one line of
// hexadecimal digits with colons.
func ReadServerDUID(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return nil, err
	}
	duid, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), ":", ""))
	if err != nil || len(duid) < 3 || len(duid) > 130 {
		return nil, errors.New("this is not the DUID of a server in hexadecimal digits")
	}
	return duid, nil
}
