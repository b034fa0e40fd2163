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

func parse(t *testing.T, url string) mysql.Address {
	t.Helper()
	a, err := mysql.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// fill imports leases of 10.0.0.0 and what follows.
func fill(ctx context.Context, a mysql.Address, v keaversion.Version, n int) error {
	b, err := a.Create4(ctx, v, keadb.BulkOptions{Replace: true})
	if err != nil {
		return err
	}
	for i := range n {
		address := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		l := lease.Lease4{Address: address, HWAddr: address.AsSlice(), Terms: lease.Terms{SubnetID: uint32(1 + i%3), Valid: 600, CLTT: 1700000000}}
		if err := b.Add(ctx, &l); err != nil {
			return err
		}
	}
	_, err = b.Commit(ctx)
	return err
}

// Kea's triggers are after an import what they were before, also when an import
// was killed that had given them a condition; for others they count all the time.
func TestTriggers(t *testing.T) {
	s := database.ForTest(t, database.MySQL)
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String(), func(t *testing.T) {
			name := "triggers" + strings.ReplaceAll(v.String(), ".", "")
			database.Need(t, s.Init(t.Context(), name, v))
			a := parse(t, s.URL(name))
			ask := func(query string) string {
				t.Helper()
				out, err := s.Run(t.Context(), name, query)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			const all = `SELECT trigger_name, event_manipulation, event_object_table, action_timing, sql_mode, definer, character_set_client,
				collation_connection, database_collation, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1`
			const stat = "SELECT subnet_id, state, leases FROM lease4_stat ORDER BY 1, 2"
			before := ask(all)
			if err := fill(t.Context(), a, v, 3000); err != nil {
				t.Fatal(err)
			}
			if got := ask(all); got != before {
				t.Errorf("after an import the triggers are\n%s\nbefore\n%s", got, before)
			}
			if got, want := ask(stat), "1\t0\t1000\n2\t0\t1000\n3\t0\t1000\n"; got != want {
				t.Errorf("statistics\n%s\nwant\n%s", got, want)
			}

			if !s.MariaDB() {
				return // imports do not touch MySQL's triggers
			}
			// As a killed import leaves them.
			for _, event := range []string{"AINS INSERT", "AUPD UPDATE", "ADEL DELETE"} {
				end, kind, _ := strings.Cut(event, " ")
				body := ask("SELECT action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name = 'lease4_" + end + "'")
				body = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(strings.TrimSuffix(body, "\n"))
				ask(fmt.Sprintf("DELIMITER //\nCREATE OR REPLACE TRIGGER lease4_%s AFTER %s ON lease4 FOR EACH ROW BEGIN IF @keamigrate_import IS NULL THEN %s; END IF; END//\n", end, kind, body))
			}
			ask("DELETE FROM lease4 WHERE address < 167772160 + 3")
			if got, want := ask(stat), "1\t0\t999\n2\t0\t999\n3\t0\t999\n"; got != want {
				t.Errorf("what others do is counted as\n%s\nwant\n%s", got, want)
			}
			if err := fill(t.Context(), a, v, 3); err != nil {
				t.Fatal(err)
			}
			// The statements above have another sql_mode.
			got, want := bodies(ask(all)), bodies(before)
			if got != want {
				t.Errorf("after the next import the triggers are\n%s\nbefore\n%s", got, want)
			}
			if got, want := ask(stat), "1\t0\t1\n2\t0\t1\n3\t0\t1\n"; got != want {
				t.Errorf("statistics\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// bodies leaves out all but the names and bodies of triggers.
func bodies(lines string) string {
	var b strings.Builder
	for line := range strings.Lines(lines) {
		fields := strings.Split(line, "\t")
		fmt.Fprintln(&b, fields[0], fields[len(fields)-1])
	}
	return b.String()
}

// A user that may not replace triggers imports all the same.
func TestTriggersNotAllowed(t *testing.T) {
	s := database.ForTest(t, database.MySQL)
	const v, name = keaversion.V3_0, "allowed"
	database.Need(t, s.Init(t.Context(), name, v))
	run := func(statement string) string {
		t.Helper()
		out, err := s.Run(t.Context(), name, statement)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	run("CREATE USER plain@localhost; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, EXECUTE ON allowed.* TO plain@localhost;")
	a := parse(t, strings.Replace(s.URL(name), "root@", "plain@", 1))
	if err := fill(t.Context(), a, v, 3000); err != nil {
		t.Fatal(err)
	}
	if got, want := run("SELECT subnet_id, state, leases FROM lease4_stat ORDER BY 1, 2"), "1\t0\t1000\n2\t0\t1000\n3\t0\t1000\n"; got != want {
		t.Errorf("statistics\n%s\nwant\n%s", got, want)
	}
}
