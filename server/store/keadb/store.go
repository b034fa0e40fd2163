package keadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// pageRows is how many leases All asks for at a time.
const pageRows = 4096

// databaseStore is a table as a Store.
type databaseStore[L lease.Lease] struct {
	table *table[L]
	db    *sql.DB
}

// newStore returns a Store that keeps leases in a table. Close closes the
// database.
func newStore[L lease.Lease](db *sql.DB, t *table[L]) store.Store[L] {
	return &databaseStore[L]{table: t, db: db}
}

func (s *databaseStore[L]) Close() error { return s.db.Close() }

func (s *databaseStore[L]) Get(ctx context.Context, address netip.Addr) (L, error) {
	t := s.table
	l, err := t.scan(s.db.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE address = %s",
		t.selected(""), t.stats.Table, t.dialect.Parameter(1)), t.key(address)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return l, store.ErrNotFound
	}
	return l, err
}

// All reads pages by address, all of one state of the table.
func (s *databaseStore[L]) All(ctx context.Context) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		var zero L
		tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			yield(zero, err)
			return
		}
		defer tx.Rollback()
		query := fmt.Sprintf("SELECT %s FROM %s", s.table.selected(""), s.table.stats.Table)
		if !s.table.sorted {
			// The key sorts as text: pages by it would come in another order.
			_, _, err := s.page(ctx, tx, yield, query+" ORDER BY "+s.table.order)
			if err != nil {
				yield(zero, err)
			}
			return
		}
		where, args := "", []any(nil)
		for {
			last, more, err := s.page(ctx, tx, yield, fmt.Sprintf("%s%s ORDER BY address LIMIT %d", query, where, pageRows), args...)
			switch {
			case err != nil:
				yield(zero, err)
				return
			case !more:
				return
			}
			where, args = " WHERE address > "+s.table.dialect.Parameter(1), []any{s.table.key(last)}
		}
	}
}

// page yields the leases of a query and returns the address of the last one.
// more is false when yield wants no more or the page was not full.
func (s *databaseStore[L]) page(ctx context.Context, tx *sql.Tx, yield func(L, error) bool, query string, args ...any) (last netip.Addr, more bool, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return last, false, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		l, err := s.table.scan(rows.Scan)
		if err != nil {
			return last, false, err
		}
		last = s.table.address(&l)
		n++
		if !yield(l, nil) {
			return last, false, nil
		}
	}
	return last, n == pageRows, rows.Err()
}

// applyRows is how many leases one statement of Apply takes at most: databases
// allow 65535 parameters.
const applyRows = 1000

// Apply makes the last change of each address, in the order of addresses so that
// two at a time do not wait for each other.
func (s *databaseStore[L]) Apply(ctx context.Context, changes []store.Change[L]) error {
	t := s.table
	final := make(map[netip.Addr]*store.Change[L], len(changes))
	for i := range changes {
		final[t.address(&changes[i].Lease)] = &changes[i]
	}
	var gone, rows [][]any
	for _, a := range slices.SortedFunc(maps.Keys(final), netip.Addr.Compare) {
		if final[a].Delete {
			gone = append(gone, []any{t.key(a)})
			continue
		}
		row, err := t.row(nil, &final[a].Lease)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	names := t.names()
	for part := range slices.Chunk(gone, applyRows) {
		list, args := parameters(t.dialect, part)
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE address IN (%s)", t.stats.Table, list), args...); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(rows, applyRows) {
		list, args := parameters(t.dialect, part)
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES %s %s",
			t.stats.Table, strings.Join(names, ", "), list, t.dialect.Upsert(names[1:])), args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// parameters returns parameters for rows, and what they stand for.
func parameters(d Dialect, rows [][]any) (list string, args []any) {
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(")
		for j, v := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			args = append(args, v)
			b.WriteString(d.Parameter(len(args)))
		}
		b.WriteString(")")
	}
	return b.String(), args
}
