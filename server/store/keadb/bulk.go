package keadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// BulkOptions say how a database is filled.
type BulkOptions struct {
	// Replace: leases that are there already are taken away, newer ones too.
	// Without it they stay, and one that is newer than its successor is an error.
	Replace bool
}

// Rows are given to the database when there are so many of them, or when they
// have about so many bytes.
const (
	batchRows  = 4096
	batchBytes = 1 << 20
)

// bulk fills the temporary table and then, in one transaction, the real one. Many
// rows for a table that has none go into that without the detour, if the database
// is one where this is worth it.
type bulk[L lease.Lease] struct {
	table   *table[L]
	opts    BulkOptions
	db      *sql.DB
	conn    *sql.Conn
	columns []string // of the temporary table
	rows    [][]any
	size    int
	count   int64
	classes bool // the rows may have leases that count for client classes
	loaded  bool // rows have been given to the database
	direct  *direct
	loading chan error // what came of the rows that were given to the database last; nil: none were
	done    bool
}

// newBulk begins to fill a table. The database is closed by Commit or Abort; on
// an error it is closed already.
func newBulk[L lease.Lease](ctx context.Context, db *sql.DB, t *table[L], opts BulkOptions) (store.Bulk[L], error) {
	b := &bulk[L]{table: t, opts: opts, db: db, columns: t.names()}
	var err error
	if b.conn, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if _, err := b.conn.ExecContext(ctx, t.dialect.CreateTemporary(t.stats.Table, b.columns)); err != nil {
		return nil, errors.Join(fmt.Errorf("making a temporary table: %w", err), b.Abort())
	}
	if t.dialect.Numbered() {
		b.columns = append(b.columns, Sequence)
	}
	return b, nil
}

func (b *bulk[L]) Add(ctx context.Context, l *L) error {
	if b.done {
		return errDone
	}
	row, err := b.table.row(make([]any, 0, len(b.columns)), l)
	if err != nil {
		return err
	}
	b.count++
	b.classes = b.classes || countsForClasses(b.table.terms(l).UserContext)
	if b.table.dialect.Numbered() {
		row = append(row, b.count)
	}
	b.rows = append(b.rows, row)
	b.size += len(row) * 8
	for _, v := range row {
		switch v := v.(type) {
		case string:
			b.size += len(v)
		case []byte:
			b.size += len(v)
		}
	}
	if len(b.rows) < batchRows && b.size < batchBytes {
		return nil
	}
	if !b.loaded {
		var err error
		if b.direct, err = b.begin(ctx); err != nil {
			return err
		}
	}
	return b.load(ctx)
}

// countsForClasses reports whether a lease may count for client classes, which
// only Kea's triggers know how to do.
func countsForClasses(userContext string) bool {
	return strings.Contains(userContext, `"client-classes"`) || strings.Contains(userContext, `\u`)
}

// load gives rows to the database, which works on them while the next ones come.
func (b *bulk[L]) load(ctx context.Context) error {
	if err := b.wait(); err != nil || len(b.rows) == 0 {
		return err
	}
	b.loaded = true
	give := func(rows [][]any) error { return b.table.dialect.Load(ctx, b.conn, b.columns, rows) }
	if b.direct != nil {
		give = func(rows [][]any) error { return b.direct.load(ctx, b.table.stats.Table, b.columns, rows, b.classes) }
	}
	rows, loading := b.rows, make(chan error, 1)
	b.rows, b.size, b.loading = make([][]any, 0, len(rows)), 0, loading
	go func() { loading <- give(rows) }()
	return nil
}

// wait returns when the database has the rows that were given to it.
func (b *bulk[L]) wait() error {
	if b.loading == nil {
		return nil
	}
	err := <-b.loading
	b.loading = nil
	return err
}

var errDone = errors.New("the leases are in place or given up already")

func (b *bulk[L]) Commit(ctx context.Context) (store.Outcome, error) {
	if b.done {
		return store.Outcome{}, errDone
	}
	outcome, err := b.commit(ctx)
	closeErr := b.Abort()
	if err != nil {
		return store.Outcome{}, err
	}
	return outcome, closeErr
}

func (b *bulk[L]) commit(ctx context.Context) (outcome store.Outcome, err error) {
	if err := errors.Join(b.load(ctx), b.wait()); err != nil {
		return outcome, err
	}
	if b.direct != nil {
		err := b.direct.commit(ctx)
		return store.Outcome{Added: int(b.count)}, err
	}
	for _, statement := range b.table.dialect.Finish() {
		if _, err := b.conn.ExecContext(ctx, statement); err != nil {
			return outcome, err
		}
	}
	undo, err := b.table.dialect.Quiet(ctx, b.conn, b.table.stats, b.count)
	if err != nil {
		return outcome, err
	}
	outcome, err = b.transact(ctx)
	if undoErr := undo(); undoErr != nil && err == nil {
		err = fmt.Errorf("the leases are in place, but: %w", undoErr)
	} else {
		err = errors.Join(err, undoErr)
	}
	return outcome, err
}

