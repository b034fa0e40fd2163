package postgres

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// An Address is the address of a database. Its text has no password.
type Address struct {
	keadb.Database
}

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
	return Address{keadb.NewDatabase(withoutPassword(u), dialect{}, func() (*sql.DB, error) { return stdlib.OpenDB(*config), nil })}, nil
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
