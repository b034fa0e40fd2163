package database_test

import (
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// Each kea-admin makes the schema of its own version.
func TestInit(t *testing.T) {
	for e, want := range map[database.Engine]map[keaversion.Version]string{
		database.PostgreSQL: {keaversion.V2_2: "13\t0", keaversion.V2_6: "22\t2", keaversion.V3_0: "29\t0"},
		database.MySQL:      {keaversion.V2_2: "14\t0", keaversion.V2_6: "22\t2", keaversion.V3_0: "30\t0"},
	} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for v, version := range want {
				name := "kea" + strings.ReplaceAll(v.String(), ".", "")
				database.Need(t, s.Init(t.Context(), name, v))
				got, err := s.Run(t.Context(), name, "SELECT version, minor FROM schema_version")
				if err != nil || strings.TrimSpace(got) != version {
					t.Errorf("Kea %s: schema %q, want %q (%v)", v, got, version, err)
				}
			}
		})
	}
}
