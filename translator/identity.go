package translator

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// identity is one thing that a host is recognised by.
type identity struct {
	kind  string // "hw-address", "client-id", "duid", "circuit-id", "flex-id"
	value string // as Kea writes it
}

// set writes the identity into a reservation.
func (id identity) set(res *keaconf.Reservation) {
	switch id.kind {
	case "hw-address":
		res.HWAddress = id.value
	case "client-id":
		res.ClientID = id.value
	case "duid":
		res.DUID = id.value
	case "circuit-id":
		res.More().CircuitID = id.value
	case "flex-id":
		res.More().FlexID = id.value
	}
}

func (r *reserver) identitiesOf(h *model.Host) []identity {
	var ids []identity
	if uid := r.clientID(h); uid != "" {
		ids = append(ids, identity{"client-id", uid})
	}
	if h.Hardware != nil {
		r.ledger.mark(h.Hardware, Translated)
		if len(h.Hardware.Address) > 0 {
			ids = append(ids, identity{"hw-address", colonHex(h.Hardware.Address)})
		}
		if h.Hardware.HType != 1 {
			r.ledger.add(h.Hardware, Finding{
				Code: "hardware-type", Severity: S2, Verdict: Approximated,
				Fields: []string{"address"}, Clients: "clients of another hardware type with the same address bytes",
				Message: fmt.Sprintf("Kea compares the bytes of the hardware address only, not the type %s.", h.Hardware.Type),
			}, "")
		}
	}
	for _, st := range h.Identifiers {
		if id, ok := r.hostIdentifier(st); ok {
			ids = append(ids, id)
		}
	}
	if len(ids) > 1 {
		st := dhcpdconf.Statement(h.Stmt)
		r.ledger.add(st, Finding{
			Code: "host-several-identifiers", Severity: S1, Verdict: Translated,
			Fields:  []string{"address"},
			Clients: "two clients that are on at the same time, one with each identifier",
			Message: fmt.Sprintf("host %q is recognised by %s; a reservation of Kea's has one identifier, so there is one reservation for each.", h.Stmt.Name.Text, kinds(ids)),
		}, "")
	}
	return ids
}

func kinds(ids []identity) string {
	var words []string
	for _, id := range ids {
		words = append(words, id.kind)
	}
	return strings.Join(words, " or ")
}

// clientID returns the client identifier of a host as Kea writes it.
func (r *reserver) clientID(h *model.Host) string {
	if r.v6() {
		r.unusedClientID(h)
		return ""
	}
	var raw []byte
	var st dhcpdconf.Statement
	if h.ClientID != nil {
		st = h.ClientID
		value, ok := constantBytes(h.ClientID.Data)
		if !ok {
			r.ledger.add(st, Finding{
				Code: "identifier-computed", Severity: S3, Verdict: Manual,
				Fields: []string{"address"}, Clients: "this host",
				Message: "the client identifier is not a constant.",
				Remedy:  "write the identifier as hexadecimal octets",
			}, "")
			return ""
		}
		raw = value
	}
	if h.UID != nil {
		if st != nil { // dhcpd keeps the last
			r.overridden(earlier(st, h.UID))
			if h.ClientID.ID() < h.UID.ID() {
				raw = h.UID.Value
			}
			r.ledger.mark(st, Translated)
		} else {
			raw = h.UID.Value
		}
		st = h.UID
	}
	if st == nil || len(raw) == 0 {
		return ""
	}
	r.ledger.mark(st, Translated)
	if len(raw) < 2 {
		r.ledger.add(st, Finding{
			Code: "client-id-short", Severity: S2, Verdict: Approximated,
			Fields: []string{"address"}, Clients: "this host",
			Message: "a client identifier of one byte; Kea takes it in a reservation, but drops the client's lease from its lease file at the next start.",
			Remedy:  "give the host its hardware address as well",
		}, "")
	}
	return colonHex(raw)
}

