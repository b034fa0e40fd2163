package keadb_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/mysql"
	"github.com/keamigrate/keamigrate/server/store/postgres"
	"github.com/keamigrate/keamigrate/server/store/storetest"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

var versions = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}

// A database made by each version's kea-admin passes what a place for leases has
// to pass, and Kea's statistics in it are right.
func TestStore(t *testing.T) {
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for _, v := range versions {
				t.Run(v.String(), func(t *testing.T) {
					name := "kea" + strings.ReplaceAll(v.String(), ".", "")
					database.Need(t, s.Init(t.Context(), name, v))
					testStore(t, s, name, v, parse(t, s, name))
				})
			}
		})
	}
}

func testStore(t *testing.T, s *database.Server, name string, v keaversion.Version, d address) {
	t.Run("DHCPv4", func(t *testing.T) {
		storetest.Run4(t, func(t *testing.T) storetest.Place[lease.Lease4] {
			clean(t, s, name, v, "lease4")
			return storetest.Place[lease.Lease4]{
				Version: v,
				Open:    func(ctx context.Context) (store.Store[lease.Lease4], error) { return d.Open4(ctx, v) },
				Create: func(ctx context.Context, replace bool) (store.Bulk[lease.Lease4], error) {
					return d.Create4(ctx, v, keadb.BulkOptions{Replace: replace})
				},
				Check: func(t *testing.T, leases []lease.Lease4) { check(t, s, name, storetest.Statistics4(v, leases)) },
			}
		})
	})
	t.Run("DHCPv6", func(t *testing.T) {
		storetest.Run6(t, func(t *testing.T) storetest.Place[lease.Lease6] {
			clean(t, s, name, v, "lease6")
			return storetest.Place[lease.Lease6]{
				Version: v,
				Open:    func(ctx context.Context) (store.Store[lease.Lease6], error) { return d.Open6(ctx, v) },
				Create: func(ctx context.Context, replace bool) (store.Bulk[lease.Lease6], error) {
					return d.Create6(ctx, v, keadb.BulkOptions{Replace: replace})
				},
				Check: func(t *testing.T, leases []lease.Lease6) { check(t, s, name, storetest.Statistics6(v, leases)) },
			}
		})
	})
}

// address is that of a database, whichever program it is in.
type address interface {
	Connect(context.Context) (*sql.DB, error)
	Init(context.Context, keaversion.Version) error
	Open4(context.Context, keaversion.Version) (store.Store[lease.Lease4], error)
	Open6(context.Context, keaversion.Version) (store.Store[lease.Lease6], error)
	Create4(context.Context, keaversion.Version, keadb.BulkOptions) (store.Bulk[lease.Lease4], error)
	Create6(context.Context, keaversion.Version, keadb.BulkOptions) (store.Bulk[lease.Lease6], error)
}

// parse reads the address of a database of a server.
func parse(t *testing.T, s *database.Server, name string) address {
	t.Helper()
	var a address
	var err error
	if s.Engine == database.MySQL {
		a, err = mysql.ParseURL(s.URL(name))
	} else {
		a, err = postgres.ParseURL(s.URL(name))
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// clean empties a table of leases and what counts them.
func clean(t *testing.T, s *database.Server, name string, v keaversion.Version, table string) {
	t.Helper()
	statements := "DELETE FROM " + table + "; DELETE FROM " + table + "_stat;"
	if v >= keaversion.V2_6 {
		statements += "DELETE FROM " + table + "_pool_stat;"
	}
	if _, err := s.Run(t.Context(), name, statements); err != nil {
		t.Fatal(err)
	}
}

// check compares the answers of queries.
func check(t *testing.T, s *database.Server, name string, queries map[string]string) {
	t.Helper()
	for query, want := range queries {
		got, err := s.Run(t.Context(), name, query)
		if err != nil {
			t.Fatal(err)
		}
		if storetest.SortedLines(got) != want {
			t.Fatalf("%s:\n%s\nwant:\n%s", query, got, want)
		}
	}
}
