package keadb

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// read reads the hosts that are there.
func (h *hostFiller) read(ctx context.Context) error {
	hosts := map[int64]*Host{}
	h.ids, h.content = map[string]int64{}, map[int64]string{}
	if err := h.query(ctx, "SELECT host_id, dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, dhcp6_subnet_id, ipv4_address, COALESCE(hostname, ''), "+
		"COALESCE(dhcp4_client_classes, ''), COALESCE(dhcp6_client_classes, ''), COALESCE(dhcp4_next_server, 0), COALESCE(dhcp4_server_hostname, ''), "+
		"COALESCE(dhcp4_boot_file_name, ''), COALESCE(user_context, '') FROM hosts", func(rows *sql.Rows) error {
		var id, next int64
		var subnet4, subnet6, address sql.NullInt64
		var classes4, classes6 string
		x := &Host{}
		if err := rows.Scan(&id, &x.Identifier, &x.Type, &subnet4, &subnet6, &address, &x.Hostname, &classes4, &classes6, &next, &x.ServerHostname, &x.BootFile, &x.UserContext); err != nil {
			return err
		}
		x.V6 = !subnet4.Valid
		x.SubnetID = uint32(subnet4.Int64)
		classes := classes4
		if x.V6 {
			x.SubnetID, classes = uint32(subnet6.Int64), classes6
		}
		if classes != "" {
			x.Classes = strings.Split(classes, ",")
		}
		if address.Valid && address.Int64 != 0 {
			x.Address4 = address4(address.Int64)
		}
		if next != 0 {
			x.NextServer = address4(next)
		}
		hosts[id] = x
		return nil
	}); err != nil {
		return err
	}
	columns := h.d.ReadAddress6(h.v, "address") + ", prefix_len, type"
	if h.v >= keaversion.V3_0 {
		columns += ", COALESCE(" + h.d.ReadAddress6(h.v, "excluded_prefix") + ", ''), excluded_prefix_len"
	}
	if err := h.query(ctx, "SELECT host_id, "+columns+" FROM ipv6_reservations", func(rows *sql.Rows) error {
		var id int64
		var bits, kind, excludedBits int
		var text, excluded string
		dst := []any{&id, &text, &bits, &kind}
		if h.v >= keaversion.V3_0 {
			dst = append(dst, &excluded, &excludedBits)
		}
		if err := rows.Scan(dst...); err != nil {
			return err
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		p := ReservedPrefix{Prefix: netip.PrefixFrom(a, bits), PD: kind == 2}
		if excluded != "" && excludedBits > 0 {
			if a, err = netip.ParseAddr(excluded); err != nil {
				return err
			}
			p.Excluded = netip.PrefixFrom(a, excludedBits)
		}
		if x := hosts[id]; x != nil {
			x.Prefixes = append(x.Prefixes, p)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, table := range []string{"dhcp4_options", "dhcp6_options"} {
		if err := h.readOptions(ctx, table, hosts); err != nil {
			return err
		}
	}
	for id, x := range hosts {
		h.ids[hostKey(x.Identifier, x.Type, x.V6, x.SubnetID)] = id
		h.content[id] = h.text(x)
	}
	return nil
}

func (h *hostFiller) readOptions(ctx context.Context, table string, hosts map[int64]*Host) error {
	return h.query(ctx, fmt.Sprintf("SELECT host_id, %s FROM %s WHERE host_id IS NOT NULL", h.optionColumns(), table), func(rows *sql.Rows) error {
		var id int64
		var scope int
		var text, space, classes sql.NullString
		var o HostOption
		dst := []any{&id, &o.Code, &o.Value, &text, &space, &o.AlwaysSend, &scope}
		if h.v >= keaversion.V2_6 {
			dst = append(dst, &o.NeverSend)
		}
		if h.v >= keaversion.V3_0 {
			dst = append(dst, &classes)
		}
		if err := rows.Scan(dst...); err != nil {
			return err
		}
		o.Formatted, o.Text, o.Space, o.Classes = text.Valid && o.Value == nil, text.String, space.String, classes.String
		if x := hosts[id]; x != nil && scope == 3 {
			x.Options = append(x.Options, o)
		}
		return nil
	})
}

func (h *hostFiller) query(ctx context.Context, query string, row func(*sql.Rows) error) error {
	rows, err := h.tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func address4(n int64) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// insert puts hosts, and then what belongs to them, by the ids that they got.
func (h *hostFiller) insert(ctx context.Context, hosts []*Host) error {
	if len(hosts) == 0 {
		return nil
	}
	rows := make([][]any, len(hosts))
	for i, x := range hosts {
		rows[i] = h.hostRow(x)
	}
	if err := h.insertRows(ctx, "hosts", hostColumns, rows); err != nil {
		return err
	}
	wanted := map[string]*Host{}
	for _, x := range hosts {
		wanted[hostKey(x.Identifier, x.Type, x.V6, x.SubnetID)] = x
	}
	var prefixes, options4, options6 [][]any
	if err := h.query(ctx, "SELECT host_id, dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, dhcp6_subnet_id FROM hosts", func(rows *sql.Rows) error {
		var id int64
		var identifier []byte
		var kind IdentifierType
		var subnet4, subnet6 sql.NullInt64
		if err := rows.Scan(&id, &identifier, &kind, &subnet4, &subnet6); err != nil {
			return err
		}
		subnet := subnet4.Int64
		if !subnet4.Valid {
			subnet = subnet6.Int64
		}
		x := wanted[hostKey(identifier, kind, !subnet4.Valid, uint32(subnet))]
		if x == nil {
			return nil
		}
		for _, p := range x.Prefixes {
			prefixes = append(prefixes, append(h.prefixRow(p), id))
		}
		for _, o := range x.Options {
			if x.V6 {
				options6 = append(options6, append(h.optionRow(o), id))
			} else {
				options4 = append(options4, append(h.optionRow(o), id))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := h.insertRows(ctx, "ipv6_reservations", h.prefixColumns()+", host_id", prefixes); err != nil {
		return err
	}
	if err := h.insertRows(ctx, "dhcp4_options", h.optionColumns()+", host_id", options4); err != nil {
		return err
	}
	return h.insertRows(ctx, "dhcp6_options", h.optionColumns()+", host_id", options6)
}

func (h *hostFiller) insertRows(ctx context.Context, table, columns string, rows [][]any) error {
	for part := range slices.Chunk(rows, applyRows) {
		list, args := parameters(h.d, part)
		if _, err := h.tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, columns, list), args...); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
