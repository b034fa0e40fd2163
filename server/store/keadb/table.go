package keadb

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// table is a table of leases in a dialect, for a version of Kea.
type table[L lease.Lease] struct {
	dialect Dialect
	stats   Statistics
	columns []column[L]
	// read are the expressions that scan wants; %s is the table's alias and dot.
	read []string
	scan func(func(...any) error) (L, error)
	// order is what sorts as addresses do. sorted: it is the column itself.
	order   string
	sorted  bool
	address func(*L) netip.Addr
	terms   func(*L) *lease.Terms
	key     func(netip.Addr) any
}

// column is a column of leases and what a lease has in it.
type column[L lease.Lease] struct {
	name  string
	text  bool
	value func(*L) any
}

// table4 is lease4 of a version of Kea.
func table4(d Dialect, v keaversion.Version) *table[lease.Lease4] {
	t := &table[lease.Lease4]{
		dialect: d, order: "address", sorted: true,
		stats:   Statistics{Table: "lease4", Counts: []Count{{"lease4_stat", []string{"subnet_id", "state"}, counted}}},
		address: func(l *lease.Lease4) netip.Addr { return l.Address },
		terms:   func(l *lease.Lease4) *lease.Terms { return &l.Terms },
		key:     number4,
	}
	t.columns = []column[lease.Lease4]{
		{name: "address", value: func(l *lease.Lease4) any { return number4(l.Address) }},
		{name: "hwaddr", value: func(l *lease.Lease4) any { return append([]byte{}, l.HWAddr...) }},
		{name: "client_id", value: func(l *lease.Lease4) any { return identifier(d, l.ClientID) }},
	}
	t.columns = append(t.columns, termColumns(d, t.terms)...)
	if v >= keaversion.V2_6 {
		t.stats.Counts = append(t.stats.Counts, Count{"lease4_pool_stat", []string{"subnet_id", "pool_id", "state"}, counted})
		t.columns = append(t.columns, poolColumn(t.terms),
			column[lease.Lease4]{name: "relay_id", value: func(l *lease.Lease4) any { return agentOption(l.UserContext, "relay-id") }},
			column[lease.Lease4]{name: "remote_id", value: func(l *lease.Lease4) any { return agentOption(l.UserContext, "remote-id") }})
	}
	t.read = append([]string{"%saddress", "%shwaddr", "%sclient_id"}, readTerms(d, v)...)
	t.scan = func(scan func(...any) error) (l lease.Lease4, err error) {
		var address, expire int64
		err = scan(append([]any{&address, &l.HWAddr, &l.ClientID}, scanTerms(&l.Terms, &expire)...)...)
		l.Address = netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)})
		l.HWAddr, l.ClientID = orNil(l.HWAddr), orNil(l.ClientID)
		setCLTT(&l.Terms, expire)
		return l, err
	}
	return t
}

