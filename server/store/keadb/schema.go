package keadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// Engine is a kind of database.
type Engine string

// The kinds of databases that Kea can use. MariaDB counts as MySQL.
const (
	PostgreSQL Engine = "PostgreSQL"
	MySQL      Engine = "MySQL"
)

// A Schema is the version of a schema, as the table schema_version has it. Kea
// refuses every other one than its own.
type Schema struct{ Major, Minor int }

func (s Schema) String() string { return fmt.Sprintf("%d.%d", s.Major, s.Minor) }

// schemas are those of Kea 2.2.0, 2.6.3 and 3.0.4. That of 3.2 has not been
// looked at.
var schemas = map[Engine]map[keaversion.Version]Schema{
	PostgreSQL: {keaversion.V2_2: {13, 0}, keaversion.V2_6: {22, 2}, keaversion.V3_0: {29, 0}},
	MySQL:      {keaversion.V2_2: {14, 0}, keaversion.V2_6: {22, 2}, keaversion.V3_0: {30, 0}},
}

// SchemaOf returns the schema that a version of Kea has. The error says which
// versions are known.
func SchemaOf(e Engine, v keaversion.Version) (Schema, error) {
	s, ok := schemas[e][v]
	if !ok {
		return s, fmt.Errorf("the %s schema of Kea %s is not known: use the target 2.2, 2.6 or 3.0, or import into a lease file and load it with that version's kea-admin lease-upload", e, v)
	}
	return s, nil
}

// ErrNoSchema means that a database has no tables of Kea.
var ErrNoSchema = errors.New("the database has no tables of Kea")

// A SchemaError means that a database has another schema than that of the
// version of Kea that is asked for.
type SchemaError struct {
	Engine Engine
	Have   Schema
	Want   Schema
	Target keaversion.Version
}

func (e *SchemaError) Error() string {
	text := fmt.Sprintf("the database has schema %s, and Kea %s works with %s alone: ", e.Have, e.Target, e.Want)
	for v, s := range schemas[e.Engine] {
		if s == e.Have {
			return text + fmt.Sprintf("that is the schema of Kea %s; use --target %s", v, v)
		}
	}
	if e.Have.Major < e.Want.Major || e.Have.Major == e.Want.Major && e.Have.Minor < e.Want.Minor {
		return text + fmt.Sprintf("upgrade it with kea-admin db-upgrade of Kea %s", e.Target)
	}
	return text + "it belongs to a later Kea"
}

// checkSchema returns a SchemaError, or ErrNoSchema, unless a database has the
// schema of a version of Kea.
func checkSchema(ctx context.Context, db *sql.DB, d Dialect, v keaversion.Version) error {
	want, err := SchemaOf(d.Engine(), v)
	if err != nil {
		return err
	}
	have, err := readSchema(ctx, db, d)
	switch {
	case errors.Is(err, ErrNoSchema):
		return fmt.Errorf("%w: make them with kea-admin db-init of Kea %s, or with keamigrate db init", err, v)
	case err != nil:
		return err
	case have != want:
		return &SchemaError{Engine: d.Engine(), Have: have, Want: want, Target: v}
	}
	return nil
}

// versionOf returns the version of Kea whose schema a database has. The error is
// ErrNoSchema when it has none, or names the schema when it is another one.
func versionOf(ctx context.Context, db *sql.DB, d Dialect) (keaversion.Version, error) {
	have, err := readSchema(ctx, db, d)
	if err != nil {
		return 0, err
	}
	for v, s := range schemas[d.Engine()] {
		if s == have {
			return v, nil
		}
	}
	return 0, fmt.Errorf("the database has schema %s, which is none of Kea 2.2, 2.6 or 3.0", have)
}

func readSchema(ctx context.Context, db *sql.DB, d Dialect) (s Schema, err error) {
	err = db.QueryRowContext(ctx, "SELECT version, COALESCE(minor, 0) FROM schema_version").Scan(&s.Major, &s.Minor)
	if d.NoTable(err) || errors.Is(err, sql.ErrNoRows) {
		err = ErrNoSchema
	}
	return s, err
}
