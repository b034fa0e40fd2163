package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// TriggerStatements returns statements, in SQL that every database takes, which
// put, change and delete leases with all that Kea's triggers count, and queries
// about what was counted and whether limits are reached. address6 writes the n-th
// address of IPv6.
func TriggerStatements(v keaversion.Version, address6 func(n int) string) (statements, queries []string) {
	r := rand.New(rand.NewPCG(7, 7))
	states := 3
	if v >= keaversion.V3_0 {
		states = 5
	}
	contexts := []string{"NULL", `'{ "a": 1 }'`, `'{ "ISC": { "client-classes": [ "A" ] } }'`, `'{ "ISC": { "client-classes": [ "A", "b c" ] } }'`,
		`'{ "ISC": { "client-classes": [ ] } }'`, `'{ "ISC": { "client-classes": [ "A" ], "x": 2 } }'`}
	for range 400 {
		n := r.IntN(30)
		address, table := fmt.Sprint(n), "lease4"
		set := map[string]string{"subnet_id": fmt.Sprint(1 + r.IntN(2)), "state": fmt.Sprint(r.IntN(states)), "user_context": contexts[r.IntN(len(contexts))]}
		if v >= keaversion.V2_6 {
			set["pool_id"] = fmt.Sprint(r.IntN(2))
		}
		if r.IntN(2) == 0 {
			address, table = address6(n), "lease6"
			set["lease_type"] = []string{"0", "2"}[r.IntN(2)]
		}
		var names, values, sets []string
		for _, name := range []string{"subnet_id", "state", "user_context", "pool_id", "lease_type"} {
			if value, ok := set[name]; ok {
				names, values = append(names, name), append(values, value)
				if r.IntN(2) == 0 {
					sets = append(sets, name+" = "+value)
				}
			}
		}
		switch r.IntN(3) {
		case 0:
			statements = append(statements, fmt.Sprintf("DELETE FROM %s WHERE address = %s", table, address))
		case 1:
			statements = append(statements, fmt.Sprintf("DELETE FROM %s WHERE address = %s", table, address),
				fmt.Sprintf("INSERT INTO %s (address, %s) VALUES (%s, %s)", table, strings.Join(names, ", "), address, strings.Join(values, ", ")))
		case 2:
			if len(sets) > 0 {
				statements = append(statements, fmt.Sprintf("UPDATE %s SET %s WHERE address = %s", table, strings.Join(sets, ", "), address))
			}
		}
	}
	for _, table := range []string{"lease4_stat", "lease6_stat", "lease4_pool_stat", "lease6_pool_stat", "lease4_stat_by_client_class", "lease6_stat_by_client_class"} {
		if v >= keaversion.V2_6 || !strings.Contains(table, "pool") {
			queries = append(queries, "SELECT * FROM "+table)
		}
	}
	for n := range 12 {
		for _, function := range []string{"checkLease4Limits", "checkLease6Limits"} {
			for _, context := range []string{
				fmt.Sprintf(`{ "ISC": { "limits": { "subnet": { "id": 1, "address-limit": %d } } } }`, n),
				fmt.Sprintf(`{ "ISC": { "limits": { "subnet": { "id": 9, "address-limit": %d, "prefix-limit": %d } } } }`, n, n),
				fmt.Sprintf(`{ "ISC": { "limits": { "client-classes": [ { "name": "b c", "address-limit": 1000 }, { "name": "A", "address-limit": %d } ] } } }`, n),
				fmt.Sprintf(`{ "ISC": { "limits": { "client-classes": [ { "name": "b c", "prefix-limit": %d } ], "subnet": { "id": 2, "prefix-limit": %d } } } }`, n, n+1),
			} {
				queries = append(queries, fmt.Sprintf("SELECT %s('%s') = ''", function, context))
			}
		}
	}
	return statements, append(queries, "SELECT checkLease4Limits('{ }') = ''", "SELECT checkLease6Limits('{ }') = ''", "SELECT isJsonSupported()")
}
