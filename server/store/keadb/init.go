package keadb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// ErrNotEmpty means that a database that is to get Kea's tables has tables.
var ErrNotEmpty = errors.New("the database has tables already")

// schemaData is what the templates of the schemas know.
type schemaData struct {
	Version   keaversion.Version
	V26, V30  bool // this version or a later one
	Schema    Schema
	Protocols []schemaProtocol
	Extended  []string
	// Audited are the objects of a configuration whose rows are told to the servers
	// when they come, change and go, which Events are.
	Audited []string
	Events  []schemaEvent
	// Stamped are the tables with a trigger that, in PostgreSQL, is about the time of
	// the last change, and SessionTypes what a session's values can be.
	Stamped      []string
	SessionTypes []string
}

type schemaEvent struct{ Event, Suffix, Row, Kind string }

type schemaProtocol struct {
	N      string // 4 or 6
	Table  string // of leases
	Typed  bool   // leases have a type
	States string // those that are counted by subnet
	Limits string // the function that looks at limits
	Kinds  []schemaLimit
}

// schemaLimit is a kind of limit: its name in the user context, and which rows of
// the statistics count for it.
type schemaLimit struct{ Limit, And string }

// SchemaStatements returns the statements that make the tables of a version of
// Kea, from the template of a database. The last one sets the version: Kea does
// not take a database that lacks it.
func SchemaStatements(e Engine, v keaversion.Version, text string) ([]string, error) {
	s, err := SchemaOf(e, v)
	if err != nil {
		return nil, err
	}
	data := schemaData{Version: v, V26: v >= keaversion.V2_6, V30: v >= keaversion.V3_0, Schema: s, Extended: []string{"relay_id", "remote_id"},
		Audited: []string{"global_parameter", "option_def", "server"},
		Events:  []schemaEvent{{"INSERT", "AINS", "NEW", "create"}, {"UPDATE", "AUPD", "NEW", "update"}, {"DELETE", "ADEL", "OLD", "delete"}},
		Stamped: []string{"audit", "audit_revision", "global_parameter", "global_parameter_server", "option_def", "option_def_server",
			"options", "options_server", "pool", "server", "shared_network", "subnet_server"},
		SessionTypes: []string{"text", "bigint", "boolean"}}
	data.Protocols = []schemaProtocol{
		{N: "4", Table: "lease4", States: counted, Limits: "checkLease4Limits", Kinds: []schemaLimit{{Limit: "address-limit"}}},
		{N: "6", Table: "lease6", States: counted, Limits: "checkLease6Limits", Typed: true, Kinds: []schemaLimit{
			{Limit: "address-limit", And: " AND lease_type = 0"}, {Limit: "prefix-limit", And: " AND lease_type = 2"}}},
	}
	if data.V30 {
		data.Protocols[1].States = countedRegistered
	}
	t, err := template.New("schema").Parse(text)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	var statements []string
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		var code []string
		for line := range strings.Lines(part) {
			if !strings.HasPrefix(line, "--") && strings.TrimSpace(line) != "" {
				code = append(code, line)
			}
		}
		if len(code) > 0 {
			statements = append(statements, strings.Join(code, ""))
		}
	}
	return statements, nil
}

// Execer runs a statement.
type Execer func(ctx context.Context, statement string) error

// RunAll runs statements in their order. The error names the one that failed.
func RunAll(ctx context.Context, exec Execer, statements []string) error {
	for _, s := range statements {
		if err := exec(ctx, s); err != nil {
			first, _, _ := strings.Cut(s, "\n")
			return fmt.Errorf("%s: %w", strings.TrimSuffix(first, " ("), err)
		}
	}
	return nil
}
