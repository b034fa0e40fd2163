package keadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// Database is the address of a database.
type Database struct {
	text    string
	dialect Dialect
	dial    func() (*sql.DB, error)
}

// NewDatabase returns the database that dial opens. text is its address without
// the password, for messages.
func NewDatabase(text string, d Dialect, dial func() (*sql.DB, error)) Database {
	return Database{text, d, dial}
}

// String returns the address without the password.
func (d Database) String() string { return d.text }

// Connect opens the database, whatever is in it. The error names it.
func (d Database) Connect(ctx context.Context) (*sql.DB, error) {
	db, err := d.dial()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d, err)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", d, err), db.Close())
	}
	return db, nil
}

// open opens a database of a version of Kea.
func (d Database) open(ctx context.Context, v keaversion.Version) (*sql.DB, error) {
	db, err := d.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkSchema(ctx, db, d.dialect, v); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", d, err), db.Close())
	}
	return db, nil
}

// Open4 opens the leases of DHCPv4 in a database of a version of Kea. The error
// is a SchemaError or ErrNoSchema when it is not one of that.
func (d Database) Open4(ctx context.Context, v keaversion.Version) (store.Store[lease.Lease4], error) {
	db, err := d.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return newStore(db, table4(d.dialect, v)), nil
}

// Open6 is Open4 for DHCPv6.
func (d Database) Open6(ctx context.Context, v keaversion.Version) (store.Store[lease.Lease6], error) {
	db, err := d.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return newStore(db, table6(d.dialect, v)), nil
}

// Create4 begins to fill a database of a version of Kea with leases of DHCPv4.
// Errors are as those of Open4.
func (d Database) Create4(ctx context.Context, v keaversion.Version, opts BulkOptions) (store.Bulk[lease.Lease4], error) {
	db, err := d.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return newBulk(ctx, db, table4(d.dialect, v), opts)
}

// Create6 is Create4 for DHCPv6.
func (d Database) Create6(ctx context.Context, v keaversion.Version, opts BulkOptions) (store.Bulk[lease.Lease6], error) {
	db, err := d.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return newBulk(ctx, db, table6(d.dialect, v), opts)
}

// Version is the version of Kea whose schema a database has. Errors are as those
// of Open4.
func (d Database) Version(ctx context.Context) (keaversion.Version, error) {
	db, err := d.Connect(ctx)
	if err != nil {
		return 0, err
	}
	v, err := versionOf(ctx, db, d.dialect)
	if err != nil {
		err = fmt.Errorf("%s: %w", d, err)
	}
	return v, errors.Join(err, db.Close())
}

// Protocols reports whether a database has leases of DHCPv4, and of DHCPv6.
func (d Database) Protocols(ctx context.Context) (v4, v6 bool, err error) {
	db, err := d.Connect(ctx)
	if err != nil {
		return false, false, err
	}
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM lease4), EXISTS (SELECT 1 FROM lease6)").Scan(&v4, &v6)
	if err != nil {
		err = fmt.Errorf("%s: %w", d, err)
	}
	return v4, v6, errors.Join(err, db.Close())
}

// FillHosts puts hosts into a database of a version of Kea, as the function
// FillHosts says. Errors are those of Open4, too.
func (d Database) FillHosts(ctx context.Context, v keaversion.Version, hosts []Host, replace bool) (store.Outcome, error) {
	db, err := d.open(ctx, v)
	if err != nil {
		return store.Outcome{}, err
	}
	o, err := fillHosts(ctx, db, d.dialect, v, hosts, replace)
	if err != nil {
		return store.Outcome{}, errors.Join(fmt.Errorf("%s: %w", d, err), db.Close())
	}
	return o, db.Close()
}