// unusedClientID: in DHCPv6 dhcpd looks for hosts by host-identifier and by the
// hardware address in the client's DUID only.
func (r *reserver) unusedClientID(h *model.Host) {
	for _, st := range []dhcpdconf.Statement{statementOrNil(h.UID), statementOrNil(h.ClientID)} {
		if st != nil {
			r.ledger.add(st, Finding{
				Code: "uid-unused", Severity: S1, Verdict: Ignored,
				Message: "dhcpd does not recognise DHCPv6 clients by uid.",
				Remedy:  "use host-identifier option dhcp6.client-id",
			}, "")
		}
	}
}

// statementOrNil keeps a nil pointer from becoming an interface that is not nil.
func statementOrNil[T any, P interface {
	*T
	dhcpdconf.Statement
}](p P) dhcpdconf.Statement {
	if p == nil {
		return nil
	}
	return p
}

func earlier(a, b dhcpdconf.Statement) dhcpdconf.Statement {
	if a.ID() < b.ID() {
		return a
	}
	return b
}

// constantBytes returns the bytes that data stands for, when they are the same
// for every packet.
func constantBytes(d dhcpdconf.Data) ([]byte, bool) {
	if d.Expr != nil {
		c, ok := model.Fold(d.Expr)
		return c.Data, ok && !c.Numeric
	}
	var all []byte
	for _, f := range d.Fields {
		if f.Host != "" {
			return nil, false
		}
		all = append(all, f.Value.Text...)
	}
	return all, true
}

// ownIdentifier returns the identifier that Kea has for an option itself.
func (r *reserver) ownIdentifier(st *dhcpdconf.HostIdentifier, value []byte) (identity, bool) {
	if st.V6Relay > 0 {
		return identity{}, false
	}
	kind := ""
	switch name := st.Option.Space + "." + st.Option.Name; {
	case r.v6() && name == "dhcp6.client-id":
		kind = "duid"
	case !r.v6() && name == "dhcp.dhcp-client-identifier":
		kind = "client-id"
	case !r.v6() && name == "agent.circuit-id":
		kind = "circuit-id"
	}
	return identity{kind, colonHex(value)}, kind != ""
}

// hostIdentifier translates "host-identifier option". Kea has identifiers of
// its own for the usual options; others need a hook.
func (r *reserver) hostIdentifier(st *dhcpdconf.HostIdentifier) (identity, bool) {
	raw, ok := constantBytes(st.Data)
	if ok && st.Option != nil && len(raw) > 0 {
		if id, ok := r.ownIdentifier(st, raw); ok {
			r.ledger.mark(st, Translated)
			return id, true
		}
		if id, ok := r.flexIdentifier(st); ok {
			return id, true
		}
	}
	f := Finding{
		Code: "host-identifier", Severity: S3, Verdict: Manual,
		Fields: hostFields(r.v6()), Clients: "this host",
		Message: "Kea recognises hosts by this option only with its flex_id hook; the host was left out.",
		Remedy:  r.hookRemedy(hookFlexID) + ", or recognise the host by its hardware address",
	}
	if r.canHook(hookFlexID) {
		f.Message = "Kea's flex_id hook cannot tell hosts apart by what stands here; the host was left out."
		f.Remedy = "recognise the host by its hardware address"
	}
	r.ledger.add(st, f, "")
	return identity{}, false
}

// hostFields are the fields of answers that can differ where a host is not recognised.
func hostFields(v6 bool) []string {
	if v6 {
		return []string{"answered", "address", "IA_PD", "options", "lease-time", "preferred-lifetime", "T1", "T2"}
	}
	return []string{"answered", "address", "options", "siaddr", "sname", "file", "lease-time", "T1", "T2"}
}

// colonHex writes bytes as two-digit octets joined by colons.
func colonHex(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	out := make([]byte, 0, 3*len(b))
	for i := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = hex.AppendEncode(out, b[i:i+1])
	}
	return string(out)
}
