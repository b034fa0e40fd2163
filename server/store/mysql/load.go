package mysql

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// session is a connection or a transaction of one, which must not be used beside
// it: where the connection is lost, both would wait for each other.
type session interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

func (dialect) Load(ctx context.Context, conn *sql.Conn, columns []string, rows [][]any) error {
	return load(ctx, conn, "REPLACE", keadb.Temporary, columns, rows)
}

func (dialect) LoadInto(ctx context.Context, tx *sql.Tx, table string, columns []string, rows [][]any) error {
	return load(ctx, tx, "INSERT", table, columns, rows)
}

// load uses LOAD DATA, which takes half the time of INSERT. Servers refuse it
// where the variable local_infile is off, as it is at first in MySQL 8.
func load(ctx context.Context, s session, verb, table string, columns []string, rows [][]any) error {
	err := loadData(ctx, s, verb, table, columns, rows)
	if refused(err) {
		err = insert(ctx, s, verb, table, columns, rows)
	}
	return err
}

// refused reports whether a server does not take data of its client, or something
// between the two that stands in for it.
func refused(err error) bool {
	const (
		unknownCommand = 1047
		notAllowed     = 1148
		localDisabled  = 3948
		infileDisabled = 4166 // of MariaDB
	)
	var e *mysql.MySQLError
	return errors.As(err, &e) && slices.Contains([]uint16{unknownCommand, notAllowed, localDisabled, infileDisabled}, e.Number)
}

func loadData(ctx context.Context, s session, verb, table string, columns []string, rows [][]any) error {
	// Bytes are to stay as they are; only texts have a character set.
	fields, set := slices.Clone(columns), []string(nil)
	for i, c := range columns {
		if slices.ContainsFunc(rows, func(row []any) bool { _, ok := row[i].(string); return ok }) {
			fields[i] = "@" + c
			set = append(set, fmt.Sprintf("%[1]s = CONVERT(@%[1]s USING utf8mb4)", c))
		}
	}
	data := &rowReader{rows: rows}
	name := fmt.Sprintf("keamigrate-%p", data) // while it is read
	mysql.RegisterReaderHandler(name, func() io.Reader { return data })
	defer mysql.DeregisterReaderHandler(name)
	if verb == "INSERT" {
		verb = ""
	}
	statement := fmt.Sprintf("LOAD DATA LOCAL INFILE 'Reader::%s' %s INTO TABLE %s CHARACTER SET binary FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (%s)",
		name, verb, table, strings.Join(fields, ", "))
	if len(set) > 0 {
		statement += " SET " + strings.Join(set, ", ")
	}
	if _, err := s.ExecContext(ctx, statement); err != nil {
		return err
	}
	return warning(ctx, s)
}

// warning returns the first warning of a statement as an error: LOAD DATA LOCAL
// makes what fits of a row that does not fit, and leaves out one that is there
// already.
func warning(ctx context.Context, s session) error {
	rows, err := s.QueryContext(ctx, "SHOW WARNINGS LIMIT 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return rows.Err()
	}
	var level, message string
	var number uint16
	if err := rows.Scan(&level, &number, &message); err != nil {
		return err
	}
	return &mysql.MySQLError{Number: number, Message: message}
}

// rowReader is the text of rows, written while the server is at work on what came
// before.
type rowReader struct {
	rows    [][]any
	written bytes.Buffer
}

func (r *rowReader) Read(p []byte) (int, error) {
	for ; r.written.Len() < len(p) && len(r.rows) > 0; r.rows = r.rows[1:] {
		if err := writeRow(&r.written, r.rows[0]); err != nil {
			return 0, err
		}
	}
	return r.written.Read(p)
}

// writeRow writes a row as LOAD DATA reads it.
func writeRow(w *bytes.Buffer, row []any) error {
	for i, v := range row {
		if i > 0 {
			w.WriteByte('\t')
		}
		switch v := v.(type) {
		case nil:
			w.WriteString(`\N`)
		case int64:
			w.Write(strconv.AppendInt(w.AvailableBuffer(), v, 10))
		case bool:
			if v {
				w.WriteByte('1')
			} else {
				w.WriteByte('0')
			}
		case time.Time:
			w.Write(v.UTC().AppendFormat(w.AvailableBuffer(), time.DateTime))
		case string:
			writeEscaped(w, v)
		case []byte:
			writeEscaped(w, v)
		default:
			return fmt.Errorf("no way is known to load a value of the type %T", v)
		}
	}
	return w.WriteByte('\n')
}

func writeEscaped[T string | []byte](w *bytes.Buffer, value T) {
	for i := range len(value) {
		switch c := value[i]; c {
		case 0:
			w.WriteString(`\0`)
		case '\n':
			w.WriteString(`\n`)
		case '\t':
			w.WriteString(`\t`)
		case '\\':
			w.WriteString(`\\`)
		default:
			w.WriteByte(c)
		}
	}
}

// statementRows is how many rows a statement has: more make it no faster.
const statementRows = 512

func insert(ctx context.Context, s session, verb, table string, columns []string, rows [][]any) error {
	row := "(?" + strings.Repeat(",?", len(columns)-1) + ")"
	for part := range slices.Chunk(rows, statementRows) {
		args := make([]any, 0, len(part)*len(columns))
		for _, r := range part {
			args = append(args, r...)
		}
		statement := fmt.Sprintf("%s INTO %s (%s) VALUES %s%s", verb, table, strings.Join(columns, ", "),
			row, strings.Repeat(","+row, len(part)-1))
		if _, err := s.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	return nil
}
