package keadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store"
)

// IdentifierType says by what a host is recognised, by Kea's numbers.
type IdentifierType uint8

// What hosts are recognised by.
const (
	ByHWAddress IdentifierType = 0
	ByDUID      IdentifierType = 1
	ByCircuitID IdentifierType = 2
	ByClientID  IdentifierType = 3
	ByFlexID    IdentifierType = 4
)

// A Host is a reservation, for one protocol.
type Host struct {
	Identifier []byte
	Type       IdentifierType
	V6         bool
	SubnetID   uint32 // 0: in every subnet
	Address4   netip.Addr
	// Prefixes are the addresses and prefixes of DHCPv6; an address has all bits.
	Prefixes       []ReservedPrefix
	Hostname       string
	Classes        []string
	NextServer     netip.Addr
	ServerHostname string
	BootFile       string
	UserContext    string // JSON, or empty
	Options        []HostOption
}

// A ReservedPrefix is an address or a prefix that is kept for a host.
type ReservedPrefix struct {
	Prefix   netip.Prefix
	PD       bool
	Excluded netip.Prefix // since Kea 3.0; not valid when nothing is excluded
}

// A HostOption is an option of a host: as text, when Formatted, or as bytes.
type HostOption struct {
	Code       uint16
	Space      string
	Formatted  bool
	Text       string
	Value      []byte
	AlwaysSend bool
	NeverSend  bool   // since Kea 2.6
	Classes    string // JSON, since Kea 3.0, or empty
}

// ErrOtherHosts means that a database has other reservations for the same clients.
var ErrOtherHosts = errors.New("the database has other reservations for the same clients")

// fillHosts puts hosts into a database of a version of Kea, all or none. Other
// hosts stay. Hosts that are there but differ are replaced if wanted; without that
// the error is ErrOtherHosts, with the first of them.
func fillHosts(ctx context.Context, db *sql.DB, d Dialect, v keaversion.Version, hosts []Host, replace bool) (o store.Outcome, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return o, err
	}
	defer tx.Rollback()
	h := hostFiller{tx: tx, d: d, v: v}
	if err := h.read(ctx); err != nil {
		return o, err
	}
	var add []*Host
	var gone [][]any
	given := map[string]bool{}
	for i := range hosts {
		host := &hosts[i]
		key := hostKey(host.Identifier, host.Type, host.V6, host.SubnetID)
		if given[key] {
			return o, fmt.Errorf("two reservations for %x in subnet %d", host.Identifier, host.SubnetID)
		}
		given[key] = true
		old, there := h.ids[key]
		switch {
		case !there:
			o.Added++
		case h.content[old] == h.text(host):
			o.Unchanged++
			continue
		case !replace:
			return o, fmt.Errorf("%w: the first is for %x in subnet %d", ErrOtherHosts, host.Identifier, host.SubnetID)
		default:
			o.Replaced++
			gone = append(gone, []any{old})
		}
		add = append(add, host)
	}
	o.Kept = len(h.ids) - o.Unchanged - o.Replaced
	for part := range slices.Chunk(gone, applyRows) {
		list, args := parameters(d, part)
		// In the tables of Kea 2.2 for MySQL a constraint that forbids to delete a host
		// with options stands beside the one that deletes them, too; MySQL, unlike
		// MariaDB, looks at the former first.
		for _, table := range []string{"dhcp4_options", "dhcp6_options", "ipv6_reservations", "hosts"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE host_id IN ("+list+")", args...); err != nil {
				return o, err
			}
		}
	}
	if err := h.insert(ctx, add); err != nil {
		return o, err
	}
	return o, tx.Commit()
}

// hostFiller knows what hosts a database has.
type hostFiller struct {
	tx      *sql.Tx
	d       Dialect
	v       keaversion.Version
	ids     map[string]int64
	content map[int64]string
}

func hostKey(id []byte, t IdentifierType, v6 bool, subnet uint32) string {
	return fmt.Sprintf("%x %d %t %d", id, t, v6, subnet)
}

