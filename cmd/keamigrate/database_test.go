package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// TestDatabaseScripts runs the command with databases, as an operator does: with
// PostgreSQL ($DB1 and $DB2 are addresses of empty databases) and with MariaDB.
func TestDatabaseScripts(t *testing.T) {
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			n := 0
			testscript.Run(t, testscript.Params{
				Dir:           "testdata/database",
				UpdateScripts: *update,
				Setup: func(env *testscript.Env) error {
					env.Setenv("NO_COLOR", "1")
					for _, variable := range []string{"DB1", "DB2"} {
						n++
						name := "scripts" + string(rune('a'+n))
						if err := s.Create(t.Context(), name); err != nil {
							return err
						}
						env.Setenv(variable, s.URL(name))
					}
					return nil
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
			})
		})
	}
}
