package mysql

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

// Init makes the tables that a version of Kea needs. This
// database has no transactions around tables: who is stopped meanwhile leaves
// some of them, without the version, so that neither Kea nor this package takes
// them. The error is keadb.ErrNotEmpty when the database has tables.
//
// What kea-admin makes beside them is left out: the procedures behind kea-admin
// lease-dump and lease-upload.
func (a Address) Init(ctx context.Context, v keaversion.Version) error {
	statements, err := keadb.SchemaStatements(keadb.MySQL, v, schema+"\n"+configuration)
	if err != nil {
		return err
	}
	db, err := a.Connect(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var tables int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		return fmt.Errorf("%s: %w", a, keadb.ErrNotEmpty)
	}
	if err := keadb.RunAll(ctx, func(ctx context.Context, statement string) error {
		_, err := conn.ExecContext(ctx, statement)
		return err
	}, statements); err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	return nil
}
