package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// Kea's triggers count each lease on its own, which takes ten times as long as
// to write it. Nothing switches triggers off in MySQL and MariaDB. But MariaDB
// replaces one in a single step: for the time of an import they get a condition
// under which they do nothing, a variable of the connection that the import alone
// sets. For all other connections they count as before, also when the import is
// killed and the condition stays: the next import takes it away.
const (
	quietVariable = "@keamigrate_import"
	quietBegin    = "BEGIN IF " + quietVariable + " IS NULL THEN "
	quietEnd      = "; END IF; END"
)

// manyChanges is from how many changes on that is worth it.
const manyChanges = 500

// trigger is one of Kea's triggers about statistics.
type trigger struct {
	name, event, definer        string
	sqlMode, charset, collation string
	body                        string // without the condition
	quiet                       bool   // it has the condition
}

// create makes the trigger with a body, in the place of the one that is there.
func (t *trigger) create(ctx context.Context, conn *sql.Conn, table, body string) error {
	for _, s := range []string{
		fmt.Sprintf("SET sql_mode = '%s', character_set_client = %s, collation_connection = %s", t.sqlMode, t.charset, t.collation),
		fmt.Sprintf("CREATE OR REPLACE TRIGGER %s AFTER %s ON %s FOR EACH ROW %s", t.name, t.event, table, body),
	} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// Quiet gives Kea's triggers their condition, if this user may replace them as
// they are and nothing else is in the way.
func (d dialect) Quiet(ctx context.Context, conn *sql.Conn, s keadb.Statistics, rows int64) (undo func() error, err error) {
	undo = func() error { return nil }
	triggers, err := d.triggers(ctx, conn, s.Table)
	if err != nil || len(triggers) == 0 {
		return undo, err
	}
	restore := func(ctx context.Context) error {
		for i := range triggers {
			if t := &triggers[i]; t.quiet {
				if err := t.create(ctx, conn, s.Table, t.body); err != nil {
					return fmt.Errorf("giving the trigger %s back the form that Kea gave it (it counts as before): %w", t.name, err)
				}
				t.quiet = false
			}
		}
		return d.session(ctx, conn)
	}
	if rows < manyChanges {
		return undo, restore(ctx) // what a killed import may have left
	}
	for i := range triggers {
		t := &triggers[i]
		if err := t.create(ctx, conn, s.Table, quietBegin+t.body+quietEnd); err != nil {
			if ctx.Err() != nil {
				return undo, errors.Join(err, restore(context.WithoutCancel(ctx)))
			}
			return undo, restore(ctx) // the user may not do that; then the triggers count
		}
		t.quiet = true
	}
	if err := d.session(ctx, conn); err != nil {
		return undo, errors.Join(err, restore(context.WithoutCancel(ctx)))
	}
	return func() error { return restore(context.WithoutCancel(ctx)) }, nil
}

// session sets what create has changed to what connections of this package have.
func (dialect) session(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SET sql_mode = 'STRICT_ALL_TABLES', character_set_client = utf8mb4, collation_connection = utf8mb4_general_ci")
	return err
}

// triggers returns Kea's triggers of a table, or none if they cannot be replaced
// by equal ones.
func (dialect) triggers(ctx context.Context, conn *sql.Conn, table string) ([]trigger, error) {
	var version, user string
	if err := conn.QueryRowContext(ctx, "SELECT VERSION(), CURRENT_USER()").Scan(&version, &user); err != nil {
		return nil, err
	}
	if !strings.Contains(version, "MariaDB") {
		return nil, nil
	}
	// Whoever has a transaction with the table open is not waited for long.
	if _, err := conn.ExecContext(ctx, "SET lock_wait_timeout = 10"); err != nil {
		return nil, err
	}
	// A user without the right to triggers is shown their names only.
	rows, err := conn.QueryContext(ctx, `SELECT trigger_name, event_manipulation, action_timing, COALESCE(definer, ''), sql_mode, character_set_client,
		collation_connection, COALESCE(action_statement, '') FROM information_schema.triggers
		WHERE trigger_schema = DATABASE() AND event_object_table = ? ORDER BY trigger_name`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []trigger
	possible := true
	for rows.Next() {
		var t trigger
		var timing string
		if err := rows.Scan(&t.name, &t.event, &timing, &t.definer, &t.sqlMode, &t.charset, &t.collation, &t.body); err != nil {
			return nil, err
		}
		if body, ok := strings.CutPrefix(t.body, quietBegin); ok && strings.HasSuffix(body, quietEnd) {
			t.body, t.quiet = strings.TrimSuffix(body, quietEnd), true
		}
		possible = possible && timing == "AFTER" && t.definer == user && strings.HasPrefix(t.body, "BEGIN") &&
			(t.name == table+"_AINS" || t.name == table+"_AUPD" || t.name == table+"_ADEL")
		found = append(found, t)
	}
	if !possible {
		found = nil
	}
	return found, rows.Err()
}

// Change lets the triggers do nothing, if all of them have their condition, and
// counts the leases itself.
func (d dialect) Change(ctx context.Context, tx *sql.Tx, s keadb.Statistics, changes int) (finish func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	if changes < manyChanges {
		return nothing, nil
	}
	var quiet bool
	// Only the triggers know how to count for client classes.
	if err := tx.QueryRowContext(ctx, fmt.Sprintf(`SELECT (SELECT COUNT(*) = 3 FROM information_schema.triggers
		WHERE trigger_schema = DATABASE() AND event_object_table = ? AND action_statement LIKE CONCAT(?, '%%'))
		AND NOT EXISTS (SELECT 1 FROM %[1]s WHERE user_context LIKE '%%"client-classes"%%')
		AND NOT EXISTS (SELECT 1 FROM %[2]s WHERE user_context LIKE '%%"client-classes"%%')`, s.Table, keadb.Temporary),
		s.Table, quietBegin).Scan(&quiet); err != nil {
		return nil, err
	}
	if !quiet {
		return nothing, nil
	}
	if _, err := tx.ExecContext(ctx, "SET "+quietVariable+" = 1"); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := d.Count(ctx, tx); err != nil {
			return err
		}
		return recount(ctx, tx, s)
	}, nil
}

// Count lets the triggers count again.
func (dialect) Count(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "SET "+quietVariable+" = NULL")
	return err
}

