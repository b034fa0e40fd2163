package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// ConfigurationStatements returns statements, in SQL that every database takes,
// which put, change and delete what the configuration backend of Kea keeps, and
// queries about what triggers have made of that. Some statements have to fail. call
// calls a procedure.
func ConfigurationStatements(v keaversion.Version, call func(name, arguments string) string) (statements, queries []string) {
	c := &configuration{Rand: rand.New(rand.NewPCG(3, 9)), version: v, call: call}
	for _, n := range []int{4, 6} {
		for range 150 {
			c.step(n)
		}
		for _, table := range []string{"client_class_dependency", "client_class_order"} {
			queries = append(queries, fmt.Sprintf("SELECT * FROM dhcp%d_%s", n, table))
		}
		queries = append(queries,
			fmt.Sprintf("SELECT object_type, object_id, modification_type, revision_id, COUNT(*) FROM dhcp%d_audit GROUP BY object_type, object_id, modification_type, revision_id", n),
			fmt.Sprintf("SELECT id, modification_ts, server_id, log_message FROM dhcp%d_audit_revision", n),
			fmt.Sprintf("SELECT subnet_id, shared_network_name, CASE WHEN modification_ts > '2026-01-01 00:00:00' THEN NULL ELSE modification_ts END FROM dhcp%d_subnet", n),
			fmt.Sprintf("SELECT id, name, CASE WHEN modification_ts > '2026-01-01 00:00:00' THEN NULL ELSE modification_ts END FROM dhcp%d_shared_network", n),
			fmt.Sprintf("SELECT id, name, depend_on_known_directly, follow_class_name FROM dhcp%d_client_class", n),
			fmt.Sprintf("SELECT id, subnet_id FROM dhcp%d_pool", n),
			fmt.Sprintf("SELECT option_id, scope_id, dhcp%[1]d_subnet_id, shared_network_name, pool_id, dhcp_client_class FROM dhcp%[1]d_options WHERE scope_id <> 3", n),
			fmt.Sprintf("SELECT id, tag FROM dhcp%d_server", n), fmt.Sprintf("SELECT id, value FROM dhcp%d_global_parameter", n))
	}
	return c.statements, append(queries, "SELECT id, subnet_id FROM dhcp6_pd_pool")
}

// Outcomes runs statements on one connection and says of each whether it went
// through.
func Outcomes(t *testing.T, place interface {
	Connect(context.Context) (*sql.DB, error)
}, statements []string) []string {
	t.Helper()
	db, err := place.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	outcomes, through := make([]string, len(statements)), 0
	for i, s := range statements {
		_, err := conn.ExecContext(t.Context(), s)
		outcomes[i] = fmt.Sprintf("%s: %t", s, err == nil)
		if err == nil {
			through++
		}
	}
	if through < len(statements)/2 || through == len(statements) {
		t.Errorf("%d of %d statements went through, and some should fail", through, len(statements))
	}
	t.Logf("%d of %d statements went through", through, len(statements))
	return outcomes
}

type configuration struct {
	*rand.Rand
	version    keaversion.Version
	call       func(name, arguments string) string
	clock      int
	statements []string
}

func (c *configuration) add(format string, args ...any) {
	c.statements = append(c.statements, fmt.Sprintf(format, args...))
}

// time is a moment later than those before.
func (c *configuration) time() string {
	c.clock++
	return fmt.Sprintf("'2024-01-%02d %02d:00:00'", 1+c.clock/24%28, c.clock%24)
}

