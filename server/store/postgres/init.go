package postgres

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

//go:embed schema.sql
var schema string

//go:embed configuration.sql
var configuration string

// Init makes the tables that a version of Kea needs, all or
// none. The error is keadb.ErrNotEmpty when the database has tables.
//
// What kea-admin makes beside them is left out: the functions behind kea-admin
// lease-dump and lease-upload.
func (a Address) Init(ctx context.Context, v keaversion.Version) error {
	statements, err := keadb.SchemaStatements(keadb.PostgreSQL, v, schema+"\n"+configuration)
	if err != nil {
		return err
	}
	db, err := a.Connect(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var tables int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'p')").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		return fmt.Errorf("%s: %w", a, keadb.ErrNotEmpty)
	}
	if err := keadb.RunAll(ctx, func(ctx context.Context, statement string) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}, statements); err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	return tx.Commit()
}
