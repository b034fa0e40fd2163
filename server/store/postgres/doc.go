// Package postgres is a PostgreSQL database of Kea as a place for leases.
//
// Its address is a URL as PostgreSQL's own programs take it:
// postgres://user:password@host:port/database. Beside the parameters that those
// know (host=/var/run/postgresql is a folder of sockets) there is
// password-file=FILE. A password that is nowhere else is looked for in the
// environment (PGPASSWORD) and in the file that PGPASSFILE names or ~/.pgpass.
package postgres
