package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// An Address is the address of a database. Its text has no password.
type Address struct {
	config *mysql.Config
	text   string
}

func (a Address) String() string { return a.text }

const form = "write mysql://user@host:3306/database or mysql://user@/database?socket=/run/mysqld/mysqld.sock"

// parameters are those that a URL may have.
var parameters = []string{"socket", "password-file", "tls"}

// ParseURL reads mysql://... An error does not hold the password.
func ParseURL(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, errors.New("this is no URL: " + form + ", with %XX for what is special in a password")
	}
	c := mysql.NewConfig()
	c.User = u.User.Username()
	shown := *u
	if u.User != nil {
		shown.User = url.User(c.User)
	}
	a := Address{config: c, text: shown.String()}
	query := u.Query()
	for name := range query {
		if !slices.Contains(parameters, name) {
			return Address{}, fmt.Errorf("the parameter %q is not known: there are %s", name, strings.Join(parameters, ", "))
		}
	}
	c.DBName = strings.TrimPrefix(u.Path, "/")
	switch {
	case u.Scheme != "mysql":
		return Address{}, errors.New("the URL of a MySQL database begins with mysql://")
	case c.DBName == "" || strings.Contains(c.DBName, "/"):
		return Address{}, fmt.Errorf("%s names no database: %s", a, form)
	}
	if socket := query.Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	} else {
		c.Net, c.Addr = "tcp", net.JoinHostPort(cmp.Or(u.Hostname(), "localhost"), cmp.Or(u.Port(), "3306"))
	}
	password, given := u.User.Password()
	file := query.Get("password-file")
	switch {
	case given:
		c.Passwd = password
	case file != "":
		content, err := os.ReadFile(file)
		if err != nil {
			return Address{}, err
		}
		c.Passwd = strings.TrimRight(string(content), "\r\n")
	default:
		c.Passwd = os.Getenv("MYSQL_PWD")
	}
	c.TLSConfig = query.Get("tls")
	// Rows are sent as text: a statement of thousands of values would otherwise be
	// prepared for every batch.
	c.InterpolateParams = true
	c.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": "'STRICT_ALL_TABLES'"}
	c.Logger = log.New(io.Discard, "", 0) // what it says is in the errors too
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return Address{}, err
	}
	return a, nil
}

// connect opens a database.
func (a Address) connect(ctx context.Context) (*sql.DB, error) {
	connector, err := mysql.NewConnector(a.config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	db := sql.OpenDB(connector)
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
