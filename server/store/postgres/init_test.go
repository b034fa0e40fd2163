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

// What Init makes is what kea-admin of each version makes, as far as leases and
// hosts go: tables, columns, keys, indexes, rows, and what triggers and functions
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
			tables := ask(ours, tableQuery)
			var left []string
			for _, table := range ask(theirs, tableQuery) {
				if table = strings.TrimSpace(table); !slices.Contains(tables, table+"\n") {
					left = append(left, table)
				}
			}
			for _, table := range left {
				if !strings.HasPrefix(table, "dhcp4_") && !strings.HasPrefix(table, "dhcp6_") && !slices.Contains(configurationTables, table) {
					t.Errorf("table %s is missing", table)
				}
			}
			for _, query := range catalogue {
				want := slices.DeleteFunc(ask(theirs, query), func(line string) bool {
					table, _, _ := strings.Cut(line, "\t")
					return !slices.Contains(tables, table+"\n") || refersTo(line, left)
				})
				if diff := cmp.Diff(want, ask(ours, query)); diff != "" {
					t.Errorf("%s: kea-admin -, Init +\n%s", query, diff)
				}
			}
			for _, table := range []string{"lease_state", "lease6_types", "lease_hwaddr_source", "host_identifier_type", "dhcp_option_scope", "schema_version"} {
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
			together := ""
			for i, q := range queries {
				together += fmt.Sprintf("SELECT 'query %d';\n%s;\n", i, q)
			}
			answers := func(name string) []string {
				out, err := s.Run(t.Context(), name, together)
				if err != nil {
					t.Fatal(err)
				}
				parts := strings.Split(out, "query ")
				for i, p := range parts {
					parts[i] = storetest.SortedLines(p)
				}
				return parts
			}
			want, got := answers(theirs), answers(ours)
			for i := range want {
				if want[i] != got[i] {
					t.Errorf("%s: %q, and with kea-admin's %q", queries[max(0, i-1)], got[i], want[i])
				}
			}
		})
	}
}

// configurationTables are those of the configuration backend whose names do not
// begin with dhcp4_ or dhcp6_.
var configurationTables = []string{"ddns_replace_client_name_types", "modification", "option_def_data_type", "parameter_data_type"}

// refersTo reports whether a line of the catalogue is about one of the tables
// that are left out.
func refersTo(line string, tables []string) bool {
	return slices.ContainsFunc(tables, func(table string) bool {
		return strings.Contains(line, "REFERENCES "+table+"(") || strings.Contains(line, "REFERENCES "+table+"\t") ||
			strings.HasPrefix(line, "dhcp4_options\tTRIGGER") || strings.HasPrefix(line, "dhcp6_options\tTRIGGER")
	})
}

const tableQuery = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`

var catalogue = []string{
	`SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, column_default
		FROM information_schema.columns WHERE table_schema = 'public'`,
	`SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'`,
	`SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
	`SELECT tgrelid::regclass, 'TRIGGER', tgname, tgtype FROM pg_trigger WHERE NOT tgisinternal`,
}

func address6(_ keaversion.Version, n int) string { return fmt.Sprintf("'2001:db8::%x'", n+1) }