// table6 is lease6 of a version of Kea.
func table6(d Dialect, v keaversion.Version) *table[lease.Lease6] {
	t := &table[lease.Lease6]{
		dialect: d,
		stats:   Statistics{Table: "lease6", Counts: []Count{{"lease6_stat", []string{"subnet_id", "lease_type", "state"}, counted}}},
		address: func(l *lease.Lease6) netip.Addr { return l.Address },
		terms:   func(l *lease.Lease6) *lease.Terms { return &l.Terms },
		key:     func(a netip.Addr) any { return d.Address6(v, a.As16()) },
	}
	t.order, t.sorted = d.OrderAddress6(v, "address")
	hardware := func(choose func(address, kind, source any) any) func(*lease.Lease6) any {
		return func(l *lease.Lease6) any {
			if len(l.HWAddr) == 0 {
				return choose(d.NoHardware())
			}
			return choose(l.HWAddr, int64(l.HWType), int64(l.HWSource))
		}
	}
	t.columns = []column[lease.Lease6]{
		{name: "address", value: func(l *lease.Lease6) any { return t.key(l.Address) }},
		{name: "duid", value: func(l *lease.Lease6) any { return append([]byte{}, l.DUID...) }},
		{name: "pref_lifetime", value: func(l *lease.Lease6) any { return int64(l.Preferred) }},
		{name: "lease_type", value: func(l *lease.Lease6) any { return int64(l.Type) }},
		{name: "iaid", value: func(l *lease.Lease6) any { return d.IAID(l.IAID) }},
		{name: "prefix_len", value: func(l *lease.Lease6) any { return int64(l.PrefixLen) }},
		{name: "hwaddr", value: hardware(func(a, _, _ any) any { return a })},
		{name: "hwtype", value: hardware(func(_, k, _ any) any { return k })},
		{name: "hwaddr_source", value: hardware(func(_, _, s any) any { return s })},
	}
	t.columns = append(t.columns, termColumns(d, t.terms)...)
	if v >= keaversion.V2_6 {
		t.stats.Counts = append(t.stats.Counts, Count{"lease6_pool_stat", []string{"subnet_id", "pool_id", "lease_type", "state"}, counted})
		t.columns = append(t.columns, poolColumn(t.terms))
	}
	if v >= keaversion.V3_0 {
		t.stats.Counts[0].States = countedRegistered
	}
	t.read = append([]string{d.ReadAddress6(v, "%saddress"), "%sduid", "COALESCE(%spref_lifetime, 0)", "COALESCE(%slease_type, 0)",
		"COALESCE(%siaid, 0)", "COALESCE(%sprefix_len, 128)", "%shwaddr", "COALESCE(%shwtype, 0)", "COALESCE(%shwaddr_source, 0)"}, readTerms(d, v)...)
	t.scan = func(scan func(...any) error) (l lease.Lease6, err error) {
		var address string
		var expire, iaid int64
		if err := scan(append([]any{&address, &l.DUID, &l.Preferred, &l.Type, &iaid, &l.PrefixLen, &l.HWAddr, &l.HWType, &l.HWSource}, scanTerms(&l.Terms, &expire)...)...); err != nil {
			return l, err
		}
		if l.Address, err = netip.ParseAddr(address); err != nil {
			return l, fmt.Errorf("lease6 has %q as an address: %w", address, err)
		}
		l.IAID = uint32(iaid)
		l.DUID, l.HWAddr = orNil(l.DUID), orNil(l.HWAddr)
		setCLTT(&l.Terms, expire)
		return l, nil
	}
	return t
}

// The states that are counted: assigned and declined. For whole subnets Kea 3.0
// counts registered addresses too.
const (
	counted           = "0, 1"
	countedRegistered = "0, 1, 4"
)

// termColumns are what both protocols have.
func termColumns[L lease.Lease](d Dialect, terms func(*L) *lease.Terms) []column[L] {
	return []column[L]{
		{name: "valid_lifetime", value: func(l *L) any { valid, _ := stored(terms(l)); return valid }},
		{name: "expire", value: func(l *L) any { _, expire := stored(terms(l)); return time.Unix(expire, 0).UTC() }},
		{name: "subnet_id", value: func(l *L) any { return int64(terms(l).SubnetID) }},
		{name: "fqdn_fwd", value: func(l *L) any { return terms(l).FQDNFwd }},
		{name: "fqdn_rev", value: func(l *L) any { return terms(l).FQDNRev }},
		{name: "hostname", text: true, value: func(l *L) any { return terms(l).Hostname }},
		{name: "state", value: func(l *L) any { return int64(terms(l).State) }},
		{name: "user_context", text: true, value: func(l *L) any {
			if c := terms(l).UserContext; c != "" {
				return c
			}
			return d.MissingContext()
		}},
	}
}

func poolColumn[L lease.Lease](terms func(*L) *lease.Terms) column[L] {
	return column[L]{name: "pool_id", value: func(l *L) any { return int64(terms(l).PoolID) }}
}

// readTerms and scanTerms go together.
func readTerms(d Dialect, v keaversion.Version) []string {
	pool := "0"
	if v >= keaversion.V2_6 {
		pool = "%spool_id"
	}
	return []string{"COALESCE(%svalid_lifetime, 0)", "COALESCE(" + d.Epoch("%sexpire") + ", 0)", "COALESCE(%ssubnet_id, 0)",
		"COALESCE(%sfqdn_fwd, false)", "COALESCE(%sfqdn_rev, false)", "COALESCE(%shostname, '')", "COALESCE(%sstate, 0)", "COALESCE(%suser_context, '')", pool}
}

