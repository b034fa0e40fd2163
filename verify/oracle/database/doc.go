// Package database starts PostgreSQL and MariaDB for tests: on a private socket,
// in a temporary folder, as a user without rights, and without the safety that
// costs time. They end with the test, or with its process when that is killed.
// Databases in them get the tables that kea-admin of a version of Kea makes.
package database
