package mysql

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

type dialect struct{}

func (dialect) Engine() keadb.Engine { return keadb.MySQL }

func (dialect) NoTable(err error) bool {
	const noSuchTable = 1146
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == noSuchTable
}

func (dialect) Parameter(int) string { return "?" }

func (dialect) Epoch(column string) string { return "CAST(UNIX_TIMESTAMP(" + column + ") AS SIGNED)" }

func (dialect) Signed(column string) string { return "CAST(" + column + " AS SIGNED)" }

func (dialect) Same(a, b string, text bool) string {
	if text { // the collation of Kea's tables takes A and a for the same
		return "BINARY " + a + " <=> BINARY " + b
	}
	return a + " <=> " + b
}

func (dialect) Upsert(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = VALUES(" + c + ")"
	}
	return "ON DUPLICATE KEY UPDATE " + strings.Join(set, ", ")
}

func (dialect) CreateTemporary(table string, columns []string) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s (PRIMARY KEY (address)) SELECT %s FROM %s LIMIT 0",
		keadb.Temporary, strings.Join(columns, ", "), table)
}

func (dialect) Numbered() bool { return false }

func (dialect) Finish() []string { return nil }

// Lock reads every row, and the gaps between them, so that nobody else can
// change them: LOCK TABLES would end the transaction.
func (dialect) Lock(table string) string {
	return "SELECT count(*) FROM " + table + " FORCE INDEX (PRIMARY) FOR UPDATE"
}

func (dialect) UpdateChanged(table string, columns []string, same string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = "o." + c + " = n." + c
	}
	return fmt.Sprintf("UPDATE %s o JOIN %s n ON n.address = o.address SET %s WHERE NOT %s", table, keadb.Temporary, strings.Join(set, ", "), same)
}

func (dialect) DeleteOthers(table string) string {
	return fmt.Sprintf("DELETE o FROM %s o LEFT JOIN %s n ON n.address = o.address WHERE n.address IS NULL", table, keadb.Temporary)
}

func (dialect) Missing() any        { return nil }
func (dialect) MissingContext() any { return nil }

func (dialect) NoHardware() (address, kind, source any) { return nil, nil, nil }

func (dialect) IAID(id uint32) any { return int64(id) }

func (dialect) Address6(v keaversion.Version, a [16]byte) any {
	if v < keaversion.V2_6 {
		return netip.AddrFrom16(a).String()
	}
	return a[:]
}

func (dialect) ReadAddress6(v keaversion.Version, column string) string {
	if v < keaversion.V2_6 {
		return column
	}
	return "INET6_NTOA(" + column + ")"
}

func (dialect) OrderAddress6(v keaversion.Version, column string) (order string, sorted bool) {
	if v < keaversion.V2_6 {
		return "INET6_ATON(" + column + ")", false
	}
	return column, true
}