func scanTerms(t *lease.Terms, expire *int64) []any {
	return []any{&t.Valid, expire, &t.SubnetID, &t.FQDNFwd, &t.FQDNRev, &t.Hostname, &t.State, &t.UserContext, &t.PoolID}
}

// lastSecond is the latest time that Kea stores in a database, in seconds since
// 1970: the end of signed 32-bit numbers. The first one is 1.
const lastSecond = 1<<31 - 1

// stored returns what the columns valid_lifetime and expire get. The end of an
// infinite lease is the time when its client was heard, unlike in lease files
// (Kea manual, "Supported Databases"). A lease that would end later than Kea can
// store ends then: Kea refuses to store such a row at all.
func stored(t *lease.Terms) (valid, expire int64) {
	if t.Valid == lease.Infinite {
		return lease.Infinite, min(max(t.CLTT, 1), lastSecond)
	}
	valid, expire = int64(t.Valid), t.Expire()
	if expire > lastSecond {
		valid, expire = max(valid-(expire-lastSecond), 1), lastSecond
	}
	return valid, max(expire, 1)
}

func setCLTT(t *lease.Terms, expire int64) {
	t.CLTT = expire
	if t.Valid != lease.Infinite {
		t.CLTT -= int64(t.Valid)
	}
}

func number4(a netip.Addr) any {
	if !a.Is4() {
		return int64(-1)
	}
	b := a.As4()
	return int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
}

func identifier(d Dialect, id []byte) any {
	if len(id) == 0 {
		return d.Missing()
	}
	return id
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return slices.Clone(b)
}

// agentOption returns what a relay agent said about a client, as Kea keeps it in
// the user context, for the columns by which leases are found (bulk lease query).
func agentOption(userContext, name string) any {
	if !strings.Contains(userContext, name) {
		return nil
	}
	type agent struct {
		RelayID  string `json:"relay-id"`
		RemoteID string `json:"remote-id"`
	}
	var c struct {
		ISC struct {
			RelayAgentInfo agent `json:"relay-agent-info"`
		} `json:"ISC"`
	}
	if json.Unmarshal([]byte(userContext), &c) != nil { // Kea 2.2 has a string there
		return nil
	}
	text := c.ISC.RelayAgentInfo.RemoteID
	if name == "relay-id" {
		text = c.ISC.RelayAgentInfo.RelayID
	}
	id, err := hex.DecodeString(strings.TrimPrefix(strings.ReplaceAll(text, ":", ""), "0x"))
	if err != nil || len(id) == 0 || len(id) > 255 {
		return nil
	}
	return id
}

func (t *table[L]) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// row returns what the columns get, or a store.UnfitError.
func (t *table[L]) row(dst []any, l *L) ([]any, error) {
	for _, c := range t.columns {
		v := c.value(l)
		if text, ok := v.(string); ok && c.text && (!utf8.ValidString(text) || strings.Contains(text, "\x00")) {
			return nil, &store.UnfitError{Address: t.address(l), Problem: fmt.Sprintf("%s %q is not UTF-8, and a database takes nothing else", c.name, text)}
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// selected returns the expressions that scan wants, of a table by its alias.
func (t *table[L]) selected(alias string) string {
	prefix := ""
	if alias != "" {
		prefix = alias + "."
	}
	return strings.ReplaceAll(strings.Join(t.read, ", "), "%s", prefix)
}

// cltt is when the client of a row was last heard.
func (t *table[L]) cltt(alias string) string {
	d := t.dialect
	return fmt.Sprintf("(COALESCE(%s, 0) - CASE WHEN %s.valid_lifetime = %d THEN 0 ELSE %s END)",
		d.Epoch(alias+".expire"), alias, uint32(lease.Infinite), d.Signed(alias+".valid_lifetime"))
}

// same says that a row of o is the same as one of n.
func (t *table[L]) same() string {
	var parts []string
	for _, c := range t.columns[1:] {
		parts = append(parts, t.dialect.Same("o."+c.name, "n."+c.name, c.text))
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}
