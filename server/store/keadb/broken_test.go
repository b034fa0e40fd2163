package keadb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// An import whose connection ends at any moment has put all leases into place or
// none, and the statistics fit.
func TestBrokenConnection(t *testing.T) {
	const leases, rounds = 9000, 10
	for e, kill := range map[database.Engine]string{
		database.PostgreSQL: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keamigrate'",
		database.MySQL:      "SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user = 'root'",
	} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			const name = "own"
			if err := s.Create(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			if e == database.MySQL && !s.MariaDB() {
				kill = "SELECT CONCAT('KILL ', processlist_id) FROM performance_schema.threads WHERE processlist_id <> CONNECTION_ID() AND processlist_user = 'root'"
			}
			a := parse(t, s, name)
			if err := a.Init(t.Context(), keaversion.V3_0); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 1))
			took := 2 * time.Second
			for round := range rounds {
				if _, err := s.Run(t.Context(), name, "DELETE FROM lease4"); err != nil {
					t.Fatal(err)
				}
				done := make(chan error, 1)
				begin := time.Now()
				go func() { done <- importLeases(t.Context(), a, leases) }()
				var err error
				// The first round is not disturbed, to know how long an import takes.
				if round > 0 {
					ended := false
					select {
					case err = <-done:
						ended = true
					case <-time.After(time.Duration(r.Int64N(int64(took)))):
					}
					if !ended {
						statements, killErr := s.Run(t.Context(), name, kill)
						if killErr == nil && e == database.MySQL && statements != "" {
							// Who is gone meanwhile cannot be ended.
							s.Run(t.Context(), name, strings.ReplaceAll(statements, "\n", ";\n"))
						}
						if killErr != nil {
							t.Fatal(killErr)
						}
						err = <-done
					}
				} else {
					err = <-done
					took = time.Since(begin)
					if err != nil {
						t.Fatal(err)
					}
				}
				out, runErr := s.Run(t.Context(), name, "SELECT count(*), (SELECT COALESCE(SUM(leases), 0) FROM lease4_stat) FROM lease4")
				if runErr != nil {
					t.Fatal(runErr)
				}
				whole := fmt.Sprintf("%[1]d\t%[1]d", leases)
				switch out = strings.TrimSpace(out); {
				case out != "0\t0" && out != whole:
					t.Errorf("leases and statistics are %q after %v", out, err)
				case err == nil && out != whole:
					t.Errorf("the import went through, and leases are %q", out)
				}
				t.Logf("round %d: %q, %v", round, out, err)
			}
		})
	}
}

// importLeases imports leases into a database of Kea 3.0.
func importLeases(ctx context.Context, a address, n int) error {
	b, err := a.Create4(ctx, keaversion.V3_0, keadb.BulkOptions{})
	if err != nil {
		return err
	}
	for i := range n {
		l := lease.Lease4{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), HWAddr: []byte{2, 0, 0, 0, byte(i >> 8), byte(i)},
			Terms: lease.Terms{SubnetID: 1, Valid: 600, CLTT: 1790000000}}
		if err := b.Add(ctx, &l); err != nil {
			return errors.Join(err, b.Abort())
		}
	}
	_, err = b.Commit(ctx)
	return err
}
