// Package mysql is a MySQL or MariaDB database of Kea as a place for leases.
//
// Its address is mysql://user:password@host:port/database; the parameters
// socket=FILE (instead of host and port), password-file=FILE and tls=true,
// skip-verify or preferred may follow. A password that is nowhere else is taken
// from the environment (MYSQL_PWD).
package mysql