// hostRow is a row of hosts; prefixRow and optionRow are those of what belongs to
// one.
func (h *hostFiller) hostRow(x *Host) []any {
	var subnet4, subnet6, address, classes4, classes6 any
	classes := strings.Join(x.Classes, ",")
	if x.V6 {
		subnet6, classes4, classes6 = int64(x.SubnetID), "", classes
	} else {
		subnet4, classes4, classes6 = int64(x.SubnetID), classes, ""
	}
	if x.Address4.IsValid() {
		address = number4(x.Address4)
	}
	next := any(int64(0))
	if x.NextServer.IsValid() {
		next = number4(x.NextServer)
	}
	var context any
	if x.UserContext != "" {
		context = x.UserContext
	}
	return []any{x.Identifier, int64(x.Type), subnet4, subnet6, address, x.Hostname, classes4, classes6, next, x.ServerHostname, x.BootFile, context}
}

const hostColumns = "dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, dhcp6_subnet_id, ipv4_address, hostname, dhcp4_client_classes, dhcp6_client_classes, " +
	"dhcp4_next_server, dhcp4_server_hostname, dhcp4_boot_file_name, user_context"

func (h *hostFiller) prefixRow(p ReservedPrefix) []any {
	kind := int64(0)
	if p.PD {
		kind = 2
	}
	row := []any{h.d.Address6(h.v, p.Prefix.Addr().As16()), int64(p.Prefix.Bits()), kind}
	if h.v >= keaversion.V3_0 {
		if p.Excluded.IsValid() {
			return append(row, h.d.Address6(h.v, p.Excluded.Addr().As16()), int64(p.Excluded.Bits()))
		}
		return append(row, nil, int64(0))
	}
	return row
}

func (h *hostFiller) prefixColumns() string {
	if h.v >= keaversion.V3_0 {
		return "address, prefix_len, type, excluded_prefix, excluded_prefix_len"
	}
	return "address, prefix_len, type"
}

func (h *hostFiller) optionRow(o HostOption) []any {
	var value, text any = nil, nil
	if o.Formatted {
		text = o.Text
	} else {
		value = append([]byte{}, o.Value...)
	}
	row := []any{int64(o.Code), value, text, o.Space, o.AlwaysSend, int64(3)} // scope 3: host
	if h.v >= keaversion.V2_6 {
		row = append(row, o.NeverSend)
	}
	if h.v >= keaversion.V3_0 {
		var classes any
		if o.Classes != "" {
			classes = o.Classes
		}
		row = append(row, classes)
	}
	return row
}

func (h *hostFiller) optionColumns() string {
	columns := "code, value, formatted_value, space, persistent, scope_id"
	if h.v >= keaversion.V2_6 {
		columns += ", cancelled"
	}
	if h.v >= keaversion.V3_0 {
		columns += ", client_classes"
	}
	return columns
}

// text is what a host has beyond its key, to compare it with what is there.
func (h *hostFiller) text(x *Host) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %q %q %v %q %q %q\n", x.Address4, x.Hostname, strings.Join(x.Classes, ","), x.NextServer, x.ServerHostname, x.BootFile, x.UserContext)
	var lines []string
	for _, p := range x.Prefixes {
		if h.v < keaversion.V3_0 {
			p.Excluded = netip.Prefix{}
		}
		lines = append(lines, fmt.Sprintf("%v %t %v\n", p.Prefix, p.PD, p.Excluded))
	}
	for _, o := range x.Options {
		if h.v < keaversion.V2_6 {
			o.NeverSend = false
		}
		if h.v < keaversion.V3_0 {
			o.Classes = ""
		}
		lines = append(lines, fmt.Sprintf("%d %s %t %q %x %t %t %q\n", o.Code, o.Space, o.Formatted, o.Text, o.Value, o.AlwaysSend, o.NeverSend, o.Classes))
	}
	slices.Sort(lines)
	return b.String() + strings.Join(lines, "")
}
