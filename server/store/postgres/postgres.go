package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// An Address is the address of a database. Its text has no password.
type Address struct {
	config *pgx.ConnConfig
	text   string
}

func (a Address) String() string { return a.text }

// ParseURL reads postgres://... or postgresql://... An error does not hold the
// password.
func ParseURL(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, errors.New("this is no URL: write postgres://user@host:5432/database, with %XX for what is special in a password")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return Address{}, errors.New("the URL of a PostgreSQL database begins with postgres://")
	}
	query := u.Query()
	file := query.Get("password-file")
	query.Del("password-file")
	u.RawQuery = query.Encode()
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		var parse *pgconn.ParseConfigError
		if errors.As(err, &parse) && parse.Unwrap() != nil {
			err = parse.Unwrap() // its own text quotes the URL
		}
		return Address{}, fmt.Errorf("%s: %w", withoutPassword(u), err)
	}
	if file != "" {
		password, err := os.ReadFile(file)
		if err != nil {
			return Address{}, err
		}
		config.Password = strings.TrimRight(string(password), "\r\n")
	}
	if config.Database == "" {
		return Address{}, fmt.Errorf("%s names no database: write postgres://user@host:5432/database", withoutPassword(u))
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["client_encoding"] = "UTF8"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "keamigrate"
	}
	return Address{config: config, text: withoutPassword(u)}, nil
}

func withoutPassword(u *url.URL) string {
	shown := *u
	if u.User != nil {
		shown.User = url.User(u.User.Username())
	}
	query := shown.Query()
	query.Del("password")
	query.Del("sslpassword")
	shown.RawQuery = query.Encode()
	return shown.String()
}

// connect opens a database.
func (a Address) connect(ctx context.Context) (*sql.DB, error) {
	db := stdlib.OpenDB(*a.config)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", a, err), db.Close())
	}
	return db, nil
}

// open opens a database of a version of Kea.
func (a Address) open(ctx context.Context, v keaversion.Version) (*sql.DB, error) {
	db, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := keadb.CheckSchema(ctx, db, dialect{}, v); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", a, err), db.Close())
	}
	return db, nil
}

// Open4 opens the leases of DHCPv4 in a database of a version of Kea. The error
// is a keadb.SchemaError or keadb.ErrNoSchema when it is not one of that.
func (a Address) Open4(ctx context.Context, v keaversion.Version) (store.Store[lease.Lease4], error) {
	db, err := a.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return keadb.NewStore(db, keadb.Table4(dialect{}, v)), nil
}

// Open6 is Open4 for DHCPv6.
func (a Address) Open6(ctx context.Context, v keaversion.Version) (store.Store[lease.Lease6], error) {
	db, err := a.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return keadb.NewStore(db, keadb.Table6(dialect{}, v)), nil
}

// Create4 begins to fill a database of a version of Kea with leases of DHCPv4.
// Errors are as those of Open4.
func (a Address) Create4(ctx context.Context, v keaversion.Version, opts keadb.BulkOptions) (store.Bulk[lease.Lease4], error) {
	db, err := a.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return keadb.NewBulk(ctx, db, keadb.Table4(dialect{}, v), opts)
}

// Create6 is Create4 for DHCPv6.
func (a Address) Create6(ctx context.Context, v keaversion.Version, opts keadb.BulkOptions) (store.Bulk[lease.Lease6], error) {
	db, err := a.open(ctx, v)
	if err != nil {
		return nil, err
	}
	return keadb.NewBulk(ctx, db, keadb.Table6(dialect{}, v), opts)
}

// Version is the version of Kea whose schema a database has. Errors are as those
// of Open4.
func (a Address) Version(ctx context.Context) (keaversion.Version, error) {
	db, err := a.connect(ctx)
	if err != nil {
		return 0, err
	}
	v, err := keadb.VersionOf(ctx, db, dialect{})
	if err != nil {
		err = fmt.Errorf("%s: %w", a, err)
	}
	return v, errors.Join(err, db.Close())
}

// Protocols reports whether a database has leases of DHCPv4, and of DHCPv6.
func (a Address) Protocols(ctx context.Context) (v4, v6 bool, err error) {
	db, err := a.connect(ctx)
	if err != nil {
		return false, false, err
	}
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM lease4), EXISTS (SELECT 1 FROM lease6)").Scan(&v4, &v6)
	if err != nil {
		err = fmt.Errorf("%s: %w", a, err)
	}
	return v4, v6, errors.Join(err, db.Close())
}

// FillHosts puts hosts into a database of a version of Kea, as keadb.FillHosts
// says. Errors are those of Open4, too.
func (a Address) FillHosts(ctx context.Context, v keaversion.Version, hosts []keadb.Host, replace bool) (store.Outcome, error) {
	db, err := a.open(ctx, v)
	if err != nil {
		return store.Outcome{}, err
	}
	o, err := keadb.FillHosts(ctx, db, dialect{}, v, hosts, replace)
	if err != nil {
		return store.Outcome{}, errors.Join(fmt.Errorf("%s: %w", a, err), db.Close())
	}
	return o, db.Close()
}