// transact compares and changes.
func (b *bulk[L]) transact(ctx context.Context) (outcome store.Outcome, err error) {
	tx, err := b.conn.BeginTx(ctx, nil)
	if err != nil {
		return outcome, err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, b.table.dialect.Lock(b.table.stats.Table)); err != nil {
		return outcome, err
	}
	if !b.opts.Replace {
		if err := b.newer(ctx, tx); err != nil {
			return outcome, err
		}
	}
	if outcome, err = b.compare(ctx, tx); err != nil {
		return outcome, err
	}
	changes := outcome.Added + outcome.Replaced + outcome.Removed
	if changes == 0 {
		return outcome, tx.Commit()
	}
	finish := func(context.Context) error { return nil }
	if !b.classes {
		if finish, err = b.table.dialect.Change(ctx, tx, b.table.stats, changes); err != nil {
			return outcome, err
		}
	}
	if err := b.change(ctx, tx, outcome); err != nil {
		return outcome, err
	}
	if err := finish(ctx); err != nil {
		return outcome, err
	}
	return outcome, tx.Commit()
}

// newer returns a NewerError when leases would be lost.
func (b *bulk[L]) newer(ctx context.Context, tx *sql.Tx) error {
	t := b.table
	from := fmt.Sprintf(" FROM %s n JOIN %s o ON o.address = n.address WHERE %s > %s AND NOT %s",
		Temporary, t.stats.Table, t.cltt("o"), t.cltt("n"), t.same())
	var e store.NewerError
	if err := tx.QueryRowContext(ctx, "SELECT count(*)"+from).Scan(&e.Count); err != nil || e.Count == 0 {
		return err
	}
	order := strings.ReplaceAll(t.order, "address", "o.address")
	first := func(scan func(...any) error) error {
		l, err := t.scan(func(dst ...any) error { return scan(append(dst, &e.Given)...) })
		e.Address, e.Have = t.address(&l), t.terms(&l).CLTT
		return err
	}
	if err := first(tx.QueryRowContext(ctx, "SELECT "+t.selected("o")+", "+t.cltt("n")+from+" ORDER BY "+order+" LIMIT 1").Scan); err != nil {
		return err
	}
	return &e
}

// compare counts what the new rows do to the old ones.
func (b *bulk[L]) compare(ctx context.Context, tx *sql.Tx) (o store.Outcome, err error) {
	t := b.table
	var given, there int
	if err = tx.QueryRowContext(ctx, "SELECT count(*) FROM "+Temporary).Scan(&given); err != nil {
		return o, err
	}
	if err = tx.QueryRowContext(ctx, "SELECT count(*) FROM "+t.stats.Table).Scan(&there); err != nil {
		return o, err
	}
	if there > 0 {
		err = tx.QueryRowContext(ctx, fmt.Sprintf("SELECT COALESCE(sum(CASE WHEN %[1]s THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN %[1]s THEN 0 ELSE 1 END), 0) FROM %[2]s n JOIN %[3]s o ON o.address = n.address",
			t.same(), Temporary, t.stats.Table)).Scan(&o.Unchanged, &o.Replaced)
	}
	o.Added = given - o.Unchanged - o.Replaced
	if rest := there - o.Unchanged - o.Replaced; b.opts.Replace {
		o.Removed = rest
	} else {
		o.Kept = rest
	}
	return o, err
}

func (b *bulk[L]) change(ctx context.Context, tx *sql.Tx, o store.Outcome) error {
	t := b.table
	names := t.names()
	list := strings.Join(names, ", ")
	var statements []string
	if o.Removed > 0 {
		statements = append(statements, t.dialect.DeleteOthers(t.stats.Table))
	}
	if o.Replaced > 0 {
		statements = append(statements, t.dialect.UpdateChanged(t.stats.Table, names[1:], t.same()))
	}
	if o.Added > 0 {
		insert := fmt.Sprintf("INSERT INTO %s (%s) SELECT n.%s FROM %s n", t.stats.Table, list, strings.Join(names, ", n."), Temporary)
		if o.Replaced+o.Unchanged > 0 {
			insert += fmt.Sprintf(" LEFT JOIN %s o ON o.address = n.address WHERE o.address IS NULL", t.stats.Table)
		}
		statements = append(statements, insert+" ORDER BY n.address")
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (b *bulk[L]) Abort() error {
	if b.done {
		return nil
	}
	b.done, b.rows = true, nil
	b.wait() // its rows are given up
	var err error
	if b.direct != nil {
		err = b.direct.abort()
	}
	// The temporary table ends with the connection, which must not be used for
	// anything else: the pool is closed with it.
	return errors.Join(err, b.conn.Close(), b.db.Close())
}
