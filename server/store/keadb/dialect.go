package keadb

import (
	"context"
	"database/sql"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// A Dialect is where the databases differ. SQL in it names the table of leases
// o and the temporary table n.
type Dialect interface {
	Engine() Engine
	// NoTable reports whether an error says that a table does not exist.
	NoTable(error) bool
	// Parameter is the n-th parameter of a statement, from 1 on.
	Parameter(n int) string
	// Epoch is the seconds since 1970 of a column of times, as a signed number.
	Epoch(column string) string
	// Signed is a column of numbers, as a signed number.
	Signed(column string) string
	// Same says that two columns are equal, NULL being equal to NULL; texts are
	// compared byte by byte.
	Same(a, b string, text bool) string
	// Upsert ends an INSERT into a table: where the address is taken the columns
	// get the new values.
	Upsert(columns []string) string
	// CreateTemporary makes the temporary table, of columns of a table and, where
	// Numbered, the column seq.
	CreateTemporary(table string, columns []string) string
	// Numbered: rows of the temporary table have a number, and of two with the
	// same address both are there until Finish. Otherwise the later replaces the
	// earlier.
	Numbered() bool
	// Load puts rows into the temporary table.
	Load(ctx context.Context, conn *sql.Conn, columns []string, rows [][]any) error
	// Finish is what to do when the temporary table is complete.
	Finish() []string
	// Lock keeps others from changing a table until the transaction ends.
	Lock(table string) string
	// UpdateChanged gives o the values of n where they differ, and DeleteOthers
	// takes the rows of o away that n has not.
	UpdateChanged(table string, columns []string, same string) string
	DeleteOthers(table string) string
	// Quiet prepares, outside of any transaction, that Change can leave out Kea's
	// triggers, when so many rows come. undo takes that back; it has to be called
	// also when the context has ended.
	Quiet(ctx context.Context, conn *sql.Conn, table Statistics, rows int64) (undo func() error, err error)
	// Change prepares a table, in a transaction, for so many changes of leases that
	// count for no client class, and finish sees to it after them that the tables of
	// statistics and the table's indexes are right.
	Change(ctx context.Context, tx *sql.Tx, table Statistics, changes int) (finish func(context.Context) error, err error)

	// Values as a version of Kea writes them.

	// Missing is what an identifier has when there is none.
	Missing() any
	// MissingContext is what user_context has when there is none.
	MissingContext() any
	// NoHardware is what lease6 has in hwaddr, hwtype and hwaddr_source when
	// there is no hardware address.
	NoHardware() (address, kind, source any)
	// IAID is an IAID.
	IAID(uint32) any
	// Address6 is an address of IPv6; ReadAddress6 is its column as text;
	// OrderAddress6 is what sorts as addresses do, and sorted reports whether that
	// is the column itself.
	Address6(v keaversion.Version, a [16]byte) any
	ReadAddress6(v keaversion.Version, column string) string
	OrderAddress6(v keaversion.Version, column string) (order string, sorted bool)
}

// A DirectDialect can put rows straight into a table of leases that has none, which
// takes less time than the way through the temporary table.
type DirectDialect interface {
	Dialect
	// LoadInto puts rows into a table; an address that is there is an error.
	LoadInto(ctx context.Context, tx *sql.Tx, table string, columns []string, rows [][]any) error
	// Count is called between Change and its finish: the changes that follow may be
	// of leases that count for client classes.
	Count(ctx context.Context, tx *sql.Tx) error
}

// Statistics describes the tables of statistics about a table of leases.
type Statistics struct {
	Table  string // lease4 or lease6
	Counts []Count
}

// A Count is a table that counts the leases that are in certain states, by
// columns.
type Count struct {
	Table  string
	By     []string
	States string // numbers with commas between them
}

// Temporary is the name of the temporary table.
const Temporary = "keamigrate_new"

// Sequence is the column that numbers its rows.
const Sequence = "keamigrate_seq"