// counts is the name of a temporary table.
const counts = "keamigrate_counts"

// recount counts the leases of a table as the triggers do: a row that is there
// once stays, with 0. The leases are read once, for the table of statistics that
// tells most of them apart.
func recount(ctx context.Context, tx *sql.Tx, s keadb.Statistics) error {
	fine, states := s.Counts[0].By, s.Counts[0].States
	for _, c := range s.Counts {
		if len(c.By) > len(fine) {
			fine = c.By
		}
		if len(c.States) > len(states) {
			states = c.States
		}
	}
	statements := []string{fmt.Sprintf("CREATE TEMPORARY TABLE %s SELECT %[2]s, COUNT(*) AS leases FROM %[3]s WHERE state IN (%[4]s) GROUP BY %[2]s",
		counts, strings.Join(fine, ", "), s.Table, states)}
	for _, c := range s.Counts {
		by := strings.Join(c.By, ", ")
		statements = append(statements,
			fmt.Sprintf("UPDATE %s SET leases = 0 WHERE leases <> 0", c.Table),
			fmt.Sprintf(`INSERT INTO %[1]s (%[2]s, leases) SELECT %[2]s, SUM(leases) FROM %[3]s WHERE state IN (%[4]s) GROUP BY %[2]s
				ON DUPLICATE KEY UPDATE leases = VALUES(leases)`, c.Table, by, counts, c.States))
	}
	for _, statement := range append(statements, "DROP TEMPORARY TABLE "+counts) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
