package mysql_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/mysql"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// many are leases with what a batch of rows has to keep as it is.
func many(n int, context func(i int) string) []lease.Lease4 {
	all := make([]lease.Lease4, n)
	for i := range all {
		a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		all[i] = lease.Lease4{Address: a, HWAddr: []byte{0, '\n', '\\', '\t', byte(i >> 8), byte(i)}, ClientID: []byte{'N', '\\', 'N', byte(i)},
			Terms: lease.Terms{SubnetID: uint32(1 + i%2), Valid: 600, CLTT: 1700000000, Hostname: fmt.Sprintf("größe\\%d\t", i), UserContext: context(i)}}
	}
	return all
}

func importAll(ctx context.Context, a mysql.Address, v keaversion.Version, leases []lease.Lease4) error {
	b, err := a.Create4(ctx, v, keadb.BulkOptions{})
	if err != nil {
		return err
	}
	defer b.Abort()
	for i := range leases {
		if err := b.Add(ctx, &leases[i]); err != nil {
			return err
		}
	}
	_, err = b.Commit(ctx)
	return err
}

// Many leases are the same rows, and counted the same, whether the server takes
// LOAD DATA or not, in tables of another character set, and when some of them
// count for client classes.
func TestLoad(t *testing.T) {
	const v = keaversion.V3_0
	none := func(int) string { return "" }
	for _, c := range []struct {
		name, before, after string
		context             func(int) string
	}{
		{"plain", "", "", none},
		{"noinfile", "SET GLOBAL local_infile = 0;", "SET GLOBAL local_infile = 1;", none},
		{"latin", "ALTER TABLE lease4 CONVERT TO CHARACTER SET latin1;", "", none},
		{"classes", "", "", func(i int) string {
			if i%5000 == 4999 {
				return `{ "ISC": { "client-classes": [ "A" ] } }`
			}
			return ""
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := database.ForTest(t, database.MySQL)
			database.Need(t, s.Init(t.Context(), c.name, v))
			run := func(statements string) string {
				t.Helper()
				out, err := s.Run(t.Context(), c.name, statements)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			run(c.before)
			a := parse(t, s.URL(c.name))
			leases := many(10000, c.context)
			if err := importAll(t.Context(), a, v, leases); err != nil {
				t.Fatal(err)
			}
			run(c.after)
			rows := 0
			place, err := a.Open4(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			defer place.Close()
			for got, err := range place.All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				want := leases[rows]
				if g, w := string(lease.Append4(nil, &got, v)), string(lease.Append4(nil, &want, v)); g != w {
					t.Fatalf("got %swant %s", g, w)
				}
				rows++
			}
			if rows != len(leases) {
				t.Errorf("%d leases, want %d", rows, len(leases))
			}
			if got, want := run("SELECT subnet_id, state, leases FROM lease4_stat ORDER BY 1; SELECT leases FROM lease4_pool_stat ORDER BY subnet_id"), "1\t0\t5000\n2\t0\t5000\n5000\n5000\n"; got != want {
				t.Errorf("statistics %q, want %q", got, want)
			}
			classes := ""
			if c.context(4999) != "" {
				classes = "A\t2\n"
			}
			if got := run("SELECT client_class, leases FROM lease4_stat_by_client_class"); got != classes {
				t.Errorf("classes %q, want %q", got, classes)
			}
			if got := run("SELECT action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE()"); strings.Contains(got, "keamigrate") {
				t.Errorf("triggers %s", got)
			}
		})
	}
}

// What does not fit into a column is an error, and nothing is in place then.
func TestLoadUnfit(t *testing.T) {
	s := database.ForTest(t, database.MySQL)
	const name, v = "unfit", keaversion.V3_0
	database.Need(t, s.Init(t.Context(), name, v))
	a := parse(t, s.URL(name))
	for what, change := range map[string]func(*lease.Lease4){
		"a hostname that is too long": func(l *lease.Lease4) { l.Hostname = strings.Repeat("x", 256) },
		"an address that was there":   func(l *lease.Lease4) { l.Address = netip.MustParseAddr("10.0.0.0") },
		"a state that Kea has not":    func(l *lease.Lease4) { l.State = 9 },
	} {
		leases := many(9000, func(int) string { return "" })
		change(&leases[8000])
		if err := importAll(t.Context(), a, v, leases); err == nil {
			t.Errorf("%s is taken", what)
		} else {
			t.Logf("%s: %v", what, err)
		}
		if got, err := s.Run(t.Context(), name, "SELECT COUNT(*) FROM lease4; SELECT COALESCE(SUM(leases), 0) FROM lease4_stat"); got != "0\n0\n" || err != nil {
			t.Errorf("%s: %q are there (%v)", what, got, err)
		}
	}
}
