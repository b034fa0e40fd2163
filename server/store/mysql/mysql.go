package mysql

import (
	"cmp"
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

	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// An Address is the address of a database. Its text has no password.
type Address struct {
	keadb.Database
}

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
		return Address{}, fmt.Errorf("%s names no database: %s", &shown, form)
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
	return Address{keadb.NewDatabase(shown.String(), dialect{}, func() (*sql.DB, error) {
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	})}, nil
}
