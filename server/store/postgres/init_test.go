package postgres_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/postgres"
	"github.com/keamigrate/keamigrate/server/store/storetest"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// What Init makes is what kea-admin of each version makes: tables, columns, keys, indexes, rows, and what triggers and functions
// do.
func TestInit(t *testing.T) {
	s := database.ForTest(t, database.PostgreSQL)
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		t.Run(v.String(), func(t *testing.T) {
			theirs := "kea" + strings.ReplaceAll(v.String(), ".", "")
			ours := "own" + strings.ReplaceAll(v.String(), ".", "")
			database.Need(t, s.Init(t.Context(), theirs, v))
			if err := s.Create(t.Context(), ours); err != nil {
				t.Fatal(err)
			}
			a, err := postgres.ParseURL(s.URL(ours))
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Init(t.Context(), v); err != nil {
				t.Fatal(err)
			}
			if err := a.Init(t.Context(), v); !errors.Is(err, keadb.ErrNotEmpty) {
				t.Errorf("a second time: %v", err)
			}
			ask := func(name, query string) []string {
				out, err := s.Run(t.Context(), name, query)
				if err != nil {
					t.Fatal(err)
				}
				return slices.Collect(strings.Lines(storetest.SortedLines(strings.ReplaceAll(out, name, "DB"))))
			}
			for _, query := range catalogue {
				if diff := cmp.Diff(ask(theirs, query), ask(ours, query)); diff != "" {
					t.Errorf("%s: kea-admin -, Init +\n%s", query, diff)
				}
			}
			for _, table := range []string{"lease_state", "lease6_types", "lease_hwaddr_source", "host_identifier_type", "dhcp_option_scope", "modification", "parameter_data_type", "ddns_replace_client_name_types", "schema_version"} {
				if diff := cmp.Diff(ask(theirs, "SELECT * FROM "+table), ask(ours, "SELECT * FROM "+table)); diff != "" {
					t.Errorf("rows of %s: %s", table, diff)
				}
			}
			statements, queries := storetest.TriggerStatements(v, func(n int) string { return address6(v, n) })
			for _, name := range []string{theirs, ours} {
				if _, err := s.Run(t.Context(), name, strings.Join(statements, ";\n")+";\n"); err != nil {
					t.Fatal(err)
				}
			}
			more, about := storetest.ConfigurationStatements(v, func(name, arguments string) string {
				if strings.HasSuffix(name, "KnownDependencyChange") {
					return "SELECT 1" // kea-admin's fails whenever it has something to compare
				}
				return "SELECT " + name + "(" + arguments + ")"
			})
			if diff := cmp.Diff(storetest.Outcomes(t, parse(t, s.URL(theirs)), more), storetest.Outcomes(t, a, more)); diff != "" {
				t.Errorf("what goes through: kea-admin -, Init +\n%s", diff)
			}
			for _, q := range append(queries, about...) {
				if diff := cmp.Diff(ask(theirs, q), ask(ours, q)); diff != "" {
					t.Errorf("%s: kea-admin -, Init +\n%s", q, diff)
				}
			}
		})
	}
}

func parse(t *testing.T, url string) postgres.Address {
	t.Helper()
	a, err := postgres.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var catalogue = []string{
	`SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, column_default
		FROM information_schema.columns WHERE table_schema = 'public'`,
	`SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'`,
	`SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
	`SELECT tgrelid::regclass, 'TRIGGER', tgname, tgtype FROM pg_trigger WHERE NOT tgisinternal`,
}

func address6(_ keaversion.Version, n int) string { return fmt.Sprintf("'2001:db8::%x'", n+1) }
