package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

type dialect struct{}

func (dialect) Engine() keadb.Engine { return keadb.PostgreSQL }

func (dialect) NoTable(err error) bool {
	const undefinedTable = "42P01"
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == undefinedTable
}

func (dialect) Parameter(n int) string { return fmt.Sprintf("$%d", n) }

func (dialect) Epoch(column string) string { return "extract(epoch from " + column + ")::bigint" }

func (dialect) Signed(column string) string { return column }

func (dialect) Same(a, b string, _ bool) string { return a + " IS NOT DISTINCT FROM " + b }

func (dialect) Upsert(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = excluded." + c
	}
	return "ON CONFLICT (address) DO UPDATE SET " + strings.Join(set, ", ")
}

func (dialect) CreateTemporary(table string, columns []string) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s AS SELECT %s, 0::bigint AS %s FROM %s WITH NO DATA",
		keadb.Temporary, strings.Join(columns, ", "), keadb.Sequence, table)
}

func (dialect) Numbered() bool { return true }

func (dialect) Load(ctx context.Context, conn *sql.Conn, columns []string, rows [][]any) error {
	return conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{keadb.Temporary}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

func (dialect) Finish() []string {
	return []string{
		fmt.Sprintf("DELETE FROM %[1]s a USING %[1]s b WHERE a.address = b.address AND a.%[2]s < b.%[2]s", keadb.Temporary, keadb.Sequence),
		"ANALYZE " + keadb.Temporary,
	}
}

func (dialect) Lock(table string) string {
	return "LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE"
}

func (dialect) UpdateChanged(table string, columns []string, same string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = n." + c
	}
	return fmt.Sprintf("UPDATE %s o SET %s FROM %s n WHERE n.address = o.address AND NOT %s", table, strings.Join(set, ", "), keadb.Temporary, same)
}

func (dialect) DeleteOthers(table string) string {
	return fmt.Sprintf("DELETE FROM %s o WHERE NOT EXISTS (SELECT 1 FROM %s n WHERE n.address = o.address)", table, keadb.Temporary)
}

// manyChanges is from how many changes on statistics are counted anew. Kea's
// triggers change a row of statistics for each lease, and every version of a row
// that one transaction makes is looked through by the next change of it: time
// grows with the square of the number.
const manyChanges = 500

// Quiet does nothing: here triggers are switched off within the transaction.
func (dialect) Quiet(context.Context, *sql.Conn, keadb.Statistics, int64) (undo func() error, err error) {
	return func() error { return nil }, nil
}

func (dialect) Change(ctx context.Context, tx *sql.Tx, s keadb.Statistics, changes int) (finish func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	if changes < manyChanges {
		return nothing, nil
	}
	triggers, err := ownTriggers(ctx, tx, s.Table)
	if err != nil || len(triggers) == 0 {
		return nothing, err
	}
	if err := switchTriggers(ctx, tx, s.Table, "DISABLE", triggers); err != nil {
		return nil, err
	}
	indexes, err := dropIndexes(ctx, tx, s.Table, changes)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		for _, definition := range indexes {
			if _, err := tx.ExecContext(ctx, definition); err != nil {
				return err
			}
		}
		if err := switchTriggers(ctx, tx, s.Table, "ENABLE", triggers); err != nil {
			return err
		}
		for _, c := range s.Counts {
			if err := count(ctx, tx, s.Table, c); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func switchTriggers(ctx context.Context, tx *sql.Tx, table, how string, triggers []string) error {
	for _, name := range triggers {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s %s TRIGGER %s", table, how, name)); err != nil {
			return err
		}
	}
	return nil
}

// dropIndexes takes the indexes of a table away where most of it changes, and
// returns the statements that make them anew: this takes a fraction of the time
// that it takes to keep eight indexes for each row. The key stays.
func dropIndexes(ctx context.Context, tx *sql.Tx, table string, changes int) ([]string, error) {
	names, definitions, err := plainIndexes(ctx, tx, table, changes)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return nil, err
		}
	}
	return definitions, nil
}

// plainIndexes returns the indexes of a table that their definitions say all
// about, or none if more of the table stays than changes.
func plainIndexes(ctx context.Context, tx *sql.Tx, table string, changes int) (names, definitions []string, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), pg_get_indexdef(i.indexrelid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE i.indrelid = '%[1]s'::regclass AND NOT i.indisprimary AND NOT i.indisclustered AND NOT i.indisreplident AND i.indisvalid
		AND c.reltablespace = 0 AND obj_description(c.oid, 'pg_class') IS NULL
		AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid)
		AND (SELECT count(*) FROM %[1]s) <= $1 ORDER BY c.relname`, table), changes)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return nil, nil, err
		}
		names, definitions = append(names, name), append(definitions, definition)
	}
	return names, definitions, rows.Err()
}

// ownTriggers returns Kea's triggers of a table if statistics can be counted
// without them: this user may switch them off, and no lease counts for a client
// class, which only the triggers know how to count.
func ownTriggers(ctx context.Context, tx *sql.Tx, table string) ([]string, error) {
	var possible bool
	if err := tx.QueryRowContext(ctx, fmt.Sprintf(`SELECT pg_has_role(current_user, relowner, 'USAGE')
		AND NOT EXISTS (SELECT 1 FROM %[1]s WHERE user_context LIKE '%%"client-classes"%%')
		AND NOT EXISTS (SELECT 1 FROM %[2]s WHERE user_context LIKE '%%"client-classes"%%')
		FROM pg_class WHERE oid = '%[1]s'::regclass`, table, keadb.Temporary)).Scan(&possible); err != nil || !possible {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT tgname FROM pg_trigger
		WHERE tgrelid = '%[1]s'::regclass AND tgenabled = 'O' AND tgname IN ('%[1]s_ains', '%[1]s_aupd', '%[1]s_adel') ORDER BY tgname`, table))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// count counts the leases of a table as the triggers do: a row that is there once
// stays, with 0.
func count(ctx context.Context, tx *sql.Tx, leases string, c keadb.Count) error {
	by := strings.Join(c.By, ", ")
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET leases = 0 WHERE leases <> 0", c.Table)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %[1]s (%[2]s, leases) SELECT %[2]s, count(*) FROM %[3]s WHERE state IN (%[4]s) GROUP BY %[2]s
		ON CONFLICT (%[2]s) DO UPDATE SET leases = excluded.leases`, c.Table, by, leases, c.States))
	return err
}

func (dialect) Missing() any        { return []byte{} }
func (dialect) MissingContext() any { return "" }

func (dialect) NoHardware() (address, kind, source any) { return []byte{}, int64(0), int64(0) }

// IAID is signed in this database.
func (dialect) IAID(id uint32) any { return int64(int32(id)) }

func (dialect) Address6(v keaversion.Version, a [16]byte) any {
	if v < keaversion.V2_6 {
		return netip.AddrFrom16(a).String()
	}
	return netip.AddrFrom16(a)
}

func (dialect) ReadAddress6(v keaversion.Version, column string) string {
	if v < keaversion.V2_6 {
		return column
	}
	return "host(" + column + ")"
}

func (dialect) OrderAddress6(v keaversion.Version, column string) (order string, sorted bool) {
	if v < keaversion.V2_6 {
		return column + "::inet", false
	}
	return column, true
}
