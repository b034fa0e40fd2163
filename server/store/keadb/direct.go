package keadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// direct is a transaction that fills a table which had no rows. Nobody else can
// put any there meanwhile, or see those that are.
type direct struct {
	dialect DirectDialect
	tx      *sql.Tx
	finish  func(context.Context) error // of Change
	undo    func() error                // of Quiet
	done    bool
}

// begin begins to fill the table itself, if it is empty and the database is one
// where this is worth it. Otherwise it returns nil.
func (b *bulk[L]) begin(ctx context.Context) (_ *direct, err error) {
	d, ok := b.table.dialect.(DirectDialect)
	if !ok {
		return nil, nil
	}
	s := b.table.stats
	empty := func(q interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) (yes bool, err error) {
		err = q.QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM "+s.Table+")").Scan(&yes)
		return yes, err
	}
	if yes, err := empty(b.conn); err != nil || !yes {
		return nil, err
	}
	// How many there will be is not known, but that there are many.
	undo, err := d.Quiet(ctx, b.conn, s, batchRows)
	if err != nil {
		return nil, err
	}
	f := &direct{dialect: d, undo: undo}
	if f.tx, err = b.conn.BeginTx(ctx, nil); err != nil {
		return nil, errors.Join(err, f.abort())
	}
	if _, err := f.tx.ExecContext(ctx, d.Lock(s.Table)); err != nil {
		return nil, errors.Join(err, f.abort())
	}
	if yes, err := empty(f.tx); err != nil || !yes {
		return nil, errors.Join(err, f.abort())
	}
	if f.finish, err = d.Change(ctx, f.tx, s, batchRows); err != nil {
		return nil, errors.Join(err, f.abort())
	}
	return f, nil
}

// load puts rows into the table. classes: there may be some among them that count
// for client classes.
func (f *direct) load(ctx context.Context, table string, columns []string, rows [][]any, classes bool) error {
	if classes {
		if err := f.dialect.Count(ctx, f.tx); err != nil {
			return err
		}
	}
	return f.dialect.LoadInto(ctx, f.tx, table, columns, rows)
}

func (f *direct) commit(ctx context.Context) error {
	err := f.finish(ctx)
	if err == nil {
		err = f.tx.Commit()
	}
	if err != nil {
		return errors.Join(err, f.abort())
	}
	f.done = true
	if err := f.undo(); err != nil {
		return fmt.Errorf("the leases are in place, but: %w", err)
	}
	return nil
}

// abort takes back what was done, unless it is committed. An error of a
// transaction that has ended already is none: its context has.
func (f *direct) abort() error {
	if f.done {
		return nil
	}
	f.done = true
	var err error
	if f.tx != nil {
		if err = f.tx.Rollback(); errors.Is(err, sql.ErrTxDone) {
			err = nil
		}
	}
	return errors.Join(err, f.undo())
}
