package keadb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/storetest"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// What Init makes is what kea-admin of each version makes: tables, columns, keys,
// indexes, rows, and what triggers and functions do.
func TestInit(t *testing.T) {
	for e, catalogue := range catalogues {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for _, v := range versions {
				t.Run(v.String(), func(t *testing.T) { testInit(t, s, v, catalogue) })
			}
		})
	}
}

func testInit(t *testing.T, s *database.Server, v keaversion.Version, catalogue []string) {
	theirs := "kea" + strings.ReplaceAll(v.String(), ".", "")
	ours := "own" + strings.ReplaceAll(v.String(), ".", "")
	database.Need(t, s.Init(t.Context(), theirs, v))
	if err := s.Create(t.Context(), ours); err != nil {
		t.Fatal(err)
	}
	a := parse(t, s, ours)
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
	same := func(queries []string) {
		t.Helper()
		for _, q := range queries {
			if diff := cmp.Diff(ask(theirs, q), ask(ours, q)); diff != "" {
				t.Errorf("%s: kea-admin -, Init +\n%s", q, diff)
			}
		}
	}
	same(catalogue)
	for _, table := range []string{"lease_state", "lease6_types", "lease_hwaddr_source", "host_identifier_type", "dhcp_option_scope", "modification", "parameter_data_type", "schema_version"} {
		same([]string{"SELECT * FROM " + table})
	}
	if v >= keaversion.V2_6 {
		same([]string{"SELECT * FROM option_def_data_type"})
	}
	statements, queries := storetest.TriggerStatements(v, func(n int) string { return address6(s.Engine, v, n) })
	for _, name := range []string{theirs, ours} {
		if _, err := s.Run(t.Context(), name, strings.Join(statements, ";\n")+";\n"); err != nil {
			t.Fatal(err)
		}
	}
	together := ""
	for i, q := range queries {
		together += fmt.Sprintf("SELECT 'query %d';\n%s;\n", i, q)
	}
	want, got := answers(t, s, theirs, together), answers(t, s, ours, together)
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s: %q, and with kea-admin's %q", queries[max(0, i-1)], got[i], want[i])
		}
	}
	statements, queries = storetest.ConfigurationStatements(v, func(name, arguments string) string { return call(s.Engine, name, arguments) })
	if diff := cmp.Diff(storetest.Outcomes(t, parse(t, s, theirs), statements), storetest.Outcomes(t, a, statements)); diff != "" {
		t.Errorf("what goes through: kea-admin -, Init +\n%s", diff)
	}
	same(queries)
}

// answers are those to many queries, which are told apart by a line before each.
func answers(t *testing.T, s *database.Server, name, together string) []string {
	t.Helper()
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

// call calls a procedure, which in PostgreSQL is a function.
func call(e database.Engine, name, arguments string) string {
	switch {
	case e == database.MySQL:
		return "CALL " + name + "(" + arguments + ")"
	case strings.HasSuffix(name, "KnownDependencyChange"):
		return "SELECT 1" // kea-admin's fails whenever it has something to compare
	}
	return "SELECT " + name + "(" + arguments + ")"
}

func address6(e database.Engine, v keaversion.Version, n int) string {
	text := fmt.Sprintf("'2001:db8::%x'", n+1)
	if e == database.MySQL && v >= keaversion.V2_6 {
		return "INET6_ATON(" + text + ")"
	}
	return text
}

// catalogues are queries about all that a database has.
var catalogues = map[database.Engine][]string{
	database.PostgreSQL: {
		`SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, column_default
			FROM information_schema.columns WHERE table_schema = 'public'`,
		`SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'`,
		`SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
		`SELECT tgrelid::regclass, 'TRIGGER', tgname, tgtype FROM pg_trigger WHERE NOT tgisinternal`,
		`SELECT type, name FROM ddns_replace_client_name_types`,
	},
	database.MySQL: {
		`SELECT table_name, column_name, column_type, is_nullable, column_default, extra, column_key, character_set_name
			FROM information_schema.columns WHERE table_schema = DATABASE()`,
		`SELECT table_name, ordinal_position, column_name FROM information_schema.columns WHERE table_schema = DATABASE()`,
		`SELECT table_name, index_name, non_unique, seq_in_index, column_name FROM information_schema.statistics WHERE table_schema = DATABASE()`,
		`SELECT table_name, constraint_name, CONCAT('REFERENCES ', referenced_table_name), update_rule, delete_rule
			FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()`,
		`SELECT event_object_table, 'TRIGGER', trigger_name, action_timing, event_manipulation FROM information_schema.triggers WHERE trigger_schema = DATABASE()`,
	},
}
