package postgres_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/postgres"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// The indexes and triggers of a table are after an import what they were before.
func TestIndexes(t *testing.T) {
	s := database.ForTest(t, database.PostgreSQL)
	const name, v = "indexes", keaversion.V3_0
	database.Need(t, s.Init(t.Context(), name, v))
	a, err := postgres.ParseURL(s.URL(name))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(query string) string {
		t.Helper()
		out, err := s.Run(t.Context(), name, query)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// Of somebody who looks for what Kea does not.
	ask("CREATE INDEX expired ON lease4 (expire) WHERE state = 0; COMMENT ON INDEX expired IS 'ours'; CREATE UNIQUE INDEX \"Odd name\" ON lease4 (address, lower(hostname));")
	const catalogue = `SELECT indexname, tablespace, indexdef, obj_description(indexname::regclass) FROM
		(SELECT quote_ident(indexname) AS indexname, tablespace, indexdef FROM pg_indexes WHERE tablename = 'lease4') i ORDER BY 1;
		SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'lease4'::regclass ORDER BY 1`
	before := ask(catalogue)
	for n, leases := range []int{3000, 600, 4000} {
		b, err := a.Create4(t.Context(), v, keadb.BulkOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range leases {
			address := netip.AddrFrom4([4]byte{10, byte(n), byte(i >> 8), byte(i)})
			l := lease.Lease4{Address: address, HWAddr: address.AsSlice(), Terms: lease.Terms{SubnetID: 1, Valid: 600, CLTT: 1700000000}}
			if err := b.Add(t.Context(), &l); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ask(catalogue); got != before {
			t.Errorf("after %d leases\n%s\nbefore\n%s", leases, got, before)
		}
	}
	if got, want := ask("SELECT count(*), (SELECT leases FROM lease4_stat WHERE state = 0) FROM lease4"), fmt.Sprintf("%d\t%d\n", 7600, 7600); got != want {
		t.Errorf("leases and their count are %q, want %q", got, want)
	}
}