// step opens a revision and changes something of a protocol.
func (c *configuration) step(n int) {
	c.add("%s", c.call(fmt.Sprintf("createAuditRevisionDHCP%d", n), fmt.Sprintf("%s, '%s', 'step', %s", c.time(), []string{"all", "one", "none"}[c.IntN(3)], []string{"FALSE", "FALSE", "TRUE"}[c.IntN(3)])))
	p := fmt.Sprintf("dhcp%d_", n)
	id := 2 + c.IntN(4)
	number := fmt.Sprint(id)
	switch c.IntN(13) {
	case 0:
		c.insert(p+"server", "id, tag, modification_ts", "%d, '%s', %s", id, []string{"one", "two", "three", "four"}[id-2], c.time())
	case 1:
		c.insert(p+"global_parameter", "id, name, value, modification_ts, parameter_type", "%d, 'p%d', 'x', %s, 4", id, id, c.time())
	case 2:
		c.insert(p+"shared_network", "id, name, modification_ts", "%d, 'net%d', %s", id, id, c.time())
	case 3, 4:
		c.insert(p+"subnet", "subnet_id, subnet_prefix, shared_network_name, modification_ts", "%d, '%d', %s, %s", id, id, []string{"NULL", "'net2'", "'net3'"}[c.IntN(3)], c.time())
	case 5:
		start, end := "1", "2"
		if n == 6 {
			start, end = "'2001:db8::1'", "'2001:db8::2'"
		}
		c.insert(p+"pool", "id, start_address, end_address, subnet_id, modification_ts", "%d, %s, %s, %d, %s", id, start, end, 2+c.IntN(4), c.time())
		if n == 6 {
			c.insert(p+"pd_pool", "id, prefix, prefix_length, delegated_prefix_length, excluded_prefix_length, subnet_id, modification_ts", "%d, '2001:db8::', 48, 64, 0, %d, %s", id, 2+c.IntN(4), c.time())
		}
	case 6, 7, 8:
		c.option(n, 1000+c.IntN(12))
	case 9:
		c.insert(p+"option_def", "id, code, name, space, type, modification_ts, is_array, encapsulate", "%d, 200, 'o', 's', 1, %s, FALSE, ''", id, c.time())
	case 10:
		c.class(p, id)
	case 11:
		table := p + []string{"server", "global_parameter", "shared_network", "subnet", "pool", "option_def", "client_class"}[c.IntN(7)]
		key := "id"
		if strings.HasSuffix(table, "_subnet") {
			key = "subnet_id"
		}
		if c.IntN(2) == 0 {
			c.add("DELETE FROM %s WHERE %s = %s AND %s > 1", table, key, number, key)
		} else {
			c.add("UPDATE %s SET modification_ts = %s WHERE %s = %s", table, c.time(), key, number)
		}
	case 12:
		c.add("INSERT INTO %sclient_class_dependency (class_id, dependency_id) VALUES (%d, %d)", p, id, 2+c.IntN(4))
	}
}

func (c *configuration) insert(table, columns, values string, args ...any) {
	c.add("INSERT INTO "+table+" ("+columns+") VALUES ("+values+")", args...)
}

func (c *configuration) option(n, id int) {
	switch c.IntN(4) {
	case 0:
		c.add("DELETE FROM dhcp%d_options WHERE option_id = %d", n, id)
		return
	case 1:
		c.add("UPDATE dhcp%d_options SET formatted_value = 'y', modification_ts = %s WHERE option_id = %d", n, c.time(), id)
		return
	}
	scope := []string{"0", "1", "2", "4", "5", "6"}[c.IntN(n+n/6-1)]
	columns, value := "", ""
	object := fmt.Sprint(2 + c.IntN(4))
	switch scope {
	case "1":
		columns, value = fmt.Sprintf(", dhcp%d_subnet_id", n), ", "+object
	case "2":
		columns, value = ", dhcp_client_class", ", 'class"+object+"'"
	case "4":
		columns, value = ", shared_network_name", ", 'net"+object+"'"
	case "5":
		columns, value = ", pool_id", ", "+object
	case "6":
		columns, value = ", pd_pool_id", ", "+object
	}
	c.add("INSERT INTO dhcp%d_options (option_id, code, scope_id, modification_ts%s) VALUES (%d, 6, %s, %s%s)", n, columns, id, scope, c.time(), value)
}

func (c *configuration) class(p string, id int) {
	follow := "NULL"
	if c.IntN(2) == 0 {
		follow = fmt.Sprintf("'class%d'", 2+c.IntN(4))
	}
	if c.IntN(3) == 0 {
		c.add("UPDATE %sclient_class SET follow_class_name = %s, depend_on_known_directly = %s, modification_ts = %s WHERE id = %d", p, follow, c.known(), c.time(), id)
		c.add("%s", c.call(map[string]string{"dhcp4_": "checkDHCPv4ClientClassKnownDependencyChange", "dhcp6_": "checkDHCPv6ClientClassKnownDependencyChange"}[p], ""))
		return
	}
	c.insert(p+"client_class", "id, name, depend_on_known_directly, follow_class_name, modification_ts", "%d, 'class%d', %s, %s, %s", id, id, c.known(), follow, c.time())
}

// known is a flag, which some databases have as a number.
func (c *configuration) known() string { return []string{"FALSE", "TRUE"}[c.IntN(2)] }
